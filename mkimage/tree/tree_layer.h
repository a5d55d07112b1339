/* mkimage/tree/tree_layer.h - layers of a container image, one over the other in one tree.
 *
 * A layer's `.wh.NAME` takes NAME of the layers below away, `.wh..wh..opq` all
 * that they have in its directory; what the layer itself brings stays, wherever
 * it stands in the archive.  Names that were taken away keep their row, without
 * an inode, until layers_end.  Symbolic links on the way to an entry are
 * followed inside the tree, as the tools that make layers do.
 */
#ifndef MKIMAGE_TREE_LAYER_H
#define MKIMAGE_TREE_LAYER_H

#include "formats/limits.h"
#include "mkimage/tree/tree.h"

/* Turns a clean path into the one that it leads to through symbolic links of directories.  0, ERR_LOOP
 * or ERR_NAMETOOLONG. */
int layer_place(struct tree *t, char path[LIMIT_PATH]);

/* Is the path a whiteout?  Then it has been applied, or an error said. */
bool layer_whiteout(struct tree *t, const struct say *say, uint32_t layer, const char *path);

/* The name, made with its directories where it is not there; what an entry that is no directory hides of the layers
 * below is gone.  NULL: no memory. */
struct tree_name *layer_put(struct tree *t, uint32_t layer, const char *path, bool directory);

/* After the last layer: the names that were taken away go. */
void layers_end(struct tree *t);

#endif
