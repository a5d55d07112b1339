/* mkimage/pack/build.h - one image, from a kernel or an older image, a tree, a recipe and a manifest. */
#ifndef MKIMAGE_BUILD_H
#define MKIMAGE_BUILD_H

#include "mkimage/image/need.h"
#include "mkimage/tree/tree.h"

struct build {
  const struct say *say;
  const struct image *base; /* kernel or finished image */
  const struct tree *tree;
  const struct recipe *recipe;
  const uint8_t *manifest; /* the section's bytes, a multiple of the page */
  uint64_t manifest_bytes;
  uint64_t memory; /* what app.cfg gives; 0: nothing said */
  mode_t mode;     /* of the file; 0: as the umask has it */

  /* filled in */
  struct initrd_archive archive;
  uint64_t image_bytes;
  struct need need;
};

/* Writes the image to `target`, which is the old file or the whole new one. */
int build_image(struct build *b, const char *target);

/* Three lines: entries and sizes, memory, what to type next. */
void build_report(const struct build *b, const char *target);

#endif
