/* kernel/ramfs/ramfs_inner.h - how ramfs lays out its inodes; private to the room.
 *
 * Floor 4.  ramfs.c: instance and inodes; names.c: a directory's names; rows.c:
 * arrays that grow by pages; extents.c: a file's own pages; content.c: its bytes; xattrs.c: extended attributes.
 * A small file costs one block of the heap, an inode of 136 bytes with its first name of 18 + its length, and 8 bytes
 * of tables, 12 once its directory was searched.
 */
#ifndef KERNEL_RAMFS_RAMFS_INNER_H
#define KERNEL_RAMFS_RAMFS_INNER_H

#include "formats/archive.h"
#include "formats/bytes.h"
#include "kernel/mem/heap.h"
#include "kernel/mem/pages.h"
#include "kernel/ramfs/ramfs.h"

/* The extended attributes of all inodes: xattrs.c. */
struct xattr;
struct xattrs {
  struct xattr **bucket; /* NULL: there are none */
  uint32_t buckets, count;
};

struct ramfs {
  struct fs fs;
  struct heap *heap;
  struct pages *pages;
  uint8_t *direct;
  uint64_t last_ino;
  uint64_t inodes;
  struct xattrs xattrs;
};

/* An array in pieces of one page: growing copies nothing and needs no contiguous memory.  The first piece begins
 * small. */
struct rows {
  uint8_t **piece;
  uint32_t pieces; /* pieces that are there */
  uint32_t room;   /* elements that they hold */
};

/* A name.  Its slot number is its place in a listing for as long as it lives.  The one that an inode is made with lies
 * in the inode's own block: it names that inode alone, and goes before it. */
struct dentry {
  struct inode *inode;
  uint32_t hash; /* this and next: once it is filed in a bucket */
  uint32_t next; /* slot + 1 of the next in the bucket, 0: none */
  uint8_t len;
  bool inborn; /* in its inode's block */
  char name[];
};

enum { SLOTS_MOST = 0x7ffffe00 }; /* whole pages of slots: there is never room for more */

struct names {
  struct rows slots;   /* uint64_t: a struct dentry *, or a free slot's links (odd) */
  struct rows buckets; /* uint32_t: slot + 1 of the first dentry */
  uint32_t top;        /* slots below it have been used; the last of them is not free */
  uint32_t live;
  uint32_t bucket_count;
  uint32_t filed;          /* the dentries of slots from here on are in no bucket yet */
  uint32_t free;           /* slot + 1 of the first free slot below top */
  struct dentry *greatest; /* no name sorts behind it; NULL: not known */
};

/* What a file holds: a slice of an arena, overlaid by pages of its own. */
struct content {
  struct arena *arena; /* NULL: no slice */
  const uint8_t *slice;
  uint64_t slice_len : 56; /* file bytes [0, slice_len) are the slice's where no page lies above it */
  uint64_t height : 8;     /* of the page tree */
  uint64_t root;           /* its root: 0, a page | 1, or a node */
};

struct rnode {
  struct inode i; /* i.own: pages of its own that do not overlay the slice */
  union {
    struct content content;
    struct {
      struct names names;
      struct inode *parent;
      struct dentry *self; /* its own name in the parent; NULL: the root, or removed */
    } dir;
    char target[1]; /* as many as i.size */
  } u;
};

static inline struct ramfs *ramfs_of(const struct inode *i) { return (struct ramfs *)i->fs; }
static inline struct rnode *rnode_of(const struct inode *i) { return (struct rnode *)i; }
static inline bool ramfs_is(const struct inode *i, uint32_t type) { return (i->mode & MODE_TYPE) == type; }

/* --- rows.c: elements of `size` bytes, a power of two ---------------------- */
int rows_grow(struct heap *h, struct rows *r, uint32_t count, uint32_t size); /* count > room */
/* Room for count elements of arbitrary content; ERR_NOMEM. */
static inline int rows_reach(struct heap *h, struct rows *r, uint32_t count, uint32_t size) {
  return count <= r->room ? 0 : rows_grow(h, r, count, size);
}
/* Inline: with a constant size the divisions are shifts, and look-up is on the unpacker's hottest path. */
static inline void *rows_at(const struct rows *r, uint32_t i, uint32_t size) {
  uint32_t per = PAGE / size;
  return r->piece[i / per] + (size_t)(i % per) * size;
}
void rows_cut(struct heap *h, struct rows *r, uint32_t count, uint32_t size); /* room beyond count may go */
void rows_drop(struct heap *h, struct rows *r);

