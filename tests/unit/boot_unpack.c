/* tests/unit/boot_unpack.c - from stored bytes to inodes: parts, rules on the tree, pages given back. */
#include "unpack_kit.h"

#define FILE_(...)                                                                                                     \
  { .mode = MODE_FILE | 0644, .nlink = 1, __VA_ARGS__ }
#define DIR_(...)                                                                                                      \
  { .mode = MODE_DIR | 0755, .nlink = 2, __VA_ARGS__ }
#define LINK_(...)                                                                                                     \
  { .mode = MODE_LINK | 0777, .nlink = 1, __VA_ARGS__ }

static struct bytes small_tree(void) {
  return ARCHIVE(DIR_(.name = ".", .mtime = 11), DIR_(.name = "etc", .mtime = 22, .uid = 3),
                 FILE_(.name = "etc/motd", .data = "hello\n", .mtime = 33, .uid = 1, .gid = 2),
                 {.name = "bin/su", .mode = MODE_FILE | 06755, .nlink = 1, .data = "su"},
                 LINK_(.name = "lib", .data = "usr/lib"),
                 {.name = "dev/sda", .mode = MODE_BLK | 0660, .nlink = 1, .rdev_major = 8, .rdev_minor = 1},
                 {.name = "run/fifo", .mode = MODE_FIFO | 0600, .nlink = 1});
}

static void check_small_tree(struct kit *k) {
  kit_expect_text(k, "etc/motd", "hello\n");
  struct inode *i = kit_get(k, "etc/motd");
  assert_int_equal(i->mode, MODE_FILE | 0644);
  assert_int_equal(i->uid, 1);
  assert_int_equal(i->gid, 2);
  assert_int_equal(i->nlink, 1);
  assert_int_equal(i->mtime.s, 33);
  assert_int_equal(i->ctime.s, NOW);
  assert_int_equal(kit_get(k, "bin/su")->mode, MODE_FILE | 06755);
  assert_int_equal(kit_get(k, "bin")->mode, MODE_DIR | 0755);
  assert_int_equal(kit_get(k, "etc")->mtime.s, 22);
  assert_int_equal(kit_get(k, "etc")->uid, 3);
  assert_int_equal(k->fs->root->mtime.s, 11);
  i = kit_get(k, "lib");
  assert_int_equal(i->size, 7);
  assert_memory_equal(i->fs->ops->target(i), "usr/lib", 7);
  assert_int_equal(kit_get(k, "dev/sda")->rdev_major, 8);
  assert_int_equal(kit_get(k, "dev/sda")->rdev_minor, 1);
  assert_int_equal(kit_get(k, "run/fifo")->mode, MODE_FIFO | 0600);
}

static struct bytes same(struct bytes b) { return b; }
static struct bytes (*const packers[])(struct bytes) = {same, gzip_of, lz4_of, zstd_of, xz_of};
enum { PACKERS = sizeof packers / sizeof packers[0] };

static void a_tree_arrives_whole(void **state) {
  (void)state;
  for (unsigned c = 0; c < PACKERS; c++) {
    struct kit k;
    kit_start(&k, 16 * MIB, packers[c](small_tree()));
    assert_int_equal(kit_unpack(&k), 0);
    assert_int_equal(k.report.entries, 7);
    assert_int_equal(k.report.archives, 1);
    assert_int_equal(k.report.stored, k.in.bytes);
    check_small_tree(&k);
    kit_stop(&k);
  }
}

