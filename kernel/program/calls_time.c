/* kernel/program/calls_time.c - clocks, sleeping, timers, what was used. */
#include "kernel/program/calls.h"
#include "kernel/program/signal.h"

#define NS 1000000000ull

enum {
  CLOCK_REAL,
  CLOCK_MONO,
  CLOCK_PROCESS,
  CLOCK_THREAD,
  CLOCK_MONO_RAW,
  CLOCK_REAL_COARSE,
  CLOCK_MONO_COARSE,
  CLOCK_BOOT,
  CLOCK_TAI = 11
};

int calls_time_in(struct thread *t, uint64_t at, int64_t per_second, uint64_t *ns) {
  struct lx_time x;
  int e = user_in(t, &x, at, sizeof x);
  if (e < 0) return e;
  if (x.s < 0 || x.part < 0 || x.part >= per_second) return ERR_INVAL;
  uint64_t part = (uint64_t)x.part * (NS / (uint64_t)per_second);
  *ns = (uint64_t)x.s > (INT64_MAX - part) / NS ? INT64_MAX : (uint64_t)x.s * NS + part;
  return 0;
}

uint64_t calls_deadline(struct thread *t, uint64_t ns) {
  uint64_t now = plat_uptime_ns(t->process->plat);
  return ns >= UINT64_MAX - 1 - now ? UINT64_MAX - 1 : now + ns;
}

/* A clock's time in ns; ERR_INVAL for one that is not there. */
static int64_t clock_now(struct process *p, uint64_t id) {
  switch ((int)id) {
  case CLOCK_REAL:
  case CLOCK_REAL_COARSE:
  case CLOCK_TAI:
    return plat_wall_ns(p->plat);
  case CLOCK_MONO:
  case CLOCK_MONO_RAW:
  case CLOCK_MONO_COARSE:
  case CLOCK_BOOT:
    return (int64_t)plat_uptime_ns(p->plat);
  case CLOCK_PROCESS:
  case CLOCK_THREAD:
    return (int64_t)(plat_uptime_ns(p->plat) - p->started_ns);
  default:
    return ERR_INVAL;
  }
}

static int64_t time_out(struct thread *t, uint64_t to, uint64_t ns, uint64_t per_part) {
  struct lx_time x = {(int64_t)(ns / NS), (int64_t)(ns % NS / per_part)};
  return user_out(t, to, &x, sizeof x);
}

int64_t call_clock_gettime(struct thread *t, const uint64_t a[6]) {
  int64_t ns = clock_now(t->process, a[0]);
  return ns < 0 ? ns : time_out(t, a[1], (uint64_t)ns, 1);
}

int64_t call_clock_getres(struct thread *t, const uint64_t a[6]) {
  int64_t ns = clock_now(t->process, a[0]);
  bool coarse = a[0] == CLOCK_REAL_COARSE || a[0] == CLOCK_MONO_COARSE;
  return ns < 0 ? ns : a[1] ? time_out(t, a[1], coarse ? 4000000 : 1, 1) : 0;
}

int64_t call_gettimeofday(struct thread *t, const uint64_t a[6]) {
  int e = a[0] ? (int)time_out(t, a[0], (uint64_t)plat_wall_ns(t->process->plat), 1000) : 0;
  return e == 0 && a[1] ? user_zero(t, a[1], 8) : e;
}

int64_t call_time(struct thread *t, const uint64_t a[6]) {
  int64_t s = plat_wall_ns(t->process->plat) / (int64_t)NS;
  int e = a[0] ? user_out(t, a[0], &s, sizeof s) : 0;
  return e < 0 ? e : s;
}

/* Sleeps to a deadline; what is left goes to `rest` when a signal ends it early. */
static int64_t sleep_until(struct thread *t, uint64_t deadline, uint64_t rest) {
  int e = thread_wait(t, NULL, 0, deadline);
  if (e != ERR_INTR || !rest) return e;
  uint64_t now = plat_uptime_ns(t->process->plat);
  int64_t f = time_out(t, rest, deadline > now ? deadline - now : 0, 1);
  return f < 0 ? f : e;
}

