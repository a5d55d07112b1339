/* kernel/mem/pages.c - RAM by the page: what the door promises, over zones.
 *
 * A stretch of frames is walked piece by piece, a piece being what lies in one zone.  Calls that can
 * answer ERR_BUG look at every count before they change the first.
 */
#include <assert.h>
#include <string.h>

#include "kernel/mem/pages_inner.h"

/* The part of [*first, *first + *n) that lies in one zone that is laid out; moves past it.
 * NULL at the end, and at a frame that has no record (then *n is not 0). */
struct piece {
  struct zone *zone;
  uint64_t first;
  size_t n;
};

static bool next_piece(struct pages *ps, uint64_t *first, uint64_t *n, struct piece *p) {
  if (*n == 0 || !(p->zone = zone_of(ps, *first))) return false;
  uint64_t in_zone = p->zone->first + p->zone->frames - *first;
  p->first = *first;
  p->n = *n < in_zone ? *n : in_zone;
  *first += p->n;
  *n -= p->n;
  return true;
}

/* Do the frames lie in zones laid out, each count within [lo, hi]? */
static bool counts_within(struct pages *ps, uint64_t first, uint64_t n, unsigned lo, unsigned hi) {
  struct piece p;
  while (next_piece(ps, &first, &n, &p)) {
    const uint16_t *c = p.zone->count + (p.first - p.zone->first);
    for (size_t i = 0, skip; i < p.n; i += skip) {
      skip = lo == 1 ? counts_usual(c + i, p.n - i, 1) : 0;
      if (skip > 0) continue;
      if ((unsigned)(c[i] - lo) > hi - lo) return false;
      skip = counts_alike(c + i, p.n - i);
    }
  }
  return n == 0;
}

static void occupy(struct pages *ps, uint64_t first, uint64_t n, uint16_t count) {
  struct piece p;
  while (next_piece(ps, &first, &n, &p)) zone_occupy(ps, p.zone, p.first, p.n, count);
}

/* --- start --------------------------------------------------------------------- */

static int add_ram(struct pages *ps, const struct range *r) {
  if (r->bytes > UINT64_MAX - PAGE || r->at > UINT64_MAX - PAGE - r->bytes) return ERR_LAYOUT;
  struct frame_range f = {(r->at + PAGE - 1) / PAGE, (r->at + r->bytes) / PAGE, 0};
  if (f.first >= f.end) return 0;
  unsigned i = ps->ram_count;
  if (i == MACHINE_RAM) return ERR_LAYOUT;
  for (; i > 0 && ps->ram[i - 1].first > f.first; i--) ps->ram[i] = ps->ram[i - 1];
  ps->ram[i] = f;
  ps->ram_count++;
  return 0;
}

/* Numbers the zones and counts the frames; RAM that overlaps is refused. */
static int number_zones(struct pages *ps) {
  for (unsigned i = 0; i < ps->ram_count; i++) {
    struct frame_range *r = &ps->ram[i];
    if (i > 0 && r->first < r[-1].end) return ERR_LAYOUT;
    r->zone = ps->zone_count;
    ps->zone_count += (uint32_t)((r->end - 1) / ZONE_FRAMES - r->first / ZONE_FRAMES + 1);
    ps->total += r->end - r->first;
  }
  return 0;
}

/* Adds to the ascending list of busy ranges, merging with those that it touches or overlaps. */
static int add_busy(struct pages *ps, struct frame_range f) {
  unsigned from = 0, to;
  while (from < ps->busy_count && ps->busy[from].end < f.first) from++;
  for (to = from; to < ps->busy_count && ps->busy[to].first <= f.end; to++) {
    if (ps->busy[to].first < f.first) f.first = ps->busy[to].first;
    if (ps->busy[to].end > f.end) f.end = ps->busy[to].end;
  }
  if (to == from && ps->busy_count == PAGES_BUSY) return ERR_LAYOUT;
  memmove(&ps->busy[from + 1], &ps->busy[to], (ps->busy_count - to) * sizeof f);
  ps->busy[from] = f;
  ps->busy_count += 1 - (to - from);
  return 0;
}

static int add_busy_bytes(struct pages *ps, const struct range *b) {
  if (b->bytes == 0) return 0;
  if (b->at > UINT64_MAX - b->bytes - PAGE) return ERR_LAYOUT;
  struct frame_range f = {b->at / PAGE, (b->at + b->bytes + PAGE - 1) / PAGE, 0};
  return add_busy(ps, f);
}

static uint64_t busy_frames(const struct pages *ps) {
  uint64_t n = 0;
  for (unsigned i = 0; i < ps->ram_count; i++)
    for (unsigned k = 0; k < ps->busy_count; k++) {
      uint64_t lo = ps->busy[k].first > ps->ram[i].first ? ps->busy[k].first : ps->ram[i].first;
      uint64_t hi = ps->busy[k].end < ps->ram[i].end ? ps->busy[k].end : ps->ram[i].end;
      if (lo < hi) n += hi - lo;
    }
  return n;
}

