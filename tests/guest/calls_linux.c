/* tests/guest/calls_linux.c - the table of calls.h over the kernel that is there. */
#include "calls.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

static long result(long rc) { return rc < 0 ? -errno : rc; }

static int k_open(int dir, const char *path, int flags, unsigned mode) {
  return (int)result(syscall(SYS_openat, dir, path, flags, mode));
}
static int k_close(int fd) { return (int)result(close(fd)); }
static long k_read(int fd, void *to, size_t n) { return result(read(fd, to, n)); }
static long k_write(int fd, const void *from, size_t n) { return result(write(fd, from, n)); }
static long k_pread(int fd, void *to, size_t n, int64_t offset) { return result(pread(fd, to, n, offset)); }
static long k_pwrite(int fd, const void *from, size_t n, int64_t offset) { return result(pwrite(fd, from, n, offset)); }
static long k_seek(int fd, int64_t offset, int whence) { return result(lseek(fd, offset, whence)); }
static int k_ftruncate(int fd, int64_t size) { return (int)result(ftruncate(fd, size)); }
static int k_truncate(const char *path, int64_t size) { return (int)result(truncate(path, size)); }
static int k_fallocate(int fd, int mode, int64_t offset, int64_t n) {
  return (int)result(syscall(SYS_fallocate, fd, mode, offset, n));
}
static long k_copy(int in, int64_t *in_at, int out, int64_t *out_at, size_t n) {
  return result(syscall(SYS_copy_file_range, in, in_at, out, out_at, n, 0));
}

static int stat_result(int rc, const struct stat *s, struct calls_stat *to) {
  if (rc < 0) return -errno;
  *to = (struct calls_stat){.ino = s->st_ino,
                            .nlink = s->st_nlink,
                            .size = (uint64_t)s->st_size,
                            .blocks = (uint64_t)s->st_blocks,
                            .mode = s->st_mode,
                            .uid = s->st_uid,
                            .gid = s->st_gid,
                            .rdev_major = major(s->st_rdev),
                            .rdev_minor = minor(s->st_rdev),
                            .atime_s = s->st_atim.tv_sec,
                            .mtime_s = s->st_mtim.tv_sec,
                            .ctime_s = s->st_ctim.tv_sec,
                            .atime_ns = (uint32_t)s->st_atim.tv_nsec,
                            .mtime_ns = (uint32_t)s->st_mtim.tv_nsec};
  return 0;
}
static int k_fstat(int fd, struct calls_stat *st) {
  struct stat s;
  return stat_result(fstat(fd, &s), &s, st);
}
static int k_stat(int dir, const char *path, int flags, struct calls_stat *st) {
  struct stat s;
  return stat_result(fstatat(dir, path, &s, flags), &s, st);
}
static int k_mkdir(int dir, const char *path, unsigned mode) { return (int)result(mkdirat(dir, path, mode)); }
static int k_mknod(int dir, const char *path, unsigned mode, unsigned maj, unsigned min) {
  return (int)result(mknodat(dir, path, mode, makedev(maj, min)));
}
static int k_unlink(int dir, const char *path, int flags) { return (int)result(unlinkat(dir, path, flags)); }
static int k_rename(int dir, const char *from, int dir2, const char *to, unsigned flags) {
  return (int)result(syscall(SYS_renameat2, dir, from, dir2, to, flags));
}
static int k_link(int dir, const char *from, int dir2, const char *to, int flags) {
  return (int)result(linkat(dir, from, dir2, to, flags));
}
static int k_symlink(const char *target, int dir, const char *path) {
  return (int)result(symlinkat(target, dir, path));
}
static long k_readlink(int dir, const char *path, char *to, size_t n) {
  return result(syscall(SYS_readlinkat, dir, path, to, n));
}
static int k_chmod(int dir, const char *path, unsigned mode) {
  return (int)result(syscall(SYS_fchmodat, dir, path, mode));
}
static int k_chown(int dir, const char *path, unsigned uid, unsigned gid, int flags) {
  return (int)result(fchownat(dir, path, uid, gid, flags));
}
static int k_utimes(int dir, const char *path, const struct calls_time both[2], int flags) {
  struct timespec t[2] = {{both[0].s, both[0].ns}, {both[1].s, both[1].ns}};
  return (int)result(utimensat(dir, path, t, flags));
}
static int k_access(int dir, const char *path, int want, int flags) {
  return (int)result(syscall(SYS_faccessat2, dir, path, want, flags));
}
static int k_chdir(const char *path) { return (int)result(chdir(path)); }
static int k_fchdir(int fd) { return (int)result(fchdir(fd)); }
static long k_getcwd(char *to, size_t n) { return result(syscall(SYS_getcwd, to, n)); }
static unsigned k_umask(unsigned mask) { return umask((mode_t)mask); }

