/* tests/guest/files.c - what a file system must do, over fs.h: every result is printed and must be what Linux answers.
 *
 * Run on the host, in the machine and over libtaproot; the three outputs are compared line by line.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "fs.h"

#define SHOW(call) printf("%s = %ld\n", #call, (long)(call))

static void show_file(const char *path) {
  char bytes[256];
  int fd = fs_open(path, O_RDONLY, 0);
  long n = fd < 0 ? fd : fs_read(fd, bytes, sizeof bytes);
  printf("%s: %ld \"", path, n);
  for (long i = 0; i < n; i++) printf(bytes[i] >= ' ' && bytes[i] < 127 ? "%c" : "\\%03o", bytes[i] & 255);
  printf("\"\n");
  if (fd >= 0) fs_close(fd);
}

static void show_stat(const char *path) {
  struct fs_stat s;
  int rc = fs_lstat(path, &s);
  if (rc < 0)
    printf("lstat %s = %d\n", path, rc);
  else if ((s.mode & 0170000) == 0040000)
    printf("lstat %s: %o %u:%u\n", path, s.mode, s.uid, s.gid);
  else
    printf("lstat %s: %o nlink %u %u:%u size %lu\n", path, s.mode, s.nlink, s.uid, s.gid, (unsigned long)s.size);
}

static int put(const char *path, const char *text) {
  int fd = fs_open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
  if (fd < 0) return fd;
  long n = fs_write(fd, text, strlen(text));
  fs_close(fd);
  return (int)n;
}

static int opens(const char *path, int flags) {
  int fd = fs_open(path, flags, 0640);
  if (fd >= 0) fs_close(fd);
  return fd < 0 ? fd : 0;
}

static void test_open(void) {
  SHOW(opens("absent", O_RDONLY));
  SHOW(opens("absent/below", O_RDONLY | O_CREAT));
  SHOW(opens("new", O_RDWR | O_CREAT | O_EXCL));
  SHOW(opens("new", O_RDWR | O_CREAT | O_EXCL));
  show_stat("new");
  SHOW(opens("new/", O_RDONLY));
  SHOW(opens("new/below", O_RDONLY));
  SHOW(opens("new", O_RDONLY | O_DIRECTORY));
  SHOW(opens(".", O_RDONLY | O_DIRECTORY));
  SHOW(opens(".", O_WRONLY));
  SHOW(opens("made/", O_WRONLY | O_CREAT));
  SHOW(opens("", O_RDONLY));
  SHOW(opens("./././new", O_RDONLY));
  SHOW(fs_close(999));
}

static void test_bytes(void) {
  char got[16] = "";
  int fd = fs_open("bytes", O_RDWR | O_CREAT, 0600);
  SHOW(fs_write(fd, "0123456789", 10));
  SHOW(fs_seek(fd, -3, SEEK_CUR));
  SHOW(fs_read(fd, got, 16));
  SHOW(fs_read(fd, got, 16));
  SHOW(fs_pwrite(fd, "AB", 2, 4));
  SHOW(fs_pread(fd, got, 4, 3));
  printf("got %.4s\n", got);
  SHOW(fs_pread(fd, got, 4, 100));
  SHOW(fs_seek(fd, 0, SEEK_CUR));
  SHOW(fs_seek(fd, -11, SEEK_END));
  SHOW(fs_seek(fd, 5, SEEK_END));
  SHOW(fs_write(fd, "z", 1));
  show_file("bytes");
  SHOW(fs_ftruncate(fd, 3));
  SHOW(fs_ftruncate(fd, 6));
  show_file("bytes");
  SHOW(fs_truncate("bytes", 1));
  show_file("bytes");
  SHOW(fs_truncate(".", 1));
  SHOW(fs_close(fd));
  SHOW(fs_close(fd));
  SHOW(fs_read(fd, got, 1));
  SHOW(put("bytes", "short"));
  fd = fs_open("bytes", O_WRONLY | O_APPEND, 0);
  SHOW(fs_read(fd, got, 1));
  SHOW(fs_seek(fd, 0, SEEK_SET));
  SHOW(fs_write(fd, "+more", 5));
  fs_close(fd);
  show_file("bytes");
  fd = fs_open("bytes", O_RDONLY, 0);
  SHOW(fs_write(fd, "x", 1));
  SHOW(fs_ftruncate(fd, 0));
  fs_close(fd);
}

/* Sizes around a page, written and read in odd pieces. */
static void test_sizes(void) {
  static unsigned char out[70000], in[70001];
  for (size_t i = 0; i < sizeof out; i++) out[i] = (unsigned char)(i * 31 + i / 251);
  static const size_t sizes[] = {0, 1, 4095, 4096, 4097, 8191, 8192, 65535, 65536, 65537, 70000};
  for (size_t k = 0; k < sizeof sizes / sizeof sizes[0]; k++) {
    int fd = fs_open("sized", O_RDWR | O_CREAT | O_TRUNC, 0600);
    size_t done = 0;
    while (done < sizes[k]) {
      size_t n = sizes[k] - done < 1237 ? sizes[k] - done : 1237;
      long w = fs_write(fd, out + done, n);
      if (w <= 0) break;
      done += (size_t)w;
    }
    fs_seek(fd, 0, SEEK_SET);
    long n = fs_read(fd, in, sizeof in);
    printf("size %zu: wrote %zu, read %ld, %s\n", sizes[k], done, n, memcmp(in, out, done) ? "differs" : "equal");
    fs_close(fd);
  }
}

