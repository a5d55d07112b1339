/* kernel/program/calls_io.c - bytes in and out of open files: read, write and their kin.
 *
 * Here is the loop that vfscore leaves to its callers: what would have to wait does so in thread_wait.
 */
#include "kernel/program/calls.h"
#include "kernel/program/signal.h"

enum { IO_OWN_OFFSET = -1 };

struct transfer {
  struct file *file;
  bool into; /* user memory: a read */
  int64_t offset;
};

static int64_t transfer_once(const struct transfer *x, struct user_io *u) {
  uint64_t offset = (uint64_t)x->offset;
  if (x->offset == IO_OWN_OFFSET) return x->into ? file_read(x->file, &u->io) : file_write(x->file, &u->io);
  return x->into ? file_read_at(x->file, &u->io, offset) : file_write_at(x->file, &u->io, offset);
}

/* Until something moved, the end, or an error; a blocking write goes on until all is written. */
static int64_t transfer_all(struct thread *t, const struct transfer *x, struct user_io *u) {
  int64_t done = 0;
  for (;;) {
    int64_t n = transfer_once(x, u);
    if (n == ERR_PIPE) signal_send_self(t, LX_SIGPIPE, LX_SI_USER);
    if (n >= 0) done += n;
    if (n > 0 && (x->into || u->io.left == 0)) return done;
    if (n != ERR_AGAIN && n <= 0) return done ? done : n;
    if (n == ERR_AGAIN && x->file->flags & VFS_NONBLOCK) return done ? done : ERR_AGAIN;
    if (!x->file->pipe && !x->file->device) return done;
    struct wait w = {x->file, x->into ? VFS_IN : VFS_OUT, 0};
    int e = n == ERR_AGAIN ? thread_wait(t, &w, 1, UINT64_MAX) : 0;
    if (e < 0) return done ? done : e;
  }
}

static int transfer_check(struct thread *t, uint64_t fd, bool into, int64_t offset, struct transfer *x) {
  *x = (struct transfer){.into = into, .offset = offset};
  int e = calls_io_file(t, fd, &x->file);
  if (e < 0) return e;
  unsigned access = x->file->flags & VFS_ACCMODE;
  if (access == (into ? VFS_WRONLY : VFS_RDONLY)) return ERR_BADF;
  if (offset < IO_OWN_OFFSET) return ERR_INVAL;
  if (into && x->file->inode && (x->file->inode->mode & MODE_TYPE) == MODE_DIR) return ERR_ISDIR;
  if (offset != IO_OWN_OFFSET && (x->file->pipe || (x->file->device && x->file->device->terminal))) return ERR_SPIPE;
  return 0;
}

static int64_t transfer_one(struct thread *t, const uint64_t a[6], bool into, int64_t offset) {
  struct transfer x;
  struct user_io u;
  int e = transfer_check(t, a[0], into, offset, &x);
  if (e == 0) e = user_io_one(&u, t, into, a[1], a[2]);
  return e < 0 ? e : transfer_all(t, &x, &u);
}

static int64_t transfer_many(struct thread *t, const uint64_t a[6], bool into, int64_t offset) {
  struct transfer x;
  struct user_io u;
  int e = transfer_check(t, a[0], into, offset, &x);
  if (e == 0) e = user_io_many(&u, t, into, a[1], a[2]);
  if (e < 0) return e;
  int64_t n = transfer_all(t, &x, &u);
  user_io_done(&u);
  return n;
}

/* A position from the program: the file's own is not among them. */
static int64_t at(uint64_t offset) { return (int64_t)offset < 0 ? INT64_MIN : (int64_t)offset; }

int64_t call_read(struct thread *t, const uint64_t a[6]) { return transfer_one(t, a, true, IO_OWN_OFFSET); }
int64_t call_write(struct thread *t, const uint64_t a[6]) { return transfer_one(t, a, false, IO_OWN_OFFSET); }
int64_t call_pread64(struct thread *t, const uint64_t a[6]) { return transfer_one(t, a, true, at(a[3])); }
int64_t call_pwrite64(struct thread *t, const uint64_t a[6]) { return transfer_one(t, a, false, at(a[3])); }
int64_t call_readv(struct thread *t, const uint64_t a[6]) { return transfer_many(t, a, true, IO_OWN_OFFSET); }
int64_t call_writev(struct thread *t, const uint64_t a[6]) { return transfer_many(t, a, false, IO_OWN_OFFSET); }
int64_t call_preadv(struct thread *t, const uint64_t a[6]) { return transfer_many(t, a, true, at(a[3])); }
int64_t call_pwritev(struct thread *t, const uint64_t a[6]) { return transfer_many(t, a, false, at(a[3])); }