/* The calls themselves, not the C library's, which would speak for all threads. */
static int k_become(unsigned uid, unsigned gid) {
  if (syscall(SYS_setresuid, -1, 0, -1) < 0) return -errno;
  if (syscall(SYS_setresgid, -1, gid, -1) < 0) return -errno;
  return (int)result(syscall(SYS_setresuid, -1, uid, -1));
}
static int k_pipe(int ends[2], int flags) { return (int)result(pipe2(ends, flags)); }
static int k_dup2(int fd, int to) { return (int)result(dup2(fd, to)); }

struct dirent_linux {
  uint64_t ino;
  int64_t off;
  unsigned short reclen;
  unsigned char type;
  char name[];
};

static int k_list(int fd, size_t n, void (*each)(void *arg, const char *name, unsigned type), void *arg) {
  _Alignas(8) char bytes[4096];
  int names = 0;
  long got = syscall(SYS_getdents64, fd, bytes, n < sizeof bytes ? n : sizeof bytes);
  if (got < 0) return -errno;
  for (long at = 0; at < got;) {
    const struct dirent_linux *d = (const void *)(bytes + at);
    each(arg, d->name, d->type);
    names++;
    at += d->reclen;
  }
  return names;
}

static int k_set_attr(int fd, const char *path, int flags, const char *name, const void *value, size_t n, int how) {
  return (int)result(!path                         ? fsetxattr(fd, name, value, n, how)
                     : flags & AT_SYMLINK_NOFOLLOW ? lsetxattr(path, name, value, n, how)
                                                   : setxattr(path, name, value, n, how));
}
static long k_get_attr(int fd, const char *path, int flags, const char *name, void *to, size_t n) {
  return result(!path                         ? fgetxattr(fd, name, to, n)
                : flags & AT_SYMLINK_NOFOLLOW ? lgetxattr(path, name, to, n)
                                              : getxattr(path, name, to, n));
}
static long k_list_attrs(int fd, const char *path, int flags, char *to, size_t n) {
  return result(!path                         ? flistxattr(fd, to, n)
                : flags & AT_SYMLINK_NOFOLLOW ? llistxattr(path, to, n)
                                              : listxattr(path, to, n));
}
static int k_remove_attr(int fd, const char *path, int flags, const char *name) {
  return (int)result(!path                         ? fremovexattr(fd, name)
                     : flags & AT_SYMLINK_NOFOLLOW ? lremovexattr(path, name)
                                                   : removexattr(path, name));
}

const struct calls calls_linux = {
    k_open,      k_close,    k_read,  k_write, k_pread,  k_pwrite,   k_seek,     k_ftruncate,  k_truncate,
    k_fallocate, k_copy,     k_fstat, k_stat,  k_mkdir,  k_mknod,    k_unlink,   k_rename,     k_link,
    k_symlink,   k_readlink, k_chmod, k_chown, k_utimes, k_access,   k_chdir,    k_fchdir,     k_getcwd,
    k_umask,     k_become,   k_pipe,  k_dup2,  k_list,   k_set_attr, k_get_attr, k_list_attrs, k_remove_attr};
