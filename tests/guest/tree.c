/* tests/guest/tree.c - tree NAME...: the tree below / as tests/guest/tree_text.h writes it, without these names in it.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "tree_text.h"

enum { PATH_ROOM = 8192, ATTRIBUTES = 1 << 17 };

static struct tree_text text;
static char path[PATH_ROOM] = "."; /* shown; calls get the last name of it alone, from the directory that it is in */
static const char *name = ".";
static char **left_out;

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static int is_left_out(const char *name) {
  for (char **l = left_out; *l; l++)
    if (strcmp(*l, name) == 0) return 1;
  return 0;
}

static size_t first_bytes(char *to, mode_t mode) {
  if (S_ISLNK(mode)) return (size_t)readlink(name, to, TREE_FIRST);
  if (!S_ISREG(mode)) return 0;
  int fd = open(name, O_RDONLY);
  if (fd < 0) fail(path);
  ssize_t n = read(fd, to, TREE_FIRST);
  if (n < 0) fail(path);
  close(fd);
  return (size_t)n;
}

static void attributes(void) {
  static char names[ATTRIBUTES], value[ATTRIBUTES];
  ssize_t n = llistxattr(name, names, sizeof names);
  if (n < 0) fail("llistxattr");
  for (const char *a = names; a < names + n; a += strlen(a) + 1) {
    ssize_t size = lgetxattr(name, a, value, sizeof value);
    if (size < 0) fail("lgetxattr");
    tree_attribute(&text, a, value, (size_t)size);
  }
}

static mode_t line(unsigned links_too_many) {
  struct stat s;
  if (lstat(name, &s) < 0) fail(path);
  struct tree_line e = {.path = path, .mode = s.st_mode, .uid = s.st_uid, .gid = s.st_gid, .size = (uint64_t)s.st_size};
  e.nlink = s.st_nlink - links_too_many, e.mtime = s.st_mtime;
  e.rdev_major = major(s.st_rdev), e.rdev_minor = minor(s.st_rdev);
  e.have = first_bytes(e.first, s.st_mode);
  tree_add(&text, &e);
  attributes();
  tree_say(&text, "\n");
  return s.st_mode;
}

static int by_name(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

/* The names of the directory, in order; *dirs: how many of those left out are directories. */
static size_t names_in(char ***names, int top, unsigned *dirs) {
  size_t n = 0;
  DIR *d = opendir(name);
  if (!d) fail(path);
  for (struct dirent *e; (e = readdir(d));) {
    if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0) continue;
    if (top && is_left_out(e->d_name)) {
      *dirs += e->d_type == DT_DIR;
      continue;
    }
    *names = realloc(*names, (n + 1) * sizeof **names);
    (*names)[n++] = strdup(e->d_name);
  }
  closedir(d);
  if (n > 0) qsort(*names, n, sizeof **names, by_name);
  return n;
}

static void walk(int top);

static void walk_in(char **names, size_t n) {
  size_t end = strlen(path);
  if (chdir(name) < 0) fail(path);
  for (size_t i = 0; i < n; i++) {
    snprintf(path + end, sizeof path - end, "/%s", names[i]);
    name = names[i];
    walk(0);
    path[end] = 0;
    free(names[i]);
  }
  if (end > 1 && chdir("..") < 0) fail(path);
}

static void walk(int top) {
  struct stat s;
  char **names = NULL;
  unsigned dirs = 0;
  size_t n = 0;
  if (lstat(name, &s) < 0) fail(path);
  if (S_ISDIR(s.st_mode)) n = names_in(&names, top, &dirs);
  line(dirs);
  if (n > 0) walk_in(names, n);
  free(names);
}

int main(int argc, char **argv) {
  left_out = argv + 1;
  if (chdir("/") < 0) fail("/");
  walk(1);
  tree_end(&text);
  fwrite(text.text, 1, text.n, stdout);
  return 0;
}
