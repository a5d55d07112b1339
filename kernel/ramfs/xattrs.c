/* kernel/ramfs/xattrs.c - extended attributes, beside the inodes.
 *
 * Floor 4, part of ramfs' fs_ops.  One table of all attributes of the instance, by inode and name, so that inodes
 * without any pay nothing.  Those of one inode hang in a circle, in the order in which they were first set; it begins
 * at a row of its own without a name.
 */
#include <string.h>

#include "kernel/ramfs/ramfs_inner.h"

struct xattr {
  struct xattr *chain;         /* in its bucket */
  struct xattr *next, *before; /* in the inode's circle */
  const struct inode *inode;
  uint32_t hash, size;
  uint8_t len;  /* 0: where the circle begins */
  char bytes[]; /* the name, then the value */
};

enum { FIRST_BUCKETS = 16 };

/* --- the table --------------------------------------------------------------- */

static uint32_t hash_of(const struct inode *i, const char *name, size_t len) {
  uint64_t h = (uintptr_t)i;
  for (size_t k = 0; k < len; k++) h = (h ^ (uint8_t)name[k]) * 0x100000001b3;
  return (uint32_t)(h * 0x9e3779b97f4a7c15 >> 32);
}

static struct xattr **bucket_of(const struct xattrs *t, uint32_t hash) { return &t->bucket[hash & (t->buckets - 1)]; }

static struct xattr *find(const struct inode *i, const char *name, size_t len) {
  const struct xattrs *t = &ramfs_of(i)->xattrs;
  if (t->buckets == 0) return NULL;
  uint32_t hash = hash_of(i, name, len);
  struct xattr *x = *bucket_of(t, hash);
  while (x && (x->hash != hash || x->inode != i || x->len != len || memcmp(x->bytes, name, len) != 0)) x = x->chain;
  return x;
}

static void file_in(struct xattrs *t, struct xattr *x) {
  struct xattr **bucket = bucket_of(t, x->hash);
  x->chain = *bucket;
  *bucket = x;
}

/* Without memory for a larger table the old one does, with longer chains. */
static void grow(struct ramfs *r) {
  struct xattrs *t = &r->xattrs, more = {.buckets = t->buckets ? t->buckets * 2 : FIRST_BUCKETS, .count = t->count};
  more.bucket = heap_take_zero(r->heap, more.buckets * sizeof(struct xattr *));
  if (!more.bucket) return;
  for (uint32_t b = 0; b < t->buckets; b++)
    for (struct xattr *x = t->bucket[b], *next; x; x = next) {
      next = x->chain;
      file_in(&more, x);
    }
  heap_give(r->heap, t->bucket);
  *t = more;
}

/* --- one of them ------------------------------------------------------------------ */

/* A circle of itself; NULL: no memory. */
static struct xattr *make(const struct inode *i, const char *name, size_t len, const void *value, size_t n) {
  struct ramfs *r = ramfs_of(i);
  if (r->xattrs.count >= r->xattrs.buckets) grow(r);
  struct xattr *x = r->xattrs.buckets > 0 ? heap_take(r->heap, sizeof *x + len + n) : NULL;
  if (!x) return NULL;
  *x = (struct xattr){.inode = i, .hash = hash_of(i, name, len), .size = (uint32_t)n, .len = (uint8_t)len};
  x->next = x->before = x;
  memcpy(x->bytes, name, len);
  if (n > 0) memcpy(x->bytes + len, value, n);
  file_in(&r->xattrs, x);
  r->xattrs.count++;
  return x;
}

static void drop(struct ramfs *r, struct xattr *x) {
  struct xattr **at = bucket_of(&r->xattrs, x->hash);
  while (*at != x) at = &(*at)->chain;
  *at = x->chain;
  x->before->next = x->next;
  x->next->before = x->before;
  heap_give(r->heap, x);
  r->xattrs.count--;
}

/* A circle without attributes goes, and a table without circles. */
static void tidy(const struct inode *i) {
  struct ramfs *r = ramfs_of(i);
  struct xattr *circle = find(i, "", 0);
  if (circle && circle->next == circle) drop(r, circle);
  if (r->xattrs.count > 0) return;
  heap_give(r->heap, r->xattrs.bucket);
  r->xattrs = (struct xattrs){0};
}

/* --- the calls ---------------------------------------------------------------------- */

int64_t xattrs_get(struct inode *i, const char *name, size_t len, const uint8_t **value) {
  const struct xattr *x = find(i, name, len);
  if (!x) return ERR_NODATA;
  *value = (const uint8_t *)x->bytes + len;
  return x->size;
}

int xattrs_set(struct inode *i, const char *name, size_t len, const void *value, size_t n) {
  struct xattr *old = find(i, name, len), *circle = find(i, "", 0), *x = NULL;
  if (!circle) circle = make(i, "", 0, NULL, 0);
  if (circle) x = make(i, name, len, value, n);
  if (x) {
    x->next = circle;
    x->before = circle->before;
    x->before->next = circle->before = x;
    if (old) drop(ramfs_of(i), old);
  }
  tidy(i);
  return x ? 0 : ERR_NOMEM;
}

int xattrs_remove(struct inode *i, const char *name, size_t len) {
  struct xattr *x = find(i, name, len);
  if (!x) return ERR_NODATA;
  drop(ramfs_of(i), x);
  tidy(i);
  return 0;
}

int xattrs_list(struct inode *i, int (*each)(void *arg, const char *name, size_t len), void *arg) {
  const struct xattr *circle = find(i, "", 0);
  int rc = 0;
  if (!circle) return 0;
  for (const struct xattr *x = circle->next; rc == 0 && x != circle; x = x->next) rc = each(arg, x->bytes, x->len);
  return rc;
}

void xattrs_drop(struct inode *i) {
  struct xattr *circle = find(i, "", 0);
  if (!circle) return;
  while (circle->next != circle) drop(ramfs_of(i), circle->next);
  tidy(i);
}
