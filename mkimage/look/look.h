/* mkimage/look/look.h - an image or archive opened to be looked into, and the tree that the machine will see.
 *
 * The tree comes from libtaproot, that is from the kernel's own unpacker and
 * ramfs.  Nodes stand in path order: a directory, then what is in it, names in
 * byte order.
 */
#ifndef MKIMAGE_LOOK_H
#define MKIMAGE_LOOK_H

#include <taproot.h>

#include "mkimage/image/image.h"
#include "mkimage/lib/attr.h"
#include "mkimage/lib/pool.h"

struct node {
  size_t parent;    /* index; the root's is its own, 0 */
  const char *name; /* one component, NUL-terminated; "" for the root */
  size_t first;     /* index of the first name of the same inode */
  size_t end;       /* index behind the last node below this one */
  taproot_ino ino;
  struct taproot_stat st;
  const char *target; /* of a symlink, else NULL; NUL-terminated */
  size_t target_len;
};

struct look {
  struct image im;
  struct taproot *t; /* NULL before look_unpack, which starts one where the caller has not */
  struct taproot_report report;
  struct taproot_flaw flaw; /* what is damaged, after a failure */
  struct node *node;
  size_t nodes, room;
  char *path; /* the last look_path */
  size_t path_room;
  struct pool pool;
};

/* Opens; "-" is standard input.  EXIT_DONE, or the status with the error said.  Close it in either case. */
int look_open(struct look *l, const struct say *say, const char *path);
void look_close(struct look *l);

/* Checks the digest of every archive of an image. */
int look_digests(struct look *l, const struct say *say);

/* Digests, then the kernel's unpacker.  The same returns; l->flaw tells what is damaged. */
int look_unpack(struct look *l, const struct say *say);

/* Fills the list of nodes after look_unpack. */
int look_list(struct look *l, const struct say *say);

/* Opens, unpacks and lists. */
int look_tree(struct look *l, const struct say *say, const char *path);

/* Its extended attributes, copied into the pool: those whose value the machine's root can get.  False: no memory. */
bool look_attrs(struct look *l, const struct node *n, struct pool *pool, struct attr **list);

/* The path of a node ("a/b", "." for the root); lives until the next call.  NULL: no memory. */
const char *look_path(struct look *l, size_t i);

/* The node a path leads to, as a program in the machine would reach it, not following a symlink at its end; SIZE_MAX
 * when there is none, with the reason in *why (negative). */
size_t look_find(struct look *l, const char *path, int *why);

#endif
