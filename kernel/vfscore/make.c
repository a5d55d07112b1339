/* kernel/vfscore/make.c - new names: directories, nodes, symlinks, links.
 *
 * Floor 4.  The order of the refusals is Linux's: the name that is there already, the slash
 * behind what is no directory, the directory's permission.
 */
#include <string.h>

#include "kernel/vfscore/vfs_inner.h"

enum { SETGID = 02000 };

/* The walk has reached the last component. */
static int make_free(struct walk *w, bool as_dir) {
  struct inode *there;
  if (w->last != WALK_NAME) return ERR_EXIST;
  int rc = walk_look(w, &there);
  if (rc == 0) return ERR_EXIST;
  if (rc != ERR_NOENT) return rc;
  return w->slash && !as_dir ? ERR_NOENT : 0;
}

int make_ready(struct walk *w, bool as_dir) {
  int rc = walk_to_last(w);
  if (rc == 0) rc = make_free(w, as_dir);
  return rc ? rc : perm_may_create(w->c, w->at);
}

/* A directory with the set-group-id bit hands its group on. */
void make_owner(const struct cred *c, const struct inode *dir, struct fs_make *how) {
  how->uid = c->fsuid;
  how->gid = c->fsgid;
  if (!(dir->mode & SETGID)) return;
  how->gid = dir->gid;
  if ((how->mode & MODE_TYPE) == MODE_DIR)
    how->mode |= SETGID;
  else if ((how->mode & (SETGID | 010)) == (SETGID | 010) && !perm_in_group(c, dir->gid) && !perm_root(c))
    how->mode &= ~(uint32_t)SETGID;
}

int make_at(struct walk *w, struct fs_make *how, struct inode **out) {
  make_owner(w->c, w->at, how);
  how->now = vfs_now(w->v);
  int rc = w->at->fs->ops->make(w->at, w->name, w->len, how, out);
  return rc == ERR_NOMEM ? ERR_NOSPC : rc;
}

static int make_path(struct vfs *v, const struct cred *c, struct inode *dir, const char *path, struct fs_make *how) {
  struct walk w;
  struct inode *made;
  int rc = walk_start(&w, v, c, dir, path);
  if (rc == 0) rc = make_ready(&w, (how->mode & MODE_TYPE) == MODE_DIR);
  if (rc) return rc;
  bool device = (how->mode & MODE_TYPE) == MODE_CHR || (how->mode & MODE_TYPE) == MODE_BLK;
  if (device && !perm_root(c)) return ERR_PERM;
  return make_at(&w, how, &made);
}

int vfs_mkdir(struct vfs *v, const struct cred *c, struct inode *dir, const char *path, uint32_t mode) {
  struct fs_make how = {.mode = MODE_DIR | (mode & 01777 & ~c->umask)};
  return make_path(v, c, dir, path, &how);
}

int vfs_mknod(struct vfs *v, const struct cred *c, struct inode *dir, const char *path, uint32_t mode, uint32_t major,
              uint32_t minor) {
  uint32_t type = mode & MODE_TYPE ? mode & MODE_TYPE : MODE_FILE;
  if (type == MODE_DIR) return ERR_PERM;
  bool device = type == MODE_CHR || type == MODE_BLK;
  if (!device && type != MODE_FILE && type != MODE_FIFO && type != MODE_SOCK) return ERR_INVAL;
  struct fs_make how = {.mode = type | (mode & MODE_BITS & ~c->umask),
                        .rdev_major = device ? major : 0,
                        .rdev_minor = device ? minor : 0};
  return make_path(v, c, dir, path, &how);
}

int vfs_symlink(struct vfs *v, const struct cred *c, struct inode *dir, const char *path, const char *target) {
  size_t n = strnlen(target, LIMIT_PATH);
  if (n == 0) return ERR_NOENT;
  if (n > LIMIT_TARGET) return ERR_NAMETOOLONG;
  struct fs_make how = {.mode = MODE_LINK | 0777, .data = target, .size = n};
  return make_path(v, c, dir, path, &how);
}

static int link_at(struct walk *w, struct inode *i) {
  int rc = walk_to_last(w);
  if (rc == 0) rc = make_free(w, false);
  if (rc) return rc;
  if (w->at->fs != i->fs) return ERR_XDEV;
  rc = perm_may_create(w->c, w->at);
  if (rc) return rc;
  if (inode_is(i, MODE_DIR)) return ERR_PERM;
  if (i->nlink == 0 && !i->linkable) return ERR_NOENT;
  rc = w->at->fs->ops->link(w->at, w->name, w->len, i, vfs_now(w->v));
  if (rc == 0) i->linkable = 0;
  return rc == ERR_NOMEM ? ERR_NOSPC : rc;
}

int vfs_link_held(struct vfs *v, const struct cred *c, struct inode *i, struct inode *dir2, const char *path2) {
  struct walk w;
  int rc = walk_start(&w, v, c, dir2, path2);
  return rc ? rc : link_at(&w, i);
}

int vfs_link_inode(struct vfs *v, const struct cred *c, struct inode *i, struct inode *dir2, const char *path2) {
  return perm_root(c) ? vfs_link_held(v, c, i, dir2, path2) : ERR_NOENT;
}

int vfs_link(struct vfs *v, const struct cred *c, struct inode *dir, const char *path, enum vfs_follow follow,
             struct inode *dir2, const char *path2) {
  struct walk w;
  struct inode *i;
  int rc = walk_path(v, c, dir, path, follow, &i);
  if (rc == 0) rc = walk_start(&w, v, c, dir2, path2);
  return rc ? rc : link_at(&w, i);
}

int64_t vfs_readlink(struct vfs *v, const struct cred *c, struct inode *dir, const char *path, char *out, size_t n) {
  struct inode *i;
  if (n == 0) return ERR_INVAL;
  int rc = walk_path(v, c, dir, path, VFS_NO_FOLLOW, &i);
  if (rc) return rc;
  if (!inode_is(i, MODE_LINK)) return ERR_INVAL;
  vfs_touch_atime(v, i);
  size_t len = i->size < n ? (size_t)i->size : n;
  memcpy(out, i->fs->ops->target(i), len);
  return (int64_t)len;
}
