/* kernel/libtaproot/taproot_at.c - calls for servers: names relative to a handle, or of the handle itself, as the
 * caller that the instance is told.
 */
#include <sys/stat.h>

#include "taproot_inner.h"

static struct inode *inode_of(taproot_ino i) { return (struct inode *)(uintptr_t)i; }

void taproot_become(struct taproot *t, const struct taproot_caller *c) {
  t->cred = (struct cred){.uid = c->uid,
                          .euid = c->uid,
                          .suid = c->uid,
                          .fsuid = c->uid,
                          .gid = c->gid,
                          .egid = c->gid,
                          .sgid = c->gid,
                          .fsgid = c->gid,
                          .umask = c->umask & 0777};
  while (t->cred.group_count < c->group_count && t->cred.group_count < VFS_GROUPS) {
    t->cred.groups[t->cred.group_count] = c->groups[t->cred.group_count];
    t->cred.group_count++;
  }
}

/* --- names ----------------------------------------------------------------------------- */

int taproot_resolveat(struct taproot *t, taproot_ino dir, const char *path, bool follow, taproot_ino *out) {
  struct inode *i;
  int rc = vfs_resolve(&t->vfs, &t->cred, inode_of(dir), path, follow ? VFS_FOLLOW : VFS_NO_FOLLOW, &i);
  if (rc == 0) *out = (uintptr_t)i;
  return rc;
}

static int add(struct taproot *t, int rc, struct file *f) {
  if (rc < 0) return rc;
  rc = fds_add(t->fds, f, 0, false);
  if (rc < 0) file_close(f);
  return rc;
}

int taproot_openat(struct taproot *t, taproot_ino dir, const char *path, int flags, uint32_t mode) {
  struct file *f = NULL;
  int rc = fds_ready(t->fds, 0); /* nothing is made for a file that finds no number */
  if (rc == 0) rc = vfs_open(&t->vfs, &t->cred, inode_of(dir), path, (unsigned)flags, mode, &f);
  return add(t, rc, f);
}

int taproot_mkdirat(struct taproot *t, taproot_ino dir, const char *path, uint32_t mode) {
  return vfs_mkdir(&t->vfs, &t->cred, inode_of(dir), path, mode);
}

int taproot_mknodat(struct taproot *t, taproot_ino dir, const char *path, uint32_t mode, uint32_t major,
                    uint32_t minor) {
  return vfs_mknod(&t->vfs, &t->cred, inode_of(dir), path, mode, major, minor);
}

int taproot_symlinkat(struct taproot *t, const char *target, taproot_ino dir, const char *path) {
  return vfs_symlink(&t->vfs, &t->cred, inode_of(dir), path, target);
}

int taproot_unlinkat(struct taproot *t, taproot_ino dir, const char *path, bool directory) {
  return directory ? vfs_rmdir(&t->vfs, &t->cred, inode_of(dir), path)
                   : vfs_unlink(&t->vfs, &t->cred, inode_of(dir), path);
}

int taproot_renameat(struct taproot *t, taproot_ino dir, const char *from, taproot_ino dir2, const char *to,
                     unsigned flags) {
  return vfs_rename(&t->vfs, &t->cred, inode_of(dir), from, inode_of(dir2), to, flags);
}

/* --- inodes -------------------------------------------------------------------------------- */

int taproot_iopen(struct taproot *t, taproot_ino i, int flags) {
  struct file *f = NULL;
  int rc = vfs_open_held(&t->vfs, &t->cred, inode_of(i), (unsigned)flags, &f);
  return add(t, rc, f);
}

int taproot_ilink(struct taproot *t, taproot_ino i, taproot_ino dir, const char *path) {
  return vfs_link_held(&t->vfs, &t->cred, inode_of(i), inode_of(dir), path);
}

int taproot_iaccess(struct taproot *t, taproot_ino i, int want) {
  return vfs_access(&t->vfs, &t->cred, inode_of(i), (unsigned)want, false);
}

int taproot_ichmod(struct taproot *t, taproot_ino i, uint32_t mode) {
  return vfs_chmod(&t->vfs, &t->cred, inode_of(i), mode);
}

int taproot_ichown(struct taproot *t, taproot_ino i, uint32_t uid, uint32_t gid) {
  return vfs_chown(&t->vfs, &t->cred, inode_of(i), uid, gid);
}

int taproot_itruncate(struct taproot *t, taproot_ino i, uint64_t size) {
  return vfs_truncate(&t->vfs, &t->cred, inode_of(i), size);
}

static int how(const struct timespec *ts) {
  return ts->tv_nsec == UTIME_NOW ? VFS_STAMP_NOW : ts->tv_nsec == UTIME_OMIT ? VFS_STAMP_OMIT : VFS_STAMP_SET;
}

int taproot_iutimens(struct taproot *t, taproot_ino i, const struct timespec times[2]) {
  const struct vfs_times both = {how(&times[0]),
                                 how(&times[1]),
                                 {times[0].tv_sec, (uint32_t)times[0].tv_nsec},
                                 {times[1].tv_sec, (uint32_t)times[1].tv_nsec}};
  return vfs_utimens(&t->vfs, &t->cred, inode_of(i), &both);
}

/* --- open files ------------------------------------------------------------------------------ */

static int tell(void *arg, const struct vfs_dirent *d) {
  return taproot_tell(arg, d->name, d->len, d->ino, d->type, d->next);
}

int taproot_list_from(struct taproot *t, int fd, uint64_t from, int (*each)(void *arg, const struct taproot_dirent *d),
                      void *arg) {
  struct taproot_each e = {each, arg};
  struct file *f = fds_get(t->fds, fd);
  if (!f) return ERR_BADF;
  f->offset = from;
  return file_list(f, tell, &e);
}

int taproot_write_as_caller(struct taproot *t, int fd) {
  struct file *f = fds_get(t->fds, fd);
  if (!f) return ERR_BADF;
  file_writer(f, &t->cred);
  return 0;
}

int taproot_fallocate(struct taproot *t, int fd, int mode, uint64_t offset, uint64_t n) {
  struct file *f = fds_get(t->fds, fd);
  return f ? file_allocate(f, mode, offset, n) : ERR_BADF;
}

ssize_t taproot_copy(struct taproot *t, int in, uint64_t in_offset, int out, uint64_t out_offset, uint64_t n) {
  struct file *from = fds_get(t->fds, in), *to = fds_get(t->fds, out);
  return from && to ? (ssize_t)file_copy(to, &out_offset, from, &in_offset, n) : ERR_BADF;
}

void taproot_space(struct taproot *t, struct taproot_space *s) {
  struct fs_space space;
  struct fs *fs = vfs_root(&t->vfs)->fs;
  fs->ops->space(fs, &space);
  *s = (struct taproot_space){space.bytes, space.bytes_free, space.inodes, space.bytes_free / 1024};
}
