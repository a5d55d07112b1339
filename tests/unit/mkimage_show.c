/* tests/unit/mkimage_show.c - modes, times, names and JSON of entries. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "formats/archive.h"
#include "mkimage/look/show.h"

static void expect_mode(uint32_t mode, const char *want) {
  char out[11];
  show_mode(mode, out);
  assert_string_equal(out, want);
}

static void test_mode(void **state) {
  (void)state;
  expect_mode(MODE_FILE | 0644, "-rw-r--r--");
  expect_mode(MODE_DIR | 01777, "drwxrwxrwt");
  expect_mode(MODE_DIR | 01776, "drwxrwxrwT");
  expect_mode(MODE_FILE | 06755, "-rwsr-sr-x");
  expect_mode(MODE_FILE | 06644, "-rwSr-Sr--");
  expect_mode(MODE_LINK | 0777, "lrwxrwxrwx");
  expect_mode(MODE_CHR, "c---------");
  expect_mode(MODE_BLK | 0660, "brw-rw----");
  expect_mode(MODE_FIFO | 0600, "prw-------");
}

static void expect_time(int64_t t, const char *want) {
  char out[40];
  show_time(t, out, sizeof out);
  assert_string_equal(out, want);
}

static void test_time(void **state) {
  (void)state;
  expect_time(0, "1970-01-01 00:00:00");
  expect_time(1700000000, "2023-11-14 22:13:20");
  expect_time(UINT32_MAX, "2106-02-07 06:28:15");
  expect_time(-1, "1969-12-31 23:59:59");
  expect_time(INT64_MAX, "9223372036854775807");
}

/* What a printing function writes. */
static char *printed(void (*print)(FILE *to, const void *arg), const void *arg) {
  char *text = NULL;
  size_t n = 0;
  FILE *to = open_memstream(&text, &n);
  assert_non_null(to);
  print(to, arg);
  fclose(to);
  return text;
}

static void print_name(FILE *to, const void *arg) { show_name(to, arg, strlen(arg)); }

static void expect_name(const char *name, const char *want) {
  char *got = printed(print_name, name);
  assert_string_equal(got, want);
  free(got);
}

/* A character that stands across the pieces in which a long name is printed stays whole. */
static void test_names(void **state) {
  (void)state;
  char name[600], want[600];
  expect_name("a\033[2Jb\n\r\177", "a\\x1b[2Jb\\n\\x0d\\x7f");
  expect_name("caf\xc3\xa9", "caf\xc3\xa9");
  expect_name("\xff\xc3", "\\xff\\xc3");
  for (size_t at = 250; at < 260; at++) {
    memset(name, 'x', sizeof name);
    memcpy(name + at, "\xf0\x9f\x8c\xb1", 4);
    name[sizeof name - 1] = 0;
    memcpy(want, name, sizeof want);
    expect_name(name, want);
  }
}

static void test_json_types(void **state) {
  (void)state;
  struct show file = {"a", NULL, 1, 0, MODE_FILE | 04755, 1, 2, 0, 0, 5000000000u, 3, -5, 0, NULL};
  json_t *o = show_object(&file, "00ff");
  char *text = json_dumps(o, JSON_COMPACT);
  assert_string_equal(text, "{\"path\":\"a\",\"type\":\"file\",\"mode\":2541,\"uid\":1,\"gid\":2,\"size\":5000000000,"
                            "\"mtime\":-5,\"nlink\":3,\"sha256\":\"00ff\"}");
  free(text);
  json_decref(o);
  struct show chr = {"dev/null", NULL, 8, 0, MODE_CHR | 0666, 0, 0, 1, 3, 0, 1, 0, 0, NULL};
  o = show_object(&chr, NULL);
  assert_int_equal(json_integer_value(json_object_get(o, "major")), 1);
  assert_int_equal(json_integer_value(json_object_get(o, "minor")), 3);
  assert_null(json_object_get(o, "target"));
  json_decref(o);
  struct show link = {"l", "to", 1, 2, MODE_LINK | 0777, 0, 0, 0, 0, 2, 1, 0, 0, NULL};
  o = show_object(&link, NULL);
  assert_string_equal(json_string_value(json_object_get(o, "target")), "to");
  assert_null(json_object_get(o, "major"));
  json_decref(o);
}

static void expect_bytes(const char *bytes, size_t n, const char *text, const char *b64) {
  json_t *o = json_object();
  assert_true(show_string(o, "path", bytes, n));
  assert_string_equal(json_string_value(json_object_get(o, "path")), text);
  if (b64 == NULL)
    assert_null(json_object_get(o, "path_b64"));
  else
    assert_string_equal(json_string_value(json_object_get(o, "path_b64")), b64);
  json_decref(o);
}

static void test_json_bytes(void **state) {
  (void)state;
#define FFFD "\xef\xbf\xbd"
  expect_bytes("caf\xc3\xa9 \xf0\x9f\x8c\xb1", 10, "caf\xc3\xa9 \xf0\x9f\x8c\xb1", NULL);
  expect_bytes("a\xff", 2, "a" FFFD, "Yf8=");
  expect_bytes("\xc3", 1, FFFD, "ww==");                                /* cut short */
  expect_bytes("\xc0\xaf", 2, FFFD FFFD, "wK8=");                       /* overlong */
  expect_bytes("\xed\xa0\x80", 3, FFFD FFFD FFFD, "7aCA");              /* a surrogate */
  expect_bytes("\xf4\x90\x80\x80", 4, FFFD FFFD FFFD FFFD, "9JCAgA=="); /* beyond U+10FFFF */
  expect_bytes("", 0, "", NULL);
}

/* Whatever the bytes are, the line is JSON that reads back, and base64 gives them again. */
static void test_json_random(void **state) {
  (void)state;
  uint32_t seed = 1;
  for (int round = 0; round < 500; round++) {
    char bytes[32];
    size_t n = round % 32;
    for (size_t i = 0; i < n; i++) bytes[i] = (char)((seed = seed * 1664525 + 1013904223) >> 24);
    json_t *o = json_object();
    assert_true(show_string(o, "path", bytes, n));
    char *text = json_dumps(o, JSON_COMPACT);
    json_t *again = json_loads(text, JSON_ALLOW_NUL, NULL);
    assert_non_null(again);
    assert_int_equal(json_equal(o, again), 1);
    const json_t *path = json_object_get(o, "path");
    bool exact = json_string_length(path) == n && memcmp(json_string_value(path), bytes, n) == 0;
    assert_true(exact == (json_object_get(o, "path_b64") == NULL));
    json_decref(again);
    json_decref(o);
    free(text);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_mode),       cmocka_unit_test(test_time),
                                     cmocka_unit_test(test_names),      cmocka_unit_test(test_json_types),
                                     cmocka_unit_test(test_json_bytes), cmocka_unit_test(test_json_random)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
