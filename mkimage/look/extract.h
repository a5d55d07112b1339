/* mkimage/look/extract.h - makes the nodes of a tree below one directory, and never outside it.
 *
 * Every name is made relative to a descriptor of its parent, and parents are
 * reached with openat2 below the one directory and through no symlink, whatever
 * stands in it already.
 */
#ifndef MKIMAGE_EXTRACT_H
#define MKIMAGE_EXTRACT_H

#include "mkimage/look/look.h"

struct extract {
  struct look *look;
  const struct say *say;
  int root;      /* descriptor of the directory */
  bool own_root; /* it was made here, or was empty: it gets the root's attributes */
  bool owner;    /* owners are set (as root only) */
  bool skip_devices;
  int parent; /* descriptor of the directory of the last node; -1: none */
  size_t parent_node;
  int status; /* the worst that was said of devices */
};

/* Makes node i; directories are made writable and get their attributes later.  EXIT_DONE, or the
 * status with the error said. */
int extract_node(struct extract *x, size_t i);

/* Owner, mode and time of directory i, after all that is in it. */
int extract_finish(struct extract *x, size_t i);

void extract_close(struct extract *x);

#endif
