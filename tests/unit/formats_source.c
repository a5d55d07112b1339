/* tests/unit/formats_source.c - cursors, sources, streams and zeros: nothing moves when a call fails. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "drip.h"
#include "formats/bytes.h"
#include "formats/cursor.h"

static void zeros(void **state) {
  for (size_t n = 0; n < 40; n++) {
    uint8_t *p = calloc(1, n + !n);
    assert_true(bytes_are_zero(p, n));
    assert_int_equal(bytes_first_nonzero(p, n), n);
    for (size_t i = 0; i < n; i++) {
      p[i] = 0x80;
      assert_false(bytes_are_zero(p, n));
      assert_int_equal(bytes_first_nonzero(p, n), i);
      p[i] = 0;
    }
    free(p);
  }
}

static void numbers(void **state) {
  uint8_t p[9] = {0};
  bytes_put_le64(p + 1, 0x8899aabbccddeeff);
  assert_int_equal(p[1], 0xff);
  assert_int_equal(bytes_le64(p + 1), 0x8899aabbccddeeff);
  assert_int_equal(bytes_le32(p + 1), 0xccddeeff);
  assert_int_equal(bytes_le16(p + 1), 0xeeff);
  assert_int_equal(bytes_round_up(4097, 4096), 8192);
  assert_int_equal(bytes_round_up(0, 4), 0);
}

static void cursors(void **state) {
  struct cursor c = cursor_over("ab\0cd", 5);
  size_t len = 99;
  assert_null(cursor_take(&c, 6));
  assert_null(cursor_take(&c, SIZE_MAX));
  assert_int_equal(cursor_left(&c), 5);
  assert_memory_equal(cursor_take_string(&c, &len), "ab", 3);
  assert_int_equal(len, 2);
  assert_null(cursor_take_string(&c, &len));
  assert_memory_equal(cursor_take(&c, 2), "cd", 2);
  assert_int_equal(cursor_left(&c), 0);
}

static const uint8_t *given_from;
static size_t given;
static void give(struct source *s, const uint8_t *from, size_t n) {
  given_from = from;
  given += n;
}

static void sources(void **state) {
  static const uint8_t bytes[] = "\0\0\0abc\0\0\0\0\0\0\0\0\0\0";
  struct drip drip;
  for (int dripping = 0; dripping < 2; dripping++) {
    struct source s = dripping ? drip_source(&drip, bytes, 16) : source_over(bytes, 16);
    s.give = give;
    given = 0;
    assert_int_equal(source_skip_zeros(&s), 3);
    assert_int_equal(source_skip_zeros(&s), 0);
    assert_int_equal(source_want(&s, 14), ERR_CUT);
    assert_int_equal(s.have, 13);
    assert_memory_equal(s.at, "abc", 3);
    source_used(&s, 3);
    assert_ptr_equal(given_from, bytes + 3);
    assert_int_equal(source_skip_zeros(&s), 10);
    assert_int_equal(s.offset, 16);
    assert_int_equal(given, 16);
    assert_int_equal(source_want(&s, 1), ERR_CUT);
  }
}

static void streams(void **state) {
  struct flaw flaw = {0};
  struct stream s = stream_over("abc", 3);
  assert_int_equal(stream_need(&s, 3, &flaw), 0);
  assert_int_equal(stream_need(&s, 4, &flaw), ERR_CUT);
  assert_int_equal(flaw.code, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(zeros),   cmocka_unit_test(numbers), cmocka_unit_test(cursors),
      cmocka_unit_test(sources), cmocka_unit_test(streams),
  };
  return cmocka_run_group_tests_name("formats_source", tests, NULL, NULL);
}
