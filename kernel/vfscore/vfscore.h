/* kernel/vfscore/vfscore.h - paths → inodes; mounts; open files; descriptors.
 *
 * Nothing here is process-global: a call takes the instance, the credentials
 * and a directory or an inode.  Nothing here blocks: what would have to wait
 * answers ERR_AGAIN, and whoever can wait does so.  Nothing here touches user memory: bytes
 * travel through `struct io`.  Codes are those of the Linux call of the same name.
 */
#ifndef KERNEL_VFSCORE_VFSCORE_H
#define KERNEL_VFSCORE_VFSCORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/fs.h"

/* Flags as Linux/x86-64 has them (asm-generic). */
enum {
  VFS_RDONLY = 0,
  VFS_WRONLY = 1,
  VFS_RDWR = 2,
  VFS_ACCMODE = 3,
  VFS_CREAT = 0100,
  VFS_EXCL = 0200,
  VFS_NOCTTY = 0400,
  VFS_TRUNC = 01000,
  VFS_APPEND = 02000,
  VFS_NONBLOCK = 04000,
  VFS_DIRECTORY = 0200000,
  VFS_NOFOLLOW = 0400000,
  VFS_CLOEXEC = 02000000,
  VFS_PATH = 010000000,
  VFS_TMPFILE = 020200000,
  VFS_NOATIME = 01000000,
};
enum { VFS_SEEK_SET, VFS_SEEK_CUR, VFS_SEEK_END, VFS_SEEK_DATA, VFS_SEEK_HOLE };
enum { VFS_R = 4, VFS_W = 2, VFS_X = 1 };                                   /* access */
enum { VFS_IN = 1, VFS_OUT = 4, VFS_ERR = 8, VFS_HUP = 16, VFS_NVAL = 32 }; /* poll */
enum { VFS_RENAME_NOREPLACE = 1, VFS_RENAME_EXCHANGE = 2 };
enum vfs_follow { VFS_FOLLOW, VFS_NO_FOLLOW };

/* Descriptors in a table: as long as fds_limit() says nothing else, and at most. */
enum { VFS_GROUPS = 32, VFS_FILES = 1024, VFS_FILES_MOST = 65536 };

struct cred {
  uint32_t uid, euid, suid, fsuid;
  uint32_t gid, egid, sgid, fsgid;
  uint32_t groups[VFS_GROUPS];
  unsigned group_count;
  uint32_t umask;
};

/* A character device: found by number when an inode of that number is opened. */
struct file;
struct io;
enum { DEVICE_LINES = 1 /* with editing */, DEVICE_ECHO = 2, DEVICE_NEWLINE = 4 /* for carriage return */ };
struct device {
  uint32_t major, minor;
  const char *name;
  int64_t (*read)(struct file *f, struct io *io); /* 0: end; ERR_AGAIN */
  int64_t (*write)(struct file *f, struct io *io);
  unsigned (*poll)(struct file *f);
  void *owner;
  bool terminal; /* TCGETS and its kin are answered */
  /* The program chose how a terminal reads: DEVICE_* together.  May be NULL. */
  void (*modes)(const struct device *d, unsigned modes);
};

struct vfs; /* defined in kernel/vfscore/vfs_inner.h for those who embed it */

/* Where the bytes of a read go or the bytes of a write come from. */
struct io {
  uint64_t left;                                      /* bytes still wanted */
  int (*move)(struct io *io, void *kernel, size_t n); /* n <= left; 0 or ERR_FAULT; counts what came off `left` */
  int (*zero)(struct io *io, size_t n);               /* for reads: n zero bytes */
};

/* io over kernel memory. */
struct io_memory {
  struct io io;
  uint8_t *at;
};
void io_read_into(struct io_memory *m, void *to, uint64_t n);
void io_write_from(struct io_memory *m, const void *from, uint64_t n);

struct vfs_hooks {
  int64_t (*wall_ns)(void *owner);
  unsigned (*random)(void *owner, void *bytes, size_t n);
  void *owner;
};

int vfs_start(struct vfs *v, struct heap *heap, const struct vfs_hooks *hooks);
void vfs_stop(struct vfs *v); /* every file must be closed; mounts are stopped */
struct stamp vfs_now(struct vfs *v);

/* Mounts fs at `at` (NULL: as the root).  The instance owns the fs then. */
int vfs_mount(struct vfs *v, struct fs *fs, struct inode *at);
struct inode *vfs_root(struct vfs *v);
int vfs_device(struct vfs *v, const struct device *d); /* registers; the struct stays the caller's */
/* Opens a device that need not be registered, on a loose inode of its number (the console's three channels). */
int vfs_open_device(struct vfs *v, const struct device *d, unsigned flags, struct file **out);
int vfs_std_devices(struct vfs *v); /* null zero full random urandom: (1,3) (1,5) (1,7) (1,8) (1,9) */