/* The directory: a pointer and a bit for each zone, from the first RAM that is free. */
static int make_directory(struct pages *ps) {
  size_t words = (ps->zone_count + 63) / 64;
  size_t bytes = ps->zone_count * sizeof *ps->zones + words * sizeof *ps->some;
  size_t n = (bytes + PAGE - 1) / PAGE;
  uint64_t at = FRAME_NONE;
  for (unsigned i = 0; i < ps->ram_count && at == FRAME_NONE; i++)
    at = zone_gap(ps, ps->ram[i].first, ps->ram[i].end, n);
  if (at == FRAME_NONE || n == 0) return ERR_NOMEM;
  ps->zones = (struct zone **)(ps->direct + at * PAGE);
  ps->some = (uint64_t *)(ps->zones + ps->zone_count);
  memset(ps->zones, 0, ps->zone_count * sizeof *ps->zones);
  memset(ps->some, 0xff, words * sizeof *ps->some);
  ps->own = (struct frame_range){at, at + n, 0};
  ps->free -= n;
  ps->used_most = n;
  return add_busy(ps, ps->own);
}

__attribute__((cold)) int pages_start(struct pages *ps, uint8_t *direct, const struct range *ram, unsigned ram_count,
                                      const struct range *busy, unsigned busy_count) {
  int rc = 0;
  memset(ps, 0, sizeof *ps);
  ps->direct = direct;
  for (unsigned i = 0; i < ram_count && rc == 0; i++) rc = add_ram(ps, &ram[i]);
  if (rc == 0) rc = number_zones(ps);
  for (unsigned i = 0; i < busy_count && rc == 0; i++) rc = add_busy_bytes(ps, &busy[i]);
  if (rc < 0) return rc;
  ps->total -= busy_frames(ps);
  ps->free = ps->total;
  return make_directory(ps);
}

/* --- busy RAM becomes ours ---------------------------------------------------------- */

static __attribute__((cold, noinline)) bool brought_more(struct pages *ps) { return ps->more && ps->more(ps); }

/* Lays out every zone of the range; frames outside RAM are a bug. */
static __attribute__((cold)) int open_zones(struct pages *ps, uint64_t first, uint64_t n, bool spare) {
  for (uint64_t at = first; at < first + n;) {
    uint32_t z;
    if (!zone_index(ps, at, &z)) return ERR_BUG;
    struct frame_range s = zone_span(ps, z);
    if (s.end > first + n) s.end = first + n;
    struct frame_range inside = {at, s.end, z};
    while (!zone_open(ps, z, spare ? &inside : NULL))
      if (spare || !brought_more(ps)) return ERR_NOMEM;
    at = s.end;
  }
  return 0;
}

/* Frames of [first, first + n) become free, but for those that hold records by now. */
static void accept(struct pages *ps, uint64_t first, uint64_t n) {
  struct piece p;
  while (next_piece(ps, &first, &n, &p)) {
    const uint16_t *c = p.zone->count + (p.first - p.zone->first);
    size_t skip = 0;
    while (skip < p.n && c[skip] == COUNT_RECORD) skip++;
    ps->total += p.n - skip;
    zone_free(ps, p.zone, p.first + skip, p.n - skip);
  }
}

/* Busy, or (at the head of a zone's part) a record that was put there while this very call laid the zone out. */
static __attribute__((cold)) bool acceptable(struct pages *ps, uint64_t first, uint64_t n) {
  struct piece p;
  while (next_piece(ps, &first, &n, &p)) {
    const uint8_t *record = (const uint8_t *)p.zone;
    const uint16_t *c = p.zone->count + (p.first - p.zone->first);
    size_t skip = 0;
    if (record == ps->direct + p.first * PAGE)
      while (skip < p.n && c[skip] == COUNT_RECORD) skip++;
    if (skip < p.n && (c[skip] != COUNT_BUSY || counts_alike(c + skip, p.n - skip) < p.n - skip)) return false;
  }
  return n == 0;
}

int64_t pages_accept(struct pages *ps, phys_t at, uint64_t bytes) {
  if (at > UINT64_MAX - bytes - PAGE) return ERR_BUG;
  uint64_t first = (at + PAGE - 1) / PAGE, end = (at + bytes) / PAGE;
  if (first >= end) return 0;
  int rc = open_zones(ps, first, end - first, true);
  if (rc < 0) return rc;
  if (!acceptable(ps, first, end - first)) return ERR_BUG;
  accept(ps, first, end - first);
  return (int64_t)((end - first) * PAGE);
}

