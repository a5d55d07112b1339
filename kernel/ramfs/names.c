/* kernel/ramfs/names.c - the names of one directory: hashed for look-up, in slots for listing.
 *
 * Floor 4.  Look-up is linear hashing: the table grows by one bucket per name, so no name pays for
 * a rehash.  A new name is only filed in its bucket when the directory is searched next, and one that sorts behind all
 * others is known to be new without a search: a sorted archive is unpacked without hashing anything.
 * A dentry keeps its slot while it lives and listings run from the highest slot down: what stays is
 * seen exactly once whatever else comes and goes, a cookie is a slot number, and a program
 * that makes names while it lists cannot chase its own additions, which land above.  Free slots are a
 * doubly linked list inside the slots, so that free ones at the top can go.
 */
#include <assert.h>
#include <string.h>

#include "formats/bytes.h"
#include "kernel/ramfs/ramfs_inner.h"

enum { BUCKETS_LEAST = 4, SLOTS_MOST = 0x7ffffffe };

static uint64_t hash_mix(uint64_t a) {
  unsigned __int128 p = (unsigned __int128)a * 0x9e3779b97f4a7c15u;
  return (uint64_t)p ^ (uint64_t)(p >> 64);
}

static uint32_t hash_of(const char *name, size_t len) {
  uint64_t h = len + 0x2545f4914f6cdd1du, w;
  for (; len >= 8; name += 8, len -= 8) {
    memcpy(&w, name, 8);
    h = hash_mix(h ^ w);
  }
  w = 0;
  for (size_t i = 0; i < len; i++) w |= (uint64_t)(uint8_t)name[i] << (8 * i);
  return (uint32_t)hash_mix(h ^ w);
}

/* --- slots --------------------------------------------------------------- */

static uint64_t *slot_at(const struct names *n, uint32_t slot) { return rows_at(&n->slots, slot, sizeof(uint64_t)); }
static bool slot_free(const struct names *n, uint32_t slot) { return *slot_at(n, slot) & 1; }
static struct dentry *slot_dentry(const struct names *n, uint32_t slot) {
  return (struct dentry *)(uintptr_t)*slot_at(n, slot);
}

/* A free slot holds prev and next (slot + 1) and a set lowest bit. */
static uint64_t links_pack(uint32_t prev, uint32_t next) { return (uint64_t)prev << 33 | (uint64_t)next << 1 | 1; }
static uint32_t links_prev(uint64_t links) { return (uint32_t)(links >> 33); }
static uint32_t links_next(uint64_t links) { return (uint32_t)(links >> 1) & 0x7fffffff; }

static void slot_put_free(struct names *n, uint32_t slot) {
  *slot_at(n, slot) = links_pack(0, n->free);
  if (n->free) {
    uint64_t *head = slot_at(n, n->free - 1);
    *head = links_pack(slot + 1, links_next(*head));
  }
  n->free = slot + 1;
}

static void slot_take_free(struct names *n, uint32_t slot) {
  uint32_t prev = links_prev(*slot_at(n, slot)), next = links_next(*slot_at(n, slot));
  if (next) *slot_at(n, next - 1) = links_pack(prev, links_next(*slot_at(n, next - 1)));
  if (prev)
    *slot_at(n, prev - 1) = links_pack(links_prev(*slot_at(n, prev - 1)), next);
  else
    n->free = next;
}

/* A slot for a new dentry; false: no memory. */
static bool slot_take(struct heap *h, struct names *n, uint32_t *slot) {
  if (n->free) {
    *slot = n->free - 1;
    slot_take_free(n, *slot);
    return true;
  }
  if (n->top == SLOTS_MOST || rows_reach(h, &n->slots, n->top + 1, sizeof(uint64_t))) return false;
  *slot = n->top++;
  return true;
}

static void slot_give(struct heap *h, struct names *n, uint32_t slot) {
  slot_put_free(n, slot);
  while (n->top && slot_free(n, n->top - 1)) slot_take_free(n, --n->top);
  rows_cut(h, &n->slots, n->top, sizeof(uint64_t));
}

/* --- buckets ----------------------------------------------------------------- */

static uint32_t *bucket_at(const struct names *n, uint32_t b) { return rows_at(&n->buckets, b, sizeof(uint32_t)); }

static uint32_t power_above(uint32_t n) { return n < 2 ? 1 : 1u << (32 - __builtin_clz(n - 1)); }

static uint32_t bucket_of(const struct names *n, uint32_t hash) {
  uint32_t wide = power_above(n->bucket_count), b = hash & (wide - 1);
  return b < n->bucket_count ? b : hash & (wide / 2 - 1);
}

static void bucket_push(struct names *n, uint32_t slot, struct dentry *d) {
  uint32_t *head = bucket_at(n, bucket_of(n, d->hash));
  d->next = *head;
  *head = slot + 1;
}

/* Files every dentry of bucket b again, after bucket_count changed. */
static void bucket_spread(struct names *n, uint32_t b) {
  uint32_t at = *bucket_at(n, b);
  *bucket_at(n, b) = 0;
  while (at) {
    struct dentry *d = slot_dentry(n, at - 1);
    uint32_t next = d->next;
    bucket_push(n, at - 1, d);
    at = next;
  }
}

