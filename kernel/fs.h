/* kernel/fs.h - what a file system promises: look up, make, span, list.
 *
 * vfscore calls it, ramfs fulfils it, boot introduces them.  All calls are on
 * inodes; a path is resolved above.  Permissions are checked above, too.  Names
 * are (pointer, length), 1..LIMIT_NAME bytes without '/' and NUL, never "." or "..".
 * Calls return 0 or a code of formats/err.h with Linux's meaning for the same call.
 *
 * Lifetime: an inode lives while it has links or holds.  A pointer that a call
 * returns without saying otherwise is borrowed: good until the next call that
 * changes the tree; fs_hold() makes it last.
 */
#ifndef KERNEL_FS_H
#define KERNEL_FS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "formats/err.h"
#include "formats/limits.h"
#include "kernel/mem/arena.h"

struct fs;
struct inode;

struct stamp { /* a moment; 12 bytes, for each inode has three */
  int64_t s;
  uint32_t ns;
} __attribute__((packed, aligned(4)));

/* The attributes of every inode, embedded first in a file system's own.  Only
 * the file system and fs_* calls write to it, except mode/uid/gid/stamps, which vfscore and the
 * unpacker set directly. */
struct inode {
  struct fs *fs;
  uint64_t ino;
  uint64_t size; /* bytes; of a symlink: of its target; of a directory: of no meaning outside */
  uint32_t mode; /* type and bits (MODE_* of formats/archive.h) */
  uint32_t uid, gid;
  uint32_t rdev_major, rdev_minor;
  uint32_t nlink;        /* directories: 2 + subdirectories */
  uint32_t holds;        /* open files, working directories, mappings */
  uint32_t own : 31;     /* the file system's own count */
  uint32_t linkable : 1; /* vfscore: born without a name (O_TMPFILE), may still get one */
  void *extra;           /* vfscore's own, per inode: record locks, a FIFO's pipe; NULL at birth */
  struct stamp atime, mtime, ctime;
};

struct fs_make {
  uint32_t mode, uid, gid; /* mode with type */
  uint32_t rdev_major, rdev_minor;
  const void *data; /* symlink: its target, not NUL-terminated; regular file: its content, a slice of `arena` */
  uint64_t size;
  struct arena *arena; /* regular file: it adopts its content at once; NULL: it is empty */
  struct stamp now;
  const struct stamp *mtime; /* its mtime and atime, and its directory's mtime stays; NULL: all of them are now */
};

struct fs_space {
  uint64_t bytes, bytes_free, inodes;
};

/* A directory entry as list() reports it. */
struct fs_name {
  const char *name;
  size_t len;
  struct inode *inode;
  uint64_t next; /* cookie with which the listing goes on behind this entry */
};

struct fs_ops {
  const char *name;

  /* The entry of a directory.  ERR_NOENT. */
  int (*look)(struct inode *dir, const char *name, size_t len, struct inode **out);
  /* A new inode under a new name.  ERR_EXIST, ERR_NOMEM. */
  int (*make)(struct inode *dir, const char *name, size_t len, const struct fs_make *how, struct inode **out);
  /* An inode without a name (O_TMPFILE, unlinked from birth), held once. */
  int (*make_loose)(struct fs *fs, const struct fs_make *how, struct inode **out);
  int (*link)(struct inode *dir, const char *name, size_t len, struct inode *target, struct stamp now);
  /* Removes a name; a directory must be empty (ERR_NOTEMPTY). */
  int (*unlink)(struct inode *dir, const char *name, size_t len, struct stamp now);
  /* Moves a name, replacing what is there (types and emptiness were checked above); exchange swaps the two. Moving
   * a directory below itself was refused above. */
  int (*rename)(struct inode *from, const char *name, size_t len, struct inode *to, const char *name2, size_t len2,
                bool exchange, struct stamp now);

