/* tests/unit/mkimage_tree_edit.c - a tree from an archive that the machine's unpacker unpacked, edited and packed
 * again.
 */
#include "mkimage_kit.h"

#include "formats/archive.h"
#include "mkimage/pack/archive_write.h"
#include "mkimage/pack/cpio.h"
#include "mkimage/tree/tree_edit.h"
#include "mkimage/tree/tree_image.h"
#include "newc_make.h"

static const struct say quiet = {.quiet = true};

struct memory {
  struct sink sink;
  size_t used;
  uint8_t bytes[64 << 10];
};

static int memory_put(struct sink *s, const uint8_t *bytes, size_t n) {
  struct memory *m = (struct memory *)s;
  assert_true(n <= sizeof m->bytes - m->used);
  memcpy(m->bytes + m->used, bytes, n);
  m->used += n;
  return 0;
}

static int memory_take(void *m, const uint8_t *bytes, size_t n) { return memory_put(m, bytes, n); }

static void add(struct made *m, const char *name, uint32_t mode, const char *data, uint32_t ino, uint32_t nlink) {
  struct newc h = {.ino = ino,
                   .mode = mode,
                   .uid = 1000,
                   .gid = 4294967294u,
                   .nlink = nlink,
                   .mtime = 7,
                   .rdev_major = (mode & MODE_TYPE) == MODE_CHR ? 5 : 0,
                   .rdev_minor = (mode & MODE_TYPE) == MODE_CHR ? 1 : 0,
                   .name_size = (uint32_t)strlen(name) + 1,
                   .size = data ? (uint32_t)strlen(data) : 0};
  made_raw(m, h, name, data);
}

/* In path order, inodes numbered by it, content with the last name: as mkimage writes it. */
static struct made *sample(void) {
  struct made *m = calloc(1, sizeof *m);
  assert_non_null(m);
  add(m, ".", MODE_DIR | 0750, NULL, 1, 4);
  add(m, "a", MODE_DIR | 01777, NULL, 2, 3);
  add(m, "a/sub", MODE_DIR | 0755, NULL, 3, 2);
  add(m, "a/sub/one", MODE_FILE | 06755, NULL, 4, 2);
  add(m, "a/to", MODE_LINK | 0777, "sub/one", 5, 1);
  add(m, "a.b", MODE_DIR | 0755, NULL, 6, 2);
  add(m, "a.b/console", MODE_CHR | 0600, NULL, 7, 1);
  add(m, "fifo", MODE_FIFO | 0622, NULL, 8, 1);
  add(m, "zz", MODE_FILE | 06755, "linked", 4, 2);
  made_raw(m, (struct newc){.nlink = 1, .name_size = sizeof NEWC_TRAILER}, NEWC_TRAILER, NULL);
  return m;
}

struct rig {
  struct made *made;
  struct look look;
  struct tree t;
};

static void rig_open(struct rig *r) {
  r->made = sample();
  kit_write("sample", r->made->bytes, r->made->n, 0644);
  assert_int_equal(look_tree(&r->look, &quiet, "sample"), EXIT_DONE);
  assert_int_equal(tree_of_look(&r->t, &quiet, &r->look), EXIT_DONE);
}

static void rig_close(struct rig *r) {
  tree_drop(&r->t);
  look_close(&r->look);
  free(r->made);
}

/* Unpacked by the machine's code and packed again, all is as it was. */
static void test_round(void **state) {
  static struct memory m;
  struct rig r;
  rig_open(&r);
  assert_int_equal(tree_edit_done(&r.t, &quiet), EXIT_DONE);
  m = (struct memory){.sink = {memory_put}};
  struct archive_write a = {
      .say = &quiet, .tree = &r.t, .format = &cpio_format, .codec = CODEC_NONE, .check = DIGEST_NONE};
  assert_int_equal(archive_write(&a, &m.sink), EXIT_DONE);
  assert_int_equal(m.used, r.made->n);
  assert_memory_equal(m.bytes, r.made->bytes, m.used);
  rig_close(&r);
}

static const struct tree_inode *inode(struct rig *r, const char *path) {
  const struct tree_name *name = tree_find(&r->t, path);
  if (name == NULL) fail_msg("%s is not there", path);
  return name->inode;
}

static void expect(struct rig *r, const char *path, const char *text) {
  struct memory *m = calloc(1, sizeof *m);
  assert_non_null(m);
  m->sink.put = memory_put;
  assert_int_equal(tree_read(&r->t, &quiet, inode(r, path), memory_take, m), EXIT_DONE);
  assert_int_equal(m->used, strlen(text));
  assert_memory_equal(m->bytes, text, m->used);
  free(m);
}

