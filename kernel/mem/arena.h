/* kernel/mem/arena.h - the unpacked archive as one contiguous run of bytes.
 *
 * A file's data is a slice of it.  Each page counts its owners: the arena itself until it
 * is sealed, each slice that touches the page, each mapping.  A page without owners is
 * given back at once.  Two kinds behind one interface: grown (a reserved window that frames are mapped
 * into as the decoder needs room) and adopted (memory that is used where it lies).
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
  uint64_t live; /* pages that still have owners */
  struct plat *plat;
  struct pages *pages;
  struct heap *heap;
};

/* A grown arena over a fresh window of `reserve` bytes (rounded up).  0 or ERR_NOMEM. */
int arena_open(struct arena *a, struct plat *plat, struct heap *heap, uint64_t reserve);

/* An adopted arena over [at, at + bytes) of RAM that lies busy until now; bytes may end inside a page. */
int arena_adopt(struct arena *a, struct plat *plat, struct heap *heap, phys_t at, uint64_t bytes);

/* Backs the window up to at least `upto` bytes.  0; ERR_NOMEM (what could be backed is; *room tells). */
int arena_grow(struct arena *a, uint64_t upto);

/* One more / one less owner for every page that [p, p + n) touches; n = 0 does nothing.
 * drop gives pages without owners back, unmapping them when the arena was grown. */
int arena_hold(struct arena *a, const void *p, uint64_t n);
void arena_drop(struct arena *a, const void *p, uint64_t n);

/* The frame behind an address of the arena. */
phys_t arena_frame(struct arena *a, const void *p);

/* The builder lets go: pages that no slice owns are given back.  Once. */
void arena_seal(struct arena *a);

/* Gives everything back that is only the arena's own (used when an unpack fails).  */
void arena_abandon(struct arena *a);

#endif
