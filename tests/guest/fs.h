/* tests/guest/fs.h - the file calls that files.c and random.c make, so that one text runs over Linux's calls
 * (fs_posix.c: on the host and in the machine) and over libtaproot (fs_taproot.c).
 *
 * Every call returns 0 or a positive amount, or minus Linux's errno.
 */
#ifndef FS_H
#define FS_H

#include <stddef.h>
#include <stdint.h>

struct fs_stat {
  uint32_t mode, nlink, uid, gid;
  uint64_t size, ino;
  int64_t mtime;
};

int fs_begin(const char *dir); /* an empty directory to work in becomes the working directory */
void fs_end(void);
int fs_open(const char *path, int flags, unsigned mode);
int fs_close(int fd);
long fs_read(int fd, void *to, size_t n);
long fs_write(int fd, const void *from, size_t n);
long fs_pread(int fd, void *to, size_t n, uint64_t offset);
long fs_pwrite(int fd, const void *from, size_t n, uint64_t offset);
long fs_seek(int fd, long offset, int whence);
int fs_ftruncate(int fd, uint64_t size);
int fs_truncate(const char *path, uint64_t size);
int fs_fstat(int fd, struct fs_stat *st);
int fs_stat(const char *path, struct fs_stat *st);
int fs_lstat(const char *path, struct fs_stat *st);
long fs_readlink(const char *path, char *to, size_t n);
int fs_mkdir(const char *path, unsigned mode);
int fs_rmdir(const char *path);
int fs_unlink(const char *path);
int fs_rename(const char *from, const char *to);
int fs_link(const char *from, const char *to);
int fs_symlink(const char *target, const char *path);
int fs_chmod(const char *path, unsigned mode);
int fs_chown(const char *path, unsigned uid, unsigned gid);
int fs_utimes(const char *path, int64_t seconds);
int fs_access(const char *path, int want);
int fs_chdir(const char *path);
unsigned fs_umask(unsigned mask);
/* Calls each for every name but "." and ".."; -errno or the number of names. */
int fs_list(const char *path, void (*each)(void *arg, const char *name), void *arg);

#endif
