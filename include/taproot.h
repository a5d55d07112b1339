/* include/taproot.h - libtaproot: the kernel's unpacker and file system in a Linux process.
 *
 * The same sources as in the machine (kernel/mem, ramfs, vfscore, boot/unpack)
 * over kernel/plat/host.  A `struct taproot` is one machine's memory and file
 * tree; any number may live one after another and side by side; one thread at a
 * time may be inside one of them.  Calls return 0 or a positive amount, or a
 * negative code: Linux's errno numbers for file calls, codes from -1000 down for
 * bad bytes (taproot_sentence tells any of them).  Paths are absolute or relative to the root and
 * NUL-terminated; symlinks are resolved inside the instance only.
 *
 * Link with -ltaproot -lz -ldeflate -lzstd -llzma -lbz2 -lmd.
 */
#ifndef TAPROOT_H
#define TAPROOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#ifdef __cplusplus
extern "C" {
#endif

struct taproot;

struct taproot_options {
  uint64_t memory;   /* bytes of RAM the instance may use; 0: 8 GiB (only what is touched costs memory) */
  int64_t now_ns;    /* the wall clock for new inodes, since 1970; -1: the host's clock */
  uint32_t uid, gid; /* who makes the calls; root by default */
  uint32_t umask;
};

/* NULL when the host has no memory. options may be NULL. */
struct taproot *taproot_start(const struct taproot_options *options);
void taproot_stop(struct taproot *t); /* NULL is allowed */

/* What is wrong with an archive or image. */
struct taproot_flaw {
  int code;
  uint64_t offset, stored_offset; /* UINT64_MAX: does not apply */
  char text[512];                 /* "entry 'NAME' at offset N: REASON" */
};

struct taproot_report {
  uint64_t entries, archives, unpacked, stored, given_back, adopted;
};

/* Unpacks a bare initrd (any number of archives, each compressed or not) over the
 * tree.  The bytes stay the caller's.  report and flaw may be NULL. */
int taproot_unpack(struct taproot *t, const void *initrd, size_t n, struct taproot_report *report,
                   struct taproot_flaw *flaw);

/* The same for a finished image: finds .manifest and .initrd as the machine
 * does, checks the digests, unpacks. */
int taproot_unpack_image(struct taproot *t, const void *image, size_t n, struct taproot_report *report,
                         struct taproot_flaw *flaw);

/* --- by inode: handles with look-up and forget -------------------------- */

typedef uint64_t taproot_ino; /* the handle; stable while it is looked up and not forgotten */

struct taproot_stat {
  uint64_t ino, nlink, size, blocks;
  uint32_t mode, uid, gid, rdev_major, rdev_minor;
  int64_t atime_s, mtime_s, ctime_s;
  uint32_t atime_ns, mtime_ns, ctime_ns;
};

taproot_ino taproot_root(struct taproot *t);
int taproot_lookup(struct taproot *t, taproot_ino dir, const char *name, taproot_ino *out); /* one more look-up */
void taproot_forget(struct taproot *t, taproot_ino i, uint64_t lookups);
int taproot_istat(struct taproot *t, taproot_ino i, struct taproot_stat *st);
int taproot_ireadlink(struct taproot *t, taproot_ino i, char *out, size_t n); /* length, not NUL-terminated */
ssize_t taproot_iread(struct taproot *t, taproot_ino i, void *out, size_t n, uint64_t offset);

/* Each entry of a directory but "." and "..", names NUL-terminated; a nonzero return ends it and is returned. */
struct taproot_dirent {
  const char *name;
  size_t len;
  uint64_t ino;
  uint32_t mode; /* type bits */
  uint64_t next; /* taproot_list_from: where to go on behind this entry */
};
int taproot_ilist(struct taproot *t, taproot_ino dir, int (*each)(void *arg, const struct taproot_dirent *d),
                  void *arg);
/* As the calls below, of whatever the handle is. */
ssize_t taproot_igetxattr(struct taproot *t, taproot_ino i, const char *name, void *out, size_t n);
ssize_t taproot_ilistxattr(struct taproot *t, taproot_ino i, char *out, size_t n);

int taproot_isetxattr(struct taproot *t, taproot_ino i, const char *name, const void *value, size_t n, int flags);
int taproot_iremovexattr(struct taproot *t, taproot_ino i, const char *name);

/* --- for servers: many callers, names relative to handles ----------------- */

enum { TAPROOT_GROUPS = 32 };
struct taproot_caller {
  uint32_t uid, gid, umask;
  const uint32_t *groups; /* supplementary; may be NULL */
  unsigned group_count;   /* at most TAPROOT_GROUPS count */
};
/* Who makes the calls from now on: every call but those of the part above checks its permissions. */
void taproot_become(struct taproot *t, const struct taproot_caller *c);

/* As openat(2) and its kin; `path` may have several components.  taproot_resolveat is one more look-up. */
int taproot_resolveat(struct taproot *t, taproot_ino dir, const char *path, bool follow, taproot_ino *out);
int taproot_openat(struct taproot *t, taproot_ino dir, const char *path, int flags, uint32_t mode);
int taproot_mkdirat(struct taproot *t, taproot_ino dir, const char *path, uint32_t mode);
int taproot_mknodat(struct taproot *t, taproot_ino dir, const char *path, uint32_t mode, uint32_t major,
                    uint32_t minor);
int taproot_symlinkat(struct taproot *t, const char *target, taproot_ino dir, const char *path);
int taproot_unlinkat(struct taproot *t, taproot_ino dir, const char *path, bool directory);
int taproot_renameat(struct taproot *t, taproot_ino dir, const char *from, taproot_ino dir2, const char *to,
                     unsigned flags);

/* Of what the handle is, whatever names it has now or has no more. */
int taproot_iopen(struct taproot *t, taproot_ino i, int flags);
int taproot_ilink(struct taproot *t, taproot_ino i, taproot_ino dir, const char *path);
int taproot_iaccess(struct taproot *t, taproot_ino i, int want);
int taproot_ichmod(struct taproot *t, taproot_ino i, uint32_t mode);
int taproot_ichown(struct taproot *t, taproot_ino i, uint32_t uid, uint32_t gid); /* UINT32_MAX: as it is */
int taproot_itruncate(struct taproot *t, taproot_ino i, uint64_t size);
/* As utimensat(2) has them: UTIME_NOW and UTIME_OMIT in tv_nsec. */
int taproot_iutimens(struct taproot *t, taproot_ino i, const struct timespec times[2]);

/* A directory that is open, from `from` on (0: the start); entries that stay are told once, whatever is made or removed
 * between two calls.  A positive return of each ends it before that entry counts as told. */
int taproot_list_from(struct taproot *t, int fd, uint64_t from, int (*each)(void *arg, const struct taproot_dirent *d),
                      void *arg);
/* Who writes to it from now on is the caller: set-id bits go as they do for him. */
int taproot_write_as_caller(struct taproot *t, int fd);
int taproot_fallocate(struct taproot *t, int fd, int mode, uint64_t offset, uint64_t n);
ssize_t taproot_copy(struct taproot *t, int in, uint64_t in_offset, int out, uint64_t out_offset, uint64_t n);

struct taproot_space {
  uint64_t bytes, bytes_free, inodes, inodes_free;
};
void taproot_space(struct taproot *t, struct taproot_space *s);

/* --- by path, and by descriptor, as the calls of the same name ------------ */

int taproot_open(struct taproot *t, const char *path, int flags, uint32_t mode); /* flags: Linux's O_* */
int taproot_close(struct taproot *t, int fd);
ssize_t taproot_read(struct taproot *t, int fd, void *out, size_t n);
ssize_t taproot_write(struct taproot *t, int fd, const void *in, size_t n);
ssize_t taproot_pread(struct taproot *t, int fd, void *out, size_t n, uint64_t offset);
ssize_t taproot_pwrite(struct taproot *t, int fd, const void *in, size_t n, uint64_t offset);
int64_t taproot_lseek(struct taproot *t, int fd, int64_t offset, int whence);
int taproot_ftruncate(struct taproot *t, int fd, uint64_t size);
int taproot_fstat(struct taproot *t, int fd, struct taproot_stat *st);
/* From the descriptor's offset on, which moves; "." and ".." are among them. */
int taproot_readdir(struct taproot *t, int fd, int (*each)(void *arg, const struct taproot_dirent *d), void *arg);
int taproot_dup(struct taproot *t, int fd);

int taproot_stat(struct taproot *t, const char *path, struct taproot_stat *st);
int taproot_lstat(struct taproot *t, const char *path, struct taproot_stat *st);
ssize_t taproot_readlink(struct taproot *t, const char *path, char *out, size_t n);
int taproot_access(struct taproot *t, const char *path, int want);
int taproot_mkdir(struct taproot *t, const char *path, uint32_t mode);
int taproot_mknod(struct taproot *t, const char *path, uint32_t mode, uint32_t major, uint32_t minor);
int taproot_unlink(struct taproot *t, const char *path);
int taproot_rmdir(struct taproot *t, const char *path);
int taproot_rename(struct taproot *t, const char *from, const char *to, unsigned flags);
int taproot_link(struct taproot *t, const char *from, const char *to);
int taproot_symlink(struct taproot *t, const char *target, const char *path);
int taproot_chmod(struct taproot *t, const char *path, uint32_t mode);
int taproot_chown(struct taproot *t, const char *path, uint32_t uid, uint32_t gid);
int taproot_utimens(struct taproot *t, const char *path, int64_t atime_ns, int64_t mtime_ns, bool follow);
int taproot_truncate(struct taproot *t, const char *path, uint64_t size);
/* Extended attributes, as xattr(7): sizes, -ERANGE when they do not fit, n = 0 to ask for them; a list is names with
 * their NULs.  Without follow: of a symlink itself.  flags: XATTR_CREATE 1, XATTR_REPLACE 2. */
ssize_t taproot_getxattr(struct taproot *t, const char *path, const char *name, void *out, size_t n, bool follow);
ssize_t taproot_listxattr(struct taproot *t, const char *path, char *out, size_t n, bool follow);
int taproot_setxattr(struct taproot *t, const char *path, const char *name, const void *value, size_t n, int flags,
                     bool follow);
int taproot_removexattr(struct taproot *t, const char *path, const char *name, bool follow);
int taproot_chdir(struct taproot *t, const char *path);
uint32_t taproot_umask(struct taproot *t, uint32_t mask);

/* --- memory ------------------------------------------------------------- */

struct taproot_memory {
  uint64_t total, free, most_used; /* bytes of the instance's RAM */
};
void taproot_memory(struct taproot *t, struct taproot_memory *m);

/* The memory that a machine needs to unpack a finished image and begin its program, with the program's own pages (but
 * no more than 64 KiB of its zeros): found by doing so, in a machine that gets memory only where it would fail without.
 * In bytes from address 0 on, as QEMU's -m counts; firmware that keeps some of it (SeaBIOS on pc and q35: 128 KiB)
 * wants it on top. 0, or the code of the flaw with which the machine would stop. */
int taproot_need(const void *image, size_t n, uint64_t *bytes, struct taproot_flaw *flaw);

/* Fault injection for tests: the n-th allocation from now fails; 0: off. */
void taproot_refuse(struct taproot *t, uint64_t nth);

/* What is wrong with the instance's own records, or NULL (walks everything). */
const char *taproot_check(struct taproot *t);

const char *taproot_sentence(int code);
const char *taproot_version(void);

#ifdef __cplusplus
}
#endif
#endif
