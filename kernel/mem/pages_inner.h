/* kernel/mem/pages_inner.h - the records behind pages.h, for those who embed `struct pages`.
 *
 * RAM is cut at multiples of 16 MiB into zones; a zone never spans a hole.  A zone's record (free bits
 * and owner counts) is laid out when the first of its pages is wanted; until then the list of busy
 * ranges says all there is to know.  Everything here counts in frames (address / PAGE).
 */
#ifndef KERNEL_MEM_PAGES_INNER_H
#define KERNEL_MEM_PAGES_INNER_H

#include "kernel/mem/pages.h"

enum { ZONE_FRAMES = 4096, ZONE_WORDS = ZONE_FRAMES / 64, PAGES_BUSY = 32 };

#define FRAME_NONE UINT64_MAX

/* What stands in a page's count beside its number of owners. */
enum {
  COUNT_FREE = 0,
  COUNT_MOST = 0xfffc,   /* owners a page can have */
  COUNT_TAIL = 0xfffd,   /* one owner, who has the page before it too: a piece of a block */
  COUNT_RECORD = 0xfffe, /* the allocator's own */
  COUNT_BUSY = 0xffff,   /* never ours until accepted or adopted */
};

struct zone {
  uint64_t first; /* frame */
  uint32_t frames;
  uint32_t free;
  uint32_t index;            /* in the directory */
  uint32_t run_most;         /* no run of free pages is longer */
  uint64_t any;              /* bit w: bits[w] is not zero */
  uint64_t bits[ZONE_WORDS]; /* set: free */
  uint16_t count[];
};

struct frame_range {
  uint64_t first, end;
  uint32_t zone; /* index of its first zone, for RAM */
};

struct pages {
  uint8_t *direct;
  struct frame_range ram[MACHINE_RAM];
  unsigned ram_count;
  struct frame_range busy[PAGES_BUSY + 1]; /* ascending, merged where they overlap; the directory is among them */
  unsigned busy_count;
  struct frame_range own; /* the directory */
  struct zone **zones;    /* the directory: NULL where a zone is not laid out */
  uint64_t *some;         /* bit z: zone z may have free pages */
  uint32_t zone_count;
  uint32_t hint;     /* no zone below it has free pages */
  struct zone *last; /* the zone looked up last */
  uint64_t total, free, used_most;
  uint64_t refuse;
  bool (*more)(struct pages *ps); /* when a take finds nothing: accepts more RAM, and the take looks again; NULL: no */
};

static inline bool pages_some(const struct pages *ps, uint32_t z) { return ps->some[z / 64] >> (z % 64) & 1; }

/* --- zone.c: one zone and the directory ----------------------------------- */

/* The frames of zone z. */
struct frame_range zone_span(const struct pages *ps, uint32_t z);
/* The zone of a frame, laid out or not; false: no RAM of ours. */
bool zone_index(const struct pages *ps, uint64_t frame, uint32_t *z);
/* The zone of a frame when it is laid out already, or NULL. */
struct zone *zone_look(struct pages *ps, uint64_t frame);
static inline struct zone *zone_of(struct pages *ps, uint64_t frame) {
  return ps->last && frame - ps->last->first < ps->last->frames ? ps->last : zone_look(ps, frame);
}
/* Lays zone z out if it is not yet.  The record comes from zones that are open, from the zone
 * itself, from any other, and in the last resort from `spare` (busy frames of this zone that are being accepted; may
 * be NULL).  NULL: no memory. */
struct zone *zone_open(struct pages *ps, uint32_t z, const struct frame_range *spare);
/* n counts become `count`. */
void counts_fill(uint16_t *c, size_t n, uint16_t count);
/* How many of n counts, at least one, are as the first. */
size_t counts_alike(const uint16_t *c, size_t n);
/* Four counts in a word.  How many of n counts are from the first on each at least `least` and of the lower half of
 * what a count can be: no sum of words carries from one of them to the next. */
#define FOUR(count) ((count)*UINT64_C(0x0001000100010001))
size_t counts_usual(const uint16_t *c, size_t n, uint16_t least);
/* One owner more or less (`more` 1 or -1) in n counts, where none overflows. */
void counts_add(uint16_t *c, size_t n, int more);
/* A run of n free frames inside a zone that is open, or FRAME_NONE. */
uint64_t zone_find(const struct zone *z, size_t n);
/* Puts `count` on free frames; they are free no longer. */
void zone_occupy(struct pages *ps, struct zone *z, uint64_t first, size_t n, uint16_t count);
/* The first free frame of a zone that has one, counted from the zone's first. */
static inline uint64_t zone_first(const struct zone *z) {
  uint64_t w = (uint64_t)__builtin_ctzll(z->any);
  return w * 64 + (uint64_t)__builtin_ctzll(z->bits[w]);
}
/* zone_occupy for that one and one owner: a slab is a page. */
static inline void zone_occupy_one(struct pages *ps, struct zone *z, uint64_t at) {
  z->count[at] = 1;
  if ((z->bits[at / 64] &= z->bits[at / 64] - 1) == 0) z->any &= z->any - 1;
  z->free--;
  ps->free--;
  if (ps->total - ps->free > ps->used_most) ps->used_most = ps->total - ps->free;
}
/* Frames become free, whatever they were. */
void zone_free(struct pages *ps, struct zone *z, uint64_t first, size_t n);
/* The first n frames in [lo, hi) in a row that are not in the list of busy ranges, or FRAME_NONE. */
uint64_t zone_gap(const struct pages *ps, uint64_t lo, uint64_t hi, size_t n);

/* --- for arena.c -------------------------------------------------------- */

/* The count of a page and of those behind it in its zone, *n of them; the page is owned or free. */
static inline uint16_t *pages_counts(struct pages *ps, phys_t at, uint64_t *n) {
  struct zone *z = zone_of(ps, at / PAGE);
  *n = z->frames - (at / PAGE - z->first);
  return z->count + (at / PAGE - z->first);
}
/* Whether a page with this count may have one more owner. */
static inline bool pages_countable(uint16_t count) { return (unsigned)(count - 1) < COUNT_MOST - 1; }

/* One owner less for the first of n pages and those behind it that fare alike: *freed tells whether they are free
 * now.  How many they were; 0: the first is not owned. */
size_t pages_give_alike(struct pages *ps, phys_t at, size_t n, bool *freed);

/* --- for heap.c --------------------------------------------------------- */

/* Counts one allocation down; true when it is the one to be refused. */
static inline bool pages_refused(struct pages *ps) { return ps->refuse > 0 && --ps->refuse == 0; }
/* A block: n pages with one owner, given back without telling n. */
phys_t pages_take_block(struct pages *ps, size_t n);
/* The pages of a block, 0 when none begins there. */
size_t pages_block(struct pages *ps, phys_t at);
size_t pages_give_block(struct pages *ps, phys_t at);

#endif
