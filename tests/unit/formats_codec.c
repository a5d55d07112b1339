/* tests/unit/formats_codec.c - every codec against the real encoders: whole, in drops, cut, flipped, short of room. */
#include <lz4.h>
#include <lz4frame.h>
#include <lz4hc.h>
#include <zlib.h>

#include "codec_kit.h"

static struct bytes gzip_of(struct bytes text, int level, gz_header *header) {
  struct bytes out = {malloc(text.n + text.n / 100 + 4096), text.n + text.n / 100 + 4096};
  z_stream z = {0};
  assert_int_equal(deflateInit2(&z, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
  if (header) assert_int_equal(deflateSetHeader(&z, header), Z_OK);
  z.next_in = text.p, z.avail_in = (uInt)text.n, z.next_out = out.p, z.avail_out = (uInt)out.n;
  assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
  out.n = z.total_out;
  deflateEnd(&z);
  return out;
}

static struct bytes frame_of(struct bytes text, int level, int block, int alone, int sums, int size) {
  LZ4F_preferences_t p = {.frameInfo = {.blockSizeID = (LZ4F_blockSizeID_t)block,
                                        .blockMode = alone ? LZ4F_blockIndependent : LZ4F_blockLinked,
                                        .contentChecksumFlag = sums & 1 ? LZ4F_contentChecksumEnabled : 0,
                                        .blockChecksumFlag = sums & 2 ? LZ4F_blockChecksumEnabled : 0,
                                        .contentSize = size ? text.n : 0},
                          .compressionLevel = level};
  struct bytes out = {malloc(LZ4F_compressFrameBound(text.n, &p)), 0};
  out.n = LZ4F_compressFrame(out.p, LZ4F_compressFrameBound(text.n, &p), text.p, text.n, &p);
  assert_false(LZ4F_isError(out.n));
  return out;
}

static struct bytes legacy_of(struct bytes text) {
  struct bytes out = {malloc(16 + 2 * (size_t)LZ4_compressBound((int)text.n)), 4};
  bytes_put_le32(out.p, 0x184c2102);
  for (size_t at = 0; at < text.n; at += 8 << 20) {
    size_t n = text.n - at < 8 << 20 ? text.n - at : 8 << 20;
    int packed =
        LZ4_compress_default((char *)text.p + at, (char *)out.p + out.n + 4, (int)n, LZ4_compressBound((int)n));
    bytes_put_le32(out.p + out.n, (uint32_t)packed);
    out.n += 4 + (size_t)packed;
  }
  return out;
}

static void gzip_levels_and_sizes(void **state) {
  size_t sizes[] = {0, 1, 100, 70000, 1000000};
  for (int level = 0; level <= 9; level += 3)
    for (int i = 0; i < 5; i++) {
      struct bytes text = text_make(sizes[i]);
      all_ways(codec_by_id(CODEC_GZIP), gzip_of(text, level, NULL), text);
      free(text.p);
    }
}

static void gzip_header_and_members(void **state) {
  gz_header h = {.text = 1,
                 .time = 1,
                 .os = 3,
                 .extra = (Bytef *)"extra",
                 .extra_len = 5,
                 .name = (Bytef *)"name",
                 .comment = (Bytef *)"comment",
                 .hcrc = 1};
  struct bytes a = text_make(100000), b = text_make(300000), none = {malloc(1), 0};
  struct bytes packed = join(join(gzip_of(a, 6, &h), gzip_of(none, 6, NULL)), gzip_of(b, 9, NULL));
  struct bytes text = join(a, b);
  all_ways(codec_by_id(CODEC_GZIP), packed, text);
  free(text.p);
  free(none.p);
}

static void lz4_frames(void **state) {
  size_t sizes[] = {0, 1, 65536, 200000, 5000000};
  for (int i = 0; i < 5; i++)
    for (int kind = 0; kind < 16; kind++) {
      struct bytes text = text_make(sizes[i]);
      int level = kind & 8 ? 9 : 1, block = i == 4 ? LZ4F_max64KB + kind % 4 : LZ4F_max64KB;
      struct bytes packed = frame_of(text, level, block, kind & 1, kind >> 1 & 3, kind & 4);
      if (i < 4 || kind % 5 == 0)
        all_ways(codec_by_id(CODEC_LZ4), packed, text);
      else
        free(packed.p);
      free(text.p);
    }
}

static void lz4_frames_in_a_row(void **state) {
  struct bytes a = text_make(100000), b = text_make(200000);
  struct bytes skip = {calloc(1, 20), 20}, last = {calloc(1, 8), 8};
  bytes_put_le32(skip.p, 0x184d2a5f);
  bytes_put_le32(skip.p + 4, 12);
  bytes_put_le32(last.p, 0x184d2a50);
  struct bytes packed = join(join(frame_of(a, 1, LZ4F_max64KB, 0, 3, 1), skip), frame_of(b, 9, LZ4F_max256KB, 1, 1, 0));
  packed = join(packed, last);
  struct bytes text = join(a, b);
  all_ways(codec_by_id(CODEC_LZ4), packed, text);
  free(text.p);
}

static void lz4_legacy_streams(void **state) {
  size_t sizes[] = {0, 1, 100000, 8 << 20, (8 << 20) + 1, 18 << 20};
  for (int i = 0; i < 6; i++) {
    struct bytes text = text_make(sizes[i]);
    all_ways(codec_by_id(CODEC_LZ4_LEGACY), legacy_of(text), text);
    if (i == 2) {
      struct bytes twice = join(legacy_of(text), legacy_of(text));
      struct bytes both = join(text, text_make(sizes[i]));
      all_ways(codec_by_id(CODEC_LZ4_LEGACY), twice, both);
      text = both;
    }
    free(text.p);
  }
}

/* The next stream or archive behind a legacy stream ends it, padded or not. */
static void lz4_legacy_neighbours(void **state) {
  static const char *const magics[] = {"070701000000",
                                       "\x04\x22\x4d\x18zzzz",
                                       "\0\0\0"
                                       "070701",
                                       "\0\0\x1f\x8b\x08zzzzz",
                                       "\0",
                                       "\0\0\0"};
  static const size_t lengths[] = {12, 8, 9, 10, 1, 3};
  struct bytes text = text_make(1000);
  for (int i = 0; i < 6; i++) {
    struct bytes packed = legacy_of(text), tail = {malloc(lengths[i]), lengths[i]};
    size_t n = packed.n;
    memcpy(tail.p, magics[i], tail.n);
    packed = join(packed, tail);
    struct outcome o = decode(codec_by_id(CODEC_LZ4_LEGACY), packed, (struct trial){.room = ROOM, .most = ROOM});
    assert_int_equal(o.code, 0);
    assert_int_equal(o.have, text.n);
    assert_int_equal(o.offset, n);
    free(o.out);
    free(packed.p);
  }
  struct bytes junk = join(legacy_of(text), (struct bytes){(uint8_t *)strdup("junk!!!!"), 8});
  struct outcome o = decode(codec_by_id(CODEC_LZ4_LEGACY), junk, (struct trial){.room = ROOM, .most = ROOM});
  assert_int_equal(o.code, ERR_SIZE);
  assert_int_equal(o.flaw.packed, junk.n - 8);
  free(o.out);
  free(junk.p);
  free(text.p);
}

static void damaged_streams(void **state) {
  struct bytes text = text_make(700);
  damage(codec_by_id(CODEC_GZIP), gzip_of(text, 6, NULL), text, false, false);
  damage(codec_by_id(CODEC_LZ4), frame_of(text, 1, LZ4F_max64KB, 0, 1, 0), text, false, false);
  damage(codec_by_id(CODEC_LZ4), frame_of(text, 9, LZ4F_max64KB, 1, 2, 1), text, false, false);
  damage(codec_by_id(CODEC_LZ4_LEGACY), legacy_of(text), text, true, true);
  free(text.p);
}

static void more_than_there_is_room_for(void **state) {
  struct bytes text = text_make(300000);
  too_little_room(codec_by_id(CODEC_GZIP), gzip_of(text, 6, NULL), text);
  too_little_room(codec_by_id(CODEC_LZ4), frame_of(text, 1, LZ4F_max64KB, 0, 0, 0), text);
  too_little_room(codec_by_id(CODEC_LZ4_LEGACY), legacy_of(text), text);
  free(text.p);
}

static void memory_is_what_is_missing(void **state) {
  struct bytes text = text_make(700);
  memory_stays_memory(codec_by_id(CODEC_GZIP), gzip_of(text, 6, NULL));
  memory_stays_memory(codec_by_id(CODEC_LZ4), frame_of(text, 1, LZ4F_max64KB, 0, 3, 1));
  memory_stays_memory(codec_by_id(CODEC_LZ4_LEGACY), legacy_of(text));
  free(text.p);
}

/* Header bytes that must be refused, the header's checksum being right. */
static void lz4_frame_headers(void **state) {
  static const struct {
    uint8_t flg, bd;
    int code;
  } bad[] = {
      {0x00, 0x40, ERR_VERSION}, {0x80, 0x40, ERR_VERSION}, {0x42, 0x40, ERR_STREAM}, {0x41, 0x40, ERR_STREAM},
      {0x40, 0x30, ERR_STREAM},  {0x40, 0xc0, ERR_STREAM},  {0x40, 0x41, ERR_STREAM}, {0x40, 0x40, ERR_SUM},
  };
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    uint8_t frame[16] = {0x04, 0x22, 0x4d, 0x18, bad[i].flg, bad[i].bd};
    struct outcome o = decode(codec_by_id(CODEC_LZ4), (struct bytes){frame, 16}, (struct trial){.room = 9, .most = 9});
    assert_int_equal(o.code, bad[i].code);
    free(o.out);
  }
}

static size_t counted;
static voidpf count_take(voidpf opaque, uInt items, uInt size) {
  counted += bytes_round_up((uint64_t)items * size, 16);
  return malloc((size_t)items * size);
}
static void count_give(voidpf opaque, voidpf p) { free(p); }

/* The workspace is what inflate takes, and hardly more. */
static void gzip_workspace(void **state) {
  struct bytes text = text_make(300000), packed = gzip_of(text, 6, NULL);
  z_stream z = {.zalloc = count_take, .zfree = count_give};
  uint8_t out[1000];
  assert_int_equal(inflateInit2(&z, 31), Z_OK);
  z.next_in = packed.p, z.avail_in = (uInt)packed.n;
  do {
    z.next_out = out, z.avail_out = sizeof out;
  } while (inflate(&z, Z_NO_FLUSH) == Z_OK);
  assert_int_equal(z.total_out, text.n);
  inflateEnd(&z);
  assert_in_range(codec_by_id(CODEC_GZIP)->workspace, counted + sizeof z + 16, counted + 4096);
  free(text.p);
  free(packed.p);
}

static void finding_a_codec(void **state) {
  assert_ptr_equal(codec_by_name("lz4"), codec_by_id(CODEC_LZ4));
  assert_null(codec_by_name("none"));
  assert_null(codec_by_id(CODEC_NONE));
  assert_string_equal(codec_name(CODEC_NONE), "none");
  assert_string_equal(codec_name((enum codec_id)77), "unknown");
  assert_ptr_equal(codec_sniff((const uint8_t *)"\x02\x21\x4c\x18", 4), codec_by_id(CODEC_LZ4_LEGACY));
  assert_ptr_equal(codec_sniff((const uint8_t *)"\x1f\x8b", 2), codec_by_id(CODEC_GZIP));
  assert_null(codec_sniff((const uint8_t *)"\x1f", 1));
  assert_null(codec_sniff((const uint8_t *)"070701", 6));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(gzip_levels_and_sizes),
      cmocka_unit_test(gzip_header_and_members),
      cmocka_unit_test(lz4_frames),
      cmocka_unit_test(lz4_frames_in_a_row),
      cmocka_unit_test(lz4_legacy_streams),
      cmocka_unit_test(lz4_legacy_neighbours),
      cmocka_unit_test(damaged_streams),
      cmocka_unit_test(more_than_there_is_room_for),
      cmocka_unit_test(memory_is_what_is_missing),
      cmocka_unit_test(lz4_frame_headers),
      cmocka_unit_test(gzip_workspace),
      cmocka_unit_test(finding_a_codec),
  };
  return cmocka_run_group_tests_name("formats_codec", tests, NULL, NULL);
}
