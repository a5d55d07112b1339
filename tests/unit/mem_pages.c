/* tests/unit/mem_pages.c - the page allocator against a model, and each promise of its door. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "kernel/mem/pages_inner.h"

enum { MIB = 1 << 20 };

struct machine_fixture {
  struct pages ps;
  uint8_t *direct;
  uint64_t bytes;
};

static int start(struct machine_fixture *f, uint64_t bytes, const struct range *ram, unsigned rams,
                 const struct range *busy, unsigned busies) {
  f->bytes = bytes;
  f->direct = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  assert_ptr_not_equal(f->direct, MAP_FAILED);
  return pages_start(&f->ps, f->direct, ram, rams, busy, busies);
}

static void stop(struct machine_fixture *f) {
  assert_null(pages_check(&f->ps));
  munmap(f->direct, f->bytes);
}

/* The machine most tests use: low RAM, a hole, ragged high RAM; kernel and module busy. */
static const struct range ram_of_pc[] = {{1 * MIB, 63 * MIB + 5 * PAGE}, {0, 640 * 1024}};
static const struct range busy_of_pc[] = {{40 * MIB + 7, 20 * MIB}, {1 * MIB, 300000}};

static void start_pc(struct machine_fixture *f) {
  assert_int_equal(start(f, 128 * MIB, ram_of_pc, 2, busy_of_pc, 2), 0);
}

static uint64_t resident(struct machine_fixture *f) {
  static unsigned char core[128 * MIB / PAGE];
  uint64_t n = 0;
  mincore(f->direct, f->bytes, core);
  for (size_t i = 0; i < f->bytes / PAGE; i++) n += core[i] & 1;
  return n;
}

static void starting_touches_one_page(void **state) {
  struct machine_fixture f;
  (void)state;
  start_pc(&f);
  assert_int_equal(resident(&f), 1);
  assert_int_equal(pages_total(&f.ps), 640 * 1024 + 63 * MIB + 5 * PAGE - 20 * MIB - PAGE - 74 * PAGE);
  assert_int_equal(pages_free(&f.ps), pages_total(&f.ps) - PAGE);
  assert_int_not_equal(pages_take(&f.ps, 1), PHYS_NONE);
  assert_true(resident(&f) <= 3);
  stop(&f);
}

static void ram_that_overlaps_is_refused(void **state) {
  struct machine_fixture f;
  const struct range ram[] = {{0, 2 * MIB}, {MIB, 2 * MIB}};
  const struct range huge[] = {{UINT64_MAX - MIB, 2 * MIB}};
  (void)state;
  assert_int_equal(start(&f, 4 * MIB, ram, 2, NULL, 0), ERR_LAYOUT);
  assert_int_equal(pages_start(&f.ps, f.direct, huge, 1, NULL, 0), ERR_LAYOUT);
  assert_int_equal(pages_start(&f.ps, f.direct, NULL, 0, NULL, 0), ERR_NOMEM);
  munmap(f.direct, f.bytes);
}

static bool busy_or_outside(phys_t at) {
  const phys_t end = 64 * (phys_t)MIB + 5 * PAGE;
  if (at >= 640 * 1024 && at < MIB + 74 * PAGE) return true;
  return (at >= 40 * MIB && at < 60 * MIB + PAGE) || at >= end;
}

static void every_page_is_handed_out_once(void **state) {
  struct machine_fixture f;
  static uint8_t seen[128 * MIB / PAGE];
  phys_t at;
  uint64_t taken = 0;
  (void)state;
  memset(seen, 0, sizeof seen);
  start_pc(&f);
  while ((at = pages_take(&f.ps, 1)) != PHYS_NONE) {
    assert_false(busy_or_outside(at));
    assert_int_equal(seen[at / PAGE]++, 0);
    memset(f.direct + at, 0xee, PAGE);
    taken += PAGE;
  }
  assert_int_equal(pages_free(&f.ps), 0);
  assert_true(pages_total(&f.ps) - taken <= 16 * PAGE);
  assert_int_equal(pages_most_used(&f.ps), pages_total(&f.ps));
  assert_null(pages_check(&f.ps));
  for (phys_t i = 0; i < sizeof seen; i++)
    if (seen[i]) assert_int_equal(pages_give(&f.ps, i * PAGE, 1), 0);
  assert_int_equal(pages_free(&f.ps), taken);
  stop(&f);
}

