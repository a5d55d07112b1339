/* kernel/mem/arena.h - the unpacked archive as one contiguous run of bytes.
 *
 * A file's data is a slice of it.  Each page counts its owners (in pages' own counts): the builder until the
 * seal, each slice that touches the page, each mapping of its frame.  A page without owners is given back at
 * once.  Two kinds behind one interface: grown (a reserved window that frames are mapped into as the decoder needs
 * room; the arena is the builder's owner) and adopted (pages that are used where they lie; whoever adopted them owns
 * them as the builder).
 *
 * The struct comes from heap_take() of the arena's heap and returns there by itself: at the seal when no slice is
 * held, else with the last slice.
 */
#ifndef KERNEL_MEM_ARENA_H
#define KERNEL_MEM_ARENA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/mem/heap.h"
#include "kernel/mem/pages.h"
#include "kernel/plat/plat.h"

struct arena {
  uint8_t *base;
  uint64_t room;     /* bytes at base that are backed by pages */
  uint64_t reserved; /* bytes of window; room never exceeds it */
  bool adopted;
  bool sealed;
  uint64_t live; /* slices held, counted in pages that they touch */
  struct plat *plat;
  struct pages *pages;
  struct heap *heap;
  phys_t at;               /* adopted: the frame at base */
  uint64_t run, run_bytes; /* a stretch, looked up last, whose frames follow each other in one zone */
  phys_t run_frame;        /* its first */
  uint16_t *run_counts;    /* their owners */
};

/* A grown arena over a fresh window of `reserve` bytes (rounded up).  0 or ERR_NOMEM (the struct is the caller's). */
int arena_open(struct arena *a, struct plat *plat, struct heap *heap, uint64_t reserve);

/* An adopted arena over [at, at + bytes) of RAM, whose pages the caller owns (pages_adopt) and gives when they are
 * read; at is a page's beginning, bytes may end inside a page.  Cannot fail. */
void arena_adopt(struct arena *a, struct plat *plat, struct heap *heap, phys_t at, uint64_t bytes);

/* Backs the window up to at least `upto` bytes, and in larger steps while memory is plenty.  0; ERR_NOMEM
 * (what could be backed is; room tells). */
int arena_grow(struct arena *a, uint64_t upto);

/* Gives back what backs the window beyond `upto` bytes, whole pages; no slice may lie there.  Not once sealed. */
void arena_trim(struct arena *a, uint64_t upto);

/* One more / one less owner for every page that [p, p + n) touches; n = 0 does nothing.  Slices may be dropped in
 * parts, as long as the pages of all parts are the pages of the whole.  hold: 0; ERR_NOMEM when a page's count is full
 * (nothing changed).  drop gives pages without owners back, unmapping them when the arena was grown. */
int arena_hold(struct arena *a, const void *p, uint64_t n);
void arena_drop(struct arena *a, const void *p, uint64_t n);

/* The frame behind an address of the arena that is backed. */
phys_t arena_frame(struct arena *a, const void *p);

/* The builder lets go: pages of a grown arena that no slice holds are given back, and the addresses behind its room.
 * Once.  After it the builder must not touch the struct again. */
void arena_seal(struct arena *a);

#endif
