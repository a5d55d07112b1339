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

#include "scenario.h"

int scenario_opens(const struct calls *k, int dir, const char *path, int flags) {
  int fd = k->open(dir, path, flags, 0644);
  if (fd >= 0) k->close(fd);
  return fd < 0 ? fd : 0;
}

int scenario_put(const struct calls *k, const char *path, const char *text) {
  int fd = k->open(HERE, path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
  if (fd < 0) return fd;
  long n = k->write(fd, text, strlen(text));
  k->close(fd);
  return (int)n;
}

void scenario_show(const struct calls *k, FILE *out, const char *path) {
  struct calls_stat s;
  int rc = k->stat(HERE, path, AT_SYMLINK_NOFOLLOW, &s);
  if (rc < 0)
    fprintf(out, "%s: %d\n", path, rc);
  else
    fprintf(out, "%s: %o %u:%u links %lu size %ld blocks %ld\n", path, s.mode, s.uid, s.gid, (unsigned long)s.nlink,
            S_ISDIR(s.mode) ? 0 : (long)s.size, S_ISDIR(s.mode) ? 0 : (long)s.blocks);
}

void scenario_show_bytes(const struct calls *k, FILE *out, const char *path) {
  char bytes[64];
  int fd = k->open(HERE, path, O_RDONLY, 0);
  long n = fd < 0 ? fd : k->read(fd, bytes, sizeof bytes);
  fprintf(out, "%s: %ld \"%.*s\"\n", path, n, n > 0 ? (int)n : 0, bytes);
  if (fd >= 0) k->close(fd);
}

static void test_open_flags(const struct calls *k, FILE *out) {
  scenario_put(k, "plain", "text");
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
      fprintf(out, "open %s %o: %d\n", paths[p], flags[f], scenario_opens(k, HERE, paths[p], flags[f]));
      k->unlink(HERE, "nowhere", 0);
    }
  SHOW(scenario_opens(k, HERE, "to-nowhere", O_RDWR | O_CREAT));
  scenario_show(k, out, "nowhere");
  SHOW(scenario_opens(k, HERE, "plain", O_RDWR | O_CREAT));
  SHOW(scenario_opens(k, HERE, "dir", O_RDONLY | O_CREAT));
  SHOW(scenario_opens(k, HERE, "to-made-slash", O_RDONLY | O_CREAT));
  SHOW(scenario_opens(k, HERE, "dir/", O_RDONLY | O_CREAT));
  SHOW(scenario_opens(k, HERE, ".", O_RDONLY | O_CREAT));
  SHOW(scenario_opens(k, HERE, ".", O_RDONLY | O_CREAT | O_EXCL));
  SHOW(scenario_opens(k, 12345, "plain", O_RDONLY));
  SHOW(scenario_opens(k, HERE, ".", O_TMPFILE | O_RDONLY));
  SHOW(scenario_opens(k, HERE, "plain", O_TMPFILE | O_RDWR));
  SHOW(scenario_opens(k, HERE, "absent", O_TMPFILE | O_RDWR));
  int fd = k->open(HERE, "plain", O_PATH, 0);
  char c;
  struct calls_stat s;
  SHOW(k->read(fd, &c, 1));
  SHOW(k->write(fd, &c, 1));
  SHOW(k->pread(fd, &c, 1, 0));
  SHOW(k->seek(fd, 0, SEEK_SET));
  SHOW(k->ftruncate(fd, 0));
  SHOW(k->fstat(fd, &s));
  SHOW(scenario_opens(k, fd, "x", O_RDONLY));
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
  scenario_show_bytes(k, out, "bound");
  scenario_show(k, out, "bound");
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
  SHOW(scenario_opens(k, dir, "sock", O_RDONLY));
  SHOW(scenario_opens(k, dir, "null", O_RDWR));
  SHOW(k->symlink("one/two", dir, "link"));
  SHOW(k->symlink("x", dir, "link2/"));
  SHOW(k->readlink(dir, "link", got, sizeof got));
  SHOW(k->readlink(dir, "link", got, 2));
  SHOW(k->readlink(dir, "one", got, 2));
  SHOW(k->readlink(dir, "link", got, 0));
  SHOW(scenario_opens(k, dir, "link", O_RDWR | O_CREAT));
  scenario_show(k, out, "at/one/two");
  SHOW(k->link(dir, "link", dir, "hard", 0));
  SHOW(k->link(dir, "link", dir, "soft", AT_SYMLINK_FOLLOW));
  SHOW(k->link(dir, "one", dir, "hard-dir", 0));
  scenario_show(k, out, "at/hard");
  scenario_show(k, out, "at/soft");
  scenario_show(k, out, "at/null");
  scenario_show(k, out, "at/block");
  scenario_show(k, out, "at/fifo");
  SHOW(k->rename(dir, "soft", HERE, "moved", 0));
  SHOW(k->rename(HERE, "moved", dir, "soft", 1));
  SHOW(k->rename(dir, "soft", dir, "hard", 1));
  SHOW(k->rename(dir, "soft", dir, "one", 2));
  SHOW(k->rename(dir, "soft", dir, "none", 2));
  SHOW(k->rename(dir, "soft", dir, "one", 3));
  SHOW(k->rename(dir, "soft", dir, "one", 64));
  scenario_show(k, out, "at/soft");
  scenario_show(k, out, "at/one");
  SHOW(k->unlink(dir, "soft", 0));
  SHOW(k->unlink(dir, "soft", AT_REMOVEDIR));
  SHOW(k->unlink(dir, "one", AT_REMOVEDIR));
  SHOW(k->chmod(dir, "one", 0600));
  SHOW(k->access(dir, "one", X_OK, 0));
  SHOW(k->access(dir, "one", R_OK | W_OK, AT_EACCESS));
  file = k->open(dir, "one", O_RDONLY, 0);
  SHOW(scenario_opens(k, file, "below", O_RDONLY));
  SHOW(k->mkdir(file, "below", 0700));
  struct calls_stat s;
  SHOW(k->stat(file, "", AT_EMPTY_PATH, &s));
  SHOW(k->stat(file, "", 0, &s));
  SHOW(k->fchdir(file));
  SHOW(k->fchdir(dir));
  SHOW(scenario_opens(k, HERE, "one", O_RDONLY));
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
  SHOW(scenario_opens(k, HERE, "x", O_RDWR | O_CREAT));
  SHOW(scenario_opens(k, HERE, ".", O_RDONLY));
  SHOW(scenario_opens(k, HERE, "x", O_RDONLY));
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
        k->mkdir(HERE, "r/full/in", 0755), scenario_put(k, "r/f", "f"), scenario_put(k, "r/g", "g");
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
  scenario_show(k, out, "holes");
  static const int64_t at[] = {0,       1,       40960,   40961,   45055,   45056,   50000,
                               1228800, 1228807, 1232896, 1638400, 1638401, 1638402, -1};
  for (size_t i = 0; i < sizeof at / sizeof at[0]; i++)
    fprintf(out, "from %ld: data %ld hole %ld\n", (long)at[i], k->seek(fd, at[i], SEEK_DATA),
            k->seek(fd, at[i], SEEK_HOLE));
  SHOW(k->fallocate(fd, 3, 40960, 4096));
  SHOW(k->seek(fd, 0, SEEK_DATA));
  SHOW(k->fallocate(fd, 3, 100, 4096 * 1000));
  scenario_show(k, out, "holes");
  SHOW(k->fallocate(fd, 1, 0, 20000));
  SHOW(k->fallocate(fd, 0, 4096 * 399, 20000));
  scenario_show(k, out, "holes");
  SHOW(k->fallocate(fd, 2, 0, 1));
  SHOW(k->fallocate(fd, 0, 0, 0));
  SHOW(k->fallocate(fd, 0, -1, 1));
  SHOW(k->fallocate(fd, 0, INT64_MAX, 1));
  SHOW(k->ftruncate(fd, 5000));
  scenario_show(k, out, "holes");
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
  scenario_show(k, out, "holes");
  SHOW(k->ftruncate(fd, 0));
  scenario_show(k, out, "holes");
  k->close(fd);
}

