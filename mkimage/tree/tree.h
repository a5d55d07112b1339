/* mkimage/tree/tree.h - a rootfs as the sorted list of entries that goes into an archive.
 *
 * From a directory, a cpio, tar or zip archive in any compression, another
 * image, or "-" (one of these on standard input); what it is is told by its
 * bytes.  The recipe's exclude, files, owner, mtime, format and xattrs are applied.  Names stand in path order:
 * component by component in byte order, so a parent stands before what is in it.  Contents stay where they are until
 * tree_read.
 */
#ifndef MKIMAGE_TREE_H
#define MKIMAGE_TREE_H

#include <sys/stat.h>

#include "mkimage/config/launch.h"
#include "mkimage/config/recipe.h"
#include "mkimage/lib/attr.h"
#include "mkimage/lib/pool.h"
#include "mkimage/lib/say.h"

enum tree_place { TREE_NOWHERE, TREE_MEMORY, TREE_DISK, TREE_SPOOL, TREE_LOOK };

/* Of a file of the disk, to know it again: with the inode's size, and what a change of it changes. */
struct tree_seen {
  uint64_t dev, ino;
  int64_t mtime, ctime;
  uint32_t mtime_ns, ctime_ns;
};

struct tree_inode {
  uint32_t number; /* from 1, in path order of the first name */
  bool placed;     /* its last name has been found */
  uint32_t nlink;  /* names in the tree; directories: 2 + directories in it */
  uint32_t mode;   /* type and bits, as MODE_* of formats/archive.h */
  uint32_t uid, gid;
  uint32_t rdev_major, rdev_minor;
  int64_t mtime;
  uint32_t mtime_ns;  /* 0 where the archive's format has none */
  const char *first;  /* its first name in path order */
  struct attr *attrs; /* those that are packed */
  uint64_t size;      /* of the content; of a symlink's target */
  const char *target; /* of a symlink, NUL-terminated */

  enum tree_place place; /* where the content is */
  const uint8_t *bytes;  /* TREE_MEMORY */
  uint64_t offset;       /* TREE_SPOOL */
  uint64_t ino;          /* TREE_LOOK */
  const char *disk;      /* TREE_DISK: path below root_fd, or from the root of the host on ... */
  struct tree_seen seen; /* ... and how it looked when the tree was read */
};

struct tree_name {
  const char *path; /* "a/b", "." for the root, which is always there and first */
  struct tree_inode *inode;
  uint32_t layer; /* while layers are put together: the number of the last that had it */
  bool last;      /* the last name of its inode in path order: the content goes here */
};

struct tree {
  struct tree_name *name;
  size_t names, room;
  int root_fd, spool_fd; /* -1: none */
  uint64_t spool_size;
  int status;             /* the worst that was said so far */
  struct launch launch;   /* what the rootfs says is to be run; of a container image, or of an image of ours */
  bool by_machine;        /* the rootfs was chosen among several, by the machine that it is for */
  bool pax;               /* its archive is one: see tree_format */
  void *index;            /* while it is built: path -> name, for archives */
  struct ignore *ignore;  /* .mkimageignore of the directory that it is read from, or NULL */
  struct tree_look *look; /* an unpacked image that contents are read from */
  struct pool pool;
};

/* EXIT_DONE, or the status with every error said.  Drop it in either case. */
int tree_load(struct tree *t, const struct say *say, const char *rootfs, const struct recipe *r);
void tree_drop(struct tree *t);

/* Hands the content of a regular file over, piece by piece; a nonzero return of `take` ends it and is returned.
 * A file that is not as it was when the tree was read is an error (EXIT_UNFIT), said. */
int tree_read(const struct tree *t, const struct say *say, const struct tree_inode *n,
              int (*take)(void *arg, const uint8_t *bytes, size_t count), void *arg);

/* `size` bytes of the content from `offset` on, which must lie in it; several threads may call it at once.  A status,
 * the error said; also when the file is not as it was. */
int tree_read_at(const struct tree *t, const struct say *say, const struct tree_inode *n, uint64_t offset,
                 uint8_t *bytes, size_t size);

/* Settles the format of a tree that is finished: what that cannot hold is an error (EXIT_UNFIT) for each entry, said,
 * or left out: fractions of seconds, and attributes with a warning.  tree_load did it. */
int tree_format(struct tree *t, const struct say *say, const struct recipe *r);

/* The name with this clean path, or NULL. */
const struct tree_name *tree_find(const struct tree *t, const char *path);

/* Path order: <0, 0, >0. */
int tree_compare(const char *a, const char *b);

#endif