/* A megabyte of files of all sizes: each has its own bytes, before and after its neighbours are gone. */
static void files_are_slices(void **state) {
  (void)state;
  static char data[70000];
  for (unsigned c = 0; c < PACKERS; c++) {
    struct bytes b = {NULL, 0};
    struct kit k;
    char name[32];
    for (uint32_t i = 0; i < 120; i++) {
      snprintf(name, sizeof name, "d%u/f%u", i % 7, i);
      memset(data, (int)i + 1, sizeof data);
      add_item(&b, &(struct item)FILE_(.name = name, .data = data, .size = 1 + i * i * 4));
    }
    add_trailer(&b);
    kit_start(&k, 24 * MIB, packers[c](b));
    assert_int_equal(kit_unpack(&k), 0);
    for (uint32_t i = 0; i < 120; i++) {
      snprintf(name, sizeof name, "d%u/f%u", i % 7, i);
      memset(data, (int)i + 1, sizeof data);
      kit_expect_bytes(&k, name, data, 1 + i * i * 4);
      snprintf(name, sizeof name, "f%u", i);
      struct inode *dir = kit_get(&k, (char[]){'d', (char)('0' + i % 7), 0});
      assert_int_equal(k.fs->ops->unlink(dir, name, strlen(name), (struct stamp){0, 0}), 0);
    }
    assert_null(pages_check(&k.ps));
    kit_stop(&k);
  }
}

/* --- parts ------------------------------------------------------------------------ */

static void parts_follow_one_another(void **state) {
  (void)state;
  for (unsigned order = 0; order < 27; order++) {
    struct bytes all = {NULL, 0};
    struct kit k;
    for (unsigned part = 0, o = order; part < 3; part++, o /= 3) {
      char name[] = {'p', (char)('0' + part), 0};
      join(&all, packers[o % 3](ARCHIVE(FILE_(.name = name, .data = name), FILE_(.name = "last", .data = name))));
      bytes_pad(&all, part == 0 ? 4 : 512);
    }
    kit_start(&k, 16 * MIB, all);
    assert_int_equal(kit_unpack(&k), 0);
    assert_int_equal(k.report.archives, 3);
    kit_expect_text(&k, "p0", "p0");
    kit_expect_text(&k, "p2", "p2");
    kit_expect_text(&k, "last", "p2");
    kit_stop(&k);
  }
}

/* Archives in a row inside one compressed stream; large parts cross pages. */
static void archives_share_a_stream(void **state) {
  (void)state;
  static char big[300000];
  struct kit k;
  memset(big, 'b', sizeof big);
  struct bytes inner = ARCHIVE(FILE_(.name = "one", .data = big, .size = sizeof big));
  bytes_pad(&inner, 512);
  join(&inner, ARCHIVE(FILE_(.name = "two", .data = "2")));
  bytes_pad(&inner, PAGE);
  kit_start(&k, 16 * MIB, gzip_of(inner));
  assert_int_equal(kit_unpack(&k), 0);
  assert_int_equal(k.report.archives, 2);
  kit_expect_bytes(&k, "one", big, sizeof big);
  kit_expect_text(&k, "two", "2");
  kit_stop(&k);
}

static struct bytes with_tail(struct bytes b, const char *tail, size_t n) {
  bytes_add(&b, tail, n);
  return b;
}

static void junk_is_refused(void **state) {
  (void)state;
  expect_refused((struct bytes){NULL, 0}, ERR_MAGIC, "no bytes");
  expect_refused(with_tail((struct bytes){NULL, 0}, "x", 1), ERR_MAGIC, "too few");
  expect_refused(with_tail((struct bytes){NULL, 0}, "\0\0\0\0\0\0\0", 8), ERR_MAGIC, "nothing but zeros");
  expect_refused(with_tail((struct bytes){NULL, 0}, "hello world", 11), ERR_MAGIC, "not an archive");
  expect_refused(with_tail(small_tree(), "junk of some length", 16), ERR_JUNK, "behind an archive");
  expect_refused(with_tail(gzip_of(small_tree()), "junk of some length", 16), ERR_JUNK, "behind an archive");
  expect_refused(gzip_of(with_tail(small_tree(), "junk of some length", 16)), ERR_JUNK, "behind an archive");
  expect_refused(gzip_of(with_tail((struct bytes){NULL, 0}, "", 0)), ERR_MAGIC, "no bytes");
}

