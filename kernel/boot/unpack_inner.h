/* kernel/boot/unpack_inner.h - the unpacker's pieces; private to unpack*.c.
 *
 * unpack.c: which archives there are; unpack_input.c: the stored bytes and their pages; unpack_stream.c: decoding into
 * an arena; unpack_tree.c: an entry becomes an inode; unpack_links.c: which entries are one inode.
 */
#ifndef KERNEL_BOOT_UNPACK_INNER_H
#define KERNEL_BOOT_UNPACK_INNER_H

#include "kernel/boot/unpack.h"

/* The input as a source.  Its pages are of three kinds, in this order: those below `gone` went back; those below
 * `owned` belong to us; the rest lies busy. */
struct unpack_source {
  struct source source; /* first: give() finds the rest by it */
  const struct unpack_input *in;
  struct pages *pages;
  uint8_t *base;
  uint64_t end; /* of the last page */
  uint64_t gone, owned;
  struct unpack_report *report;
};

void unpack_source_open(struct unpack_source *s, const struct unpack_input *in, struct heap *heap, uint8_t *direct,
                        struct unpack_report *report);
/* Gives back whole pages below offset `upto`. */
void unpack_source_release(struct unpack_source *s, uint64_t upto);
/* Makes every page that is left ours.  0, ERR_NOMEM. */
int unpack_source_adopt(struct unpack_source *s);
/* Everything is read, or nobody will read on. */
void unpack_source_close(struct unpack_source *s);

/* A decoder's way to the heap. */
struct unpack_memory {
  struct codec_memory memory; /* first */
  struct heap *heap;
};

/* A growing stream: a decoder that writes into an arena. */
struct unpack_stream {
  struct stream stream;
  struct decoder decoder;
  struct arena *arena;
  struct unpack_memory memory;
  struct unpack_source *in;
  uint64_t limit; /* bytes it may have */
  bool wants;     /* the decoder said that it wants room */
  bool starved;   /* the room given is less than was wanted: memory is short */
};
/* Takes workspace and arena; `limit` UINT64_MAX: not known.  unpack_stream_close gives back what was taken.
 * 0 or the flaw's code. */
int unpack_stream_open(struct unpack_stream *s, struct unpack_source *in, struct plat *plat, struct heap *heap,
                       const struct codec *codec, uint64_t limit, struct flaw *flaw);
void unpack_stream_close(struct unpack_stream *s, struct heap *heap);
/* The offset of the first byte that is not zero, from `at` on; *ended: there is none. */
int unpack_stream_skip_zeros(struct stream *s, uint64_t *at, bool *ended, struct flaw *flaw);

/* Inodes that may have further names in the archive. */
struct unpack_link {
  uint64_t ino;
  uint32_t dev_major, dev_minor;
  struct inode *inode; /* held; NULL: an empty row */
};
struct unpack_links {
  struct unpack_link *row;
  size_t rows, used; /* rows: 0 or a power of two */
};
struct inode *unpack_links_find(const struct unpack_links *l, const struct entry *e);
int unpack_links_add(struct unpack_links *l, struct heap *heap, const struct entry *e, struct inode *i); /* ERR_NOMEM */
void unpack_links_drop(struct unpack_links *l, struct heap *heap);

/* Where entries go.  Per archive; `dir` is the directory of the entry before. */
struct unpack_tree {
  const struct archive *archive;
  struct fs *fs;
  struct heap *heap;
  struct flaw *flaw;
  struct fs_make how; /* `arena`, which the entries' data lies in, `now`, and `mtime` stay */
  struct stamp mtime; /* of the entry: how.mtime */
  struct inode *dir;  /* NULL: none is remembered */
  const char *dir_name;
  size_t dir_len; /* of its name in an entry's */
  bool straight;  /* no symlink led there: its parents are those of its name */
  struct unpack_links links;
};
/* The inode of an entry; the content of one without holes is the slice at `data`.  What the file system says. */
static inline int unpack_tree_make(struct unpack_tree *t, const struct entry *e, const uint8_t *data, struct inode *dir,
                                   const char *name, size_t len, struct inode **out) {
  t->how.mode = e->mode, t->how.uid = e->uid, t->how.gid = e->gid;
  t->how.rdev_major = e->rdev_major, t->how.rdev_minor = e->rdev_minor;
  t->how.data = data;
  t->how.size = e->size;
  t->mtime.s = e->mtime, t->mtime.ns = e->mtime_ns;
  return dir->fs->ops->make(dir, name, len, &t->how, out);
}

/* Makes the entry.  `data` is its content in the arena, already there.  0 or the flaw's code. */
int unpack_tree_place_any(struct unpack_tree *t, const struct entry *e, const uint8_t *data);

/* The same: what goes beside the entry before is made at once; when that fails, for whatever reason, the whole way
 * gets round it or finds the words. */
static inline int unpack_tree_place(struct unpack_tree *t, const struct entry *e, const uint8_t *data) {
  struct inode *made;
  bool beside = e->sibling && t->dir && t->dir_len == e->base;
  if (e->nlink > 1 && (e->mode & MODE_TYPE) != MODE_DIR) beside = false;
  if (beside && unpack_tree_make(t, e, data, t->dir, e->name + e->base, e->name_len - e->base, &made) == 0) return 0;
  return unpack_tree_place_any(t, e, data);
}

/* No memory, with what was wanted and what is left. */
int unpack_no_memory(struct flaw *flaw, struct pages *ps, uint64_t offset, uint64_t wanted, const char *reason);

#endif