/* --- names.c ----------------------------------------------------------------- */
struct dentry *names_look(struct heap *h, struct names *n, const char *name, size_t len);
/* Whether name a sorts behind name b, byte by byte; the last words compared may overlap those before. */
static inline bool sorts_behind(const char *a, size_t a_len, const char *b, size_t b_len) {
  const uint8_t *p = (const uint8_t *)a, *q = (const uint8_t *)b;
  size_t i = 0, common = a_len < b_len ? a_len : b_len;
  uint64_t x = 0, y = 0;
  if (common >= 8) {
    while ((x = bytes_le64(p + i)) == (y = bytes_le64(q + i)) && common - i > 16) i += 8;
    if (x == y) x = bytes_le64(p + common - 8), y = bytes_le64(q + common - 8);
    return x == y ? a_len > b_len : __builtin_bswap64(x) > __builtin_bswap64(y);
  }
  for (; i < common; i++)
    if (p[i] != q[i]) return p[i] > q[i];
  return a_len > b_len;
}

/* Whether a name sorts behind all that are there.  Inline, with names_push: the way of each entry of a sorted archive.
 */
static inline bool names_behind(const struct names *n, const char *name, size_t len) {
  return n->greatest ? sorts_behind(name, len, n->greatest->name, n->greatest->len) : n->live == 0;
}
/* Whether a name is not there.  Not for one that names_behind told of. */
bool names_lack(struct heap *h, struct names *n, const char *name, size_t len);
/* Bytes of a dentry. */
static inline size_t dentry_bytes(size_t len) { return offsetof(struct dentry, name) + len; }
static inline void dentry_start(struct dentry *d, const char *name, size_t len, bool inborn) {
  d->len = (uint8_t)len;
  d->inborn = inborn;
  bytes_copy(d->name, name, len);
}
/* A name behind all others goes in; false: not done, for want of room. */
static inline bool names_push(struct names *n, struct dentry *d) {
  uint32_t slot = n->top;
  if (n->free || slot >= n->slots.room) return false;
  *(uint64_t *)rows_at(&n->slots, slot, sizeof(uint64_t)) = (uint64_t)(uintptr_t)d;
  n->top = slot + 1;
  n->live++;
  n->greatest = d;
  return true;
}
/* A name that is lacking goes in; `last`: behind all others.  ERR_NOMEM. */
int names_put(struct heap *h, struct names *n, struct dentry *d, bool last);
/* A name with a block of its own, whose inode the caller sets: in no directory yet; NULL: no memory. */
struct dentry *names_make(struct heap *h, const char *name, size_t len);
/* The same in a directory.  ERR_EXIST, ERR_NOMEM. */
int names_add(struct heap *h, struct names *n, const char *name, size_t len, struct dentry **out);
/* `fresh`, of the same name, takes the place of d, which goes. */
void names_replace(struct heap *h, struct names *n, struct dentry *d, struct dentry *fresh);
void names_remove(struct heap *h, struct names *n, struct dentry *d);
/* The entry at the highest slot below *slot, or NULL; *slot becomes its slot. */
struct dentry *names_below(const struct names *n, uint32_t *slot);
void names_drop(struct heap *h, struct names *n);

/* --- extents.c: pages by index ------------------------------------------------- */
enum { EXTENT_BITS = 6, EXTENT_FAN = 1 << EXTENT_BITS };
/* The entry of page `index` with those that follow it in its leaf (*left, itself included); NULL: none there.
 * An entry is 0 or the page's address | 1. */
uint64_t *extents_at(const struct content *c, uint64_t index, uint64_t *left);
/* The same; nodes are made.  NULL: no memory. */
uint64_t *extents_make(struct heap *h, struct content *c, uint64_t index, uint64_t *left);
/* The first index >= index whose page is there; UINT64_MAX: none. */
uint64_t extents_next(const struct content *c, uint64_t index);
/* Gives back the pages from index `from` on, below `to`; counts in *overlays those below `slice_pages`. Returns
 * how many went. */
uint64_t extents_cut(struct ramfs *r, struct content *c, uint64_t from, uint64_t to, uint64_t slice_pages,
                     uint64_t *overlays);

/* --- content.c: the fs_ops on files ---------------------------------------------- */
const uint8_t *content_span(struct inode *f, uint64_t offset, uint64_t most, uint64_t *n);
uint8_t *content_span_for_write(struct inode *f, uint64_t offset, uint64_t most, uint64_t *n);
int content_resize(struct inode *f, uint64_t size);
int content_punch(struct inode *f, uint64_t offset, uint64_t n);
int64_t content_seek(struct inode *f, uint64_t offset, bool hole);
uint64_t content_blocks(const struct inode *f);
int content_frame(struct inode *f, uint64_t index, bool shared, phys_t *frame);
int content_adopt(struct inode *f, struct arena *arena, const void *data, uint64_t n);
void content_drop(struct inode *f);

/* --- xattrs.c: the fs_ops on extended attributes --------------------------------------- */
int64_t xattrs_get(struct inode *i, const char *name, size_t len, const uint8_t **value);
int xattrs_set(struct inode *i, const char *name, size_t len, const void *value, size_t n);
int xattrs_remove(struct inode *i, const char *name, size_t len);
int xattrs_list(struct inode *i, int (*each)(void *arg, const char *name, size_t len), void *arg);
void xattrs_drop(struct inode *i);

#endif
