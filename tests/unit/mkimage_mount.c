/* tests/unit/mkimage_mount.c - the counts of look-ups; and Linux as the oracle of what is mounted: one scenario on a
 * tmpfs and on a mount of an empty tree, line by line.
 *
 * Both run in a child, in a chroot, as root; where nothing can be mounted the test says so.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mkimage/mount/mount_parts.h"
#include "oracle.h"

/* --- the counts --------------------------------------------------------------------------- */

static void look_ups_are_counted(void **state) {
  enum { MANY = 5000 };
  struct nodes n = {0};
  bool known;
  uint64_t seed = 1;
  static uint64_t model[MANY];
  for (int step = 0; step < 200000; step++) {
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    size_t i = (size_t)(seed >> 33) % MANY;
    if (seed >> 63 || model[i] == 0) {
      assert_true(nodes_add(&n, 16 * (i + 1), &known));
      assert_int_equal(known, model[i] > 0);
      model[i]++;
    } else {
      uint64_t some = 1 + (seed >> 50) % model[i];
      assert_int_equal(nodes_forget(&n, 16 * (i + 1), some), some == model[i]);
      model[i] -= some;
    }
  }
  size_t left = 0;
  for (size_t i = 0; i < MANY; i++) left += model[i] > 0;
  assert_int_equal(n.used, left);
  for (size_t i = 0; i < MANY; i++) assert_int_equal(nodes_forget(&n, 16 * (i + 1), UINT64_MAX), model[i] > 0);
  assert_int_equal(n.used, 0);
  nodes_drop(&n);
}

/* --- the oracle ------------------------------------------------------------------------------ */

static void run_attrs(const struct calls *k, FILE *out, uint64_t seed) {
  if (!scenario_attrs(k, out, seed, 5000)) _exit(2);
}
/* libfuse 3.14 has no call for files without names. */
static int open_named(int dir, const char *path, int flags, unsigned mode) {
  return (flags & O_TMPFILE) == O_TMPFILE ? -EOPNOTSUPP : calls_linux.open(dir, path, flags, mode);
}

static struct calls calls_without_unnamed(void) {
  struct calls k = calls_linux;
  k.open = open_named;
  return k;
}

static int tell_ready(void *arg) {
  (void)!write(*(int *)arg, "", 1);
  return -1;
}

/* The server; its status tells what it found out about its own records. */
static void serve(const char *dir, int ready) {
  static const struct say quiet = {.quiet = true};
  struct taproot *t = taproot_start(NULL);
  bool changed = false;
  const struct mount_plan plan = {.t = t,
                                  .say = &quiet,
                                  .name = "a,b\\c",
                                  .dir = dir,
                                  .options = "allow_other,dev,suid",
                                  .ready = tell_ready,
                                  .arg = &ready};
  int status = mount_serve(&plan, &changed);
  const char *wrong = taproot_check(t);
  if (wrong != NULL) fprintf(stderr, "# %s\n", wrong);
  taproot_stop(t);
  _exit(status != 0 ? 3 : wrong != NULL ? 4 : changed ? 0 : 5);
}

static int on_mount(FILE *out, run_fn *run, uint64_t seed) {
  const struct calls k = calls_without_unnamed();
  char dir[] = "/tmp/taproot-mount.XXXXXX", byte;
  int ready[2], status = 1, served = 1;
  assert_non_null(mkdtemp(dir));
  assert_int_equal(pipe(ready), 0);
  fflush(NULL);
  pid_t server = fork();
  if (server == 0) serve(dir, ready[1]);
  close(ready[1]);
  if (read(ready[0], &byte, 1) == 1) {
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) oracle_jail(&k, dir, out, run, seed);
    waitpid(child, &status, 0);
    kill(server, SIGTERM);
  }
  waitpid(server, &served, 0);
  close(ready[0]);
  rmdir(dir);
  if (served) printf("# the server ended with %x\n", (unsigned)served);
  return status ? status : served;
}

/* What the host answers by itself, without asking us. */
static bool host_answers(const char *line) {
  return strstr(line, "k->seek(fd, 0, SEEK_END) == -22 = 1") == line || strstr(line, "read nothing: atime") == line;
}

static int differences(FILE *want, FILE *got) {
  static char a[8192], b[8192];
  int wrong = 0, line = 0;
  for (rewind(want), rewind(got);; line++) {
    char *x = fgets(a, sizeof a, want), *y = fgets(b, sizeof b, got);
    if (!x && !y) break;
    if (x && y && (strcmp(a, b) == 0 || host_answers(a))) continue;
    if (++wrong <= 40) printf("# line %d\n#   tmpfs: %s#   mount: %s", line, x ? a : "(end)\n", y ? b : "(end)\n");
    if (!x || !y) break;
  }
  assert_true(line > 100);
  return wrong;
}

static void compare(run_fn *run, uint64_t seed) {
  const struct calls k = calls_without_unnamed();
  FILE *want = tmpfile(), *got = tmpfile();
  if (access("/dev/fuse", R_OK | W_OK) != 0 || !oracle_on_tmpfs(&k, want, run, seed)) {
    fclose(want), fclose(got);
    skip();
  }
  assert_int_equal(on_mount(got, run, seed), 0);
  int wrong = differences(want, got);
  fclose(want), fclose(got);
  assert_int_equal(wrong, 0);
}

static void the_scenario(void **state) { compare(run_scenario, 0); }
static void random_calls(void **state) {
  uint64_t first = getenv("SEED") ? strtoull(getenv("SEED"), NULL, 10) : 1,
           most = getenv("SEEDS") ? strtoull(getenv("SEEDS"), NULL, 10) : 2;
  for (uint64_t seed = first; seed < first + most; seed++) compare(run_random, seed);
}
static void extended_attributes(void **state) { compare(run_attrs, 1); }

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(look_ups_are_counted), cmocka_unit_test(the_scenario),
                                     cmocka_unit_test(random_calls), cmocka_unit_test(extended_attributes)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