/* --- paths.  `dir` is where relative paths begin.  Paths are NUL-terminated. --- */

/* Resolves and holds. */
int vfs_resolve(struct vfs *v, const struct cred *c, struct inode *dir, const char *path, enum vfs_follow follow,
                struct inode **out);
int vfs_open(struct vfs *v, const struct cred *c, struct inode *dir, const char *path, unsigned flags, uint32_t mode,
             struct file **out);
int vfs_mkdir(struct vfs *v, const struct cred *c, struct inode *dir, const char *path, uint32_t mode);
int vfs_mknod(struct vfs *v, const struct cred *c, struct inode *dir, const char *path, uint32_t mode, uint32_t major,
              uint32_t minor);
int vfs_symlink(struct vfs *v, const struct cred *c, struct inode *dir, const char *path, const char *target);
int vfs_link(struct vfs *v, const struct cred *c, struct inode *dir, const char *path, enum vfs_follow follow,
             struct inode *dir2, const char *path2);
int vfs_link_inode(struct vfs *v, const struct cred *c, struct inode *i, struct inode *dir2,
                   const char *path2); /* AT_EMPTY_PATH */
/* For those who hold inodes and have checked what Linux checks on the way to them. */
int vfs_link_held(struct vfs *v, const struct cred *c, struct inode *i, struct inode *dir2, const char *path2);
int vfs_open_held(struct vfs *v, const struct cred *c, struct inode *i, unsigned flags, struct file **out);
int vfs_unlink(struct vfs *v, const struct cred *c, struct inode *dir, const char *path);
int vfs_rmdir(struct vfs *v, const struct cred *c, struct inode *dir, const char *path);
int vfs_rename(struct vfs *v, const struct cred *c, struct inode *dir, const char *path, struct inode *dir2,
               const char *path2, unsigned flags);
/* Length written to out (not NUL-terminated, cut to n). */
int64_t vfs_readlink(struct vfs *v, const struct cred *c, struct inode *dir, const char *path, char *out, size_t n);
/* The absolute path of a directory with its NUL: its length with the NUL, ERR_RANGE, ERR_NOENT when it was removed. */
int64_t vfs_path_of(struct vfs *v, struct inode *dir, char *out, size_t n);

/* --- inodes ------------------------------------------------------------ */

struct vfs_stat {
  uint64_t dev, ino, nlink, size, blocks;
  uint32_t mode, uid, gid, rdev_major, rdev_minor, blksize;
  struct stamp atime, mtime, ctime;
};
void vfs_stat(struct vfs *v, struct inode *i, struct vfs_stat *out);
/* want: VFS_R|VFS_W|VFS_X; real: by real ids (access) instead of file-system ids. */
int vfs_access(struct vfs *v, const struct cred *c, struct inode *i, unsigned want, bool real);
int vfs_chmod(struct vfs *v, const struct cred *c, struct inode *i, uint32_t mode);
int vfs_chown(struct vfs *v, const struct cred *c, struct inode *i, uint32_t uid, uint32_t gid); /* -1: as it is */
enum { VFS_STAMP_OMIT, VFS_STAMP_NOW, VFS_STAMP_SET };
struct vfs_times {
  int atime_how, mtime_how;
  struct stamp atime, mtime;
};
int vfs_utimens(struct vfs *v, const struct cred *c, struct inode *i, const struct vfs_times *t);
int vfs_truncate(struct vfs *v, const struct cred *c, struct inode *i, uint64_t size); /* checks write permission */

/* Extended attributes: who may is checked.  A name is 1 to LIMIT_ATTR_NAME bytes, else ERR_RANGE.  get: the value's
 * size, the value borrowed until the next set or remove; list: the names that the credentials may see, until `each`
 * returns nonzero, which is then returned. */
enum { VFS_XATTR_CREATE = 1, VFS_XATTR_REPLACE = 2 };
int64_t vfs_xattr_get(struct vfs *v, const struct cred *c, struct inode *i, const char *name, const uint8_t **value);
int vfs_xattr_set(struct vfs *v, const struct cred *c, struct inode *i, const char *name, const void *value, size_t n,
                  unsigned flags);
int vfs_xattr_remove(struct vfs *v, const struct cred *c, struct inode *i, const char *name);
int vfs_xattr_list(struct vfs *v, const struct cred *c, struct inode *i,
                   int (*each)(void *arg, const char *name, size_t len), void *arg);