int64_t call_nanosleep(struct thread *t, const uint64_t a[6]) {
  uint64_t ns;
  int e = calls_time_in(t, a[0], NS, &ns);
  return e < 0 ? e : sleep_until(t, calls_deadline(t, ns), a[1]);
}

int64_t call_clock_nanosleep(struct thread *t, const uint64_t a[6]) {
  uint64_t ns;
  int64_t now = clock_now(t->process, a[0]);
  if (now < 0 || a[0] == CLOCK_THREAD) return ERR_INVAL;
  if (a[0] >= CLOCK_MONO_RAW && a[0] <= CLOCK_MONO_COARSE) return ERR_OPNOTSUPP;
  int e = calls_time_in(t, a[2], NS, &ns);
  if (e < 0) return e;
  if (!(a[1] & 1)) return sleep_until(t, calls_deadline(t, ns), a[3]);
  return ns <= (uint64_t)now ? 0 : sleep_until(t, calls_deadline(t, ns - (uint64_t)now), 0);
}

/* --- the one timer -------------------------------------------------------------------- */

static void timer_now(const struct process *p, struct lx_itimer *x) {
  uint64_t now = plat_uptime_ns(p->plat);
  uint64_t left = !p->alarm_at ? 0 : p->alarm_at > now ? p->alarm_at - now : 1000;
  *x = (struct lx_itimer){{(int64_t)(p->alarm_every / NS), (int64_t)(p->alarm_every % NS / 1000)},
                          {(int64_t)(left / NS), (int64_t)(left % NS / 1000)}};
}

int64_t call_alarm(struct thread *t, const uint64_t a[6]) {
  struct process *p = t->process;
  uint64_t now = plat_uptime_ns(p->plat), left = p->alarm_at > now ? p->alarm_at - now : 0;
  p->alarm_every = 0;
  p->alarm_at = (uint32_t)a[0] ? calls_deadline(t, (uint32_t)a[0] * NS) : 0;
  return (int64_t)((left + NS / 2) / NS ? (left + NS / 2) / NS : left != 0);
}

int64_t call_getitimer(struct thread *t, const uint64_t a[6]) {
  struct lx_itimer x = {0};
  if (a[0] > 2) return ERR_INVAL;
  if (a[0] == 0) timer_now(t->process, &x);
  return user_out(t, a[1], &x, sizeof x);
}

int64_t call_setitimer(struct thread *t, const uint64_t a[6]) {
  struct process *p = t->process;
  struct lx_itimer old;
  uint64_t every = 0, value = 0;
  if (a[0] > 2) return ERR_INVAL;
  if (a[0] != 0) return ERR_NOSYS; /* those of processor time */
  int e = a[1] ? calls_time_in(t, a[1], 1000000, &every) : 0;
  if (e == 0 && a[1]) e = calls_time_in(t, a[1] + 16, 1000000, &value);
  if (e < 0) return e;
  timer_now(p, &old);
  p->alarm_every = every;
  p->alarm_at = value ? calls_deadline(t, value) : 0;
  return a[2] ? user_out(t, a[2], &old, sizeof old) : 0;
}

/* --- what was used ------------------------------------------------------------------------- */

int64_t call_times(struct thread *t, const uint64_t a[6]) {
  struct process *p = t->process;
  uint64_t now = plat_uptime_ns(p->plat);
  int64_t x[4] = {(int64_t)((now - p->started_ns) / (NS / 100)), 0, 0, 0};
  int e = a[0] ? user_out(t, a[0], x, sizeof x) : 0;
  return e < 0 ? e : (int64_t)(now / (NS / 100));
}

int64_t call_getrusage(struct thread *t, const uint64_t a[6]) {
  struct process *p = t->process;
  struct lx_rusage x = {0};
  int who = (int)a[0];
  if (who < -1 || who > 1) return ERR_INVAL;
  uint64_t ns = who == -1 ? 0 : plat_uptime_ns(p->plat) - p->started_ns;
  x.user = (struct lx_time){(int64_t)(ns / NS), (int64_t)(ns % NS / 1000)};
  if (who != -1) x.maxrss = (int64_t)(pages_most_used(p->vm->pages) / 1024);
  return user_out(t, a[1], &x, sizeof x);
}
