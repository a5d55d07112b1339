/* tests/unit/mkimage_archive_write.c - the same bytes by any number of threads, and one error whichever meets it first.
 */
#include "mkimage_kit.h"

#include "mkimage/compress/compress.h"
#include "mkimage/pack/archive_write.h"
#include "mkimage/pack/cpio.h"
#include "mkimage/pack/layout.h"

static const struct say quiet = {.quiet = true};
static const enum codec_id codecs[] = {CODEC_NONE, CODEC_GZIP, CODEC_LZ4, CODEC_ZSTD, CODEC_XZ};
enum { CODECS = sizeof codecs / sizeof codecs[0] };

struct memory {
  struct sink sink;
  uint8_t *bytes;
  size_t used, room, fails_at; /* 0: never */
};

static int memory_put(struct sink *s, const uint8_t *bytes, size_t n) {
  struct memory *m = (struct memory *)s;
  if (m->fails_at > 0 && m->used + n > m->fails_at) return EXIT_UNFIT;
  if (n > m->room - m->used) m->bytes = realloc(m->bytes, m->room = (m->used + n) * 2);
  assert_non_null(m->bytes);
  memcpy(m->bytes + m->used, bytes, n);
  m->used += n;
  return 0;
}

/* Files of all sizes, some of them larger than the blocks of most codecs, one of chance. */
static void make_root(unsigned files) {
  static uint8_t content[9 << 19];
  char path[64];
  uint32_t x = 99;
  for (size_t i = 0; i < sizeof content; i++) {
    x = x * 1664525 + 1013904223;
    content[i] = i < 2 << 20 ? (uint8_t) "if (a == b) return 0;\n"[(i + (x >> 29)) % 22] : (uint8_t)(x >> 24);
  }
  assert_int_equal(mkdir("root", 0755), 0);
  for (unsigned i = 0; i < files; i++) {
    snprintf(path, sizeof path, "root/d%02u", i % 20);
    assert_true(mkdir(path, 0755) == 0 || errno == EEXIST);
    snprintf(path, sizeof path, "root/d%02u/f%04u", i % 20, i);
    kit_write(path, content + i * 100, i * i % 9000, 0644);
  }
  kit_write("root/large", content, sizeof content, 0644);
  kit_write("root/d00/some", content + 12345, 777777, 0644);
  assert_int_equal(link("root/large", "root/d01/again"), 0);
  assert_int_equal(symlink("large", "root/z"), 0);
}

static void load(struct tree *t, struct recipe *r) {
  recipe_start(r);
  assert_int_equal(tree_load(t, &quiet, "root", r), EXIT_DONE);
}

static unsigned usual_level(enum codec_id codec) {
  unsigned min, max, usual;
  return !compress_levels(codec, &min, &max, &usual) ? 0 : codec == CODEC_XZ ? min : usual; /* xz takes its time */
}

static int write_with(const struct tree *t, enum codec_id codec, unsigned jobs, struct archive_write *a,
                      struct memory *m) {
  struct say say = {.quiet = true, .jobs = jobs};
  *a = (struct archive_write){.say = &say,
                              .tree = t,
                              .format = &cpio_format,
                              .codec = codec,
                              .level = usual_level(codec),
                              .check = DIGEST_XXH3};
  int status = archive_write(a, &m->sink);
  a->say = NULL;
  return status;
}

