/* kernel/libtaproot/taproot_file.c - calls by descriptor. */
#include "taproot_inner.h"

int taproot_open(struct taproot *t, const char *path, int flags, uint32_t mode) {
  struct file *f;
  int rc = vfs_open(&t->vfs, &t->cred, t->cwd, path, (unsigned)flags, mode, &f);
  if (rc < 0) return rc;
  rc = fds_add(t->fds, f, 0, false);
  if (rc < 0) file_close(f);
  return rc;
}

int taproot_close(struct taproot *t, int fd) { return fds_close(t->fds, fd); }

int taproot_dup(struct taproot *t, int fd) {
  struct file *f = fds_get(t->fds, fd);
  if (!f) return ERR_BADF;
  int rc = fds_add(t->fds, file_hold(f), 0, false);
  if (rc < 0) file_close(f);
  return rc;
}

ssize_t taproot_read(struct taproot *t, int fd, void *out, size_t n) {
  struct file *f = fds_get(t->fds, fd);
  struct io_memory m;
  io_read_into(&m, out, n);
  return f ? (ssize_t)file_read(f, &m.io) : ERR_BADF;
}

ssize_t taproot_write(struct taproot *t, int fd, const void *in, size_t n) {
  struct file *f = fds_get(t->fds, fd);
  struct io_memory m;
  io_write_from(&m, in, n);
  return f ? (ssize_t)file_write(f, &m.io) : ERR_BADF;
}

ssize_t taproot_pread(struct taproot *t, int fd, void *out, size_t n, uint64_t offset) {
  struct file *f = fds_get(t->fds, fd);
  struct io_memory m;
  io_read_into(&m, out, n);
  return f ? (ssize_t)file_read_at(f, &m.io, offset) : ERR_BADF;
}

ssize_t taproot_pwrite(struct taproot *t, int fd, const void *in, size_t n, uint64_t offset) {
  struct file *f = fds_get(t->fds, fd);
  struct io_memory m;
  io_write_from(&m, in, n);
  return f ? (ssize_t)file_write_at(f, &m.io, offset) : ERR_BADF;
}

int64_t taproot_lseek(struct taproot *t, int fd, int64_t offset, int whence) {
  struct file *f = fds_get(t->fds, fd);
  return f ? file_seek(f, offset, whence) : ERR_BADF;
}

int taproot_ftruncate(struct taproot *t, int fd, uint64_t size) {
  struct file *f = fds_get(t->fds, fd);
  return f ? file_truncate(f, size) : ERR_BADF;
}

int taproot_fstat(struct taproot *t, int fd, struct taproot_stat *st) {
  struct file *f = fds_get(t->fds, fd);
  if (!f) return ERR_BADF;
  taproot_fill_stat(t, f->inode, st);
  return 0;
}

static int tell_dirent(void *arg, const struct vfs_dirent *d) {
  return taproot_tell(arg, d->name, d->len, d->ino, d->type, d->next);
}

int taproot_readdir(struct taproot *t, int fd, int (*each)(void *arg, const struct taproot_dirent *d), void *arg) {
  struct taproot_each e = {each, arg};
  struct file *f = fds_get(t->fds, fd);
  return f ? file_list(f, tell_dirent, &e) : ERR_BADF;
}