static void test_put(void **state) {
  struct tree_edit e;
  struct rig r;
  rig_open(&r);
  kit_write("host", "from the host", 13, 0640);
  assert_int_equal(symlink("host", "to-host"), 0);
  assert_int_equal(tree_edit_of_host(&r.t, &quiet, "to-host", true, &e), EXIT_DONE);
  e.uid = 3;
  assert_int_equal(tree_edit_put(&r.t, &quiet, "new/deep/f", &e), EXIT_DONE);
  assert_int_equal(tree_edit_of_host(&r.t, &quiet, "to-host", false, &e), EXIT_DONE);
  assert_int_equal(tree_edit_put(&r.t, &quiet, "a/to", &e), EXIT_DONE);
  e = (struct tree_edit){.mode = S_IFREG | 0600, .mtime = 9, .bytes = (const uint8_t *)"memory", .size = 6};
  assert_int_equal(tree_edit_put(&r.t, &quiet, "zz", &e), EXIT_DONE);
  assert_int_equal(tree_edit_link(&r.t, &quiet, "a.b/more", "zz"), EXIT_DONE);
  e = (struct tree_edit){.mode = S_IFDIR | 0700, .mtime = 11};
  assert_int_equal(tree_edit_put(&r.t, &quiet, "a/sub", &e), EXIT_DONE);
  assert_int_equal(tree_edit_done(&r.t, &quiet), EXIT_DONE);
  expect(&r, "new/deep/f", "from the host");
  assert_int_equal(inode(&r, "new/deep/f")->mode, S_IFREG | 0640);
  assert_int_equal(inode(&r, "new/deep")->mode, S_IFDIR | 0755);
  assert_int_equal(inode(&r, "new/deep")->uid, 3);
  assert_int_equal(inode(&r, "new")->mtime, inode(&r, "new/deep/f")->mtime);
  assert_string_equal(inode(&r, "a/to")->target, "host");
  expect(&r, "zz", "memory");
  assert_int_equal(inode(&r, "zz")->nlink, 2);
  expect(&r, "a/sub/one", "linked"); /* the other name keeps what it was */
  assert_int_equal(inode(&r, "a/sub/one")->nlink, 1);
  assert_int_equal(inode(&r, "a/sub")->mode, S_IFDIR | 0700);
  rig_close(&r);
}

static void test_changed(void **state) {
  static struct memory m;
  struct tree_edit e;
  struct rig r;
  rig_open(&r);
  kit_write("host", "from the host", 13, 0640);
  assert_int_equal(tree_edit_of_host(&r.t, &quiet, "host", false, &e), EXIT_DONE);
  assert_int_equal(tree_edit_put(&r.t, &quiet, "f", &e), EXIT_DONE);
  assert_int_equal(tree_edit_done(&r.t, &quiet), EXIT_DONE);
  kit_write("host", "from elsewhere", 14, 0640);
  m = (struct memory){.sink = {memory_put}};
  assert_int_equal(tree_read(&r.t, &quiet, inode(&r, "f"), memory_take, &m), EXIT_UNFIT);
  rig_close(&r);
}

static void test_remove(void **state) {
  struct rig r;
  rig_open(&r);
  assert_int_equal(tree_edit_remove(&r.t, &quiet, "a"), EXIT_DONE);
  assert_int_equal(tree_edit_done(&r.t, &quiet), EXIT_DONE);
  assert_null(tree_find(&r.t, "a/sub/one"));
  assert_null(tree_find(&r.t, "a"));
  assert_non_null(tree_find(&r.t, "a.b/console"));
  assert_int_equal(inode(&r, "zz")->nlink, 1);
  expect(&r, "zz", "linked");
  assert_int_equal(r.t.names, 5);
  rig_close(&r);
}

static void test_refused(void **state) {
  static const struct {
    const char *path;
    uint32_t mode;
  } bad[] = {{"a", S_IFREG}, {"zz", S_IFDIR}, {"zz/below", S_IFREG}, {"a/to/x/y", S_IFDIR}, {".", S_IFREG}};
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    const struct tree_edit e = {.mode = bad[i].mode | 0600};
    struct rig r;
    rig_open(&r);
    assert_int_equal(tree_edit_put(&r.t, &quiet, bad[i].path, &e), EXIT_USAGE);
    rig_close(&r);
  }
  struct rig r;
  rig_open(&r);
  assert_int_equal(tree_edit_remove(&r.t, &quiet, "."), EXIT_USAGE);
  assert_int_equal(tree_edit_remove(&r.t, &quiet, "a/none"), EXIT_USAGE);
  assert_int_equal(tree_edit_link(&r.t, &quiet, "x", "a"), EXIT_USAGE);
  assert_int_equal(tree_edit_link(&r.t, &quiet, "x", "none"), EXIT_USAGE);
  rig_close(&r);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_round, kit_begin, kit_end),
      cmocka_unit_test_setup_teardown(test_put, kit_begin, kit_end),
      cmocka_unit_test_setup_teardown(test_changed, kit_begin, kit_end),
      cmocka_unit_test_setup_teardown(test_remove, kit_begin, kit_end),
      cmocka_unit_test_setup_teardown(test_refused, kit_begin, kit_end),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
