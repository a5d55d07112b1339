/* tests/guest/scenario_random.c - file calls drawn from a seed, over few names so that they meet.
 *
 * Three users, open directories and files, links, holes: every answer is a line, and Linux is the oracle.  No sticky
 * directories and no hard links by strangers: there hosts differ by sysctl (fs.protected_*).
 */
#include "calls.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILES = 6, DIRS = 4, BLOCK = 20000 };

struct dice {
  const struct calls *k;
  FILE *out;
  uint64_t seed;
  unsigned user;
  int fd[FILES], dir[DIRS];
  unsigned char block[BLOCK];
};

static unsigned draw(struct dice *d, unsigned below) {
  d->seed = d->seed * 6364136223846793005u + 1442695040888963407u;
  return (unsigned)(d->seed >> 33) % below;
}

static void draw_path(struct dice *d, char path[128]) {
  static const char *const part[] = {"a", "b", "c", "d", "e", "..", ".", "//"};
  path[0] = 0;
  for (unsigned depth = 1 + draw(d, 3), i = 0; i < depth; i++) {
    unsigned p = draw(d, 40);
    if (i) strcat(path, "/");
    strcat(path, part[p < 36 ? p % 5 : 5 + p % 3]);
  }
  if (path[0] == '/') path[0] = 'a';
  if (draw(d, 30) == 0) strcat(path, "/");
}

static int draw_dir(struct dice *d) { return draw(d, 3) ? AT_FDCWD : d->dir[draw(d, DIRS)]; }

static unsigned sum(const unsigned char *p, long n) {
  unsigned h = 5381;
  for (long i = 0; i < n; i++) h = h * 33 + p[i];
  return h;
}

static int64_t draw_offset(struct dice *d) {
  return draw(d, 8) ? (int64_t)draw(d, 40000) : (int64_t)draw(d, 2000) * 4096 + (int64_t)draw(d, 3) - 1;
}

static void step_open(struct dice *d, int dir, const char *path) {
  static const int how[] = {O_RDONLY,
                            O_RDWR,
                            O_RDWR | O_CREAT,
                            O_RDWR | O_CREAT | O_EXCL,
                            O_WRONLY | O_APPEND | O_CREAT,
                            O_RDWR | O_TRUNC,
                            O_RDWR | O_CREAT | O_TRUNC,
                            O_RDWR | O_NOFOLLOW,
                            O_PATH,
                            O_RDWR | O_TMPFILE};
  unsigned slot = draw(d, FILES), f = draw(d, sizeof how / sizeof how[0]);
  unsigned mode = draw(d, 3) ? 0644 : draw(d, 01000);
  if (d->fd[slot] >= 0) d->k->close(d->fd[slot]);
  d->fd[slot] = d->k->open(dir, path, how[f], mode);
  fprintf(d->out, "open %s %o %o: %d\n", path, how[f], mode, d->fd[slot] < 0 ? d->fd[slot] : 0);
}

static void step_open_dir(struct dice *d, const char *path) {
  unsigned slot = draw(d, DIRS);
  int fd = d->k->open(AT_FDCWD, path, O_RDONLY | O_DIRECTORY, 0);
  fprintf(d->out, "opendir %s: %d\n", path, fd < 0 ? fd : 0);
  if (fd < 0) return;
  if (d->dir[slot] >= 0) d->k->close(d->dir[slot]);
  d->dir[slot] = fd;
}

static void step_bytes(struct dice *d) {
  const struct calls *k = d->k;
  int fd = d->fd[draw(d, FILES)];
  int64_t at = draw_offset(d), to;
  size_t n = draw(d, BLOCK);
  struct calls_stat s = {0};
  unsigned what = draw(d, 9);
  long rc = 0;
  if (fd < 0 || k->fstat(fd, &s) < 0 || !S_ISREG(s.mode)) return;
  memset(d->block, (int)draw(d, 256), n);
  switch (what) {
  case 0:
    rc = k->ftruncate(fd, at);
    break;
  case 1:
    rc = k->write(fd, d->block, n);
    break;
  case 2:
    rc = k->pwrite(fd, d->block, n, at);
    break;
  case 3:
    rc = k->read(fd, d->block, n), fprintf(d->out, "%x ", sum(d->block, rc));
    break;
  case 4:
    rc = k->pread(fd, d->block, n, at), fprintf(d->out, "%x ", sum(d->block, rc));
    break;
  case 5:
    rc = k->seek(fd, at, (int)draw(d, 5));
    break;
  case 6:
    rc = k->fallocate(fd, 3, at, (int64_t)n + 1);
    break;
  case 7:
    rc = k->pwrite(fd, d->block, 1, at);
    break;
  case 8:
    to = draw_offset(d), rc = k->copy(fd, &at, d->fd[draw(d, FILES)], &to, n);
    break;
  }
  k->fstat(fd, &s);
  fprintf(d->out, "bytes %u %ld %zu: %ld; links %lu size %ld mode %o\n", what, (long)at, n, rc, (unsigned long)s.nlink,
          (long)s.size, s.mode);
}

