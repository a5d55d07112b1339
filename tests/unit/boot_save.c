/* tests/unit/boot_save.c - what a program left: written by save.c, read by libtaproot in an instance of its own. */
#include "vfs_calls.h"

#include "formats/newc.h"
#include "kernel/boot/save.h"
#include "taproot.h"

static struct rig r;
static struct save *s;
static uint8_t *archive;
static size_t have;
static char told[4096];

static int begin(void **state) {
  rig_start(&r, 64);
  vc_begin(&r);
  r.cred.umask = 0;
  s = calloc(1, sizeof *s);
  archive = NULL;
  have = 0;
  told[0] = 0;
  return 0;
}
static int end(void **state) {
  free(s);
  free(archive);
  vc_end();
  rig_stop(&r);
  return 0;
}

static void put(void *owner, const void *bytes, size_t n) {
  assert_ptr_equal(owner, &r);
  archive = realloc(archive, have + n);
  assert_non_null(archive);
  memcpy(archive + have, bytes, n);
  have += n;
}
static void lend(void *owner, const uint8_t *bytes, uint64_t n) {
  void *zeros = calloc(1, n);
  assert_non_null(zeros);
  put(owner, bytes ? bytes : zeros, n);
  free(zeros);
}
static void tell(void *owner, const char *path, const char *why) {
  snprintf(told + strlen(told), sizeof told - strlen(told), "%.40s: %s\n", path, why);
}
static bool attr(void *owner, const char *path, const char *name, size_t len, const uint8_t *value, uint64_t n) {
  if (strcmp(path, "taken") != 0) return false;
  snprintf(told + strlen(told), sizeof told - strlen(told), "%.*s=%.*s\n", (int)len, name, (int)n, (const char *)value);
  return true;
}
static bool unsaid(void *owner, const char *path, const struct inode *i) { return strcmp(path, "skipped") == 0; }

static void text(const char *path, const char *bytes) {
  int fd = vc_open(AT_FDCWD, path, O_CREAT | O_WRONLY, 0640);
  assert_true(fd >= 0);
  assert_int_equal(vc_write(fd, bytes, strlen(bytes)), strlen(bytes));
  assert_int_equal(vc_close(fd), 0);
}

/* Saves these paths; the tree as libtaproot unpacks it. */
static struct taproot *saved(const char *const *paths) {
  struct taproot_flaw flaw;
  *s = (struct save){
      .root = vfs_root(&r.vfs), .put = put, .lend = lend, .tell = tell, .skip = unsaid, .attr = attr, .owner = &r};
  for (; *paths != NULL; paths++) save_path(s, *paths);
  save_end(s);
  assert_int_equal(s->at, have);
  assert_int_equal(have % NEWC_ALIGN, 0);
  struct taproot *t = taproot_start(NULL);
  assert_non_null(t);
  int rc = taproot_unpack(t, archive, have, NULL, &flaw);
  if (rc != 0) print_error("%s\n", flaw.text);
  assert_int_equal(rc, 0);
  return t;
}

static void expect(struct taproot *t, const char *path, const char *want) {
  char got[64];
  int fd = taproot_open(t, path, O_RDONLY, 0);
  assert_true(fd >= 0);
  assert_int_equal(taproot_read(t, fd, got, sizeof got), strlen(want));
  assert_memory_equal(got, want, strlen(want));
  assert_int_equal(taproot_close(t, fd), 0);
}

static bool is_there(struct taproot *t, const char *path) {
  struct taproot_stat st;
  return taproot_lstat(t, path, &st) == 0;
}

