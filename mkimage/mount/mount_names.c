/* mkimage/mount/mount_names.c - FUSE's calls on names: look up and forget, make, remove, rename, link. */
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "mkimage/mount/mount_parts.h"

/* --- look-ups ---------------------------------------------------------------------------- */

int mount_entry(struct mount *m, taproot_ino i, struct fuse_entry_param *e) {
  bool known;
  if (!nodes_add(&m->nodes, i, &known)) {
    taproot_forget(m->t, i, 1);
    return -ENOMEM;
  }
  if (known) taproot_forget(m->t, i, 1); /* it is held already */
  *e = (struct fuse_entry_param){.ino = i};
  mount_attributes(m, i, &e->attr);
  e->generation = e->attr.st_ino; /* a handle may come again for another inode, its number never */
  return 0;
}

void mount_forget(struct mount *m, fuse_ino_t i, uint64_t lookups) {
  if (i != FUSE_ROOT_ID && nodes_forget(&m->nodes, i, lookups)) taproot_forget(m->t, i, 1);
}

/* Answers with the entry of a name that is there now. */
static void names_answer(struct mount *m, fuse_req_t req, fuse_ino_t dir, const char *name) {
  struct fuse_entry_param e;
  taproot_ino i;
  int rc = taproot_resolveat(m->t, mount_ino(m, dir), name, false, &i);
  if (rc == 0) rc = mount_entry(m, i, &e);
  if (rc < 0)
    mount_answer(req, rc);
  else if (fuse_reply_entry(req, &e) == -ENOENT) /* nobody waits for it any more */
    mount_forget(m, e.ino, 1);
}

static void names_lookup(fuse_req_t req, fuse_ino_t dir, const char *name) {
  names_answer(mount_of(req), req, dir, name);
}

static void names_forget(fuse_req_t req, fuse_ino_t i, uint64_t lookups) {
  mount_forget(fuse_req_userdata(req), i, lookups);
  fuse_reply_none(req);
}

static void names_forget_all(fuse_req_t req, size_t count, struct fuse_forget_data *all) {
  for (size_t k = 0; k < count; k++) mount_forget(fuse_req_userdata(req), all[k].ino, all[k].nlookup);
  fuse_reply_none(req);
}

/* --- new names ----------------------------------------------------------------------------- */

static void names_made(struct mount *m, fuse_req_t req, int rc, fuse_ino_t dir, const char *name) {
  if (rc < 0) {
    mount_answer(req, rc);
    return;
  }
  m->changed = true;
  names_answer(m, req, dir, name);
}

/* The kernel has taken the caller's umask off the modes. */
static void names_mknod(fuse_req_t req, fuse_ino_t dir, const char *name, mode_t mode, dev_t rdev) {
  struct mount *m = mount_of(req);
  names_made(m, req, taproot_mknodat(m->t, mount_ino(m, dir), name, mode, major(rdev), minor(rdev)), dir, name);
}

static void names_mkdir(fuse_req_t req, fuse_ino_t dir, const char *name, mode_t mode) {
  struct mount *m = mount_of(req);
  names_made(m, req, taproot_mkdirat(m->t, mount_ino(m, dir), name, mode), dir, name);
}

static void names_symlink(fuse_req_t req, const char *target, fuse_ino_t dir, const char *name) {
  struct mount *m = mount_of(req);
  names_made(m, req, taproot_symlinkat(m->t, target, mount_ino(m, dir), name), dir, name);
}

static void names_link(fuse_req_t req, fuse_ino_t i, fuse_ino_t dir, const char *name) {
  struct mount *m = mount_of(req);
  names_made(m, req, taproot_ilink(m->t, mount_ino(m, i), mount_ino(m, dir), name), dir, name);
}

static void names_readlink(fuse_req_t req, fuse_ino_t i) {
  struct mount *m = mount_of(req);
  char *target = mount_buffer(m, PATH_MAX + 1);
  int n = target != NULL ? taproot_ireadlink(m->t, mount_ino(m, i), target, PATH_MAX) : -ENOMEM;
  if (n < 0) {
    mount_answer(req, n);
    return;
  }
  target[n] = 0;
  fuse_reply_readlink(req, target);
}

/* --- names that go ---------------------------------------------------------------------------- */

static void names_unlink(fuse_req_t req, fuse_ino_t dir, const char *name) {
  struct mount *m = mount_of(req);
  mount_answer_change(m, req, taproot_unlinkat(m->t, mount_ino(m, dir), name, false));
}

static void names_rmdir(fuse_req_t req, fuse_ino_t dir, const char *name) {
  struct mount *m = mount_of(req);
  mount_answer_change(m, req, taproot_unlinkat(m->t, mount_ino(m, dir), name, true));
}

static void names_rename(fuse_req_t req, fuse_ino_t dir, const char *name, fuse_ino_t dir2, const char *name2,
                         unsigned flags) {
  struct mount *m = mount_of(req);
  mount_answer_change(m, req, taproot_renameat(m->t, mount_ino(m, dir), name, mount_ino(m, dir2), name2, flags));
}

void mount_names_ops(struct fuse_lowlevel_ops *ops) {
  ops->lookup = names_lookup;
  ops->forget = names_forget;
  ops->forget_multi = names_forget_all;
  ops->mknod = names_mknod;
  ops->mkdir = names_mkdir;
  ops->symlink = names_symlink;
  ops->link = names_link;
  ops->readlink = names_readlink;
  ops->unlink = names_unlink;
  ops->rmdir = names_rmdir;
  ops->rename = names_rename;
}
