/* mkimage/kernels.h - where the kernel of a platform lies. */
#ifndef MKIMAGE_KERNELS_H
#define MKIMAGE_KERNELS_H

#include "mkimage/image.h"

/* Opens PLATFORM/kernel.elf of the first of: `dir` (from --kernels; NULL: not given), $TAPROOT_KERNELS, the directory
 * of mkimage itself, ../lib/taproot beside it.  The first two are looked at alone when given.  `path` is room for its
 * name. */
int kernels_open(struct image *im, const struct say *say, const char *platform, const char *dir, char *path,
                 size_t room);

#endif