static void a_tree_comes_out_as_it_is(void **state) {
  struct taproot_stat a, b;
  char target[8];
  assert_int_equal(vc_mkdir(AT_FDCWD, "d", 01750), 0);
  assert_int_equal(vc_mkdir(AT_FDCWD, "d/e", 0700), 0);
  text("d/one", "content");
  text("empty", "");
  assert_int_equal(vc_link(AT_FDCWD, "d/one", AT_FDCWD, "d/e/two", 0), 0);
  assert_int_equal(vfs_symlink(&r.vfs, &r.cred, vc_cwd, "s", "d/one"), 0);
  assert_int_equal(vfs_mknod(&r.vfs, &r.cred, vc_cwd, "fifo", MODE_FIFO | 0604, 0, 0), 0);
  assert_int_equal(vfs_mknod(&r.vfs, &r.cred, vc_cwd, "tty", MODE_CHR | 0620, 4, 65), 0);
  assert_int_equal(vfs_mknod(&r.vfs, &r.cred, vc_cwd, "skipped", MODE_CHR | 0620, 4, 65), 0);
  struct taproot *t = saved((const char *[]){"/", NULL});
  assert_string_equal(told, "");
  assert_int_equal(s->entries, 9); /* with the root and both names of a file */
  expect(t, "d/one", "content");
  expect(t, "d/e/two", "content");
  expect(t, "empty", "");
  assert_int_equal(taproot_stat(t, "d/one", &a), 0);
  assert_int_equal(taproot_stat(t, "d/e/two", &b), 0);
  assert_int_equal(a.ino, b.ino);
  assert_int_equal(a.nlink, 2);
  assert_int_equal(a.mode, S_IFREG | 0640);
  assert_int_equal(taproot_stat(t, "d", &a), 0);
  assert_int_equal(a.mode, S_IFDIR | 01750);
  assert_int_equal(taproot_readlink(t, "s", target, sizeof target), 5);
  assert_memory_equal(target, "d/one", 5);
  assert_int_equal(taproot_stat(t, "tty", &a), 0);
  assert_int_equal(a.rdev_major * 1000 + a.rdev_minor, 4065);
  assert_int_equal(taproot_stat(t, "fifo", &a), 0);
  assert_int_equal(a.mode, S_IFIFO | 0604);
  assert_false(is_there(t, "skipped"));
  taproot_stop(t);
}

static void holes_are_zeros(void **state) {
  enum { END = 3 << 20 };
  char got[8];
  int fd = vc_open(AT_FDCWD, "sparse", O_CREAT | O_RDWR, 0600);
  assert_int_equal(vc_pwrite(fd, "x", 1, 1 << 20), 1);
  assert_int_equal(vc_ftruncate(fd, END), 0);
  vc_close(fd);
  struct taproot *t = saved((const char *[]){"/", NULL});
  struct taproot_stat st;
  assert_int_equal(taproot_stat(t, "sparse", &st), 0);
  assert_int_equal(st.size, END);
  fd = taproot_open(t, "sparse", O_RDONLY, 0);
  assert_int_equal(taproot_pread(t, fd, got, 3, (1 << 20) - 1), 3);
  assert_memory_equal(got, "\0x\0", 3);
  taproot_stop(t);
}

static void paths_alone_with_what_is_on_the_way(void **state) {
  assert_int_equal(vc_mkdir(AT_FDCWD, "var", 0711), 0);
  assert_int_equal(vc_mkdir(AT_FDCWD, "var/out", 0755), 0);
  text("var/out/a", "a");
  text("var/out/b", "b");
  text("var/beside", "no");
  text("also", "yes");
  text("not", "no");
  struct taproot *t =
      saved((const char *[]){"/var/out/a", "/var/out", "/var/out", "/also", "/gone/x", "/also/x", NULL});
  struct taproot_stat st;
  assert_string_equal(told, "gone: not there\nalso/x: not there\n");
  assert_int_equal(s->left_out, 2);
  assert_int_equal(s->entries, 6); /* . var var/out var/out/a var/out/b also: each once */
  expect(t, "var/out/a", "a");
  expect(t, "var/out/b", "b");
  expect(t, "also", "yes");
  assert_int_equal(taproot_stat(t, "var", &st), 0);
  assert_int_equal(st.mode & 0777, 0711);
  assert_false(is_there(t, "var/beside"));
  assert_false(is_there(t, "not"));
  taproot_stop(t);
}

