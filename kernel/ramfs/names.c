/* kernel/ramfs/names.c - the names of one directory: hashed for look-up, in slots for listing.
 *
 * Floor 4.  Look-up is linear hashing: the table grows by one bucket per name, so no name pays for
 * a rehash.  A new name is only filed in its bucket when the directory is searched next, and one that sorts behind all
 * others is known to be new without a search: a sorted archive is unpacked without hashing anything.  Buckets are no
 * more than a help: where there is no memory for the first of them, a search goes through the slots.
 * A dentry keeps its slot while it lives and listings run from the highest slot down: what stays is
 * seen exactly once whatever else comes and goes, a cookie is a slot number, and a program
 * that makes names while it lists cannot chase its own additions, which land above.  Free slots are a
 * doubly linked list inside the slots, so that free ones at the top can go.
 */
#include <assert.h>
#include <string.h>

#include "formats/bytes.h"
#include "kernel/ramfs/ramfs_inner.h"

enum { BUCKETS_LEAST = 4 };

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

/* Up to as many buckets as there are names, or as memory allows. */
static void buckets_grow(struct heap *h, struct names *n) {
  uint32_t want = n->live > BUCKETS_LEAST ? n->live : BUCKETS_LEAST;
  rows_reach(h, &n->buckets, want, sizeof(uint32_t));
  if (want > n->buckets.room) want = n->buckets.room;
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

/* False: there is no bucket, and no name is filed. */
static bool file_all(struct heap *h, struct names *n) {
  if (n->filed == n->top && n->bucket_count > 0) return true;
  buckets_grow(h, n);
  if (n->bucket_count == 0) return false;
  for (; n->filed < n->top; n->filed++)
    if (!slot_free(n, n->filed)) bucket_file(n, n->filed);
  return true;
}

static void buckets_shrink(struct heap *h, struct names *n) {
  for (int i = 0; i < 5 && n->bucket_count > BUCKETS_LEAST && n->live < n->bucket_count / 4; i++) {
    n->bucket_count--;
    bucket_spread(n, n->bucket_count);
  }
  rows_cut(h, &n->buckets, n->bucket_count, sizeof(uint32_t));
}

/* --- names -------------------------------------------------------------------- */

static bool is_named(const struct dentry *d, const char *name, size_t len) {
  return d->len == len && bytes_equal(d->name, name, len);
}

static struct dentry *look_in_slots(const struct names *n, const char *name, size_t len) {
  for (uint32_t slot = n->top; names_below(n, &slot);)
    if (is_named(slot_dentry(n, slot), name, len)) return slot_dentry(n, slot);
  return NULL;
}

static __attribute__((noinline)) struct dentry *look_filed(struct heap *h, struct names *n, const char *name,
                                                           size_t len) {
  if (!file_all(h, n)) return look_in_slots(n, name, len);
  uint32_t hash = hash_of(name, len);
  for (uint32_t at = *bucket_at(n, bucket_of(n, hash)); at;) {
    struct dentry *d = slot_dentry(n, at - 1);
    if (d->hash == hash && is_named(d, name, len)) return d;
    at = d->next;
  }
  return NULL;
}

/* The greatest is mostly the last that was made: the directory that an archive goes on with. */
struct dentry *names_look(struct heap *h, struct names *n, const char *name, size_t len) {
  if (n->greatest && is_named(n->greatest, name, len)) return n->greatest;
  return names_behind(n, name, len) ? NULL : look_filed(h, n, name, len);
}

bool names_lack(struct heap *h, struct names *n, const char *name, size_t len) { return !look_filed(h, n, name, len); }

int names_put(struct heap *h, struct names *n, struct dentry *d, bool last) {
  uint32_t slot;
  if (!slot_take(h, n, &slot)) return ERR_NOMEM;
  if (last) n->greatest = d;
  *slot_at(n, slot) = (uint64_t)(uintptr_t)d;
  n->live++;
  if (slot < n->filed) {
    buckets_grow(h, n);
    bucket_file(n, slot);
  }
  return 0;
}

struct dentry *names_make(struct heap *h, const char *name, size_t len) {
  struct dentry *d = heap_take(h, dentry_bytes(len));
  if (d) dentry_start(d, name, len, false);
  return d;
}

int names_add(struct heap *h, struct names *n, const char *name, size_t len, struct dentry **out) {
  bool last = names_behind(n, name, len);
  if (!last && !names_lack(h, n, name, len)) return ERR_EXIST;
  struct dentry *d = names_make(h, name, len);
  int rc = d ? names_put(h, n, d, last) : ERR_NOMEM;
  if (rc < 0) heap_give(h, d);
  *out = d;
  return rc;
}

static void dentry_give(struct heap *h, struct names *n, struct dentry *d) {
  if (n->greatest == d) n->greatest = NULL;
  if (!d->inborn) heap_give(h, d);
}

/* The slot of a dentry; it leaves its bucket when `leave`. */
static uint32_t slot_of(struct heap *h, struct names *n, const struct dentry *d, bool leave) {
  uint32_t slot = n->top;
  if (!file_all(h, n)) {
    while (names_below(n, &slot) != d) continue;
    return slot;
  }
  uint32_t *link = bucket_at(n, bucket_of(n, d->hash));
  while (*link && slot_dentry(n, *link - 1) != d) link = &slot_dentry(n, *link - 1)->next;
  assert(*link);
  slot = *link - 1;
  if (leave) *link = d->next;
  return slot;
}

void names_replace(struct heap *h, struct names *n, struct dentry *d, struct dentry *fresh) {
  *slot_at(n, slot_of(h, n, d, false)) = (uint64_t)(uintptr_t)fresh;
  fresh->hash = d->hash;
  fresh->next = d->next;
  bool greatest = n->greatest == d;
  dentry_give(h, n, d);
  if (greatest) n->greatest = fresh;
}

void names_remove(struct heap *h, struct names *n, struct dentry *d) {
  uint32_t slot = slot_of(h, n, d, true);
  n->live--;
  slot_give(h, n, slot);
  if (n->filed > n->top) n->filed = n->top;
  dentry_give(h, n, d);
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
  for (uint32_t slot = n->top; names_below(n, &slot);)
    if (!slot_dentry(n, slot)->inborn) heap_give(h, slot_dentry(n, slot));
  rows_drop(h, &n->slots);
  rows_drop(h, &n->buckets);
  *n = (struct names){0};
}
