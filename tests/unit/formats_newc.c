/* tests/unit/formats_newc.c - the header both ways, strict in every digit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "formats/err.h"
#include "formats/newc.h"

enum { FIELDS = 13 };

static void field_order(void **state) {
  struct newc h = {.ino = 1,
                   .mode = 2,
                   .uid = 3,
                   .gid = 4,
                   .nlink = 5,
                   .mtime = 6,
                   .size = 7,
                   .dev_major = 8,
                   .dev_minor = 9,
                   .rdev_major = 10,
                   .rdev_minor = 11,
                   .name_size = 12,
                   .check = 0xdeadbeef};
  uint8_t p[NEWC_HEADER + 1] = {0};
  newc_encode(&h, p);
  assert_string_equal((char *)p, "070701"
                                 "00000001000000020000000300000004000000050000000600000007"
                                 "00000008000000090000000a0000000b0000000cdeadbeef");
}

static void there_and_back(void **state) {
  struct newc h, back;
  uint8_t p[NEWC_HEADER];
  uint32_t *numbers = (uint32_t *)&h, x = 1;
  size_t bad = 0;
  for (int round = 0; round < 5000; round++) {
    for (int i = 0; i < FIELDS; i++) {
      x = x * 1664525 + 1013904223;
      numbers[i] = x >> (round % 32);
    }
    newc_encode(&h, p);
    if (round & 1)
      for (int i = 0; i < NEWC_HEADER; i++)
        if (p[i] >= 'a') p[i] = (uint8_t)(p[i] - 32);
    assert_int_equal(newc_decode(&back, p, &bad), 0);
    assert_memory_equal(&h, &back, sizeof h);
  }
}

/* Every byte value at every digit of every field: a digit's value, or the field's offset. */
static void every_digit(void **state) {
  struct newc h = {0}, back;
  uint8_t p[NEWC_HEADER];
  newc_encode(&h, p);
  for (size_t at = 6; at < NEWC_HEADER; at++)
    for (int c = 0; c < 256; c++) {
      char digit[2] = {(char)c, 0}, *end = digit;
      unsigned long value = c > ' ' && c != '+' && c != '-' ? strtoul(digit, &end, 16) : 0;
      size_t bad = 0, field = (at - 6) / 8;
      p[at] = (uint8_t)c;
      int rc = newc_decode(&back, p, &bad);
      assert_int_equal(rc, end > digit ? 0 : ERR_NUMBER);
      if (rc < 0) assert_int_equal(bad, 6 + field * 8);
      if (rc == 0) assert_int_equal(((uint32_t *)&back)[field], (uint32_t)value << 4 * (7 - (at - 6) % 8));
      p[at] = '0';
    }
}

static void magic(void **state) {
  struct newc h = {0};
  uint8_t p[NEWC_HEADER];
  size_t bad;
  newc_encode(&h, p);
  for (int i = 0; i < 6; i++) {
    p[i] ^= 1;
    assert_int_equal(newc_decode(&h, p, &bad), ERR_MAGIC);
    p[i] ^= 1;
  }
}

/* A header read behind another says what it says read alone, whatever differs between the two. */
static void behind_another(void **state) {
  static const char drawn[] = "0123456789abcdefABCDEF0000000000gG@`/:\x80";
  struct newc before, behind, alone;
  uint8_t p[NEWC_HEADER], q[NEWC_HEADER];
  size_t good = 0, refused = 0;
  srand(1);
  for (int round = 0; round < 200000; round++) {
    size_t bad = 0, bad_behind = 0;
    if (round % 100 == 0) {
      for (int i = 0; i < FIELDS; i++) ((uint32_t *)&before)[i] = (uint32_t)rand() >> rand() % 31;
      newc_encode(&before, p);
    }
    memcpy(q, p, sizeof q);
    for (int changes = rand() % 6; changes > 0; changes--)
      q[rand() % (round % 7 ? NEWC_HEADER - 6 : NEWC_HEADER) + (round % 7 ? 6 : 0)] =
          (uint8_t)drawn[(size_t)rand() % (sizeof drawn - 1)];
    if (rand() % 4 == 0) q[6 + rand() % FIELDS * 8 + 7]++; /* the next number, or what stands behind the last digit */
    behind = before;
    int rc = newc_decode(&alone, q, &bad), rc_behind = newc_decode_next(&behind, q, p, &bad_behind);
    if (rc == ERR_MAGIC) continue; /* which is not looked at behind another */
    assert_int_equal(rc_behind, rc);
    assert_int_equal(bad_behind, bad);
    if (rc == 0) assert_memory_equal(&behind, &alone, sizeof alone);
    good += rc == 0, refused += rc == ERR_NUMBER;
  }
  assert_true(good > 10000 && refused > 10000);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(field_order), cmocka_unit_test(there_and_back), cmocka_unit_test(every_digit),
      cmocka_unit_test(magic),       cmocka_unit_test(behind_another),
  };
  return cmocka_run_group_tests_name("formats_newc", tests, NULL, NULL);
}
