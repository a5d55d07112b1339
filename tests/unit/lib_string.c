/* tests/unit/lib_string.c - kernel/lib/string.c, stdlib.c and plat/x86_64/copy.c against the host's C library. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define memcpy  lib_memcpy
#define memmove lib_memmove
#define memset  lib_memset
#define memcmp  lib_memcmp
#define memchr  lib_memchr
#define memrchr lib_memrchr
#define strlen  lib_strlen
#define strnlen lib_strnlen
#define strcmp  lib_strcmp
#define strncmp lib_strncmp
#define strchr  lib_strchr
#define strrchr lib_strrchr
#define strstr  lib_strstr
#define strspn  lib_strspn
#define strcspn lib_strcspn
#define strtoul lib_strtoul
#pragma GCC diagnostic ignored "-Wmissing-prototypes"
#include "kernel/lib/stdlib.c"
#include "kernel/lib/string.c"
#define word copy_word
#include "kernel/plat/x86_64/copy.c"
#undef memcpy
#undef memmove
#undef memset
#undef memcmp
#undef memchr
#undef memrchr
#undef strlen
#undef strnlen
#undef strcmp
#undef strncmp
#undef strchr
#undef strrchr
#undef strstr
#undef strspn
#undef strcspn
#undef strtoul

enum { ROOM = 128 };

static void fill(uint8_t *p, size_t n) {
  for (size_t i = 0; i < n; i++) p[i] = (uint8_t)(rand() >> 7);
}

/* Every length, every alignment, with the bytes around watched. */
static void test_copy(void **state) {
  uint8_t from[ROOM], got[ROOM], want[ROOM];
  for (size_t n = 0; n < 70; n++)
    for (size_t s = 0; s < 9; s++)
      for (size_t d = 0; d < 9; d++) {
        fill(from, ROOM), fill(got, ROOM), memcpy(want, got, ROOM);
        assert_ptr_equal(lib_memcpy(got + d, from + s, n), got + d);
        memcpy(want + d, from + s, n);
        assert_memory_equal(got, want, ROOM);
        assert_ptr_equal(lib_memset(got + d, (int)(n * 7 + s) | 0x100, n), got + d);
        memset(want + d, (int)(n * 7 + s) | 0x100, n);
        assert_memory_equal(got, want, ROOM);
      }
}

static void test_move(void **state) {
  uint8_t got[ROOM], want[ROOM];
  for (size_t n = 0; n < 60; n++)
    for (size_t s = 0; s < 60; s += 1 + s / 16)
      for (size_t d = 0; d < 60; d += 1 + d / 16) {
        fill(got, ROOM), memcpy(want, got, ROOM);
        assert_ptr_equal(lib_memmove(got + d, got + s, n), got + d);
        memmove(want + d, want + s, n);
        assert_memory_equal(got, want, ROOM);
      }
}

static int sign(int v) { return (v > 0) - (v < 0); }

static void test_compare(void **state) {
  char a[ROOM], b[ROOM];
  for (int round = 0; round < 20000; round++) {
    size_t n = (size_t)rand() % 40, at = (size_t)rand() % 4;
    for (size_t i = 0; i < ROOM; i++) a[i] = b[i] = (char)(rand() % 3 ? 'a' + rand() % 2 : 0x80 + rand() % 128);
    a[60] = b[60] = 0;
    if (rand() % 2) b[at + (size_t)rand() % 40] ^= (char)(1 << rand() % 8);
    if (rand() % 4 == 0) b[at + (size_t)rand() % 40] = 0;
    assert_int_equal(sign(lib_memcmp(a + at, b + at, n)), sign(memcmp(a + at, b + at, n)));
    assert_int_equal(sign(lib_strcmp(a + at, b + at)), sign(strcmp(a + at, b + at)));
    assert_int_equal(sign(lib_strncmp(a + at, b + at, n)), sign(strncmp(a + at, b + at, n)));
    assert_int_equal(lib_strlen(b + at), strlen(b + at));
    assert_int_equal(lib_strnlen(b + at, n), strnlen(b + at, n));
    assert_ptr_equal(lib_memchr(b + at, 'b', n), memchr(b + at, 'b', n));
    assert_ptr_equal(lib_memrchr(b + at, 'b', n), memrchr(b + at, 'b', n));
    assert_ptr_equal(lib_strchr(b + at, 'b'), strchr(b + at, 'b'));
    assert_ptr_equal(lib_strchr(b + at, 0), strchr(b + at, 0));
    assert_ptr_equal(lib_strrchr(b + at, 'b'), strrchr(b + at, 'b'));
    assert_int_equal(lib_strspn(b + at, "ab"), strspn(b + at, "ab"));
    assert_int_equal(lib_strcspn(b + at, "b\x90"), strcspn(b + at, "b\x90"));
    assert_ptr_equal(lib_strstr(b + at, "aab"), strstr(b + at, "aab"));
    assert_ptr_equal(lib_strstr(b + at, ""), strstr(b + at, ""));
  }
}

static void test_numbers(void **state) {
  static const char *const text[] = {"0",
                                     "12",
                                     "0x1f",
                                     "0X1Fz",
                                     "017",
                                     "9z",
                                     "",
                                     "z",
                                     "0x",
                                     "0xg",
                                     "18446744073709551615",
                                     "18446744073709551616",
                                     "99999999999999999999999 ",
                                     "0xffffffffffffffffff"};
  static const int base[] = {0, 10, 16, 8};
  for (size_t i = 0; i < sizeof text / sizeof text[0]; i++)
    for (size_t b = 0; b < sizeof base / sizeof base[0]; b++) {
      char *got, *want;
      assert_int_equal(lib_strtoul(text[i], &got, base[b]), strtoul(text[i], &want, base[b]));
      assert_ptr_equal(got, want);
    }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_copy), cmocka_unit_test(test_move),
                                     cmocka_unit_test(test_compare), cmocka_unit_test(test_numbers)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
