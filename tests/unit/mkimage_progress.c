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
#include <sys/ioctl.h>
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
  setenv("NO_COLOR", "1", 1);
  progress_start(&say, "packing", 8192000);
  progress_add(&say, 2048000);
  bool part = terminal_wait(&t, "\rpacking: [#####---------------]  25 % of 7.8 MiB, ", 10000);
  bool rate = terminal_wait(&t, " MiB/s, ", 10000) || terminal_wait(&t, " KiB/s, ", 100);
  bool left = terminal_wait(&t, " s left\033[K", 10000);
  progress_hide(&say);
  bool hidden = terminal_wait(&t, "left\033[K\r\033[K", 10000);
  progress_add(&say, 1 << 30);
  bool all = terminal_wait(&t, "\rpacking: [####################] 100 % of 7.8 MiB, ", 10000);
  progress_end(&say);
  bool gone = terminal_wait(&t, "nothing left\033[K\r\033[K", 10000);
  terminal_close(&t);
  assert_true(part && rate && left && hidden && all && gone);
  assert_null(strstr(t.text, "\033[32m"));
}

static void test_colour_and_narrow(void **state) {
  struct terminal t;
  struct progress p = {0};
  struct say say = {.progress = &p};
  struct winsize narrow = {.ws_row = 24, .ws_col = 40};
  terminal_open(&t);
  unsetenv("NO_COLOR");
  setenv("TERM", "xterm", 1);
  progress_start(&say, "packing", 4096);
  progress_add(&say, 1024);
  bool coloured = terminal_wait(&t, "[\033[32m#####\033[0m---------------]", 10000);
  ioctl(t.slave, TIOCSWINSZ, &narrow);
  bool plain = terminal_wait(&t, "\rpacking:  25 % of 4.0 KiB\033[K", 10000);
  progress_end(&say);
  terminal_close(&t);
  assert_true(coloured && plain);
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
      cmocka_unit_test(test_colour_and_narrow),
      cmocka_unit_test(test_seconds_and_again),
      cmocka_unit_test(test_silent),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
