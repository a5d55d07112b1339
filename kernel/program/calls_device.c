/* kernel/program/calls_device.c - ioctl on terminals and pipes; calls about storage that a tree in memory answers at
 * once: syncing, advice. */
#include "kernel/program/calls.h"

enum {
  TCGETS = 0x5401,
  TCSETS,
  TCSETSW,
  TCSETSF,
  TIOCGPGRP = 0x540f,
  TIOCSPGRP = 0x5410,
  TIOCGWINSZ = 0x5413,
  TIOCSWINSZ = 0x5414,
  FIONREAD = 0x541b,
  FIONBIO = 0x5421,
  TIOCGSID = 0x5429,
  FIONCLEX = 0x5450,
  FIOCLEX = 0x5451,
  TCSBRK = 0x5409,
  TCXONC = 0x540a,
  TCFLSH = 0x540b
};

enum { LX_ICRNL = 0400, LX_ICANON = 2, LX_ECHO = 010 };

static int64_t set_modes(const struct device *d, const struct lx_termios *s, int64_t copied) {
  if (copied == 0 && d->modes)
    d->modes(d, (s->lflag & LX_ICANON ? DEVICE_LINES : 0) | (s->lflag & LX_ECHO ? DEVICE_ECHO : 0) |
                    (s->iflag & LX_ICRNL ? DEVICE_NEWLINE : 0));
  return copied;
}

static int64_t ioctl_terminal(struct thread *t, struct file *f, uint32_t what, uint64_t at) {
  static const uint16_t size[4] = {24, 80, 0, 0};
  static const int32_t self = PROCESS_ID;
  struct lx_termios *settings = &t->process->termios;
  if (!f->device || !f->device->terminal) return ERR_NOTTY;
  switch (what) {
  case TCGETS:
    return user_out(t, at, settings, sizeof *settings);
  case TCSETS:
  case TCSETSW:
  case TCSETSF:
    return set_modes(f->device, settings, user_in(t, settings, at, sizeof *settings));
  case TIOCGWINSZ:
    return user_out(t, at, size, sizeof size);
  case TIOCGPGRP:
  case TIOCGSID:
    return user_out(t, at, &self, sizeof self);
  case TIOCSPGRP:
  case TIOCSWINSZ:
  case TCSBRK:
  case TCXONC:
  case TCFLSH:
    return 0;
  default:
    return ERR_NOTTY;
  }
}

/* Bytes that a read would find. */
static int64_t ioctl_readable(struct thread *t, struct file *f, uint64_t at) {
  int64_t waiting = file_waiting(f);
  int32_t n = waiting > INT32_MAX ? INT32_MAX : (int32_t)waiting;
  return waiting < 0 ? waiting : user_out(t, at, &n, sizeof n);
}

static int64_t ioctl_nonblock(struct thread *t, struct file *f, uint64_t at) {
  int32_t on;
  int e = user_in(t, &on, at, sizeof on);
  if (e < 0) return e;
  f->flags = on ? f->flags | VFS_NONBLOCK : f->flags & ~(unsigned)VFS_NONBLOCK;
  return 0;
}

int64_t call_ioctl(struct thread *t, const uint64_t a[6]) {
  struct file *f;
  int e = calls_io_file(t, a[0], &f);
  if (e < 0) return e;
  switch ((uint32_t)a[1]) {
  case FIOCLEX:
  case FIONCLEX:
    fds_cloexec(t->process->fds, (int)a[0], (uint32_t)a[1] == FIOCLEX);
    return 0;
  case FIONBIO:
    return ioctl_nonblock(t, f, a[2]);
  case FIONREAD:
    return ioctl_readable(t, f, a[2]);
  default:
    return ioctl_terminal(t, f, (uint32_t)a[1], a[2]);
  }
}

/* --- storage that needs no syncing ----------------------------------------------------------- */

int64_t call_sync(struct thread *t, const uint64_t a[6]) { return 0; }

static int64_t only_a_file(struct thread *t, uint64_t fd) {
  struct file *f;
  int e = calls_io_file(t, fd, &f);
  return e < 0 ? e : f->pipe || f->device ? ERR_INVAL : 0;
}
int64_t call_fsync(struct thread *t, const uint64_t a[6]) { return only_a_file(t, a[0]); }
int64_t call_fdatasync(struct thread *t, const uint64_t a[6]) { return only_a_file(t, a[0]); }
int64_t call_sync_file_range(struct thread *t, const uint64_t a[6]) {
  return a[3] & ~7ull ? ERR_INVAL : only_a_file(t, a[0]);
}
int64_t call_syncfs(struct thread *t, const uint64_t a[6]) {
  struct file *f;
  return calls_io_file(t, a[0], &f);
}
int64_t call_readahead(struct thread *t, const uint64_t a[6]) { return only_a_file(t, a[0]); }
int64_t call_fadvise64(struct thread *t, const uint64_t a[6]) {
  struct file *f;
  int e = calls_io_file(t, a[0], &f);
  return e < 0 ? e : f->pipe ? ERR_SPIPE : (int64_t)a[2] < 0 || a[3] > 5 ? ERR_INVAL : 0;
}
