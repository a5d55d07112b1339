/* kernel/program/calls_path.c - names: make, remove, link, rename, read links; the working directory; umask. */
#include "kernel/program/calls.h"

#define CWD ((uint64_t)LX_AT_FDCWD)

/* Copies path[which] in and finds the directory it begins in. */
static int path_in(struct thread *t, unsigned which, uint64_t dirfd, uint64_t path, struct inode **dir) {
  int e = user_path(t, which, path);
  return e < 0 ? e : calls_dir(t, dirfd, t->path[which], dir);
}

static int64_t make_dir(struct thread *t, uint64_t dirfd, uint64_t path, uint64_t mode) {
  struct inode *dir;
  int e = path_in(t, 0, dirfd, path, &dir);
  return e < 0 ? e : vfs_mkdir(t->process->vfs, &t->process->cred, dir, t->path[0], (uint32_t)mode & 01777);
}
int64_t call_mkdirat(struct thread *t, const uint64_t a[6]) { return make_dir(t, a[0], a[1], a[2]); }
int64_t call_mkdir(struct thread *t, const uint64_t a[6]) { return make_dir(t, CWD, a[0], a[1]); }

static int64_t make_node(struct thread *t, uint64_t dirfd, uint64_t path, uint64_t mode, uint64_t dev) {
  struct inode *dir;
  uint32_t type = (uint32_t)mode & MODE_TYPE;
  uint32_t major = (uint32_t)(dev >> 8 & 0xfff), minor = (uint32_t)((dev & 0xff) | (dev >> 12 & 0xfff00));
  int e = path_in(t, 0, dirfd, path, &dir);
  if (e < 0) return e;
  if (type == MODE_DIR) return ERR_PERM;
  if (type == 0) type = MODE_FILE;
  if (type != MODE_FILE && type != MODE_FIFO && type != MODE_CHR && type != MODE_BLK && type != MODE_SOCK)
    return ERR_INVAL;
  return vfs_mknod(t->process->vfs, &t->process->cred, dir, t->path[0], type | ((uint32_t)mode & 07777), major, minor);
}
int64_t call_mknodat(struct thread *t, const uint64_t a[6]) { return make_node(t, a[0], a[1], a[2], a[3]); }
int64_t call_mknod(struct thread *t, const uint64_t a[6]) { return make_node(t, CWD, a[0], a[1], a[2]); }

static int64_t remove_name(struct thread *t, uint64_t dirfd, uint64_t path, bool directory) {
  struct inode *dir;
  int e = path_in(t, 0, dirfd, path, &dir);
  if (e < 0) return e;
  return directory ? vfs_rmdir(t->process->vfs, &t->process->cred, dir, t->path[0])
                   : vfs_unlink(t->process->vfs, &t->process->cred, dir, t->path[0]);
}
int64_t call_unlinkat(struct thread *t, const uint64_t a[6]) {
  return a[2] & ~(uint64_t)LX_AT_REMOVEDIR ? ERR_INVAL : remove_name(t, a[0], a[1], a[2] & LX_AT_REMOVEDIR);
}
int64_t call_unlink(struct thread *t, const uint64_t a[6]) { return remove_name(t, CWD, a[0], false); }
int64_t call_rmdir(struct thread *t, const uint64_t a[6]) { return remove_name(t, CWD, a[0], true); }

static int64_t rename_from(struct thread *t, uint64_t dirfd, uint64_t path, uint64_t dirfd2, uint64_t path2,
                           uint64_t flags) {
  struct inode *dir, *dir2;
  if (flags & ~3ull || flags == 3) return ERR_INVAL;
  int e = path_in(t, 0, dirfd, path, &dir);
  if (e == 0) e = path_in(t, 1, dirfd2, path2, &dir2);
  if (e < 0) return e;
  return vfs_rename(t->process->vfs, &t->process->cred, dir, t->path[0], dir2, t->path[1], (unsigned)flags);
}
int64_t call_renameat2(struct thread *t, const uint64_t a[6]) { return rename_from(t, a[0], a[1], a[2], a[3], a[4]); }
int64_t call_renameat(struct thread *t, const uint64_t a[6]) { return rename_from(t, a[0], a[1], a[2], a[3], 0); }
int64_t call_rename(struct thread *t, const uint64_t a[6]) { return rename_from(t, CWD, a[0], CWD, a[1], 0); }

/* linkat with an empty path: the descriptor's own inode gets the name. */
static int64_t link_descriptor(struct thread *t, uint64_t fd, struct inode *dir2) {
  struct process *p = t->process;
  struct file *f;
  int e = calls_file(t, fd, &f);
  if (e < 0) return e;
  if (!f->inode) return ERR_XDEV;
  return vfs_link_inode(p->vfs, &p->cred, f->inode, dir2, t->path[1]);
}

