/* kernel/program/calls_poll.c - poll, ppoll, select, pselect over file_poll and thread_wait; futex and pauses of one
 * thread. */
#include <string.h>

#include "kernel/program/calls.h"
#include "kernel/program/signal.h"

enum { POLL_FEW = 16, POLL_READ = 0x41, POLL_WRITE = 0x104 };

/* POLLRDNORM and POLLWRNORM are POLLIN and POLLOUT under another name. */
static unsigned poll_events(int16_t events) {
  return (events & POLL_READ ? VFS_IN : 0u) | (events & POLL_WRITE ? VFS_OUT : 0u);
}
static int16_t poll_revents(int16_t asked, unsigned got) {
  int16_t r = (int16_t)(got & (VFS_ERR | VFS_HUP | VFS_NVAL));
  if (got & VFS_IN) r = (int16_t)(r | (asked & POLL_READ));
  if (got & VFS_OUT) r = (int16_t)(r | (asked & POLL_WRITE));
  return r;
}

/* Fills the waits; how many descriptors are no files. */
static int poll_prepare(struct thread *t, const struct lx_pollfd *fds, struct wait *w, uint64_t n) {
  int bad = 0;
  for (uint64_t i = 0; i < n; i++) {
    struct file *f = NULL;
    bool none = fds[i].fd >= 0 && calls_file(t, (uint64_t)fds[i].fd, &f) < 0;
    w[i] = (struct wait){fds[i].fd < 0 ? NULL : f, poll_events(fds[i].events), 0};
    bad += none;
  }
  return bad;
}

static int poll_answer(struct thread *t, struct lx_pollfd *fds, const struct wait *w, uint64_t n) {
  int count = 0;
  for (uint64_t i = 0; i < n; i++) {
    bool none = fds[i].fd >= 0 && !w[i].file;
    fds[i].revents = none ? VFS_NVAL : poll_revents(fds[i].events, w[i].got);
    count += fds[i].revents != 0;
  }
  return count;
}

static int64_t poll_files(struct thread *t, uint64_t at, uint64_t n, uint64_t deadline) {
  struct heap *heap = t->process->heap;
  if (n > t->process->limit[LX_RLIMIT_NOFILE].now) return ERR_INVAL;
  struct lx_pollfd *fds = heap_take(heap, n * sizeof *fds);
  struct wait *w = heap_take_zero(heap, n * sizeof *w);
  int64_t e = fds && w ? user_in(t, fds, at, n * sizeof *fds) : ERR_NOMEM;
  if (e == 0 && poll_prepare(t, fds, w, n)) deadline = 0;
  if (e == 0) e = thread_wait(t, w, (unsigned)n, deadline);
  if (e >= 0) {
    int64_t count = poll_answer(t, fds, w, n);
    e = user_out(t, at, fds, n * sizeof *fds);
    if (e == 0) e = count;
  }
  heap_give(heap, w);
  heap_give(heap, fds);
  return e;
}

int64_t call_poll(struct thread *t, const uint64_t a[6]) {
  int ms = (int)a[2];
  return poll_files(t, a[0], (uint32_t)a[1], ms < 0 ? UINT64_MAX : calls_deadline(t, (uint64_t)ms * 1000000));
}

/* Another mask while waiting.  It stays when a handler is to run: delivery brings the old one back. */
static int mask_in(struct thread *t, uint64_t at, uint64_t size) {
  uint64_t set;
  if (!at) return 0;
  if (size != 8) return ERR_INVAL;
  int e = user_in(t, &set, at, sizeof set);
  if (e < 0) return e;
  t->mask_after = t->mask;
  t->mask_waits = true;
  signal_mask(t, set);
  return 0;
}

static int64_t mask_back(struct thread *t, int64_t result) {
  if (t->mask_waits && result != ERR_INTR) t->mask = t->mask_after, t->mask_waits = false;
  return result;
}

static int deadline_in(struct thread *t, uint64_t at, int64_t per_second, uint64_t *deadline) {
  uint64_t ns;
  *deadline = UINT64_MAX;
  if (!at) return 0;
  int e = calls_time_in(t, at, per_second, &ns);
  if (e == 0) *deadline = calls_deadline(t, ns);
  return e;
}

/* What is left of a timeout goes back to the program. */
static void deadline_out(struct thread *t, uint64_t at, int64_t per_second, uint64_t deadline) {
  if (!at) return;
  uint64_t now = plat_uptime_ns(t->process->plat), left = deadline > now ? deadline - now : 0;
  struct lx_time x = {(int64_t)(left / 1000000000), (int64_t)(left % 1000000000) / (1000000000 / per_second)};
  user_out(t, at, &x, sizeof x); /* read-only memory is no error here, as on Linux */
}

int64_t call_ppoll(struct thread *t, const uint64_t a[6]) {
  uint64_t deadline;
  int e = deadline_in(t, a[2], 1000000000, &deadline);
  if (e == 0) e = mask_in(t, a[3], a[4]);
  if (e < 0) return e;
  int64_t n = poll_files(t, a[0], (uint32_t)a[1], deadline);
  deadline_out(t, a[2], 1000000000, deadline);
  return mask_back(t, n);
}

/* --- select ------------------------------------------------------------------------------ */

enum { SELECT_MOST = 1024 /* FD_SETSIZE of every C library */, SELECT_SETS = 3 };

struct selection {
  uint64_t set[SELECT_SETS][SELECT_MOST / 64];
  struct wait wait[SELECT_MOST];
  unsigned n;
};

