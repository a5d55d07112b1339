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

/* One more, copied into the pool; the list has no order until attr_sort, which comes after the last.  False: no
 * memory. */
bool attr_add(struct pool *p, struct attr **list, const char *name, const void *value, size_t size);

/* In order, each name once: of those that were added with one name the first stays, or the last. */
enum attr_stays { ATTR_FIRST, ATTR_LAST };
void attr_sort(struct attr **list, enum attr_stays stays);

#endif
