/* tests/unit/mkimage_compress.c - blocks packed in any order are one stream that the machine's decoders read. */
#include "codec_kit.h"

#include "mkimage/compress/compress.h"

static const struct say quiet = {.quiet = true};

struct memory {
  struct sink sink;
  struct bytes b;
  size_t room;
};

static int memory_put(struct sink *s, const uint8_t *bytes, size_t n) {
  struct memory *m = (struct memory *)s;
  if (n > m->room - m->b.n) m->b.p = realloc(m->b.p, m->room = (m->b.n + n) * 2);
  memcpy(m->b.p + m->b.n, bytes, n);
  m->b.n += n;
  return 0;
}

static void block_of(const struct compress *c, struct bytes plain, size_t i, struct compress_block *b) {
  size_t at = i * c->block;
  *b = (struct compress_block){.plain = plain.p + at,
                               .n = plain.n - at < c->block ? plain.n - at : c->block,
                               .before = at < c->before ? at : c->before,
                               .packed = malloc(c->room + 1)};
  b->last = at + b->n == plain.n;
}

/* All of it, blocks packed from the last to the first. */
static struct bytes pack_of(enum codec_id codec, unsigned level, unsigned jobs, struct bytes plain, uint64_t entries) {
  struct memory m = {.sink = {memory_put}};
  struct compress c;
  struct compress_plan plan = {codec, level, jobs, plain.n, entries};
  assert_int_equal(compress_open(&c, &quiet, &plan, &m.sink), EXIT_DONE);
  size_t blocks = (plain.n + c.block - 1) / c.block;
  struct compress_block *b = calloc(blocks, sizeof *b);
  void *worker = compress_worker(&c);
  for (size_t i = blocks; i-- > 0;) {
    block_of(&c, plain, i, &b[i]);
    assert_int_equal(compress_block(&c, &quiet, worker, &b[i]), EXIT_DONE);
    assert_true(b[i].packed_n <= c.room);
  }
  for (size_t i = 0; i < blocks; i++) {
    assert_int_equal(compress_put(&c, &b[i]), EXIT_DONE);
    free(b[i].packed);
  }
  assert_int_equal(compress_end(&c), EXIT_DONE);
  compress_worker_close(&c, worker);
  compress_close(&c);
  free(b);
  return m.b;
}

static struct bytes pack(enum codec_id codec, unsigned level, unsigned jobs, struct bytes plain) {
  return pack_of(codec, level, jobs, plain, 0);
}

static void same_of(enum codec_id codec, unsigned level, struct bytes plain, uint64_t entries) {
  struct bytes packed = pack_of(codec, level, 1, plain, entries);
  if (codec == CODEC_ZSTD) { /* which has threads of its own */
    struct bytes again = pack_of(codec, level, 3, plain, entries);
    assert_int_equal(packed.n, again.n);
    assert_memory_equal(packed.p, again.p, packed.n);
    free(again.p);
  }
  if (codec == CODEC_NONE) {
    assert_int_equal(packed.n, plain.n);
    assert_memory_equal(packed.p, plain.p, plain.n);
  } else {
    struct outcome o = decode(codec_by_id(codec), packed, (struct trial){.room = plain.n, .most = plain.n});
    assert_int_equal(o.code, 0);
    assert_int_equal(o.have, plain.n);
    assert_memory_equal(o.out, plain.p, plain.n);
    assert_int_equal(o.offset, packed.n); /* one stream, and nothing behind it */
    free(o.out);
  }
  free(packed.p);
}

static void same(enum codec_id codec, unsigned level, struct bytes plain) { same_of(codec, level, plain, 0); }

static const enum codec_id codecs[] = {CODEC_NONE, CODEC_GZIP, CODEC_LZ4, CODEC_ZSTD, CODEC_XZ};

static unsigned usual_level(enum codec_id codec) {
  unsigned min, max, usual;
  return compress_levels(codec, &min, &max, &usual) ? usual : 0;
}

static struct bytes noise_make(size_t n) {
  struct bytes b = {malloc(n + 1), n};
  uint64_t x = 88172645463325252u;
  for (size_t i = 0; i < n; i++) {
    x ^= x << 13, x ^= x >> 7, x ^= x << 17;
    b.p[i] = (uint8_t)(x >> 32);
  }
  return b;
}

