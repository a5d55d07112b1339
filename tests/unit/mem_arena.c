/* tests/unit/mem_arena.c - arenas over the host's machine: growth, slices, the last owner. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/mem/arena.h"
#include "kernel/mem/heap_inner.h"
#include "kernel/mem/pages_inner.h"
#include "plat_host.h"

enum { MIB = 1 << 20 };

struct fixture {
  struct plat *plat;
  struct pages ps;
  struct heap heap;
  uint64_t free;
};

/* The last two MiB are busy: there the adopted arenas lie. */
static const struct range tail = {6 * MIB, 2 * MIB};

static void start(struct fixture *f) {
  f->plat = plat_host_start(8 * MIB, 5);
  assert_non_null(f->plat);
  const struct machine *m = plat_machine(f->plat);
  assert_int_equal(pages_start(&f->ps, plat_direct(f->plat), m->ram, m->ram_count, &tail, 1), 0);
  heap_start(&f->heap, &f->ps);
  heap_give(&f->heap, heap_take(&f->heap, 1));
  f->free = pages_free(&f->ps);
}

static void stop(struct fixture *f) {
  assert_int_equal(heap_used(&f->heap), 0);
  assert_int_equal(pages_free(&f->ps), f->free);
  assert_null(pages_check(&f->ps));
  plat_host_stop(f->plat);
}

static struct arena *grown(struct fixture *f, uint64_t reserve) {
  struct arena *a = heap_take(&f->heap, sizeof *a);
  assert_int_equal(arena_open(a, f->plat, &f->heap, reserve), 0);
  return a;
}

static void an_arena_grows_in_place(void **state) {
  struct fixture f;
  (void)state;
  start(&f);
  struct arena *a = grown(&f, 64 * MIB);
  for (uint64_t at = 0; at < 3 * MIB; at += 1000) {
    assert_int_equal(arena_grow(a, at + 1000), 0);
    memset(a->base + at, (int)(at / 1000), 1000);
  }
  for (uint64_t at = 0; at < 3 * MIB - 1000; at += 1000) {
    assert_int_equal(a->base[at + 999], (uint8_t)(at / 1000));
    assert_int_equal(plat_direct(f.plat)[arena_frame(a, a->base + at) + at % PAGE], (uint8_t)(at / 1000));
  }
  arena_seal(a);
  stop(&f);
}

static void what_is_too_much_goes_back(void **state) {
  struct fixture f;
  (void)state;
  start(&f);
  struct arena *a = grown(&f, 64 * MIB);
  assert_int_equal(arena_grow(a, 3 * MIB), 0);
  uint64_t room = a->room, free = pages_free(&f.ps);
  memset(a->base, 7, 3 * MIB);
  arena_trim(a, room);
  assert_int_equal(a->room, room);
  arena_trim(a, MIB + 1);
  assert_int_equal(a->room, MIB + PAGE);
  assert_int_equal(pages_free(&f.ps), free + room - MIB - PAGE);
  assert_int_equal(a->base[MIB + PAGE - 1], 7);
  assert_int_equal(arena_grow(a, 2 * MIB), 0);
  memset(a->base + MIB, 8, MIB);
  assert_int_equal(a->base[MIB - 1], 7);
  assert_int_equal(arena_hold(a, a->base, 1), 0);
  arena_trim(a, 1);
  arena_seal(a);
  arena_drop(a, a->base, 1);
  a = grown(&f, MIB);
  assert_int_equal(arena_grow(a, 1), 0);
  arena_trim(a, 0);
  assert_int_equal(a->room, 0);
  arena_seal(a);
  stop(&f);
}

static void too_little_memory_is_told(void **state) {
  struct fixture f;
  (void)state;
  start(&f);
  struct arena *a = grown(&f, 64 * MIB);
  assert_int_equal(arena_grow(a, 7 * MIB), ERR_NOMEM);
  assert_true(a->room > 5 * MIB && a->room < 6 * MIB);
  assert_int_equal(pages_free(&f.ps), 0);
  assert_int_equal(arena_grow(a, a->room), 0);
  assert_int_equal(arena_grow(a, a->room + 1), ERR_NOMEM);
  arena_seal(a);
  a = grown(&f, PAGE + 1);
  assert_int_equal(a->reserved, 2 * PAGE);
  assert_int_equal(arena_grow(a, 2 * PAGE), 0);
  assert_int_equal(arena_grow(a, 2 * PAGE + 1), ERR_NOMEM);
  arena_seal(a);
  stop(&f);
}

static void slices_keep_their_pages(void **state) {
  struct fixture f;
  (void)state;
  start(&f);
  struct arena *a = grown(&f, MIB);
  assert_int_equal(arena_grow(a, MIB), 0);
  memset(a->base, 'x', MIB);
  const uint8_t *one = a->base + 100, *two = a->base + PAGE - 1, *big = a->base + 40 * PAGE;
  assert_int_equal(arena_hold(a, one, 10), 0);
  assert_int_equal(arena_hold(a, two, 2), 0); /* on both sides of a page's edge */
  assert_int_equal(arena_hold(a, big, 50 * PAGE), 0);
  assert_int_equal(arena_hold(a, a->base, 0), 0);
  uint64_t before = pages_free(&f.ps);
  arena_seal(a);
  assert_int_equal(pages_free(&f.ps) - before, MIB - 52 * PAGE);
  assert_int_equal(plat_frame(f.plat, NULL, (uintptr_t)a->base + 2 * PAGE), PHYS_NONE);
  arena_drop(a, two, 2);
  assert_int_equal(pages_free(&f.ps) - before, MIB - 51 * PAGE);
  assert_int_equal(one[0], 'x');
  arena_drop(a, big + 49 * PAGE, PAGE);
  arena_drop(a, big, 49 * PAGE);
  arena_drop(a, one, 10);
  stop(&f);
}

