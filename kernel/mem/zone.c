/* kernel/mem/zone.c - sixteen MiB of RAM and its record.
 *
 * A record is a bit and a count for each page.  Bits find pages, counts keep their owners; a page is free when
 * its count is 0 and then, and only then, its bit is set.
 */
#include <assert.h>
#include <string.h>

#include "kernel/mem/pages_inner.h"

struct frame_range zone_span(const struct pages *ps, uint32_t z) {
  const struct frame_range *r = ps->ram;
  while (r + 1 < ps->ram + ps->ram_count && z >= r[1].zone) r++;
  uint64_t window = r->first / ZONE_FRAMES + (z - r->zone);
  struct frame_range s = {window * ZONE_FRAMES, (window + 1) * ZONE_FRAMES, z};
  if (s.first < r->first) s.first = r->first;
  if (s.end > r->end) s.end = r->end;
  return s;
}

bool zone_index(const struct pages *ps, uint64_t frame, uint32_t *z) {
  for (const struct frame_range *r = ps->ram; r < ps->ram + ps->ram_count; r++)
    if (frame >= r->first && frame < r->end) {
      *z = r->zone + (uint32_t)(frame / ZONE_FRAMES - r->first / ZONE_FRAMES);
      return true;
    }
  return false;
}

struct zone *zone_look(struct pages *ps, uint64_t frame) {
  uint32_t z;
  if (!zone_index(ps, frame, &z) || !ps->zones[z]) return NULL;
  return ps->last = ps->zones[z];
}

/* --- bits -------------------------------------------------------------------- */

/* The bits of [at, at + n) that lie in word at / 64; *took of them. */
static uint64_t word_mask(uint64_t at, size_t n, size_t *took) {
  size_t in_word = 64 - at % 64;
  *took = n < in_word ? n : in_word;
  uint64_t ones = *took == 64 ? UINT64_MAX : ((uint64_t)1 << *took) - 1;
  return ones << (at % 64);
}

static void bits_set(struct zone *z, uint64_t at, size_t n) {
  for (size_t took; n > 0; at += took, n -= took) {
    z->bits[at / 64] |= word_mask(at, n, &took);
    z->any |= (uint64_t)1 << (at / 64);
  }
}

static void bits_clear(struct zone *z, uint64_t at, size_t n) {
  for (size_t took; n > 0; at += took, n -= took) {
    z->bits[at / 64] &= ~word_mask(at, n, &took);
    if (z->bits[at / 64] == 0) z->any &= ~((uint64_t)1 << (at / 64));
  }
}

/* --- counts, four at a time ------------------------------------------------ */

static inline uint64_t four_at(const uint16_t *c) {
  uint64_t four;
  memcpy(&four, c, sizeof four);
  return four;
}

size_t counts_usual(const uint16_t *c, size_t n, uint16_t least) {
  size_t i = 0;
  for (; n - i >= 8; i += 8) {
    uint64_t a = four_at(c + i), b = four_at(c + i + 4);
    if ((a | b | (a - FOUR(least)) | (b - FOUR(least))) & FOUR(0x8000)) break;
  }
  while (i < n && c[i] >= least && c[i] < 0x8000) i++;
  return i;
}

void counts_add(uint16_t *c, size_t n, int more) {
  const uint64_t change = more > 0 ? FOUR(1) : -FOUR(1);
  for (uint64_t four; n >= 4; n -= 4, c += 4) {
    four = four_at(c) + change;
    memcpy(c, &four, sizeof four);
  }
  while (n-- > 0) *c++ += (uint16_t)more;
}

void counts_fill(uint16_t *c, size_t n, uint16_t count) {
  const uint64_t four = FOUR(count);
  for (; n >= 4; n -= 4, c += 4) memcpy(c, &four, sizeof four);
  while (n-- > 0) *c++ = count;
}

size_t counts_alike(const uint16_t *c, size_t n) {
  size_t alike = 1;
  for (uint64_t four; alike + 4 <= n; alike += 4) {
    memcpy(&four, c + alike, sizeof four);
    if (four != FOUR(c[0])) break;
  }
  while (alike < n && c[alike] == c[0]) alike++;
  return alike;
}

/* --- frames -------------------------------------------------------------------- */

void zone_occupy(struct pages *ps, struct zone *z, uint64_t first, size_t n, uint16_t count) {
  uint64_t at = first - z->first;
  counts_fill(z->count + at, n, count);
  bits_clear(z, at, n);
  z->free -= (uint32_t)n;
  ps->free -= n;
  if (ps->total - ps->free > ps->used_most) ps->used_most = ps->total - ps->free;
}

void zone_free(struct pages *ps, struct zone *z, uint64_t first, size_t n) {
  uint64_t at = first - z->first;
  counts_fill(z->count + at, n, COUNT_FREE);
  bits_set(z, at, n);
  z->free += (uint32_t)n;
  z->run_most = z->frames;
  ps->free += n;
  ps->some[z->index / 64] |= (uint64_t)1 << (z->index % 64);
  if (z->index < ps->hint) ps->hint = z->index;
}

/* The first free frame at or behind `at`, counted from the zone's first; ZONE_FRAMES: none. */
static uint64_t next_free(const struct zone *z, uint64_t at) {
  if (at >= ZONE_FRAMES) return ZONE_FRAMES;
  uint64_t word = z->bits[at / 64] >> (at % 64);
  if (word) return at + (uint64_t)__builtin_ctzll(word);
  uint64_t w = at / 64 + 1;
  uint64_t any = w < ZONE_WORDS ? z->any >> w << w : 0;
  if (!any) return ZONE_FRAMES;
  w = (uint64_t)__builtin_ctzll(any);
  return w * 64 + (uint64_t)__builtin_ctzll(z->bits[w]);
}

