/* kernel/mem/arena_inner.h - arena_hold for small files, inline: there is one call for each of them. */
#ifndef KERNEL_MEM_ARENA_INNER_H
#define KERNEL_MEM_ARENA_INNER_H

#include "kernel/mem/arena.h"
#include "kernel/mem/pages_inner.h"

/* One more owner for the page or two that [p, p + n) touches, when they lie in the stretch that was looked up last and
 * have room in their counts; false: nothing was done, and arena_hold does it or says why not. */
static inline bool arena_hold_few(struct arena *a, const void *p, uint64_t n) {
  uint64_t at = (uint64_t)((const uint8_t *)p - a->base) - a->run, end = at + n;
  if (end > a->run_bytes || at >= end) return false; /* at may be any number */
  uint16_t *first = a->run_counts + at / PAGE, *last = a->run_counts + (end - 1) / PAGE;
  if (!pages_countable(*first)) return false;
  if (last != first) {
    if (last - first > 1 || !pages_countable(*last)) return false;
    ++*last;
    a->live++;
  }
  ++*first;
  a->live++;
  return true;
}

#endif
