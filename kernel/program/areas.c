/* kernel/program/areas.c - a sorted array of areas: find, split, insert, remove, join, and the search for a gap.
 *
 * Pure bookkeeping over the heap, tested on the host; vm.c adds the pages.
 */
#include "kernel/program/areas.h"

#include <assert.h>
#include <string.h>

void areas_start(struct areas *s, struct heap *heap, uintptr_t ceiling) {
  *s = (struct areas){.heap = heap, .hint = ceiling, .ceiling = ceiling};
}

static void area_drop(struct areas *s, struct area *a) {
  if (a->inode) fs_let_go(a->inode);
  heap_give(s->heap, a);
}

void areas_stop(struct areas *s) {
  for (size_t i = 0; i < s->count; i++) area_drop(s, s->at[i]);
  heap_give(s->heap, s->at);
  s->at = NULL;
  s->count = s->room = 0;
}

size_t areas_index(const struct areas *s, uintptr_t address) {
  size_t low = 0, high = s->count;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (s->at[middle]->end > address)
      high = middle;
    else
      low = middle + 1;
  }
  return low;
}

struct area *areas_find(const struct areas *s, uintptr_t address) {
  size_t i = areas_index(s, address);
  return i < s->count && s->at[i]->start <= address ? s->at[i] : NULL;
}

bool areas_overlap(const struct areas *s, uintptr_t start, uintptr_t end) {
  size_t i = areas_index(s, start);
  return i < s->count && s->at[i]->start < end;
}

bool areas_cover(const struct areas *s, uintptr_t start, uintptr_t end) {
  for (size_t i = areas_index(s, start); start < end; i++) {
    if (i == s->count || s->at[i]->start > start) return false;
    start = s->at[i]->end;
  }
  return true;
}

static int areas_reserve(struct areas *s) {
  if (s->count >= AREAS_MOST) return ERR_NOMEM;
  if (s->count < s->room) return 0;
  size_t room = s->room ? s->room * 2 : 32;
  struct area **at = heap_take(s->heap, room * sizeof(struct area *));
  if (!at) return ERR_NOMEM;
  if (s->count) memcpy(at, s->at, s->count * sizeof(struct area *));
  heap_give(s->heap, s->at);
  s->at = at;
  s->room = room;
  return 0;
}

/* Puts a new area at index i. */
static int areas_put(struct areas *s, size_t i, const struct area *like) {
  int e = areas_reserve(s);
  if (e < 0) return e;
  struct area *a = heap_take(s->heap, sizeof *a);
  if (!a) return ERR_NOMEM;
  *a = *like;
  if (a->inode) fs_hold(a->inode);
  memmove(&s->at[i + 1], &s->at[i], (s->count - i) * sizeof(struct area *));
  s->at[i] = a;
  s->count++;
  return 0;
}

static void areas_cut(struct areas *s, size_t from, size_t to) {
  for (size_t i = from; i < to; i++) area_drop(s, s->at[i]);
  memmove(&s->at[from], &s->at[to], (s->count - to) * sizeof(struct area *));
  s->count -= to - from;
}

int areas_split(struct areas *s, uintptr_t address) {
  size_t i = areas_index(s, address);
  if (i == s->count || s->at[i]->start >= address) return 0;
  struct area upper = *s->at[i];
  upper.start = address;
  upper.offset += address - s->at[i]->start;
  if (upper.low < address) upper.low = address;
  int e = areas_put(s, i + 1, &upper);
  if (e < 0) return e;
  s->at[i]->end = address;
  if (s->at[i]->high > address) s->at[i]->high = address;
  return 0;
}

static bool area_goes_on(const struct area *a, const struct area *b) {
  return a->end == b->start && a->prot == b->prot && a->shared == b->shared && a->may_write == b->may_write &&
         a->inode == b->inode && (!a->inode || a->offset + (a->end - a->start) == b->offset);
}

static void area_absorb(struct area *a, const struct area *b) {
  bool none = a->low >= a->high;
  a->end = b->end;
  if (b->low >= b->high) return;
  if (none || b->low < a->low) a->low = b->low;
  if (none || b->high > a->high) a->high = b->high;
}

void areas_join(struct areas *s, uintptr_t start, uintptr_t end) {
  size_t first = areas_index(s, start), kept;
  if (first > 0) first--;
  if (first >= s->count) return;
  size_t i = kept = first;
  while (++i < s->count && s->at[i]->start <= end) {
    if (area_goes_on(s->at[kept], s->at[i])) {
      area_absorb(s->at[kept], s->at[i]);
      area_drop(s, s->at[i]);
    } else
      s->at[++kept] = s->at[i];
  }
  memmove(&s->at[kept + 1], &s->at[i], (s->count - i) * sizeof(struct area *));
  s->count -= i - kept - 1;
}

int areas_insert(struct areas *s, const struct area *like) {
  size_t i = areas_index(s, like->start);
  assert(like->start < like->end && (i == s->count || s->at[i]->start >= like->end));
  return areas_put(s, i, like);
}

void areas_remove(struct areas *s, uintptr_t start, uintptr_t end) {
  size_t from = areas_index(s, start), to = from;
  assert(from == s->count || s->at[from]->start >= start || s->at[from]->start >= end);
  while (to < s->count && s->at[to]->start < end) to++;
  if (from == to) return;
  assert(s->at[to - 1]->end <= end);
  areas_cut(s, from, to);
  uintptr_t next = from < s->count && s->at[from]->start < s->ceiling ? s->at[from]->start : s->ceiling;
  if (next > s->hint) s->hint = next;
}

/* Under the ceiling no gap above `hint` is larger than `hole`, so that a search which wants more begins at the hint:
 * thousands of mappings one after another cost the same each. */
uintptr_t areas_gap(struct areas *s, uint64_t bytes, uintptr_t low, uintptr_t high) {
  bool hinted = high == s->ceiling;
  bool skip = hinted && bytes > s->hole;
  uintptr_t top = skip ? s->hint : high;
  uint64_t hole = skip ? s->hole : 0;
  size_t i = areas_index(s, top - 1);
  if (i < s->count && s->at[i]->start < top) top = s->at[i]->start;
  for (;; i--) {
    uintptr_t below = i > 0 && s->at[i - 1]->end > low ? s->at[i - 1]->end : low;
    uint64_t gap = top > below ? top - below : 0;
    if (gap >= bytes) break;
    if (gap > hole) hole = gap;
    if (below == low) return 0;
    top = s->at[i - 1]->start;
  }
  if (hinted && top <= s->hint) s->hint = top, s->hole = hole;
  return top - bytes;
}
