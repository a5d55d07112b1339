/* kernel/mem/heap.c - small objects on top of pages.
 *
 * A slab is one page: a header with a bit for each object, then objects of one class.  An object
 * never begins a page, a block of whole pages always does: that tells the two apart when they are given.
 * A slab whose last object is given goes back at once.
 */
#include <assert.h>
#include <string.h>

#include "kernel/mem/heap_inner.h"
#include "kernel/mem/pages_inner.h"

enum { SLAB_HEADER = 64, SLAB_WORDS = 4, SLAB_MAGIC = 0x51ab };

struct slab {
  struct slab *next, *before; /* in the list of its class, while it has room */
  struct heap *heap;
  uint16_t magic, kind, used, objects;
  uint64_t free[SLAB_WORDS]; /* set: free */
};
_Static_assert(sizeof(struct slab) == SLAB_HEADER, "the objects begin 16-byte aligned");

/* Sizes of the classes; each fills a page as well as its neighbours let it. */
static const uint16_t class_bytes[HEAP_CLASSES] = {16,  32,  48,  64,  80,  96,  112, 128, 144, 160,  176, 192,
                                                   208, 224, 256, 304, 352, 400, 496, 576, 800, 1344, 2016};

void heap_start(struct heap *h, struct pages *ps) {
  memset(h, 0, sizeof *h);
  h->pages = ps;
  h->direct = ps->direct;
  for (unsigned step = 0, kind = 0; step <= HEAP_SMALL / HEAP_STEP; step++) {
    if (step * HEAP_STEP > class_bytes[kind]) kind++;
    h->class_of[step] = (uint8_t)kind;
  }
}

struct pages *heap_pages(struct heap *h) {
  return h->pages;
}
uint64_t heap_used(const struct heap *h) { return h->used; }

/* --- slabs ---------------------------------------------------------------------- */

static void list_in(struct heap *h, struct slab *s) {
  s->before = NULL;
  s->next = h->partial[s->kind];
  if (s->next) s->next->before = s;
  h->partial[s->kind] = s;
}

static void list_out(struct heap *h, struct slab *s) {
  if (s->next) s->next->before = s->before;
  if (s->before)
    s->before->next = s->next;
  else
    h->partial[s->kind] = s->next;
}

static struct slab *slab_make(struct heap *h, unsigned kind) {
  phys_t at = pages_take(h->pages, 1);
  if (at == PHYS_NONE) return NULL;
  struct slab *s = (struct slab *)(h->direct + at);
  unsigned objects = (PAGE - SLAB_HEADER) / class_bytes[kind];
  *s = (struct slab){NULL, NULL, h, SLAB_MAGIC, (uint16_t)kind, 0, (uint16_t)objects, {0}};
  for (unsigned i = 0; i < objects; i += 64)
    s->free[i / 64] = objects - i >= 64 ? UINT64_MAX : ((uint64_t)1 << (objects - i)) - 1;
  list_in(h, s);
  return s;
}

/* An object of a slab that has room. */
static inline void *slab_take(struct heap *h, struct slab *s, unsigned kind) {
  unsigned w = 0, bytes = class_bytes[kind];
  while (s->free[w] == 0) w++;
  unsigned i = w * 64 + (unsigned)__builtin_ctzll(s->free[w]);
  s->free[w] &= s->free[w] - 1;
  h->used += bytes;
  if (++s->used == s->objects) list_out(h, s);
  return (uint8_t *)s + SLAB_HEADER + i * bytes;
}

static __attribute__((noinline)) void *slab_take_new(struct heap *h, unsigned kind) {
  struct slab *s = slab_make(h, kind);
  return s ? slab_take(h, s, kind) : NULL;
}

static void slab_give(struct heap *h, struct slab *s, size_t offset) {
  assert(s->magic == SLAB_MAGIC && s->heap == h && "a foreign pointer is given to the heap");
  unsigned bytes = class_bytes[s->kind];
  unsigned i = (unsigned)(offset - SLAB_HEADER) / bytes;
  assert(offset >= SLAB_HEADER && i * bytes == offset - SLAB_HEADER && "not the beginning of an object");
  assert(!(s->free[i / 64] >> (i % 64) & 1) && "an object is given twice");
  s->free[i / 64] |= (uint64_t)1 << (i % 64);
  h->used -= bytes;
  if (s->used-- == s->objects) list_in(h, s);
  if (s->used > 0) return;
  list_out(h, s);
  s->magic = 0;
  int rc = pages_give(h->pages, (phys_t)((uint8_t *)s - h->direct), 1);
  assert(rc == 0 && "a slab's page is not the heap's");
  (void)rc;
}

/* --- blocks of whole pages ---------------------------------------------------------- */

static __attribute__((noinline)) void *block_take(struct heap *h, size_t n) {
  size_t pages = n / PAGE + (n % PAGE != 0);
  phys_t at = pages_take_block(h->pages, pages);
  if (at == PHYS_NONE) return NULL;
  h->used += pages * PAGE;
  return h->direct + at;
}

static void block_give(struct heap *h, phys_t at) {
  size_t pages = pages_give_block(h->pages, at);
  assert(pages > 0 && "a block is given that is not the heap's, or twice");
  h->used -= pages * PAGE;
}

/* --- the door ------------------------------------------------------------------------ */

void *heap_take(struct heap *h, size_t n) {
  if (pages_refused(h->pages)) return NULL;
  if (n > HEAP_SMALL) return block_take(h, n);
  unsigned kind = h->class_of[(n + HEAP_STEP - 1) / HEAP_STEP];
  return h->partial[kind] ? slab_take(h, h->partial[kind], kind) : slab_take_new(h, kind);
}

void *heap_take_zero(struct heap *h, size_t n) {
  void *p = heap_take(h, n);
  return p ? memset(p, 0, n) : NULL;
}

void heap_give(struct heap *h, void *p) {
  if (!p) return;
  phys_t at = (phys_t)((uint8_t *)p - h->direct);
  assert(pages_owners(h->pages, at & ~(phys_t)(PAGE - 1)) > 0 && "what is given to the heap was not taken from it");
  if (at % PAGE == 0)
    block_give(h, at);
  else
    slab_give(h, (struct slab *)(h->direct + (at & ~(phys_t)(PAGE - 1))), at % PAGE);
}

const char *heap_check(struct heap *h) {
  for (unsigned c = 0; c < HEAP_CLASSES; c++)
    for (struct slab *s = h->partial[c]; s; s = s->next) {
      unsigned free = 0;
      for (unsigned w = 0; w < SLAB_WORDS; w++) free += (unsigned)__builtin_popcountll(s->free[w]);
      if (s->magic != SLAB_MAGIC || s->heap != h || s->kind != c) return "a slab's header is overwritten";
      if (free == 0 || free + s->used != s->objects || s->used == 0) return "a slab's bits and its number differ";
      if (s->next && s->next->before != s) return "a list of slabs is broken";
    }
  return NULL;
}
