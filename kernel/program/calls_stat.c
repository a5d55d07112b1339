/* kernel/program/calls_stat.c - what an inode is, and changing it: stat, access, modes, owners, times, sizes, space. */
#include <string.h>

#include "kernel/program/calls.h"

#define CWD ((uint64_t)LX_AT_FDCWD)

static uint64_t device_number(uint32_t major, uint32_t minor) {
  return (minor & 0xff) | (uint64_t)(major & 0xfff) << 8 | (uint64_t)(minor & ~0xffu) << 12 |
         (uint64_t)(major & ~0xfffu) << 32;
}

/* By inode, or of a pipe that has none: its number is where it lies in memory, without the kernel's own addresses. */
static void look(struct thread *t, struct inode *i, const struct file *f, struct vfs_stat *s) {
  memset(s, 0, sizeof *s);
  if (i) {
    vfs_stat(t->process->vfs, i, s);
    return;
  }
  s->dev = 13;
  s->ino = (uint64_t)((const uint8_t *)f->pipe - plat_direct(t->process->plat));
  s->nlink = 1;
  s->mode = MODE_FIFO | 0600;
  s->blksize = PAGE;
}

static int64_t stat_out(struct thread *t, struct inode *i, const struct file *f, uint64_t out) {
  struct vfs_stat s;
  look(t, i, f, &s);
  struct lx_stat x = {.dev = s.dev,
                      .ino = s.ino,
                      .nlink = s.nlink,
                      .mode = s.mode,
                      .uid = s.uid,
                      .gid = s.gid,
                      .rdev = device_number(s.rdev_major, s.rdev_minor),
                      .size = (int64_t)s.size,
                      .blksize = s.blksize,
                      .blocks = (int64_t)s.blocks,
                      .atime = s.atime.s,
                      .atime_ns = s.atime.ns,
                      .mtime = s.mtime.s,
                      .mtime_ns = s.mtime.ns,
                      .ctime = s.ctime.s,
                      .ctime_ns = s.ctime.ns};
  return user_out(t, out, &x, sizeof x);
}

static int64_t stat_path(struct thread *t, uint64_t dirfd, uint64_t path, uint64_t out, unsigned flags) {
  struct inode *i;
  struct file *f;
  if (flags & ~(unsigned)(LX_AT_NOFOLLOW | LX_AT_EMPTY_PATH | LX_AT_NO_AUTOMOUNT)) return ERR_INVAL;
  int64_t e = calls_inode(t, dirfd, path, flags, &i, &f);
  if (e < 0) return e;
  e = stat_out(t, i, f, out);
  if (i) fs_let_go(i);
  return e;
}

int64_t call_stat(struct thread *t, const uint64_t a[6]) { return stat_path(t, CWD, a[0], a[1], 0); }
int64_t call_lstat(struct thread *t, const uint64_t a[6]) { return stat_path(t, CWD, a[0], a[1], LX_AT_NOFOLLOW); }
int64_t call_newfstatat(struct thread *t, const uint64_t a[6]) {
  return stat_path(t, a[0], a[1], a[2], (unsigned)a[3]);
}
int64_t call_fstat(struct thread *t, const uint64_t a[6]) {
  struct file *f;
  int e = calls_file(t, a[0], &f);
  return e < 0 ? e : stat_out(t, f->inode, f, a[1]);
}

static struct lx_statx_stamp statx_stamp(struct stamp s) { return (struct lx_statx_stamp){.s = s.s, .ns = s.ns}; }