static void step_stat(struct dice *d, int dir, const char *path) {
  struct calls_stat s = {0};
  int rc = d->k->stat(dir, path, draw(d, 2) ? AT_SYMLINK_NOFOLLOW : 0, &s);
  fprintf(d->out, "stat %s: %d %o %u:%u %lu %ld\n", path, rc, s.mode, s.uid, s.gid, (unsigned long)s.nlink,
          S_ISDIR(s.mode) ? 0 : (long)s.size);
}

static void add_name(void *arg, const char *name, unsigned type) {
  *(unsigned *)arg += sum((const unsigned char *)name, (long)strlen(name)) * 2654435761u + type;
}

static void step_list(struct dice *d, const char *path) {
  unsigned all = 0;
  int fd = d->k->open(AT_FDCWD, path, O_RDONLY | O_DIRECTORY, 0), names = 0, n = fd;
  if (fd >= 0) {
    while ((n = d->k->list(fd, 100, add_name, &all)) > 0) names += n;
    d->k->close(fd);
  }
  fprintf(d->out, "list %s: %d %d %u\n", path, n, names, all);
}

static void step_name(struct dice *d, unsigned what) {
  const struct calls *k = d->k;
  char a[128], b[128];
  int dir = draw_dir(d), dir2 = draw_dir(d), rc = 0;
  unsigned x = draw(d, 3), y = draw(d, 04000) & 02777, z = draw(d, 4);
  draw_path(d, a), draw_path(d, b);
  static const struct calls_time now[2] = {{0, UTIME_NOW}, {0, UTIME_NOW}}, set[2] = {{5, 6}, {7, UTIME_OMIT}};
  switch (what) {
  case 0:
    rc = k->mkdir(dir, a, y % 3 ? 0777 : y);
    break;
  case 1:
    rc = k->unlink(dir, a, 0);
    break;
  case 2:
    rc = k->unlink(dir, a, AT_REMOVEDIR);
    break;
  case 3:
    rc = k->rename(dir, a, dir2, b, x);
    break;
  case 4:
    rc = k->rename(dir, a, dir2, b, 0);
    break;
  case 5:
    if (d->user == 0) rc = k->link(dir, a, dir2, b, z ? 0 : AT_SYMLINK_FOLLOW);
    break;
  case 6:
    rc = k->symlink(a, dir, b);
    break;
  case 7:
    rc = k->chmod(dir, a, z ? 0777 : y);
    break;
  case 8:
    rc = k->chown(dir, a, x == 0 ? (unsigned)-1 : x * 100, z == 0 ? (unsigned)-1 : z * 100,
                  y % 2 ? 0 : AT_SYMLINK_NOFOLLOW);
    break;
  case 9:
    rc = k->utimes(dir, a, y % 2 ? now : set, 0);
    break;
  case 10:
    rc = k->access(dir, a, (int)(y % 8), z ? AT_EACCESS : 0);
    break;
  case 11:
    rc = k->truncate(a, (int64_t)draw(d, 9000));
    break;
  case 12:
    rc = k->mknod(dir, a, (z == 0 ? S_IFCHR : z == 1 ? S_IFSOCK : S_IFREG) | (y & 0777), 1, 3);
    break;
  case 13:
    rc = z ? 0 : k->chdir(a);
    break;
  }
  fprintf(d->out, "name %u %d %s %s %u %o %u: %d\n", what, dir == AT_FDCWD, a, b, x, y, z, rc);
}

static void step(struct dice *d) {
  static const unsigned users[] = {0, 100, 200};
  char path[128];
  unsigned what = draw(d, 30);
  draw_path(d, path);
  if (what < 5)
    step_open(d, draw_dir(d), path);
  else if (what < 11)
    step_bytes(d);
  else if (what < 13)
    step_stat(d, draw_dir(d), path);
  else if (what < 14)
    step_open_dir(d, path);
  else if (what < 16)
    step_list(d, path);
  else if (what < 29)
    step_name(d, draw(d, 14));
  else if (draw(d, 3) == 0) {
    d->user = users[draw(d, 3)];
    fprintf(d->out, "become %u: %d\n", d->user, d->k->become(d->user, d->user));
  }
}

void scenario_random(const struct calls *k, FILE *out, uint64_t seed, unsigned steps) {
  static struct dice d;
  memset(&d, 0, sizeof d);
  d.k = k, d.out = out, d.seed = seed;
  /* ".." stays in what the test made */
  k->umask(0);
  k->mkdir(AT_FDCWD, "1", 0777), k->mkdir(AT_FDCWD, "1/2", 0777), k->mkdir(AT_FDCWD, "1/2/3", 0777), k->chdir("1/2/3");
  k->umask(022);
  for (int i = 0; i < FILES; i++) d.fd[i] = -1;
  for (int i = 0; i < DIRS; i++) d.dir[i] = k->open(AT_FDCWD, ".", O_RDONLY | O_DIRECTORY, 0);
  while (steps--) step(&d);
  k->become(0, 0);
  for (int i = 0; i < FILES; i++)
    if (d.fd[i] >= 0) k->close(d.fd[i]);
  for (int i = 0; i < DIRS; i++)
    if (d.dir[i] >= 0) k->close(d.dir[i]);
}
