/* tests/unit/mkimage_tree.c - a directory as a sorted tree, and the archive that comes of it. */
#include "memory_sink.h"
#include "mkimage_kit.h"

#include "formats/archive.h"
#include "formats/err.h"
#include "formats/limits.h"
#include "mkimage/pack/archive_write.h"
#include "mkimage/pack/cpio.h"
#include "mkimage/tree/tree.h"

static const struct say quiet = {.quiet = true};

static int memory_take(void *m, const uint8_t *bytes, size_t n) { return memory_put(m, bytes, n); }

static struct memory archive_of(const struct tree *t) {
  struct memory m = {.sink = {memory_put}};
  struct archive_write a = {
      .say = &quiet, .tree = t, .format = &cpio_format, .codec = CODEC_NONE, .check = DIGEST_NONE};
  assert_int_equal(archive_write(&a, &m.sink), EXIT_DONE);
  assert_int_equal(a.unpacked, m.used);
  assert_int_equal(a.stored, m.used);
  return m;
}

static void load(struct tree *t, struct recipe *r) { assert_int_equal(tree_load(t, &quiet, "root", r), EXIT_DONE); }

static void make_root(void) {
  static uint8_t page[20000];
  memset(page, 'p', sizeof page);
  assert_int_equal(mkdir("root", 0755), 0);
  assert_int_equal(mkdir("root/a", 0700), 0);
  assert_int_equal(mkdir("root/a/in", 0755), 0);
  kit_text("root/a-b", "dash");
  kit_text("root/a/in/x", "x");
  kit_text("root/a.o", "object");
  kit_write("root/big", page, sizeof page, 0755);
  kit_write("root/exact", page, 4096, 0644);
  kit_text("root/z1", "linked");
  assert_int_equal(link("root/z1", "root/a/z0"), 0);
  assert_int_equal(symlink("a/in", "root/sym"), 0);
  assert_int_equal(mkfifo("root/fifo", 0622), 0);
}

static void test_order(void **state) {
  static const char *const sorted[] = {".", "a", "a/b", "a/b/c", "a/c", "a b", "a!", "a-b", "a.o", "aa", "b", "\xff"};
  for (size_t i = 0; i < sizeof sorted / sizeof sorted[0]; i++)
    for (size_t k = 0; k < sizeof sorted / sizeof sorted[0]; k++) {
      int c = tree_compare(sorted[i], sorted[k]);
      if ((c < 0) != (i < k) || (c > 0) != (i > k)) {
        if (!((i == 5 && k == 6) || (i == 6 && k == 5))) fail_msg("%s %s", sorted[i], sorted[k]);
      }
    }
}

static void test_names(void **state) {
  static const char *const want[] = {".",   "a",   "a/in",  "a/in/x", "a/z0", "a-b",
                                     "a.o", "big", "exact", "fifo",   "sym",  "z1"};
  struct tree t;
  struct recipe r;
  make_root();
  recipe_start(&r);
  load(&t, &r);
  assert_int_equal(t.names, sizeof want / sizeof want[0]);
  for (size_t i = 0; i < t.names; i++) assert_string_equal(t.name[i].path, want[i]);
  const struct tree_name *first = tree_find(&t, "a/z0"), *last = tree_find(&t, "z1");
  assert_ptr_equal(first->inode, last->inode);
  assert_true(!first->last && last->last);
  assert_int_equal(first->inode->nlink, 2);
  assert_int_equal(first->inode->number, 5);
  assert_int_equal(tree_find(&t, ".")->inode->nlink, 3);
  assert_int_equal(tree_find(&t, "a")->inode->nlink, 3);
  assert_int_equal(tree_find(&t, "a/in")->inode->nlink, 2);
  assert_null(tree_find(&t, "a/nothing"));
  tree_drop(&t);
  recipe_drop(&r);
}

/* The archive, read again by the reader that the machine has. */
static void test_archive(void **state) {
  struct tree t;
  struct recipe r;
  struct archive a;
  struct entry e;
  const uint8_t *data;
  unsigned n = 0;
  int rc;
  make_root();
  recipe_start(&r);
  load(&t, &r);
  struct memory m = archive_of(&t);
  struct stream in = stream_over(m.bytes, m.used);
  assert_int_equal(archive_open(&a, &in, 0), 0);
  for (; (rc = archive_next(&a, &e)) > 0; n++) {
    const struct tree_name *name = &t.name[n];
    assert_int_equal(e.name_len, strlen(name->path));
    assert_memory_equal(e.name, name->path, e.name_len);
    assert_int_equal(e.mode, name->inode->mode);
    assert_int_equal(e.uid | e.gid | e.dev_major | e.dev_minor, 0);
    assert_int_equal(archive_data(&a, &e, &data), 0);
    if (format_aligned(e.mode, e.size)) assert_int_equal(e.data % LIMIT_PAGE, 0);
    if (strcmp(name->path, "a/z0") == 0) assert_int_equal(e.size, 0);
    if (strcmp(name->path, "z1") == 0) assert_memory_equal(data, "linked", e.size);
    if (strcmp(name->path, "sym") == 0) assert_memory_equal(data, "a/in", e.size);
    if (strcmp(name->path, "big") == 0) assert_int_equal(e.size, 20000);
  }
  assert_int_equal(rc, 0);
  assert_int_equal(n, t.names);
  free(m.bytes);
  tree_drop(&t);
  recipe_drop(&r);
}

