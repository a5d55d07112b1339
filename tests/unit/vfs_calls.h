/* tests/unit/vfs_calls.h - the table of tests/guest/calls.h over vfscore: what the system calls above it do. */
#ifndef VFS_CALLS_H
#define VFS_CALLS_H

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "guest/calls.h"
#include "vfs_rig.h"

static struct rig *vc; /* the instance that the table's functions, which take none, go to */
static struct fds *vc_fds;
static struct inode *vc_cwd; /* held */

static inline void vc_begin(struct rig *r) {
  vc = r;
  vc_fds = fds_make(&r->vfs);
  assert_non_null(vc_fds);
  vc_cwd = fs_hold(vfs_root(&r->vfs));
}
static inline void vc_end(void) {
  fds_drop(vc_fds);
  fs_let_go(vc_cwd);
}

#define VC_FILE(f, fd)                                                                                                 \
  struct file *f = fds_get(vc_fds, fd);                                                                                \
  if (!f) return ERR_BADF;                                                                                             \
  file_writer(f, &vc->cred)

/* Where a path begins; false: no such descriptor. */
static bool vc_dir(int dir, const char *path, struct inode **out) {
  *out = vc_cwd;
  if (dir == AT_FDCWD || path[0] == '/') return true;
  struct file *f = fds_get(vc_fds, dir);
  if (f) *out = f->inode;
  return f != NULL;
}
#define VC_DIR(d, dir, path)                                                                                           \
  struct inode *d;                                                                                                     \
  if (!vc_dir(dir, path, &d)) return ERR_BADF

/* A path's inode, held; with AT_EMPTY_PATH the descriptor's own. */
static int vc_inode(int dir, const char *path, int flags, enum vfs_follow follow, struct inode **out) {
  VC_DIR(d, dir, path);
  if (!*path && (flags & AT_EMPTY_PATH)) {
    *out = fs_hold(d);
    return 0;
  }
  return vfs_resolve(&vc->vfs, &vc->cred, d, path, follow, out);
}
static enum vfs_follow vc_follow(int flags) { return flags & AT_SYMLINK_NOFOLLOW ? VFS_NO_FOLLOW : VFS_FOLLOW; }

static int vc_open(int dir, const char *path, int flags, unsigned mode) {
  struct file *f;
  VC_DIR(d, dir, path);
  int rc = vfs_open(&vc->vfs, &vc->cred, d, path, (unsigned)flags & ~0100000u, mode & 07777, &f);
  if (rc) return rc;
  rc = fds_add(vc_fds, f, 0, flags & O_CLOEXEC);
  if (rc < 0) file_close(f);
  return rc;
}
static int vc_close(int fd) { return fds_close(vc_fds, fd); }
static long vc_read(int fd, void *to, size_t n) {
  struct io_memory m;
  VC_FILE(f, fd);
  io_read_into(&m, to, n);
  return file_read(f, &m.io);
}
static long vc_write(int fd, const void *from, size_t n) {
  struct io_memory m;
  VC_FILE(f, fd);
  io_write_from(&m, from, n);
  return file_write(f, &m.io);
}
static long vc_pread(int fd, void *to, size_t n, int64_t offset) {
  struct io_memory m;
  VC_FILE(f, fd);
  io_read_into(&m, to, n);
  return file_read_at(f, &m.io, (uint64_t)offset);
}
static long vc_pwrite(int fd, const void *from, size_t n, int64_t offset) {
  struct io_memory m;
  VC_FILE(f, fd);
  io_write_from(&m, from, n);
  return file_write_at(f, &m.io, (uint64_t)offset);
}
static long vc_seek(int fd, int64_t offset, int whence) {
  VC_FILE(f, fd);
  return file_seek(f, offset, whence);
}
static int vc_ftruncate(int fd, int64_t size) {
  if (size < 0) return ERR_INVAL;
  VC_FILE(f, fd);
  return file_truncate(f, (uint64_t)size);
}
static int vc_truncate(const char *path, int64_t size) {
  struct inode *i;
  if (size < 0) return ERR_INVAL;
  int rc = vc_inode(AT_FDCWD, path, 0, VFS_FOLLOW, &i);
  if (rc) return rc;
  rc = vfs_truncate(&vc->vfs, &vc->cred, i, (uint64_t)size);
  fs_let_go(i);
  return rc;
}
static int vc_fallocate(int fd, int mode, int64_t offset, int64_t n) {
  VC_FILE(f, fd);
  return file_allocate(f, mode, (uint64_t)offset, (uint64_t)n);
}
static long vc_copy(int in, int64_t *in_at, int out, int64_t *out_at, size_t n) {
  VC_FILE(i, in);
  VC_FILE(o, out);
  return file_copy(o, (uint64_t *)out_at, i, (uint64_t *)in_at, n);
}

