/* tests/unit/formats_codec_zstd.c - zstd against the real encoder: whole, in drops, cut, flipped, short of room. */
#include "codec_kit.h"

#define ZSTD_STATIC_LINKING_ONLY
#include <zstd.h>

struct how {
  int level, window, sum, size; /* window: its log, or 0; size: the content size is told */
};

static struct bytes zstd_of(struct bytes text, struct how how) {
  struct bytes out = {malloc(ZSTD_compressBound(text.n) + 64), 0};
  ZSTD_CCtx *z = ZSTD_createCCtx();
  ZSTD_outBuffer to = {out.p, ZSTD_compressBound(text.n) + 64, 0};
  ZSTD_inBuffer from = {text.p, text.n, 0};
  ZSTD_CCtx_setParameter(z, ZSTD_c_compressionLevel, how.level);
  if (how.window) ZSTD_CCtx_setParameter(z, ZSTD_c_windowLog, how.window);
  ZSTD_CCtx_setParameter(z, ZSTD_c_checksumFlag, how.sum);
  ZSTD_CCtx_setParameter(z, ZSTD_c_contentSizeFlag, how.size);
  if (how.size) ZSTD_CCtx_setPledgedSrcSize(z, text.n);
  if (!how.size) { /* or it would tell the size nevertheless */
    ZSTD_inBuffer first = {text.p, text.n / 2, 0};
    assert_false(ZSTD_isError(ZSTD_compressStream2(z, &to, &first, ZSTD_e_continue)));
    from.pos = first.pos;
  }
  assert_int_equal(ZSTD_compressStream2(z, &to, &from, ZSTD_e_end), 0);
  ZSTD_freeCCtx(z);
  out.n = to.pos;
  return out;
}

static const struct codec *zstd(void) { return codec_by_id(CODEC_ZSTD); }

static void frames(void **state) {
  const size_t sizes[] = {0, 1, 100, 131072, 131073, 1000000};
  const struct how hows[] = {{-5, 0, 0, 1}, {1, 0, 1, 1}, {3, 0, 1, 0}, {19, 0, 0, 0}, {19, 10, 1, 1}, {6, 27, 1, 0}};
  (void)state;
  for (int i = 0; i < 6; i++)
    for (int j = 0; j < 6; j++) {
      struct bytes text = text_make(sizes[i]);
      all_ways(zstd(), zstd_of(text, hows[j]), text);
      free(text.p);
    }
}

static void frames_in_a_row(void **state) {
  (void)state;
  struct bytes a = text_make(100000), b = text_make(200000), none = {malloc(1), 0};
  struct bytes skip = {calloc(1, 20), 20}, last = {calloc(1, 8), 8};
  bytes_put_le32(skip.p, 0x184d2a5f);
  bytes_put_le32(skip.p + 4, 12);
  bytes_put_le32(last.p, 0x184d2a50);
  struct bytes packed = join(join(zstd_of(a, (struct how){1, 0, 1, 1}), skip), zstd_of(none, (struct how){3, 0, 0, 1}));
  packed = join(join(packed, zstd_of(b, (struct how){9, 0, 0, 0})), last);
  struct bytes text = join(a, b);
  all_ways(zstd(), packed, text);
  free(text.p);
  free(none.p);
}

/* Zeros make blocks of one repeated byte; noise makes stored ones. */
static void blocks_of_other_kinds(void **state) {
  (void)state;
  struct bytes zeros = {calloc(1, 700000), 700000}, noise = {malloc(300000), 300000};
  uint32_t x = 1;
  for (size_t i = 0; i < noise.n; i++) noise.p[i] = (uint8_t)((x = x * 1664525 + 1013904223) >> 24);
  struct bytes text = join(zeros, noise);
  all_ways(zstd(), zstd_of(text, (struct how){3, 0, 1, 1}), text);
  free(text.p);
}

static void damaged_frames(void **state) {
  struct bytes text = text_make(700), none = {malloc(1), 0};
  (void)state;
  damage(zstd(), zstd_of(text, (struct how){3, 0, 1, 1}), text, false, false);
  damage(zstd(), zstd_of(text, (struct how){19, 0, 1, 0}), text, false, false);
  damage(zstd(), zstd_of(none, (struct how){3, 0, 1, 1}), none, false, false);
  memory_stays_memory(zstd(), zstd_of(text, (struct how){3, 0, 1, 0}));
  free(text.p);
  free(none.p);
}

static void more_than_there_is_room_for(void **state) {
  struct bytes text = text_make(300000);
  (void)state;
  too_little_room(zstd(), zstd_of(text, (struct how){3, 0, 0, 1}), text);
  too_little_room(zstd(), zstd_of(text, (struct how){3, 0, 1, 0}), text);
  free(text.p);
}

/* What libzstd may take, but is refused: large windows, dictionaries, sizes that lie. */
static void headers(void **state) {
  static const struct {
    uint8_t bytes[16];
    size_t n;
    int code;
    const char *says;
  } bad[] = {
      {{0, 0x90}, 16, ERR_SIZE, "window above 128 MiB"},
      {{1, 0, 7}, 16, ERR_STREAM, "needs a dictionary"},
      {{8, 0}, 16, ERR_STREAM, "header that cannot be"},
      {{0x20, 9, 1, 0, 0}, 5, ERR_SIZE, "holds less than its"}, /* nine bytes told, none there */
      {{0x20, 0, 0x0b, 0, 0, 7}, 6, ERR_STREAM, "damaged"},     /* none told, one there */
      {{0x20, 1, 6, 0, 0}, 5, ERR_STREAM, "damaged"},           /* a block of the reserved kind */
      {{0x20, 0, 5, 0, 0}, 5, ERR_STREAM, "compressed block of no bytes"},
      {{0x00, 0, 4, 0, 0, 1, 0, 0}, 8, ERR_STREAM, "compressed block of no bytes"},
  };
  (void)state;
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    uint8_t frame[20] = {0x28, 0xb5, 0x2f, 0xfd};
    memcpy(frame + 4, bad[i].bytes, bad[i].n);
    struct trial t = {.room = 200000, .most = 200000};
    struct outcome o = decode(zstd(), (struct bytes){frame, 4 + bad[i].n}, t);
    assert_int_equal(o.code, bad[i].code);
    assert_non_null(strstr(o.flaw.reason, bad[i].says));
    free(o.out);
  }
}

/* The workspace is what libzstd asks for, and hardly more. */
static void workspace(void **state) {
  (void)state;
  assert_in_range(zstd()->workspace, ZSTD_estimateDCtxSize() + 64, ZSTD_estimateDCtxSize() + 8192);
  assert_ptr_equal(codec_by_name("zstd"), zstd());
  assert_ptr_equal(codec_sniff((const uint8_t *)"\x28\xb5\x2f\xfd", 4), zstd());
  assert_null(codec_sniff((const uint8_t *)"\x28\xb5\x2f", 3));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(frames),
      cmocka_unit_test(frames_in_a_row),
      cmocka_unit_test(blocks_of_other_kinds),
      cmocka_unit_test(damaged_frames),
      cmocka_unit_test(more_than_there_is_room_for),
      cmocka_unit_test(headers),
      cmocka_unit_test(workspace),
  };
  return cmocka_run_group_tests_name("formats_codec_zstd", tests, NULL, NULL);
}