/* Cut at every length: never whole, never a leak. */
static void every_cut_is_noticed(void **state) {
  (void)state;
  for (unsigned c = 0; c < PACKERS; c++) {
    struct bytes whole = packers[c](small_tree());
    size_t padding = c == 0 ? 3 : 0; /* behind the trailer; it may be missing */
    for (size_t n = 0; n < whole.n - padding; n++) {
      struct bytes cut = {NULL, 0};
      struct kit k;
      bytes_add(&cut, whole.p, n);
      kit_start(&k, 4 * MIB, cut);
      assert_true(kit_unpack(&k) < 0);
      assert_true(err_family(k.flaw.code) == ERR_BYTES);
      kit_stop(&k);
    }
    free(whole.p);
  }
}

/* --- rules on the tree -------------------------------------------------------------- */

static void later_entries_win(void **state) {
  struct kit k;
  (void)state;
  kit_start(&k, 16 * MIB,
            ARCHIVE(FILE_(.name = "a", .data = "a long content"), FILE_(.name = "a", .data = "short"),
                    FILE_(.name = "b", .data = "file"), LINK_(.name = "b", .data = "target"),
                    LINK_(.name = "c", .data = "target"), FILE_(.name = "c", .data = "file"), DIR_(.name = "d"),
                    FILE_(.name = "d", .data = "was empty"), FILE_(.name = "e", .data = "file"),
                    DIR_(.name = "e", .mtime = 5), FILE_(.name = "e/in"),
                    {.name = "e/", .mode = MODE_DIR | 0700, .nlink = 2, .uid = 9, .mtime = 77},
                    {.name = "f", .mode = MODE_CHR | 0600, .nlink = 1}, {.name = "f", .mode = MODE_FIFO | 0600}));
  assert_int_equal(kit_unpack(&k), 0);
  kit_expect_text(&k, "a", "short");
  assert_int_equal(kit_get(&k, "b")->mode, MODE_LINK | 0777);
  kit_expect_text(&k, "c", "file");
  kit_expect_text(&k, "d", "was empty");
  assert_int_equal(kit_get(&k, "e")->mode, MODE_DIR | 0700);
  assert_int_equal(kit_get(&k, "e")->uid, 9);
  assert_int_equal(kit_get(&k, "e")->mtime.s, 77);
  assert_int_equal(kit_get(&k, "e/in")->size, 0);
  assert_int_equal(kit_get(&k, "f")->mode, MODE_FIFO | 0600);
  kit_stop(&k);
}

/* The directory of the entry before is remembered; it must not be when it is gone. */
static void a_directory_that_goes_is_forgotten(void **state) {
  struct kit k;
  (void)state;
  kit_start(&k, 16 * MIB,
            ARCHIVE(DIR_(.name = "x/d"), FILE_(.name = "x/d/f"), LINK_(.name = "x/d/f", .data = "t"),
                    DIR_(.name = "real"), LINK_(.name = "way", .data = "real"), FILE_(.name = "way/one"),
                    DIR_(.name = "other"), LINK_(.name = "way", .data = "other"), FILE_(.name = "way/two"),
                    FILE_(.name = "././way//three"), FILE_(.name = "/way/./four")));
  assert_int_equal(kit_unpack(&k), 0);
  assert_int_equal(kit_get(&k, "x/d/f")->mode, MODE_LINK | 0777);
  kit_get(&k, "real/one");
  kit_get(&k, "other/two");
  kit_get(&k, "other/three");
  kit_get(&k, "other/four");
  kit_stop(&k);
}

static void parents_may_be_relative_symlinks(void **state) {
  struct kit k;
  char chain[64][8];
  (void)state;
  struct bytes b = ARCHIVE(LINK_(.name = "lib", .data = "usr/lib"), FILE_(.name = "lib/libc.so", .data = "c"),
                           LINK_(.name = "usr/lib/x", .data = "deep/er"), FILE_(.name = "lib/x/y", .data = "y"));
  struct bytes more = {NULL, 0};
  for (unsigned i = 0; i < 40; i++) {
    snprintf(chain[i], sizeof chain[i], "c%u", i);
    add_item(&more, &(struct item)LINK_(.name = chain[i], .data = i ? chain[i - 1] : "end"));
  }
  add_item(&more, &(struct item)FILE_(.name = "c39/forty", .data = "40"));
  add_trailer(&more);
  join(&b, more);
  kit_start(&k, 16 * MIB, b);
  assert_int_equal(kit_unpack(&k), 0);
  kit_expect_text(&k, "usr/lib/libc.so", "c");
  kit_expect_text(&k, "usr/lib/deep/er/y", "y"); /* relative to the link's own directory */
  kit_expect_text(&k, "end/forty", "40");
  kit_stop(&k);
}

