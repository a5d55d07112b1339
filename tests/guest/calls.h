/* tests/guest/calls.h - Linux's file calls as a table, so that one scenario runs over the kernel that is there
 * (calls_linux.c: the host's or, as a guest, Taproot's) and over vfscore in a unit test (tests/unit/vfscore_linux.c).
 *
 * Every call answers 0 or a positive amount, or minus Linux's errno.  `dir` is a descriptor or AT_FDCWD.
 */
#ifndef CALLS_H
#define CALLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct calls_stat {
  uint64_t ino, nlink, size, blocks;
  uint32_t mode, uid, gid, rdev_major, rdev_minor;
  int64_t atime_s, mtime_s, ctime_s;
  uint32_t atime_ns, mtime_ns;
};
struct calls_time {
  int64_t s;
  long ns; /* UTIME_NOW, UTIME_OMIT */
};

struct calls {
  int (*open)(int dir, const char *path, int flags, unsigned mode);
  int (*close)(int fd);
  long (*read)(int fd, void *to, size_t n);
  long (*write)(int fd, const void *from, size_t n);
  long (*pread)(int fd, void *to, size_t n, int64_t offset);
  long (*pwrite)(int fd, const void *from, size_t n, int64_t offset);
  long (*seek)(int fd, int64_t offset, int whence);
  int (*ftruncate)(int fd, int64_t size);
  int (*truncate)(const char *path, int64_t size);
  int (*fallocate)(int fd, int mode, int64_t offset, int64_t n);
  long (*copy)(int in, int64_t *in_at, int out, int64_t *out_at, size_t n); /* copy_file_range */
  int (*fstat)(int fd, struct calls_stat *st);
  int (*stat)(int dir, const char *path, int flags, struct calls_stat *st);
  int (*mkdir)(int dir, const char *path, unsigned mode);
  int (*mknod)(int dir, const char *path, unsigned mode, unsigned major, unsigned minor);
  int (*unlink)(int dir, const char *path, int flags);
  int (*rename)(int dir, const char *from, int dir2, const char *to, unsigned flags);
  int (*link)(int dir, const char *from, int dir2, const char *to, int flags);
  int (*symlink)(const char *target, int dir, const char *path);
  long (*readlink)(int dir, const char *path, char *to, size_t n);
  int (*chmod)(int dir, const char *path, unsigned mode);
  int (*chown)(int dir, const char *path, unsigned uid, unsigned gid, int flags);
  int (*utimes)(int dir, const char *path, const struct calls_time both[2], int flags);
  int (*access)(int dir, const char *path, int want, int flags);
  int (*chdir)(const char *path);
  int (*fchdir)(int fd);
  long (*getcwd)(char *to, size_t n);
  unsigned (*umask)(unsigned mask);
  int (*become)(unsigned uid, unsigned gid); /* effective ids; no other groups */
  int (*pipe)(int ends[2], int flags);
  int (*dup2)(int fd, int to);
  /* Up to about n bytes of names from the descriptor's offset on, each handed over; names handed over. */
  int (*list)(int fd, size_t n, void (*each)(void *arg, const char *name, unsigned type), void *arg);
  /* Extended attributes; path NULL: the descriptor's.  flags: AT_SYMLINK_NOFOLLOW. */
  int (*set_attr)(int fd, const char *path, int flags, const char *name, const void *value, size_t n, int how);
  long (*get_attr)(int fd, const char *path, int flags, const char *name, void *to, size_t n);
  long (*list_attrs)(int fd, const char *path, int flags, char *to, size_t n);
  int (*remove_attr)(int fd, const char *path, int flags, const char *name);
};

extern const struct calls calls_linux;

/* The scenario: every answer is a line of `out`.  The working directory is empty and belongs to root, as the
 * caller does. */
void scenario(const struct calls *k, FILE *out);
/* The same of extended attributes, then calls drawn from a seed.  false: this kernel keeps none here. */
bool scenario_attrs(const struct calls *k, FILE *out, uint64_t seed, unsigned steps);
/* Calls drawn from a seed, biased to meet each other; every answer is a line. */
void scenario_random(const struct calls *k, FILE *out, uint64_t seed, unsigned steps);

#endif
