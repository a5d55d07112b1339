/* tests/unit/mem_heap.c - small objects: alignment, no overlap, all memory back, misuse caught. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "kernel/mem/heap_inner.h"
#include "kernel/mem/pages_inner.h"

enum { MIB = 1 << 20, RAM = 32 * MIB, OBJECTS = 4000 };

struct fixture {
  struct pages ps;
  struct heap heap;
  uint8_t *direct;
};

static void start(struct fixture *f) {
  const struct range ram = {0, RAM};
  f->direct = mmap(NULL, RAM, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  assert_ptr_not_equal(f->direct, MAP_FAILED);
  assert_int_equal(pages_start(&f->ps, f->direct, &ram, 1, NULL, 0), 0);
  heap_start(&f->heap, &f->ps);
}

static void stop(struct fixture *f) {
  assert_null(pages_check(&f->ps));
  assert_null(heap_check(&f->heap));
  munmap(f->direct, RAM);
}

static size_t some_size(void) {
  switch (rand() % 8) {
  case 0:
    return (size_t)rand() % 20000;
  case 1:
    return (size_t)rand() % 3000;
  default:
    return (size_t)rand() % 300;
  }
}

/* Objects filled with their own number keep it, whatever is taken and given around them. */
static void objects_keep_their_bytes(void **state) {
  static uint8_t *object[OBJECTS];
  static size_t size[OBJECTS];
  struct fixture f;
  (void)state;
  memset(object, 0, sizeof object);
  start(&f);
  heap_give(&f.heap, heap_take(&f.heap, 1));
  uint64_t free = pages_free(&f.ps);
  srand(11);
  for (int step = 0; step < 100000; step++) {
    int i = rand() % OBJECTS;
    for (size_t k = 0; object[i] && k < size[i]; k++) assert_int_equal(object[i][k], (uint8_t)i);
    heap_give(&f.heap, object[i]);
    size[i] = some_size();
    object[i] = heap_take(&f.heap, size[i]);
    if (!object[i]) continue;
    assert_int_equal((uintptr_t)object[i] % 16, 0);
    memset(object[i], i, size[i]);
  }
  assert_null(heap_check(&f.heap));
  for (int i = 0; i < OBJECTS; i++) heap_give(&f.heap, object[i]);
  assert_int_equal(heap_used(&f.heap), 0);
  assert_true(free - pages_free(&f.ps) <= 3 * PAGE); /* a second zone's record */
  stop(&f);
}

static void small_objects_are_packed(void **state) {
  struct fixture f;
  (void)state;
  start(&f);
  uint64_t before = pages_free(&f.ps);
  for (int i = 0; i < 10000; i++) assert_non_null(heap_take(&f.heap, 100));
  assert_true(before - pages_free(&f.ps) <= 10000 * 116);
  stop(&f);
}

static void zeroed_is_zero_and_nothing_is_something(void **state) {
  struct fixture f;
  (void)state;
  start(&f);
  for (size_t n = 1; n < 9000; n += 97) {
    uint8_t *p = heap_take(&f.heap, n);
    memset(p, 0xff, n);
    heap_give(&f.heap, p);
    p = heap_take_zero(&f.heap, n);
    for (size_t i = 0; i < n; i++) assert_int_equal(p[i], 0);
    heap_give(&f.heap, p);
  }
  void *nothing = heap_take(&f.heap, 0);
  assert_non_null(nothing);
  heap_give(&f.heap, nothing);
  heap_give(&f.heap, NULL);
  assert_null(heap_take(&f.heap, SIZE_MAX));
  assert_null(heap_take(&f.heap, SIZE_MAX - PAGE));
  assert_null(heap_take_zero(&f.heap, RAM));
  assert_int_equal(heap_used(&f.heap), 0);
  stop(&f);
}

static void refusal_is_shared_with_pages(void **state) {
  struct fixture f;
  (void)state;
  start(&f);
  void *warm = heap_take(&f.heap, 40);
  pages_refuse(&f.ps, 2);
  assert_non_null(heap_take(&f.heap, 40));
  assert_null(heap_take(&f.heap, 40));
  assert_non_null(heap_take(&f.heap, 40));
  heap_give(&f.heap, warm);
  stop(&f);
}

/* --- misuse ends the process: each is tried in a child --------------------------- */

static void expect_abort(void (*misuse)(struct heap *h)) {
  struct fixture f;
  start(&f);
  pid_t child = fork();
  if (child == 0) {
    signal(SIGABRT, SIG_DFL);
    close(2);
    misuse(&f.heap);
    _exit(0);
  }
  int status;
  waitpid(child, &status, 0);
  assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
  stop(&f);
}

static void give_small_twice(struct heap *h) {
  void *stays = heap_take(h, 64), *p = heap_take(h, 64);
  (void)stays;
  heap_give(h, p);
  heap_give(h, p);
}
static void give_last_twice(struct heap *h) {
  void *p = heap_take(h, 64);
  heap_give(h, p);
  heap_give(h, p);
}
static void give_large_twice(struct heap *h) {
  void *p = heap_take(h, 10000);
  heap_give(h, p);
  heap_give(h, p);
}
static void give_a_piece_of_a_block(struct heap *h) { heap_give(h, (uint8_t *)heap_take(h, 10000) + PAGE); }
static void give_inside_an_object(struct heap *h) { heap_give(h, (uint8_t *)heap_take(h, 64) + 16); }
static void give_foreign(struct heap *h) {
  static char foreign[64];
  heap_give(h, foreign);
}

static void misuse_is_caught(void **state) {
  (void)state;
  expect_abort(give_small_twice);
  expect_abort(give_last_twice);
  expect_abort(give_large_twice);
  expect_abort(give_a_piece_of_a_block);
  expect_abort(give_inside_an_object);
  expect_abort(give_foreign);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(objects_keep_their_bytes),
      cmocka_unit_test(small_objects_are_packed),
      cmocka_unit_test(zeroed_is_zero_and_nothing_is_something),
      cmocka_unit_test(refusal_is_shared_with_pages),
      cmocka_unit_test(misuse_is_caught),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
