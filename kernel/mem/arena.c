/* kernel/mem/arena.c - one contiguous run of bytes whose pages are owned by many.
 *
 * Owners are counted by the frames themselves (pages.h), so that a program's mapping, which knows only frames, keeps a
 * page like a slice does.  Such a page outlives its place in the window; it is unmapped there when
 * the arena ends.
 */
#include <assert.h>
#include <string.h>

#include "formats/bytes.h"
#include "kernel/mem/arena.h"
#include "kernel/mem/pages_inner.h"

enum { STEP_MOST = 2 << 20, STEP_SHARE = 64 /* of the memory that is free */, TABLE_PAGES = 512, RUN_MOST = 32 };

static void arena_begin(struct arena *a, struct plat *plat, struct heap *heap) {
  memset(a, 0, sizeof *a);
  a->plat = plat;
  a->heap = heap;
  a->pages = heap_pages(heap);
}

__attribute__((cold)) int arena_open(struct arena *a, struct plat *plat, struct heap *heap, uint64_t reserve) {
  arena_begin(a, plat, heap);
  if (reserve > UINT64_MAX - PAGE) return ERR_NOMEM;
  a->reserved = bytes_round_up(reserve ? reserve : 1, PAGE);
  a->base = plat_window(plat, a->reserved);
  return a->base ? 0 : ERR_NOMEM;
}

__attribute__((cold)) void arena_adopt(struct arena *a, struct plat *plat, struct heap *heap, phys_t at,
                                       uint64_t bytes) {
  assert(at % PAGE == 0);
  arena_begin(a, plat, heap);
  a->adopted = true;
  a->at = at;
  a->base = plat_direct(plat) + at;
  a->room = a->reserved = bytes;
}

/* --- growing ---------------------------------------------------------------- */

/* Where the last pages are taken none is left for the tables that map them: then fewer are. */
static __attribute__((cold)) int grow_once(struct arena *a, uint64_t target) {
  phys_t frame;
  size_t n = (size_t)((target - a->room + PAGE - 1) / PAGE);
  while ((n = pages_take_run(a->pages, n, &frame)) > 0) {
    int rc = plat_map(a->plat, NULL, (uintptr_t)a->base + a->room, frame, n, PROT_R | PROT_W);
    if (rc == 0) {
      a->room += n * PAGE;
      return 0;
    }
    pages_give(a->pages, frame, n);
    n -= 1 + n / TABLE_PAGES;
    if (n == 0) return rc;
  }
  return ERR_NOMEM;
}

int arena_grow(struct arena *a, uint64_t upto) {
  uint64_t step = pages_free(a->pages) / STEP_SHARE;
  if (step > STEP_MOST) step = STEP_MOST;
  if (upto <= a->room) return 0;
  if (a->adopted) return ERR_NOMEM;
  uint64_t target = upto > a->reserved || a->reserved - upto < step ? a->reserved : upto + step;
  while (a->room < target)
    if (grow_once(a, target) < 0) break;
  return a->room >= upto ? 0 : ERR_NOMEM;
}

/* --- owners ------------------------------------------------------------------- */

/* Looks a page up, with those behind it that are likely to be asked for next. */
static __attribute__((noinline)) void find_run(struct arena *a, uint64_t page) {
  uint64_t most, left = bytes_round_up(a->room, PAGE) / PAGE - page, n = 1;
  uintptr_t at = (uintptr_t)a->base + page * PAGE;
  phys_t frame = a->adopted ? a->at + page * PAGE : plat_frame(a->plat, NULL, at);
  assert(frame != PHYS_NONE);
  a->run_counts = pages_counts(a->pages, frame, &most);
  if (most > left) most = left;
  if (a->adopted) n = most;
  while (n < most && n < RUN_MOST && plat_frame(a->plat, NULL, at + n * PAGE) == frame + n * PAGE) n++;
  a->run = page * PAGE;
  a->run_bytes = n * PAGE;
  a->run_frame = frame;
}

static inline phys_t page_frame(struct arena *a, uint64_t page) {
  if (page * PAGE - a->run >= a->run_bytes) find_run(a, page);
  return a->run_frame + (page * PAGE - a->run);
}

phys_t arena_frame(struct arena *a, const void *p) {
  return page_frame(a, (uint64_t)((const uint8_t *)p - a->base) / PAGE);
}

/* The pages that [p, p + n) touches, counted from the arena's first; how many. */
static uint64_t pages_of(const struct arena *a, const void *p, uint64_t n, uint64_t *first) {
  uint64_t at = (uint64_t)((const uint8_t *)p - a->base);
  assert(at <= a->room && n <= a->room - at);
  *first = at / PAGE;
  return n == 0 ? 0 : (at + n - 1) / PAGE - *first + 1;
}

