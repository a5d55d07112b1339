/* mkimage/lib/progress.c - the progress line and the thread that shows it: see progress.h. */
#include "mkimage/lib/progress.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

/* With the lock held. */
static void progress_clear(struct progress *p) {
  if (p->shown) dprintf(STDERR_FILENO, "\r\033[K");
  p->shown = false;
}

enum { PROGRESS_BAR = 20, PROGRESS_NARROW = 72, PROGRESS_COLUMNS = 80 };

static unsigned progress_columns(void) {
  struct winsize w;
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_col > 0 ? w.ws_col : PROGRESS_COLUMNS;
}

/* https://no-color.org: any value but the empty one. */
static bool progress_colours(void) {
  const char *no = getenv("NO_COLOR"), *terminal = getenv("TERM");
  return (no == NULL || *no == 0) && terminal != NULL && strcmp(terminal, "dumb") != 0;
}

/* "1:02:03", "2:03", "3 s" */
static void progress_time(uint64_t seconds, char *text, size_t n) {
  unsigned h = (unsigned)(seconds / 3600), m = (unsigned)(seconds / 60 % 60), s = (unsigned)(seconds % 60);
  if (h > 0)
    snprintf(text, n, "%u:%02u:%02u", h, m, s);
  else if (m > 0)
    snprintf(text, n, "%u:%02u", m, s);
  else
    snprintf(text, n, "%u s", s);
}

static void progress_bar(double part, bool colours) {
  char bar[PROGRESS_BAR + 1];
  unsigned full = (unsigned)(part * PROGRESS_BAR);
  memset(bar, '#', full);
  memset(bar + full, '-', PROGRESS_BAR - full);
  bar[PROGRESS_BAR] = 0;
  dprintf(STDERR_FILENO, "[%s%.*s%s%s] ", colours ? "\033[32m" : "", (int)full, bar, colours ? "\033[0m" : "",
          bar + full);
}

/* What is left is told once there is a rate to tell it from. */
static void progress_rate(const struct progress *p, uint64_t done) {
  char left[32];
  uint64_t rate = p->seconds > 0 ? done / p->seconds : 0;
  if (rate == 0) return;
  progress_time((p->total - done) / rate + 1, left, sizeof left);
  dprintf(STDERR_FILENO, ", %s/s, %s left", say_size(rate).text, done < p->total ? left : "nothing");
}

static void progress_show(struct progress *p) {
  uint64_t done = atomic_load(&p->done);
  if (done > p->total) done = p->total;
  p->shown = true;
  dprintf(STDERR_FILENO, "\r%s: ", p->what);
  if (p->total == 0) {
    dprintf(STDERR_FILENO, "%u s\033[K", p->seconds);
    return;
  }
  double part = (double)done / (double)p->total;
  bool wide = progress_columns() >= PROGRESS_NARROW;
  if (wide) progress_bar(part, progress_colours());
  dprintf(STDERR_FILENO, "%3u %% of %s", (unsigned)(part * 100), say_size(p->total).text);
  if (wide) progress_rate(p, done);
  dprintf(STDERR_FILENO, "\033[K");
}

static void *progress_run(void *arg) {
  struct progress *p = arg;
  struct timespec next;
  clock_gettime(CLOCK_MONOTONIC, &next);
  pthread_mutex_lock(&p->lock);
  for (next.tv_sec++; !p->ended;) {
    if (pthread_cond_timedwait(&p->wake, &p->lock, &next) == 0) continue; /* ended, or nothing */
    next.tv_sec++;
    p->seconds++;
    if (!p->spoken) progress_show(p);
    p->spoken = false;
  }
  progress_clear(p);
  pthread_mutex_unlock(&p->lock);
  return NULL;
}

/* Signals are for those who work. */
static bool progress_thread(struct progress *p) {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  bool ok = pthread_create(&p->thread, NULL, progress_run, p) == 0;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return ok;
}

void progress_start(const struct say *say, const char *what, uint64_t total) {
  struct progress *p = say->progress;
  pthread_condattr_t clock;
  if (p == NULL || p->what != NULL || say->quiet || !isatty(STDERR_FILENO)) return;
  *p = (struct progress){.what = what, .total = total};
  pthread_mutex_init(&p->lock, NULL);
  pthread_condattr_init(&clock);
  pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
  pthread_cond_init(&p->wake, &clock);
  pthread_condattr_destroy(&clock);
  if (!progress_thread(p)) p->what = NULL;
}

void progress_add(const struct say *say, uint64_t n) {
  if (say->progress != NULL) atomic_fetch_add(&say->progress->done, n);
}

void progress_hide(const struct say *say) {
  struct progress *p = say->progress;
  if (p == NULL || p->what == NULL) return;
  pthread_mutex_lock(&p->lock);
  p->spoken = true;
  progress_clear(p);
  pthread_mutex_unlock(&p->lock);
}

void progress_end(const struct say *say) {
  struct progress *p = say->progress;
  if (p == NULL || p->what == NULL) return;
  pthread_mutex_lock(&p->lock);
  p->ended = true;
  pthread_cond_signal(&p->wake);
  pthread_mutex_unlock(&p->lock);
  pthread_join(p->thread, NULL);
  pthread_cond_destroy(&p->wake);
  pthread_mutex_destroy(&p->lock);
  p->what = NULL;
}
