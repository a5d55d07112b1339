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
  size_t top;    /* this node stands for the directory; only what is below it is made */
  int root;      /* descriptor of the directory */
  bool own_root; /* it was made here, or was empty: it gets the attributes of `top` */
  bool owner;    /* owners are set (as root only) */
  bool no_times;
  mode_t mask; /* what is set of a mode */
  bool skip_devices, skip_xattrs;
  int parent; /* descriptor of the directory of the last node; -1: none */
  size_t parent_node;
  int status; /* the worst that was said of devices and attributes */
  struct pool pool;
  struct attr *attrs; /* of the last node */
};

/* The directory, made when it is not there; a symbolic link to it is followed when `follow` says so, else anything that
 * is no directory is replaced by one.  All of these: EXIT_DONE, or the status with the error said. */
int extract_open(struct extract *x, const char *dir, bool follow);
void extract_close(struct extract *x);

/* All below `top`, and its attributes.  The umask must be 0. */
int extract_tree(struct extract *x);

/* Node i, which is no directory, as `name` in the directory. */
int extract_alone(struct extract *x, size_t i, const char *name);

/* Makes node i; directories are made writable and get their attributes later. */
int extract_node(struct extract *x, size_t i);

/* Owner, mode and time of directory i, after all that is in it. */
int extract_finish(struct extract *x, size_t i);

#endif
