/* kernel/vfscore/xattr.c - who may see and set which extended attributes.
 *
 * Floor 4.  xattr(7) with user 0 in the place of capabilities: user.* belongs to whoever may read or write a regular
 * file or a directory, trusted.* to user 0 alone, security.* is everybody's to read and user 0's to set.  Names of
 * other spaces, access lists among them, come from archives: they are there to be read, and nothing acts on them.
 */
#include <string.h>

#include "kernel/vfscore/vfs_inner.h"

enum { STICKY = 01000 };
enum xattr_space { SPACE_USER, SPACE_TRUSTED, SPACE_SECURITY, SPACE_SYSTEM, SPACE_OTHER };
static const char *const spaces[SPACE_OTHER] = {"user.", "trusted.", "security.", "system."};

/* *bare: nothing stands behind the prefix. */
static enum xattr_space space_of(const char *name, size_t len, bool *bare) {
  *bare = false;
  for (unsigned s = 0; s < SPACE_OTHER; s++) {
    size_t n = strlen(spaces[s]);
    *bare = len == n;
    if (len >= n && memcmp(name, spaces[s], n) == 0) return s;
  }
  return SPACE_OTHER;
}

static int may_user(const struct cred *c, const struct inode *i, bool write) {
  bool dir = inode_is(i, MODE_DIR);
  if (!dir && !inode_is(i, MODE_FILE)) return write ? ERR_PERM : ERR_NODATA;
  if (dir && write && (i->mode & STICKY) && !perm_owner(c, i)) return ERR_PERM;
  return perm_may(c, i, write ? VFS_W : VFS_R);
}

static int may(const struct cred *c, const struct inode *i, enum xattr_space s, bool write) {
  switch (s) {
  case SPACE_USER:
    return may_user(c, i, write);
  case SPACE_TRUSTED:
    return perm_root(c) ? 0 : write ? ERR_PERM : ERR_NODATA;
  case SPACE_SECURITY:
    return perm_root(c) || !write ? 0 : ERR_PERM;
  case SPACE_SYSTEM:
    return write ? ERR_OPNOTSUPP : 0;
  default:
    break;
  }
  int rc = perm_may(c, i, write ? VFS_W : VFS_R);
  return rc == 0 && write ? ERR_OPNOTSUPP : rc;
}

/* 0, with *s the name's space, when the call goes on. */
static int check(const struct cred *c, const struct inode *i, const char *name, bool write, enum xattr_space *s) {
  bool bare;
  size_t len = strlen(name);
  if (len == 0 || len > LIMIT_ATTR_NAME) return ERR_RANGE;
  *s = space_of(name, len, &bare);
  int rc = may(c, i, *s, write);
  return rc == 0 && bare && *s != SPACE_OTHER ? ERR_INVAL : rc;
}

int64_t vfs_xattr_get(struct vfs *v, const struct cred *c, struct inode *i, const char *name, const uint8_t **value) {
  enum xattr_space s;
  int64_t rc = check(c, i, name, false, &s);
  (void)v;
  if (rc == 0) rc = i->fs->ops->xattr_get(i, name, strlen(name), value);
  return rc == ERR_NODATA && s >= SPACE_SYSTEM ? ERR_OPNOTSUPP : rc;
}

int vfs_xattr_set(struct vfs *v, const struct cred *c, struct inode *i, const char *name, const void *value, size_t n,
                  unsigned flags) {
  enum xattr_space s;
  const uint8_t *old;
  int rc = n > LIMIT_ATTR_VALUE ? ERR_TOOBIG : check(c, i, name, true, &s);
  if (rc < 0) return rc;
  bool there = i->fs->ops->xattr_get(i, name, strlen(name), &old) >= 0;
  if (there && (flags & VFS_XATTR_CREATE)) return ERR_EXIST;
  if (!there && (flags & VFS_XATTR_REPLACE)) return ERR_NODATA;
  rc = i->fs->ops->xattr_set(i, name, strlen(name), value, n);
  if (rc == 0) i->ctime = vfs_now(v);
  return rc == ERR_NOMEM ? ERR_NOSPC : rc;
}

int vfs_xattr_remove(struct vfs *v, const struct cred *c, struct inode *i, const char *name) {
  enum xattr_space s;
  int rc = check(c, i, name, true, &s);
  if (rc == 0) rc = i->fs->ops->xattr_remove(i, name, strlen(name));
  if (rc == 0) i->ctime = vfs_now(v);
  return rc;
}

struct listing {
  bool trusted;
  int (*each)(void *arg, const char *name, size_t len);
  void *arg;
};

static int list_one(void *arg, const char *name, size_t len) {
  const struct listing *l = arg;
  bool bare;
  if (!l->trusted && space_of(name, len, &bare) == SPACE_TRUSTED) return 0;
  return l->each(l->arg, name, len);
}

int vfs_xattr_list(struct vfs *v, const struct cred *c, struct inode *i,
                   int (*each)(void *arg, const char *name, size_t len), void *arg) {
  struct listing l = {perm_root(c), each, arg};
  (void)v;
  return i->fs->ops->xattr_list(i, list_one, &l);
}

void xattr_drop_capability(struct inode *i) {
  static const char name[] = "security.capability";
  i->fs->ops->xattr_remove(i, name, sizeof name - 1);
}
