/* tests/guest/scenario.c - what Linux answers, call by call: errors, permissions, *at calls, holes, times.
 *
 * Nothing here knows the right answers: the same text runs over Linux and over what is tested, and the lines are
 * compared.  Descriptors are shown as 0, inode numbers and times only by how they compare.
 */
#include "calls.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define HERE       AT_FDCWD
#define SHOW(call) fprintf(out, "%s = %ld\n", #call, (long)(call))

static int opens(const struct calls *k, int dir, const char *path, int flags) {
  int fd = k->open(dir, path, flags, 0644);
  if (fd >= 0) k->close(fd);
  return fd < 0 ? fd : 0;
}

static int put(const struct calls *k, const char *path, const char *text) {
  int fd = k->open(HERE, path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
  if (fd < 0) return fd;
  long n = k->write(fd, text, strlen(text));
  k->close(fd);
  return (int)n;
}

static void show(const struct calls *k, FILE *out, const char *path) {
  struct calls_stat s;
  int rc = k->stat(HERE, path, AT_SYMLINK_NOFOLLOW, &s);
  if (rc < 0)
    fprintf(out, "%s: %d\n", path, rc);
  else
    fprintf(out, "%s: %o %u:%u links %lu size %ld blocks %ld\n", path, s.mode, s.uid, s.gid, (unsigned long)s.nlink,
            S_ISDIR(s.mode) ? 0 : (long)s.size, S_ISDIR(s.mode) ? 0 : (long)s.blocks);
}

static void show_bytes(const struct calls *k, FILE *out, const char *path) {
  char bytes[64];
  int fd = k->open(HERE, path, O_RDONLY, 0);
  long n = fd < 0 ? fd : k->read(fd, bytes, sizeof bytes);
  fprintf(out, "%s: %ld \"%.*s\"\n", path, n, n > 0 ? (int)n : 0, bytes);
  if (fd >= 0) k->close(fd);
}

static void test_open_flags(const struct calls *k, FILE *out) {
  put(k, "plain", "text");
  k->mkdir(HERE, "dir", 0755);
  k->symlink("plain", HERE, "to-plain");
  k->symlink("dir", HERE, "to-dir");
  k->symlink("nowhere", HERE, "to-nowhere");
  k->symlink("dir/", HERE, "to-dir-slash");
  k->symlink("made-by-link/", HERE, "to-made-slash");
  k->symlink("/", HERE, "to-root");
  static const char *const paths[] = {"plain",        "plain/",        "dir",     "dir/",       "to-plain",
                                      "to-plain/",    "to-dir",        "to-dir/", "to-nowhere", "to-nowhere/",
                                      "to-root",      "to-root/",      ".",       "./",         "..",
                                      "dir/..",       "dir/.",         "absent/", "plain/..",   "plain/.",
                                      "to-dir-slash", "to-made-slash", "",        "//",         "dir/x/y",
                                      "to-plain/x",   "absent/../x"};
  static const int flags[] = {O_RDONLY,
                              O_WRONLY,
                              O_RDWR,
                              O_RDONLY | O_CREAT | O_EXCL,
                              O_RDONLY | O_DIRECTORY,
                              O_RDONLY | O_NOFOLLOW,
                              O_RDONLY | O_NOFOLLOW | O_DIRECTORY,
                              O_PATH,
                              O_PATH | O_NOFOLLOW,
                              O_PATH | O_DIRECTORY,
                              O_RDWR | O_TRUNC,
                              3};
  for (size_t p = 0; p < sizeof paths / sizeof paths[0]; p++)
    for (size_t f = 0; f < sizeof flags / sizeof flags[0]; f++) {
      fprintf(out, "open %s %o: %d\n", paths[p], flags[f], opens(k, HERE, paths[p], flags[f]));
      k->unlink(HERE, "nowhere", 0);
    }
  SHOW(opens(k, HERE, "to-nowhere", O_RDWR | O_CREAT));
  show(k, out, "nowhere");
  SHOW(opens(k, HERE, "plain", O_RDWR | O_CREAT));
  SHOW(opens(k, HERE, "dir", O_RDONLY | O_CREAT));
  SHOW(opens(k, HERE, "to-made-slash", O_RDONLY | O_CREAT));
  SHOW(opens(k, HERE, "dir/", O_RDONLY | O_CREAT));
  SHOW(opens(k, HERE, ".", O_RDONLY | O_CREAT));
  SHOW(opens(k, HERE, ".", O_RDONLY | O_CREAT | O_EXCL));
  SHOW(opens(k, 12345, "plain", O_RDONLY));
  SHOW(opens(k, HERE, ".", O_TMPFILE | O_RDONLY));
  SHOW(opens(k, HERE, "plain", O_TMPFILE | O_RDWR));
  SHOW(opens(k, HERE, "absent", O_TMPFILE | O_RDWR));
  int fd = k->open(HERE, "plain", O_PATH, 0);
  char c;
  struct calls_stat s;
  SHOW(k->read(fd, &c, 1));
  SHOW(k->write(fd, &c, 1));
  SHOW(k->pread(fd, &c, 1, 0));
  SHOW(k->seek(fd, 0, SEEK_SET));
  SHOW(k->ftruncate(fd, 0));
  SHOW(k->fstat(fd, &s));
  SHOW(opens(k, fd, "x", O_RDONLY));
  k->close(fd);
  fd = k->open(HERE, "plain", 3, 0);
  SHOW(k->read(fd, &c, 1));
  SHOW(k->write(fd, &c, 1));
  k->close(fd);
}

static void test_tmpfile(const struct calls *k, FILE *out) {
  struct calls_stat s;
  int fd = k->open(HERE, "dir", O_TMPFILE | O_RDWR, 0640);
  SHOW(k->write(fd, "loose", 5));
  SHOW(k->fstat(fd, &s));
  fprintf(out, "mode %o links %lu size %lu\n", s.mode, (unsigned long)s.nlink, (unsigned long)s.size);
  SHOW(k->link(fd, "", HERE, "bound", AT_EMPTY_PATH));
  show_bytes(k, out, "bound");
  show(k, out, "bound");
  SHOW(k->unlink(HERE, "bound", 0));
  SHOW(k->link(fd, "", HERE, "bound", AT_EMPTY_PATH));
  k->close(fd);
  fd = k->open(HERE, "dir", O_TMPFILE | O_RDWR | O_EXCL, 0640);
  SHOW(k->link(fd, "", HERE, "bound", AT_EMPTY_PATH));
  k->close(fd);
}

static void test_at(const struct calls *k, FILE *out) {
  char got[64];
  int dir, file;
  k->mkdir(HERE, "at", 0755);
  dir = k->open(HERE, "at", O_RDONLY | O_DIRECTORY, 0);
  SHOW(k->mkdir(dir, "one", 0700));
  SHOW(k->mknod(dir, "fifo", S_IFIFO | 0666, 0, 0));
  SHOW(k->mknod(dir, "null", S_IFCHR | 0666, 1, 3));
  SHOW(k->mknod(dir, "block", S_IFBLK | 0600, 7, 300));
  SHOW(k->mknod(dir, "sock", S_IFSOCK | 0600, 0, 0));
  SHOW(k->mknod(dir, "typeless", 0600, 0, 0));
  SHOW(k->mknod(dir, "directory", S_IFDIR | 0600, 0, 0));
  SHOW(k->mknod(dir, "link", S_IFLNK | 0600, 0, 0));
  SHOW(k->mknod(dir, "slash/", S_IFREG | 0600, 0, 0));
  SHOW(opens(k, dir, "sock", O_RDONLY));
  SHOW(opens(k, dir, "null", O_RDWR));
  SHOW(k->symlink("one/two", dir, "link"));
  SHOW(k->symlink("x", dir, "link2/"));
  SHOW(k->readlink(dir, "link", got, sizeof got));
  SHOW(k->readlink(dir, "link", got, 2));
  SHOW(k->readlink(dir, "one", got, 2));
  SHOW(k->readlink(dir, "link", got, 0));
  SHOW(opens(k, dir, "link", O_RDWR | O_CREAT));
  show(k, out, "at/one/two");
  SHOW(k->link(dir, "link", dir, "hard", 0));
  SHOW(k->link(dir, "link", dir, "soft", AT_SYMLINK_FOLLOW));
  SHOW(k->link(dir, "one", dir, "hard-dir", 0));
  show(k, out, "at/hard");
  show(k, out, "at/soft");
  show(k, out, "at/null");
  show(k, out, "at/block");
  show(k, out, "at/fifo");
  SHOW(k->rename(dir, "soft", HERE, "moved", 0));
  SHOW(k->rename(HERE, "moved", dir, "soft", 1));
  SHOW(k->rename(dir, "soft", dir, "hard", 1));
  SHOW(k->rename(dir, "soft", dir, "one", 2));
  SHOW(k->rename(dir, "soft", dir, "none", 2));
  SHOW(k->rename(dir, "soft", dir, "one", 3));
  SHOW(k->rename(dir, "soft", dir, "one", 64));
  show(k, out, "at/soft");
  show(k, out, "at/one");
  SHOW(k->unlink(dir, "soft", 0));
  SHOW(k->unlink(dir, "soft", AT_REMOVEDIR));
  SHOW(k->unlink(dir, "one", AT_REMOVEDIR));
  SHOW(k->chmod(dir, "one", 0600));
  SHOW(k->access(dir, "one", X_OK, 0));
  SHOW(k->access(dir, "one", R_OK | W_OK, AT_EACCESS));
  file = k->open(dir, "one", O_RDONLY, 0);
  SHOW(opens(k, file, "below", O_RDONLY));
  SHOW(k->mkdir(file, "below", 0700));
  struct calls_stat s;
  SHOW(k->stat(file, "", AT_EMPTY_PATH, &s));
  SHOW(k->stat(file, "", 0, &s));
  SHOW(k->fchdir(file));
  SHOW(k->fchdir(dir));
  SHOW(opens(k, HERE, "one", O_RDONLY));
  SHOW(k->chdir(".."));
  k->close(file);
  k->close(dir);
}

static void test_dead_directory(const struct calls *k, FILE *out) {
  char got[300];
  k->mkdir(HERE, "doomed", 0755);
  k->mkdir(HERE, "doomed/inner", 0755);
  SHOW(k->chdir("doomed/inner"));
  SHOW(k->unlink(HERE, "../../doomed/inner", AT_REMOVEDIR));
  SHOW(k->unlink(HERE, "../../doomed", AT_REMOVEDIR));
  SHOW(k->mkdir(HERE, "x", 0755));
  SHOW(opens(k, HERE, "x", O_RDWR | O_CREAT));
  SHOW(opens(k, HERE, ".", O_RDONLY));
  SHOW(opens(k, HERE, "x", O_RDONLY));
  SHOW(k->getcwd(got, sizeof got));
  SHOW(k->symlink("x", HERE, "y"));
  int fd = k->open(HERE, ".", O_RDONLY, 0);
  SHOW(k->list(fd, 4096, NULL, NULL));
  struct calls_stat s;
  SHOW(k->fstat(fd, &s));
  SHOW((long)s.nlink);
  k->close(fd);
  SHOW(k->chdir("../.."));
  SHOW(k->access(HERE, "plain", R_OK, 0));
}

static void test_rename_errors(const struct calls *k, FILE *out) {
  static const char *const path[] = {"r/f",  "r/g",   "r/f/", "r/hard", "r/d",   "r/d/",   "r/full", "r/full/in",
                                     "r/ln", "r/ln/", "r/no", "r/no/",  "r/d/.", "r/d/..", "/",      "r/full/in/deep"};
  const size_t n = sizeof path / sizeof path[0];
  for (unsigned flags = 0; flags < 3; flags++)
    for (size_t a = 0; a < n; a++)
      for (size_t b = 0; b < n; b++) {
        k->mkdir(HERE, "r", 0755), k->mkdir(HERE, "r/d", 0755), k->mkdir(HERE, "r/full", 0755);
        k->mkdir(HERE, "r/full/in", 0755), put(k, "r/f", "f"), put(k, "r/g", "g");
        k->link(HERE, "r/f", HERE, "r/hard", 0), k->symlink("d", HERE, "r/ln");
        struct calls_stat s, t;
        int rc = k->rename(HERE, path[a], HERE, path[b], flags);
        fprintf(out, "rename %s %s %u: %d", path[a], path[b], flags, rc);
        k->stat(HERE, "r", 0, &s);
        fprintf(out, " links %lu full %d", (unsigned long)s.nlink, k->stat(HERE, "r/full", 0, &t));
        k->stat(HERE, "r/full", 0, &t);
        fprintf(out, " %lu\n", (unsigned long)t.nlink);
        static const char *const all[] = {"r/f",       "r/g",   "r/hard", "r/ln", "r/no", "r/d", "r/full/in/deep",
                                          "r/full/in", "r/full"};
        for (int round = 0; round < 2; round++)
          for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
            if (k->unlink(HERE, all[i], 0) == -21) {
              static const char *const in[] = {"f", "g", "d", "in", "full", "no", "ln", "hard"};
              char name[64];
              for (size_t j = 0; j < 8; j++) {
                snprintf(name, sizeof name, "%s/%s", all[i], in[j]);
                if (k->unlink(HERE, name, 0)) k->unlink(HERE, name, AT_REMOVEDIR);
              }
              k->unlink(HERE, all[i], AT_REMOVEDIR);
            }
        k->unlink(HERE, "r", AT_REMOVEDIR);
      }
}

static void test_holes(const struct calls *k, FILE *out) {
  int fd = k->open(HERE, "holes", O_RDWR | O_CREAT, 0600);
  SHOW(k->seek(fd, 0, SEEK_DATA));
  SHOW(k->seek(fd, 0, SEEK_HOLE));
  SHOW(k->pwrite(fd, "a", 1, 4096 * 10));
  SHOW(k->pwrite(fd, "b", 1, 4096 * 300 + 7));
  SHOW(k->ftruncate(fd, 4096 * 400 + 1));
  show(k, out, "holes");
  static const int64_t at[] = {0,       1,       40960,   40961,   45055,   45056,   50000,
                               1228800, 1228807, 1232896, 1638400, 1638401, 1638402, -1};
  for (size_t i = 0; i < sizeof at / sizeof at[0]; i++)
    fprintf(out, "from %ld: data %ld hole %ld\n", (long)at[i], k->seek(fd, at[i], SEEK_DATA),
            k->seek(fd, at[i], SEEK_HOLE));
  SHOW(k->fallocate(fd, 3, 40960, 4096));
  SHOW(k->seek(fd, 0, SEEK_DATA));
  SHOW(k->fallocate(fd, 3, 100, 4096 * 1000));
  show(k, out, "holes");
  SHOW(k->fallocate(fd, 1, 0, 20000));
  SHOW(k->fallocate(fd, 0, 4096 * 399, 20000));
  show(k, out, "holes");
  SHOW(k->fallocate(fd, 2, 0, 1));
  SHOW(k->fallocate(fd, 0, 0, 0));
  SHOW(k->fallocate(fd, 0, -1, 1));
  SHOW(k->fallocate(fd, 0, INT64_MAX, 1));
  SHOW(k->ftruncate(fd, 5000));
  show(k, out, "holes");
  SHOW(k->ftruncate(fd, -1));
  SHOW(k->truncate("holes", -1));
  SHOW(k->truncate("dir", 0));
  SHOW(k->truncate("holes/", 0));
  SHOW(k->truncate("at/null", 0));
  SHOW(k->pwrite(fd, "x", 1, INT64_MAX));
  SHOW(k->pwrite(fd, "x", 1, -1));
  SHOW(k->pread(fd, &(char){0}, 1, -1));
  SHOW(k->pread(fd, &(char){0}, 1, INT64_MAX - 5));
  SHOW(k->seek(fd, INT64_MAX, SEEK_SET));
  SHOW(k->write(fd, "x", 1));
  SHOW(k->seek(fd, 1, SEEK_CUR));
  SHOW(k->seek(fd, -1, SEEK_SET));
  SHOW(k->seek(fd, INT64_MAX, SEEK_END));
  SHOW(k->seek(fd, 0, 17));
  SHOW(k->ftruncate(fd, INT64_MAX));
  show(k, out, "holes");
  SHOW(k->ftruncate(fd, 0));
  show(k, out, "holes");
  k->close(fd);
}

static void test_copy(const struct calls *k, FILE *out) {
  int64_t from = 3, to = 10;
  put(k, "source", "0123456789");
  int in = k->open(HERE, "source", O_RDWR, 0), dest = k->open(HERE, "copied", O_RDWR | O_CREAT, 0600);
  SHOW(k->copy(in, NULL, dest, NULL, 4));
  SHOW(k->copy(in, &from, dest, &to, 100));
  fprintf(out, "offsets %ld %ld\n", (long)from, (long)to);
  SHOW(k->copy(in, &from, dest, &to, 100));
  SHOW(k->seek(in, 0, SEEK_CUR));
  from = 0, to = 5;
  SHOW(k->copy(in, &from, in, &to, 6));
  SHOW(k->copy(in, &from, in, &to, 5));
  show_bytes(k, out, "source");
  show(k, out, "copied");
  int dir = k->open(HERE, "dir", O_RDONLY, 0);
  SHOW(k->copy(dir, NULL, dest, NULL, 4));
  k->close(dir), k->close(in), k->close(dest);
}

static void test_append(const struct calls *k, FILE *out) {
  put(k, "log", "one.");
  int fd = k->open(HERE, "log", O_RDWR | O_APPEND, 0), other = k->open(HERE, "log", O_WRONLY, 0);
  SHOW(k->seek(fd, 1, SEEK_SET));
  SHOW(k->write(fd, "two.", 4));
  SHOW(k->seek(fd, 0, SEEK_CUR));
  SHOW(k->pwrite(fd, "three.", 6, 0));
  SHOW(k->seek(fd, 0, SEEK_CUR));
  SHOW(k->write(other, "ONE", 3));
  SHOW(k->write(fd, "", 0));
  show_bytes(k, out, "log");
  SHOW(k->unlink(HERE, "log", 0));
  SHOW(k->write(fd, "gone", 4));
  SHOW(k->seek(fd, 0, SEEK_END));
  k->close(fd), k->close(other);
}

struct seen {
  unsigned char count[200], type;
};
static void see(void *arg, const char *name, unsigned type) {
  struct seen *s = arg;
  int n;
  if (sscanf(name, "n%d", &n) == 1 && n < 200) s->count[n]++;
  s->type |= (unsigned char)type;
}

/* Entries that stay are listed exactly once while others come and go. */
static void test_listing(const struct calls *k, FILE *out) {
  char name[32];
  struct seen seen = {0};
  k->mkdir(HERE, "list", 0755);
  for (int i = 0; i < 200; i++) snprintf(name, sizeof name, "list/n%d", i), put(k, name, "");
  int fd = k->open(HERE, "list", O_RDONLY, 0), round = 0;
  for (int n; (n = k->list(fd, 300, see, &seen)) > 0; round++)
    for (int i = round * 6; i < round * 6 + 6; i += 2) {
      snprintf(name, sizeof name, "list/n%d", i % 200);
      k->unlink(HERE, name, 0);
      snprintf(name, sizeof name, "list/x%d", i);
      put(k, name, "");
      if (round > 300) break;
    }
  int wrong = 0;
  for (int i = 1; i < 200; i += 2) wrong += seen.count[i] != 1;
  for (int i = 0; i < 200; i += 2) wrong += seen.count[i] > 1;
  fprintf(out, "listing: %d wrong, ended %s\n", wrong, round < 300 ? "yes" : "no");
  SHOW(k->list(fd, 300, see, &seen));
  SHOW(k->seek(fd, 0, SEEK_SET));
  SHOW(k->list(fd, 10, see, &seen));
  SHOW(k->list(fd, 300, see, &seen) > 0);
  SHOW(k->read(fd, name, 1));
  SHOW(k->pread(fd, name, 1, 0));
  SHOW(k->write(fd, name, 1));
  SHOW(k->ftruncate(fd, 0));
  SHOW(k->seek(fd, 0, SEEK_END) == -22);
  k->close(fd);
  fd = k->open(HERE, "plain", O_RDONLY, 0);
  SHOW(k->list(fd, 300, see, &seen));
  k->close(fd);
}

/* Times far enough in the past that "now" differs whatever the clock's step. */
static void make_old(const struct calls *k, const char *path) {
  k->utimes(HERE, path, (struct calls_time[2]){{1000, 1}, {2000, 2}}, AT_SYMLINK_NOFOLLOW);
}
static void show_times(const struct calls *k, FILE *out, const char *what, const char *path) {
  struct calls_stat s = {0};
  k->stat(HERE, path, AT_SYMLINK_NOFOLLOW, &s);
  fprintf(out, "%s: atime %s mtime %s\n", what, s.atime_s == 1000 ? "old" : "new", s.mtime_s == 2000 ? "old" : "new");
}

static void test_times(const struct calls *k, FILE *out) {
  struct calls_stat s;
  char c;
  put(k, "timed", "x");
  SHOW(k->utimes(HERE, "timed", (struct calls_time[2]){{-5, 999999999}, {5000000000, 7}}, 0));
  SHOW(k->stat(HERE, "timed", 0, &s));
  fprintf(out, "%ld.%u %ld.%u\n", (long)s.atime_s, s.atime_ns, (long)s.mtime_s, s.mtime_ns);
  SHOW(k->utimes(HERE, "timed", (struct calls_time[2]){{1, UTIME_OMIT}, {1, UTIME_OMIT}}, 0));
  SHOW(k->utimes(HERE, "timed", (struct calls_time[2]){{1000, 0}, {1, UTIME_OMIT}}, 0));
  SHOW(k->utimes(HERE, "timed", (struct calls_time[2]){{0, UTIME_OMIT}, {2000, 0}}, 0));
  show_times(k, out, "set", "timed");
  SHOW(k->utimes(HERE, "timed", (struct calls_time[2]){{0, UTIME_NOW}, {0, UTIME_OMIT}}, 0));
  show_times(k, out, "atime now", "timed");
  make_old(k, "timed");
  int fd = k->open(HERE, "timed", O_RDWR, 0);
  k->read(fd, &c, 0);
  show_times(k, out, "read nothing", "timed");
  k->read(fd, &c, 1);
  show_times(k, out, "read", "timed");
  make_old(k, "timed");
  k->write(fd, "", 0);
  show_times(k, out, "write nothing", "timed");
  k->write(fd, "y", 1);
  show_times(k, out, "write", "timed");
  make_old(k, "timed");
  k->ftruncate(fd, 1);
  show_times(k, out, "ftruncate", "timed");
  make_old(k, "timed");
  k->chmod(HERE, "timed", 0600);
  show_times(k, out, "chmod", "timed");
  k->close(fd);
  k->mkdir(HERE, "timed-dir", 0755);
  make_old(k, "timed-dir"), put(k, "timed-dir/in", "x"), show_times(k, out, "make", "timed-dir");
  make_old(k, "timed-dir"), put(k, "timed-dir/in", "y"), show_times(k, out, "rewrite", "timed-dir");
  make_old(k, "timed-dir"), k->link(HERE, "timed-dir/in", HERE, "timed-link", 0),
      show_times(k, out, "link", "timed-dir");
  make_old(k, "timed-dir"), k->rename(HERE, "timed-dir/in", HERE, "timed-dir/x", 0),
      show_times(k, out, "rename", "timed-dir");
  make_old(k, "timed-dir"), k->unlink(HERE, "timed-dir/x", 0), show_times(k, out, "unlink", "timed-dir");
  make_old(k, "timed-dir"), k->mkdir(HERE, "timed-dir/d", 0700), show_times(k, out, "mkdir", "timed-dir");
  make_old(k, "timed-dir"), k->unlink(HERE, "timed-dir/d", AT_REMOVEDIR), show_times(k, out, "rmdir", "timed-dir");
  k->symlink("timed", HERE, "timed-sym");
  SHOW(k->utimes(HERE, "timed-sym", (struct calls_time[2]){{1000, 1}, {2000, 2}}, AT_SYMLINK_NOFOLLOW));
  show_times(k, out, "symlink", "timed-sym");
}

static void test_owners(const struct calls *k, FILE *out) {
  put(k, "owned", "x");
  SHOW(k->chmod(HERE, "owned", 07777));
  SHOW(k->chown(HERE, "owned", 10, 20, 0));
  show(k, out, "owned");
  SHOW(k->chmod(HERE, "owned", 06744));
  SHOW(k->chown(HERE, "owned", (unsigned)-1, 21, 0));
  show(k, out, "owned");
  SHOW(k->chmod(HERE, "owned", 06755));
  SHOW(k->chown(HERE, "owned", (unsigned)-1, (unsigned)-1, 0));
  show(k, out, "owned");
  SHOW(k->chmod(HERE, "owned", 06755));
  put(k, "owned", "root keeps them");
  show(k, out, "owned");
  SHOW(k->truncate("owned", 3));
  show(k, out, "owned");
  SHOW(k->chown(HERE, "to-plain", 5, 6, AT_SYMLINK_NOFOLLOW));
  show(k, out, "to-plain");
  show(k, out, "plain");
  k->mkdir(HERE, "grouped", 0755);
  SHOW(k->chown(HERE, "grouped", 0, 77, 0));
  SHOW(k->chmod(HERE, "grouped", 02777));
  SHOW(k->mkdir(HERE, "grouped/sub", 0755));
  SHOW(put(k, "grouped/file", "x"));
  show(k, out, "grouped/sub");
  show(k, out, "grouped/file");
  SHOW(k->chown(HERE, "grouped", 0, 78, 0));
  show(k, out, "grouped");
  unsigned mask = k->umask(07027);
  k->mkdir(HERE, "masked", 07777);
  show(k, out, "masked");
  SHOW(opens(k, HERE, "masked-file", O_RDWR | O_CREAT));
  show(k, out, "masked-file");
  SHOW(k->umask(mask));
}

/* As user 100, group 200, in a world that root has laid out. */
static void test_stranger(const struct calls *k, FILE *out) {
  static const unsigned modes[] = {0777, 0700, 0070, 0007, 0444, 0111, 0666, 0000};
  static const unsigned owners[][2] = {{0, 0}, {100, 0}, {0, 200}, {100, 200}, {1, 1}};
  char name[64], below[80];
  k->mkdir(HERE, "w", 0777), k->chmod(HERE, "w", 0777);
  for (size_t m = 0; m < 8; m++)
    for (size_t o = 0; o < 5; o++) {
      snprintf(name, sizeof name, "w/f%zu%zu", m, o);
      put(k, name, "x"), k->chown(HERE, name, owners[o][0], owners[o][1], 0), k->chmod(HERE, name, modes[m]);
      snprintf(name, sizeof name, "w/d%zu%zu", m, o);
      k->mkdir(HERE, name, 0755);
      snprintf(below, sizeof below, "%s/in", name), put(k, below, "x");
      snprintf(below, sizeof below, "%s/sub", name), k->mkdir(HERE, below, 0755);
      k->chown(HERE, name, owners[o][0], owners[o][1], 0), k->chmod(HERE, name, modes[m]);
    }
  SHOW(k->become(100, 200));
  for (size_t m = 0; m < 8; m++)
    for (size_t o = 0; o < 5; o++) {
      struct calls_stat s;
      struct calls_time now[2] = {{0, UTIME_NOW}, {0, UTIME_NOW}}, set[2] = {{1000, 0}, {0, UTIME_OMIT}};
      snprintf(name, sizeof name, "w/f%zu%zu", m, o);
      fprintf(out, "%s %o %u:%u:", name, modes[m], owners[o][0], owners[o][1]);
      fprintf(out, " r %d w %d t %d", opens(k, HERE, name, O_RDONLY), opens(k, HERE, name, O_WRONLY),
              opens(k, HERE, name, O_RDONLY | O_TRUNC));
      fprintf(out, " noatime %d 3 %d path %d", opens(k, HERE, name, O_RDONLY | O_NOATIME), opens(k, HERE, name, 3),
              opens(k, HERE, name, O_PATH));
      fprintf(out, " truncate %d x %d", k->truncate(name, 1), k->access(HERE, name, X_OK, AT_EACCESS));
      fprintf(out, " real %d", k->access(HERE, name, R_OK | X_OK, 0));
      fprintf(out, " now %d set %d", k->utimes(HERE, name, now, 0), k->utimes(HERE, name, set, 0));
      fprintf(out, " chown %d %d", k->chown(HERE, name, 100, (unsigned)-1, 0),
              k->chown(HERE, name, (unsigned)-1, 200, 0));
      fprintf(out, " %d %d", k->chown(HERE, name, 101, (unsigned)-1, 0), k->chown(HERE, name, (unsigned)-1, 201, 0));
      fprintf(out, " chmod %d\n", k->chmod(HERE, name, 06775));
      show(k, out, name);
      fprintf(out, "%s: %d\n", name, put(k, name, "written"));
      show(k, out, name);
      snprintf(name, sizeof name, "w/d%zu%zu", m, o);
      fprintf(out, "%s: list %d", name, opens(k, HERE, name, O_RDONLY | O_DIRECTORY));
      snprintf(below, sizeof below, "%s/in", name);
      fprintf(out, " stat %d open %d", k->stat(HERE, below, 0, &s), opens(k, HERE, below, O_RDONLY));
      snprintf(below, sizeof below, "%s/absent", name);
      fprintf(out, " absent %d", k->stat(HERE, below, 0, &s));
      snprintf(below, sizeof below, "%s/new", name);
      fprintf(out, " make %d mkdir %d", opens(k, HERE, below, O_RDWR | O_CREAT | O_EXCL), k->mkdir(HERE, below, 0755));
      fprintf(out, " fifo %d chr %d", k->mknod(HERE, below, S_IFIFO | 0600, 0, 0),
              k->mknod(HERE, below, S_IFCHR, 1, 3));
      fprintf(out, " unlink %d", k->unlink(HERE, below, 0));
      snprintf(below, sizeof below, "%s/in", name);
      fprintf(out, " unlink %d", k->unlink(HERE, below, 0));
      snprintf(below, sizeof below, "%s/sub", name);
      fprintf(out, " out %d", k->rename(HERE, below, HERE, "w/out", 0));
      int rc = k->chdir(name);
      fprintf(out, " chdir %d\n", rc);
      if (rc == 0) k->chdir("../..");
    }
  SHOW(k->become(0, 0));
}

static void test_sticky(const struct calls *k, FILE *out) {
  k->mkdir(HERE, "st", 0777), k->chmod(HERE, "st", 01777);
  put(k, "st/root", "x"), put(k, "st/mine", "x"), k->mkdir(HERE, "st/dir", 0777),
      k->chown(HERE, "st/mine", 100, 200, 0);
  k->chmod(HERE, "st/root", 0666);
  SHOW(k->become(100, 200));
  SHOW(k->unlink(HERE, "st/root", 0));
  SHOW(k->rename(HERE, "st/root", HERE, "st/x", 0));
  SHOW(k->rename(HERE, "st/mine", HERE, "st/root", 0));
  SHOW(k->rename(HERE, "st/mine", HERE, "st/root", 2));
  SHOW(k->unlink(HERE, "st/dir", AT_REMOVEDIR));
  SHOW(k->rename(HERE, "st/mine", HERE, "st/y", 0));
  SHOW(k->unlink(HERE, "st/y", 0));
  SHOW(k->mkdir(HERE, "st/own", 0700));
  SHOW(k->rename(HERE, "st/own", HERE, "st/own2", 0));
  SHOW(k->become(0, 0));
  /* a directory that moves is written to: its ".." changes */
  k->mkdir(HERE, "mv", 0777), k->chmod(HERE, "mv", 0777), k->mkdir(HERE, "mv/to", 0777), k->chmod(HERE, "mv/to", 0777);
  k->mkdir(HERE, "mv/locked", 0555);
  SHOW(k->become(100, 200));
  SHOW(k->rename(HERE, "mv/locked", HERE, "mv/renamed", 0));
  SHOW(k->rename(HERE, "mv/renamed", HERE, "mv/to/locked", 0));
  /* set-id bits fall when a stranger to root writes */
  int fd = k->open(HERE, "mv/setid", O_RDWR | O_CREAT, 0755);
  SHOW(k->chmod(HERE, "mv/setid", 06755));
  show(k, out, "mv/setid");
  SHOW(k->write(fd, "x", 1));
  show(k, out, "mv/setid");
  SHOW(k->chmod(HERE, "mv/setid", 06745));
  SHOW(k->ftruncate(fd, 0));
  show(k, out, "mv/setid");
  k->close(fd);
  SHOW(k->become(0, 0));
  SHOW(k->chown(HERE, "mv/setid", 100, 300, 0));
  SHOW(k->become(100, 200));
  SHOW(k->chmod(HERE, "mv/setid", 06755));
  show(k, out, "mv/setid");
  SHOW(k->chown(HERE, "mv/setid", (unsigned)-1, 200, 0));
  show(k, out, "mv/setid");
  SHOW(k->become(0, 0));
}

static void test_pipes(const struct calls *k, FILE *out) {
  static char big[70000];
  int ends[2];
  SHOW(k->pipe(ends, O_NONBLOCK));
  SHOW(k->read(ends[0], big, 10));
  SHOW(k->write(ends[0], big, 1));
  SHOW(k->read(ends[1], big, 1));
  SHOW(k->write(ends[1], big, sizeof big));
  SHOW(k->write(ends[1], big, 1));
  SHOW(k->read(ends[0], big, 4096));
  SHOW(k->write(ends[1], big, 4096));
  SHOW(k->write(ends[1], big, 1));
  SHOW(k->seek(ends[0], 0, SEEK_CUR));
  SHOW(k->pread(ends[0], big, 1, 0));
  SHOW(k->pwrite(ends[1], big, 1, 0));
  SHOW(k->ftruncate(ends[1], 0));
  SHOW(k->fallocate(ends[1], 0, 0, 1));
  SHOW(k->close(ends[1]));
  SHOW(k->read(ends[0], big, sizeof big));
  SHOW(k->read(ends[0], big, sizeof big));
  SHOW(k->close(ends[0]));
  k->mknod(HERE, "fifo", S_IFIFO | 0600, 0, 0);
  SHOW(opens(k, HERE, "fifo", O_WRONLY | O_NONBLOCK));
  int r = k->open(HERE, "fifo", O_RDONLY | O_NONBLOCK, 0), w = k->open(HERE, "fifo", O_WRONLY | O_NONBLOCK, 0);
  SHOW(k->read(r, big, 1));
  SHOW(k->write(w, "through", 7));
  SHOW(k->read(r, big, 100));
  SHOW(k->unlink(HERE, "fifo", 0));
  SHOW(k->write(w, "still", 5));
  SHOW(k->close(w));
  SHOW(k->read(r, big, 100));
  SHOW(k->read(r, big, 100));
  SHOW(k->close(r));
}

static void test_names(const struct calls *k, FILE *out) {
  static char path[5000];
  memset(path, 'n', 256);
  path[255] = 0;
  SHOW(k->mkdir(HERE, path, 0700));
  SHOW(k->unlink(HERE, path, AT_REMOVEDIR));
  path[255] = 'n', path[256] = 0;
  SHOW(k->mkdir(HERE, path, 0700));
  SHOW(k->unlink(HERE, path, 0));
  SHOW(k->symlink("x", HERE, path));
  SHOW(k->rename(HERE, "plain", HERE, path, 0));
  SHOW(k->link(HERE, "plain", HERE, path, 0));
  memset(path, 't', sizeof path);
  path[4095] = 0;
  SHOW(k->symlink(path, HERE, "long"));
  show(k, out, "long");
  SHOW(opens(k, HERE, "long", O_RDONLY));
  path[4095] = 't', path[4096] = 0;
  SHOW(k->symlink(path, HERE, "longer"));
  for (int i = 0; i < 4094; i += 2) memcpy(path + i, "./", 2);
  memcpy(path + 4090, "plain", 6);
  SHOW(opens(k, HERE, path, O_RDONLY));
  memcpy(path + 4090, "/plain", 7);
  SHOW(opens(k, HERE, path, O_RDONLY));
  char name[32], target[32] = "plain";
  for (int i = 0; i < 42; i++) {
    snprintf(name, sizeof name, "chain%d", i);
    k->symlink(target, HERE, name);
    memcpy(target, name, sizeof name);
  }
  SHOW(opens(k, HERE, "chain39", O_RDONLY));
  SHOW(opens(k, HERE, "chain40", O_RDONLY));
  SHOW(opens(k, HERE, "to-dir/../to-dir/../chain37", O_RDONLY));
  SHOW(opens(k, HERE, "to-dir/../to-dir/../chain38", O_RDONLY));
  k->symlink("self", HERE, "self");
  SHOW(opens(k, HERE, "self", O_RDONLY));
  SHOW(opens(k, HERE, "self/x", O_RDONLY));
  SHOW(opens(k, HERE, "self", O_RDWR | O_CREAT));
  SHOW(opens(k, HERE, "self", O_PATH | O_NOFOLLOW));
  SHOW(k->unlink(HERE, "self", 0));
}

void scenario(const struct calls *k, FILE *out) {
  static void (*const tests[])(const struct calls *k, FILE *out) = {
      test_open_flags, test_tmpfile,  test_at,     test_dead_directory, test_rename_errors,
      test_holes,      test_copy,     test_append, test_listing,        test_times,
      test_owners,     test_stranger, test_sticky, test_pipes,          test_names,
  };
  k->umask(022);
  for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++) {
    fprintf(out, "--- %zu\n", i);
    tests[i](k, out);
  }
}