__attribute__((cold)) int pages_adopt(struct pages *ps, phys_t at, uint64_t bytes) {
  if (at % PAGE || bytes % PAGE || at > UINT64_MAX - bytes) return ERR_BUG;
  uint64_t first = at / PAGE, n = bytes / PAGE;
  int rc = open_zones(ps, first, n, false);
  if (rc < 0) return rc;
  if (!counts_within(ps, first, n, COUNT_BUSY, COUNT_BUSY)) return ERR_BUG;
  ps->total += n;
  struct piece p;
  while (next_piece(ps, &first, &n, &p)) counts_fill(p.zone->count + (p.first - p.zone->first), p.n, 1);
  if (ps->total - ps->free > ps->used_most) ps->used_most = ps->total - ps->free;
  return 0;
}

/* --- taking ------------------------------------------------------------------------------ */

void pages_refuse(struct pages *ps, uint64_t nth) { ps->refuse = nth; }

/* The lowest zone with a free page, laid out. */
static struct zone *lowest_zone(struct pages *ps) {
  struct zone *same = ps->hint < ps->zone_count ? ps->zones[ps->hint] : NULL;
  if (same && same->free > 0) return same;
  for (; ps->hint < ps->zone_count; ps->hint++) {
    uint32_t z = ps->hint;
    if (!pages_some(ps, z)) continue;
    struct zone *zone = zone_open(ps, z, NULL);
    if (zone && zone->free > 0) return zone;
    if (ps->hint != z) return lowest_zone(ps);
    ps->some[z / 64] &= ~((uint64_t)1 << (z % 64));
  }
  return NULL;
}

size_t pages_take_run(struct pages *ps, size_t most, phys_t *at) {
  assert(most > 0);
  struct zone *z = pages_refused(ps) ? NULL : lowest_zone(ps);
  while (!z && brought_more(ps)) z = lowest_zone(ps);
  if (!z) return 0;
  uint64_t lead = zone_first(z), n = 1;
  while (n < most && lead + n < z->frames && z->bits[(lead + n) / 64] >> ((lead + n) % 64) & 1) n++;
  if (n > 1)
    zone_occupy(ps, z, z->first + lead, n, 1);
  else
    zone_occupy_one(ps, z, lead);
  *at = (z->first + lead) * PAGE;
  return n;
}

/* Extends the run *from .. with zone z; true when it has n frames.  A zone that is not laid out and has no busy
 * frame is free as a whole. */
static __attribute__((cold)) bool extend_run(struct pages *ps, uint32_t z, size_t n, uint64_t *from, uint64_t *have) {
  struct frame_range s = zone_span(ps, z);
  if (*from + *have != s.first) *have = 0;
  if (!pages_some(ps, z)) {
    *have = 0;
    return false;
  }
  struct zone *zone = ps->zones[z];
  if (!zone && zone_gap(ps, s.first, s.end, s.end - s.first) == FRAME_NONE) zone = zone_open(ps, z, NULL);
  if (!zone && zone_gap(ps, s.first, s.end, s.end - s.first) == FRAME_NONE) {
    *have = 0;
    return false;
  }
  for (uint64_t i = 0, frames = s.end - s.first; i < frames && *have < n;) {
    uint64_t left = i % 64 == 0 && frames - i >= 64 ? 64 : 1;
    uint64_t word = zone ? zone->bits[i / 64] >> (i % 64) : UINT64_MAX;
    if (left == 64 && word != UINT64_MAX && word != 0) left = 1;
    if (*have == 0) *from = s.first + i;
    *have = word & 1 ? *have + left : 0;
    i += left;
  }
  return *have >= n;
}

/* Looks inside the zones that are open first, which is quick, then for a run across zones. */
static __attribute__((cold)) uint64_t find_run(struct pages *ps, size_t n) {
  uint64_t from = 0, have = 0;
  for (uint32_t z = ps->hint; z < ps->zone_count && n <= ZONE_FRAMES; z++) {
    struct zone *zone = pages_some(ps, z) ? ps->zones[z] : NULL;
    from = zone && zone->run_most >= n ? zone_find(zone, n) : FRAME_NONE;
    if (from != FRAME_NONE) return from;
    if (zone && zone->run_most >= n) zone->run_most = (uint32_t)n - 1;
  }
  for (uint32_t z = ps->hint; z < ps->zone_count; z++)
    if (extend_run(ps, z, n, &from, &have)) return from;
  return FRAME_NONE;
}

/* Lays the zones of a run out; laying out may eat into the run itself, then another is looked for. */
static __attribute__((cold)) uint64_t claim_run(struct pages *ps, size_t n) {
  for (;;) {
    uint64_t first = find_run(ps, n);
    if (first == FRAME_NONE || open_zones(ps, first, n, false) < 0) return FRAME_NONE;
    if (find_run(ps, n) == first) return first;
  }
}