static void accepting_gives_busy_ram_once(void **state) {
  struct machine_fixture f;
  (void)state;
  start_pc(&f);
  uint64_t before = pages_free(&f.ps);
  assert_int_equal(pages_accept(&f.ps, 39 * MIB, 2 * MIB), ERR_BUG);
  assert_int_equal(pages_accept(&f.ps, 100 * (phys_t)MIB, MIB), ERR_BUG);
  assert_int_equal(pages_accept(&f.ps, UINT64_MAX - 10, MIB), ERR_BUG);
  assert_int_equal(pages_accept(&f.ps, 40 * MIB + 7, PAGE), 0);
  for (uint64_t at = 0; at < 20 * MIB; at += 64 * 1024)
    assert_int_equal(pages_accept(&f.ps, 40 * MIB + at, 64 * 1024), 64 * 1024);
  assert_int_equal(pages_accept(&f.ps, 45 * MIB, PAGE), ERR_BUG);
  assert_true(pages_free(&f.ps) >= before + 20 * MIB - 16 * PAGE);
  stop(&f);
}

/* With not a page left, the first region that comes back holds its own records. */
static void accepting_needs_no_memory(void **state) {
  struct machine_fixture f;
  (void)state;
  start_pc(&f);
  phys_t at;
  while (pages_take_run(&f.ps, 1000, &at) > 0) {
  }
  assert_int_equal(pages_accept(&f.ps, 48 * MIB, 64 * 1024), 64 * 1024);
  assert_int_equal(pages_accept(&f.ps, 48 * MIB, 64 * 1024), ERR_BUG);
  assert_true(pages_free(&f.ps) >= 64 * 1024 - 3 * PAGE && pages_free(&f.ps) < 64 * 1024 + 1);
  stop(&f);
}

static void adopting_owns_without_freeing(void **state) {
  struct machine_fixture f;
  (void)state;
  start_pc(&f);
  assert_int_equal(pages_adopt(&f.ps, 40 * MIB, 20 * MIB), 0);
  uint64_t free = pages_free(&f.ps);
  assert_int_equal(pages_adopt(&f.ps, 40 * MIB, PAGE), ERR_BUG);
  assert_int_equal(pages_accept(&f.ps, 40 * MIB, PAGE), ERR_BUG);
  assert_int_equal(pages_owners(&f.ps, 50 * MIB), 1);
  assert_int_equal(pages_hold(&f.ps, 47 * MIB, 512), 0);
  assert_int_equal(pages_give(&f.ps, 40 * MIB, 20 * MIB / PAGE), 0);
  assert_int_equal(pages_free(&f.ps), free + 18 * MIB);
  assert_int_equal(pages_give(&f.ps, 46 * MIB, 512), ERR_BUG);
  assert_int_equal(pages_give(&f.ps, 47 * MIB, 512), 0);
  assert_int_equal(pages_free(&f.ps), free + 20 * MIB);
  stop(&f);
}

static void runs_cross_zones(void **state) {
  struct machine_fixture f;
  (void)state;
  start_pc(&f);
  size_t n = 30 * MIB / PAGE;
  phys_t at = pages_take(&f.ps, n);
  assert_int_not_equal(at, PHYS_NONE);
  for (size_t i = 0; i < n; i++) {
    assert_false(busy_or_outside(at + i * PAGE));
    assert_int_equal(pages_owners(&f.ps, at + i * PAGE), 1);
  }
  memset(f.direct + at, 0x11, n * PAGE);
  assert_null(pages_check(&f.ps));
  assert_int_equal(pages_take(&f.ps, n), PHYS_NONE);
  assert_int_equal(pages_give(&f.ps, at, n), 0);
  assert_int_equal(pages_take(&f.ps, SIZE_MAX), PHYS_NONE);
  stop(&f);
}

