/* tests/guest/fs_taproot.c - fs.h over libtaproot: the machine's file system in this process. */
#include "fs.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "taproot.h"

static struct taproot *t; /* the one instance that the calls below go to */

int fs_begin(const char *dir) {
  t = taproot_start(NULL);
  if (!t) return -12;
  int rc = taproot_mkdir(t, "/work", 0755);
  return rc < 0 ? rc : taproot_chdir(t, "/work");
}
void fs_end(void) {
  const char *wrong = taproot_check(t);
  if (wrong) printf("the instance's records are wrong: %s\n", wrong);
  taproot_stop(t);
}

int fs_open(const char *path, int flags, unsigned mode) { return taproot_open(t, path, flags, mode); }
int fs_close(int fd) { return taproot_close(t, fd); }
long fs_read(int fd, void *to, size_t n) { return taproot_read(t, fd, to, n); }
long fs_write(int fd, const void *from, size_t n) { return taproot_write(t, fd, from, n); }
long fs_pread(int fd, void *to, size_t n, uint64_t offset) { return taproot_pread(t, fd, to, n, offset); }
long fs_pwrite(int fd, const void *from, size_t n, uint64_t offset) { return taproot_pwrite(t, fd, from, n, offset); }
long fs_seek(int fd, long offset, int whence) { return taproot_lseek(t, fd, offset, whence); }
int fs_ftruncate(int fd, uint64_t size) { return taproot_ftruncate(t, fd, size); }
int fs_truncate(const char *path, uint64_t size) { return taproot_truncate(t, path, size); }

static int stat_result(int rc, const struct taproot_stat *from, struct fs_stat *to) {
  if (rc < 0) return rc;
  *to = (struct fs_stat){from->mode, (uint32_t)from->nlink, from->uid, from->gid, from->size, from->ino, from->mtime_s};
  return 0;
}
int fs_fstat(int fd, struct fs_stat *st) {
  struct taproot_stat s;
  return stat_result(taproot_fstat(t, fd, &s), &s, st);
}
int fs_stat(const char *path, struct fs_stat *st) {
  struct taproot_stat s;
  return stat_result(taproot_stat(t, path, &s), &s, st);
}
int fs_lstat(const char *path, struct fs_stat *st) {
  struct taproot_stat s;
  return stat_result(taproot_lstat(t, path, &s), &s, st);
}

long fs_readlink(const char *path, char *to, size_t n) { return taproot_readlink(t, path, to, n); }
int fs_mkdir(const char *path, unsigned mode) { return taproot_mkdir(t, path, mode); }
int fs_rmdir(const char *path) { return taproot_rmdir(t, path); }
int fs_unlink(const char *path) { return taproot_unlink(t, path); }
int fs_rename(const char *from, const char *to) { return taproot_rename(t, from, to, 0); }
int fs_link(const char *from, const char *to) { return taproot_link(t, from, to); }
int fs_symlink(const char *target, const char *path) { return taproot_symlink(t, target, path); }
int fs_chmod(const char *path, unsigned mode) { return taproot_chmod(t, path, mode); }
int fs_chown(const char *path, unsigned uid, unsigned gid) { return taproot_chown(t, path, uid, gid); }
int fs_utimes(const char *path, int64_t seconds) {
  return taproot_utimens(t, path, seconds * 1000000000, seconds * 1000000000, true);
}
int fs_access(const char *path, int want) { return taproot_access(t, path, want); }
int fs_chdir(const char *path) { return taproot_chdir(t, path); }
unsigned fs_umask(unsigned mask) { return taproot_umask(t, mask); }

struct listing {
  void (*each)(void *arg, const char *name);
  void *arg;
  int n;
};
static int one_name(void *arg, const struct taproot_dirent *d) {
  struct listing *l = arg;
  if (!strcmp(d->name, ".") || !strcmp(d->name, "..")) return 0;
  l->each(l->arg, d->name);
  l->n++;
  return 0;
}
int fs_list(const char *path, void (*each)(void *arg, const char *name), void *arg) {
  struct listing l = {each, arg, 0};
  int fd = taproot_open(t, path, O_RDONLY | O_DIRECTORY, 0);
  if (fd < 0) return fd;
  int rc = taproot_readdir(t, fd, one_name, &l);
  taproot_close(t, fd);
  return rc < 0 ? rc : l.n;
}
