/* mkimage/tree/tree_image.h - a tree from an image or bare archive that the kernel's own unpacker has unpacked.
 *
 * The names, inodes and links are those of the file system in libtaproot.
 * Contents stay there and are read when they are packed: nothing is copied, and
 * the file system must live as long as the tree.
 */
#ifndef MKIMAGE_TREE_IMAGE_H
#define MKIMAGE_TREE_IMAGE_H

#include "mkimage/look/look.h"
#include "mkimage/tree/tree.h"

/* All that is in `l`, which must be listed (look_tree) and outlive the tree.  The tree is not finished yet: it may be
 * edited (tree_edit.h), and tree_edit_done must be called before it is packed.  EXIT_DONE, or the status with the error
 * said; drop it in either case. */
int tree_of_look(struct tree *t, const struct say *say, struct look *l);

#endif
