/* mkimage/look/extract.c - a tree, or a part of one, onto a disk: see extract.h. */
#include "mkimage/look/extract.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "formats/archive.h"
#include "mkimage/lib/progress.h"

static bool extract_is_empty(int fd) {
  int again = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *d = again >= 0 ? fdopendir(again) : NULL;
  const struct dirent *e;
  int n = 0;
  if (d == NULL) {
    if (again >= 0) close(again);
    return false;
  }
  while ((e = readdir(d)) != NULL) n += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
  closedir(d);
  return n == 0;
}

int extract_open(struct extract *x, const char *dir, bool follow) {
  struct stat st;
  bool made = mkdir(dir, 0700) == 0;
  if (!made && errno != EEXIST) return say_errno(x->say, dir, "cannot make the directory", errno);
  if (!made && !follow && lstat(dir, &st) == 0 && !S_ISDIR(st.st_mode)) {
    made = unlink(dir) == 0 && mkdir(dir, 0700) == 0;
    if (!made) return say_errno(x->say, dir, "cannot replace what is there", errno);
  }
  x->root = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC | (follow ? 0 : O_NOFOLLOW));
  if (x->root < 0) return say_errno(x->say, dir, "cannot open the directory", errno);
  x->own_root = made || extract_is_empty(x->root);
  return EXIT_DONE;
}

static uint64_t extract_bytes(const struct look *l, size_t i) {
  const struct node *n = &l->node[i];
  return n->first == i && (n->st.mode & MODE_TYPE) == MODE_FILE ? n->st.size : 0;
}

/* Directories get their modes and times last, deepest first: what is made inside would change both. */
int extract_tree(struct extract *x) {
  const struct look *l = x->look;
  size_t end = l->node[x->top].end;
  uint64_t bytes = 0;
  int status = EXIT_DONE;
  for (size_t i = x->top; i < end; i++) bytes += extract_bytes(l, i);
  progress_start(x->say, "extracting", bytes);
  for (size_t i = x->top + 1; status == EXIT_DONE && i < end; i++) status = extract_node(x, i);
  for (size_t i = end; status == EXIT_DONE && i-- > x->top;)
    if ((l->node[i].st.mode & MODE_TYPE) == MODE_DIR) status = extract_finish(x, i);
  progress_end(x->say);
  return status != EXIT_DONE ? status : x->status;
}

int extract_alone(struct extract *x, size_t i, const char *name) {
  struct node *n = &x->look->node[i];
  n->name = name;
  n->first = i;
  x->parent = fcntl(x->root, F_DUPFD_CLOEXEC, 3);
  x->parent_node = n->parent;
  return x->parent >= 0 ? extract_node(x, i) : say_errno(x->say, name, "cannot make it", errno);
}