/* A program maps a frame; the slice goes; the page stays until the mapping goes. */
static void a_mapping_is_an_owner(void **state) {
  struct fixture f;
  (void)state;
  start(&f);
  struct arena *a = grown(&f, MIB);
  assert_int_equal(arena_grow(a, 2 * PAGE), 0);
  assert_int_equal(arena_hold(a, a->base, 2 * PAGE), 0);
  phys_t frame = arena_frame(a, a->base + PAGE + 17);
  a->base[PAGE] = 77;
  assert_int_equal(pages_hold(&f.ps, frame, 1), 0);
  arena_seal(a);
  arena_drop(a, a->base, 2 * PAGE);
  assert_int_equal(pages_owners(&f.ps, frame), 1);
  assert_int_equal(plat_direct(f.plat)[frame], 77);
  assert_int_equal(pages_give(&f.ps, frame, 1), 0);
  stop(&f);
}

static void adopted_pages_stay_where_they_lie(void **state) {
  struct fixture f;
  (void)state;
  start(&f);
  memcpy(plat_direct(f.plat) + tail.at + PAGE, "here", 4);
  uint64_t before = pages_free(&f.ps);
  assert_int_equal(pages_adopt(&f.ps, tail.at, tail.bytes), 0);
  struct arena *a = heap_take(&f.heap, sizeof *a);
  arena_adopt(a, f.plat, &f.heap, tail.at, tail.bytes - 100);
  assert_memory_equal(a->base + PAGE, "here", 4);
  assert_int_equal(arena_frame(a, a->base + PAGE), tail.at + PAGE);
  assert_int_equal(arena_hold(a, a->base + PAGE, 3 * PAGE), 0);
  assert_int_equal(pages_give(&f.ps, tail.at, tail.bytes / PAGE), 0);
  arena_seal(a);
  arena_drop(a, a->base + PAGE, 3 * PAGE);
  assert_int_equal(pages_free(&f.ps), before + tail.bytes);
  f.free += tail.bytes;
  stop(&f);
}

static void a_full_count_changes_nothing(void **state) {
  struct fixture f;
  (void)state;
  start(&f);
  struct arena *a = grown(&f, MIB);
  assert_int_equal(arena_grow(a, 3 * PAGE), 0);
  for (unsigned i = 1; i < COUNT_MOST; i++) assert_int_equal(arena_hold(a, a->base + 2 * PAGE, 1), 0);
  assert_int_equal(arena_hold(a, a->base, 3 * PAGE), ERR_NOMEM);
  assert_int_equal(pages_owners(&f.ps, arena_frame(a, a->base)), 1);
  for (unsigned i = 1; i < COUNT_MOST; i++) arena_drop(a, a->base + 2 * PAGE, 1);
  arena_seal(a);
  stop(&f);
}

/* Where a machine's page tables come out of the same pages. */
struct tables {
  struct frames frames; /* first */
  struct pages *ps;
  phys_t took[16];
  unsigned n;
};

static phys_t take_table(struct frames *f) {
  struct tables *t = (struct tables *)f;
  phys_t at = pages_take(t->ps, 1);
  if (at != PHYS_NONE) t->took[t->n++] = at;
  return at;
}

static void growing_leaves_pages_for_its_tables(void **state) {
  struct fixture f;
  struct tables t = {.frames.take = take_table, .ps = &f.ps};
  (void)state;
  start(&f);
  plat_frames(f.plat, &t.frames);
  struct arena *a = grown(&f, 64 * MIB);
  assert_int_equal(arena_grow(a, 64 * MIB), ERR_NOMEM);
  assert_true(a->room > 5 * MIB && pages_free(&f.ps) <= PAGE);
  assert_int_equal(t.n, (a->room - 1) / (2 * MIB) + 1);
  arena_seal(a);
  while (t.n > 0) assert_int_equal(pages_give(&f.ps, t.took[--t.n], 1), 0);
  stop(&f);
}

static void machines_are_apart(void **state) {
  (void)state;
  struct plat *one = plat_host_start(MIB, 5), *two = plat_host_start(MIB, -1);
  assert_ptr_not_equal(plat_direct(one), plat_direct(two));
  plat_direct(one)[PAGE] = 1;
  assert_int_equal(plat_direct(two)[PAGE], 0);
  assert_int_equal(plat_wall_ns(one), 5);
  assert_true(plat_wall_ns(two) > 1600000000 * INT64_C(1000000000));
  uint64_t random[2] = {0, 0};
  assert_int_equal(plat_random(one, random, sizeof random), 256);
  assert_true(random[0] != 0 && random[1] != 0);
  assert_int_equal(plat_map(one, NULL, 0x1000, PAGE, 1, PROT_R), ERR_NOMEM);
  plat_host_stop(one);
  plat_host_stop(two);
  plat_host_stop(NULL);
  assert_null(plat_host_start(UINT64_MAX, 0));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(an_arena_grows_in_place),
      cmocka_unit_test(what_is_too_much_goes_back),
      cmocka_unit_test(too_little_memory_is_told),
      cmocka_unit_test(slices_keep_their_pages),
      cmocka_unit_test(a_mapping_is_an_owner),
      cmocka_unit_test(adopted_pages_stay_where_they_lie),
      cmocka_unit_test(a_full_count_changes_nothing),
      cmocka_unit_test(machines_are_apart),
      cmocka_unit_test(growing_leaves_pages_for_its_tables),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
