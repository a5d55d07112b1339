/* mkimage/lib/attr.h - the extended attributes of one file, as a list by name. */
#ifndef MKIMAGE_ATTR_H
#define MKIMAGE_ATTR_H

#include <stdbool.h>
#include <stdint.h>

#include "mkimage/lib/pool.h"

struct attr {
  struct attr *next; /* by name, in byte order; NULL: the last */
  const char *name;
  const uint8_t *value;
  size_t size;
};

/* One more, copied into the pool; of two with one name the first counts.  False: no memory. */
bool attr_add(struct pool *p, struct attr **list, const char *name, const void *value, size_t size);

/* Takes one out, if it is there. */
void attr_remove(struct attr **list, const char *name);

#endif
