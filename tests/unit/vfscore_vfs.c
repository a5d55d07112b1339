/* tests/unit/vfscore_vfs.c - what Linux's file calls do not show: mounts, devices, record locks, descriptors. */
#include "vfs_calls.h"

static struct rig r;

static int begin(void **state) {
  rig_start(&r, 16);
  vc_begin(&r);
  return 0;
}
static int end(void **state) {
  vc_end();
  rig_stop(&r);
  return 0;
}

static struct file *file_at(const char *path, int flags) {
  int fd = vc_open(AT_FDCWD, path, flags, 0644);
  assert_true(fd >= 0);
  return fds_get(vc_fds, fd);
}

static void mounts_are_crossed_both_ways(void **state) {
  struct inode *at;
  char path[64];
  struct calls_stat below, here;
  assert_int_equal(vc_mkdir(AT_FDCWD, "mnt", 0755), 0);
  assert_int_equal(vc_mkdir(AT_FDCWD, "mnt/hidden", 0755), 0);
  assert_int_equal(vfs_resolve(&r.vfs, &r.cred, vc_cwd, "/mnt", VFS_FOLLOW, &at), 0);
  struct fs *second = ramfs_make(&r.heap, vfs_now(&r.vfs));
  assert_int_equal(vfs_mount(&r.vfs, second, NULL), ERR_INVAL);
  assert_int_equal(vfs_mount(&r.vfs, second, at), 0);
  fs_let_go(at);
  assert_int_equal(vc_stat(AT_FDCWD, "mnt/hidden", 0, &here), ERR_NOENT);
  assert_int_equal(vc_mkdir(AT_FDCWD, "mnt/dir", 0755), 0);
  assert_int_equal(vc_open(AT_FDCWD, "mnt/dir/file", O_CREAT | O_RDWR, 0600), 0);
  assert_int_equal(vc_rename(AT_FDCWD, "mnt/dir/file", AT_FDCWD, "file", 0), ERR_XDEV);
  assert_int_equal(vc_link(AT_FDCWD, "mnt/dir/file", AT_FDCWD, "file", 0), ERR_XDEV);
  assert_int_equal(vc_unlink(AT_FDCWD, "mnt", AT_REMOVEDIR), ERR_BUSY);
  assert_int_equal(vc_rename(AT_FDCWD, "mnt", AT_FDCWD, "other", 0), ERR_BUSY);
  assert_int_equal(vc_chdir("mnt/dir"), 0);
  assert_int_equal(vc_getcwd(path, sizeof path), 9);
  assert_string_equal(path, "/mnt/dir");
  assert_int_equal(vc_getcwd(path, 8), ERR_RANGE);
  assert_int_equal(vc_stat(AT_FDCWD, "../..", 0, &below), 0);
  assert_int_equal(vc_stat(AT_FDCWD, "/", 0, &here), 0);
  assert_true(below.ino == here.ino && here.nlink == 3);
  assert_int_equal(vc_stat(AT_FDCWD, "../../../../mnt/./dir/../dir/file", 0, &below), 0);
  assert_int_equal(vc_chdir("/"), 0);
  assert_int_equal(vc_getcwd(path, 2), 2);
  assert_int_equal(vc_getcwd(path, 1), ERR_RANGE);
}

static void devices_answer_as_theirs(void **state) {
  static const char *const names[] = {"null", "zero", "full", "random", "urandom"};
  static const unsigned minors[] = {3, 5, 7, 8, 9};
  char got[300];
  for (int i = 0; i < 5; i++) {
    assert_int_equal(vc_mknod(AT_FDCWD, names[i], S_IFCHR | 0666, 1, minors[i]), 0);
    int fd = vc_open(AT_FDCWD, names[i], O_RDWR, 0);
    memset(got, 'x', sizeof got);
    assert_int_equal(vc_read(fd, got, sizeof got), i == 0 ? 0 : (int)sizeof got);
    char want = i == 0 ? 'x' : i < 3 ? 0 : 0x5a;
    for (size_t k = 0; k < sizeof got; k++) assert_int_equal(got[k], want);
    assert_int_equal(vc_write(fd, got, 10), i == 2 ? ERR_NOSPC : 10);
    assert_int_equal(vc_seek(fd, 100, SEEK_SET), 0);
    assert_int_equal(vc_pread(fd, got, 1, 5), i != 0);
    assert_int_equal(file_poll(fds_get(vc_fds, fd)), VFS_IN | VFS_OUT);
    assert_int_equal(vc_ftruncate(fd, 0), ERR_INVAL);
  }
  assert_int_equal(vc_mknod(AT_FDCWD, "unknown", S_IFCHR | 0666, 99, 1), 0);
  assert_int_equal(vc_open(AT_FDCWD, "unknown", O_RDWR, 0), ERR_NXIO);
  assert_int_equal(vfs_device(&r.vfs, &r.vfs.std[0]), ERR_EXIST);
  struct file *f;
  static const struct device console = {.major = 5, .minor = 1, .name = "console", .terminal = true};
  assert_int_equal(vfs_open_device(&r.vfs, &console, VFS_RDWR, &f), 0);
  assert_int_equal(file_seek(f, 0, VFS_SEEK_CUR), ERR_SPIPE);
  assert_true(f->inode->nlink == 0 && f->inode->rdev_major == 5);
  file_close(f);
}

