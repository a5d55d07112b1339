/* tests/guest/random.c - thousands of file calls drawn from a seed, every result printed: Linux is the oracle.
 *
 * Few names in few directories, so that calls meet: renames over what is there, links to what is going away,
 * files that are open while they lose their name.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fs.h"

enum { OPEN_FILES = 6, PATH = 64, BLOCK = 9000 };

struct world {
  uint64_t seed;
  int fd[OPEN_FILES];
  unsigned char block[BLOCK];
};

static unsigned draw(struct world *w, unsigned below) {
  w->seed = w->seed * 6364136223846793005u + 1442695040888963407u;
  return (unsigned)(w->seed >> 33) % below;
}

static void draw_path(struct world *w, char path[PATH]) {
  static const char *const part[] = {"a", "b", "c", "d", "e", "..", ".", "l"};
  path[0] = 0;
  for (unsigned depth = 1 + draw(w, 3), i = 0; i < depth; i++) {
    if (i) strcat(path, "/");
    unsigned k = draw(w, 40);
    strcat(path, part[k < 35 ? k % 5 : k - 33 < 8 ? k - 33 : 0]);
  }
  if (draw(w, 40) == 0) strcat(path, "/");
}

static unsigned sum_of(const unsigned char *p, long n) {
  unsigned h = 5381;
  for (long i = 0; i < n; i++) h = h * 33 + p[i];
  return h;
}

static void step_open(struct world *w, const char *path) {
  static const int how[] = {O_RDONLY,
                            O_RDWR,
                            O_RDWR | O_CREAT,
                            O_RDWR | O_CREAT | O_EXCL,
                            O_WRONLY | O_APPEND,
                            O_RDWR | O_CREAT | O_TRUNC,
                            O_RDWR | O_CREAT | O_NOFOLLOW};
  unsigned k = draw(w, OPEN_FILES), f = draw(w, sizeof how / sizeof how[0]);
  if (w->fd[k] >= 0) fs_close(w->fd[k]);
  w->fd[k] = fs_open(path, how[f], 0644);
  printf("open %s %u: %d\n", path, f, w->fd[k] < 0 ? w->fd[k] : 0);
}

static void step_file(struct world *w) {
  unsigned k = draw(w, OPEN_FILES), what = draw(w, 5);
  uint64_t at = draw(w, 30000);
  size_t n = draw(w, BLOCK);
  struct fs_stat s = {0};
  if (w->fd[k] < 0 || fs_fstat(w->fd[k], &s) < 0 || (s.mode & 0170000) != 0100000) return;
  long rc;
  if (what == 0)
    rc = fs_ftruncate(w->fd[k], at);
  else if (what <= 2) {
    memset(w->block, (int)draw(w, 256), n);
    rc = what == 1 ? fs_write(w->fd[k], w->block, n) : fs_pwrite(w->fd[k], w->block, n, at);
  } else {
    rc = what == 3 ? fs_read(w->fd[k], w->block, n) : fs_pread(w->fd[k], w->block, n, at);
    printf("sum %u ", sum_of(w->block, rc));
  }
  fs_fstat(w->fd[k], &s);
  printf("file %u %zu at %lu: %ld, nlink %u size %lu\n", what, n, (unsigned long)at, rc, s.nlink,
         (unsigned long)s.size);
}

static void step_stat(const char *path) {
  struct fs_stat s = {0};
  int rc = fs_lstat(path, &s);
  if (rc == 0 && (s.mode & 0170000) != 0040000)
    printf("lstat %s: %o %u %lu\n", path, s.mode, s.nlink, (unsigned long)s.size);
  else
    printf("lstat %s: %d %o\n", path, rc, s.mode);
}

static void add_name(void *arg, const char *name) {
  *(unsigned *)arg += sum_of((const unsigned char *)name, (long)strlen(name)) * 2654435761u;
}

static void step(struct world *w) {
  char one[PATH], two[PATH];
  unsigned sum = 0;
  draw_path(w, one);
  draw_path(w, two);
  switch (draw(w, 14)) {
  case 0:
  case 1:
    step_open(w, one);
    break;
  case 2:
  case 3:
  case 4:
    step_file(w);
    break;
  case 5:
  case 6:
    printf("mkdir %s: %d\n", one, fs_mkdir(one, 0755));
    break;
  case 7:
    printf("rmdir %s: %d\n", one, fs_rmdir(one));
    break;
  case 8:
    printf("unlink %s: %d\n", one, fs_unlink(one));
    break;
  case 9:
  case 10:
    printf("rename %s %s: %d\n", one, two, fs_rename(one, two));
    break;
  case 11:
    printf("link %s %s: %d\n", one, two, fs_link(one, two));
    break;
  case 12:
    printf("symlink %s %s: %d\n", one, two, fs_symlink(one, two));
    break;
  case 13:
    step_stat(one);
    int n = fs_list(two, add_name, &sum);
    printf("list %s: %d %u\n", two, n, sum);
    break;
  }
}

int main(int argc, char **argv) {
  struct world w = {.seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1};
  unsigned steps = argc > 3 ? (unsigned)atoi(argv[3]) : 20000;
  for (int i = 0; i < OPEN_FILES; i++) w.fd[i] = -1;
  int rc = fs_begin(argc > 1 ? argv[1] : ".");
  /* ".." must stay in what the test made */
  if (rc < 0 || fs_mkdir("1", 0755) || fs_mkdir("1/2", 0755) || fs_mkdir("1/2/3", 0755) || fs_chdir("1/2/3")) return 1;
  fs_umask(022);
  while (steps--) step(&w);
  for (int i = 0; i < OPEN_FILES; i++)
    if (w.fd[i] >= 0) fs_close(w.fd[i]);
  fs_end();
  return 0;
}
