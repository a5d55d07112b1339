/* mkimage/pack/rebuild.h - another tree for a finished image: its kernel stays, and what app.cfg said.
 *
 * Everything that changes the rootfs of an image (swap, cp, rm, mount --commit)
 * ends here.  The result has one archive, packed as the image's recipe says, and
 * stands at the target whole or not at all.
 */
#ifndef MKIMAGE_REBUILD_H
#define MKIMAGE_REBUILD_H

#include <limits.h>

#include "mkimage/image/image.h"
#include "mkimage/tree/tree.h"

struct rebuild_target {
  char path[PATH_MAX];
  const char *name; /* as the caller of the tool wrote it */
  mode_t mode;      /* 0: as the umask has it */
};

/* Where the result goes: to `out`, or where that is NULL, through symbolic links, to the image itself, which keeps its
 * mode.  All of these return EXIT_DONE, or a status with the error said. */
int rebuild_target(struct rebuild_target *t, const struct say *say, const char *image, const char *out);

/* image_open, for finished images alone, also from standard input ("-"); and whether an open one is finished. */
int rebuild_open(struct image *im, const struct say *say, const char *path);
int rebuild_finished(const struct image *im, const struct say *say);

/* The program of the image must be in the tree, and fit the machine. */
int rebuild_check(const struct say *say, const struct image *im, const struct tree *t);

/* The manifest of `im` with this recipe in it (NULL: its own) and the version of this tool, in *bytes (from malloc, or
 * NULL). */
int rebuild_manifest(const struct say *say, const struct image *im, const struct recipe *r, uint8_t **bytes, size_t *n);

/* What app.cfg gave as memory; 0: nothing. */
uint64_t rebuild_memory(const struct image *im);

/* Another rootfs, to which `recipe`, that of the image, has been applied.  Checks, writes, tells. */
int rebuild_swap(const struct say *say, const struct image *im, const struct tree *t, const struct recipe *recipe,
                 const struct rebuild_target *target);

/* The image's own tree after a change.  An entry that app.cfg made and that is gone or of another type leaves the
 * recipe, one with another content takes that along: a later swap does not bring back what was changed. */
int rebuild_image(const struct say *say, const struct image *im, struct tree *t, const struct rebuild_target *target);

#endif