/* Contents are aligned at whatever offset they come, but where the name field would get too long for Linux. */
static void test_alignment(void **state) {
  static uint8_t content[FORMAT_ALIGNED + 100];
  struct tree t;
  struct recipe r;
  char path[300];
  unsigned aligned = 0, all = 0;
  assert_int_equal(mkdir("root", 0755), 0);
  for (unsigned i = 0; i < 100; i++) {
    snprintf(path, sizeof path, "root/%0*u", (int)(1 + i * 2), i);
    kit_write(path, content, i * 37 % 60, 0644);
    strcat(path, "x");
    kit_write(path, content, FORMAT_ALIGNED + i, 0644);
  }
  recipe_start(&r);
  load(&t, &r);
  struct memory m = archive_of(&t);
  struct stream in = stream_over(m.bytes, m.used);
  struct archive a;
  struct entry e;
  assert_int_equal(archive_open(&a, &in, 0), 0);
  while (archive_next(&a, &e) > 0) {
    assert_true(e.data - e.offset <= 110 + 4096 + 4);
    if (e.size < FORMAT_ALIGNED) continue;
    all++;
    aligned += e.data % 4096 == 0;
  }
  assert_int_equal(all, 100);
  assert_true(aligned >= 90);
  free(m.bytes);
  tree_drop(&t);
  recipe_drop(&r);
}

static void test_recipe(void **state) {
  struct tree t;
  struct recipe r;
  make_root();
  recipe_start(&r);
  r.uid = 7;
  r.has_mtime = true;
  r.mtime = 1000;
  r.has_clamp = true;
  r.clamp = 500;
  assert_true(recipe_add_exclude(&r, "*.o"));
  assert_true(recipe_add_exclude(&r, "/a/in"));
  *recipe_add_file(&r) = (struct recipe_file){.path = "new/deep/f",
                                              .mode = S_IFREG,
                                              .content = (const uint8_t *)"hi",
                                              .size = 2,
                                              .has_mtime = true,
                                              .mtime = 3};
  *recipe_add_file(&r) = (struct recipe_file){.path = "z1", .mode = S_IFCHR | 0600, .has_mode = true, .major = 4};
  *recipe_add_file(&r) =
      (struct recipe_file){.path = "big", .mode = 0111, .has_mode = true, .has_owner = true, .gid = 9};
  load(&t, &r);
  assert_null(tree_find(&t, "a.o"));
  assert_null(tree_find(&t, "a/in"));
  assert_null(tree_find(&t, "a/in/x"));
  assert_int_equal(tree_find(&t, "new/deep")->inode->mode, S_IFDIR | 0755);
  assert_int_equal(tree_find(&t, "new")->inode->uid, 7);
  assert_int_equal(tree_find(&t, "new/deep/f")->inode->mtime, 3);
  assert_int_equal(tree_find(&t, "a-b")->inode->mtime, 500);
  assert_int_equal(tree_find(&t, "z1")->inode->rdev_major, 4);
  assert_int_equal(tree_find(&t, "a/z0")->inode->nlink, 1); /* the other name was replaced, not changed */
  assert_int_equal(tree_find(&t, "big")->inode->mode, S_IFREG | 0111);
  assert_int_equal(tree_find(&t, "big")->inode->gid, 9);
  tree_drop(&t);
  recipe_drop(&r);
}

static void test_contradictions(void **state) {
  static const struct recipe_file files[] = {{.path = "a", .mode = S_IFREG},
                                             {.path = "a-b/under", .mode = S_IFREG},
                                             {.path = "sym/under", .mode = S_IFDIR},
                                             {.path = "nothing", .mode = 0600, .has_mode = true}};
  make_root();
  for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
    struct tree t;
    struct recipe r;
    recipe_start(&r);
    *recipe_add_file(&r) = files[i];
    assert_int_not_equal(tree_load(&t, &quiet, "root", &r), EXIT_DONE);
    tree_drop(&t);
    recipe_drop(&r);
  }
}

/* A file that is another one than when the tree was read. */
static void test_changed(void **state) {
  struct tree t;
  struct recipe r;
  struct memory m = {.sink = {memory_put}};
  make_root();
  recipe_start(&r);
  load(&t, &r);
  kit_text("root/a-b", "longer than before");
  assert_int_equal(tree_read(&t, &quiet, tree_find(&t, "a-b")->inode, memory_take, &m), EXIT_UNFIT);
  struct stat before;
  assert_int_equal(lstat("root/exact", &before), 0);
  int fd = open("root/exact", O_WRONLY);
  assert_true(fd >= 0 && pwrite(fd, "another", 7, 0) == 7);
  assert_int_equal(futimens(fd, (struct timespec[]){before.st_atim, before.st_mtim}), 0); /* as if nothing had been */
  close(fd);
  assert_int_equal(tree_read(&t, &quiet, tree_find(&t, "exact")->inode, memory_take, &m), EXIT_UNFIT);
  assert_int_equal(unlink("root/big"), 0);
  assert_int_equal(symlink("exact", "root/big"), 0);
  assert_int_not_equal(tree_read(&t, &quiet, tree_find(&t, "big")->inode, memory_take, &m), EXIT_DONE);
  assert_int_equal(m.used, 0);
  tree_drop(&t);
  recipe_drop(&r);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, kit_begin, kit_end)
  const struct CMUnitTest tests[] = {TEST(test_order),     TEST(test_names),  TEST(test_archive),
                                     TEST(test_alignment), TEST(test_recipe), TEST(test_contradictions),
                                     TEST(test_changed)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
