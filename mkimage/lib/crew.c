/* mkimage/lib/crew.c - numbered pieces of work, many threads, one order: see crew.h. */
#include "mkimage/lib/crew.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>

enum { CREW_PENDING = -1 }; /* of a slot whose piece is not done: no status */

struct crew_state {
  const struct crew *c;
  void *arg;
  pthread_mutex_t lock;
  pthread_cond_t wake;
  uint64_t next, handed; /* to be taken, to be handed over */
  bool handing;
  int status;
  int *done; /* of each slot */
};

/* One thread. */
struct crew_member {
  struct crew_state *s;
  unsigned worker;
  pthread_t thread;
};

unsigned crew_processors(void) {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
  return (unsigned)CPU_COUNT(&set);
}

/* With the lock held, as all below: is the next piece in order done, and nobody busy with handing? */
static bool crew_can_hand(const struct crew_state *s) {
  return !s->handing && s->handed < s->next && s->done[s->handed % s->c->slots] != CREW_PENDING;
}

static void crew_hand(struct crew_state *s) {
  unsigned slot = (unsigned)(s->handed % s->c->slots);
  s->handing = true;
  pthread_mutex_unlock(&s->lock);
  int status = s->c->hand(s->arg, slot, s->done[slot]);
  pthread_mutex_lock(&s->lock);
  s->handing = false;
  s->status = status;
  s->handed++;
  pthread_cond_broadcast(&s->wake);
}

static void crew_work(struct crew_state *s, unsigned worker) {
  uint64_t piece = s->next++;
  unsigned slot = (unsigned)(piece % s->c->slots);
  s->done[slot] = CREW_PENDING;
  pthread_mutex_unlock(&s->lock);
  int status = s->c->work(s->arg, worker, slot, piece);
  pthread_mutex_lock(&s->lock);
  s->done[slot] = status;
  if (piece == s->handed) pthread_cond_broadcast(&s->wake);
}

static void *crew_member(void *arg) {
  struct crew_member *m = arg;
  struct crew_state *s = m->s;
  pthread_mutex_lock(&s->lock);
  while (s->status == 0 && s->handed < s->c->pieces) {
    if (crew_can_hand(s))
      crew_hand(s);
    else if (s->next < s->c->pieces && s->next - s->handed < s->c->slots)
      crew_work(s, m->worker);
    else
      pthread_cond_wait(&s->wake, &s->lock);
  }
  pthread_mutex_unlock(&s->lock);
  return NULL;
}

/* Signals are for the thread that was there before.  One that cannot be started is work for the others. */
static void crew_start(struct crew_member *m, unsigned *started, unsigned wanted) {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  while (*started < wanted && pthread_create(&m[*started].thread, NULL, crew_member, &m[*started]) == 0) ++*started;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static int crew_alone(const struct crew *c, void *arg) {
  int status = 0;
  for (uint64_t i = 0; i < c->pieces && status == 0; i++) {
    unsigned slot = (unsigned)(i % c->slots);
    status = c->hand(arg, slot, c->work(arg, 0, slot, i));
  }
  return status;
}

int crew_run(const struct crew *c, void *arg) {
  unsigned started = 1;
  struct crew_state s = {.c = c, .arg = arg, .done = calloc(c->slots, sizeof(int))};
  struct crew_member *m = calloc(c->jobs, sizeof *m);
  if (c->jobs <= 1 || c->pieces <= 1 || s.done == NULL || m == NULL) {
    s.status = crew_alone(c, arg);
  } else {
    pthread_mutex_init(&s.lock, NULL);
    pthread_cond_init(&s.wake, NULL);
    for (unsigned i = 0; i < c->jobs; i++) m[i] = (struct crew_member){.s = &s, .worker = i};
    crew_start(m, &started, c->pieces < c->jobs ? (unsigned)c->pieces : c->jobs);
    crew_member(&m[0]);
    for (unsigned i = 1; i < started; i++) pthread_join(m[i].thread, NULL);
    pthread_cond_destroy(&s.wake);
    pthread_mutex_destroy(&s.lock);
  }
  free(m);
  free(s.done);
  return s.status;
}
