/* kernel/mem/pages_check.c - the page allocator's records, walked from end to end, for tests.
 *
 * Counts and bits must say the same, and the sums must be the counters.
 */
#include "kernel/mem/pages_inner.h"

struct sums {
  uint64_t total, free;
};

static const char *check_zone(struct pages *ps, const struct zone *z, struct sums *sums) {
  uint64_t free = 0;
  for (uint64_t i = 0; i < z->frames; i++) {
    bool bit = z->bits[i / 64] >> (i % 64) & 1;
    if (bit != (z->count[i] == COUNT_FREE)) return "a page's bit and its count differ";
    if (z->count[i] == COUNT_TAIL && (i == 0 ? z->index == 0 : z->count[i - 1] != COUNT_TAIL && z->count[i - 1] != 1))
      return "a piece of a block without its beginning";
    free += bit;
    sums->total += z->count[i] != COUNT_BUSY;
  }
  for (uint64_t w = 0; w < ZONE_WORDS; w++)
    if ((z->any >> w & 1) != (z->bits[w] != 0)) return "the summary of a zone's bits is wrong";
  if (free != z->free) return "a zone's number of free pages is wrong";
  if (free > 0 && (!pages_some(ps, z->index) || z->index < ps->hint)) return "a zone with free pages is not found";
  sums->free += free;
  return NULL;
}

/* A zone that is not laid out: what is not busy is free. */
static void add_virgin(struct pages *ps, uint32_t z, struct sums *sums) {
  struct frame_range s = zone_span(ps, z);
  for (uint64_t frame = s.first; frame < s.end; frame++) {
    uint64_t next = zone_gap(ps, frame, s.end, 1);
    if (next == FRAME_NONE) return;
    sums->free++, sums->total++;
    frame = next;
  }
}

const char *pages_check(struct pages *ps) {
  struct sums sums = {0, 0};
  for (uint32_t i = 0; i < ps->zone_count; i++) {
    struct zone *z = ps->zones[i];
    const char *wrong = z ? check_zone(ps, z, &sums) : NULL;
    if (wrong) return wrong;
    if (!z) add_virgin(ps, i, &sums);
  }
  /* The directory's frames are busy on the list until their zone is laid out. */
  struct zone *home = zone_of(ps, ps->own.first);
  if (!home) sums.total += ps->own.end - ps->own.first;
  if (sums.free != ps->free) return "the number of free pages is wrong";
  if (sums.total != ps->total) return "the number of pages is wrong";
  return NULL;
}
