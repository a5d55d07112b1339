/* mkimage/pack/bare.h - a tree into a file of its own: a bare archive, compressed or not. */
#ifndef MKIMAGE_BARE_H
#define MKIMAGE_BARE_H

#include "mkimage/tree/tree.h"

/* What -f FORMAT and -z CODEC[:LEVEL] say, into the recipe; NULL leaves it.  EXIT_DONE, or EXIT_USAGE with the error
 * said. */
int bare_options(struct recipe *r, const struct say *say, const char *format, const char *codec);

/* A recipe for what comes out of a machine or an image: all of it, as it is; uncompressed, and newc unless that cannot
 * hold it.  Drop it. */
int bare_recipe(struct recipe *r, const struct say *say, const char *format, const char *codec);

/* Writes the tree, whose format is settled, with the codec and level of the recipe to `target`, whole or not at all;
 * "-" is standard output.  Tells sizes.  A status, the error said. */
int bare_write(const struct say *say, const struct tree *t, const struct recipe *r, const char *target);

#endif