/* How many of the n pages from `page` on lie in frames that follow each other. */
static uint64_t frames_in_row(struct arena *a, uint64_t page, uint64_t n, phys_t *frame) {
  uint64_t row = 1;
  *frame = page_frame(a, page);
  while (row < n && page_frame(a, page + row) == *frame + row * PAGE) row++;
  return row;
}

static void give_adopted(struct arena *a, uint64_t page, uint64_t n) {
  int rc = pages_give(a->pages, a->at + page * PAGE, n);
  assert(rc == 0 && "an arena gives a page that it does not own");
  (void)rc;
}

/* One owner less for pages of the window whose frames follow each other; stretches that are free now are unmapped. */
static void give_row(struct arena *a, uint64_t page, uint64_t n, phys_t frame) {
  bool freed = false;
  for (size_t alike; n > 0; page += alike, frame += alike * PAGE, n -= alike) {
    alike = pages_give_alike(a->pages, frame, (size_t)n, &freed);
    assert(alike > 0 && "an arena gives a page that it does not own");
    if (freed) plat_unmap(a->plat, NULL, (uintptr_t)a->base + page * PAGE, alike);
  }
}

static void give_grown(struct arena *a, uint64_t page, uint64_t n) {
  phys_t frame;
  for (uint64_t row; n > 0; page += row, n -= row) {
    row = frames_in_row(a, page, n, &frame);
    give_row(a, page, row, frame);
    a->run_bytes = 0;
  }
}

static void give(struct arena *a, uint64_t page, uint64_t n) {
  if (a->adopted)
    give_adopted(a, page, n);
  else
    give_grown(a, page, n);
}

/* Frames that follow each other are held with one call: all of an adopted arena's. */
static int hold_grown(struct arena *a, uint64_t first, uint64_t pages) {
  uint64_t row;
  phys_t frame;
  for (uint64_t done = 0; done < pages; done += row) {
    row = frames_in_row(a, first + done, pages - done, &frame);
    int rc = pages_hold(a->pages, frame, row);
    if (rc == 0) continue;
    give_grown(a, first, done);
    return rc;
  }
  return 0;
}

__attribute__((cold)) void arena_trim(struct arena *a, uint64_t upto) {
  uint64_t keep = bytes_round_up(upto, PAGE);
  assert(!a->adopted && !a->sealed);
  if (keep >= a->room) return;
  give_grown(a, keep / PAGE, (a->room - keep) / PAGE);
  a->room = keep;
}

/* The pages of a stretch that was looked up, with room in their counts. */
static bool hold_run(struct arena *a, uint64_t first, uint64_t pages) {
  uint64_t at = (first * PAGE - a->run) / PAGE;
  if (pages > a->run_bytes / PAGE - at || counts_usual(a->run_counts + at, pages, 1) < pages) return false;
  counts_add(a->run_counts + at, pages, 1);
  return true;
}

static int hold_anywhere(struct arena *a, uint64_t first, uint64_t pages) {
  int rc = a->adopted ? pages_hold(a->pages, a->at + first * PAGE, pages) : hold_grown(a, first, pages);
  assert(rc != ERR_BUG && "an arena holds a page that it does not own");
  return rc;
}

int arena_hold(struct arena *a, const void *p, uint64_t n) {
  uint64_t first, pages = pages_of(a, p, n, &first);
  if (pages == 0) return 0;
  page_frame(a, first);
  int rc = hold_run(a, first, pages) ? 0 : hold_anywhere(a, first, pages);
  if (rc == 0) a->live += pages;
  return rc;
}

/* --- the end --------------------------------------------------------------------- */

static void end_when_unused(struct arena *a) {
  if (!a->sealed || a->live > 0) return;
  if (!a->adopted) {
    if (a->room > 0) plat_unmap(a->plat, NULL, (uintptr_t)a->base, a->room / PAGE);
    plat_window_cut(a->plat, a->base, 0);
  }
  heap_give(a->heap, a);
}

void arena_drop(struct arena *a, const void *p, uint64_t n) {
  uint64_t first, pages = pages_of(a, p, n, &first);
  assert(a->live >= pages);
  give(a, first, pages);
  a->live -= pages;
  end_when_unused(a);
}

void arena_seal(struct arena *a) {
  assert(!a->sealed);
  if (!a->adopted) {
    give_grown(a, 0, a->room / PAGE);
    if (a->live > 0) plat_window_cut(a->plat, a->base, a->room);
  }
  a->sealed = true;
  end_when_unused(a);
}