int64_t call_statx(struct thread *t, const uint64_t a[6]) {
  struct inode *i;
  struct file *f;
  struct vfs_stat s;
  unsigned flags = (unsigned)a[2], known = LX_AT_NOFOLLOW | LX_AT_EMPTY_PATH | LX_AT_NO_AUTOMOUNT | LX_AT_STATX;
  if (flags & ~known || (flags & LX_AT_STATX) == LX_AT_STATX || a[3] & 0x80000000u) return ERR_INVAL;
  int e = calls_inode(t, a[0], a[1], flags, &i, &f);
  if (e < 0) return e;
  look(t, i, f, &s);
  if (i) fs_let_go(i);
  struct lx_statx x = {.mask = 0x7ff, /* all the basic ones; a birth time is not kept */
                       .blksize = s.blksize,
                       .nlink = (uint32_t)s.nlink,
                       .uid = s.uid,
                       .gid = s.gid,
                       .mode = (uint16_t)s.mode,
                       .ino = s.ino,
                       .size = s.size,
                       .blocks = s.blocks,
                       .atime = statx_stamp(s.atime),
                       .ctime = statx_stamp(s.ctime),
                       .mtime = statx_stamp(s.mtime),
                       .rdev_major = s.rdev_major,
                       .rdev_minor = s.rdev_minor,
                       .dev_major = (uint32_t)(s.dev >> 8 & 0xfff),
                       .dev_minor = (uint32_t)((s.dev & 0xff) | (s.dev >> 12 & 0xfff00))};
  return user_out(t, a[4], &x, sizeof x);
}

/* --- access and attributes --------------------------------------------------------- */

static int64_t access_path(struct thread *t, uint64_t dirfd, uint64_t path, uint64_t want, unsigned flags) {
  struct process *p = t->process;
  struct inode *i;
  struct file *f;
  if (want & ~7ull || flags & ~(unsigned)(LX_AT_EACCESS | LX_AT_NOFOLLOW | LX_AT_EMPTY_PATH)) return ERR_INVAL;
  struct cred before = p->cred;
  if (!(flags & LX_AT_EACCESS)) { /* the way there, too, is judged by the real ids */
    p->cred.fsuid = p->cred.uid;
    p->cred.fsgid = p->cred.gid;
  }
  int e = calls_inode(t, dirfd, path, flags & ~(unsigned)LX_AT_EACCESS, &i, &f);
  p->cred = before;
  if (e < 0 || !i) return e;
  e = want ? vfs_access(p->vfs, &p->cred, i, (unsigned)want, !(flags & LX_AT_EACCESS)) : 0;
  fs_let_go(i);
  return e;
}
int64_t call_access(struct thread *t, const uint64_t a[6]) { return access_path(t, CWD, a[0], a[1], 0); }
int64_t call_faccessat(struct thread *t, const uint64_t a[6]) { return access_path(t, a[0], a[1], a[2], 0); }
int64_t call_faccessat2(struct thread *t, const uint64_t a[6]) {
  return access_path(t, a[0], a[1], a[2], (unsigned)a[3]);
}

static int64_t change_mode(struct thread *t, uint64_t dirfd, uint64_t path, uint64_t mode) {
  struct process *p = t->process;
  struct inode *i;
  struct file *f;
  int e = calls_inode(t, dirfd, path, 0, &i, &f);
  if (e < 0) return e;
  e = vfs_chmod(p->vfs, &p->cred, i, (uint32_t)mode & 07777);
  fs_let_go(i);
  return e;
}
int64_t call_chmod(struct thread *t, const uint64_t a[6]) { return change_mode(t, CWD, a[0], a[1]); }
int64_t call_fchmodat(struct thread *t, const uint64_t a[6]) { return change_mode(t, a[0], a[1], a[2]); }
int64_t call_fchmod(struct thread *t, const uint64_t a[6]) {
  struct file *f;
  int e = calls_io_file(t, a[0], &f);
  if (e < 0 || !f->inode) return e;
  return vfs_chmod(t->process->vfs, &t->process->cred, f->inode, (uint32_t)a[1] & 07777);
}