/* Around the ends of blocks. */
static void test_sizes(void **state) {
  struct bytes text = text_make(5 << 20);
  for (size_t i = 0; i < sizeof codecs / sizeof codecs[0]; i++) {
    struct compress c;
    struct memory m = {.sink = {memory_put}};
    unsigned level = usual_level(codecs[i]);
    struct compress_plan plan = {codecs[i], level, 1, 1, 0};
    assert_int_equal(compress_open(&c, &quiet, &plan, &m.sink), EXIT_DONE);
    size_t block = c.block, sizes[] = {1, 2, 511, 70000, block - 1, block, block + 1, 2 * block + 4097};
    compress_close(&c);
    free(m.b.p);
    for (size_t k = 0; k < sizeof sizes / sizeof sizes[0]; k++)
      if (sizes[k] <= text.n) same(codecs[i], level, (struct bytes){text.p, sizes[k]});
  }
  free(text.p);
}

static void test_levels(void **state) {
  struct bytes text = text_make(100000);
  for (size_t i = 1; i < sizeof codecs / sizeof codecs[0]; i++) {
    unsigned min, max, usual;
    assert_true(compress_levels(codecs[i], &min, &max, &usual));
    assert_true(min <= usual && usual <= max);
    for (unsigned level = min; level <= max; level++) same_of(codecs[i], level, text, level & 1 ? text.n / 1000 : 0);
    assert_true(compress_knows(codecs[i], max) && !compress_knows(codecs[i], max + 1));
  }
  assert_false(compress_levels(CODEC_NONE, NULL, NULL, NULL));
  assert_false(compress_knows(CODEC_BZIP2, 1));
  free(text.p);
}

/* What does not shrink is stored, and what stands between is found. */
static void test_noise(void **state) {
  struct bytes noise = noise_make(6 << 20);
  for (size_t i = 0; i < sizeof codecs / sizeof codecs[0]; i++) {
    struct bytes packed = pack(codecs[i], usual_level(codecs[i]), 2, noise);
    assert_true(packed.n <= noise.n + noise.n / 1000);
    free(packed.p);
    same(codecs[i], usual_level(codecs[i]), noise);
  }
  memset(noise.p + (2 << 20) + 5, 'x', 1 << 20);
  memset(noise.p + (4 << 20), 0, 2 << 20);
  for (size_t i = 1; i < sizeof codecs / sizeof codecs[0]; i++) {
    struct bytes packed = pack(codecs[i], usual_level(codecs[i]), 2, noise);
    assert_true(packed.n < (3 << 20) + 50000);
    free(packed.p);
    same(codecs[i], usual_level(codecs[i]), noise);
  }
  free(noise.p);
}

/* Digits of chance have no matches, but few values: half of it goes. */
static void test_digits(void **state) {
  struct bytes digits = noise_make(3 << 20);
  for (size_t i = 0; i < digits.n; i++) digits.p[i] = (uint8_t) "0123456789abcdef"[digits.p[i] & 15];
  for (size_t i = 1; i < sizeof codecs / sizeof codecs[0]; i++) {
    struct bytes packed = pack(codecs[i], usual_level(codecs[i]), 2, digits);
    if (codecs[i] != CODEC_LZ4) assert_true(packed.n < digits.n * 6 / 10);
    free(packed.p);
  }
  free(digits.p);
}

static int full_put(struct sink *s, const uint8_t *bytes, size_t n) { return EXIT_USAGE; }

static void test_full(void **state) {
  struct bytes text = text_make(3 << 20);
  struct sink full = {full_put};
  for (size_t i = 0; i < sizeof codecs / sizeof codecs[0]; i++) {
    struct compress c;
    struct compress_block b;
    struct compress_plan plan = {codecs[i], usual_level(codecs[i]), 1, text.n, 0};
    int status = compress_open(&c, &quiet, &plan, &full);
    if (status == EXIT_DONE) {
      void *worker = compress_worker(&c);
      block_of(&c, text, 0, &b);
      status = compress_block(&c, &quiet, worker, &b);
      if (status == EXIT_DONE) status = compress_put(&c, &b);
      if (status == EXIT_DONE) status = compress_end(&c);
      compress_worker_close(&c, worker);
      free(b.packed);
    }
    assert_int_equal(status, EXIT_USAGE);
    compress_close(&c);
  }
  free(text.p);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_sizes), cmocka_unit_test(test_levels),
                                     cmocka_unit_test(test_noise), cmocka_unit_test(test_digits),
                                     cmocka_unit_test(test_full)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
