/* tests/unit/formats_codec_xz.c - xz and .lzma against the real encoder: whole, in drops, cut, flipped, short of room.
 */
#include "codec_kit.h"

#include <lzma.h>

enum { MORE = 65536 };

static struct bytes finish(lzma_stream *z, struct bytes text) {
  struct bytes out = {malloc(text.n + text.n / 3 + MORE), 0};
  z->next_in = text.p, z->avail_in = text.n, z->next_out = out.p, z->avail_out = text.n + text.n / 3 + MORE;
  assert_int_equal(lzma_code(z, LZMA_FINISH), LZMA_STREAM_END);
  out.n = z->total_out;
  lzma_end(z);
  return out;
}

static struct bytes xz_of(struct bytes text, unsigned level, lzma_check check) {
  lzma_stream z = LZMA_STREAM_INIT;
  assert_int_equal(lzma_easy_encoder(&z, level, check), LZMA_OK);
  return finish(&z, text);
}

/* Small blocks, and the filter for x86 code in front. */
static struct bytes xz_odd(struct bytes text) {
  lzma_stream z = LZMA_STREAM_INIT;
  lzma_options_lzma options;
  assert_false(lzma_lzma_preset(&options, 1));
  options.dict_size = 4096;
  lzma_filter filters[] = {{LZMA_FILTER_X86, NULL}, {LZMA_FILTER_LZMA2, &options}, {LZMA_VLI_UNKNOWN, NULL}};
  struct bytes out = {malloc(text.n + text.n / 3 + MORE), 0};
  assert_int_equal(lzma_stream_encoder(&z, filters, LZMA_CHECK_CRC32), LZMA_OK);
  z.next_out = out.p, z.avail_out = text.n + text.n / 3 + MORE;
  for (size_t at = 0; at < text.n; at += 50000) {
    z.next_in = text.p + at, z.avail_in = text.n - at < 50000 ? text.n - at : 50000;
    lzma_ret rc;
    while ((rc = lzma_code(&z, LZMA_FULL_FLUSH)) == LZMA_OK) {
    }
    assert_int_equal(rc, LZMA_STREAM_END);
  }
  assert_int_equal(lzma_code(&z, LZMA_FINISH), LZMA_STREAM_END);
  out.n = z.total_out;
  lzma_end(&z);
  return out;
}

static struct bytes lzma_of(struct bytes text, unsigned level) {
  lzma_stream z = LZMA_STREAM_INIT;
  lzma_options_lzma options;
  assert_false(lzma_lzma_preset(&options, level));
  assert_int_equal(lzma_alone_encoder(&z, &options), LZMA_OK);
  return finish(&z, text);
}

static const struct codec *xz(void) { return codec_by_id(CODEC_XZ); }
static const struct codec *lzma(void) { return codec_by_id(CODEC_LZMA); }

static void streams(void **state) {
  const size_t sizes[] = {0, 1, 100, 70000, 400000};
  const lzma_check checks[] = {LZMA_CHECK_CRC32, LZMA_CHECK_CRC64, LZMA_CHECK_SHA256, LZMA_CHECK_NONE};
  (void)state;
  for (int i = 0; i < 5; i++) {
    struct bytes text = text_make(sizes[i]);
    for (int j = 0; j < 4; j++) all_ways(xz(), xz_of(text, (unsigned)j * 2, checks[j]), text);
    all_ways(xz(), xz_odd(text), text);
    all_ways(lzma(), lzma_of(text, 1), text);
    free(text.p);
  }
}

static void streams_in_a_row(void **state) {
  struct bytes a = text_make(100000), b = text_make(20000), none = {malloc(1), 0};
  (void)state;
  struct bytes packed = join(join(xz_of(a, 1, LZMA_CHECK_CRC64), xz_of(none, 6, LZMA_CHECK_NONE)), xz_odd(b));
  struct bytes text = join(a, b);
  all_ways(xz(), packed, text);
  free(text.p);
  free(none.p);
}

static void damaged_streams(void **state) {
  struct bytes text = text_make(700), none = {malloc(1), 0};
  (void)state;
  damage(xz(), xz_of(text, 0, LZMA_CHECK_CRC32), text, false, false);
  damage(xz(), xz_of(text, 1, LZMA_CHECK_SHA256), text, false, false);
  damage(xz(), xz_of(none, 0, LZMA_CHECK_CRC64), none, false, false);
  damage(lzma(), lzma_of(text, 0), text, false, true); /* it has no checksum */
  memory_stays_memory(xz(), xz_of(text, 0, LZMA_CHECK_CRC32));
  free(text.p);
  free(none.p);
}

