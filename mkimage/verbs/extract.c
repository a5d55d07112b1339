/* mkimage/verbs/extract.c - the verb extract: the tree that the machine will see, onto a disk. */
#include "mkimage/look/extract.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "formats/archive.h"
#include "mkimage/lib/progress.h"
#include "mkimage/verbs/verbs.h"

static const struct verb_option extract_options[] = {
    {'C', "directory", "DIR", "where to; made when it is not there"},
    {0, "skip-devices", NULL, "leave device nodes out (making them wants root)"},
    {0, NULL, NULL, NULL}};

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

static int extract_open(struct extract *x, const char *dir) {
  bool made = mkdir(dir, 0700) == 0;
  if (!made && errno != EEXIST) return say_errno(x->say, dir, "cannot make the directory", errno);
  x->root = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (x->root < 0) return say_errno(x->say, dir, "cannot open the directory", errno);
  x->own_root = made || extract_is_empty(x->root);
  return EXIT_DONE;
}

static uint64_t extract_bytes(const struct look *l, size_t i) {
  const struct node *n = &l->node[i];
  return n->first == i && (n->st.mode & MODE_TYPE) == MODE_FILE ? n->st.size : 0;
}

/* Directories get their modes and times last, deepest first: what is made inside would change both. */
static int extract_all(struct extract *x) {
  const struct look *l = x->look;
  uint64_t bytes = 0;
  int status = EXIT_DONE;
  for (size_t i = 0; i < l->nodes; i++) bytes += extract_bytes(l, i);
  progress_start(x->say, "extracting", bytes);
  for (size_t i = 0; status == EXIT_DONE && i < l->nodes; i++) status = extract_node(x, i);
  for (size_t i = l->nodes; status == EXIT_DONE && i-- > 0;)
    if ((l->node[i].st.mode & MODE_TYPE) == MODE_DIR) status = extract_finish(x, i);
  progress_end(x->say);
  return status != EXIT_DONE ? status : x->status;
}

static int extract_verb(struct call *c) {
  struct look l;
  const char *dir = call_option(c, "directory");
  struct extract x = {.look = &l, .say = &c->say, .root = -1, .parent = -1};
  x.owner = geteuid() == 0;
  x.skip_devices = call_option(c, "skip-devices") != NULL;
  if (dir == NULL) return say_error(&c->say, EXIT_USAGE, "where to? mkimage extract -C DIR IMAGE");
  int status = look_tree(&l, &c->say, c->operand[0]);
  if (status == EXIT_DONE) status = extract_open(&x, dir);
  umask(0); /* each mode is given in full */
  if (status == EXIT_DONE) status = extract_all(&x);
  if (status == EXIT_DONE) say_detail(&c->say, "%llu entries", (unsigned long long)l.nodes);
  extract_close(&x);
  look_close(&l);
  return status;
}

const struct verb verb_extract = {
    .name = "extract",
    .operands = "-C DIR IMAGE",
    .summary = "Writes the tree below a directory, and never outside it",
    .options = extract_options,
    .operands_min = 1,
    .operands_max = 1,
    .run = extract_verb,
};