static void test_threads(void **state) {
  static const unsigned jobs[] = {1, 2, 8};
  struct tree t;
  struct recipe r;
  make_root(700);
  load(&t, &r);
  for (unsigned i = 0; i < CODECS; i++) {
    struct memory first = {.sink = {memory_put}};
    struct archive_write a, b;
    uint8_t digest[DIGEST_BYTES];
    assert_int_equal(write_with(&t, codecs[i], jobs[0], &a, &first), EXIT_DONE);
    assert_int_equal(a.stored, first.used);
    digest_over(DIGEST_XXH3, first.bytes, first.used, digest);
    assert_memory_equal(a.digest, digest, DIGEST_BYTES);
    for (unsigned k = 1; k < sizeof jobs / sizeof jobs[0]; k++) {
      struct memory m = {.sink = {memory_put}};
      assert_int_equal(write_with(&t, codecs[i], jobs[k], &b, &m), EXIT_DONE);
      assert_int_equal(b.unpacked, a.unpacked);
      assert_int_equal(m.used, first.used);
      assert_memory_equal(m.bytes, first.bytes, m.used);
      assert_memory_equal(a.digest, b.digest, DIGEST_BYTES);
      free(m.bytes);
    }
    free(first.bytes);
  }
  tree_drop(&t);
  recipe_drop(&r);
}

/* Any stretch is what stands there when all is made at once. */
static void test_stretches(void **state) {
  struct tree t;
  struct recipe r;
  struct layout l;
  make_root(60);
  load(&t, &r);
  assert_int_equal(layout_make(&l, &quiet, &t, &cpio_format), EXIT_DONE);
  size_t size = (size_t)layout_size(&l);
  uint8_t *all = malloc(size);
  assert_int_equal(layout_fill(&l, &quiet, 0, all, size), EXIT_DONE);
  for (size_t at = 0, n = 1; at < size; at += n, n = n * 7 % 50021) {
    size_t some = n < size - at ? n : size - at;
    uint8_t *part = malloc(some);
    assert_int_equal(layout_fill(&l, &quiet, at, part, some), EXIT_DONE);
    assert_memory_equal(part, all + at, some);
    free(part);
  }
  free(all);
  layout_drop(&l);
  tree_drop(&t);
  recipe_drop(&r);
}

/* Files that changed, many and at once: the first in the archive's order is named, once. */
static void test_changed(void **state) {
  struct tree t;
  struct recipe r;
  char said[4096] = "", path[64];
  make_root(700);
  load(&t, &r);
  for (unsigned i = 40; i < 700; i++) {
    snprintf(path, sizeof path, "root/d%02u/f%04u", i % 20, i);
    kit_text(path, "another");
  }
  for (unsigned i = 0; i < CODECS; i++)
    for (unsigned jobs = 1; jobs <= 4; jobs *= 2) {
      struct memory m = {.sink = {memory_put}};
      struct archive_write a;
      int said_fd = open("said", O_RDWR | O_CREAT | O_TRUNC, 0600), before = dup(STDERR_FILENO);
      assert_true(dup2(said_fd, STDERR_FILENO) >= 0);
      int status = write_with(&t, codecs[i], jobs, &a, &m);
      assert_true(dup2(before, STDERR_FILENO) >= 0);
      ssize_t n = pread(said_fd, said, sizeof said - 1, 0);
      said[n > 0 ? n : 0] = 0;
      close(said_fd);
      close(before);
      assert_int_equal(status, EXIT_UNFIT);
      assert_string_equal(said, "mkimage: 'd00/f0040': the file changed while it was read\n");
      free(m.bytes);
    }
  tree_drop(&t);
  recipe_drop(&r);
}

static void test_full(void **state) {
  struct tree t;
  struct recipe r;
  make_root(20);
  load(&t, &r);
  for (unsigned i = 0; i < CODECS && codecs[i] != CODEC_XZ; i++)
    for (unsigned jobs = 1; jobs <= 4; jobs *= 2)
      for (size_t at = 1; at < 3 << 20; at = at * 500 + 1) {
        struct memory m = {.sink = {memory_put}, .fails_at = at};
        struct archive_write a;
        assert_int_equal(write_with(&t, codecs[i], jobs, &a, &m), EXIT_UNFIT);
        free(m.bytes);
      }
  tree_drop(&t);
  recipe_drop(&r);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, kit_begin, kit_end)
  const struct CMUnitTest tests[] = {TEST(test_threads), TEST(test_stretches), TEST(test_full), TEST(test_changed)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
