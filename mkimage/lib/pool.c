/* mkimage/lib/pool.c - chunks of memory: see pool.h. */
#include "mkimage/lib/pool.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { POOL_CHUNK = 64 << 10, POOL_ALIGN = 16 };

struct pool_chunk {
  struct pool_chunk *before;
  size_t used, room;
  _Alignas(POOL_ALIGN) unsigned char bytes[];
};

static struct pool_chunk *pool_grow(struct pool *p, size_t n) {
  size_t room = n > POOL_CHUNK ? n : POOL_CHUNK;
  struct pool_chunk *c = calloc(1, sizeof *c + room);
  if (c == NULL) return NULL;
  c->room = room;
  c->before = p->last;
  p->last = c;
  return c;
}

void *pool_take(struct pool *p, size_t n) {
  if (n > SIZE_MAX / 2) return NULL;
  n = (n + POOL_ALIGN - 1) & ~(size_t)(POOL_ALIGN - 1);
  struct pool_chunk *c = p->last;
  if (c == NULL || c->room - c->used < n) c = pool_grow(p, n);
  if (c == NULL) return NULL;
  void *at = c->bytes + c->used;
  c->used += n;
  return at;
}

char *pool_copy(struct pool *p, const void *bytes, size_t n) {
  char *copy = pool_take(p, n + 1);
  if (copy != NULL && n > 0) memcpy(copy, bytes, n);
  return copy;
}

void pool_join(struct pool *p, struct pool *from) {
  struct pool_chunk **end = &from->last;
  while (*end != NULL) end = &(*end)->before;
  *end = p->last;
  p->last = from->last;
  from->last = NULL;
}

void pool_drop(struct pool *p) {
  for (struct pool_chunk *c = p->last, *before; c != NULL; c = before) {
    before = c->before;
    free(c);
  }
  p->last = NULL;
}
