/* kernel/program/areas.h - the areas of an address space: which addresses mean what.
 *
 * A sorted array of pointers, searched by halves; it knows addresses, files and protections, and nothing of pages or
 * page tables (vm.h does).  Every bound is page-aligned; areas never overlap.
 */
#ifndef KERNEL_PROGRAM_AREAS_H
#define KERNEL_PROGRAM_AREAS_H

#include "kernel/fs.h"
#include "kernel/mem/heap.h"

enum { AREAS_MOST = 65530 }; /* Linux's vm.max_map_count */

struct area {
  uintptr_t start, end;
  uintptr_t low, high; /* pages that are present lie in [low, high); low >= high: none */
  unsigned prot;       /* PROT_R, PROT_W, PROT_X; 0: no access */
  bool shared;         /* writes are writes to the file */
  bool may_write;      /* a shared area whose file was opened for writing */
  struct inode *inode; /* held; NULL: zeros */
  uint64_t offset;     /* of `start` in the file */
};

struct areas {
  struct area **at;
  size_t count, room;
  uintptr_t ceiling; /* where the search for a gap begins usually */
  uintptr_t hint;    /* it begins here ... */
  uint64_t hole;     /* ... when it wants more than this, the largest gap between */
  struct heap *heap;
};

void areas_start(struct areas *s, struct heap *heap, uintptr_t ceiling);
void areas_stop(struct areas *s); /* lets go of every area */

/* The index of the first area that ends above `address`; count when there is none. */
size_t areas_index(const struct areas *s, uintptr_t address);
/* The area that holds the address, or NULL. */
struct area *areas_find(const struct areas *s, uintptr_t address);
bool areas_overlap(const struct areas *s, uintptr_t start, uintptr_t end);
/* Whether [start, end) is covered without a gap. */
bool areas_cover(const struct areas *s, uintptr_t start, uintptr_t end);

/* Makes `address` a bound if an area reaches across it.  0 or ERR_NOMEM. */
int areas_split(struct areas *s, uintptr_t address);
/* A copy of `like` where nothing is yet; takes a hold of its own on the inode.  0, ERR_NOMEM. */
int areas_insert(struct areas *s, const struct area *like);
/* Removes the areas between two bounds (areas_split made them). */
void areas_remove(struct areas *s, uintptr_t start, uintptr_t end);
/* Joins neighbours that mean the same, from the one before `start` to the one behind `end`. */
void areas_join(struct areas *s, uintptr_t start, uintptr_t end);

/* The highest free run of `bytes` in [low, high); 0: there is none. */
uintptr_t areas_gap(struct areas *s, uint64_t bytes, uintptr_t low, uintptr_t high);

#endif
