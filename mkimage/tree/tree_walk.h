/* mkimage/tree/tree_walk.h - inside tree: the directories below one, read by many threads.
 *
 * The threads do what takes system calls: they list, look at every entry, read
 * targets of links, and sort.  What is wrong is noted and said by who reads the
 * result, in order; so all that is said is the same whoever was first.
 */
#ifndef MKIMAGE_TREE_WALK_H
#define MKIMAGE_TREE_WALK_H

#include "mkimage/tree/tree.h"

enum walk_fault { WALK_GOOD, WALK_LONG_PATH, WALK_LONG_TARGET, WALK_STAT, WALK_LINK, WALK_OPEN, WALK_LIST };

struct walk_entry {
  const char *path;         /* below the root */
  struct tree_inode *inode; /* filled in; NULL when there was a fault before that */
  struct walk_dir *dir;     /* of a directory: what is in it */
  bool linked;              /* it has more names, perhaps in this tree */
  bool attributes;          /* it has extended attributes */
  enum walk_fault fault;
  int error; /* errno */
};

struct walk_dir {
  const char *path;
  struct walk_entry *entry; /* in the order of their names' bytes */
  size_t entries, room;
  enum walk_fault fault; /* of the directory itself: WALK_OPEN, WALK_LIST */
  int error;
  struct walk_dir *next; /* while it waits */
};

/* Reads what is below t->root_fd.  What tree_excluded names is left out.  The result's strings and inodes are in t's
 * pool. NULL: no memory. */
struct walk_dir *walk(struct tree *t, const struct say *say, const struct recipe *r);

/* Gives the list of one directory back; not what is below it. */
void walk_drop(struct walk_dir *d);
/* And all below. */
void walk_drop_all(struct walk_dir *d);

/* From what stat says.  The path must stay. */
void walk_fill(struct tree_inode *n, const struct stat *st, const char *path);

#endif