/* --- open files ----------------------------------------------------------- */

struct file {
  struct vfs *vfs;
  struct inode *inode; /* held; NULL for a pipe without a name */
  const struct device *device;
  struct pipe *pipe;
  unsigned flags; /* status flags: access mode, APPEND, NONBLOCK, PATH */
  uint64_t offset;
  uint64_t lock_owner;
  unsigned refs;
  /* What a write does to set-id bits; file_writer() tells. */
  bool keeps_setid; /* CAP_FSETID */
  bool in_group;    /* of the inode */
};

struct file *file_hold(struct file *f);
/* Who writes from now on, for the set-id bits that a write clears; until then it is who opened it. */
void file_writer(struct file *f, const struct cred *c);
void file_close(struct file *f); /* one reference less */
/* Bytes moved, 0 at the end, ERR_AGAIN when it would have to wait.  With a position: pread/pwrite.  The access time
 * follows reads as Linux's relatime has it: when it is not younger than mtime and ctime, or a day old. */
int64_t file_read(struct file *f, struct io *io);
int64_t file_write(struct file *f, struct io *io);
int64_t file_read_at(struct file *f, struct io *io, uint64_t offset);
int64_t file_write_at(struct file *f, struct io *io, uint64_t offset);
int64_t file_seek(struct file *f, int64_t offset, int whence);
/* Calls each for "." and ".." and every entry from the file's offset on, which it moves.  A nonzero return
 * ends the listing before that entry counts as listed: a negative one is returned, a positive one gives 0. */
struct vfs_dirent {
  uint64_t ino;
  uint64_t next;
  uint32_t type; /* MODE_* type bits */
  const char *name;
  size_t len;
};
int file_list(struct file *f, int (*each)(void *arg, const struct vfs_dirent *d), void *arg);
int file_truncate(struct file *f, uint64_t size);
int file_allocate(struct file *f, int mode, uint64_t offset,
                  uint64_t n);      /* fallocate: 0, KEEP_SIZE 1, PUNCH_HOLE 2|1 */
unsigned file_poll(struct file *f); /* VFS_IN ... that hold now */
/* Bytes that a read would find now, of a regular file or a pipe; ERR_NOTTY for anything else. */
int64_t file_waiting(struct file *f);
/* Bytes moved between two files without leaving the kernel; *in_offset, *out_offset NULL: the files' own.  Refusals
 * are copy_file_range's, but that `out` may be anything that takes bytes. */
int64_t file_copy(struct file *out, uint64_t *out_offset, struct file *in, uint64_t *in_offset, uint64_t n);
int vfs_pipe(struct vfs *v, unsigned flags, struct file *ends[2]);

/* Record locks as fcntl(2): type 0 read, 1 write, 2 unlock; end is exclusive, UINT64_MAX: to the end of time.
 * There is one process, so that they never conflict with themselves; test answers type 2.  Closing a descriptor
 * releases the locks of file->lock_owner, the last reference those whose owner is the file's own address.  A read lock
 * wants a file open for reading, a write lock one for writing; not where it begins behind INT64_MAX, as flock's do. */
struct vfs_lock {
  int type;
  uint64_t start, end;
  uint64_t owner;
};
int file_lock_set(struct file *f, const struct vfs_lock *l); /* ERR_AGAIN on a conflict with another owner */
int file_lock_test(struct file *f, struct vfs_lock *l);

/* --- descriptors ----------------------------------------------------------- */

struct fds; /* a table */
struct fds *fds_make(struct vfs *v);
void fds_drop(struct fds *t); /* closes all */
/* Puts a file (whose reference passes to the table) at the lowest free number >= least.  ERR_MFILE
 * (the reference stays with the caller), ERR_NOMEM. */
int fds_add(struct fds *t, struct file *f, int least, bool cloexec);
/* Whether add would find a number: 0, ERR_MFILE, ERR_NOMEM.  For those who must know before they change anything. */
int fds_ready(struct fds *t, int least);
/* At this number, closing what was there.  ERR_BADF, ERR_NOMEM. */
int fds_put(struct fds *t, struct file *f, int fd, bool cloexec);
struct file *fds_get(struct fds *t, int fd); /* borrowed; NULL: no such descriptor */
int fds_close(struct fds *t, int fd);
int fds_cloexec(struct fds *t, int fd, int set); /* set < 0: asks; the flag before */
void fds_exec(struct fds *t);                    /* closes those marked */
void fds_limit(struct fds *t, int limit);        /* RLIMIT_NOFILE; at most VFS_FILES_MOST */

#endif
