/* tests/unit/mkimage_view.c - a tree looks the same from a look and from a tree; comparing tells each difference. */
#include "mkimage_kit.h"

#include "formats/archive.h"
#include "mkimage/diff/compare.h"
#include "mkimage/view/canon.h"

static const struct say quiet = {.quiet = true};

static void sample(const char *dir, size_t bytes, char last) {
  char path[160];
  assert_int_equal(mkdir(dir, 0755), 0);
  snprintf(path, sizeof path, "cd %s && mkdir -p a/sub/deep a.b z && ln -s sub a/link && mkfifo z/pipe", dir);
  assert_int_equal(system(path), 0);
  char *content = malloc(bytes);
  assert_non_null(content);
  memset(content, 'x', bytes);
  content[bytes - 1] = last;
  snprintf(path, sizeof path, "%s/a/sub/one", dir);
  kit_write(path, content, bytes, 0640);
  snprintf(path, sizeof path, "cd %s && ln a/sub/one z/two && touch a.b/empty && find . | xargs touch -h -d @5", dir);
  assert_int_equal(system(path), 0);
  free(content);
}

static void archive(const char *dir, const char *file) {
  char command[160];
  snprintf(command, sizeof command, "cd %s && find . | cpio -o -H newc 2>/dev/null >../%s", dir, file);
  assert_int_equal(system(command), 0);
}

static void both(const char *a, const char *b, struct view *x, struct view *y) {
  assert_int_equal(view_open(x, &quiet, a, NULL), EXIT_DONE);
  assert_int_equal(view_open(y, &quiet, b, NULL), EXIT_DONE);
}

static void the_same_from_both(void **state) {
  struct view disk, packed;
  sample("d", 70000, 'x');
  archive("d", "d.cpio");
  both("d", "d.cpio", &disk, &packed);
  assert_non_null(disk.tree);
  assert_non_null(packed.look);
  assert_int_equal(disk.entries, 11);
  assert_int_equal(packed.entries, disk.entries);
  for (size_t i = 0; i < disk.entries; i++) {
    const struct view_entry *x = &disk.entry[i], *y = &packed.entry[i];
    assert_string_equal(x->path, y->path);
    assert_int_equal(x->first, y->first);
    assert_int_equal(x->end, y->end);
    assert_int_equal(x->mode, y->mode);
    assert_int_equal(x->size, y->size);
    assert_int_equal(x->nlink, y->nlink);
    assert_int_equal(x->mtime, y->mtime);
    assert_int_equal(view_find(&packed, x->path), i);
  }
  size_t two = view_find(&disk, "z/two");
  assert_string_equal(disk.entry[disk.entry[two].first].path, "a/sub/one");
  assert_string_equal(view_base(&disk.entry[two]), "two");
  assert_int_equal(disk.entry[0].end, disk.entries);
  view_close(&disk);
  view_close(&packed);
}

static void paths_lead_the_same_way(void **state) {
  static const char *const good[][2] = {{"/", "."},
                                        {".", "."},
                                        {"a/link", "a/link"},
                                        {"/a//link/one", "a/sub/one"},
                                        {"a/link/..", "a"},
                                        {"a/link/../link/", "a/link"},
                                        {"z/../../a.b/", "a.b"}};
  struct view view[2];
  int why;
  sample("d", 10, 'x');
  archive("d", "d.cpio");
  both("d", "d.cpio", &view[0], &view[1]);
  for (int k = 0; k < 2; k++) {
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
      size_t at = view_reach(&view[k], good[i][0], &why);
      if (k == 1 && i == 5) continue; /* a slash behind a symlink follows it there */
      assert_true(at < view[k].entries);
      assert_string_equal(view[k].entry[at].path, good[i][1]);
    }
    assert_int_equal(view_reach(&view[k], "a/none", &why), SIZE_MAX);
    assert_true(why < 0);
    assert_int_equal(view_reach(&view[k], "a/sub/one/x", &why), SIZE_MAX);
    assert_true(why < 0);
    view_close(&view[k]);
  }
}

/* --- differences ---------------------------------------------------------------------- */

struct told {
  unsigned calls;
  uint64_t at;
  enum compare_what what[COMPARE_COUNT];
  unsigned whats, added, removed;
};

static void tell(void *arg, const struct compare_entry *e) {
  struct told *t = arg;
  t->calls++;
  t->added += e->a == NULL;
  t->removed += e->b == NULL;
  t->at = e->at;
  t->whats = e->attributes;
  for (unsigned i = 0; i < e->attributes; i++) t->what[i] = e->attribute[i].what;
}

static struct told differences(const char *a, const char *b, int want) {
  struct told told = {0};
  struct view x, y;
  struct compare c = {.a = &x, .b = &y, .say = &quiet, .each = tell, .arg = &told};
  both(a, b, &x, &y);
  assert_int_equal(compare_views(&c), want);
  view_close(&x);
  view_close(&y);
  return told;
}

static void contents_are_compared_to_the_byte(void **state) {
  sample("d", 70000, 'x');
  sample("e", 70000, 'y');
  sample("f", 70001, 'x');
  archive("e", "e.cpio");
  struct told t = differences("d", "e.cpio", EXIT_DIFFERS);
  assert_int_equal(t.calls, 1); /* each content once, though it has two names */
  assert_int_equal(t.whats, 1);
  assert_int_equal(t.what[0], COMPARE_CONTENT);
  assert_int_equal(t.at, 69999);
  t = differences("e.cpio", "f", EXIT_DIFFERS);
  assert_int_equal(t.what[0], COMPARE_SIZE);
  assert_int_equal(t.at, 69999);
  t = differences("d", "f", EXIT_DIFFERS);
  assert_int_equal(t.at, 70000);
  assert_int_equal(differences("e", "e.cpio", EXIT_DONE).calls, 0);
}

static void a_side_may_have_more(void **state) {
  sample("d", 10, 'x');
  sample("e", 10, 'x');
  assert_int_equal(system("rm e/z/pipe d/a.b/empty && touch -d @5 e/z d/a.b"), 0);
  struct told t = differences("d", "e", EXIT_DIFFERS);
  assert_int_equal(t.added, 1);
  assert_int_equal(t.removed, 1);
  assert_int_equal(t.calls, 2);
}

/* A file that is not what it was when the tree was read is trouble, not a difference. */
static void a_file_that_changes(void **state) {
  struct told told = {0};
  struct view x, y;
  struct compare c = {.a = &x, .b = &y, .say = &quiet, .each = tell, .arg = &told};
  uint8_t sum[DIGEST_BYTES];
  sample("d", 10, 'x');
  sample("e", 10, 'x');
  both("d", "e", &x, &y);
  kit_text("e/a/sub/one", "yyyyyyyyyx");
  assert_int_equal(compare_views(&c), EXIT_UNFIT);
  assert_int_equal(canon_digest(&(struct canon){0}, &quiet, &x, sum), EXIT_DONE);
  assert_int_equal(canon_digest(&(struct canon){0}, &quiet, &y, sum), EXIT_UNFIT);
  view_close(&x);
  view_close(&y);
}

int main(void) {
#define TEST(f) cmocka_unit_test_setup_teardown(f, kit_begin, kit_end)
  const struct CMUnitTest tests[] = {TEST(the_same_from_both), TEST(paths_lead_the_same_way),
                                     TEST(contents_are_compared_to_the_byte), TEST(a_side_may_have_more),
                                     TEST(a_file_that_changes)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