static int64_t link_from(struct thread *t, uint64_t dirfd, uint64_t path, uint64_t dirfd2, uint64_t path2,
                         uint64_t flags) {
  struct process *p = t->process;
  struct inode *dir, *dir2;
  if (flags & ~(uint64_t)(LX_AT_FOLLOW | LX_AT_EMPTY_PATH)) return ERR_INVAL;
  int e = flags & LX_AT_EMPTY_PATH ? user_path_or_empty(t, 0, path) : user_path(t, 0, path);
  if (e == 0) e = path_in(t, 1, dirfd2, path2, &dir2);
  if (e == 0 && !t->path[0][0]) return link_descriptor(t, dirfd, dir2);
  if (e == 0) e = calls_dir(t, dirfd, t->path[0], &dir);
  if (e < 0) return e;
  return vfs_link(p->vfs, &p->cred, dir, t->path[0], flags & LX_AT_FOLLOW ? VFS_FOLLOW : VFS_NO_FOLLOW, dir2,
                  t->path[1]);
}
int64_t call_linkat(struct thread *t, const uint64_t a[6]) { return link_from(t, a[0], a[1], a[2], a[3], a[4]); }
int64_t call_link(struct thread *t, const uint64_t a[6]) { return link_from(t, CWD, a[0], CWD, a[1], 0); }

static int64_t link_symbolic(struct thread *t, uint64_t target, uint64_t dirfd, uint64_t path) {
  struct inode *dir = NULL;
  int e = user_path(t, 1, target);
  if (e == 0) e = path_in(t, 0, dirfd, path, &dir);
  return e < 0 ? e : vfs_symlink(t->process->vfs, &t->process->cred, dir, t->path[0], t->path[1]);
}
int64_t call_symlinkat(struct thread *t, const uint64_t a[6]) { return link_symbolic(t, a[0], a[1], a[2]); }
int64_t call_symlink(struct thread *t, const uint64_t a[6]) { return link_symbolic(t, a[0], CWD, a[1]); }

/* An O_PATH descriptor of a symlink, read with an empty path. */
static int64_t read_own_link(struct thread *t, uint64_t fd, uint64_t out, uint64_t room) {
  struct file *f;
  int e = calls_file(t, fd, &f);
  if (e < 0) return e;
  if (!f->inode || (f->inode->mode & MODE_TYPE) != MODE_LINK) return ERR_NOENT;
  uint64_t n = f->inode->size < room ? f->inode->size : room;
  e = user_out(t, out, f->inode->fs->ops->target(f->inode), n);
  return e < 0 ? e : (int64_t)n;
}

static int64_t read_link(struct thread *t, uint64_t dirfd, uint64_t path, uint64_t out, uint64_t room) {
  struct process *p = t->process;
  struct inode *dir;
  if ((int)room <= 0) return ERR_INVAL;
  int e = user_path_or_empty(t, 0, path);
  if (e < 0) return e;
  if (!t->path[0][0]) return (int)dirfd == LX_AT_FDCWD ? ERR_NOENT : read_own_link(t, dirfd, out, (uint32_t)room);
  e = calls_dir(t, dirfd, t->path[0], &dir);
  if (e < 0) return e;
  size_t most = (uint32_t)room < LIMIT_PATH ? (uint32_t)room : LIMIT_PATH;
  int64_t n = vfs_readlink(p->vfs, &p->cred, dir, t->path[0], t->path[1], most);
  if (n < 0) return n;
  e = user_out(t, out, t->path[1], (size_t)n);
  return e < 0 ? e : n;
}
int64_t call_readlinkat(struct thread *t, const uint64_t a[6]) { return read_link(t, a[0], a[1], a[2], a[3]); }
int64_t call_readlink(struct thread *t, const uint64_t a[6]) { return read_link(t, CWD, a[0], a[1], a[2]); }

/* --- the working directory ------------------------------------------------------- */

/* Takes the hold over. */
static int64_t enter(struct process *p, struct inode *dir) {
  int e = (dir->mode & MODE_TYPE) != MODE_DIR ? ERR_NOTDIR : vfs_access(p->vfs, &p->cred, dir, VFS_X, false);
  if (e < 0) {
    fs_let_go(dir);
    return e;
  }
  fs_let_go(p->cwd);
  p->cwd = dir;
  return 0;
}

int64_t call_chdir(struct thread *t, const uint64_t a[6]) {
  struct inode *dir;
  struct file *f;
  int e = calls_inode(t, CWD, a[0], 0, &dir, &f);
  return e < 0 ? e : enter(t->process, dir);
}

int64_t call_fchdir(struct thread *t, const uint64_t a[6]) {
  struct file *f;
  int e = calls_file(t, a[0], &f);
  if (e < 0) return e;
  return f->inode ? enter(t->process, fs_hold(f->inode)) : ERR_NOTDIR;
}

int64_t call_getcwd(struct thread *t, const uint64_t a[6]) {
  int64_t n = vfs_path_of(t->process->vfs, t->process->cwd, t->path[0], LIMIT_PATH);
  if (n < 0) return n == ERR_RANGE ? ERR_NAMETOOLONG : n;
  if ((uint64_t)n > a[1]) return ERR_RANGE;
  int e = user_out(t, a[0], t->path[0], (size_t)n);
  return e < 0 ? e : n;
}

int64_t call_umask(struct thread *t, const uint64_t a[6]) {
  uint32_t old = t->process->cred.umask;
  t->process->cred.umask = (uint32_t)a[0] & 0777;
  return old;
}