static void what_does_not_fit_the_tree_is_refused(void **state) {
  (void)state;
  expect_refused(ARCHIVE(FILE_(.name = "f"), FILE_(.name = "f/x")), ERR_TREE, "entry 'f/x' at offset 112");
  expect_refused(ARCHIVE(FILE_(.name = "d/f"), FILE_(.name = "d")), ERR_TREE, "not empty");
  expect_refused(ARCHIVE(FILE_(.name = "d/f"), LINK_(.name = "d", .data = "x")), ERR_TREE, "not empty");
  expect_refused(ARCHIVE(LINK_(.name = "l", .data = "/etc"), FILE_(.name = "l/x")), ERR_TREE, "absolute");
  expect_refused(ARCHIVE(LINK_(.name = "l", .data = "a/../b"), FILE_(.name = "l/x")), ERR_TREE, "'..'");
  expect_refused(ARCHIVE(LINK_(.name = "l", .data = "l"), FILE_(.name = "l/x")), ERR_LOOP, "40 symlinks");
  expect_refused(ARCHIVE(FILE_(.name = ".")), ERR_TREE, "root");
  expect_refused(ARCHIVE({.name = "s", .mode = MODE_SOCK | 0600}), ERR_TYPE, "socket");
}

/* As deep as a name can say, and no recursion on the way down or when the tree goes. */
static void two_thousand_levels(void **state) {
  struct bytes b = {NULL, 0};
  struct kit k;
  char name[4001];
  (void)state;
  for (size_t i = 0; i < 4000; i += 2) memcpy(name + i, "d/", 2);
  for (size_t levels = 1; levels <= 2000; levels += levels < 1990 ? 7 : 1) {
    name[levels * 2 - 1] = 0;
    add_item(&b, &(struct item)DIR_(.name = name, .mtime = (uint32_t)levels));
    name[levels * 2 - 1] = '/';
  }
  memcpy(name + 3998, "f", 2);
  add_item(&b, &(struct item)FILE_(.name = name, .data = "deep"));
  add_trailer(&b);
  kit_start(&k, 16 * MIB, b);
  assert_int_equal(kit_unpack(&k), 0);
  kit_expect_text(&k, name, "deep");
  name[3997] = 0;
  assert_int_equal(kit_get(&k, name)->mtime.s, 1999);
  kit_stop(&k);
}

/* --- hard links ----------------------------------------------------------------------- */

#define HARD(...)                                                                                                      \
  { .mode = MODE_FILE | 0644, .nlink = 3, .ino = 7, __VA_ARGS__ }

static void hard_links_have_data_on_any_name(void **state) {
  (void)state;
  for (int with = 0; with < 3; with++) {
    struct kit k;
    kit_start(&k, 16 * MIB,
              ARCHIVE(HARD(.name = "a", .data = with == 0 ? "data" : ""),
                      HARD(.name = "d/b", .data = with == 1 ? "data" : ""),
                      HARD(.name = "c", .data = with == 2 ? "data" : "")));
    assert_int_equal(kit_unpack(&k), 0);
    kit_expect_text(&k, "a", "data");
    assert_ptr_equal(kit_get(&k, "a"), kit_get(&k, "d/b"));
    assert_ptr_equal(kit_get(&k, "a"), kit_get(&k, "c"));
    assert_int_equal(kit_get(&k, "a")->nlink, 3);
    assert_int_equal(kit_get(&k, "a")->holds, 0);
    kit_stop(&k);
  }
}