/* Up to as many buckets as there are names; there is room for them since the names were added. */
static void buckets_grow(struct names *n) {
  uint32_t want = n->live > BUCKETS_LEAST ? n->live : BUCKETS_LEAST;
  while (n->bucket_count < want) {
    *bucket_at(n, n->bucket_count++) = 0;
    if (n->filed > 0 && n->bucket_count > 1) bucket_spread(n, n->bucket_count - 1 - power_above(n->bucket_count) / 2);
  }
}

/* Files a dentry that is in no bucket. */
static void bucket_file(struct names *n, uint32_t slot) {
  struct dentry *d = slot_dentry(n, slot);
  d->hash = hash_of(d->name, d->len);
  bucket_push(n, slot, d);
}

static void file_all(struct names *n) {
  if (n->filed == n->top) return;
  buckets_grow(n);
  while (n->filed < n->top) bucket_file(n, n->filed++);
}

static void buckets_shrink(struct heap *h, struct names *n) {
  for (int i = 0; i < 5 && n->bucket_count > BUCKETS_LEAST && n->live < n->bucket_count / 4; i++) {
    n->bucket_count--;
    bucket_spread(n, n->bucket_count);
  }
  rows_cut(h, &n->buckets, n->bucket_count, sizeof(uint32_t));
}

/* --- names -------------------------------------------------------------------- */

/* Whether name a sorts behind name b, byte by byte. */
static inline bool sorts_behind(const char *a, size_t a_len, const char *b, size_t b_len) {
  size_t i = 0, common = a_len < b_len ? a_len : b_len;
  for (; common - i >= 8; i += 8) {
    uint64_t x = bytes_le64((const uint8_t *)a + i), y = bytes_le64((const uint8_t *)b + i);
    if (x != y) return __builtin_bswap64(x) > __builtin_bswap64(y);
  }
  for (; i < common; i++)
    if (a[i] != b[i]) return (uint8_t)a[i] > (uint8_t)b[i];
  return a_len > b_len;
}

/* True only for a name that is not there. */
static inline bool behind_all(const struct names *n, const char *name, size_t len) {
  return n->live == 0 || (n->greatest && sorts_behind(name, len, n->greatest->name, n->greatest->len));
}

static struct dentry *look_filed(struct names *n, const char *name, size_t len) {
  file_all(n);
  uint32_t hash = hash_of(name, len);
  for (uint32_t at = *bucket_at(n, bucket_of(n, hash)); at;) {
    struct dentry *d = slot_dentry(n, at - 1);
    if (d->hash == hash && d->len == len && memcmp(d->name, name, len) == 0) return d;
    at = d->next;
  }
  return NULL;
}

/* The greatest is mostly the last that was made: the directory that an archive goes on with. */
struct dentry *names_look(struct names *n, const char *name, size_t len) {
  struct dentry *d = n->greatest;
  if (d && d->len == len && memcmp(d->name, name, len) == 0) return d;
  return behind_all(n, name, len) ? NULL : look_filed(n, name, len);
}

/* A dentry of its own memory at a slot; there is room for its bucket then, too. */
static struct dentry *dentry_make(struct heap *h, struct names *n, size_t len, uint32_t *slot) {
  struct dentry *d = heap_take(h, offsetof(struct dentry, name) + len);
  if (d && rows_reach(h, &n->buckets, n->live + 1, sizeof(uint32_t)) == 0 && slot_take(h, n, slot)) return d;
  heap_give(h, d);
  return NULL;
}

int names_add(struct heap *h, struct names *n, const char *name, size_t len, struct dentry **out) {
  uint32_t slot;
  assert(len > 0 && len <= LIMIT_NAME);
  bool last = behind_all(n, name, len);
  if (!last && look_filed(n, name, len)) return ERR_EXIST;
  struct dentry *d = dentry_make(h, n, len, &slot);
  if (!d) return ERR_NOMEM;
  d->len = (uint8_t)len;
  memcpy(d->name, name, len);
  if (last) n->greatest = d;
  *slot_at(n, slot) = (uint64_t)(uintptr_t)d;
  n->live++;
  if (slot < n->filed) {
    buckets_grow(n);
    bucket_file(n, slot);
  }
  *out = d;
  return 0;
}

void names_remove(struct heap *h, struct names *n, struct dentry *d) {
  file_all(n);
  uint32_t *link = bucket_at(n, bucket_of(n, d->hash));
  while (*link && slot_dentry(n, *link - 1) != d) link = &slot_dentry(n, *link - 1)->next;
  assert(*link);
  uint32_t slot = *link - 1;
  *link = d->next;
  n->live--;
  slot_give(h, n, slot);
  n->filed = n->top;
  if (n->greatest == d) n->greatest = NULL;
  heap_give(h, d);
  buckets_shrink(h, n);
}

struct dentry *names_below(const struct names *n, uint32_t *slot) {
  for (uint32_t s = *slot < n->top ? *slot : n->top; s > 0; s--)
    if (!slot_free(n, s - 1)) {
      *slot = s - 1;
      return slot_dentry(n, s - 1);
    }
  return NULL;
}

void names_drop(struct heap *h, struct names *n) {
  for (uint32_t slot = n->top; names_below(n, &slot);) heap_give(h, slot_dentry(n, slot));
  rows_drop(h, &n->slots);
  rows_drop(h, &n->buckets);
  *n = (struct names){0};
}
