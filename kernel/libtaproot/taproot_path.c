/* kernel/libtaproot/taproot_path.c - calls by path: vfscore's, with the instance's credentials and directory. */
#include "taproot_inner.h"

static int resolve(struct taproot *t, const char *path, enum vfs_follow follow, struct inode **out) {
  return vfs_resolve(&t->vfs, &t->cred, t->cwd, path, follow, out);
}

static int stat_path(struct taproot *t, const char *path, enum vfs_follow follow, struct taproot_stat *st) {
  struct inode *i;
  int rc = resolve(t, path, follow, &i);
  if (rc < 0) return rc;
  taproot_fill_stat(t, i, st);
  fs_let_go(i);
  return 0;
}

int taproot_stat(struct taproot *t, const char *path, struct taproot_stat *st) {
  return stat_path(t, path, VFS_FOLLOW, st);
}

int taproot_lstat(struct taproot *t, const char *path, struct taproot_stat *st) {
  return stat_path(t, path, VFS_NO_FOLLOW, st);
}

ssize_t taproot_readlink(struct taproot *t, const char *path, char *out, size_t n) {
  return (ssize_t)vfs_readlink(&t->vfs, &t->cred, t->cwd, path, out, n);
}

int taproot_access(struct taproot *t, const char *path, int want) {
  struct inode *i;
  int rc = resolve(t, path, VFS_FOLLOW, &i);
  if (rc < 0) return rc;
  rc = vfs_access(&t->vfs, &t->cred, i, (unsigned)want, true);
  fs_let_go(i);
  return rc;
}

int taproot_mkdir(struct taproot *t, const char *path, uint32_t mode) {
  return vfs_mkdir(&t->vfs, &t->cred, t->cwd, path, mode);
}

int taproot_mknod(struct taproot *t, const char *path, uint32_t mode, uint32_t major, uint32_t minor) {
  return vfs_mknod(&t->vfs, &t->cred, t->cwd, path, mode, major, minor);
}

int taproot_unlink(struct taproot *t, const char *path) { return vfs_unlink(&t->vfs, &t->cred, t->cwd, path); }
int taproot_rmdir(struct taproot *t, const char *path) { return vfs_rmdir(&t->vfs, &t->cred, t->cwd, path); }

int taproot_rename(struct taproot *t, const char *from, const char *to, unsigned flags) {
  return vfs_rename(&t->vfs, &t->cred, t->cwd, from, t->cwd, to, flags);
}

int taproot_link(struct taproot *t, const char *from, const char *to) {
  return vfs_link(&t->vfs, &t->cred, t->cwd, from, VFS_NO_FOLLOW, t->cwd, to);
}

int taproot_symlink(struct taproot *t, const char *target, const char *path) {
  return vfs_symlink(&t->vfs, &t->cred, t->cwd, path, target);
}

int taproot_chmod(struct taproot *t, const char *path, uint32_t mode) {
  struct inode *i;
  int rc = resolve(t, path, VFS_FOLLOW, &i);
  if (rc < 0) return rc;
  rc = vfs_chmod(&t->vfs, &t->cred, i, mode);
  fs_let_go(i);
  return rc;
}

int taproot_chown(struct taproot *t, const char *path, uint32_t uid, uint32_t gid) {
  struct inode *i;
  int rc = resolve(t, path, VFS_FOLLOW, &i);
  if (rc < 0) return rc;
  rc = vfs_chown(&t->vfs, &t->cred, i, uid, gid);
  fs_let_go(i);
  return rc;
}

static struct stamp stamp_of(int64_t ns) {
  int64_t s = ns / 1000000000 - (ns % 1000000000 < 0);
  return (struct stamp){s, (uint32_t)(ns - s * 1000000000)};
}

int taproot_utimens(struct taproot *t, const char *path, int64_t atime_ns, int64_t mtime_ns, bool follow) {
  const struct vfs_times times = {VFS_STAMP_SET, VFS_STAMP_SET, stamp_of(atime_ns), stamp_of(mtime_ns)};
  struct inode *i;
  int rc = resolve(t, path, follow ? VFS_FOLLOW : VFS_NO_FOLLOW, &i);
  if (rc < 0) return rc;
  rc = vfs_utimens(&t->vfs, &t->cred, i, &times);
  fs_let_go(i);
  return rc;
}

int taproot_truncate(struct taproot *t, const char *path, uint64_t size) {
  struct inode *i;
  int rc = resolve(t, path, VFS_FOLLOW, &i);
  if (rc < 0) return rc;
  rc = vfs_truncate(&t->vfs, &t->cred, i, size);
  fs_let_go(i);
  return rc;
}

int taproot_chdir(struct taproot *t, const char *path) {
  struct inode *i;
  int rc = resolve(t, path, VFS_FOLLOW, &i);
  if (rc < 0) return rc;
  rc = inode_is(i, MODE_DIR) ? vfs_access(&t->vfs, &t->cred, i, VFS_X, false) : ERR_NOTDIR;
  fs_let_go(rc < 0 ? i : t->cwd);
  if (rc == 0) t->cwd = i;
  return rc;
}

uint32_t taproot_umask(struct taproot *t, uint32_t mask) {
  uint32_t before = t->cred.umask;
  t->cred.umask = mask & 0777;
  return before;
}
