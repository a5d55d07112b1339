/* tests/unit/formats_path.c - names made safe, and names made printable. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "formats/err.h"
#include "formats/limits.h"
#include "formats/path.h"

static void clean(const char *name, size_t len, const char *wanted) {
  char out[LIMIT_PATH];
  char *copy = malloc(len + !len);
  memcpy(copy, name, len);
  int rc = path_clean(copy, len, out, sizeof out);
  free(copy);
  assert_int_equal(rc, (int)strlen(wanted));
  assert_string_equal(out, wanted);
}

static void refused(const char *name, size_t len, int code) {
  char out[LIMIT_PATH];
  assert_int_equal(path_clean(name, len, out, sizeof out), code);
}

static void cleaned(void **state) {
  clean("a/b/c", 5, "a/b/c");
  clean("", 0, ".");
  clean(".", 1, ".");
  clean("/", 1, ".");
  clean("./", 2, ".");
  clean("//././/.", 8, ".");
  clean("./a", 3, "a");
  clean("//a//b///", 9, "a/b");
  clean("a/./b/.", 7, "a/b");
  clean("...", 3, "...");
  clean(".a/b./..c/d..", 13, ".a/b./..c/d..");
  clean("a\\b\n\xff", 5, "a\\b\n\xff");
}

static void dangerous(void **state) {
  refused("..", 2, ERR_NAME);
  refused("../a", 4, ERR_NAME);
  refused("a/..", 4, ERR_NAME);
  refused("a/../", 5, ERR_NAME);
  refused("/..", 3, ERR_NAME);
  refused("./../", 5, ERR_NAME);
  refused("a\0b", 3, ERR_NAME);
  refused(".\0", 2, ERR_NAME);
  refused("\0", 1, ERR_NAME);
}

static void lengths(void **state) {
  char name[5000], out[LIMIT_PATH];
  memset(name, 'n', sizeof name);
  assert_int_equal(path_clean(name, 255, out, sizeof out), 255);
  assert_int_equal(path_clean(name, 256, out, sizeof out), ERR_NAMETOOLONG);
  for (size_t i = 255; i < sizeof name; i += 256) name[i] = '/';
  assert_int_equal(path_clean(name, 4095, out, sizeof out), 4095);
  assert_int_equal(path_clean(name, 4097, out, sizeof out), ERR_NAMETOOLONG);
  char small[4];
  assert_int_equal(path_clean("abc", 3, small, 4), 3);
  assert_int_equal(path_clean("abc", 3, small, 3), ERR_NAMETOOLONG);
  assert_int_equal(path_clean("a/b", 3, small, 4), 3);
  assert_int_equal(path_clean("", 0, small, 1), ERR_NAMETOOLONG);
  assert_int_equal(path_clean("", 0, small, 2), 1);
}

/* The quick look agrees with the walk, for every short name over the bytes that matter, wherever they lie in a word. */
static void quick_check_agrees(void **state) {
  static const char letters[] = {'a', '.', '/', 0};
  for (uint32_t i = 0; i < 1 << 12; i++)
    for (size_t before = 0; before < 9; before++)
      for (size_t after = 0; after < 9; after += 4) {
        char name[32], out[64];
        memset(name, 'b', sizeof name);
        for (size_t at = 0; at < 6; at++) name[before + at] = letters[i >> 2 * at & 3];
        int rc = path_clean(name, before + 6 + after, out, sizeof out);
        assert_int_equal(path_check(name, before + 6 + after), rc < 0 ? rc : 0);
      }
}

/* Plain is what is its own canonical form, and one component. */
static void plain_components(void **state) {
  static const char letters[] = {'a', '.', '/', 0};
  char name[LIMIT_NAME + 2], out[LIMIT_PATH];
  size_t plain = 0;
  for (uint32_t i = 0; i < 1 << 10; i++)
    for (size_t before = 0; before < 20; before++)
      for (size_t letter = 0; letter <= 5; letter++) {
        size_t len = before + letter;
        memset(name, 'b', sizeof name);
        for (size_t at = 0; at < letter; at++) name[before + at] = letters[i >> 2 * at & 3];
        bool same = path_clean(name, len, out, sizeof out) == (int)len && memcmp(out, name, len) == 0;
        char *exact = memcpy(malloc(len + !len), name, len);
        bool got = path_plain(exact, len);
        free(exact);
        assert_int_equal(got, same && !memchr(name, '/', len) && strcmp(out, ".") != 0);
        plain += got;
      }
  assert_true(plain > 1000);
  memset(name, 'n', sizeof name);
  assert_true(path_plain(name, LIMIT_NAME));
  assert_false(path_plain(name, LIMIT_NAME + 1));
}

static void printed(const char *name, size_t len, const char *wanted) {
  char out[256];
  assert_int_equal(path_print(name, len, out, sizeof out), strlen(wanted));
  assert_string_equal(out, wanted);
}

static void for_people(void **state) {
  printed("plain/name", 10, "plain/name");
  printed("a\nb\tc\\d\x01\x7f", 9, "a\\nb\\tc\\\\d\\x01\\x7f");
  printed("gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x8c\xb1", 15, "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x8c\xb1");
  printed("\xc3", 1, "\\xc3");
  printed("\xc0\xaf", 2, "\\xc0\\xaf");
  printed("\xe0\x80\xaf", 3, "\\xe0\\x80\\xaf");
  printed("\xed\xa0\x80", 3, "\\xed\\xa0\\x80");
  printed("\xf4\x90\x80\x80", 4, "\\xf4\\x90\\x80\\x80");
  printed("\xc2\x9b"
          "31m",
          5, "\\xc2\\x9b31m");
  printed("\xe2\x80\xae"
          "x",
          4, "\\xe2\\x80\\xaex");
  printed("\0", 1, "\\x00");
}

static void cut_for_people(void **state) {
  char out[8];
  assert_int_equal(path_print("abcdefghij", 10, out, sizeof out), 10);
  assert_string_equal(out, "abcdefg");
  assert_int_equal(path_print("abcdef\nz", 8, out, sizeof out), 9);
  assert_string_equal(out, "abcdef");
  assert_int_equal(path_print("abc", 3, NULL, 0), 3);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(cleaned),          cmocka_unit_test(dangerous),
      cmocka_unit_test(lengths),          cmocka_unit_test(quick_check_agrees),
      cmocka_unit_test(plain_components), cmocka_unit_test(for_people),
      cmocka_unit_test(cut_for_people),
  };
  return cmocka_run_group_tests_name("formats_path", tests, NULL, NULL);
}
