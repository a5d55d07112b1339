/* formats/source.h - where compressed or plain input comes from.
 *
 * A source hands out its bytes in order.  `at`..`at+have` lies in memory now;
 * want() makes that stretch longer, used() tells that the caller is done with
 * its beginning, so that whatever lies behind it (memory that goes back to the
 * allocator, a disk buffer, the next of several archives) can be given back.
 */
#ifndef FORMATS_SOURCE_H
#define FORMATS_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct source {
  const uint8_t *at; /* the next byte */
  size_t have;       /* bytes that stand at `at` */
  uint64_t offset;   /* of `at`, from the beginning of the source */

  /* Makes at least n bytes stand at `at` in one piece, where fewer do (`at` may move).
   * Returns 0, ERR_CUT when the source ends before that (have is then all
   * that is left), ERR_NOMEM when a piece that long cannot be held. */
  int (*want)(struct source *s, size_t n);

  /* Lets go of the first n bytes at `at`, n <= have; called after the fields moved on.
   * NULL when nothing is to be given back. */
  void (*give)(struct source *s, const uint8_t *from, size_t n);

  void *owner; /* for the callbacks */
};

/* A source over bytes that lie in memory already and stay there. */
struct source source_over(const void *bytes, size_t n);

static inline int source_want(struct source *s, size_t n) { return s->have >= n ? 0 : s->want(s, n); }

static inline void source_used(struct source *s, size_t n) {
  const uint8_t *from = s->at;
  s->at += n;
  s->have -= n;
  s->offset += n;
  if (s->give) s->give(s, from, n);
}

/* Moves past zero bytes.  Returns how many there were. */
uint64_t source_skip_zeros(struct source *s);

#endif
