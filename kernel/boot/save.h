/* kernel/boot/save.h - what a program left in a file system, as one cpio archive (newc).
 *
 * Entries come in the order of the directories, a directory before what is in it, with the directories on the way to
 * what is asked for.  The content of a hard link stands with the first of its names.  Nothing is allocated.
 * Whatever newc cannot hold is left out and told.
 */
#ifndef KERNEL_BOOT_SAVE_H
#define KERNEL_BOOT_SAVE_H

#include "kernel/fs.h"

enum { SAVE_DEPTH = LIMIT_PATH / 2 + 1 }; /* directories on a path of one-letter names, and the root */

struct save {
  struct inode *root;
  void (*put)(void *owner, const void *bytes, size_t n);
  void (*lend)(void *owner, const uint8_t *bytes, uint64_t n);  /* the same, of a file: stays as it is; NULL: zeros */
  void (*tell)(void *owner, const char *path, const char *why); /* something is left out */
  /* An extended attribute of the entry at `path`, which newc does not hold; false: nobody takes it. */
  bool (*attr)(void *owner, const char *path, const char *name, size_t len, const uint8_t *value, uint64_t n);
  bool (*skip)(void *owner, const char *path, const struct inode *i); /* not to be told, and not below it */
  void *owner;

  uint64_t entries, left_out; /* out */

  /* its own */
  uint64_t at;                 /* bytes written */
  size_t len;                  /* of the path of the entry at hand, "" for the root */
  char path[LIMIT_PATH];       /* without a slash in front */
  uint64_t cookie[SAVE_DEPTH]; /* how far the directories on that path are listed */
};

/* The entry of this path, the directories on the way, and all that is below; symbolic links are not followed.  The last
 * call is save_end.  Writes to the inodes' access times: only for a machine that is about to end. */
void save_path(struct save *s, const char *path);
void save_end(struct save *s);

#endif