/* RWF_HIPRI, DSYNC and SYNC mean nothing to a file in memory; the others are not here. */
static int64_t transfer_flagged(struct thread *t, const uint64_t a[6], bool into) {
  if (a[5] & ~7ull) return ERR_OPNOTSUPP;
  return transfer_many(t, a, into, (int64_t)a[3] == -1 ? IO_OWN_OFFSET : at(a[3]));
}
int64_t call_preadv2(struct thread *t, const uint64_t a[6]) { return transfer_flagged(t, a, true); }
int64_t call_pwritev2(struct thread *t, const uint64_t a[6]) { return transfer_flagged(t, a, false); }

int64_t call_lseek(struct thread *t, const uint64_t a[6]) {
  struct file *f;
  int e = calls_io_file(t, a[0], &f);
  return e < 0 ? e : (int)a[2] < 0 || (int)a[2] > VFS_SEEK_HOLE ? ERR_INVAL : file_seek(f, (int64_t)a[1], (int)a[2]);
}

/* --- between two files -------------------------------------------------------------- */

struct offset {
  uint64_t at, value, *use;
};

static int offset_in(struct thread *t, uint64_t where, struct offset *o) {
  *o = (struct offset){.at = where};
  if (!where) return 0;
  int e = user_in(t, &o->value, where, 8);
  if (e < 0) return e;
  o->use = &o->value;
  return (int64_t)o->value < 0 ? ERR_INVAL : 0;
}

static int offset_out(struct thread *t, const struct offset *o) {
  return o->use ? user_out(t, o->at, &o->value, 8) : 0;
}

/* The waits of a copy: for the source first, then for room. */
static int64_t copy_all(struct thread *t, struct file *out, struct offset *to, struct file *in, struct offset *from,
                        uint64_t n) {
  for (;;) {
    int64_t done = file_copy(out, to->use, in, from->use, n < USER_MOST ? n : USER_MOST);
    if (done == ERR_PIPE) signal_send_self(t, LX_SIGPIPE, LX_SI_USER);
    if (done != ERR_AGAIN || in->flags & VFS_NONBLOCK || out->flags & VFS_NONBLOCK) return done;
    bool ready = file_poll(in) & (VFS_IN | VFS_HUP);
    struct wait w = {ready ? out : in, ready ? VFS_OUT : VFS_IN, 0};
    int e = thread_wait(t, &w, 1, UINT64_MAX);
    if (e < 0) return e;
  }
}

static int copy_files(struct thread *t, uint64_t out_fd, uint64_t in_fd, struct file **out, struct file **in) {
  int e = calls_io_file(t, in_fd, in);
  if (e == 0) e = calls_io_file(t, out_fd, out);
  if (e < 0) return e;
  if (((*in)->flags & VFS_ACCMODE) == VFS_WRONLY || ((*out)->flags & VFS_ACCMODE) == VFS_RDONLY) return ERR_BADF;
  return 0;
}

int64_t call_sendfile(struct thread *t, const uint64_t a[6]) {
  struct file *out, *in;
  struct offset from, to = {0};
  int e = copy_files(t, a[0], a[1], &out, &in);
  if (e == 0) e = offset_in(t, a[2], &from);
  if (e == 0 && (!in->inode || (in->inode->mode & MODE_TYPE) != MODE_FILE || out->flags & VFS_APPEND)) e = ERR_INVAL;
  if (e < 0) return e;
  int64_t n = copy_all(t, out, &to, in, &from, a[3]);
  e = offset_out(t, &from);
  return e < 0 ? e : n;
}

static int copy_regular(const struct file *f) {
  unsigned type = f->inode ? f->inode->mode & MODE_TYPE : 0;
  return type == MODE_DIR ? ERR_ISDIR : type == MODE_FILE ? 0 : ERR_INVAL;
}

int64_t call_copy_file_range(struct thread *t, const uint64_t a[6]) {
  struct file *out, *in;
  struct offset from, to;
  int e = calls_io_file(t, a[0], &in);
  if (e == 0) e = calls_io_file(t, a[2], &out);
  if (e == 0) e = offset_in(t, a[1], &from);
  if (e == 0) e = offset_in(t, a[3], &to);
  if (e == 0 && a[5]) e = ERR_INVAL;
  if (e == 0) e = copy_regular(in);
  if (e == 0) e = copy_regular(out);
  if (e < 0) return e;
  int64_t n = copy_all(t, out, &to, in, &from, a[4]);
  e = offset_out(t, &from);
  if (e == 0) e = offset_out(t, &to);
  return e < 0 ? e : n;
}