phys_t pages_take(struct pages *ps, size_t n) {
  phys_t at;
  assert(n > 0);
  if (n == 1) return pages_take_run(ps, 1, &at) ? at : PHYS_NONE;
  uint64_t first = pages_refused(ps) || n > ps->free ? FRAME_NONE : claim_run(ps, n);
  while (first == FRAME_NONE && brought_more(ps)) first = n > ps->free ? FRAME_NONE : claim_run(ps, n);
  if (first == FRAME_NONE) return PHYS_NONE;
  occupy(ps, first, n, 1);
  return first * PAGE;
}

/* --- owners ----------------------------------------------------------------------------------- */

int pages_hold(struct pages *ps, phys_t at, size_t n) {
  uint64_t first = at / PAGE, left = n;
  if (!counts_within(ps, first, n, 1, COUNT_MOST - 1))
    return counts_within(ps, first, n, 1, COUNT_MOST) ? ERR_NOMEM : ERR_BUG;
  struct piece p;
  while (next_piece(ps, &first, &left, &p)) counts_add(p.zone->count + (p.first - p.zone->first), p.n, 1);
  return 0;
}

/* One owner less in one zone; stretches that become free are freed together. */
static void give_piece(struct pages *ps, const struct piece *p) {
  uint16_t *c = p->zone->count + (p->first - p->zone->first);
  for (size_t i = 0, alike; i < p->n; i += alike) {
    alike = counts_usual(c + i, p->n - i, 2);
    if (alike > 0) {
      counts_add(c + i, alike, -1);
      continue;
    }
    alike = counts_alike(c + i, p->n - i);
    if (c[i] == 1)
      zone_free(ps, p->zone, p->first + i, alike);
    else
      counts_fill(c + i, alike, c[i] - 1);
  }
}

int pages_give(struct pages *ps, phys_t at, size_t n) {
  uint64_t first = at / PAGE, left = n;
  if (at % PAGE || !counts_within(ps, first, n, 1, COUNT_MOST)) return ERR_BUG;
  struct piece p;
  while (next_piece(ps, &first, &left, &p)) give_piece(ps, &p);
  return 0;
}

size_t pages_give_alike(struct pages *ps, phys_t at, size_t n, bool *freed) {
  uint64_t first = at / PAGE, left = n;
  struct piece p;
  if (!next_piece(ps, &first, &left, &p)) return 0;
  uint16_t *c = p.zone->count + (p.first - p.zone->first);
  size_t alike = 0;
  *freed = c[0] == 1;
  while (alike < p.n && *freed && c[alike] == 1) alike++;
  for (; alike < p.n && !*freed && c[alike] > 1 && c[alike] <= COUNT_MOST; alike++) c[alike]--;
  if (*freed) zone_free(ps, p.zone, p.first, alike);
  return alike;
}

static unsigned count_of(struct pages *ps, uint64_t frame) {
  struct zone *z = zone_of(ps, frame);
  return z ? z->count[frame - z->first] : COUNT_FREE;
}

unsigned pages_owners(struct pages *ps, phys_t at) {
  unsigned count = count_of(ps, at / PAGE);
  if (count == COUNT_TAIL) return 1;
  return count <= COUNT_MOST ? count : 0;
}

/* --- blocks ------------------------------------------------------------------------------------- */

__attribute__((cold)) phys_t pages_take_block(struct pages *ps, size_t n) {
  phys_t at = pages_take(ps, n);
  if (at == PHYS_NONE) return at;
  uint64_t first = at / PAGE + 1, left = n - 1;
  struct piece p;
  while (next_piece(ps, &first, &left, &p)) counts_fill(p.zone->count + (p.first - p.zone->first), p.n, COUNT_TAIL);
  return at;
}

size_t pages_block(struct pages *ps, phys_t at) {
  size_t n = 1;
  if (at % PAGE || count_of(ps, at / PAGE) != 1) return 0;
  while (count_of(ps, at / PAGE + n) == COUNT_TAIL) n++;
  return n;
}

size_t pages_give_block(struct pages *ps, phys_t at) {
  size_t n = pages_block(ps, at);
  uint64_t first = at / PAGE, left = n;
  struct piece p;
  while (next_piece(ps, &first, &left, &p)) zone_free(ps, p.zone, p.first, p.n);
  return n;
}

/* --- counters ----------------------------------------------------------------------------------------- */

uint64_t pages_total(const struct pages *ps) { return ps->total * PAGE; }
uint64_t pages_free(const struct pages *ps) { return ps->free * PAGE; }
uint64_t pages_most_used(const struct pages *ps) { return ps->used_most * PAGE; }
