/* mkimage/pack/build.h - one image, from a kernel or an older image, a tree, a recipe and a manifest.
 *
 * The archives of another image can stand in front of the tree's, or instead of it, byte by byte as they are there.
 */
#ifndef MKIMAGE_BUILD_H
#define MKIMAGE_BUILD_H

#include "mkimage/image/need.h"
#include "mkimage/tree/tree.h"

struct build {
  const struct say *say;
  const struct image *base; /* kernel or finished image */
  const struct image *kept; /* a finished image whose archives come first; NULL: none */
  const struct tree *tree;  /* NULL: no other archive */
  const struct recipe *recipe;
  const uint8_t *manifest; /* the section's bytes, a multiple of the page */
  uint64_t manifest_bytes;
  uint64_t memory; /* what app.cfg gives; 0: nothing said */
  mode_t mode;     /* of the file; 0: as the umask has it */

  /* Looks at the whole image before it takes its name, where it is not NULL.  A status, the error said. */
  int (*look)(struct build *b, int fd);
  void *owner; /* of that */

  /* filled in */
  struct initrd_archive archive; /* the tree's */
  uint64_t image_bytes;
  struct need need;
};

/* Writes the image to `target`, which is the old file or the whole new one; "-" is standard output. */
int build_image(struct build *b, const char *target);

#endif
