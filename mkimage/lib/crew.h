/* mkimage/lib/crew.h - threads that take numbered pieces of work, and hand what comes of them over in order.
 *
 * Pieces are taken in order, worked on in any, and handed over one at a time in
 * order again, by whichever thread is free.  So the result never depends on how
 * many threads there are, and the first failure that is handed over is that of the lowest
 * piece: nothing is handed over after it.
 */
#ifndef MKIMAGE_CREW_H
#define MKIMAGE_CREW_H

#include <stdint.h>

struct crew {
  uint64_t pieces;
  unsigned jobs;  /* threads, the caller's counted; 1: no other is started */
  unsigned slots; /* pieces that are taken and not handed over yet, at most: what the memory is for */

  /* A status.  `worker` is below jobs, `slot` below slots: this thread's and this piece's memory. */
  int (*work)(void *arg, unsigned worker, unsigned slot, uint64_t piece);

  /* What work returned, in order: the status with which it goes on (EXIT_DONE) or ends. */
  int (*hand)(void *arg, unsigned slot, int status);
};

/* EXIT_DONE, or what `hand` ended with.  All threads have ended then. */
int crew_run(const struct crew *c, void *arg);

/* How many processors this process may use; at least 1. */
unsigned crew_processors(void);

#endif
