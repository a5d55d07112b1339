/* mkimage/view/view.h - a tree to be shown, compared or digested, wherever it comes from.
 *
 * Of an image, or of a bare archive that the kernel reads, it is what the
 * machine will see, through the kernel's own unpacker; of a directory, a container image or
 * another archive, what would be packed of it.  Entries stand in path order: a directory, then what is in
 * it, names in byte order.
 */
#ifndef MKIMAGE_VIEW_H
#define MKIMAGE_VIEW_H

#include "mkimage/look/look.h"
#include "mkimage/look/show.h"
#include "mkimage/tree/tree.h"

struct view_entry {
  const char *path; /* "a/b", "." for the root, which is always there and first */
  size_t first;     /* index of the first name of the same inode */
  size_t end;       /* index behind the last entry below this one */
  uint32_t mode;    /* type and bits, as MODE_* of formats/archive.h */
  uint32_t uid, gid;
  uint32_t rdev_major, rdev_minor;
  uint64_t nlink;
  int64_t mtime;
  uint32_t mtime_ns;              /* 0 where the packing has none */
  const struct attr *attrs;       /* extended attributes, by name */
  uint64_t size;                  /* of a file's content, of a symlink's target; else 0 */
  const char *target;             /* of a symlink, else NULL; NUL-terminated */
  taproot_ino ino;                /* where the content is: in the file system of the look ... */
  const struct tree_inode *inode; /* ... or in the tree */
};

struct view {
  const char *name;  /* as it was named, "standard input" for "-" */
  struct look *look; /* NULL: it is a tree's */
  struct tree *tree; /* NULL: it is a look's */
  struct view_entry *entry;
  size_t entries;
  struct look own_look;
  struct tree own_tree;
  struct pool pool; /* paths */
};

/* What a path names.  `recipe` is applied to a directory, or NULL: it is taken as it is, with the extended attributes
 * that are packed by default.  All return EXIT_DONE or the
 * status with the error said; close it in either case. */
int view_open(struct view *v, const struct say *say, const char *path, const struct recipe *recipe);

/* Over what the caller has and keeps: a look that is listed, a tree that is finished. */
int view_of_look(struct view *v, const struct say *say, struct look *l);
int view_of_tree(struct view *v, const struct say *say, struct tree *t, const char *name);

void view_close(struct view *v);

/* Is it a finished image, whose recipe may be asked for (recipe_of_image on v->look->im)? */
bool view_is_image(const struct view *v);

/* The entry with this clean path, SIZE_MAX: none. */
size_t view_find(const struct view *v, const char *path);

/* The entry that a path leads to inside the tree, symlinks on the way followed, one at its end not.  SIZE_MAX: none,
 * with the reason in *why (negative). */
size_t view_reach(const struct view *v, const char *path, int *why);

/* For show_line and show_object. */
struct show view_show(const struct view_entry *e);

/* The last component of an entry's path; "" of the root. */
const char *view_base(const struct view_entry *e);

/* Content of a regular file, piece by piece. */
struct view_file {
  const struct view *v;
  const struct say *say;
  const struct view_entry *e;
  uint64_t at;
};
void view_file_open(struct view_file *f, const struct say *say, const struct view *v, const struct view_entry *e);
/* *got is 0 at the end only.  A file that is not as it was when the tree was read is an error, too. */
int view_file_read(struct view_file *f, uint8_t *out, size_t n, size_t *got);

#endif