static int64_t change_owner(struct thread *t, uint64_t dirfd, uint64_t path, const uint64_t ids[2], unsigned flags) {
  struct process *p = t->process;
  struct inode *i;
  struct file *f;
  if (flags & ~(unsigned)(LX_AT_NOFOLLOW | LX_AT_EMPTY_PATH)) return ERR_INVAL;
  int e = calls_inode(t, dirfd, path, flags, &i, &f);
  if (e < 0 || !i) return e;
  e = vfs_chown(p->vfs, &p->cred, i, (uint32_t)ids[0], (uint32_t)ids[1]);
  fs_let_go(i);
  return e;
}
int64_t call_chown(struct thread *t, const uint64_t a[6]) { return change_owner(t, CWD, a[0], a + 1, 0); }
int64_t call_lchown(struct thread *t, const uint64_t a[6]) { return change_owner(t, CWD, a[0], a + 1, LX_AT_NOFOLLOW); }
int64_t call_fchownat(struct thread *t, const uint64_t a[6]) {
  return change_owner(t, a[0], a[1], a + 2, (unsigned)a[4]);
}
int64_t call_fchown(struct thread *t, const uint64_t a[6]) {
  struct file *f;
  int e = calls_io_file(t, a[0], &f);
  if (e < 0 || !f->inode) return e;
  return vfs_chown(t->process->vfs, &t->process->cred, f->inode, (uint32_t)a[1], (uint32_t)a[2]);
}

/* --- times ----------------------------------------------------------------------------- */

enum { UTIME_NOW = 0x3fffffff, UTIME_OMIT = 0x3ffffffe };

/* path 0: the descriptor itself. */
static int64_t set_times(struct thread *t, uint64_t dirfd, uint64_t path, unsigned flags, const struct vfs_times *x) {
  struct process *p = t->process;
  struct inode *i = NULL;
  struct file *f;
  if (flags & ~(unsigned)(LX_AT_NOFOLLOW | LX_AT_EMPTY_PATH)) return ERR_INVAL;
  int e = path || (int)dirfd == LX_AT_FDCWD ? calls_inode(t, dirfd, path, flags, &i, &f) : calls_io_file(t, dirfd, &f);
  if (e < 0) return e;
  if (!i && f->inode) i = fs_hold(f->inode);
  if (!i) return 0;
  e = vfs_utimens(p->vfs, &p->cred, i, x);
  fs_let_go(i);
  return e;
}

static int one_time(const struct lx_time *in, int64_t to_ns, int *how, struct stamp *s) {
  *how = VFS_STAMP_SET;
  if (to_ns == 1 && in->part == UTIME_NOW)
    *how = VFS_STAMP_NOW;
  else if (to_ns == 1 && in->part == UTIME_OMIT)
    *how = VFS_STAMP_OMIT;
  else if (in->part < 0 || in->part >= 1000000000 / to_ns)
    return ERR_INVAL;
  else
    *s = (struct stamp){in->s, (uint32_t)(in->part * to_ns)};
  return 0;
}

static int times_in(struct thread *t, uint64_t at, int64_t to_ns, struct vfs_times *x) {
  struct lx_time in[2];
  *x = (struct vfs_times){.atime_how = VFS_STAMP_NOW, .mtime_how = VFS_STAMP_NOW};
  if (!at) return 0;
  int e = user_in(t, in, at, sizeof in);
  if (e == 0) e = one_time(&in[0], to_ns, &x->atime_how, &x->atime);
  return e < 0 ? e : one_time(&in[1], to_ns, &x->mtime_how, &x->mtime);
}

int64_t call_utimensat(struct thread *t, const uint64_t a[6]) {
  struct vfs_times x;
  int e = times_in(t, a[2], 1, &x);
  if (e < 0) return e;
  if (x.atime_how == VFS_STAMP_OMIT && x.mtime_how == VFS_STAMP_OMIT) return 0;
  if (!a[1] && a[3]) return ERR_INVAL;
  return set_times(t, a[0], a[1], (unsigned)a[3], &x);
}
int64_t call_futimesat(struct thread *t, const uint64_t a[6]) {
  struct vfs_times x;
  int e = times_in(t, a[2], 1000, &x);
  return e < 0 ? e : set_times(t, a[0], a[1], 0, &x);
}
int64_t call_utimes(struct thread *t, const uint64_t a[6]) {
  struct vfs_times x;
  int e = times_in(t, a[1], 1000, &x);
  return e < 0 ? e : set_times(t, CWD, a[0], 0, &x);
}
int64_t call_utime(struct thread *t, const uint64_t a[6]) {
  struct vfs_times x = {.atime_how = VFS_STAMP_NOW, .mtime_how = VFS_STAMP_NOW};
  int64_t in[2];
  int e = a[1] ? user_in(t, in, a[1], sizeof in) : 0;
  if (e < 0) return e;
  if (a[1]) {
    x.atime_how = x.mtime_how = VFS_STAMP_SET;
    x.atime.s = in[0];
    x.mtime.s = in[1];
  }
  return set_times(t, CWD, a[0], 0, &x);
}

