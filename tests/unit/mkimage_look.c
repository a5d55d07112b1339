/* tests/unit/mkimage_look.c - the tree in path order, paths, links and look-ups; raw walks; on good and bad archives.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include <cmocka.h>

#include "formats/archive.h"
#include "formats/err.h"
#include "mkimage/look/look.h"
#include "mkimage/look/raw.h"
#include "newc_make.h"

static const struct say quiet = {.quiet = true};

struct file {
  char path[64];
};

static void file_write(struct file *f, const void *bytes, size_t n) {
  strcpy(f->path, "/tmp/mkimage_look.XXXXXX");
  int fd = mkstemp(f->path);
  assert_true(fd >= 0);
  assert_int_equal(write(fd, bytes, n), n);
  close(fd);
}

static void add(struct made *m, const char *name, uint32_t mode, const char *data, uint32_t ino, uint32_t nlink) {
  struct newc h = {.ino = ino,
                   .mode = mode,
                   .nlink = nlink,
                   .mtime = 7,
                   .name_size = (uint32_t)strlen(name) + 1,
                   .size = data ? (uint32_t)strlen(data) : 0};
  made_raw(m, h, name, data);
}

static struct made *sample(void) {
  struct made *m = calloc(1, sizeof *m);
  assert_non_null(m);
  add(m, "a.b", MODE_DIR | 0755, NULL, 1, 2);
  add(m, "a.b/z", MODE_FILE | 0644, "zed", 2, 1);
  add(m, "a", MODE_DIR | 0755, NULL, 3, 3);
  add(m, "a/sub", MODE_DIR | 0755, NULL, 4, 2);
  add(m, "a/sub/one", MODE_FILE | 0600, NULL, 5, 2);
  add(m, "a/link", MODE_LINK | 0777, "sub/one", 6, 1);
  add(m, "zz", MODE_FILE | 0600, "linked", 5, 2);
  add(m, "B", MODE_FILE | 0644, "first", 8, 1);
  add(m, "B", MODE_FILE | 0640, "second", 9, 1);
  made_trailer(m);
  return m;
}

static const char *const sample_order[] = {".", "B", "a", "a/link", "a/sub", "a/sub/one", "a.b", "a.b/z", "zz"};
enum { SAMPLE = sizeof sample_order / sizeof sample_order[0] };

static void open_sample(struct look *l) {
  struct made *m = sample();
  struct file f;
  file_write(&f, m->bytes, m->n);
  assert_int_equal(look_tree(l, &quiet, f.path), EXIT_DONE);
  unlink(f.path);
  free(m);
}

static void test_order(void **state) {
  (void)state;
  struct look l;
  open_sample(&l);
  assert_int_equal(l.nodes, SAMPLE);
  for (size_t i = 0; i < SAMPLE; i++) assert_string_equal(look_path(&l, i), sample_order[i]);
  assert_int_equal(l.node[0].end, SAMPLE);
  assert_int_equal(l.node[2].end, 6); /* a: link, sub, sub/one */
  assert_int_equal(l.node[4].end, 6);
  assert_int_equal(l.node[5].end, 6);
  assert_int_equal(l.node[1].st.mode, MODE_FILE | 0640); /* the later one won */
  look_close(&l);
}

static void test_links(void **state) {
  (void)state;
  struct look l;
  open_sample(&l);
  for (size_t i = 0; i < SAMPLE; i++) assert_int_equal(l.node[i].first, i == 8 ? 5 : i);
  assert_int_equal(l.node[5].st.nlink, 2);
  assert_int_equal(l.node[5].st.size, 6); /* the data came with the last name */
  assert_string_equal(l.node[3].target, "sub/one");
  look_close(&l);
}

static void expect_find(struct look *l, const char *path, size_t want) {
  int why = 0;
  assert_int_equal(look_find(l, path, &why), want);
}

static void test_find(void **state) {
  (void)state;
  struct look l;
  int why = 0;
  open_sample(&l);
  expect_find(&l, "/", 0);
  expect_find(&l, ".", 0);
  expect_find(&l, "//a///sub/./one", 5);
  expect_find(&l, "zz", 8); /* of two names the one that was asked for */
  expect_find(&l, "a/link", 3);
  expect_find(&l, "a/../B", 1);
  expect_find(&l, "../../B", 1);
  assert_int_equal(look_find(&l, "a/none", &why), SIZE_MAX);
  assert_int_equal(why, ERR_NOENT);
  assert_int_equal(look_find(&l, "B/x", &why), SIZE_MAX);
  assert_int_equal(why, ERR_NOTDIR);
  look_close(&l);
}

/* --- raw walks ------------------------------------------------------------------------------- */

struct seen {
  size_t n;
  char name[32][16];
  uint64_t offset[32];
  unsigned archive[32];
};

static int seen_each(void *arg, const struct raw *r, const struct entry *e) {
  struct seen *s = arg;
  const uint8_t *data;
  assert_true(s->n < 32 && e->name_len < 16);
  memcpy(s->name[s->n], e->name, e->name_len);
  s->offset[s->n] = e->offset;
  s->archive[s->n++] = r->archive;
  return e->size > 0 ? archive_data(r->in, e, &data) : 0;
}

