/* kernel/mem/pages.h - RAM by the page, with an owner count for each.
 *
 * Set-up does not touch RAM that nobody uses yet: a range is only noted, its
 * counts are laid out when the first page of a 16 MiB zone is taken.  A page
 * has 0 owners (free) or up to 65,532; it is free again when the last owner
 * gives it.  Regions may be accepted at any time: that is how the initrd comes
 * back.  Double free, foreign free and overlap are caught: the call answers
 * ERR_BUG and changes nothing (callers assert).
 */
#ifndef KERNEL_MEM_PAGES_H
#define KERNEL_MEM_PAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/plat/plat.h"

struct pages; /* defined in kernel/mem/pages_inner.h for those who embed it */

/* Begins with the RAM ranges of the machine minus `busy` ranges (kernel, payload, modules; any
 * order, may touch partial pages: those count as busy).  The allocator's own records come out of
 * that RAM.  0, ERR_NOMEM, ERR_LAYOUT for overlapping RAM.  Fault injection
 * is off. */
int pages_start(struct pages *ps, uint8_t *direct, const struct range *ram, unsigned ram_count,
                const struct range *busy, unsigned busy_count);

/* Adds RAM that start() left out as busy (whole pages inside the region).  The pages become
 * free.  Returns bytes accepted, ERR_BUG when any page of it is not RAM of ours or is free or owned already,
 * ERR_NOMEM (nothing changed; may be asked again with a longer region) when not even the records find room. */
int64_t pages_accept(struct pages *ps, phys_t at, uint64_t bytes);

/* Turns busy RAM into pages with one owner (the caller) without making them free: how an archive is adopted where it
 * lies.  Whole pages only.  0 or ERR_BUG, ERR_NOMEM (records). */
int pages_adopt(struct pages *ps, phys_t at, uint64_t bytes);

/* n contiguous pages with one owner each; PHYS_NONE when there is no such run.  Content is arbitrary. */
phys_t pages_take(struct pages *ps, size_t n);

/* Up to `most` contiguous pages, at least one: the count, 0 when nothing is left. */
size_t pages_take_run(struct pages *ps, size_t most, phys_t *at);

/* One more owner for each of n pages.  ERR_NOMEM when a count is full (nothing changed then). */
int pages_hold(struct pages *ps, phys_t at, size_t n);

/* One owner less for each of n pages; those without owners are free.  0 or ERR_BUG. */
int pages_give(struct pages *ps, phys_t at, size_t n);

unsigned pages_owners(struct pages *ps, phys_t at);

uint64_t pages_total(const struct pages *ps);     /* bytes managed, free or not, records included */
uint64_t pages_free(const struct pages *ps);      /* bytes free */
uint64_t pages_most_used(const struct pages *ps); /* high-water mark of (total - free) */

/* What is wrong with the allocator's own records, or NULL: walks everything (tests). */
const char *pages_check(struct pages *ps);

/* Fault injection: the n-th take from now (1 = next) finds nothing; 0 = off.  Counts on heap too: they share it. */
void pages_refuse(struct pages *ps, uint64_t nth);

static inline void *pages_direct(uint8_t *direct, phys_t at) { return direct + at; }

#endif
