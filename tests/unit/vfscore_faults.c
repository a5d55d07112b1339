/* tests/unit/vfscore_faults.c - every allocation of a scenario fails once; bad addresses in the middle of a transfer.
 *
 * Whatever fails: no crash, nothing leaked, the allocators' records whole.
 */
#include "vfs_calls.h"

#include <unistd.h>

#include "guest/scenario.c"
#include "guest/scenario_more.c"
#undef SHOW
#include "guest/scenario_random.c"

static FILE *nowhere(void) { return fopen("/dev/null", "w"); }

static void locks_and_pipes(void) {
  struct vfs_lock l = {1, 10, 20, 1}, cut = {2, 12, 15, 1};
  int ends[2] = {-1, -1}, fd = calls_vfs.open(AT_FDCWD, "locked", O_RDWR | O_CREAT, 0600);
  struct file *f = fds_get(vc_fds, fd);
  if (f) f->lock_owner = 1, file_lock_set(f, &l), file_lock_set(f, &cut);
  calls_vfs.pipe(ends, O_NONBLOCK);
  calls_vfs.write(ends[1], (char[9000]){0}, 9000);
  calls_vfs.close(fd);
  calls_vfs.mknod(AT_FDCWD, "fifo", S_IFIFO | 0600, 0, 0);
  calls_vfs.open(AT_FDCWD, "fifo", O_RDWR, 0);
}

/* Runs with the n-th allocation refused; false when there were fewer. */
static bool run_refused(uint64_t n, uint64_t seed, FILE *out) {
  struct rig r;
  rig_start(&r, 32);
  vc_begin(&r);
  pages_refuse(&r.ps, n);
  if (seed == 0)
    locks_and_pipes();
  else
    scenario_random(&calls_vfs, out, seed, 1500);
  bool reached = r.ps.refuse == 0;
  pages_refuse(&r.ps, 0);
  vc_end();
  rig_stop(&r);
  return reached;
}

static void every_allocation_fails_once(void **state) {
  FILE *out = nowhere();
  for (uint64_t seed = 0; seed < 3; seed++) {
    uint64_t n = 1;
    while (run_refused(n, seed, out)) n++;
    printf("# seed %lu: %lu allocations\n", (unsigned long)seed, (unsigned long)n);
    assert_true(n > (seed ? 60 : 8));
  }
  fclose(out);
}

/* The same in the long scenario, at some of its allocations. */
static void some_allocation_of_the_scenario_fails(void **state) {
  FILE *out = nowhere();
  for (uint64_t n = 20; n < 4000; n = n * 3 / 2) {
    struct rig r;
    rig_start(&r, 32);
    vc_begin(&r);
    pages_refuse(&r.ps, n);
    scenario(&calls_vfs, out);
    vc_end();
    rig_stop(&r);
  }
  fclose(out);
}

/* --- a caller's memory that ends ------------------------------------------- */

struct io_short {
  struct io io;
  uint64_t good;
};
static int short_move(struct io *io, void *kernel, size_t n) {
  struct io_short *s = (struct io_short *)io;
  if (n > s->good) return ERR_FAULT;
  memset(kernel, 'k', n);
  s->good -= n;
  io->left -= n;
  return 0;
}

static void a_fault_leaves_no_trace(void **state) {
  struct rig r;
  struct calls_stat st;
  char c[3] = "xx";
  rig_start(&r, 16);
  vc_begin(&r);
  int fd = calls_vfs.open(AT_FDCWD, "f", O_RDWR | O_CREAT, 0600);
  assert_int_equal(calls_vfs.write(fd, "abc", 3), 3);
  struct io_short s = {{100000, short_move, NULL}, 0};
  assert_int_equal(file_write(fds_get(vc_fds, fd), &s.io), ERR_FAULT);
  assert_int_equal(calls_vfs.fstat(fd, &st), 0);
  assert_true(st.size == 3 && st.blocks == 8);
  assert_int_equal(calls_vfs.seek(fd, 0, SEEK_CUR), 3);
  s = (struct io_short){{300000, short_move, NULL}, 262144};
  int64_t n = file_write(fds_get(vc_fds, fd), &s.io);
  assert_true(n > 0 && n <= 262144);
  assert_int_equal(calls_vfs.fstat(fd, &st), 0);
  assert_int_equal(st.size, 3 + n);
  assert_int_equal(calls_vfs.ftruncate(fd, 3 + n + 2), 0);
  assert_int_equal(calls_vfs.pread(fd, c, 2, 3 + n), 2);
  assert_memory_equal(c, "\0\0", 2);
  vc_end();
  rig_stop(&r);
}

/* No room: as much as fits, then ENOSPC, and the file is as long as what was written. */
static void a_full_machine(void **state) {
  struct rig r;
  struct calls_stat st;
  static char block[1 << 20];
  uint64_t total = 0;
  long n;
  rig_start(&r, 8);
  vc_begin(&r);
  int fd = calls_vfs.open(AT_FDCWD, "f", O_RDWR | O_CREAT, 0600);
  while ((n = calls_vfs.write(fd, block, sizeof block)) > 0) total += (uint64_t)n;
  assert_int_equal(n, ERR_NOSPC);
  assert_int_equal(calls_vfs.fstat(fd, &st), 0);
  assert_true(st.size == total && total > 6 << 20);
  assert_int_equal(calls_vfs.fallocate(fd, 0, 0, 1 << 30), ERR_NOSPC);
  assert_int_equal(calls_vfs.ftruncate(fd, 0), 0);
  assert_int_equal(calls_vfs.write(fd, block, 5), 5);
  vc_end();
  rig_stop(&r);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(every_allocation_fails_once),
                                     cmocka_unit_test(some_allocation_of_the_scenario_fails),
                                     cmocka_unit_test(a_fault_leaves_no_trace), cmocka_unit_test(a_full_machine)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
