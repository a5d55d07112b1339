/* mkimage/image/kernels.h - where the kernel of a platform lies, and which of them an image takes. */
#ifndef MKIMAGE_KERNELS_H
#define MKIMAGE_KERNELS_H

#include <limits.h>

#include "mkimage/image/image.h"

struct kernels_wish {
  const char *platform;
  const char *dir;     /* from --kernels; NULL: not given */
  enum codec_id codec; /* which it must decode */
  bool all;            /* and every other */
};

/* Opens the smallest kernel that decodes what it must, PLATFORM/kernel.elf or PLATFORM/kernel-full.elf, of the first
 * of: `dir`, $TAPROOT_KERNELS, the directory of mkimage itself, ../lib/taproot beside it.  The first two are looked at
 * alone when given.  A kernel that does not name its decoders is taken to have what it needs. */
int kernels_open(struct image *im, const struct say *say, const struct kernels_wish *wish, char path[PATH_MAX]);

#endif