static int lock(struct file *f, int type, uint64_t start, uint64_t end_, uint64_t owner) {
  return file_lock_set(f, &(struct vfs_lock){type, start, end_, owner});
}
static int locks_on(const struct file *f) {
  int n = 0;
  const struct extra *e = f->inode->extra;
  struct {
    void *next;
  } const *l = e ? (const void *)e->locks : NULL;
  for (; l; l = l->next) n++;
  return n;
}

static void locks_split_join_and_conflict(void **state) {
  struct file *f = file_at("f", O_RDWR | O_CREAT), *ro = file_at("f", O_RDONLY);
  struct vfs_lock t = {1, 0, UINT64_MAX, 2};
  assert_int_equal(lock(f, 1, 0, 100, 1), 0);
  assert_int_equal(lock(f, 1, 100, 200, 1), 0);
  assert_int_equal(locks_on(f), 1);
  assert_int_equal(lock(f, 2, 50, 60, 1), 0);
  assert_int_equal(locks_on(f), 2);
  assert_int_equal(lock(f, 1, 55, 56, 2), 0);
  assert_int_equal(lock(f, 0, 0, 1, 2), ERR_AGAIN);
  assert_int_equal(lock(f, 1, 50, 60, 1), ERR_AGAIN);
  assert_int_equal(lock(f, 0, 60, 200, 1), 0); /* downgraded in place */
  assert_int_equal(lock(f, 0, 150, 160, 2), 0);
  assert_int_equal(lock(f, 1, 150, 160, 1), ERR_AGAIN);
  assert_int_equal(file_lock_test(f, &t), 0);
  assert_true(t.type != 2 && t.owner == 1);
  t = (struct vfs_lock){1, 300, 400, 2};
  assert_int_equal(file_lock_test(f, &t), 0);
  assert_int_equal(t.type, 2);
  assert_int_equal(lock(f, 0, 5, 5, 1), ERR_INVAL);
  assert_int_equal(lock(ro, 1, 0, 1, 3), ERR_BADF);
  f->lock_owner = 1, ro->lock_owner = 2;
  assert_int_equal(vc_close(0), 0);                           /* any close of the file releases the owner's */
  assert_int_equal(lock(ro, 0, 0, UINT64_MAX, 3), ERR_AGAIN); /* owner 2 still writes 55 */
  assert_int_equal(lock(ro, 2, 0, UINT64_MAX, 2), 0);
  assert_null(ro->inode->extra);
}

static void descriptors_are_the_lowest(void **state) {
  int fd[VFS_FILES];
  for (int i = 0; i < VFS_FILES; i++) assert_int_equal(fd[i] = vc_open(AT_FDCWD, "/", O_RDONLY | O_CLOEXEC, 0), i);
  assert_int_equal(vc_open(AT_FDCWD, "/", O_RDONLY, 0), ERR_MFILE);
  assert_int_equal(r.vfs.files, VFS_FILES);
  for (int i = 0; i < VFS_FILES; i += 63) assert_int_equal(vc_close(i), 0);
  assert_int_equal(vc_close(63), ERR_BADF);
  assert_int_equal(fds_add(vc_fds, file_hold(fds_get(vc_fds, 1)), 64, false), 126);
  assert_int_equal(vc_dup2(1, 0), 0);
  assert_int_equal(vc_dup2(1, 2), 2);
  assert_int_equal(vc_dup2(1, VFS_FILES), ERR_BADF);
  file_close(fds_get(vc_fds, 1)); /* fds_put refused: its reference came back */
  assert_int_equal(fds_cloexec(vc_fds, 2, -1), 0);
  assert_int_equal(fds_cloexec(vc_fds, 3, 0), 1);
  assert_int_equal(fds_cloexec(vc_fds, 63, 0), ERR_BADF);
  fds_exec(vc_fds);
  assert_non_null(fds_get(vc_fds, 3));
  assert_null(fds_get(vc_fds, 4));
  assert_int_equal(r.vfs.files, 2);
  fds_limit(vc_fds, 1);
  assert_int_equal(vc_open(AT_FDCWD, "/", O_RDONLY, 0), ERR_MFILE);
  assert_null(fds_get(vc_fds, -1));
}

