/* tests/unit/formats_codec_at_once.c - a stream decoded in one go: the same as in steps, or not at all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <libdeflate.h>
#include <zlib.h>

#include "formats/bytes.h"
#include "formats/codec.h"

struct bytes {
  uint8_t *p;
  size_t n;
};

static struct bytes text_make(size_t n) {
  struct bytes b = {malloc(n + 1), n};
  uint32_t x = 99;
  for (size_t i = 0; i < n; i++) {
    x = x * 1664525 + 1013904223;
    b.p[i] = (i >> 12) % 5 == 4 ? (uint8_t)(x >> 24) : (uint8_t)("whatever fits goes "[(i + (x >> 30)) % 19]);
  }
  return b;
}

/* Appends a member to `out`. */
static void gzip_add(struct bytes *out, struct bytes text, int level, gz_header *header) {
  size_t most = text.n + text.n / 100 + 4096;
  z_stream z = {0};
  out->p = realloc(out->p, out->n + most);
  assert_int_equal(deflateInit2(&z, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
  if (header) assert_int_equal(deflateSetHeader(&z, header), Z_OK);
  z.next_in = text.p, z.avail_in = (uInt)text.n, z.next_out = out->p + out->n, z.avail_out = (uInt)most;
  assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
  out->n += z.total_out;
  deflateEnd(&z);
}

static struct bytes gzip_of(struct bytes text, int level) {
  struct bytes out = {NULL, 0};
  gzip_add(&out, text, level, NULL);
  return out;
}

struct outcome {
  bool at_once;
  int code;
  uint64_t have, offset;
  struct flaw flaw;
  uint8_t *out;
};

/* In one go when that works (and is wanted), else in steps, over memory that ends where the room ends. */
static struct outcome decode(struct bytes in, uint64_t room, bool at_once) {
  const struct codec *codec = codec_by_id(CODEC_GZIP);
  struct source s = source_over(memcpy(malloc(in.n + !in.n), in.p, in.n), in.n);
  const uint8_t *copy = s.at;
  struct outcome o = {.out = malloc(room + !room)};
  struct decoder d;
  void *work = aligned_alloc(16, bytes_round_up(codec->workspace, 16));
  assert_int_equal(decoder_start(&d, codec, &s, work, o.out, room), 0);
  o.at_once = at_once && decoder_at_once(&d);
  if (at_once && !o.at_once) assert_true(s.offset == 0 && d.have == 0 && !d.ended && d.flaw.code == 0);
  if (o.at_once) assert_true(d.ended && d.have <= room);
  do {
    o.code = decoder_run(&d, UINT64_MAX);
  } while (o.code == ERR_WANT_ROOM);
  o.have = d.have, o.offset = s.offset, o.flaw = d.flaw;
  free(work);
  free((void *)(uintptr_t)copy);
  return o;
}

static void expect_at_once(struct bytes packed, size_t zeros, struct bytes text, uint64_t room) {
  struct bytes in = {calloc(1, packed.n + zeros), packed.n + zeros};
  memcpy(in.p, packed.p, packed.n);
  struct outcome o = decode(in, room, true);
  assert_true(o.at_once);
  assert_int_equal(o.code, 0);
  assert_int_equal(o.have, text.n);
  assert_int_equal(o.offset, packed.n);
  assert_memory_equal(o.out, text.p, text.n);
  free(o.out);
  free(in.p);
}

static void levels_and_sizes(void **state) {
  size_t sizes[] = {0, 1, 100, 70000, 3000000};
  (void)state;
  for (int level = 0; level <= 9; level++)
    for (int i = 0; i < 5; i++) {
      struct bytes text = text_make(sizes[i]), packed = gzip_of(text, level);
      expect_at_once(packed, 0, text, text.n);
      expect_at_once(packed, 9, text, text.n + 5000);
      free(packed.p);
      free(text.p);
    }
}

/* Members one behind another; one with a checksum in its header is left to zlib, which checks it. */
static void members_and_headers(void **state) {
  gz_header h = {.extra = (Bytef *)"extra", .extra_len = 5, .name = (Bytef *)"name", .comment = (Bytef *)"comment"};
  struct bytes a = text_make(100000), none = {NULL, 0}, packed = {NULL, 0};
  (void)state;
  gzip_add(&packed, a, 6, &h);
  gzip_add(&packed, none, 1, NULL);
  expect_at_once(packed, 3, a, a.n);
  h.hcrc = 1;
  gzip_add(&packed, none, 1, &h);
  struct outcome o = decode(packed, a.n, true);
  assert_true(!o.at_once && o.code == 0 && o.have == a.n && o.offset == packed.n);
  free(o.out);
  packed.p[packed.n - 12] ^= 1;
  o = decode(packed, a.n, true);
  assert_true(!o.at_once && o.code == ERR_SUM);
  free(o.out);
  free(packed.p);
  free(a.p);
}

/* Cut or flipped anywhere: the verdict, the sentence and both offsets are those of the decoder in steps. */
static void same_verdict(struct bytes in, struct bytes text) {
  struct outcome one = decode(in, text.n, true), other = decode(in, text.n, false);
  assert_int_equal(one.code, other.code);
  assert_int_equal(one.have, other.have);
  assert_int_equal(one.offset, other.offset);
  if (one.code < 0) {
    assert_string_equal(one.flaw.reason, other.flaw.reason);
    assert_int_equal(one.flaw.packed, other.flaw.packed);
  }
  if (one.at_once) assert_memory_equal(one.out, text.p, text.n);
  free(one.out);
  free(other.out);
}

static void damage_is_told_by_the_other_decoder(void **state) {
  struct bytes text = text_make(700), packed = gzip_of(text, 6);
  (void)state;
  for (size_t n = 0; n <= packed.n; n++) same_verdict((struct bytes){packed.p, n}, text);
  for (size_t i = 0; i < packed.n * 8; i++) {
    packed.p[i / 8] ^= (uint8_t)(1 << i % 8);
    same_verdict(packed, text);
    packed.p[i / 8] ^= (uint8_t)(1 << i % 8);
  }
  free(packed.p);
  free(text.p);
}

static void room_one_byte_short(void **state) {
  struct bytes text = text_make(300000), packed = gzip_of(text, 6);
  (void)state;
  struct outcome o = decode(packed, text.n - 1, true);
  assert_false(o.at_once);
  assert_int_equal(o.code, ERR_SIZE);
  free(o.out);
  free(packed.p);
  free(text.p);
}

static size_t taken;
static void *count_take(size_t n) { return memset(malloc(taken = n), 0xa5, n); }

/* What gzip_at_once.c builds on: a decoder's state is zeros, and fits into the workspace. */
static void a_state_is_made_of_zeros(void **state) {
  (void)state;
  libdeflate_set_memory_allocator(count_take, free);
  uint8_t *d = (uint8_t *)libdeflate_alloc_decompressor();
  assert_in_range(taken, 1, codec_by_id(CODEC_GZIP)->workspace);
  assert_true(bytes_are_zero(d, taken));
  libdeflate_free_decompressor((struct libdeflate_decompressor *)d);
  libdeflate_set_memory_allocator(malloc, free);
}

/* A codec without a second way says so and goes on in steps. */
static void other_codecs(void **state) {
  static const uint8_t frame[] = {0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82, 0, 0, 0, 0};
  const struct codec *codec = codec_by_id(CODEC_LZ4);
  struct source s = source_over(frame, sizeof frame);
  struct decoder d;
  uint8_t out[1];
  void *work = aligned_alloc(16, bytes_round_up(codec->workspace, 16));
  (void)state;
  assert_int_equal(decoder_start(&d, codec, &s, work, out, 1), 0);
  assert_false(decoder_at_once(&d));
  assert_int_equal(decoder_run(&d, UINT64_MAX), 0);
  assert_true(d.ended && d.have == 0 && s.offset == sizeof frame);
  free(work);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(levels_and_sizes),
      cmocka_unit_test(members_and_headers),
      cmocka_unit_test(damage_is_told_by_the_other_decoder),
      cmocka_unit_test(room_one_byte_short),
      cmocka_unit_test(a_state_is_made_of_zeros),
      cmocka_unit_test(other_codecs),
  };
  return cmocka_run_group_tests_name("formats_codec_at_once", tests, NULL, NULL);
}
