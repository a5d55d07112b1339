/* mkimage/pack/bare.h - a tree into a file of its own: a bare archive, compressed or not. */
#ifndef MKIMAGE_BARE_H
#define MKIMAGE_BARE_H

#include "mkimage/tree/tree.h"

/* "CODEC" or "CODEC:LEVEL" into the recipe.  EXIT_DONE, or EXIT_USAGE with the error said. */
int bare_codec(struct recipe *r, const struct say *say, const char *text);

/* Writes the tree, which is finished, with the codec and level of the recipe to `target`, whole or not at all; "-" is
 * standard output.  Tells sizes.  A status, the error said. */
int bare_write(const struct say *say, const struct tree *t, const struct recipe *r, const char *target);

#endif
