/* kernel/mem/heap_inner.h - what `struct heap` holds, for those who embed it. */
#ifndef KERNEL_MEM_HEAP_INNER_H
#define KERNEL_MEM_HEAP_INNER_H

#include "kernel/mem/heap.h"

enum { HEAP_STEP = 16, HEAP_CLASSES = 23, HEAP_SMALL = 2016 };

struct slab;

struct heap {
  struct pages *pages;
  uint8_t *direct;
  uint64_t used;
  struct slab *partial[HEAP_CLASSES];           /* slabs with room, by class */
  uint8_t class_of[HEAP_SMALL / HEAP_STEP + 1]; /* by size in steps, rounded up */
};

/* What is wrong with the heap's own records, or NULL (tests). */
const char *heap_check(struct heap *h);

#endif
