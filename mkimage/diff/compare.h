/* mkimage/diff/compare.h - the tree that the machine will see beside the rootfs it was packed from.
 *
 * Both stand in path order, so one walk finds what is missing on either side and
 * compares what both have: type, mode, owner, size, content, link target, device,
 * hard links, time.
 */
#ifndef MKIMAGE_COMPARE_H
#define MKIMAGE_COMPARE_H

#include "mkimage/look/look.h"
#include "mkimage/tree/tree.h"

/* One difference: `what` is "missing", "extra", "type", "mode", "owner", "size", "content", "target", "device",
 * "links" or "mtime"; image and rootfs are what each side has, in words (names are escaped in `words`, not here). */
struct difference {
  const char *path;
  const char *what;
  const char *image, *rootfs; /* NULL: does not apply */
  size_t image_len, rootfs_len;
};

struct compare {
  struct look *look;
  const struct tree *tree;
  const struct say *say;
  void (*each)(void *arg, const struct difference *d);
  void *arg;
  uint64_t differences;
  size_t *first; /* of each name of the tree, the first name of its inode */
};

/* EXIT_DONE, EXIT_DIFFERS, or another status with the error said. */
int compare_trees(struct compare *c);

#endif
