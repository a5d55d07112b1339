/* mkimage/verbs/cp_out.c - entries of an image onto the host.
 *
 * A file is written without a name and takes it when it is complete; what lies
 * below a directory is made as by extract, never outside it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "formats/archive.h"
#include "formats/err.h"
#include "mkimage/lib/output.h"
#include "mkimage/look/extract.h"
#include "mkimage/verbs/cp.h"

enum { CP_PIECE = 65536 };

struct cp_out {
  const struct call *c;
  const struct say *say;
  struct look *l;
  const char *to;
  bool into, recursive, preserve; /* into: `to` is a directory that is there */
  mode_t mask;                    /* what of a mode is left */
};

/* --- one file --------------------------------------------------------------------- */

static int cp_content(const struct cp_out *o, const struct node *n, struct output *out) {
  char piece[CP_PIECE];
  ssize_t got;
  int status = EXIT_DONE;
  for (uint64_t at = 0; (got = taproot_iread(o->l->t, n->ino, piece, sizeof piece, at)) > 0; at += (uint64_t)got)
    if ((status = output_write(out, piece, (size_t)got, at)) != EXIT_DONE) return status;
  if (got == 0) return EXIT_DONE;
  return say_error(o->say, say_status((int)got), "cannot read from the image: %s", taproot_sentence((int)got));
}

static int cp_xattrs(const struct cp_out *o, const struct node *n, int fd, const char *path) {
  struct pool pool = {0};
  struct attr *list = NULL;
  int status = EXIT_DONE;
  if (!look_attrs(o->l, n, &pool, &list)) status = say_error(o->say, EXIT_USAGE, "out of memory");
  for (const struct attr *x = list; x != NULL && status == EXIT_DONE; x = x->next)
    if (fsetxattr(fd, x->name, x->value, x->size, 0) != 0)
      status = say_error(o->say, EXIT_USAGE, "%s: cannot set the extended attribute %s: %s", say_name(path).text,
                         say_name(x->name).text, strerror(errno));
  pool_drop(&pool);
  return status;
}

static int cp_preserve(const struct cp_out *o, const struct node *n, int fd, const char *path) {
  const struct timespec t[2] = {{0, UTIME_OMIT}, {(time_t)n->st.mtime_s, (long)n->st.mtime_ns}};
  if (!o->preserve) return EXIT_DONE;
  if (geteuid() == 0 && fchown(fd, n->st.uid, n->st.gid) != 0)
    return say_errno(o->say, path, "cannot set the owner", errno);
  int status = cp_xattrs(o, n, fd, path);
  if (status != EXIT_DONE) return status;
  return futimens(fd, t) == 0 ? EXIT_DONE : say_errno(o->say, path, "cannot set the time", errno);
}

static int cp_file(const struct cp_out *o, size_t i, const char *path) {
  struct output out;
  const struct node *n = &o->l->node[i];
  int status = output_open(&out, o->say, path);
  if (status != EXIT_DONE) return status;
  status = cp_content(o, n, &out);
  if (status == EXIT_DONE) status = cp_preserve(o, n, out.fd, path);
  if (status == EXIT_DONE)
    status = output_commit(&out, S_IFREG | (n->st.mode & o->mask)); /* with the type it is not 0 */
  output_drop(&out);
  return status;
}

/* --- what is below an entry ------------------------------------------------------------ */

/* Hard links to names outside of what is copied begin anew inside. */
static int cp_links(struct look *l, size_t i) {
  size_t *first = calloc(l->nodes, sizeof *first);
  if (first == NULL) return ERR_NOMEM;
  for (size_t k = i; k < l->node[i].end; k++) {
    size_t *f = &first[l->node[k].first];
    if (*f == 0) *f = k + 1;
    l->node[k].first = *f - 1;
  }
  free(first);
  return 0;
}

static int cp_directory(const struct cp_out *o, size_t i, const char *path) {
  bool named = strcmp(path, o->to) == 0; /* and not only the directory that it is to stand in */
  struct extract x = {.look = o->l, .say = o->say, .top = i, .root = -1, .parent = -1};
  x.owner = o->preserve && geteuid() == 0;
  x.mask = o->mask;
  x.no_times = x.skip_xattrs = !o->preserve;
  if (cp_links(o->l, i) < 0) return say_error(o->say, EXIT_USAGE, "out of memory");
  int status = extract_open(&x, path, named);
  mode_t before = umask(0); /* modes are given in full */
  if (status == EXIT_DONE) status = extract_tree(&x);
  umask(before);
  extract_close(&x);
  return status;
}

