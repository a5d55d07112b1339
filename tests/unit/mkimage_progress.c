/* tests/unit/mkimage_progress.c - the progress line, on a terminal of the test's own. */
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "mkimage/lib/progress.h"

/* Standard error becomes a terminal; what is written to it is gathered in text. */
struct terminal {
  int master, slave, before;
  size_t have;
  char text[4000];
};

static void terminal_open(struct terminal *t) {
  *t = (struct terminal){.master = posix_openpt(O_RDWR | O_NOCTTY)};
  assert_true(t->master >= 0 && grantpt(t->master) == 0 && unlockpt(t->master) == 0);
  t->slave = open(ptsname(t->master), O_RDWR | O_NOCTTY);
  t->before = dup(2);
  assert_true(t->slave >= 0 && t->before >= 0 && dup2(t->slave, 2) == 2);
}

/* Reads until the text holds this, for a while. */
static bool terminal_wait(struct terminal *t, const char *wanted, int ms) {
  struct pollfd p = {t->master, POLLIN, 0};
  while (strstr(t->text, wanted) == NULL) {
    if (poll(&p, 1, ms) != 1) return false;
    ssize_t n = read(t->master, t->text + t->have, sizeof t->text - 1 - t->have);
    if (n <= 0) return false;
    t->have += (size_t)n;
  }
  return true;
}

static void terminal_close(struct terminal *t) {
  assert_int_equal(dup2(t->before, 2), 2);
  close(t->before);
  close(t->slave);
  close(t->master);
}

static void test_shown(void **state) {
  struct terminal t;
  struct progress p = {0};
  struct say say = {.progress = &p};
  terminal_open(&t);
  progress_start(&say, "packing", 4096);
  progress_add(&say, 1024);
  bool part = terminal_wait(&t, "\rpacking:  25 % of 4.0 KiB\033[K", 10000);
  progress_hide(&say);
  bool hidden = terminal_wait(&t, "KiB\033[K\r\033[K", 10000);
  progress_add(&say, 1 << 20);
  bool all = terminal_wait(&t, "\rpacking: 100 % of 4.0 KiB\033[K", 10000);
  progress_end(&say);
  bool gone = terminal_wait(&t, "packing: 100 % of 4.0 KiB\033[K\r\033[K", 10000);
  terminal_close(&t);
  assert_true(part && hidden && all && gone);
}

static void test_seconds_and_again(void **state) {
  struct terminal t;
  struct progress p = {0};
  struct say say = {.progress = &p};
  bool shown[2], gone[2];
  terminal_open(&t);
  for (int i = 0; i < 2; i++) {
    progress_start(&say, i == 0 ? "first" : "second", 0);
    shown[i] = terminal_wait(&t, i == 0 ? "\rfirst: 1 s\033[K" : "\rsecond: 1 s\033[K", 10000);
    progress_end(&say);
    gone[i] = terminal_wait(&t, i == 0 ? "s\033[K\r\033[K" : "s\033[K\r\033[K\rsecond: 1 s\033[K\r\033[K", 10000);
  }
  terminal_close(&t);
  assert_true(shown[0] && gone[0] && shown[1]);
  assert_true(gone[1] || strstr(t.text, "second: 2 s") != NULL); /* on a slow host it counts on */
}

static void test_silent(void **state) {
  struct terminal t;
  struct progress p = {0};
  const struct say some[] = {{.progress = &p, .quiet = true}, {.progress = &p}, {0}};
  terminal_open(&t);
  for (size_t i = 0; i < sizeof some / sizeof some[0]; i++) {
    progress_start(&some[i], "packing", 0);
    progress_add(&some[i], 1);
    progress_hide(&some[i]);
    if (i == 0) usleep(1300000); /* -q */
    progress_end(&some[i]);      /* done within a second */
  }
  bool spoke = terminal_wait(&t, "p", 200);
  terminal_close(&t);
  assert_false(spoke);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_shown),
      cmocka_unit_test(test_seconds_and_again),
      cmocka_unit_test(test_silent),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
