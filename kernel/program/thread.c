/* kernel/program/thread.c - making and ending the one thread and its process; the one place where it waits. */
#include "kernel/program/thread.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "kernel/program/signal.h"

void process_say(struct process *p, const char *format, ...) {
  char line[256];
  va_list args;
  va_start(args, format);
  vsnprintf(line, sizeof line, format, args);
  va_end(args);
  p->log(p->log_owner, line);
}

void process_exit(struct process *p, int status) {
  if (p->ended) return;
  p->ended = true;
  p->end = (struct program_end){.status = status & 0xff};
}

void process_kill(struct process *p, int signal) {
  if (p->ended) return;
  p->ended = true;
  p->end = (struct program_end){.signalled = true, .status = signal};
}

static void process_defaults(struct process *p) {
  for (unsigned i = 0; i < LX_RLIMITS; i++) p->limit[i] = (struct lx_rlimit){LX_RLIM_INFINITY, LX_RLIM_INFINITY};
  p->limit[LX_RLIMIT_STACK].now = VM_STACK_BYTES;
  p->limit[LX_RLIMIT_NOFILE] = (struct lx_rlimit){VFS_FILES, VFS_FILES_MOST};
  p->limit[4].now = 0; /* no core files */
  static const uint8_t keys[19] = {3, 28, 127, 21, 4, 0, 1, 0, 17, 19, 26, 0, 18, 15, 23, 22};
  p->termios = (struct lx_termios){.iflag = 0x500, .oflag = 5, .cflag = 0xbf, .lflag = 0x8a3b};
  memcpy(p->termios.cc, keys, sizeof keys);
  p->started_ns = plat_uptime_ns(p->plat);
}

static int process_files(struct process *p, const struct program_start *start) {
  p->fds = fds_make(p->vfs);
  if (!p->fds) return ERR_NOMEM;
  for (int i = 0; i < 3; i++) {
    int fd = start->std[i] ? fds_put(p->fds, start->std[i], i, false) : i;
    assert(fd == i); /* an empty table has room for three */
    (void)fd;
  }
  return 0;
}

struct thread *thread_make(const struct program_start *start) {
  struct process *p = heap_take_zero(start->heap, sizeof *p);
  struct thread *t = heap_take_zero(start->heap, sizeof *t);
  uint8_t *fpu = heap_take_zero(start->heap, plat_fpu_bytes(start->plat) + 64);
  if (p && t && fpu) {
    p->plat = start->plat, p->heap = start->heap, p->vfs = start->vfs;
    p->log = start->log, p->log_owner = start->log_owner;
    p->cred.umask = 022;
    process_defaults(p);
    t->process = p;
    t->fpu_block = fpu;
    t->fpu = fpu + (64 - ((uintptr_t)fpu & 63));
    t->altstack.flags = LX_SS_DISABLE;
    t->call = -1;
    if (process_files(p, start) == 0) return t;
    thread_drop(t);
    return NULL;
  }
  heap_give(start->heap, fpu);
  heap_give(start->heap, t);
  heap_give(start->heap, p);
  return NULL;
}

void thread_drop(struct thread *t) {
  struct process *p = t->process;
  struct heap *heap = p->heap;
  plat_space_use(p->plat, NULL);
  if (p->fds) fds_drop(p->fds);
  if (p->cwd) fs_let_go(p->cwd);
  if (p->vm) vm_drop(p->vm);
  heap_give(heap, t->fpu_block);
  heap_give(heap, t);
  heap_give(heap, p);
}

static unsigned wait_look(struct wait *w, unsigned n, bool *outside) {
  unsigned held = 0;
  for (unsigned i = 0; i < n; i++) {
    w[i].got = w[i].file ? file_poll(w[i].file) & (w[i].events | VFS_ERR | VFS_HUP | VFS_NVAL) : 0;
    if (w[i].got) held++;
    if (w[i].file && w[i].file->device && w[i].events) *outside = true;
  }
  return held;
}

int thread_wait(struct thread *t, struct wait *w, unsigned n, uint64_t deadline_ns) {
  struct process *p = t->process;
  for (;;) {
    bool outside = false; /* something beyond the program could end this */
    unsigned held = wait_look(w, n, &outside);
    if (held) return (int)held;
    signal_tick(t);
    if (p->ended || signal_waits(t)) return ERR_INTR;
    if (plat_uptime_ns(p->plat) >= deadline_ns) return 0;
    uint64_t until = p->alarm_at && p->alarm_at < deadline_ns ? p->alarm_at : deadline_ns;
    if (until == UINT64_MAX && !outside) {
      process_say(p, "program: waits forever in system call %lld: nothing can wake it", (long long)t->call);
      process_kill(p, LX_SIGKILL);
      return ERR_INTR;
    }
    plat_idle(p->plat, until);
  }
}
