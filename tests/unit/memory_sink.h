/* tests/unit/memory_sink.h - a sink that keeps what is put into it. */
#ifndef MEMORY_SINK_H
#define MEMORY_SINK_H

#include <stdlib.h>
#include <string.h>

#include "mkimage/lib/sink.h"

struct memory {
  struct sink sink;
  uint8_t *bytes; /* from malloc */
  size_t used, room;
};

static inline int memory_put(struct sink *s, const uint8_t *bytes, size_t n) {
  struct memory *m = (struct memory *)s;
  if (n > m->room - m->used) m->bytes = realloc(m->bytes, m->room = (m->used + n) * 2);
  if (m->bytes == NULL) abort();
  memcpy(m->bytes + m->used, bytes, n);
  m->used += n;
  return 0;
}

#endif