static void test_sparse(void) {
  char got[8];
  struct fs_stat s;
  int fd = fs_open("sparse", O_RDWR | O_CREAT, 0600);
  SHOW(fs_pwrite(fd, "end", 3, 5000000000));
  SHOW(fs_fstat(fd, &s));
  printf("size %lu\n", (unsigned long)s.size);
  memset(got, 'x', sizeof got);
  SHOW(fs_pread(fd, got, 8, 2500000000));
  printf("hole %s\n", memcmp(got, "\0\0\0\0\0\0\0", 8) ? "not zero" : "zero");
  SHOW(fs_pread(fd, got, 8, 5000000000));
  SHOW(fs_ftruncate(fd, 0));
  fs_close(fd);
}

static void test_directories(void) {
  SHOW(fs_mkdir("d", 0755));
  SHOW(fs_mkdir("d", 0755));
  SHOW(fs_mkdir("d/e/", 0700));
  SHOW(fs_mkdir("d/absent/f", 0700));
  SHOW(fs_mkdir(".", 0700));
  SHOW(fs_mkdir("d/..", 0700));
  SHOW(put("d/e/file", "text"));
  SHOW(fs_rmdir("d"));
  SHOW(fs_rmdir("d/e"));
  SHOW(fs_rmdir("d/e/file"));
  SHOW(fs_rmdir("d/e/."));
  SHOW(fs_rmdir("d/e/.."));
  SHOW(fs_unlink("d/e"));
  SHOW(fs_unlink("d/e/file/"));
  SHOW(fs_unlink("d/e/file"));
  SHOW(fs_unlink("d/e/file"));
  SHOW(fs_rmdir("d/e"));
  SHOW(fs_chdir("d"));
  SHOW(put("../up", "from below"));
  SHOW(fs_chdir("../up"));
  SHOW(fs_chdir(".."));
  show_file("up");
  SHOW(fs_rmdir("d"));
  SHOW(fs_rmdir("d"));
}

static void test_rename(void) {
  put("a", "aaa"), put("b", "bb");
  fs_mkdir("da", 0755), fs_mkdir("db", 0755), put("db/inside", "i");
  SHOW(fs_rename("absent", "x"));
  SHOW(fs_rename("a", "b"));
  show_file("b");
  SHOW(fs_rename("a", "c"));
  SHOW(fs_rename("b", "da"));
  SHOW(fs_rename("da", "b"));
  SHOW(fs_rename("da", "db"));
  SHOW(fs_rename("db", "da"));
  show_file("da/inside");
  SHOW(fs_rename("da", "da/deeper"));
  SHOW(fs_rename("da", "da"));
  SHOW(fs_rename("da/inside", "outside"));
  SHOW(fs_rename("outside", "outside/"));
  SHOW(fs_rename("da", "moved/"));
  SHOW(fs_rename("moved/.", "x"));
  SHOW(fs_rename("b", "absent/x"));
  SHOW(fs_link("b", "b2"));
  SHOW(fs_rename("b", "b2"));
  show_stat("b");
  SHOW(fs_rmdir("moved"));
}

static void test_links(void) {
  struct fs_stat one, two;
  put("l1", "linked");
  SHOW(fs_link("l1", "l2"));
  SHOW(fs_link("l1", "l2"));
  SHOW(fs_link("absent", "l3"));
  SHOW(fs_link(".", "l3"));
  show_stat("l1");
  SHOW(fs_stat("l1", &one));
  SHOW(fs_stat("l2", &two));
  printf("%s inode\n", one.ino == two.ino ? "one" : "another");
  SHOW(fs_unlink("l1"));
  show_stat("l2");
  show_file("l2");
  int fd = fs_open("l2", O_RDWR, 0);
  SHOW(fs_unlink("l2"));
  char got[8];
  SHOW(fs_read(fd, got, 8));
  SHOW(fs_write(fd, "still", 5));
  SHOW(fs_fstat(fd, &one));
  printf("nlink %u size %lu\n", one.nlink, (unsigned long)one.size);
  SHOW(fs_close(fd));
}

