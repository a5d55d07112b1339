/* tests/unit/lib_stdio.c - kernel/lib/stdio.c against the host's printf, every flag with every conversion. */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define snprintf  lib_snprintf
#define vsnprintf lib_vsnprintf
#pragma GCC diagnostic ignored "-Wmissing-prototypes"
#include "kernel/lib/stdio.c"
#undef snprintf
#undef vsnprintf
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat-security"

static void same(const char *format, ...) {
  char got[256], want[256];
  va_list a, b;
  int n, m;
  va_start(a, format), va_copy(b, a);
  n = lib_vsnprintf(got, sizeof got, format, a), m = vsnprintf(want, sizeof want, format, b);
  va_end(a), va_end(b);
  if (strcmp(got, want) || n != m) fail_msg("%s: got '%s' (%d), wanted '%s' (%d)", format, got, n, want, m);
}

static void test_numbers(void **state) {
  static const char *const flags[] = {"", "-", "0", "+", " ", "#", "-0", "0+", "# 0", "#0"};
  static const char *const sizes[] = {"", "1", "5", "12", ".0", ".1", ".5", "8.3", "12.9", "25.22"};
  static const char *const ways[] = {"hhd", "hd", "d",   "ld", "lld", "zd", "jd",  "hhu", "hu", "u", "lu",
                                     "llu", "zu", "hhx", "hx", "x",   "lx", "llX", "o",   "lo", "i"};
  static const int64_t values[] = {0, 1, -1, 7, 8, 127, 128, -128, 255, 4096, INT_MAX, INT_MIN, INT64_MAX, INT64_MIN};
  char format[32];
  for (size_t f = 0; f < sizeof flags / sizeof flags[0]; f++)
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++)
      for (size_t w = 0; w < sizeof ways / sizeof ways[0]; w++)
        for (size_t v = 0; v < sizeof values / sizeof values[0]; v++) {
          snprintf(format, sizeof format, "<%%%s%s%s>", flags[f], sizes[s], ways[w]);
          same(format, values[v]);
        }
}

static void test_text(void **state) {
  same("plain %% text"), same("%s|%s", "one", ""), same("%8s|%-8s|", "abc", "abc"),
      same("%.2s|%.0s|%8.1s", "abc", "abc", "abc");
  same("%c%5c%-5c|", 'a', 'b', 'c'), same("%p", (void *)0x1234), same("%*d|%-*d|%*d", 6, 42, 6, 42, -6, 42);
  same("%.*s|%.*s", 2, "abcdef", -1, "abcdef");
}

/* The end of the room is kept and the length is that of the whole text. */
static void test_room(void **state) {
  for (size_t n = 0; n < 12; n++) {
    char got[16], want[16];
    memset(got, '#', sizeof got), memset(want, '#', sizeof want);
    assert_int_equal(lib_snprintf(got, n, "%s-%d", "hello", 1234), 10);
    snprintf(want, n, "%s-%d", "hello", 1234);
    assert_memory_equal(got, want, sizeof got);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_numbers), cmocka_unit_test(test_text),
                                     cmocka_unit_test(test_room)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