  /* Lists from a cookie on (0: the start) until `each` returns nonzero, which is then returned.  "." and ".."
   * are not among them.  Entries that stay are listed exactly once, whatever else is
   * made or removed between two calls. */
  int (*list)(struct inode *dir, uint64_t cookie, int (*each)(void *arg, const struct fs_name *n), void *arg);
  /* A directory's parent (itself for the root) and its own name in it (len 0 for the root, or when it is unlinked). */
  struct inode *(*parent)(struct inode *dir, const char **name, size_t *len);

  /* A symlink's target; inode->size bytes, good while the inode lives. */
  const char *(*target)(struct inode *link);

  /* The bytes of a file from `offset` on that lie in one piece, at most `most`: *n of them at
   * the returned pointer, for reading.  NULL with *n > 0: that many zeros (a hole).  *n = 0: end of file. */
  const uint8_t *(*span)(struct inode *file, uint64_t offset, uint64_t most, uint64_t *n);
  /* The same for writing: storage is made where there is none (new storage is zero), slices of
   * an arena are replaced by storage of the file's own; the size grows only by resize(), before or after.  No memory:
   * NULL with *n = 0. */
  uint8_t *(*span_for_write)(struct inode *file, uint64_t offset, uint64_t most, uint64_t *n);
  /* Sets the size: cut bytes are gone (zero when it grows again), new ones read as zero. */
  int (*resize)(struct inode *file, uint64_t size);
  /* Frees the storage of [offset, offset + n); it reads as zero. */
  int (*punch)(struct inode *file, uint64_t offset, uint64_t n);
  /* Next data (hole = false) or hole at or behind offset, for SEEK_DATA and SEEK_HOLE. */
  int64_t (*seek)(struct inode *file, uint64_t offset, bool hole);
  /* 512-byte blocks in use. */
  uint64_t (*blocks)(const struct inode *i);

  /* The frame that holds page `index` of a file, with one owner added for the caller (who gives it back by pages_give).
   * shared: the frame is the file's own page, and writes through it are writes to the file; it is
   * made so when it is not yet.  Not shared: a frame whose bytes are the file's, zero behind its end,
   * to be read only; ERR_AGAIN when there is no such frame (unaligned slice, hole, tail
   * shared with other bytes): the caller then copies. ERR_NXIO behind the end of the file. */
  int (*frame)(struct inode *file, uint64_t index, bool shared, phys_t *frame);

  /* The file's content becomes this slice of an arena (held by the call); what it had is dropped. */
  int (*adopt)(struct inode *file, struct arena *arena, const void *data, uint64_t n);

  /* Extended attributes of any inode; names of 1..LIMIT_ATTR_NAME bytes, values of any.  get: the value's size, the
   * value borrowed until the next set or remove.  ERR_NODATA: there is none of that name; ERR_NOMEM: nothing changed.
   * list goes on until `each` returns nonzero, which is then returned; drop removes all. */
  int64_t (*xattr_get)(struct inode *i, const char *name, size_t len, const uint8_t **value);
  int (*xattr_set)(struct inode *i, const char *name, size_t len, const void *value, size_t n);
  int (*xattr_remove)(struct inode *i, const char *name, size_t len);
  int (*xattr_list)(struct inode *i, int (*each)(void *arg, const char *name, size_t len), void *arg);
  void (*xattr_drop)(struct inode *i);

  /* No links and no holds are left: everything of the inode goes. */
  void (*forget)(struct inode *i);

  void (*space)(struct fs *fs, struct fs_space *out);
  void (*stop)(struct fs *fs); /* gives everything back */
};

struct fs {
  const struct fs_ops *ops;
  struct inode *root;
  uint64_t dev; /* device number that stat reports */
};

static inline struct inode *fs_hold(struct inode *i) {
  i->holds++;
  return i;
}
static inline void fs_let_go(struct inode *i) {
  if (--i->holds == 0 && i->nlink == 0) i->fs->ops->forget(i);
}

#endif
