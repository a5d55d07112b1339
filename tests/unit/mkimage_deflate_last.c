/* tests/unit/mkimage_deflate_last.c - the last block of streams by libdeflate and zlib is found, and taken to be none.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <libdeflate.h>
#include <stdbool.h>
#include <zlib.h>

#include "mkimage/compress/deflate_last.h"

enum { MOST = 600000 };

static uint8_t plain[MOST], stream[MOST + MOST / 8 + 100], back[MOST];
static struct deflate_codes codes;

static uint32_t chance(uint32_t *x) {
  *x = *x * 1664525 + 1013904223;
  return *x >> 8;
}

/* kind 0: words, 1: one byte, 2: chance, 3: words and chance in turn, 4: few values */
static void fill(size_t n, unsigned kind, uint32_t seed) {
  static const char words[] = "static int const return struct the of and (void) = 0; if while for\n";
  for (size_t i = 0; i < n; i++) {
    uint32_t x = chance(&seed);
    bool dense = kind == 2 || (kind == 3 && (i >> 14) & 1);
    plain[i] = kind == 1   ? 'a'
               : kind == 4 ? (uint8_t)(x & 3)
               : dense     ? (uint8_t)x
                           : (uint8_t)words[(i * 7 + x % 5) % 66];
  }
}

static size_t by_libdeflate(size_t n, int level) {
  struct libdeflate_compressor *c = libdeflate_alloc_compressor(level);
  size_t packed = libdeflate_deflate_compress(c, plain, n, stream, sizeof stream - DEFLATE_SLACK);
  libdeflate_free_compressor(c);
  assert_true(packed > 0);
  return packed;
}

static size_t by_zlib(size_t n, int level, int strategy) {
  z_stream z = {0};
  assert_int_equal(deflateInit2(&z, level, Z_DEFLATED, -15, 9, strategy), Z_OK);
  z.next_in = plain, z.avail_in = (unsigned)n;
  z.next_out = stream, z.avail_out = sizeof stream - DEFLATE_SLACK;
  assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
  deflateEnd(&z);
  return z.total_out;
}

/* Without the mark, and with an empty last block behind it, the stream unpacks to the same. */
static void check(size_t n, size_t packed) {
  uint64_t mark = 0, end = 0;
  memset(stream + packed, 0xff, DEFLATE_SLACK);
  assert_int_equal(deflate_last(&codes, stream, packed, plain, n, &mark, &end), 0);
  assert_true(mark < end && (end + 7) / 8 == packed);
  assert_int_equal(stream[mark / 8] >> (mark & 7) & 1, 1);
  stream[mark / 8] &= (uint8_t) ~(1u << (mark & 7));
  memset(stream + packed, 0, DEFLATE_SLACK);
  stream[end / 8] |= (uint8_t)(3u << (end & 7)); /* last, fixed codes, the end */
  if ((end & 7) == 7) stream[end / 8 + 1] |= 1;
  z_stream z = {0};
  assert_int_equal(inflateInit2(&z, -15), Z_OK);
  z.next_in = stream, z.avail_in = (unsigned)packed + 4;
  z.next_out = back, z.avail_out = sizeof back;
  assert_int_equal(inflate(&z, Z_FINISH), Z_STREAM_END);
  assert_int_equal(z.total_out, n);
  assert_memory_equal(back, plain, n);
  inflateEnd(&z);
}

static void test_libdeflate(void **state) {
  static const size_t sizes[] = {1, 3, 100, 5000, 70000, 300000, MOST};
  for (unsigned kind = 0; kind < 5; kind++)
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
      for (int level = 1; level <= 12; level += i > 4 ? 3 : 1) {
        fill(sizes[i], kind, (uint32_t)(kind * 100 + i));
        check(sizes[i], by_libdeflate(sizes[i], level));
      }
}

/* Stored blocks, fixed codes, codes without matches. */
static void test_zlib(void **state) {
  static const int strategies[] = {Z_DEFAULT_STRATEGY, Z_FIXED, Z_HUFFMAN_ONLY, Z_RLE};
  for (unsigned kind = 0; kind < 5; kind++)
    for (unsigned s = 0; s < 4; s++)
      for (int level = 0; level <= 9; level += 3)
        for (size_t n = 1; n < 200000; n = n * 5 + 3) {
          fill(n, kind, (uint32_t)n);
          check(n, by_zlib(n, level, strategies[s]));
        }
}

/* Another stream's end, and bytes of chance: not found, or a place within. */
static void test_wrong(void **state) {
  uint64_t mark, end;
  uint32_t seed = 7;
  fill(70000, 0, 1);
  size_t packed = by_libdeflate(70000, 6);
  memset(stream + packed, 0, DEFLATE_SLACK);
  assert_int_equal(deflate_last(&codes, stream, packed - 1, plain, 70000, &mark, &end), -1);
  assert_int_equal(deflate_last(&codes, stream, packed, plain, 69999, &mark, &end), -1);
  for (unsigned i = 0; i < 300; i++) {
    size_t n = 1 + chance(&seed) % 3000;
    uint8_t *bytes = malloc(n + DEFLATE_SLACK); /* of this size exactly: the sanitizer sees what is read beyond */
    for (size_t k = 0; k < n + DEFLATE_SLACK; k++) bytes[k] = (uint8_t)chance(&seed);
    if (deflate_last(&codes, bytes, n, plain, 70000, &mark, &end) == 0) assert_true(mark < end && end <= 8 * n);
    free(bytes);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_libdeflate), cmocka_unit_test(test_zlib),
                                     cmocka_unit_test(test_wrong)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