static void what_is_no_hard_link(void **state) {
  struct kit k;
  (void)state;
  struct bytes b = ARCHIVE(
      {.name = "d1", .mode = MODE_DIR | 0755, .nlink = 2, .ino = 7}, HARD(.name = "f1", .data = "1"),
      {.name = "d2", .mode = MODE_DIR | 0755, .nlink = 2, .ino = 7},
      {.name = "n", .mode = MODE_CHR | 0600, .nlink = 2, .ino = 7}, FILE_(.name = "single", .data = "s", .ino = 7),
      {.name = "lonely", .mode = MODE_FILE | 0600, .nlink = 2, .ino = 8, .data = "l"});
  join(&b, ARCHIVE(HARD(.name = "f2", .data = "2")));
  kit_start(&k, 16 * MIB, b);
  assert_int_equal(kit_unpack(&k), 0);
  assert_int_equal(kit_get(&k, "f1")->nlink, 1);
  kit_expect_text(&k, "f1", "1");
  kit_expect_text(&k, "f2", "2");
  kit_expect_text(&k, "single", "s");
  assert_int_equal(kit_get(&k, "d2")->mode & MODE_TYPE, MODE_DIR);
  assert_int_equal(kit_get(&k, "lonely")->nlink, 1);
  kit_stop(&k);
}

/* A name of a link is taken by another file, and the link comes again: its inode was held. */
static void a_link_survives_its_first_name(void **state) {
  struct kit k;
  (void)state;
  kit_start(&k, 16 * MIB,
            ARCHIVE(HARD(.name = "a", .data = "old"), FILE_(.name = "a", .data = "other"), HARD(.name = "b"),
                    HARD(.name = "b"), FILE_(.name = "c", .data = "c"), HARD(.name = "c")));
  assert_int_equal(kit_unpack(&k), 0);
  kit_expect_text(&k, "a", "other");
  kit_expect_text(&k, "b", "old");
  assert_ptr_equal(kit_get(&k, "b"), kit_get(&k, "c"));
  assert_int_equal(kit_get(&k, "b")->nlink, 2);
  kit_stop(&k);
}

static void many_links_are_kept_apart(void **state) {
  struct kit k;
  struct bytes b = {NULL, 0};
  char name[16], text[16];
  (void)state;
  for (uint32_t i = 0; i < 2000; i++) {
    snprintf(name, sizeof name, "%c%u", i < 1000 ? 'a' : 'b', i % 1000);
    snprintf(text, sizeof text, "%u", i);
    add_item(
        &b,
        &(struct item){
            .name = name, .mode = MODE_FILE | 0600, .nlink = 2, .ino = (i % 1000) * 64, .data = i < 1000 ? "" : text});
  }
  add_trailer(&b);
  kit_start(&k, 16 * MIB, b);
  assert_int_equal(kit_unpack(&k), 0);
  for (uint32_t i = 0; i < 1000; i++) {
    snprintf(name, sizeof name, "a%u", i);
    snprintf(text, sizeof text, "%u", i + 1000);
    kit_expect_text(&k, name, text);
    assert_int_equal(kit_get(&k, name)->nlink, 2);
  }
  kit_stop(&k);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_tree_arrives_whole),
      cmocka_unit_test(files_are_slices),
      cmocka_unit_test(parts_follow_one_another),
      cmocka_unit_test(archives_share_a_stream),
      cmocka_unit_test(junk_is_refused),
      cmocka_unit_test(every_cut_is_noticed),
      cmocka_unit_test(later_entries_win),
      cmocka_unit_test(a_directory_that_goes_is_forgotten),
      cmocka_unit_test(parents_may_be_relative_symlinks),
      cmocka_unit_test(what_does_not_fit_the_tree_is_refused),
      cmocka_unit_test(two_thousand_levels),
      cmocka_unit_test(hard_links_have_data_on_any_name),
      cmocka_unit_test(what_is_no_hard_link),
      cmocka_unit_test(a_link_survives_its_first_name),
      cmocka_unit_test(many_links_are_kept_apart),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
