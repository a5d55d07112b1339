/* tests/unit/formats_codec_bzip2.c - bzip2 against the real encoder: whole, in drops, cut, flipped, short of room. */
#include "codec_kit.h"

#include <bzlib.h>

static struct bytes bzip2_of(struct bytes text, int level) {
  unsigned n = (unsigned)(text.n + text.n / 50 + 1000);
  struct bytes out = {malloc(n), 0};
  assert_int_equal(BZ2_bzBuffToBuffCompress((char *)out.p, &n, (char *)text.p, (unsigned)text.n, level, 0, 0), BZ_OK);
  out.n = n;
  return out;
}

static const struct codec *bzip2(void) { return codec_by_id(CODEC_BZIP2); }

static void streams(void **state) {
  const size_t sizes[] = {0, 1, 100, 99981, 250000};
  (void)state;
  for (int i = 0; i < 5; i++)
    for (int level = 1; level <= 9; level += 8) {
      struct bytes text = text_make(sizes[i]);
      all_ways(bzip2(), bzip2_of(text, level), text);
      free(text.p);
    }
}

/* Runs of one byte are held back by the decoder and come out when there is room. */
static void long_runs(void **state) {
  struct bytes text = {calloc(1, 700000), 700000};
  (void)state;
  memset(text.p + 100000, 'x', 255 + 4);
  all_ways(bzip2(), bzip2_of(text, 1), text);
  too_little_room(bzip2(), bzip2_of(text, 1), text);
  free(text.p);
}

static void streams_in_a_row(void **state) {
  struct bytes a = text_make(100000), b = text_make(20000), none = {malloc(1), 0};
  (void)state;
  struct bytes packed = join(join(bzip2_of(a, 1), bzip2_of(none, 9)), bzip2_of(b, 2));
  struct bytes text = join(a, b);
  all_ways(bzip2(), packed, text);
  free(text.p);
  free(none.p);
}

static void damaged_streams(void **state) {
  struct bytes text = text_make(700), none = {malloc(1), 0};
  (void)state;
  damage(bzip2(), bzip2_of(text, 1), text, false, false);
  damage(bzip2(), bzip2_of(none, 1), none, false, false);
  memory_stays_memory(bzip2(), bzip2_of(text, 1));
  free(text.p);
  free(none.p);
}

static void more_than_there_is_room_for(void **state) {
  struct bytes text = text_make(300000);
  (void)state;
  too_little_room(bzip2(), bzip2_of(text, 1), text);
  free(text.p);
}

/* A block's memory that is not to be had is named with what was wanted; nothing is kept. */
static void no_memory(void **state) {
  struct bytes text = text_make(1000), packed = bzip2_of(text, 9);
  (void)state;
  for (size_t most = 0; most < 3; most++) {
    struct counted_memory memory = counted_memory();
    struct source s = source_over(packed.p, packed.n);
    struct decoder d;
    uint8_t *out = malloc(text.n);
    void *work = malloc(bzip2()->workspace);
    memory.most = most;
    assert_int_equal(decoder_start(&d, bzip2(), &s, work, out, text.n), 0);
    if (most) d.memory = &memory.memory; /* at first without any memory to take from */
    int rc = decoder_run(&d, UINT64_MAX);
    assert_int_equal(rc, most < 2 ? ERR_NOMEM : 0);
    if (rc != 0) assert_true(d.flaw.wanted >= (most ? 3600000 : 60000) && strstr(d.flaw.reason, "memory"));
    if (rc == 0) assert_memory_equal(out, text.p, text.n);
    decoder_stop(&d);
    assert_int_equal(memory.taken, 0);
    free(work);
    free(out);
  }
  free(packed.p);
  free(text.p);
}

static void finding_it(void **state) {
  (void)state;
  assert_ptr_equal(codec_by_name("bzip2"), bzip2());
  assert_ptr_equal(codec_sniff((const uint8_t *)"BZh9", 4), bzip2());
  assert_null(codec_sniff((const uint8_t *)"BZh0", 4));
  assert_null(codec_sniff((const uint8_t *)"BZh9", 3));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(streams),
      cmocka_unit_test(long_runs),
      cmocka_unit_test(streams_in_a_row),
      cmocka_unit_test(damaged_streams),
      cmocka_unit_test(more_than_there_is_room_for),
      cmocka_unit_test(no_memory),
      cmocka_unit_test(finding_it),
  };
  return cmocka_run_group_tests_name("formats_codec_bzip2", tests, NULL, NULL);
}