static void set_mtime(const char *path, int64_t seconds) {
  struct inode *i;
  assert_int_equal(vfs_resolve(&r.vfs, &r.cred, vc_cwd, path, VFS_NO_FOLLOW, &i), 0);
  i->mtime.s = seconds;
  fs_let_go(i);
}

static void what_newc_cannot_hold_is_told(void **state) {
  text("TRAILER!!!", "not the end");
  assert_int_equal(vfs_mknod(&r.vfs, &r.cred, vc_cwd, "socket", MODE_SOCK | 0600, 0, 0), 0);
  text("early", "");
  set_mtime("early", -1);
  text("late", "");
  set_mtime("late", (int64_t)UINT32_MAX + 1);
  text("last", "fits");
  set_mtime("last", UINT32_MAX);
  int fd = vc_open(AT_FDCWD, "large", O_CREAT | O_RDWR, 0600);
  assert_int_equal(vc_ftruncate(fd, (int64_t)UINT32_MAX + 1), 0);
  vc_close(fd);
  struct inode *i;
  text("attributes", "fits");
  assert_int_equal(vfs_resolve(&r.vfs, &r.cred, vc_cwd, "attributes", VFS_NO_FOLLOW, &i), 0);
  assert_int_equal(i->fs->ops->xattr_set(i, "user.x", 6, "y", 1), 0);
  fs_let_go(i);
  text("taken", "");
  assert_int_equal(vfs_resolve(&r.vfs, &r.cred, vc_cwd, "taken", VFS_NO_FOLLOW, &i), 0);
  assert_int_equal(i->fs->ops->xattr_set(i, "user.x", 6, "yes", 3), 0);
  assert_int_equal(i->fs->ops->xattr_set(i, "user.empty", 10, "", 0), 0);
  fs_let_go(i);
  struct taproot *t = saved((const char *[]){"/", NULL});
  assert_int_equal(s->left_out, 6);
  assert_non_null(strstr(told, "user.x=yes\nuser.empty=\n"));
  assert_non_null(strstr(told, "attributes: its extended attributes"));
  expect(t, "attributes", "fits");
  assert_non_null(strstr(told, "TRAILER!!!: left out: this name"));
  assert_non_null(strstr(told, "socket: a socket is"));
  assert_non_null(strstr(told, "early: left out: its time"));
  assert_non_null(strstr(told, "late: left out: its time"));
  assert_non_null(strstr(told, "large: left out: 4 GiB"));
  expect(t, "last", "fits");
  taproot_stop(t);
}

/* Directories deeper than any path: no recursion, no byte written beyond the path, and the rest is saved. */
static void depth_has_no_limit_but_the_path(void **state) {
  enum { LEVELS = 2500, FIT = 2048 };
  struct inode *dir = fs_hold(vc_cwd), *next;
  for (int i = 0; i < LEVELS; i++) {
    assert_int_equal(vfs_mkdir(&r.vfs, &r.cred, dir, "d", 0755), 0);
    assert_int_equal(vfs_resolve(&r.vfs, &r.cred, dir, "d", VFS_NO_FOLLOW, &next), 0);
    fs_let_go(dir);
    dir = next;
  }
  fs_let_go(dir);
  text("z", "behind it");
  struct taproot *t = saved((const char *[]){"/", NULL});
  assert_int_equal(s->left_out, 1);
  assert_non_null(strstr(told, "path above 4095"));
  assert_int_equal(s->entries, FIT + 2);
  expect(t, "z", "behind it");
  taproot_stop(t);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(a_tree_comes_out_as_it_is, begin, end),
      cmocka_unit_test_setup_teardown(holes_are_zeros, begin, end),
      cmocka_unit_test_setup_teardown(paths_alone_with_what_is_on_the_way, begin, end),
      cmocka_unit_test_setup_teardown(what_newc_cannot_hold_is_told, begin, end),
      cmocka_unit_test_setup_teardown(depth_has_no_limit_but_the_path, begin, end),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