static void test_copy(const struct calls *k, FILE *out) {
  int64_t from = 3, to = 10;
  scenario_put(k, "source", "0123456789");
  int in = k->open(HERE, "source", O_RDWR, 0), dest = k->open(HERE, "copied", O_RDWR | O_CREAT, 0600);
  SHOW(k->copy(in, NULL, dest, NULL, 4));
  SHOW(k->copy(in, &from, dest, &to, 100));
  fprintf(out, "offsets %ld %ld\n", (long)from, (long)to);
  SHOW(k->copy(in, &from, dest, &to, 100));
  SHOW(k->seek(in, 0, SEEK_CUR));
  from = 0, to = 5;
  SHOW(k->copy(in, &from, in, &to, 6));
  SHOW(k->copy(in, &from, in, &to, 5));
  scenario_show_bytes(k, out, "source");
  scenario_show(k, out, "copied");
  int dir = k->open(HERE, "dir", O_RDONLY, 0);
  SHOW(k->copy(dir, NULL, dest, NULL, 4));
  k->close(dir), k->close(in), k->close(dest);
}

static void test_append(const struct calls *k, FILE *out) {
  scenario_put(k, "log", "one.");
  int fd = k->open(HERE, "log", O_RDWR | O_APPEND, 0), other = k->open(HERE, "log", O_WRONLY, 0);
  SHOW(k->seek(fd, 1, SEEK_SET));
  SHOW(k->write(fd, "two.", 4));
  SHOW(k->seek(fd, 0, SEEK_CUR));
  SHOW(k->pwrite(fd, "three.", 6, 0));
  SHOW(k->seek(fd, 0, SEEK_CUR));
  SHOW(k->write(other, "ONE", 3));
  SHOW(k->write(fd, "", 0));
  scenario_show_bytes(k, out, "log");
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
  for (int i = 0; i < 200; i++) snprintf(name, sizeof name, "list/n%d", i), scenario_put(k, name, "");
  int fd = k->open(HERE, "list", O_RDONLY, 0), round = 0;
  for (int n; (n = k->list(fd, 300, see, &seen)) > 0; round++)
    for (int i = round * 6; i < round * 6 + 6; i += 2) {
      snprintf(name, sizeof name, "list/n%d", i % 200);
      k->unlink(HERE, name, 0);
      snprintf(name, sizeof name, "list/x%d", i);
      scenario_put(k, name, "");
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

void scenario(const struct calls *k, FILE *out) {
  static void (*const tests[])(const struct calls *k, FILE *out) = {
      test_open_flags, test_tmpfile, test_at,     test_dead_directory, test_rename_errors,
      test_holes,      test_copy,    test_append, test_listing};
  k->umask(022);
  for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++) {
    fprintf(out, "--- %zu\n", i);
    tests[i](k, out);
  }
  scenario_more(k, out);
}
