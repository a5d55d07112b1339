/* kernel/program/calls_open.c - descriptors: open, close, dup, pipe, fcntl, flock, directory listings. */
#include <string.h>

#include "formats/bytes.h"
#include "kernel/program/calls.h"

enum { FD_CLOEXEC = 1, LISTING = 24 + LIMIT_NAME + 8 };

static bool cloexec(uint64_t flags) { return flags & VFS_CLOEXEC; }

/* Puts a new file into the table; it is closed when that has no room. */
static int64_t give_number(struct thread *t, struct file *f, int least, bool close_on_exec) {
  int fd = fds_add(t->process->fds, f, least, close_on_exec);
  if (fd < 0) file_close(f);
  return fd;
}

static int64_t open_at(struct thread *t, uint64_t dirfd, uint64_t path, uint64_t flags, uint64_t mode) {
  struct process *p = t->process;
  struct inode *dir;
  struct file *f;
  int e = user_path(t, 0, path);
  if (e == 0) e = fds_ready(p->fds, 0); /* before anything is made or cut */
  if (e == 0) e = calls_dir(t, dirfd, t->path[0], &dir);
  if (e == 0) e = vfs_open(p->vfs, &p->cred, dir, t->path[0], (unsigned)flags, (uint32_t)mode & 07777, &f);
  if (e == ERR_AGAIN && !(flags & VFS_NONBLOCK)) return thread_wait(t, NULL, 0, UINT64_MAX); /* a FIFO's other end */
  if (e < 0) return e;
  if (flags & VFS_TRUNC && f->inode) calls_cut(t, f->inode);
  return give_number(t, f, 0, cloexec(flags));
}

int64_t call_openat(struct thread *t, const uint64_t a[6]) { return open_at(t, a[0], a[1], a[2], a[3]); }
int64_t call_open(struct thread *t, const uint64_t a[6]) { return open_at(t, (uint64_t)LX_AT_FDCWD, a[0], a[1], a[2]); }
int64_t call_creat(struct thread *t, const uint64_t a[6]) {
  return open_at(t, (uint64_t)LX_AT_FDCWD, a[0], VFS_CREAT | VFS_WRONLY | VFS_TRUNC, a[1]);
}

int64_t call_memfd_create(struct thread *t, const uint64_t a[6]) {
  struct process *p = t->process;
  struct file *f;
  int64_t e = user_string(t, t->path[0], 250, a[0]);
  if (e == ERR_NAMETOOLONG || a[1] & ~7ull) return ERR_INVAL;
  if (e < 0) return e;
  e = vfs_open(p->vfs, &p->cred, vfs_root(p->vfs), "/", VFS_TMPFILE | VFS_RDWR, 0777, &f);
  return e < 0 ? e : give_number(t, f, 0, a[1] & 1);
}

/* --- record locks: those of the process, and those of an open file ------------------------ */

/* The process's own go when it closes any descriptor of the file: the owner that every file is opened with.  An open
 * file's go with it: vfscore knows its address as the owner. */
enum { LOCK_PROCESS = 0 };
#define LOCK_END (1ull << 63) /* one behind the last byte a file can have; flock's own byte lies there */

static uint64_t lock_file_owner(const struct file *f) { return (uint64_t)(uintptr_t)f; }

int64_t call_close(struct thread *t, const uint64_t a[6]) {
  return (int)a[0] < 0 ? ERR_BADF : fds_close(t->process->fds, (int)a[0]);
}

int64_t call_close_range(struct thread *t, const uint64_t a[6]) {
  uint32_t first = (uint32_t)a[0], last = (uint32_t)a[1];
  if (first > last || a[2] & ~6ull) return ERR_INVAL;
  for (uint32_t fd = first; fd <= last && fd < VFS_FILES_MOST; fd++) {
    if (!fds_get(t->process->fds, (int)fd)) continue;
    if (a[2] & 4)
      fds_cloexec(t->process->fds, (int)fd, 1);
    else
      fds_close(t->process->fds, (int)fd);
  }
  return 0;
}

static int64_t dup_to(struct thread *t, uint64_t from, uint64_t to, bool close_on_exec) {
  struct file *f;
  int e = calls_file(t, from, &f);
  if (e < 0) return e;
  if ((int)to < 0 || to >= t->process->limit[LX_RLIMIT_NOFILE].now) return ERR_BADF;
  int64_t fd = fds_put(t->process->fds, file_hold(f), (int)to, close_on_exec);
  if (fd < 0) file_close(f);
  return fd < 0 ? fd : (int64_t)(int)to;
}