static void a_count_has_an_end(void **state) {
  struct machine_fixture f;
  (void)state;
  start_pc(&f);
  phys_t at = pages_take(&f.ps, 2);
  for (unsigned i = 1; i < COUNT_MOST; i++) assert_int_equal(pages_hold(&f.ps, at + PAGE, 1), 0);
  assert_int_equal(pages_hold(&f.ps, at, 2), ERR_NOMEM);
  assert_int_equal(pages_owners(&f.ps, at), 1);
  assert_int_equal(pages_owners(&f.ps, at + PAGE), COUNT_MOST);
  assert_int_equal(pages_hold(&f.ps, at + 2 * PAGE, 1), ERR_BUG);
  assert_int_equal(pages_give(&f.ps, 50 * MIB, 1), ERR_BUG);
  assert_int_equal(pages_give(&f.ps, at + 8, 1), ERR_BUG);
  stop(&f);
}

static void the_nth_take_is_refused(void **state) {
  struct machine_fixture f;
  (void)state;
  start_pc(&f);
  pages_refuse(&f.ps, 2);
  assert_int_not_equal(pages_take(&f.ps, 1), PHYS_NONE);
  assert_int_equal(pages_take(&f.ps, 3), PHYS_NONE);
  assert_int_not_equal(pages_take(&f.ps, 3), PHYS_NONE);
  stop(&f);
}

/* The page behind those that are accepted already, as long as there are some. */
static bool one_page_more(struct pages *ps) {
  for (phys_t at = 40 * MIB; at < 40 * MIB + 9 * PAGE; at += PAGE)
    if (pages_accept(ps, at, PAGE) > 0) return true;
  return false;
}

static void a_take_that_finds_nothing_brings_more(void **state) {
  struct machine_fixture f;
  (void)state;
  start_pc(&f);
  while (pages_take(&f.ps, 1) != PHYS_NONE) continue;
  f.ps.more = one_page_more;
  assert_int_equal(pages_take(&f.ps, 1), 40 * MIB);
  assert_int_equal(pages_take(&f.ps, 5), 40 * MIB + PAGE);
  assert_int_equal(pages_free(&f.ps), 0);
  pages_refuse(&f.ps, 4);
  phys_t at;
  assert_int_equal(pages_take_run(&f.ps, 9, &at), 1);
  assert_int_equal(pages_take(&f.ps, 3), PHYS_NONE);
  assert_int_equal(pages_free(&f.ps), 2 * PAGE);
  assert_int_equal(pages_take_run(&f.ps, 9, &at), 2);
  assert_int_equal(pages_take(&f.ps, 1), PHYS_NONE);
  stop(&f);
}

/* Random takes, holds and gives; a model array says what each page's count must be. */
static void a_model_agrees(void **state) {
  struct machine_fixture f;
  static uint16_t model[128 * MIB / PAGE];
  (void)state;
  memset(model, 0, sizeof model);
  start_pc(&f);
  srand(7);
  for (int step = 0; step < 60000; step++) {
    phys_t at = (phys_t)(rand() % (64 * MIB / PAGE)) * PAGE;
    size_t n = (size_t)(rand() % 70) + 1, got;
    if (rand() % 2) {
      got = rand() % 2 ? pages_take_run(&f.ps, n, &at) : (at = pages_take(&f.ps, n)) == PHYS_NONE ? 0 : n;
      for (size_t i = 0; i < got; i++) assert_int_equal(model[at / PAGE + i]++, 0);
      continue;
    }
    bool owned = true, give = rand() % 8 != 0;
    for (size_t i = 0; i < n; i++) owned = owned && model[at / PAGE + i] > 0;
    assert_int_equal(give ? pages_give(&f.ps, at, n) : pages_hold(&f.ps, at, n), owned ? 0 : ERR_BUG);
    for (size_t i = 0; i < n && owned; i++) model[at / PAGE + i] += give ? -1 : 1;
  }
  for (size_t i = 0; i < sizeof model / sizeof model[0]; i++) assert_int_equal(pages_owners(&f.ps, i * PAGE), model[i]);
  stop(&f);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(starting_touches_one_page),
      cmocka_unit_test(ram_that_overlaps_is_refused),
      cmocka_unit_test(every_page_is_handed_out_once),
      cmocka_unit_test(accepting_gives_busy_ram_once),
      cmocka_unit_test(accepting_needs_no_memory),
      cmocka_unit_test(adopting_owns_without_freeing),
      cmocka_unit_test(runs_cross_zones),
      cmocka_unit_test(a_count_has_an_end),
      cmocka_unit_test(the_nth_take_is_refused),
      cmocka_unit_test(a_take_that_finds_nothing_brings_more),
      cmocka_unit_test(a_model_agrees),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
