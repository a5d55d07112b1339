/* mkimage/image/need.h - how much memory a machine will want for an image, estimated from sizes alone. */
#ifndef MKIMAGE_NEED_H
#define MKIMAGE_NEED_H

#include "mkimage/image/image.h"

struct need {
  uint64_t least;  /* below this it cannot even be loaded and unpacked */
  uint64_t likely; /* with about this it is unpacked and its program begins */
  bool exact;      /* likely is no estimate: it was unpacked */
  uint64_t roomy;  /* with this a program of which nothing is known runs, most likely */
};

/* Of a finished image, or of a kernel that gets `section` bytes of payload with these archives in it. */
void need_of_image(const struct image *im, struct need *n);
void need_predict(const struct image *base, const struct initrd *h, uint64_t section, struct need *n);

/* Of a small image (its file open as `fd`) `likely` becomes the exact figure, as mkimage info tells it, found by
 * unpacking it as a machine would.  Any other stays as it was estimated. */
void need_measure(int fd, struct need *n);

#endif
