/* tests/guest/scenario_more.c - the second half of scenario.c: times, owners, strangers, pipes, names. */
#include "calls.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "scenario.h"

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
  scenario_put(k, "timed", "x");
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
  make_old(k, "timed-dir"), scenario_put(k, "timed-dir/in", "x"), show_times(k, out, "make", "timed-dir");
  make_old(k, "timed-dir"), scenario_put(k, "timed-dir/in", "y"), show_times(k, out, "rewrite", "timed-dir");
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
  scenario_put(k, "owned", "x");
  SHOW(k->chmod(HERE, "owned", 07777));
  SHOW(k->chown(HERE, "owned", 10, 20, 0));
  scenario_show(k, out, "owned");
  SHOW(k->chmod(HERE, "owned", 06744));
  SHOW(k->chown(HERE, "owned", (unsigned)-1, 21, 0));
  scenario_show(k, out, "owned");
  SHOW(k->chmod(HERE, "owned", 06755));
  SHOW(k->chown(HERE, "owned", (unsigned)-1, (unsigned)-1, 0));
  scenario_show(k, out, "owned");
  SHOW(k->chmod(HERE, "owned", 06755));
  scenario_put(k, "owned", "root keeps them");
  scenario_show(k, out, "owned");
  SHOW(k->truncate("owned", 3));
  scenario_show(k, out, "owned");
  SHOW(k->chown(HERE, "to-plain", 5, 6, AT_SYMLINK_NOFOLLOW));
  scenario_show(k, out, "to-plain");
  scenario_show(k, out, "plain");
  k->mkdir(HERE, "grouped", 0755);
  SHOW(k->chown(HERE, "grouped", 0, 77, 0));
  SHOW(k->chmod(HERE, "grouped", 02777));
  SHOW(k->mkdir(HERE, "grouped/sub", 0755));
  SHOW(scenario_put(k, "grouped/file", "x"));
  scenario_show(k, out, "grouped/sub");
  scenario_show(k, out, "grouped/file");
  SHOW(k->chown(HERE, "grouped", 0, 78, 0));
  scenario_show(k, out, "grouped");
  unsigned mask = k->umask(07027);
  k->mkdir(HERE, "masked", 07777);
  scenario_show(k, out, "masked");
  SHOW(scenario_opens(k, HERE, "masked-file", O_RDWR | O_CREAT));
  scenario_show(k, out, "masked-file");
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
      scenario_put(k, name, "x"), k->chown(HERE, name, owners[o][0], owners[o][1], 0), k->chmod(HERE, name, modes[m]);
      snprintf(name, sizeof name, "w/d%zu%zu", m, o);
      k->mkdir(HERE, name, 0755);
      snprintf(below, sizeof below, "%s/in", name), scenario_put(k, below, "x");
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
      fprintf(out, " r %d w %d t %d", scenario_opens(k, HERE, name, O_RDONLY), scenario_opens(k, HERE, name, O_WRONLY),
              scenario_opens(k, HERE, name, O_RDONLY | O_TRUNC));
      fprintf(out, " noatime %d 3 %d path %d", scenario_opens(k, HERE, name, O_RDONLY | O_NOATIME),
              scenario_opens(k, HERE, name, 3), scenario_opens(k, HERE, name, O_PATH));
      fprintf(out, " truncate %d x %d", k->truncate(name, 1), k->access(HERE, name, X_OK, AT_EACCESS));
      fprintf(out, " real %d", k->access(HERE, name, R_OK | X_OK, 0));
      fprintf(out, " now %d set %d", k->utimes(HERE, name, now, 0), k->utimes(HERE, name, set, 0));
      fprintf(out, " chown %d %d", k->chown(HERE, name, 100, (unsigned)-1, 0),
              k->chown(HERE, name, (unsigned)-1, 200, 0));
      fprintf(out, " %d %d", k->chown(HERE, name, 101, (unsigned)-1, 0), k->chown(HERE, name, (unsigned)-1, 201, 0));
      fprintf(out, " chmod %d\n", k->chmod(HERE, name, 06775));
      scenario_show(k, out, name);
      fprintf(out, "%s: %d\n", name, scenario_put(k, name, "written"));
      scenario_show(k, out, name);
      snprintf(name, sizeof name, "w/d%zu%zu", m, o);
      fprintf(out, "%s: list %d", name, scenario_opens(k, HERE, name, O_RDONLY | O_DIRECTORY));
      snprintf(below, sizeof below, "%s/in", name);
      fprintf(out, " stat %d open %d", k->stat(HERE, below, 0, &s), scenario_opens(k, HERE, below, O_RDONLY));
      snprintf(below, sizeof below, "%s/absent", name);
      fprintf(out, " absent %d", k->stat(HERE, below, 0, &s));
      snprintf(below, sizeof below, "%s/new", name);
      fprintf(out, " make %d mkdir %d", scenario_opens(k, HERE, below, O_RDWR | O_CREAT | O_EXCL),
              k->mkdir(HERE, below, 0755));
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
  scenario_put(k, "st/root", "x"), scenario_put(k, "st/mine", "x"), k->mkdir(HERE, "st/dir", 0777),
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
  scenario_show(k, out, "mv/setid");
  SHOW(k->write(fd, "x", 1));
  scenario_show(k, out, "mv/setid");
  SHOW(k->chmod(HERE, "mv/setid", 06745));
  SHOW(k->ftruncate(fd, 0));
  scenario_show(k, out, "mv/setid");
  k->close(fd);
  SHOW(k->become(0, 0));
  SHOW(k->chown(HERE, "mv/setid", 100, 300, 0));
  SHOW(k->become(100, 200));
  SHOW(k->chmod(HERE, "mv/setid", 06755));
  scenario_show(k, out, "mv/setid");
  SHOW(k->chown(HERE, "mv/setid", (unsigned)-1, 200, 0));
  scenario_show(k, out, "mv/setid");
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
  SHOW(scenario_opens(k, HERE, "fifo", O_WRONLY | O_NONBLOCK));
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
  scenario_show(k, out, "long");
  SHOW(scenario_opens(k, HERE, "long", O_RDONLY));
  path[4095] = 't', path[4096] = 0;
  SHOW(k->symlink(path, HERE, "longer"));
  for (int i = 0; i < 4094; i += 2) memcpy(path + i, "./", 2);
  memcpy(path + 4090, "plain", 6);
  SHOW(scenario_opens(k, HERE, path, O_RDONLY));
  memcpy(path + 4090, "/plain", 7);
  SHOW(scenario_opens(k, HERE, path, O_RDONLY));
  char name[32], target[32] = "plain";
  for (int i = 0; i < 42; i++) {
    snprintf(name, sizeof name, "chain%d", i);
    k->symlink(target, HERE, name);
    memcpy(target, name, sizeof name);
  }
  SHOW(scenario_opens(k, HERE, "chain39", O_RDONLY));
  SHOW(scenario_opens(k, HERE, "chain40", O_RDONLY));
  SHOW(scenario_opens(k, HERE, "to-dir/../to-dir/../chain37", O_RDONLY));
  SHOW(scenario_opens(k, HERE, "to-dir/../to-dir/../chain38", O_RDONLY));
  k->symlink("self", HERE, "self");
  SHOW(scenario_opens(k, HERE, "self", O_RDONLY));
  SHOW(scenario_opens(k, HERE, "self/x", O_RDONLY));
  SHOW(scenario_opens(k, HERE, "self", O_RDWR | O_CREAT));
  SHOW(scenario_opens(k, HERE, "self", O_PATH | O_NOFOLLOW));
  SHOW(k->unlink(HERE, "self", 0));
}

void scenario_more(const struct calls *k, FILE *out) {
  static void (*const tests[])(const struct calls *k, FILE *out) = {test_times,  test_owners, test_stranger,
                                                                    test_sticky, test_pipes,  test_names};
  for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++) {
    fprintf(out, "--- %zu\n", i);
    tests[i](k, out);
  }
}