static void test_symlinks(void) {
  char got[300] = "";
  put("target", "through");
  SHOW(fs_symlink("target", "s"));
  SHOW(fs_symlink("target", "s"));
  SHOW(fs_symlink("", "empty"));
  show_stat("s");
  show_file("s");
  SHOW(fs_readlink("s", got, 3));
  SHOW(fs_readlink("target", got, 3));
  SHOW(opens("s", O_RDONLY | O_NOFOLLOW));
  SHOW(opens("s", O_RDWR | O_CREAT | O_EXCL));
  SHOW(fs_symlink("nowhere", "dangling"));
  SHOW(opens("dangling", O_RDONLY));
  SHOW(opens("dangling", O_RDWR | O_CREAT));
  show_stat("nowhere");
  SHOW(fs_symlink("loop2", "loop1"));
  SHOW(fs_symlink("loop1", "loop2"));
  SHOW(opens("loop1", O_RDONLY));
  SHOW(fs_unlink("loop1"));
  fs_mkdir("sd", 0755);
  SHOW(fs_symlink("sd", "sl"));
  SHOW(fs_mkdir("sl/inner", 0755));
  SHOW(fs_rmdir("sl"));
  SHOW(fs_unlink("sl/"));
  show_stat("sl");
  show_stat("sl/");
  SHOW(fs_link("s", "s-link"));
  show_stat("s-link");
  char name[8] = "c0", target[8] = "target";
  for (int i = 0; i < 42; i++) {
    snprintf(name, sizeof name, "c%d", i);
    fs_symlink(target, name);
    snprintf(target, sizeof target, "c%d", i);
  }
  SHOW(opens("c39", O_RDONLY));
  SHOW(opens("c40", O_RDONLY));
}

static void test_names(void) {
  char name[4200];
  memset(name, 'n', sizeof name);
  name[255] = 0;
  printf("255 letters: %d\n", opens(name, O_RDWR | O_CREAT));
  show_stat(name + 255);
  name[255] = 'n', name[256] = 0;
  printf("256 letters: %d\n", opens(name, O_RDWR | O_CREAT));
  for (int i = 0; i < 4198; i += 2) memcpy(name + i, "./", 2);
  name[4092] = 0;
  memcpy(name + 4092, "up", 3);
  printf("4094 letters: %d\n", opens(name, O_RDONLY));
  memcpy(name + 4092, "././", 5);
  printf("4096 letters: %d\n", opens(name, O_RDONLY));
  SHOW(put("new\nline \\ \377", "odd"));
  show_file("new\nline \\ \377");
}

static void count_name(void *arg, const char *name) {
  unsigned *sum = arg;
  unsigned h = 5381;
  for (; *name; name++) h = h * 33 + (unsigned char)*name;
  *sum += h;
}

static void test_listing(void) {
  char name[32];
  unsigned sum = 0;
  fs_mkdir("many", 0755);
  for (int i = 0; i < 3000; i++) {
    snprintf(name, sizeof name, "many/file-%d", i * 7);
    put(name, "");
  }
  int n = fs_list("many", count_name, &sum);
  printf("listed %d, sum %u\n", n, sum);
  for (int i = 0; i < 3000; i += 2) {
    snprintf(name, sizeof name, "many/file-%d", i * 7);
    fs_unlink(name);
  }
  sum = 0;
  n = fs_list("many", count_name, &sum);
  printf("listed %d, sum %u\n", n, sum);
  SHOW(fs_list("many/file-7", count_name, &sum));
}

static void test_attributes(void) {
  struct fs_stat s;
  put("at", "x");
  SHOW(fs_chmod("at", 04751));
  show_stat("at");
  SHOW(fs_chown("at", 7, 8));
  show_stat("at");
  SHOW(fs_chmod("absent", 0644));
  SHOW(fs_utimes("at", 1234567890));
  SHOW(fs_stat("at", &s));
  printf("mtime %ld\n", (long)s.mtime);
  SHOW(fs_access("at", R_OK | W_OK));
  SHOW(fs_access("absent", F_OK));
  put("plain", "x");
  SHOW(fs_chmod("plain", 0600));
  SHOW(fs_access("plain", X_OK));
  unsigned old = fs_umask(027);
  SHOW(fs_mkdir("masked", 0777));
  show_stat("masked");
  SHOW(fs_umask(old));
  SHOW(fs_mkdir("sticky", 01777));
  show_stat("sticky");
}

int main(int argc, char **argv) {
  int rc = fs_begin(argc > 1 ? argv[1] : ".");
  if (rc < 0) return printf("cannot begin: %d\n", rc), 1;
  fs_umask(022);
  test_open();
  test_bytes();
  test_sizes();
  test_sparse();
  test_directories();
  test_rename();
  test_links();
  test_symlinks();
  test_names();
  test_listing();
  test_attributes();
  fs_end();
  return 0;
}