int64_t call_dup(struct thread *t, const uint64_t a[6]) {
  struct file *f;
  int e = calls_file(t, a[0], &f);
  return e < 0 ? e : give_number(t, file_hold(f), 0, false);
}
int64_t call_dup2(struct thread *t, const uint64_t a[6]) {
  struct file *f;
  if ((int)a[0] == (int)a[1]) return calls_file(t, a[0], &f) < 0 ? ERR_BADF : (int)a[1];
  return dup_to(t, a[0], a[1], false);
}
int64_t call_dup3(struct thread *t, const uint64_t a[6]) {
  if ((int)a[0] == (int)a[1] || a[2] & ~(uint64_t)VFS_CLOEXEC) return ERR_INVAL;
  return dup_to(t, a[0], a[1], cloexec(a[2]));
}

static int64_t pipe_make(struct thread *t, uint64_t out, uint64_t flags) {
  struct file *ends[2];
  int32_t fds[2];
  if (flags & ~(uint64_t)(VFS_CLOEXEC | VFS_NONBLOCK | 040000)) return ERR_INVAL;
  int e = vfs_pipe(t->process->vfs, (unsigned)flags & VFS_NONBLOCK, ends);
  if (e < 0) return e;
  fds[0] = (int32_t)give_number(t, ends[0], 0, cloexec(flags));
  if (fds[0] < 0) {
    file_close(ends[1]);
    return fds[0];
  }
  fds[1] = (int32_t)give_number(t, ends[1], 0, cloexec(flags));
  e = fds[1] < 0 ? fds[1] : user_out(t, out, fds, sizeof fds);
  if (e < 0) fds_close(t->process->fds, fds[0]);
  if (e < 0 && fds[1] >= 0) fds_close(t->process->fds, fds[1]);
  return e;
}

int64_t call_pipe(struct thread *t, const uint64_t a[6]) { return pipe_make(t, a[0], 0); }
int64_t call_pipe2(struct thread *t, const uint64_t a[6]) { return pipe_make(t, a[0], a[1]); }

/* The range of a struct flock as [start, end). */
static int lock_range(const struct file *f, const struct lx_flock *l, struct vfs_lock *v) {
  int64_t base = l->whence == VFS_SEEK_CUR   ? (int64_t)f->offset
                 : l->whence == VFS_SEEK_END ? (int64_t)f->inode->size
                                             : 0;
  int64_t start, end;
  if (l->whence < 0 || l->whence > 2 || l->type < 0 || l->type > 2) return ERR_INVAL;
  if (__builtin_add_overflow(base, l->start, &start)) return ERR_OVERFLOW;
  if (__builtin_add_overflow(start, l->len, &end)) return ERR_OVERFLOW;
  if (l->len < 0)
    v->start = (uint64_t)end, v->end = (uint64_t)start;
  else
    v->start = (uint64_t)start, v->end = l->len ? (uint64_t)end : LOCK_END;
  v->type = l->type;
  return start < 0 || end < 0 ? ERR_INVAL : 0;
}

static int64_t lock_tell(struct thread *t, struct file *f, struct vfs_lock *v, struct lx_flock *l, uint64_t to) {
  int e = v->type == 2 ? ERR_INVAL : file_lock_test(f, v);
  if (e < 0) return e;
  l->type = (int16_t)v->type;
  if (v->type != 2) {
    l->whence = VFS_SEEK_SET;
    l->start = (int64_t)v->start;
    l->len = v->end >= LOCK_END ? 0 : (int64_t)(v->end - v->start);
    l->pid = v->owner == LOCK_PROCESS ? PROCESS_ID : -1;
  }
  return user_out(t, to, l, sizeof *l);
}

enum { F_GETLK = 5, F_SETLK, F_SETLKW, F_OFD_GETLK = 36, F_OFD_SETLK, F_OFD_SETLKW };

static int64_t fcntl_lock(struct thread *t, struct file *f, int command, uint64_t at) {
  struct lx_flock l;
  struct vfs_lock v = {0};
  bool own = command >= F_OFD_GETLK;
  int e = user_in(t, &l, at, sizeof l);
  if (e < 0) return e;
  if (!f->inode) return ERR_BADF;
  if (own && l.pid) return ERR_INVAL;
  v.owner = own ? lock_file_owner(f) : LOCK_PROCESS;
  e = lock_range(f, &l, &v);
  if (e < 0) return e;
  if (command == F_GETLK || command == F_OFD_GETLK) return lock_tell(t, f, &v, &l, at);
  e = file_lock_set(f, &v);
  if (e == ERR_AGAIN && (command == F_SETLKW || command == F_OFD_SETLKW)) return thread_wait(t, NULL, 0, UINT64_MAX);
  return e;
}

int64_t call_flock(struct thread *t, const uint64_t a[6]) {
  struct file *f;
  struct vfs_lock v = {.start = LOCK_END, .end = LOCK_END + 1};
  int e = calls_io_file(t, a[0], &f);
  if (e < 0) return e;
  switch (a[1] & ~4ull) {
  case 1:
    v.type = 0;
    break;
  case 2:
    v.type = 1;
    break;
  case 8:
    v.type = 2;
    break;
  default:
    return ERR_INVAL;
  }
  if (!f->inode) return 0;
  v.owner = lock_file_owner(f);
  e = file_lock_set(f, &v);
  return e == ERR_AGAIN && !(a[1] & 4) ? thread_wait(t, NULL, 0, UINT64_MAX) : e;
}

