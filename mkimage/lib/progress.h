/* mkimage/lib/progress.h - a line on a terminal that lives while work takes longer than a second.
 *
 * A thread of its own shows it once a second, so that also work that calls
 * nobody (the kernel's unpacker) can be watched.  It goes to standard error, only
 * when that is a terminal and not with -q, and makes room for every message.
 * There is one for each invocation, behind struct say; without it the calls do nothing.
 */
#ifndef MKIMAGE_PROGRESS_H
#define MKIMAGE_PROGRESS_H

#include <pthread.h>
#include <stdatomic.h>

#include "mkimage/lib/say.h"

struct progress {
  const char *what; /* NULL: nothing is under way */
  uint64_t total;   /* 0: unknown, seconds are shown */
  _Atomic uint64_t done;
  unsigned seconds;
  bool ended, shown, spoken; /* spoken: a message came, the next turn passes */
  pthread_t thread;
  pthread_mutex_t lock;
  pthread_cond_t wake;
};

/* "what: [########------------]  40 % of 1.2 GiB, 100.0 MiB/s, 8 s left" (without bar, rate and time on a narrow
 * terminal), or "what: 3 s"; no other may be under way.  The bar has a colour unless NO_COLOR is set. */
void progress_start(const struct say *say, const char *what, uint64_t total);
void progress_add(const struct say *say, uint64_t n);
void progress_end(const struct say *say);

/* Takes the line away, since something else is about to be printed. */
void progress_hide(const struct say *say);

#endif
