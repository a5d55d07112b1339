/* tests/unit/vfscore_linux.c - the oracle: one scenario over Linux and over vfscore, line by line.
 *
 * Linux's part runs in a child, in a chroot on /dev/shm, as root; without root or a tmpfs there is no oracle and the
 * test says so.
 */
#include "vfs_calls.h"

#include "oracle.h"

static void run_attrs(const struct calls *k, FILE *out, uint64_t seed) {
  if (!scenario_attrs(k, out, seed, 20000)) _exit(2); /* a Linux without them: there is no oracle */
}
static void ours(FILE *out, run_fn *run, uint64_t seed) {
  struct rig r;
  rig_start(&r, 64);
  vc_begin(&r);
  assert_int_equal(calls_vfs.mkdir(AT_FDCWD, "work", 0755), 0);
  assert_int_equal(calls_vfs.chdir("work"), 0);
  run(&calls_vfs, out, seed);
  vc_end();
  rig_stop(&r);
}

static int differences(FILE *want, FILE *got) {
  static char a[8192], b[8192];
  int wrong = 0, line = 0;
  for (rewind(want), rewind(got);; line++) {
    char *x = fgets(a, sizeof a, want), *y = fgets(b, sizeof b, got);
    if (!x && !y) break;
    if (x && y && strcmp(a, b) == 0) continue;
    if (++wrong <= 40) printf("# line %d\n#   Linux: %s#   ours:  %s", line, x ? a : "(end)\n", y ? b : "(end)\n");
    if (!x || !y) break;
  }
  assert_true(line > 100);
  return wrong;
}

static void compare(run_fn *run, uint64_t seed) {
  FILE *want = tmpfile(), *got = tmpfile();
  if (!oracle_on_tmpfs(&calls_linux, want, run, seed)) {
    fclose(want), fclose(got);
    skip();
  }
  ours(got, run, seed);
  int wrong = differences(want, got);
  fclose(want), fclose(got);
  assert_int_equal(wrong, 0);
}

static void the_scenario(void **state) { compare(run_scenario, 0); }
static void random_calls(void **state) {
  uint64_t first = getenv("SEED") ? strtoull(getenv("SEED"), NULL, 10) : 1,
           most = getenv("SEEDS") ? strtoull(getenv("SEEDS"), NULL, 10) : 4;
  for (uint64_t seed = first; seed < first + most; seed++) compare(run_random, seed);
}

static void extended_attributes(void **state) {
  for (uint64_t seed = 1; seed <= 3; seed++) compare(run_attrs, seed);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(the_scenario), cmocka_unit_test(random_calls),
                                     cmocka_unit_test(extended_attributes)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
