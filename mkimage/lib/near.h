/* mkimage/lib/near.h - "is 'path' meant?": which of several names a mistyped one is closest to. */
#ifndef MKIMAGE_NEAR_H
#define MKIMAGE_NEAR_H

#include <stddef.h>

struct near {
  const char *word, *nearest; /* nearest: NULL while none is near */
  size_t distance;
};

struct near near_start(const char *word);

/* One more name that may be meant; of names equally near the first stays. */
void near_try(struct near *n, const char *name);

#endif
