/* kernel/ramfs/extents.c - a file's own pages by index: a tree of 64-way nodes.
 *
 * Floor 4, under content.c.  A file of one page needs no node; any page of the largest file is nine steps away, those
 * of 1 GiB three.  Leaves keep neighbours together, so that runs of contiguous pages are read and written as one piece.
 * Recursion is as deep as the tree: nine.
 */
#include <assert.h>
#include <string.h>

#include "kernel/ramfs/ramfs_inner.h"

enum { HEIGHT_MOST = 9, NODE_BYTES = EXTENT_FAN * sizeof(uint64_t) };

static uint64_t *node_of(uint64_t entry) { return (uint64_t *)(uintptr_t)entry; }
static unsigned shift_of(unsigned height) { return EXTENT_BITS * (height - 1); }
static unsigned part_of(uint64_t index, unsigned height) { return (index >> shift_of(height)) & (EXTENT_FAN - 1); }

/* Is the index inside what a tree of this height can hold? */
static bool within(uint64_t index, unsigned height) { return (index >> (EXTENT_BITS * height)) == 0; }

uint64_t *extents_at(const struct content *c, uint64_t index, uint64_t *left) {
  uint64_t entry = c->root;
  *left = 1;
  if (!within(index, c->height)) return NULL;
  if (c->height == 0) return (uint64_t *)&c->root;
  for (unsigned h = c->height; h > 1; h--) {
    if (!entry) return NULL;
    entry = node_of(entry)[part_of(index, h)];
  }
  if (!entry) return NULL;
  *left = EXTENT_FAN - part_of(index, 1);
  return node_of(entry) + part_of(index, 1);
}

static int tree_raise(struct heap *h, struct content *c) {
  assert(c->height < HEIGHT_MOST);
  if (c->root) {
    uint64_t *node = heap_take_zero(h, NODE_BYTES);
    if (!node) return ERR_NOMEM;
    node[0] = c->root;
    c->root = (uintptr_t)node;
  }
  c->height++;
  return 0;
}

uint64_t *extents_make(struct heap *h, struct content *c, uint64_t index, uint64_t *left) {
  while (!within(index, c->height))
    if (tree_raise(h, c)) return NULL;
  *left = 1;
  uint64_t *entry = &c->root;
  for (unsigned at = c->height; at > 0; at--) {
    if (!*entry) *entry = (uintptr_t)heap_take_zero(h, NODE_BYTES);
    if (!*entry) return NULL;
    entry = node_of(*entry) + part_of(index, at);
    if (at == 1) *left = EXTENT_FAN - part_of(index, 1);
  }
  return entry;
}

uint64_t extents_next(const struct content *c, uint64_t index) {
  while (within(index, c->height)) {
    uint64_t entry = c->root;
    unsigned h = c->height;
    for (; h > 0 && entry; h--) entry = node_of(entry)[part_of(index, h)];
    if (entry) return index;
    if (h == c->height) return UINT64_MAX;
    index = ((index >> (EXTENT_BITS * h)) + 1) << (EXTENT_BITS * h); /* nothing below this entry of height h */
  }
  return UINT64_MAX;
}

struct cut {
  struct ramfs *r;
  uint64_t from, to, slice_pages, pages, overlays;
};

static void cut_page(struct cut *k, uint64_t *entry, uint64_t index) {
  if (!*entry) return;
  int rc = pages_give(k->r->pages, *entry - 1, 1);
  assert(rc == 0);
  *entry = 0;
  k->pages++;
  if (index < k->slice_pages) k->overlays++;
}

/* Cuts the subtree whose first index is `first`; a node that is empty then goes as well. */
static void cut_below(struct cut *k, uint64_t *entry, unsigned height, uint64_t first) {
  if (!*entry) return;
  if (height == 0) {
    cut_page(k, entry, first);
    return;
  }
  uint64_t *node = node_of(*entry), span = (uint64_t)1 << shift_of(height), any = 0;
  for (unsigned i = 0; i < EXTENT_FAN; i++) {
    uint64_t at = first + i * span;
    if (at < k->to && at + span > k->from) cut_below(k, node + i, height - 1, at);
    any |= node[i];
  }
  if (any) return;
  heap_give(k->r->heap, node);
  *entry = 0;
}

uint64_t extents_cut(struct ramfs *r, struct content *c, uint64_t from, uint64_t to, uint64_t slice_pages,
                     uint64_t *overlays) {
  struct cut k = {.r = r, .from = from, .to = to, .slice_pages = slice_pages};
  if (from < to && (c->height || from == 0)) cut_below(&k, &c->root, c->height, 0);
  if (!c->root) c->height = 0;
  *overlays = k.overlays;
  return k.pages;
}
