/* mkimage/tree/tree_edit.h - changes to a tree that is loaded and not finished yet: entries put, replaced, removed.
 *
 *   tree_of_look(&t, say, &look);
 *   tree_edit_put(&t, say, "etc/hostname", &edit);
 *   tree_edit_remove(&t, say, "var/cache");
 *   tree_edit_done(&t, say);               then the tree can be packed
 *
 * Paths are clean (formats/path.h), and no symbolic link is followed.
 */
#ifndef MKIMAGE_TREE_EDIT_H
#define MKIMAGE_TREE_EDIT_H

#include "mkimage/tree/tree.h"

/* What an entry is to be. */
struct tree_edit {
  uint32_t mode; /* type and bits */
  uint32_t uid, gid;
  int64_t mtime;
  uint32_t mtime_ns;
  const char *attrs;               /* a file of the host whose extended attributes it gets, or NULL */
  const char *target;              /* of a symlink; copied */
  uint32_t rdev_major, rdev_minor; /* of a device */

  /* Content of a regular file: a file of the host, read when the tree is packed (a change until then is an error), or
   * memory that outlives the tree, or neither: an empty file. */
  const char *host;
  const uint8_t *bytes;
  uint64_t size; /* of the bytes */
};

/* What a file of the host is: its type, bits, owner, time, target, device, extended attributes; its content when it is
 * regular.  A symbolic link is followed when `follow` says so.  `host` stays the caller's until tree_edit_put.
 * EXIT_DONE or a status, said.
 */
int tree_edit_of_host(struct tree *t, const struct say *say, const char *host, bool follow, struct tree_edit *e);

/* The name at this path while edits are under way, or NULL; good until the next edit. */
const struct tree_name *tree_edit_find(struct tree *t, const char *path);

/* Adds the entry, with the directories on the way (0755, owner and time of the entry), or replaces the one of that
 * name: a directory only by a directory, which keeps what is in it.  Other names of a file that is replaced keep the
 * old one.  A contradiction is an error (EXIT_USAGE), said. */
int tree_edit_put(struct tree *t, const struct say *say, const char *path, const struct tree_edit *e);

/* Makes `path` one more name of the file `of`. */
int tree_edit_link(struct tree *t, const struct say *say, const char *path, const char *of);

/* Removes the entry and all that is below it.  One that is not there, and the root, are errors (EXIT_USAGE), said. */
int tree_edit_remove(struct tree *t, const struct say *say, const char *path);

/* Order, links, numbers, and what an archive cannot hold (EXIT_UNFIT), said.  Once, and last. */
int tree_edit_done(struct tree *t, const struct say *say);

#endif