static void vc_stat_out(struct inode *i, struct calls_stat *to) {
  struct vfs_stat s;
  vfs_stat(&vc->vfs, i, &s);
  *to = (struct calls_stat){s.ino,        s.nlink,      s.size,    s.blocks,  s.mode,    s.uid,      s.gid,
                            s.rdev_major, s.rdev_minor, s.atime.s, s.mtime.s, s.ctime.s, s.atime.ns, s.mtime.ns};
}
static int vc_fstat(int fd, struct calls_stat *st) {
  VC_FILE(f, fd);
  if (!f->inode) return ERR_INVAL;
  vc_stat_out(f->inode, st);
  return 0;
}
static int vc_stat(int dir, const char *path, int flags, struct calls_stat *st) {
  struct inode *i;
  int rc = vc_inode(dir, path, flags, vc_follow(flags), &i);
  if (rc) return rc;
  vc_stat_out(i, st);
  fs_let_go(i);
  return 0;
}
static int vc_mkdir(int dir, const char *path, unsigned mode) {
  VC_DIR(d, dir, path);
  return vfs_mkdir(&vc->vfs, &vc->cred, d, path, mode);
}
static int vc_mknod(int dir, const char *path, unsigned mode, unsigned major, unsigned minor) {
  VC_DIR(d, dir, path);
  return vfs_mknod(&vc->vfs, &vc->cred, d, path, mode, major, minor);
}
static int vc_unlink(int dir, const char *path, int flags) {
  VC_DIR(d, dir, path);
  if (flags & AT_REMOVEDIR) return vfs_rmdir(&vc->vfs, &vc->cred, d, path);
  return vfs_unlink(&vc->vfs, &vc->cred, d, path);
}
static int vc_rename(int dir, const char *from, int dir2, const char *to, unsigned flags) {
  VC_DIR(d, dir, from);
  VC_DIR(d2, dir2, to);
  return vfs_rename(&vc->vfs, &vc->cred, d, from, d2, to, flags);
}
static int vc_link(int dir, const char *from, int dir2, const char *to, int flags) {
  VC_DIR(d, dir, from);
  VC_DIR(d2, dir2, to);
  if (!*from && (flags & AT_EMPTY_PATH)) return vfs_link_inode(&vc->vfs, &vc->cred, d, d2, to);
  return vfs_link(&vc->vfs, &vc->cred, d, from, flags & AT_SYMLINK_FOLLOW ? VFS_FOLLOW : VFS_NO_FOLLOW, d2, to);
}
static int vc_symlink(const char *target, int dir, const char *path) {
  VC_DIR(d, dir, path);
  return vfs_symlink(&vc->vfs, &vc->cred, d, path, target);
}
static long vc_readlink(int dir, const char *path, char *to, size_t n) {
  VC_DIR(d, dir, path);
  return vfs_readlink(&vc->vfs, &vc->cred, d, path, to, n);
}
static int vc_chmod(int dir, const char *path, unsigned mode) {
  struct inode *i;
  int rc = vc_inode(dir, path, 0, VFS_FOLLOW, &i);
  if (rc) return rc;
  rc = vfs_chmod(&vc->vfs, &vc->cred, i, mode);
  fs_let_go(i);
  return rc;
}
static int vc_chown(int dir, const char *path, unsigned uid, unsigned gid, int flags) {
  struct inode *i;
  int rc = vc_inode(dir, path, flags, vc_follow(flags), &i);
  if (rc) return rc;
  rc = vfs_chown(&vc->vfs, &vc->cred, i, uid, gid);
  fs_let_go(i);
  return rc;
}
static int vc_how(const struct calls_time *t) {
  return t->ns == UTIME_NOW ? VFS_STAMP_NOW : t->ns == UTIME_OMIT ? VFS_STAMP_OMIT : VFS_STAMP_SET;
}
static int vc_utimes(int dir, const char *path, const struct calls_time both[2], int flags) {
  struct inode *i;
  struct vfs_times t = {
      vc_how(&both[0]), vc_how(&both[1]), {both[0].s, (uint32_t)both[0].ns}, {both[1].s, (uint32_t)both[1].ns}};
  int rc = vc_inode(dir, path, flags, vc_follow(flags), &i);
  if (rc) return rc;
  rc = vfs_utimens(&vc->vfs, &vc->cred, i, &t);
  fs_let_go(i);
  return rc;
}
static int vc_access(int dir, const char *path, int want, int flags) {
  struct inode *i;
  struct cred real = vc->cred, before = vc->cred;
  real.fsuid = real.uid, real.fsgid = real.gid;
  if (!(flags & AT_EACCESS)) vc->cred = real;
  int rc = vc_inode(dir, path, flags, vc_follow(flags), &i);
  vc->cred = before;
  if (rc) return rc;
  rc = vfs_access(&vc->vfs, &vc->cred, i, (unsigned)want, !(flags & AT_EACCESS));
  fs_let_go(i);
  return rc;
}
static int vc_go(struct inode *i) {
  int rc = inode_is(i, MODE_DIR) ? perm_may(&vc->cred, i, VFS_X) : ERR_NOTDIR;
  if (rc) {
    fs_let_go(i);
    return rc;
  }
  fs_let_go(vc_cwd);
  vc_cwd = i;
  return 0;
}
static int vc_chdir(const char *path) {
  struct inode *i;
  int rc = vc_inode(AT_FDCWD, path, 0, VFS_FOLLOW, &i);
  return rc ? rc : vc_go(i);
}
static int vc_fchdir(int fd) {
  VC_FILE(f, fd);
  return vc_go(fs_hold(f->inode));
}
static long vc_getcwd(char *to, size_t n) { return vfs_path_of(&vc->vfs, vc_cwd, to, n); }
static unsigned vc_umask(unsigned mask) {
  unsigned before = vc->cred.umask;
  vc->cred.umask = mask & 0777;
  return before;
}
static int vc_become(unsigned uid, unsigned gid) {
  vc->cred.euid = vc->cred.fsuid = uid;
  vc->cred.egid = vc->cred.fsgid = gid;
  return 0;
}
static int vc_pipe(int ends[2], int flags) {
  struct file *f[2];
  int rc = vfs_pipe(&vc->vfs, (unsigned)flags, f);
  if (rc) return rc;
  ends[0] = fds_add(vc_fds, f[0], 0, false);
  ends[1] = fds_add(vc_fds, f[1], 0, false);
  return 0;
}
static int vc_dup2(int fd, int to) {
  VC_FILE(f, fd);
  return fd == to ? fd : fds_put(vc_fds, file_hold(f), to, false);
}

