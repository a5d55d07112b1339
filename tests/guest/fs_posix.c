/* tests/guest/fs_posix.c - fs.h over the C library. */
#include "fs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static long result(long rc) { return rc < 0 ? -errno : rc; }

int fs_begin(const char *dir) { return (int)result(chdir(dir)); }
void fs_end(void) {}
int fs_open(const char *path, int flags, unsigned mode) { return (int)result(open(path, flags, mode)); }
int fs_close(int fd) { return (int)result(close(fd)); }
long fs_read(int fd, void *to, size_t n) { return result(read(fd, to, n)); }
long fs_write(int fd, const void *from, size_t n) { return result(write(fd, from, n)); }
long fs_pread(int fd, void *to, size_t n, uint64_t offset) { return result(pread(fd, to, n, (off_t)offset)); }
long fs_pwrite(int fd, const void *from, size_t n, uint64_t offset) {
  return result(pwrite(fd, from, n, (off_t)offset));
}
long fs_seek(int fd, long offset, int whence) { return result(lseek(fd, offset, whence)); }
int fs_ftruncate(int fd, uint64_t size) { return (int)result(ftruncate(fd, (off_t)size)); }
int fs_truncate(const char *path, uint64_t size) { return (int)result(truncate(path, (off_t)size)); }

static int stat_result(int rc, const struct stat *from, struct fs_stat *to) {
  if (rc < 0) return -errno;
  *to = (struct fs_stat){from->st_mode, (uint32_t)from->st_nlink, from->st_uid,
                         from->st_gid,  (uint64_t)from->st_size,  from->st_ino,
                         from->st_mtime};
  return 0;
}
int fs_fstat(int fd, struct fs_stat *st) {
  struct stat s;
  return stat_result(fstat(fd, &s), &s, st);
}
int fs_stat(const char *path, struct fs_stat *st) {
  struct stat s;
  return stat_result(stat(path, &s), &s, st);
}
int fs_lstat(const char *path, struct fs_stat *st) {
  struct stat s;
  return stat_result(lstat(path, &s), &s, st);
}

long fs_readlink(const char *path, char *to, size_t n) { return result(readlink(path, to, n)); }
int fs_mkdir(const char *path, unsigned mode) { return (int)result(mkdir(path, mode)); }
int fs_rmdir(const char *path) { return (int)result(rmdir(path)); }
int fs_unlink(const char *path) { return (int)result(unlink(path)); }
int fs_rename(const char *from, const char *to) { return (int)result(rename(from, to)); }
int fs_link(const char *from, const char *to) { return (int)result(link(from, to)); }
int fs_symlink(const char *target, const char *path) { return (int)result(symlink(target, path)); }
int fs_chmod(const char *path, unsigned mode) { return (int)result(chmod(path, mode)); }
int fs_chown(const char *path, unsigned uid, unsigned gid) { return (int)result(chown(path, uid, gid)); }
int fs_utimes(const char *path, int64_t seconds) {
  struct timespec both[2] = {{seconds, 0}, {seconds, 0}};
  return (int)result(utimensat(AT_FDCWD, path, both, 0));
}
int fs_access(const char *path, int want) { return (int)result(access(path, want)); }
int fs_chdir(const char *path) { return (int)result(chdir(path)); }
unsigned fs_umask(unsigned mask) { return umask((mode_t)mask); }

int fs_list(const char *path, void (*each)(void *arg, const char *name), void *arg) {
  DIR *dir = opendir(path);
  if (!dir) return -errno;
  int n = 0;
  for (struct dirent *d; (d = readdir(dir));) {
    if (!strcmp(d->d_name, ".") || !strcmp(d->d_name, "..")) continue;
    each(arg, d->d_name);
    n++;
  }
  closedir(dir);
  return n;
}
