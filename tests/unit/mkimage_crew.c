/* tests/unit/mkimage_crew.c - pieces come back in order, the lowest failure counts, memory is not shared by two. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <stdatomic.h>
#include <stdbool.h>
#include <time.h>

#include "mkimage/lib/crew.h"

enum { PIECES = 300, SLOTS_MOST = 12, JOBS_MOST = 8, BROKEN = 7 };

struct trial {
  uint64_t fails, hand_fails; /* pieces; UINT64_MAX: none */
  uint64_t in_slot[SLOTS_MOST];
  atomic_bool slot_taken[SLOTS_MOST], worker_busy[JOBS_MOST], handing;
  atomic_uint wrong;
  uint64_t handed;
};

static void pause_for(uint64_t piece) {
  struct timespec t = {0, (long)(piece * 7919 % 5) * 20000};
  nanosleep(&t, NULL);
}

static int work(void *arg, unsigned worker, unsigned slot, uint64_t piece) {
  struct trial *t = arg;
  t->wrong += atomic_exchange(&t->worker_busy[worker], true) || atomic_exchange(&t->slot_taken[slot], true);
  t->in_slot[slot] = piece;
  pause_for(piece);
  atomic_store(&t->worker_busy[worker], false);
  return piece >= t->fails && piece % 3 == t->fails % 3 ? BROKEN + (int)(piece - t->fails) : 0;
}

static int hand(void *arg, unsigned slot, int status) {
  struct trial *t = arg;
  t->wrong += atomic_exchange(&t->handing, true) || !atomic_load(&t->slot_taken[slot]) || t->in_slot[slot] != t->handed;
  t->handed++;
  atomic_store(&t->slot_taken[slot], false);
  atomic_store(&t->handing, false);
  if (status != 0) return status;
  return t->handed - 1 == t->hand_fails ? BROKEN + 1000 : 0;
}

static void run(unsigned jobs, unsigned slots, uint64_t pieces, uint64_t fails, uint64_t hand_fails) {
  struct trial *t = calloc(1, sizeof *t);
  *t = (struct trial){.fails = fails, .hand_fails = hand_fails};
  struct crew c = {.pieces = pieces, .jobs = jobs, .slots = slots, .work = work, .hand = hand};
  int status = crew_run(&c, t);
  uint64_t end = fails < hand_fails ? fails : hand_fails;
  assert_int_equal(status, end >= pieces ? 0 : fails <= hand_fails ? BROKEN : BROKEN + 1000);
  assert_int_equal(t->handed, end >= pieces ? pieces : end + 1);
  assert_int_equal(atomic_load(&t->wrong), 0);
  free(t);
}

static void test_crew(void **state) {
  static const unsigned jobs[] = {1, 2, 3, 8};
  for (unsigned i = 0; i < 4; i++)
    for (unsigned more = 0; more < 5; more += 2) {
      run(jobs[i], jobs[i] + more, PIECES, UINT64_MAX, UINT64_MAX);
      run(jobs[i], jobs[i] + more, PIECES, 100, UINT64_MAX);
      run(jobs[i], jobs[i] + more, PIECES, UINT64_MAX, 50);
      run(jobs[i], jobs[i] + more, PIECES, 60, 50);
      run(jobs[i], jobs[i] + more, PIECES, 0, UINT64_MAX);
      run(jobs[i], jobs[i] + more, PIECES, PIECES - 1, UINT64_MAX);
      for (uint64_t few = 0; few < 4; few++) run(jobs[i], jobs[i] + more, few, UINT64_MAX, UINT64_MAX);
    }
}

static void test_processors(void **state) { assert_true(crew_processors() >= 1); }

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_crew), cmocka_unit_test(test_processors)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
