/* tests/unit/formats_lz4_block.c - lz4 blocks against liblz4: what it made, and what came to harm. */
#include <lz4.h>
#include <lz4hc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "formats/codec_parts.h"

enum { MOST = 300000 };

static size_t draw(size_t below) { return (size_t)rand() % below; }

/* Pieces of what stands before, of all lengths and distances, with runs and noise between. */
static void text(uint8_t *p, size_t n) {
  size_t at = 0;
  while (at < n) {
    size_t len = 1 + draw(draw(4) ? 20 : draw(8) ? 400 : 40000), left = n - at;
    if (len > left) len = left;
    size_t far = at == 0 ? 0 : 1 + draw(at < 70000 && draw(2) ? at : draw(3) ? at % 40 + 1 : at % 65535 + 1);
    if (far > at) far = at;
    for (size_t i = 0; i < len; i++) p[at + i] = far && len > 3 ? p[at + i - far] : (uint8_t)rand();
    at += len;
  }
}

/* Input and room end where their memory ends, so that one byte too far is noticed. */
static int64_t unpack(const uint8_t *block, size_t n, const uint8_t *dict, size_t dict_n, size_t room, uint8_t **made) {
  uint8_t *in = memcpy(malloc(n + 1), block, n), *all = malloc(dict_n + room + 1);
  if (dict_n) memcpy(all, dict, dict_n);
  in = realloc(in, n ? n : 1);
  all = realloc(all, dict_n + room ? dict_n + room : 1);
  int64_t got = lz4_block(in, n, all, all + dict_n, room);
  free(in);
  *made = all;
  return got;
}

static void what_liblz4_makes(void **state) {
  static uint8_t plain[MOST], packed[LZ4_COMPRESSBOUND(MOST)];
  LZ4_stream_t *s = LZ4_createStream();
  LZ4_streamHC_t *hc = LZ4_createStreamHC();
  srand(3);
  for (int round = 0; round < 400; round++) {
    size_t n = draw(round % 4 ? 3000 : MOST), dict = round % 3 ? 0 : draw(n + 1);
    text(plain, n);
    if (dict > 65536) dict = 65536;
    const char *from = (const char *)plain + dict;
    int size;
    LZ4_loadDict(s, (const char *)plain, (int)dict);
    LZ4_resetStreamHC_fast(hc, 9);
    LZ4_loadDictHC(hc, (const char *)plain, (int)dict);
    if (round % 2)
      size = LZ4_compress_fast_continue(s, from, (char *)packed, (int)(n - dict), sizeof packed, 1 + round % 9);
    else
      size = LZ4_compress_HC_continue(hc, from, (char *)packed, (int)(n - dict), sizeof packed);
    assert_true(size > 0);
    for (size_t spare = 0; spare < 300; spare += 1 + draw(200)) {
      uint8_t *made;
      assert_int_equal(unpack(packed, (size_t)size, plain, dict, n - dict + spare, &made), n - dict);
      assert_memory_equal(made, plain, n);
      free(made);
    }
    if (n > dict) {
      uint8_t *made;
      assert_int_equal(unpack(packed, (size_t)size, plain, dict, n - dict - 1, &made), ERR_STREAM);
      free(made);
    }
  }
  LZ4_freeStream(s);
  LZ4_freeStreamHC(hc);
}

/* What is taken, liblz4 takes, too, in a room that is just enough, and makes the same of it. */
static void what_came_to_harm(void **state) {
  static uint8_t plain[6000], packed[LZ4_COMPRESSBOUND(6000)], peer[20000];
  size_t taken = 0, refused = 0;
  srand(4);
  for (int round = 0; round < 60000; round++) {
    size_t n = draw(draw(3) ? 200 : sizeof plain);
    text(plain, n);
    size_t size = (size_t)LZ4_compress_default((const char *)plain, (char *)packed, (int)n, sizeof packed);
    for (size_t changes = draw(4); changes > 0; changes--)
      packed[draw(size)] = draw(2) ? (uint8_t)rand() : (uint8_t)draw(20);
    if (draw(6) == 0) size = draw(size) + 1;
    uint8_t *made;
    int64_t got = unpack(packed, size, NULL, 0, sizeof peer, &made);
    taken += got >= 0, refused += got < 0;
    if (got >= 0) {
      int room = got > 0 ? (int)got : 1; /* liblz4 has a rule of its own for no room */
      assert_int_equal(LZ4_decompress_safe((const char *)packed, (char *)peer, (int)size, room), got);
      assert_memory_equal(made, peer, (size_t)got);
    }
    free(made);
  }
  assert_true(taken > 10000 && refused > 10000);
}

static int64_t whole(const char *block, size_t n) {
  uint8_t *made;
  int64_t got = unpack((const uint8_t *)block, n, (const uint8_t *)"0123456789abcdef", 16, 100, &made);
  free(made);
  return got;
}

/* The rules one by one; a dictionary of 16 bytes stands before. */
static void rules(void **state) {
  assert_int_equal(whole("\x00", 1), 0);                               /* nothing at all */
  assert_int_equal(whole("\x10x", 2), 1);                              /* literals alone may be few */
  assert_int_equal(whole("\x13x\x05\0\x50vwxyz", 10), 1 + 7 + 5);      /* a match, then five literals */
  assert_int_equal(whole("", 0), ERR_STREAM);                          /* no token */
  assert_int_equal(whole("\x20x", 2), ERR_STREAM);                     /* literals beyond the end */
  assert_int_equal(whole("\xf0", 1), ERR_STREAM);                      /* a length beyond the end */
  assert_int_equal(whole("\xf0\xff\xff", 3), ERR_STREAM);              /* and a long one */
  assert_int_equal(whole("\x13x\x05", 3), ERR_STREAM);                 /* half a distance */
  assert_int_equal(whole("\x13x\0\0\x50vwxyz", 10), ERR_STREAM);       /* distance 0 */
  assert_int_equal(whole("\x13x\x12\0\x50vwxyz", 10), ERR_STREAM);     /* before the dictionary */
  assert_int_equal(whole("\x13x\x11\0\x50vwxyz", 10), 1 + 7 + 5);      /* its first byte */
  assert_int_equal(whole("\x1fx\x05\0", 4), ERR_STREAM);               /* a match's length beyond the end */
  assert_int_equal(whole("\x1fx\x05\0\xff\x50vwxyz", 11), ERR_STREAM); /* a match beyond the room */
  assert_int_equal(whole("\x13x\x05\0", 4), ERR_STREAM);               /* a match at the end */
  assert_int_equal(whole("\x1cx\x05\0\x40vwxy", 9), ERR_STREAM);       /* four literals at the end */
  assert_int_equal(whole("\x12x\x05\0\x50vwxyz", 10), ERR_STREAM);     /* a match 11 bytes before it */
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(what_liblz4_makes), cmocka_unit_test(what_came_to_harm),
                                     cmocka_unit_test(rules)};
  return cmocka_run_group_tests_name("formats_lz4_block", tests, NULL, NULL);
}
