/* mkimage/tree/tree_parts.h - what the files of the tree share: see tree.h for the door. */
#ifndef MKIMAGE_TREE_PARTS_H
#define MKIMAGE_TREE_PARTS_H

#include <stdarg.h>

#include "mkimage/lib/spool.h"
#include "mkimage/tree/tree.h"

struct feed;

/* Says an error that names an entry, and keeps the worst status.  Nothing stops. */
void tree_error(struct tree *t, const struct say *say, int status, const char *path, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* No memory: said once, EXIT_USAGE. */
int tree_no_memory(struct tree *t, const struct say *say);

/* Adds a name; the path stays where it is.  False: no memory. */
bool tree_append(struct tree *t, const char *path, struct tree_inode *inode);
struct tree_inode *tree_inode(struct tree *t, uint32_t mode);
struct tree_seen tree_see(const struct stat *st);

/* Is it one of the seven types that a file can have, and no more bits than there are? */
bool tree_type_known(uint32_t mode);

/* Every tree begins with its root.  False: no memory. */
bool tree_root(struct tree *t);

/* Through the index: the name with this path, or NULL; the name made, parents and all, where it is not there.
 * What they return moves with the next tree_append.  tree_put NULL: no memory. */
struct tree_name *tree_seek(struct tree *t, const char *path);
struct tree_name *tree_put(struct tree *t, const char *path);
void tree_unindex(struct tree *t); /* after names were moved */

/* The sources. */
int tree_load_directory(struct tree *t, const struct say *say, const char *path, const struct recipe *r);
int tree_load_archive(struct tree *t, const struct say *say, struct feed *feed);
int tree_load_image(struct tree *t, const struct say *say, struct feed *feed);

/* A layer of a container image over the tree; number counts from 1; sha256 as hex of the layer when it is unpacked, or
 * NULL.  layers_end comes after the last. */
int tree_load_layer(struct tree *t, const struct say *say, struct feed *feed, uint32_t number, const char *sha256);

/* By path, without what tree_finish finds wrong. */
void tree_sort(struct tree *t);
int tree_load_image(struct tree *t, const struct say *say, struct feed *feed);

/* The recipe, on a tree that is loaded; then order, links and numbers. */
/* Need an entry, and what is below it, not be looked at? */
bool tree_excluded(const struct tree *t, const struct recipe *r, const char *path, bool is_dir);
int tree_apply(struct tree *t, const struct say *say, const struct recipe *r);
int tree_finish(struct tree *t, const struct say *say);

/* Of an image that is looked into; several threads may read. */
int tree_look_read(const struct tree *t, const struct say *say, const struct tree_inode *n, uint64_t offset,
                   uint8_t *bytes, size_t size);
void tree_look_drop(struct tree *t);

/* All that the file at `where` on the disk has; a symbolic link at its end is not followed.  `path` is for messages.
 * False: no memory. */
bool tree_attrs_of_disk(struct tree *t, const struct say *say, const char *where, const char *path,
                        struct tree_inode *n);

#endif