struct vc_listing {
  size_t left;
  int names;
  void (*each)(void *arg, const char *name, unsigned type);
  void *arg;
};
static int vc_name(void *arg, const struct vfs_dirent *d) {
  struct vc_listing *l = arg;
  char name[LIMIT_NAME + 1];
  size_t n = (19 + d->len + 1 + 7) & ~(size_t)7;
  if (n > l->left) return l->names ? 1 : ERR_INVAL;
  l->left -= n;
  memcpy(name, d->name, d->len);
  name[d->len] = 0;
  l->each(l->arg, name, d->type >> 12);
  l->names++;
  return 0;
}
static int vc_list(int fd, size_t n, void (*each)(void *arg, const char *name, unsigned type), void *arg) {
  struct vc_listing l = {n, 0, each, arg};
  VC_FILE(f, fd);
  int rc = file_list(f, vc_name, &l);
  return rc ? rc : l.names;
}

/* --- extended attributes: what the system calls look at before vfscore does is looked at here ------ */

static int vc_attr_inode(int fd, const char *path, int flags, struct inode **i) {
  if (path) return vc_inode(AT_FDCWD, path, 0, vc_follow(flags), i);
  VC_FILE(f, fd);
  *i = fs_hold(f->inode);
  return 0;
}
static bool vc_attr_named(const char *name) { return *name && strlen(name) <= LIMIT_ATTR_NAME; }
static int vc_set_attr(int fd, const char *path, int flags, const char *name, const void *value, size_t n, int how) {
  struct inode *i;
  if (how & ~3) return ERR_INVAL;
  if (!vc_attr_named(name)) return ERR_RANGE;
  if (n > LIMIT_ATTR_VALUE) return ERR_TOOBIG;
  int rc = vc_attr_inode(fd, path, flags, &i);
  if (rc) return rc;
  rc = vfs_xattr_set(&vc->vfs, &vc->cred, i, name, value, n, (unsigned)how);
  fs_let_go(i);
  return rc;
}
static long vc_get_attr(int fd, const char *path, int flags, const char *name, void *to, size_t n) {
  struct inode *i;
  const uint8_t *value;
  int rc = vc_attr_inode(fd, path, flags, &i);
  if (rc) return rc;
  int64_t size = vfs_xattr_get(&vc->vfs, &vc->cred, i, name, &value);
  if (size > 0 && n > 0 && (uint64_t)size <= n) memcpy(to, value, (size_t)size);
  fs_let_go(i);
  return n > 0 && size > (int64_t)n ? ERR_RANGE : size;
}
struct vc_names {
  char *to;
  size_t room, done;
};
static int vc_attr_name(void *arg, const char *name, size_t len) {
  struct vc_names *l = arg;
  if (l->done + len + 1 <= l->room) memcpy(l->to + l->done, name, len), l->to[l->done + len] = 0;
  l->done += len + 1;
  return 0;
}
static long vc_list_attrs(int fd, const char *path, int flags, char *to, size_t n) {
  struct inode *i;
  struct vc_names l = {to, n, 0};
  int rc = vc_attr_inode(fd, path, flags, &i);
  if (rc == 0) rc = vfs_xattr_list(&vc->vfs, &vc->cred, i, vc_attr_name, &l);
  if (rc) return rc;
  fs_let_go(i);
  return n > 0 && l.done > n ? ERR_RANGE : (long)l.done;
}
static int vc_remove_attr(int fd, const char *path, int flags, const char *name) {
  struct inode *i;
  int rc = vc_attr_inode(fd, path, flags, &i);
  if (rc) return rc;
  rc = vfs_xattr_remove(&vc->vfs, &vc->cred, i, name);
  fs_let_go(i);
  return rc;
}

static const struct calls calls_vfs = {
    vc_open,      vc_close,    vc_read,  vc_write, vc_pread,  vc_pwrite,   vc_seek,     vc_ftruncate,  vc_truncate,
    vc_fallocate, vc_copy,     vc_fstat, vc_stat,  vc_mkdir,  vc_mknod,    vc_unlink,   vc_rename,     vc_link,
    vc_symlink,   vc_readlink, vc_chmod, vc_chown, vc_utimes, vc_access,   vc_chdir,    vc_fchdir,     vc_getcwd,
    vc_umask,     vc_become,   vc_pipe,  vc_dup2,  vc_list,   vc_set_attr, vc_get_attr, vc_list_attrs, vc_remove_attr};

#endif
