/* mkimage/verbs/place.h - IMAGE:/path, an entry inside an image, as cp and rm take it. */
#ifndef MKIMAGE_PLACE_H
#define MKIMAGE_PLACE_H

#include <limits.h>

#include "mkimage/tree/tree.h"

struct place {
  char image[PATH_MAX];
  const char *path; /* what stands behind the colon, from its slash on */
};

/* Is the word IMAGE:/path?  A word without `:/` is not, nor one whose part up to the colon is a directory of the
 * host. */
bool place_read(struct place *p, const char *word);

/* Where a path leads in a tree that was not edited yet, symbolic links inside it followed: the name, or NULL and the
 * reason. */
const struct tree_name *place_find(const struct tree *t, const char *path, int *why);

/* The clean path of an entry that may not be there: what is in front of its last component is followed and must be a
 * directory.  EXIT_DONE, or the status with the error said. */
int place_parent(const struct tree *t, const struct say *say, const char *path, char clean[LIMIT_PATH]);

/* The last component of a path, in `name`; "." for a path that ends in one, in a slash after one, or in nothing. */
void place_base(const char *path, char name[LIMIT_PATH]);

#endif