/* A symbolic link or a special file, under its own name in the directory that is above `path`. */
static int cp_special(const struct cp_out *o, size_t i, const char *path) {
  struct extract x = {.look = o->l, .say = o->say, .root = -1, .parent = -1};
  char above[PATH_MAX], name[LIMIT_PATH];
  place_base(path, name);
  if (snprintf(above, sizeof above, "%.*s", (int)(strlen(path) - strlen(name)), path) >= (int)sizeof above)
    return say_error(o->say, EXIT_USAGE, "%s: the path is too long", say_name(path).text);
  x.owner = o->preserve && geteuid() == 0;
  x.mask = o->mask;
  x.no_times = x.skip_xattrs = !o->preserve;
  x.root = open(above[0] ? above : ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (x.root < 0) return say_errno(o->say, above, "cannot open the directory", errno);
  mode_t before = umask(0);
  int status = extract_alone(&x, i, name);
  umask(before);
  extract_close(&x);
  return status != EXIT_DONE ? status : x.status;
}

/* --- sources --------------------------------------------------------------------------------- */

/* The node that a path means: without -r, what a symbolic link at its end leads to. */
static int cp_node(const struct cp_out *o, const char *path, size_t *i) {
  struct taproot_stat st;
  int why = o->recursive ? 0 : taproot_stat(o->l->t, path, &st);
  *i = why < 0 ? SIZE_MAX : look_find(o->l, path, &why);
  for (size_t k = 0; !o->recursive && *i != SIZE_MAX && k < o->l->nodes; k++)
    if (o->l->node[k].st.ino == st.ino && o->l->node[*i].st.ino != st.ino) *i = k;
  if (*i == SIZE_MAX) return say_error(o->say, EXIT_USAGE, "'%s': %s", say_name(path).text, taproot_sentence(why));
  return EXIT_DONE;
}

static int cp_path(const struct cp_out *o, const char *source, char path[PATH_MAX]) {
  char base[LIMIT_PATH];
  place_base(source, base);
  bool inside = o->into && strcmp(base, ".") != 0;
  if (inside && strcmp(base, "..") == 0)
    return say_error(o->say, EXIT_USAGE, "'%s': it has no name", say_name(source).text);
  const char *slash = o->to[strlen(o->to) - 1] == '/' ? "" : "/";
  int n = snprintf(path, PATH_MAX, "%s%s%s", o->to, inside ? slash : "", inside ? base : "");
  return n < PATH_MAX ? EXIT_DONE : say_error(o->say, EXIT_USAGE, "%s: the path is too long", say_name(o->to).text);
}

static int cp_one(const struct cp_out *o, const char *source) {
  char path[PATH_MAX];
  size_t i;
  int status = cp_node(o, source, &i);
  if (status == EXIT_DONE) status = cp_path(o, source, path);
  if (status != EXIT_DONE) return status;
  uint32_t type = o->l->node[i].st.mode & MODE_TYPE;
  if (type == MODE_FILE) return cp_file(o, i, path);
  if (!o->recursive)
    return say_error(o->say, EXIT_USAGE,
                     type == MODE_DIR ? "'%s': a directory; -r copies it with all that is in it"
                                      : "'%s': not a regular file; -r copies it as it is",
                     say_name(source).text);
  return type == MODE_DIR ? cp_directory(o, i, path) : cp_special(o, i, path);
}

/* --- the destination --------------------------------------------------------------------------- */

static int cp_host(struct cp_out *o, char real[PATH_MAX]) {
  struct stat st;
  bool there = stat(o->to, &st) == 0;
  if (*o->to == 0) return say_error(o->say, EXIT_USAGE, "a destination without a name");
  if (strcmp(o->to, "-") == 0) return say_error(o->say, EXIT_USAGE, "to standard output: mkimage cat IMAGE PATH");
  o->into = there && S_ISDIR(st.st_mode);
  bool wants = o->c->operands > 2 || (o->to[strlen(o->to) - 1] == '/' && !o->recursive);
  if (wants && !o->into) return say_errno(o->say, o->to, "not a directory that is there", there ? ENOTDIR : ENOENT);
  if (there && !o->into && realpath(o->to, real) != NULL) o->to = real; /* through a link that was named */
  return EXIT_DONE;
}

int cp_out(const struct call *c, const struct place *from) {
  struct look l;
  struct place p;
  char real[PATH_MAX];
  struct cp_out o = {.c = c, .say = &c->say, .l = &l, .to = c->operand[c->operands - 1]};
  mode_t mask = umask(0);
  umask(mask);
  o.recursive = call_option(c, "recursive") != NULL;
  o.preserve = call_option(c, "preserve") != NULL;
  o.mask = o.preserve ? MODE_BITS : 0777 & ~mask;
  int status = cp_host(&o, real);
  if (status != EXIT_DONE) return status;
  status = look_tree(&l, &c->say, from->image);
  for (int i = 0; i + 1 < c->operands && status == EXIT_DONE; i++) {
    place_read(&p, c->operand[i]);
    status = cp_one(&o, p.path);
  }
  look_close(&l);
  return status;
}
