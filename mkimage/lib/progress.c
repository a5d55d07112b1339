/* mkimage/lib/progress.c - the progress line and the thread that shows it: see progress.h. */
#include "mkimage/lib/progress.h"

#include <signal.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

/* With the lock held. */
static void progress_clear(struct progress *p) {
  if (p->shown) dprintf(STDERR_FILENO, "\r\033[K");
  p->shown = false;
}

static void progress_show(struct progress *p) {
  uint64_t done = atomic_load(&p->done);
  unsigned percent = p->total > 0 ? (unsigned)((double)done * 100 / (double)p->total) : 0;
  p->shown = true;
  if (p->total > 0)
    dprintf(STDERR_FILENO, "\r%s: %3u %% of %s\033[K", p->what, percent > 100 ? 100 : percent, say_size(p->total).text);
  else
    dprintf(STDERR_FILENO, "\r%s: %u s\033[K", p->what, p->seconds);
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