/* --- fcntl ---------------------------------------------------------------------------------- */

enum {
  F_DUPFD,
  F_GETFD,
  F_SETFD,
  F_GETFL,
  F_SETFL,
  F_SETOWN = 8,
  F_GETOWN,
  F_DUPFD_CLOEXEC = 1030,
  F_SETPIPE_SZ = 1031,
  F_GETPIPE_SZ = 1032
};
enum { FL_SETTABLE = VFS_APPEND | VFS_NONBLOCK | VFS_NOATIME, O_LARGEFILE_BIT = 0100000, PIPE_BYTES = 65536 };

static int64_t fcntl_dup(struct thread *t, struct file *f, uint64_t least, bool close_on_exec) {
  if ((int64_t)least < 0 || least >= t->process->limit[LX_RLIMIT_NOFILE].now) return ERR_INVAL;
  return give_number(t, file_hold(f), (int)least, close_on_exec);
}

int64_t call_fcntl(struct thread *t, const uint64_t a[6]) {
  struct process *p = t->process;
  struct file *f;
  int command = (int)a[1], e = calls_file(t, a[0], &f);
  if (e < 0) return e;
  if (f->flags & VFS_PATH && command > F_GETFL && command != F_DUPFD_CLOEXEC) return ERR_BADF;
  switch (command) {
  case F_DUPFD:
    return fcntl_dup(t, f, a[2], false);
  case F_DUPFD_CLOEXEC:
    return fcntl_dup(t, f, a[2], true);
  case F_GETFD:
    return fds_cloexec(p->fds, (int)a[0], -1);
  case F_SETFD:
    fds_cloexec(p->fds, (int)a[0], a[2] & FD_CLOEXEC);
    return 0;
  case F_GETFL:
    return f->flags | (f->inode && !(f->flags & VFS_PATH) ? O_LARGEFILE_BIT : 0);
  case F_SETFL:
    f->flags = (f->flags & ~(unsigned)FL_SETTABLE) | ((unsigned)a[2] & FL_SETTABLE);
    return 0;
  case F_GETLK:
  case F_SETLK:
  case F_SETLKW:
  case F_OFD_GETLK:
  case F_OFD_SETLK:
  case F_OFD_SETLKW:
    return fcntl_lock(t, f, command, a[2]);
  case F_SETOWN:
  case F_GETOWN:
    return 0;
  case F_GETPIPE_SZ:
  case F_SETPIPE_SZ:
    return f->pipe ? PIPE_BYTES : ERR_BADF;
  default:
    return ERR_INVAL;
  }
}

/* --- listings ----------------------------------------------------------------------------------- */

struct listing {
  struct thread *thread;
  uint64_t to, left, done;
  bool old; /* getdents: the type behind the name */
  int error;
};

static uint8_t listing_type(uint32_t mode) { return (uint8_t)((mode & MODE_TYPE) >> 12); }

static int listing_one(void *arg, const struct vfs_dirent *d) {
  struct listing *l = arg;
  uint8_t row[LISTING];
  size_t head = l->old ? 18 : 19, n = bytes_round_up(head + d->len + (l->old ? 2 : 1), 8);
  if (n > l->left) {
    l->error = l->done ? 0 : ERR_INVAL;
    return 1;
  }
  memset(row, 0, n);
  bytes_put_le64(row, d->ino);
  bytes_put_le64(row + 8, d->next);
  bytes_put_le16(row + 16, (uint16_t)n);
  if (!l->old) row[18] = listing_type(d->type);
  memcpy(row + head, d->name, d->len);
  if (l->old) row[n - 1] = listing_type(d->type);
  l->error = user_out(l->thread, l->to, row, n);
  if (l->error < 0) return 1;
  l->to += n, l->left -= n, l->done += n;
  return 0;
}

static int64_t list_directory(struct thread *t, const uint64_t a[6], bool old) {
  struct listing l = {.thread = t, .to = a[1], .left = (uint32_t)a[2], .old = old};
  struct file *f;
  int e = calls_io_file(t, a[0], &f);
  if (e < 0) return e;
  if (!f->inode || (f->inode->mode & MODE_TYPE) != MODE_DIR) return ERR_NOTDIR;
  e = file_list(f, listing_one, &l);
  if (e < 0) return e;
  return l.done ? (int64_t)l.done : l.error;
}

int64_t call_getdents64(struct thread *t, const uint64_t a[6]) { return list_directory(t, a, false); }
int64_t call_getdents(struct thread *t, const uint64_t a[6]) { return list_directory(t, a, true); }
