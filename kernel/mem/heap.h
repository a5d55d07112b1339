/* kernel/mem/heap.h - small objects on top of pages.
 *
 * Sizes up to half a page come from slabs of one size class (16-byte steps at
 * first), larger ones are whole pages.  heap_give needs no size.  Double and
 * foreign gives are caught (assertion with a sentence).
 */
#ifndef KERNEL_MEM_HEAP_H
#define KERNEL_MEM_HEAP_H

#include <stddef.h>
#include <stdint.h>

#include "kernel/mem/pages.h"

struct heap; /* defined in kernel/mem/heap_inner.h for those who embed it */

void heap_start(struct heap *h, struct pages *ps);

/* 16-byte aligned, content arbitrary / zero; NULL: no memory.  n = 0 gives a valid pointer. */
void *heap_take(struct heap *h, size_t n);
void *heap_take_zero(struct heap *h, size_t n);
void heap_give(struct heap *h, void *p); /* NULL is allowed */

uint64_t heap_used(const struct heap *h); /* bytes taken and not given, rounded to classes */
struct pages *heap_pages(struct heap *h);

#endif
