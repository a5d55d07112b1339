/* kernel/libtaproot/taproot_xattr.c - extended attributes, by handle and by path. */
#include <string.h>

#include "taproot_inner.h"

static ssize_t get(struct taproot *t, struct inode *i, const char *name, void *out, size_t n) {
  const uint8_t *value;
  int64_t size = vfs_xattr_get(&t->vfs, &t->cred, i, name, &value);
  if (size < 0 || n == 0) return (ssize_t)size;
  if ((uint64_t)size > n) return ERR_RANGE;
  memcpy(out, value, (size_t)size);
  return (ssize_t)size;
}

struct list {
  char *out;
  size_t room, done;
};

/* Beyond the room names are only measured. */
static int list_name(void *arg, const char *name, size_t len) {
  struct list *l = arg;
  bool fits = l->done < l->room && len < l->room - l->done;
  if (fits) memcpy(l->out + l->done, name, len), l->out[l->done + len] = 0;
  l->done += len + 1;
  return 0;
}

static ssize_t list(struct taproot *t, struct inode *i, char *out, size_t n) {
  struct list l = {out, n, 0};
  vfs_xattr_list(&t->vfs, &t->cred, i, list_name, &l);
  return n == 0 || l.done <= n ? (ssize_t)l.done : ERR_RANGE;
}

ssize_t taproot_igetxattr(struct taproot *t, taproot_ino i, const char *name, void *out, size_t n) {
  return get(t, (struct inode *)(uintptr_t)i, name, out, n);
}

ssize_t taproot_ilistxattr(struct taproot *t, taproot_ino i, char *out, size_t n) {
  return list(t, (struct inode *)(uintptr_t)i, out, n);
}

static int set(struct taproot *t, struct inode *i, const char *name, const void *value, size_t n, int flags) {
  if (flags & ~(VFS_XATTR_CREATE | VFS_XATTR_REPLACE)) return ERR_INVAL;
  return vfs_xattr_set(&t->vfs, &t->cred, i, name, value, n, (unsigned)flags);
}

int taproot_isetxattr(struct taproot *t, taproot_ino i, const char *name, const void *value, size_t n, int flags) {
  return set(t, (struct inode *)(uintptr_t)i, name, value, n, flags);
}

int taproot_iremovexattr(struct taproot *t, taproot_ino i, const char *name) {
  return vfs_xattr_remove(&t->vfs, &t->cred, (struct inode *)(uintptr_t)i, name);
}

static int resolve(struct taproot *t, const char *path, bool follow, struct inode **out) {
  return vfs_resolve(&t->vfs, &t->cred, t->cwd, path, follow ? VFS_FOLLOW : VFS_NO_FOLLOW, out);
}

ssize_t taproot_getxattr(struct taproot *t, const char *path, const char *name, void *out, size_t n, bool follow) {
  struct inode *i;
  ssize_t rc = resolve(t, path, follow, &i);
  if (rc < 0) return rc;
  rc = get(t, i, name, out, n);
  fs_let_go(i);
  return rc;
}

ssize_t taproot_listxattr(struct taproot *t, const char *path, char *out, size_t n, bool follow) {
  struct inode *i;
  ssize_t rc = resolve(t, path, follow, &i);
  if (rc < 0) return rc;
  rc = list(t, i, out, n);
  fs_let_go(i);
  return rc;
}

int taproot_setxattr(struct taproot *t, const char *path, const char *name, const void *value, size_t n, int flags,
                     bool follow) {
  struct inode *i;
  int rc = resolve(t, path, follow, &i);
  if (rc < 0) return rc;
  rc = set(t, i, name, value, n, flags);
  fs_let_go(i);
  return rc;
}

int taproot_removexattr(struct taproot *t, const char *path, const char *name, bool follow) {
  struct inode *i;
  int rc = resolve(t, path, follow, &i);
  if (rc < 0) return rc;
  rc = vfs_xattr_remove(&t->vfs, &t->cred, i, name);
  fs_let_go(i);
  return rc;
}
