/* tests/unit/program_areas.c - areas against a plain model: one byte of meaning for each page. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "kernel/mem/heap_inner.h"
#include "kernel/mem/pages_inner.h"
#include "kernel/program/areas.h"

enum { RAM = 32 << 20, PAGES = 512, LOW = 16, ROUNDS = 20000 };

struct fixture {
  struct pages ps;
  struct heap heap;
  uint8_t *direct;
  struct areas s;
  uint8_t model[PAGES]; /* protection + 1 of each page; 0: nothing there */
};

static void start(struct fixture *f) {
  const struct range ram = {0, RAM};
  f->direct = mmap(NULL, RAM, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  assert_ptr_not_equal(f->direct, MAP_FAILED);
  assert_int_equal(pages_start(&f->ps, f->direct, &ram, 1, NULL, 0), 0);
  heap_start(&f->heap, &f->ps);
  areas_start(&f->s, &f->heap, PAGES * (uintptr_t)PAGE);
  memset(f->model, 0, sizeof f->model);
}

static void stop(struct fixture *f) {
  areas_stop(&f->s);
  assert_int_equal(heap_used(&f->heap), 0);
  assert_null(pages_check(&f->ps));
  munmap(f->direct, RAM);
}

static void same_as_model(struct fixture *f) {
  for (size_t i = 0; i < f->s.count; i++) {
    const struct area *a = f->s.at[i];
    assert_true(a->start < a->end);
    if (i > 0) assert_true(f->s.at[i - 1]->end <= a->start);
    if (a->low < a->high) assert_true(a->low >= a->start && a->high <= a->end);
  }
  for (unsigned p = 0; p < PAGES; p++) {
    const struct area *a = areas_find(&f->s, p * (uintptr_t)PAGE + 5);
    assert_int_equal(a ? a->prot + 1 : 0, f->model[p]);
  }
}

static void unmap(struct fixture *f, unsigned from, unsigned to) {
  assert_int_equal(areas_split(&f->s, from * (uintptr_t)PAGE), 0);
  assert_int_equal(areas_split(&f->s, to * (uintptr_t)PAGE), 0);
  areas_remove(&f->s, from * (uintptr_t)PAGE, to * (uintptr_t)PAGE);
  memset(f->model + from, 0, to - from);
}

static void map(struct fixture *f, unsigned from, unsigned to, unsigned prot) {
  struct area a = {.start = from * (uintptr_t)PAGE, .end = to * (uintptr_t)PAGE, .prot = prot};
  unmap(f, from, to);
  a.low = a.start;
  a.high = a.end;
  assert_int_equal(areas_insert(&f->s, &a), 0);
  areas_join(&f->s, a.start, a.end);
  memset(f->model + from, (int)prot + 1, to - from);
}

/* The highest run by the model. */
static unsigned gap_by_model(const struct fixture *f, unsigned pages) {
  for (unsigned top = PAGES; top >= LOW + pages; top--) {
    unsigned n = 0;
    while (n < pages && f->model[top - 1 - n] == 0) n++;
    if (n == pages) return top - pages;
  }
  return 0;
}

static void any_order_of_changes(void **state) {
  struct fixture f;
  start(&f);
  srand(7);
  for (int i = 0; i < ROUNDS; i++) {
    unsigned from = LOW + (unsigned)rand() % (PAGES - LOW), to = from + 1 + (unsigned)rand() % 40;
    if (to > PAGES) to = PAGES;
    if (rand() % 3 == 0)
      unmap(&f, from, to);
    else
      map(&f, from, to, (unsigned)rand() % 3);
    if (i % 16 == 0) same_as_model(&f);
    assert_int_equal(areas_overlap(&f.s, from * (uintptr_t)PAGE, to * (uintptr_t)PAGE),
                     memchr(f.model + from, 0, to - from) != (void *)(f.model + from) || f.model[from] != 0);
  }
  stop(&f);
}

/* Whatever the hint remembers: a run is found exactly when there is one, and it is free. */
static void gaps_are_found(void **state) {
  struct fixture f;
  start(&f);
  srand(11);
  for (int i = 0; i < ROUNDS; i++) {
    unsigned pages = 1 + (unsigned)rand() % 12;
    uintptr_t at = areas_gap(&f.s, pages * (uint64_t)PAGE, LOW * (uintptr_t)PAGE, f.s.ceiling);
    unsigned by_model = gap_by_model(&f, pages);
    assert_int_equal(at == 0, by_model == 0);
    if (at) {
      assert_false(areas_overlap(&f.s, at, at + pages * (uintptr_t)PAGE));
      assert_true(at >= LOW * (uintptr_t)PAGE && at + pages * (uintptr_t)PAGE <= f.s.ceiling);
      map(&f, (unsigned)(at / PAGE), (unsigned)(at / PAGE) + pages, (unsigned)rand() % 3);
    }
    while (rand() % 3 == 0 || (!at && rand() % 8)) {
      unsigned from = LOW + (unsigned)rand() % (PAGES - LOW - 20);
      unmap(&f, from, from + 1 + (unsigned)rand() % 20);
    }
  }
  stop(&f);
}

static void neighbours_join_and_covers_see_holes(void **state) {
  struct fixture f;
  start(&f);
  for (unsigned p = 20; p < 60; p += 2) map(&f, p, p + 1, 1);
  assert_int_equal(f.s.count, 20);
  assert_false(areas_cover(&f.s, 20 * PAGE, 60 * PAGE));
  for (unsigned p = 21; p < 60; p += 2) map(&f, p, p + 1, 1);
  assert_int_equal(f.s.count, 1);
  assert_true(areas_cover(&f.s, 20 * PAGE, 60 * PAGE));
  assert_true(areas_cover(&f.s, 33 * PAGE, 34 * PAGE));
  assert_false(areas_cover(&f.s, 19 * PAGE, 34 * PAGE));
  unmap(&f, 30, 31);
  assert_int_equal(f.s.count, 2);
  assert_false(areas_cover(&f.s, 29 * PAGE, 32 * PAGE));
  stop(&f);
}

static int forgotten; /* how often the fake file system was told to forget */
static void forget(struct inode *i) { forgotten++; }

/* Every area holds the inode once; joined ones must agree on the offset. */
static void files_are_held(void **state) {
  struct fixture f;
  const struct fs_ops ops = {.forget = forget};
  struct fs fs = {.ops = &ops};
  struct inode file = {.fs = &fs, .holds = 1};
  struct area a = {.start = 32 * PAGE, .end = 64 * PAGE, .inode = &file, .offset = 8 * PAGE};
  start(&f);
  forgotten = 0;
  assert_int_equal(areas_insert(&f.s, &a), 0);
  assert_int_equal(areas_split(&f.s, 40 * PAGE), 0);
  assert_int_equal(file.holds, 3);
  assert_int_equal(areas_find(&f.s, 40 * PAGE)->offset, 16 * PAGE);
  areas_join(&f.s, 32 * PAGE, 64 * PAGE);
  assert_int_equal(file.holds, 2);
  assert_int_equal(f.s.count, 1);
  assert_int_equal(areas_split(&f.s, 40 * PAGE), 0);
  areas_find(&f.s, 40 * PAGE)->offset += PAGE;
  areas_join(&f.s, 32 * PAGE, 64 * PAGE);
  assert_int_equal(f.s.count, 2);
  fs_let_go(&file);
  areas_remove(&f.s, 32 * PAGE, 64 * PAGE);
  assert_int_equal(forgotten, 1);
  stop(&f);
}

/* Each allocation is refused once: a split or an insertion that fails has changed nothing. */
static void no_memory_changes_nothing(void **state) {
  for (uint64_t nth = 1; nth < 8; nth++) {
    struct fixture f;
    start(&f);
    unsigned p = LOW;
    pages_refuse(&f.ps, nth);
    for (; p + 1 < PAGES; p += 2) {
      struct area a = {.start = p * (uintptr_t)PAGE, .end = (p + 1) * (uintptr_t)PAGE, .prot = p / 2 % 3};
      if (areas_insert(&f.s, &a) < 0) break;
      f.model[p] = (uint8_t)(a.prot + 1);
    }
    pages_refuse(&f.ps, 0);
    same_as_model(&f);
    stop(&f);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(any_order_of_changes), cmocka_unit_test(gaps_are_found),
                                     cmocka_unit_test(neighbours_join_and_covers_see_holes),
                                     cmocka_unit_test(files_are_held), cmocka_unit_test(no_memory_changes_nothing)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