static int walk(const uint8_t *bytes, size_t n, struct raw_total *total, struct seen *seen, struct flaw *flaw) {
  struct image im;
  *flaw = (struct flaw){0};
  if (seen) *seen = (struct seen){0};
  int rc = image_recognise(&im, "x", bytes, n, flaw);
  return rc < 0 ? rc : raw_walk(&im, total, flaw, seen ? seen_each : NULL, seen);
}

static void test_raw(void **state) {
  (void)state;
  struct made *m = sample();
  struct raw_total total;
  struct seen seen;
  struct flaw flaw;
  assert_int_equal(walk(m->bytes, m->n, &total, &seen, &flaw), 0);
  assert_int_equal(total.entries, 9);
  assert_int_equal(total.archives, 1);
  assert_int_equal(seen.n, 9);
  assert_string_equal(seen.name[7], "B"); /* both */
  assert_string_equal(seen.name[8], "B");
  for (size_t i = 0; i < seen.n; i++) assert_memory_equal(m->bytes + seen.offset[i], NEWC_MAGIC, 6);
  free(m);
}

/* gzip of one archive, zeros, the archive as it is: two streams, and offsets count anew in each. */
static void test_raw_several(void **state) {
  (void)state;
  struct made *m = sample();
  uint8_t *both = calloc(1, 200000);
  struct raw_total total;
  struct seen seen;
  struct flaw flaw;
  z_stream z = {.next_in = m->bytes, .avail_in = (uInt)m->n, .next_out = both, .avail_out = 100000};
  assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
  assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
  size_t n = z.total_out;
  deflateEnd(&z);
  size_t second = (n + 600) / 512 * 512;
  memcpy(both + second, m->bytes, m->n);
  assert_int_equal(walk(both, second + m->n, &total, &seen, &flaw), 0);
  assert_int_equal(total.archives, 2);
  assert_int_equal(total.streams, 2);
  assert_int_equal(total.codec, CODEC_GZIP);
  assert_int_equal(seen.n, 18);
  for (size_t i = 0; i < 9; i++) assert_int_equal(seen.offset[i], seen.offset[i + 9]);
  assert_int_equal(seen.archive[8], 0);
  assert_int_equal(seen.archive[9], 1);
  memcpy(both + second + m->n, "rubbish", 7); /* what is neither is no secret */
  assert_true(walk(both, second + m->n + 7, &total, &seen, &flaw) < 0);
  assert_true(flaw.code < 0 && flaw.reason != NULL);
  free(both);
  free(m);
}

/* Cut anywhere, an archive is damaged, and both ways of looking say so; they never disagree on a changed byte either,
 * except about what only a tree can know. */
static void test_cut(void **state) {
  (void)state;
  struct made *m = sample();
  size_t whole = m->n - 3; /* the trailer's padding may be missing */
  for (size_t n = 0; n < whole; n++) {
    struct raw_total total;
    struct seen seen;
    struct flaw flaw;
    uint8_t *exact = malloc(n ? n : 1);
    memcpy(exact, m->bytes, n);
    assert_true(walk(exact, n, &total, &seen, &flaw) < 0);
    assert_int_equal(say_status(flaw.code), EXIT_DAMAGED);
    struct taproot *t = taproot_start(NULL);
    assert_true(n == 0 || taproot_unpack(t, exact, n, NULL, NULL) < 0);
    taproot_stop(t);
    free(exact);
  }
  free(m);
}

static void test_flip(void **state) {
  (void)state;
  struct made *m = sample();
  uint8_t *exact = malloc(m->n);
  for (size_t i = 0; i < m->n; i++) {
    struct raw_total total;
    struct flaw flaw;
    memcpy(exact, m->bytes, m->n);
    exact[i] ^= 0x11;
    int raw = walk(exact, m->n, &total, NULL, &flaw);
    struct taproot *t = taproot_start(NULL);
    int tree = taproot_unpack(t, exact, m->n, NULL, NULL);
    taproot_stop(t);
    if (raw < 0) assert_true(tree < 0);
  }
  free(exact);
  free(m);
}

static void test_refused(void **state) {
  (void)state;
  struct look l;
  struct file f;
  struct made *m = sample();
  assert_int_equal(look_tree(&l, &quiet, "/nonexistent/x"), EXIT_USAGE);
  look_close(&l);
  assert_int_equal(look_tree(&l, &quiet, "/tmp"), EXIT_USAGE);
  look_close(&l);
  file_write(&f, m->bytes, m->n - 50);
  assert_int_equal(look_tree(&l, &quiet, f.path), EXIT_DAMAGED);
  assert_true(l.flaw.text[0] != 0);
  look_close(&l);
  unlink(f.path);
  free(m);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_order),       cmocka_unit_test(test_links),
                                     cmocka_unit_test(test_find),        cmocka_unit_test(test_raw),
                                     cmocka_unit_test(test_raw_several), cmocka_unit_test(test_cut),
                                     cmocka_unit_test(test_flip),        cmocka_unit_test(test_refused)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
