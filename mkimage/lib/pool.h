/* mkimage/lib/pool.h - memory that is taken piece by piece and given back at once. */
#ifndef MKIMAGE_POOL_H
#define MKIMAGE_POOL_H

#include <stddef.h>

struct pool_chunk;
struct pool {
  struct pool_chunk *last;
};

/* n zeroed bytes, 16-byte aligned, or NULL. */
void *pool_take(struct pool *p, size_t n);
/* A copy with a NUL behind it, or NULL. */
char *pool_copy(struct pool *p, const void *bytes, size_t n);
/* What `from` holds is p's from now on; `from` is empty. */
void pool_join(struct pool *p, struct pool *from);
void pool_drop(struct pool *p);

#endif
