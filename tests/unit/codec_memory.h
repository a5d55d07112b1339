/* tests/unit/codec_memory.h - memory for decoders, from malloc, counted; up to a limit. */
#ifndef TESTS_UNIT_CODEC_MEMORY_H
#define TESTS_UNIT_CODEC_MEMORY_H

#include <stdlib.h>

#include "formats/codec.h"

struct counted_memory {
  struct codec_memory memory; /* first */
  size_t most, taken;         /* allocations at a time that are granted (0: any number), and that are out */
};

static inline void *counted_take(struct codec_memory *m, size_t n) {
  struct counted_memory *c = (struct counted_memory *)m;
  if (c->most && c->taken == c->most) return NULL;
  c->taken++;
  return malloc(n + !n);
}

static inline void counted_give(struct codec_memory *m, void *p) {
  ((struct counted_memory *)m)->taken--;
  free(p);
}

static inline struct counted_memory counted_memory(void) {
  return (struct counted_memory){.memory = {counted_take, counted_give}};
}

#endif