/* A table grows to whatever number is asked for, or says that it cannot. */
static void descriptors_by_thousands(void **state) {
  struct file *f = file_at("/", O_RDONLY);
  fds_limit(vc_fds, VFS_FILES_MOST + 1);
  pages_refuse(&r.ps, 1);
  assert_int_equal(fds_put(vc_fds, f, VFS_FILES_MOST - 1, true), ERR_NOMEM);
  assert_int_equal(f->refs, 1);
  assert_int_equal(fds_put(vc_fds, file_hold(f), VFS_FILES_MOST - 1, true), VFS_FILES_MOST - 1);
  assert_int_equal(fds_put(vc_fds, f, VFS_FILES_MOST, true), ERR_BADF);
  assert_int_equal(fds_add(vc_fds, f, VFS_FILES_MOST, true), ERR_MFILE);
  for (int i = 1; i < 5000; i++) assert_int_equal(fds_add(vc_fds, file_hold(f), 0, i % 2), i);
  assert_int_equal(fds_add(vc_fds, file_hold(f), 30000, false), 30000);
  fds_exec(vc_fds);
  assert_null(fds_get(vc_fds, VFS_FILES_MOST - 1));
  assert_null(fds_get(vc_fds, 4999));
  assert_ptr_equal(fds_get(vc_fds, 4998), f);
  assert_ptr_equal(fds_get(vc_fds, 30000), f);
  assert_int_equal(fds_add(vc_fds, file_hold(f), 0, false), 1);
  assert_int_equal(f->refs, 1 + 2499 + 2);
}

static void pipes_tell_what_they_can(void **state) {
  int ends[2];
  char byte[PAGE] = {0};
  assert_int_equal(vc_pipe(ends, 0), 0);
  struct file *in = fds_get(vc_fds, ends[0]), *out = fds_get(vc_fds, ends[1]);
  assert_int_equal(file_poll(in), 0);
  assert_int_equal(file_poll(out), VFS_OUT);
  for (int i = 0; i < 16; i++) assert_int_equal(vc_write(ends[1], byte, PAGE), PAGE);
  assert_int_equal(file_poll(out), 0);
  assert_int_equal(file_poll(in), VFS_IN);
  assert_int_equal(vc_read(ends[0], byte, 100), 100);
  assert_int_equal(vc_write(ends[1], byte, 101), ERR_AGAIN); /* whole or not at all */
  assert_int_equal(vc_write(ends[1], byte, 100), 100);
  assert_int_equal(vc_close(ends[0]), 0);
  assert_int_equal(file_poll(out), VFS_ERR);
  assert_int_equal(vc_write(ends[1], byte, 1), ERR_PIPE);
  assert_int_equal(vc_mknod(AT_FDCWD, "fifo", S_IFIFO | 0600, 0, 0), 0);
  assert_int_equal(vc_open(AT_FDCWD, "fifo", O_RDONLY, 0), ERR_AGAIN); /* would wait for a writer */
  int fd = vc_open(AT_FDCWD, "fifo", O_RDONLY | O_NONBLOCK, 0);
  assert_int_equal(file_poll(fds_get(vc_fds, fd)), 0); /* nobody has come yet */
  /* bytes of a file go into a pipe without a buffer */
  int f = vc_open(AT_FDCWD, "f", O_RDWR | O_CREAT, 0600), w = vc_open(AT_FDCWD, "fifo", O_WRONLY, 0);
  assert_int_equal(vc_pwrite(f, "end", 3, 5000), 3);
  int64_t from = 4000;
  assert_int_equal(file_copy(fds_get(vc_fds, w), NULL, fds_get(vc_fds, f), (uint64_t *)&from, 1 << 20), 1003);
  assert_int_equal(vc_read(fd, byte, sizeof byte), 1003);
  assert_memory_equal(byte + 999, "\0end", 4);
  assert_int_equal(vc_close(w), 0);
  assert_int_equal(file_poll(fds_get(vc_fds, fd)), VFS_HUP);
}

/* A full pipe whose first and last bytes share a page of the ring. */
static void pipes_go_round(void **state) {
  static uint8_t in[17 * PAGE], out[17 * PAGE];
  int ends[2];
  assert_int_equal(vc_pipe(ends, O_NONBLOCK), 0);
  for (unsigned i = 0; i < sizeof in; i++) in[i] = (uint8_t)(i * 7 + i / PAGE);
  for (unsigned skew = 1; skew < 3 * PAGE; skew += 1000) {
    assert_int_equal(vc_write(ends[1], in, skew), skew);
    assert_int_equal(vc_read(ends[0], out, skew), skew);
    assert_int_equal(vc_write(ends[1], in, sizeof in), 16 * PAGE);
    assert_int_equal(vc_read(ends[0], out, sizeof out), 16 * PAGE);
    assert_memory_equal(in, out, 16 * PAGE);
    assert_int_equal(file_waiting(fds_get(vc_fds, ends[0])), 0);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test_setup_teardown(pipes_go_round, begin, end),
                                     cmocka_unit_test_setup_teardown(mounts_are_crossed_both_ways, begin, end),
                                     cmocka_unit_test_setup_teardown(devices_answer_as_theirs, begin, end),
                                     cmocka_unit_test_setup_teardown(locks_split_join_and_conflict, begin, end),
                                     cmocka_unit_test_setup_teardown(descriptors_are_the_lowest, begin, end),
                                     cmocka_unit_test_setup_teardown(descriptors_by_thousands, begin, end),
                                     cmocka_unit_test_setup_teardown(pipes_tell_what_they_can, begin, end)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
