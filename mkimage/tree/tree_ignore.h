/* mkimage/tree/tree_ignore.h - .mkimageignore: what a directory itself says is not to be packed.
 *
 * One pattern (mkimage/lib/glob.h) a line; `!` in front takes back what an
 * earlier line left out, the last line that matches decides; nothing below a
 * directory that is left out is looked at.  `#` begins a comment, a backslash
 * makes the next letter an ordinary one, blanks at the end do not count.
 */
#ifndef MKIMAGE_TREE_IGNORE_H
#define MKIMAGE_TREE_IGNORE_H

#include "mkimage/tree/tree.h"

#define IGNORE_NAME ".mkimageignore"

struct ignore {
  const char **pattern; /* those that take back begin with `!` */
  size_t patterns;
};

/* Reads that of a directory into t->ignore, which stays NULL when there is none.  EXIT_DONE, or EXIT_USAGE with
 * everything wrong said as "FILE:LINE: message". */
int ignore_load(struct tree *t, const struct say *say, const char *directory);

/* Is the entry left out?  The file itself is. */
bool ignore_match(const struct ignore *ignore, const char *path, bool is_dir);

/* Reads the lines of a text (for ignore_load, and for its tests).  False: something is wrong, said. */
bool ignore_parse(struct ignore *out, struct pool *pool, const struct say *say, const char *file, const char *text,
                  size_t n);

#endif