/* The first frame at or behind `at` that is not free. */
static uint64_t next_taken(const struct zone *z, uint64_t at) {
  for (; at < z->frames; at += 64 - at % 64) {
    uint64_t word = ~z->bits[at / 64] >> (at % 64);
    if (word) {
      at += (uint64_t)__builtin_ctzll(word);
      break;
    }
  }
  return at < z->frames ? at : z->frames;
}

uint64_t zone_find(const struct zone *z, size_t n) {
  if (z->free < n) return FRAME_NONE;
  for (uint64_t at = next_free(z, 0); at < z->frames;) {
    uint64_t end = n == 1 ? at + 1 : next_taken(z, at);
    if (end - at >= n) return z->first + at;
    at = next_free(z, end);
  }
  return FRAME_NONE;
}

/* --- laying out ----------------------------------------------------------------- */

uint64_t zone_gap(const struct pages *ps, uint64_t lo, uint64_t hi, size_t n) {
  for (unsigned i = 0; i < ps->busy_count; i++) {
    const struct frame_range *b = &ps->busy[i];
    if (b->end <= lo) continue;
    if (b->first >= hi || (b->first > lo && b->first - lo >= n)) break;
    lo = b->end;
  }
  return lo < hi && hi - lo >= n ? lo : FRAME_NONE;
}

static size_t record_frames(uint64_t frames) {
  return (sizeof(struct zone) + frames * sizeof(uint16_t) + PAGE - 1) / PAGE;
}

static uint64_t record_from_open(struct pages *ps, size_t n) {
  for (uint32_t z = ps->hint; z < ps->zone_count; z++) {
    uint64_t at = ps->zones[z] && pages_some(ps, z) ? zone_find(ps->zones[z], n) : FRAME_NONE;
    if (at != FRAME_NONE) return at;
  }
  return FRAME_NONE;
}

static uint64_t record_from_others(struct pages *ps, uint32_t z, size_t n) {
  for (uint32_t other = ps->hint; other < ps->zone_count; other++) {
    struct frame_range s = zone_span(ps, other);
    size_t own = record_frames(s.end - s.first);
    if (other == z || ps->zones[other] || zone_gap(ps, s.first, s.end, own + n) == FRAME_NONE) continue;
    struct zone *opened = zone_open(ps, other, NULL);
    uint64_t at = opened ? zone_find(opened, n) : FRAME_NONE;
    if (at != FRAME_NONE) return at;
  }
  return FRAME_NONE;
}

static uint64_t record_place(struct pages *ps, const struct frame_range *s, const struct frame_range *spare) {
  size_t n = record_frames(s->end - s->first);
  uint64_t at = record_from_open(ps, n);
  if (at == FRAME_NONE) at = zone_gap(ps, s->first, s->end, n);
  if (at == FRAME_NONE) at = record_from_others(ps, s->zone, n);
  if (at == FRAME_NONE && spare && spare->end - spare->first >= n) at = spare->first;
  return at;
}

static void busy_into(struct zone *z, const struct frame_range *r, uint16_t count) {
  uint64_t lo = r->first > z->first ? r->first : z->first;
  uint64_t end = z->first + z->frames, hi = r->end < end ? r->end : end;
  if (lo >= hi) return;
  counts_fill(z->count + (lo - z->first), hi - lo, count);
  bits_clear(z, lo - z->first, hi - lo);
}

static void record_fill(struct pages *ps, struct zone *z, const struct frame_range *s) {
  z->first = s->first;
  z->frames = (uint32_t)(s->end - s->first);
  z->index = s->zone;
  memset(z->bits, 0, sizeof z->bits);
  z->any = 0;
  z->run_most = z->frames;
  counts_fill(z->count, z->frames, COUNT_FREE);
  bits_set(z, 0, z->frames);
  for (unsigned i = 0; i < ps->busy_count; i++) busy_into(z, &ps->busy[i], COUNT_BUSY);
  busy_into(z, &ps->own, COUNT_RECORD);
  z->free = 0;
  for (unsigned w = 0; w < ZONE_WORDS; w++) z->free += (uint32_t)__builtin_popcountll(z->bits[w]);
}

/* Marks the record's own frames.  Taken from `spare` they were busy and become ours here. */
static void record_mark(struct pages *ps, uint64_t at, size_t n) {
  struct zone *home = zone_of(ps, at);
  if (home->count[at - home->first] == COUNT_BUSY) {
    ps->total += n;
    zone_free(ps, home, at, n);
  }
  zone_occupy(ps, home, at, n, COUNT_RECORD);
}

__attribute__((cold)) struct zone *zone_open(struct pages *ps, uint32_t z, const struct frame_range *spare) {
  if (ps->zones[z]) return ps->zones[z];
  struct frame_range s = zone_span(ps, z);
  uint64_t at = record_place(ps, &s, spare);
  if (at == FRAME_NONE) return NULL;
  struct zone *record = (struct zone *)(ps->direct + at * PAGE);
  record_fill(ps, record, &s);
  ps->zones[z] = record;
  record_mark(ps, at, record_frames(s.end - s.first));
  return record;
}