static void more_than_there_is_room_for(void **state) {
  struct bytes text = text_make(300000);
  (void)state;
  too_little_room(xz(), xz_of(text, 1, LZMA_CHECK_CRC32), text);
  too_little_room(lzma(), lzma_of(text, 1), text);
  free(text.p);
}

/* A dictionary that is not to be had is named with what was wanted; nothing is kept. */
static void no_dictionary(void **state) {
  struct bytes text = text_make(1000), packed[] = {xz_of(text, 6, LZMA_CHECK_CRC32), lzma_of(text, 6)};
  (void)state;
  for (int i = 0; i < 2; i++)
    for (size_t most = 1;; most++) {
      struct counted_memory memory = counted_memory();
      struct source s = source_over(packed[i].p, packed[i].n);
      struct decoder d;
      uint8_t *out = malloc(text.n);
      void *work = malloc((i ? lzma() : xz())->workspace);
      memory.most = most;
      assert_int_equal(decoder_start(&d, i ? lzma() : xz(), &s, work, out, text.n), 0);
      d.memory = &memory.memory;
      int rc = decoder_run(&d, UINT64_MAX);
      if (rc != 0) {
        assert_true(rc == ERR_NOMEM && d.flaw.wanted > 0);
        assert_non_null(strstr(d.flaw.reason, i ? "dictionary of the lzma stream" : "dictionary of the xz stream"));
      }
      decoder_stop(&d);
      assert_int_equal(memory.taken, 0);
      free(work);
      free(out);
      if (rc == 0) break;
      assert_true(most < 20);
    }
  struct source s = source_over(packed[0].p, packed[0].n);
  struct decoder d;
  void *work = malloc(xz()->workspace);
  assert_int_equal(decoder_start(&d, xz(), &s, work, work, 0), 0); /* and without any memory to take from */
  assert_int_equal(decoder_run(&d, UINT64_MAX), ERR_NOMEM);
  decoder_stop(&d);
  free(work);
  for (int i = 0; i < 2; i++) free(packed[i].p);
  free(text.p);
}

/* A check of a kind that liblzma does not know is refused, not passed over; as are unknown filters. */
static void unknown_options(void **state) {
  struct bytes text = text_make(100), packed = xz_of(text, 0, LZMA_CHECK_CRC32);
  struct trial t = {.room = 1000, .most = 1000};
  (void)state;
  packed.p[7] = 2; /* a check of four bytes that has no name; the header's sum made good */
  bytes_put_le32(packed.p + 8, lzma_crc32(packed.p + 6, 2, 0));
  struct outcome o = decode(xz(), packed, t);
  assert_int_equal(o.code, ERR_VERSION);
  assert_non_null(strstr(o.flaw.reason, "unknown kind"));
  free(o.out);
  packed.p[7] = 0x11;
  bytes_put_le32(packed.p + 8, lzma_crc32(packed.p + 6, 2, 0));
  o = decode(xz(), packed, t);
  assert_int_equal(o.code, ERR_VERSION);
  assert_non_null(strstr(o.flaw.reason, "options"));
  free(o.out);
  free(packed.p);
  free(text.p);
}

static void finding_them(void **state) {
  (void)state;
  assert_ptr_equal(codec_by_name("xz"), xz());
  assert_ptr_equal(codec_sniff((const uint8_t *)"\xfd"
                                                "7zXZ\0",
                               6),
                   xz());
  assert_ptr_equal(codec_sniff((const uint8_t *)"\x5d\0\0\x80\0", 5), lzma());
  assert_null(codec_sniff((const uint8_t *)"\x5d\0\1\x80\0", 5));
  assert_null(codec_sniff((const uint8_t *)"\xfd"
                                           "7zXZ",
                          5));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(streams),         cmocka_unit_test(streams_in_a_row),
      cmocka_unit_test(damaged_streams), cmocka_unit_test(more_than_there_is_room_for),
      cmocka_unit_test(no_dictionary),   cmocka_unit_test(unknown_options),
      cmocka_unit_test(finding_them),
  };
  return cmocka_run_group_tests_name("formats_codec_xz", tests, NULL, NULL);
}