/* --- sizes and space ----------------------------------------------------------------------- */

int64_t call_truncate(struct thread *t, const uint64_t a[6]) {
  struct process *p = t->process;
  struct inode *i;
  struct file *f;
  if ((int64_t)a[1] < 0) return ERR_INVAL;
  int e = calls_inode(t, CWD, a[0], 0, &i, &f);
  if (e < 0) return e;
  unsigned type = i->mode & MODE_TYPE;
  e = type == MODE_DIR ? ERR_ISDIR : type != MODE_FILE ? ERR_INVAL : vfs_truncate(p->vfs, &p->cred, i, a[1]);
  if (e == 0) calls_cut(t, i);
  fs_let_go(i);
  return e;
}

int64_t call_ftruncate(struct thread *t, const uint64_t a[6]) {
  struct file *f;
  int e = (int64_t)a[1] < 0 ? ERR_INVAL : calls_io_file(t, a[0], &f);
  if (e < 0) return e;
  if (!f->inode || (f->inode->mode & MODE_TYPE) != MODE_FILE || (f->flags & VFS_ACCMODE) == VFS_RDONLY)
    return ERR_INVAL;
  e = file_truncate(f, a[1]);
  if (e == 0) calls_cut(t, f->inode);
  return e;
}

int64_t call_fallocate(struct thread *t, const uint64_t a[6]) {
  struct file *f;
  int e = calls_io_file(t, a[0], &f);
  if (e < 0) return e;
  if ((int64_t)a[2] < 0 || (int64_t)a[3] <= 0) return ERR_INVAL;
  if (a[2] > INT64_MAX - a[3]) return ERR_FBIG;
  if (a[1] != 0 && a[1] != 1 && a[1] != 3) return ERR_OPNOTSUPP;
  if ((f->flags & VFS_ACCMODE) == VFS_RDONLY) return ERR_BADF;
  if (f->pipe) return ERR_SPIPE;
  if (!f->inode || (f->inode->mode & MODE_TYPE) != MODE_FILE) return ERR_NODEV;
  e = file_allocate(f, (int)a[1], a[2], a[3]);
  uint64_t first = (a[2] + PAGE - 1) & ~(uint64_t)(PAGE - 1), last = (a[2] + a[3]) & ~(uint64_t)(PAGE - 1);
  if (e == 0 && a[1] == 3 && first < last) vm_discard_file(t->process->vm, f->inode, first, last);
  return e;
}

static int64_t space_out(struct thread *t, struct fs *fs, uint64_t out) {
  struct fs_space s;
  fs->ops->space(fs, &s);
  struct lx_statfs x = {.type = 0x01021994, /* TMPFS_MAGIC: the nearest thing that programs know */
                        .bsize = PAGE,
                        .blocks = s.bytes / PAGE,
                        .bfree = s.bytes_free / PAGE,
                        .bavail = s.bytes_free / PAGE,
                        .files = s.inodes + s.bytes_free / 1024,
                        .ffree = s.bytes_free / 1024,
                        .fsid = {(int32_t)fs->dev, 0},
                        .namelen = LIMIT_NAME,
                        .frsize = PAGE,
                        .flags = 0x20};
  return user_out(t, out, &x, sizeof x);
}

int64_t call_statfs(struct thread *t, const uint64_t a[6]) {
  struct inode *i;
  struct file *f;
  int64_t e = calls_inode(t, CWD, a[0], 0, &i, &f);
  if (e < 0) return e;
  e = space_out(t, i->fs, a[1]);
  fs_let_go(i);
  return e;
}

int64_t call_fstatfs(struct thread *t, const uint64_t a[6]) {
  struct file *f;
  int e = calls_file(t, a[0], &f);
  if (e < 0) return e;
  return space_out(t, f->inode ? f->inode->fs : vfs_root(t->process->vfs)->fs, a[1]);
}
