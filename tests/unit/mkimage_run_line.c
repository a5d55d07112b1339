/* tests/unit/mkimage_run_line.c - the boot line: words, quoting, its bound; and the machine's status line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "formats/err.h"
#include "mkimage/run/run.h"

#define WORDS "log=0xe9 out=0xea err=0xeb status=0xec in=0x2f8 exit=0xf4"

static void expect_line(int n, char *const *args, const char *want) {
  char line[LIMIT_BOOT_LINE];
  assert_int_equal(run_line(line, NULL, args, n), 0);
  assert_string_equal(line, want);
}

static void test_words(void **state) {
  (void)state;
  char *none[] = {NULL};
  expect_line(0, NULL, WORDS);
  expect_line(0, none, WORDS " --"); /* "--" alone: no arguments instead of the image's */
}

static void test_save(void **state) {
  (void)state;
  char *keep[] = {"/var/out", "a b", "/with\"quote"}, *args[] = {"x"};
  char line[LIMIT_BOOT_LINE], *large = calloc(1, LIMIT_BOOT_LINE + 100);
  struct run_save save = {.keep = keep, .keeps = 3};
  assert_int_equal(run_line(line, &save, args, 1), 0);
  assert_string_equal(line, "log=0xe9 out=0xea err=0xeb status=0xec save=0xed ram keep=/var/out "
                            "\"keep=/a b\" \"keep=/with\\\"quote\" in=0x2f8 exit=0xf4 -- x");
  assert_non_null(large);
  memset(large, 'k', LIMIT_BOOT_LINE + 50);
  keep[0] = large;
  assert_int_equal(run_line(line, &save, args, 1), ERR_TOOBIG);
  free(large);
}

static void test_quoting(void **state) {
  (void)state;
  char *args[] = {"plain", "a b", "", "q\"q", "b\\b", "tab\there", "line\nbreak", "--", "caf\xc3\xa9", "log=0xe9"};
  expect_line(10, args,
              WORDS
              " -- plain \"a b\" \"\" \"q\\\"q\" \"b\\\\b\" \"tab\there\" \"line\nbreak\" -- caf\xc3\xa9 log=0xe9");
}

static void test_bound(void **state) {
  (void)state;
  char line[LIMIT_BOOT_LINE + 1], arg[LIMIT_BOOT_LINE];
  char *args[] = {arg};
  size_t fits = LIMIT_BOOT_LINE - 1 - strlen(WORDS " -- ");
  line[LIMIT_BOOT_LINE] = 'x';
  memset(arg, 'a', sizeof arg);
  arg[fits] = 0;
  assert_int_equal(run_line(line, NULL, args, 1), 0);
  assert_int_equal(strlen(line), LIMIT_BOOT_LINE - 1);
  arg[fits] = 'a';
  arg[fits + 1] = 0;
  assert_int_equal(run_line(line, NULL, args, 1), ERR_TOOBIG);
  arg[fits - 1] = 0; /* a quoted one takes three bytes more */
  arg[0] = '"';
  assert_int_equal(run_line(line, NULL, args, 1), ERR_TOOBIG);
  assert_int_equal(line[LIMIT_BOOT_LINE], 'x');
}

static void expect_end(const char *line, enum run_how how, int status, const char *text) {
  struct run_end end = {.how = RUN_NOT};
  run_parse(line, strlen(line), &end);
  assert_int_equal(end.how, how);
  assert_int_equal(end.status, status);
  assert_string_equal(end.text, text);
}

static void test_status(void **state) {
  (void)state;
  expect_end("exit 0", RUN_EXIT, 0, "");
  expect_end("exit 255", RUN_EXIT, 255, "");
  expect_end("signal 6", RUN_SIGNAL, 6, "");
  expect_end("stopped unpack: entry 'a\033[2J'", RUN_STOPPED, 0, "unpack: entry 'a\\x1b[2J'");
  expect_end("panic page fault", RUN_PANIC, 0, "page fault");
}

/* Anything else is no end at all, and is shown. */
static void test_status_nonsense(void **state) {
  (void)state;
  static const char *const bad[] = {"exit 256",   "exit -1", "exit", "exit ", "exit 1x", "exit 99999999999999999999",
                                    "signal 128", "",        "stop", "EXIT 0"};
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    struct run_end end = {.how = RUN_NOT};
    run_parse(bad[i], strlen(bad[i]), &end);
    assert_int_equal(end.how, RUN_NOT);
    assert_string_equal(end.text, bad[i]);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_words),   cmocka_unit_test(test_save),
                                     cmocka_unit_test(test_quoting), cmocka_unit_test(test_bound),
                                     cmocka_unit_test(test_status),  cmocka_unit_test(test_status_nonsense)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
