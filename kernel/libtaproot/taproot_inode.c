/* kernel/libtaproot/taproot_inode.c - calls by inode, for those who keep handles (FUSE, walkers).
 *
 * A handle is the inode's address; each look-up is one hold on it.
 */
#include <string.h>

#include "taproot_inner.h"

static struct inode *inode_of(taproot_ino i) { return (struct inode *)(uintptr_t)i; }

taproot_ino taproot_root(struct taproot *t) { return (uintptr_t)vfs_root(&t->vfs); }

static int look(struct inode *dir, const char *name, size_t len, struct inode **out) {
  const char *own;
  size_t own_len;
  if ((dir->mode & MODE_TYPE) != MODE_DIR) return ERR_NOTDIR;
  if (len == 0) return ERR_NOENT;
  if (len > LIMIT_NAME) return ERR_NAMETOOLONG;
  if (strcmp(name, ".") == 0)
    *out = dir;
  else if (strcmp(name, "..") == 0)
    *out = dir->fs->ops->parent(dir, &own, &own_len);
  else
    return dir->fs->ops->look(dir, name, len, out);
  return 0;
}

int taproot_lookup(struct taproot *t, taproot_ino dir, const char *name, taproot_ino *out) {
  struct inode *i;
  int rc = look(inode_of(dir), name, strlen(name), &i);
  if (rc < 0) return rc;
  *out = (uintptr_t)fs_hold(i);
  return 0;
}

void taproot_forget(struct taproot *t, taproot_ino i, uint64_t lookups) {
  while (lookups-- > 0) fs_let_go(inode_of(i));
}

void taproot_fill_stat(struct taproot *t, struct inode *i, struct taproot_stat *st) {
  struct vfs_stat v;
  vfs_stat(&t->vfs, i, &v);
  *st = (struct taproot_stat){.ino = v.ino,
                              .nlink = v.nlink,
                              .size = v.size,
                              .blocks = v.blocks,
                              .mode = v.mode,
                              .uid = v.uid,
                              .gid = v.gid,
                              .rdev_major = v.rdev_major,
                              .rdev_minor = v.rdev_minor,
                              .atime_s = v.atime.s,
                              .mtime_s = v.mtime.s,
                              .ctime_s = v.ctime.s,
                              .atime_ns = v.atime.ns,
                              .mtime_ns = v.mtime.ns,
                              .ctime_ns = v.ctime.ns};
}

int taproot_istat(struct taproot *t, taproot_ino i, struct taproot_stat *st) {
  taproot_fill_stat(t, inode_of(i), st);
  return 0;
}

int taproot_ireadlink(struct taproot *t, taproot_ino ino, char *out, size_t n) {
  struct inode *i = inode_of(ino);
  if ((i->mode & MODE_TYPE) != MODE_LINK) return ERR_INVAL;
  if (n > i->size) n = i->size;
  memcpy(out, i->fs->ops->target(i), n);
  return (int)n;
}

ssize_t taproot_iread(struct taproot *t, taproot_ino ino, void *out, size_t n, uint64_t offset) {
  struct inode *i = inode_of(ino);
  size_t done = 0;
  if ((i->mode & MODE_TYPE) != MODE_FILE) return (i->mode & MODE_TYPE) == MODE_DIR ? ERR_ISDIR : ERR_INVAL;
  while (done < n) {
    uint64_t got;
    const uint8_t *from = i->fs->ops->span(i, offset + done, n - done, &got);
    if (got == 0) break;
    if (from)
      memcpy((uint8_t *)out + done, from, got);
    else
      memset((uint8_t *)out + done, 0, got);
    done += got;
  }
  return (ssize_t)done;
}

int taproot_tell(struct taproot_each *e, const char *name, size_t len, uint64_t ino, uint32_t type, uint64_t next) {
  char text[LIMIT_NAME + 1];
  memcpy(text, name, len);
  text[len] = 0;
  const struct taproot_dirent d = {.name = text, .len = len, .ino = ino, .mode = type, .next = next};
  return e->each(e->arg, &d);
}

static int tell_name(void *arg, const struct fs_name *n) {
  return taproot_tell(arg, n->name, n->len, n->inode->ino, n->inode->mode & MODE_TYPE, n->next);
}

int taproot_ilist(struct taproot *t, taproot_ino dir, int (*each)(void *arg, const struct taproot_dirent *d),
                  void *arg) {
  struct taproot_each e = {each, arg};
  struct inode *i = inode_of(dir);
  if ((i->mode & MODE_TYPE) != MODE_DIR) return ERR_NOTDIR;
  return i->fs->ops->list(i, 0, tell_name, &e);
}