static const unsigned select_events[SELECT_SETS] = {VFS_IN, VFS_OUT, 0};

static bool select_has(const struct selection *s, unsigned which, unsigned fd) {
  return s->set[which][fd / 64] >> fd % 64 & 1;
}

static int select_prepare(struct thread *t, struct selection *s) {
  for (unsigned fd = 0; fd < s->n; fd++) {
    s->wait[fd] = (struct wait){0};
    if (!select_has(s, 0, fd) && !select_has(s, 1, fd) && !select_has(s, 2, fd)) continue;
    if (calls_file(t, fd, &s->wait[fd].file) < 0) return ERR_BADF;
    for (unsigned k = 0; k < SELECT_SETS; k++)
      if (select_has(s, k, fd)) s->wait[fd].events |= select_events[k];
  }
  return 0;
}

static int select_answer(struct selection *s) {
  static const unsigned means[SELECT_SETS] = {VFS_IN | VFS_HUP | VFS_ERR, VFS_OUT | VFS_ERR, 0};
  int count = 0;
  for (unsigned fd = 0; fd < s->n; fd++)
    for (unsigned k = 0; k < SELECT_SETS; k++) {
      if (!select_has(s, k, fd)) continue;
      if (s->wait[fd].got & means[k])
        count++;
      else
        s->set[k][fd / 64] &= ~(1ull << fd % 64);
    }
  return count;
}

static int64_t select_run(struct thread *t, struct selection *s, const uint64_t a[6], uint64_t deadline) {
  size_t bytes = (s->n + 63) / 64 * 8;
  int64_t e = 0;
  memset(s->set, 0, sizeof s->set);
  for (unsigned k = 0; e == 0 && k < SELECT_SETS; k++)
    if (a[k + 1]) e = user_in(t, s->set[k], a[k + 1], bytes);
  if (e == 0) e = select_prepare(t, s);
  if (e == 0) e = thread_wait(t, s->wait, s->n, deadline);
  if (e < 0) return e;
  int count = select_answer(s);
  for (unsigned k = 0; k < SELECT_SETS; k++) {
    e = a[k + 1] ? user_out(t, a[k + 1], s->set[k], bytes) : 0;
    if (e < 0) return e;
  }
  return count;
}

static int64_t select_files(struct thread *t, const uint64_t a[6], uint64_t deadline) {
  if ((int)a[0] < 0) return ERR_INVAL;
  struct selection *s = heap_take(t->process->heap, sizeof *s);
  if (!s) return ERR_NOMEM;
  s->n = (unsigned)a[0] < SELECT_MOST ? (unsigned)a[0] : SELECT_MOST;
  int64_t e = select_run(t, s, a, deadline);
  heap_give(t->process->heap, s);
  return e;
}

int64_t call_select(struct thread *t, const uint64_t a[6]) {
  uint64_t deadline;
  int e = deadline_in(t, a[4], 1000000, &deadline);
  if (e < 0) return e;
  int64_t n = select_files(t, a, deadline);
  deadline_out(t, a[4], 1000000, deadline);
  return n;
}

int64_t call_pselect6(struct thread *t, const uint64_t a[6]) {
  uint64_t deadline, mask[2] = {0};
  int e = deadline_in(t, a[4], 1000000000, &deadline);
  if (e == 0 && a[5]) e = user_in(t, mask, a[5], sizeof mask);
  if (e == 0) e = mask_in(t, mask[0], mask[1]);
  if (e < 0) return e;
  int64_t n = select_files(t, a, deadline);
  deadline_out(t, a[4], 1000000000, deadline);
  return mask_back(t, n);
}

/* --- futex without other threads ------------------------------------------------------------ */

enum {
  FUTEX_WAIT,
  FUTEX_WAKE,
  FUTEX_WAIT_BITSET = 9,
  FUTEX_WAKE_BITSET = 10,
  FUTEX_PRIVATE = 128,
  FUTEX_REALTIME = 256
};

static int futex_deadline(struct thread *t, const uint64_t a[6], int op, uint64_t *deadline) {
  uint64_t ns;
  *deadline = UINT64_MAX;
  if (!a[3]) return 0;
  int e = calls_time_in(t, a[3], 1000000000, &ns);
  if (e < 0) return e;
  if (op == FUTEX_WAIT_BITSET) { /* absolute */
    struct plat *p = t->process->plat;
    uint64_t now = a[1] & FUTEX_REALTIME ? (uint64_t)plat_wall_ns(p) : plat_uptime_ns(p);
    ns = ns > now ? ns - now : 0;
  }
  *deadline = calls_deadline(t, ns);
  return 0;
}

int64_t call_futex(struct thread *t, const uint64_t a[6]) {
  int op = (int)a[1] & ~(FUTEX_PRIVATE | FUTEX_REALTIME);
  uint32_t value;
  uint64_t deadline;
  if (a[0] & 3) return ERR_INVAL;
  int e = user_in(t, &value, a[0], sizeof value);
  if (e < 0) return e;
  if (op == FUTEX_WAKE || op == FUTEX_WAKE_BITSET) return 0;
  if (op != FUTEX_WAIT && op != FUTEX_WAIT_BITSET) return ERR_NOSYS;
  e = futex_deadline(t, a, op, &deadline);
  if (e < 0) return e;
  if (value != (uint32_t)a[2]) return ERR_AGAIN;
  e = thread_wait(t, NULL, 0, deadline);
  return e < 0 ? e : ERR_TIMEDOUT;
}
