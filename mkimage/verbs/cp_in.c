/* mkimage/verbs/cp_in.c - files of the host into a finished image.
 *
 * The tree of the image is edited and the image made again with it.  As when an
 * image is packed, modes and times are those of the files and owners what app.cfg
 * says, 0:0 where it does not.
 */
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <search.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "formats/err.h"
#include "formats/limits.h"
#include "mkimage/lib/spool.h"
#include "mkimage/pack/rebuild.h"
#include "mkimage/tree/tree_edit.h"
#include "mkimage/tree/tree_image.h"
#include "mkimage/verbs/cp.h"

/* A file of the host that has more than one name. */
struct cp_seen {
  dev_t dev;
  ino_t ino;
  const char *path; /* in the image */
};

struct cp_in {
  const struct call *c;
  const struct say *say;
  struct tree *t;
  struct recipe recipe; /* of the image: its owner */
  bool recursive;
  char at[LIMIT_PATH]; /* where the destination is, a clean path */
  bool into;           /* it is a directory that is there */
  void *seen;
  const uint8_t *standard; /* what came from standard input, mapped */
  uint64_t standard_size;
};

/* --- the destination ------------------------------------------------------------- */

/* As cp(1) has it: into a directory that is there; else it becomes the one source. */
static int cp_destination(struct cp_in *in, const char *path) {
  int why;
  const struct tree_name *name = place_find(in->t, path, &why);
  in->into = name != NULL && S_ISDIR(name->inode->mode);
  if (name != NULL) memcpy(in->at, name->path, strlen(name->path) + 1);
  if (in->into) return EXIT_DONE;
  bool one = in->c->operands == 2, slash = path[strlen(path) - 1] == '/';
  if (!one || (slash && (name != NULL || !in->recursive)))
    return say_error(in->say, EXIT_USAGE, "'%s': %s", say_name(path).text,
                     name != NULL ? "not a directory" : err_sentence(why));
  if (name != NULL) return EXIT_DONE;
  int status = place_parent(in->t, in->say, path, in->at);
  if (status == EXIT_DONE && tree_find(in->t, in->at) != NULL)
    return say_error(in->say, EXIT_USAGE, "'%s': a symbolic link that leads nowhere", say_name(path).text);
  return status;
}

/* Where a source comes to stand. */
static int cp_name(const struct cp_in *in, const char *source, char path[LIMIT_PATH]) {
  char base[LIMIT_PATH];
  place_base(source, base);
  if (strcmp(base, "..") == 0) return say_error(in->say, EXIT_USAGE, "'%s': it has no name", say_name(source).text);
  bool root = strcmp(in->at, ".") == 0, inside = in->into && strcmp(base, ".") != 0;
  int n = snprintf(path, LIMIT_PATH, "%s%s%s", root && inside ? "" : in->at, root || !inside ? "" : "/",
                   inside ? base : "");
  if (n < (int)LIMIT_PATH) return EXIT_DONE;
  return say_error(in->say, EXIT_UNFIT, "'%s': its path in the image would be too long", say_name(source).text);
}

/* --- one entry ------------------------------------------------------------------------ */

static int cp_seen_order(const void *a, const void *b) {
  const struct cp_seen *x = a, *y = b;
  if (x->dev != y->dev) return x->dev < y->dev ? -1 : 1;
  return x->ino < y->ino ? -1 : x->ino > y->ino;
}

/* Where another name of this file of the host stands already, or NULL; from now on that is `path`. */
static const char *cp_first_name(struct cp_in *in, const struct stat *st, const char *path) {
  struct cp_seen *key = pool_take(&in->t->pool, sizeof *key);
  if (key == NULL) return NULL;
  *key = (struct cp_seen){st->st_dev, st->st_ino, pool_copy(&in->t->pool, path, strlen(path))};
  struct cp_seen **found = tsearch(key, &in->seen, cp_seen_order);
  return found != NULL && *found != key ? (*found)->path : NULL;
}

static void cp_owner(const struct cp_in *in, struct tree_edit *e) {
  const struct recipe *r = &in->recipe;
  if (!r->keep_owner && call_option(in->c, "preserve") == NULL) e->uid = r->uid, e->gid = r->gid;
  if (r->has_clamp && e->mtime >= r->clamp) e->mtime = r->clamp, e->mtime_ns = 0;
}

/* A file that is replaced stays one with its other names, as when its content had been written to. */
static int cp_replace(struct cp_in *in, const char *path, const struct tree_edit *e) {
  const struct tree_name *old = tree_edit_find(in->t, path);
  const struct tree_inode *before = old != NULL && S_ISREG(old->inode->mode) && S_ISREG(e->mode) ? old->inode : NULL;
  int status = tree_edit_put(in->t, in->say, path, e);
  if (status != EXIT_DONE || before == NULL) return status;
  struct tree_inode *now = tree_edit_find(in->t, path)->inode;
  for (size_t i = 0; i < in->t->names; i++)
    if (in->t->name[i].inode == before) in->t->name[i].inode = now;
  return EXIT_DONE;
}

static int cp_entry(struct cp_in *in, const char *host, const struct stat *st, const char *path) {
  struct tree_edit e;
  const struct tree_name *old = tree_edit_find(in->t, path);
  const char *first = NULL;
  if (S_ISDIR(st->st_mode) && old != NULL && S_ISDIR(old->inode->mode)) return EXIT_DONE;
  if (!S_ISDIR(st->st_mode) && st->st_nlink > 1) first = cp_first_name(in, st, path);
  if (first != NULL && strcmp(first, path) != 0) return tree_edit_link(in->t, in->say, path, first);
  int status = tree_edit_of_host(in->t, in->say, host, !in->recursive, &e);
  if (status != EXIT_DONE) return status;
  cp_owner(in, &e);
  return cp_replace(in, path, &e);
}

/* --- sources ------------------------------------------------------------------------------- */

static int cp_walk_entry(struct cp_in *in, const FTSENT *f, const char *top, size_t top_len) {
  char path[LIMIT_PATH];
  const char *below = f->fts_path + top_len;
  switch (f->fts_info) {
  case FTS_DP:
    return EXIT_DONE;
  case FTS_DNR:
  case FTS_ERR:
  case FTS_NS:
    return say_errno(in->say, f->fts_path, "cannot read", f->fts_errno);
  case FTS_DC:
    return say_error(in->say, EXIT_USAGE, "'%s': a directory within itself", say_name(f->fts_path).text);
  default:
    break;
  }
  below += strspn(below, "/");
  bool root = strcmp(top, ".") == 0;
  int n = *below == 0 ? snprintf(path, sizeof path, "%s", top)
                      : snprintf(path, sizeof path, "%s%s%s", root ? "" : top, root ? "" : "/", below);
  if (n >= (int)sizeof path)
    return say_error(in->say, EXIT_UNFIT, "'%s': its path in the image would be too long", say_name(f->fts_path).text);
  return cp_entry(in, f->fts_accpath, f->fts_statp, path);
}

static int cp_walk(struct cp_in *in, char *source, const char *top) {
  char *const paths[] = {source, NULL};
  FTS *fts = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
  FTSENT *f = NULL;
  int status = EXIT_DONE;
  if (fts == NULL) return say_errno(in->say, source, "cannot read", errno);
  while (status == EXIT_DONE && (errno = 0, f = fts_read(fts)) != NULL)
    status = cp_walk_entry(in, f, top, strlen(source));
  if (status == EXIT_DONE && errno != 0) status = say_errno(in->say, source, "cannot read", errno);
  fts_close(fts);
  return status;
}

/* Standard input, up to its end: a file of 0644 and of now, or with the mode of the one that it replaces. */
static int cp_lay_down(struct cp_in *in) {
  uint8_t piece[16384];
  uint64_t size = 0;
  ssize_t n = 1;
  int fd, status = spool_open(in->say, &fd);
  if (status != EXIT_DONE) return status;
  while (status == EXIT_DONE && n != 0) {
    n = read(0, piece, sizeof piece);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0)
      status = say_errno(in->say, "standard input", "cannot read", errno);
    else
      status = spool_write(in->say, fd, piece, (size_t)n, size), size += (uint64_t)n;
  }
  if (status == EXIT_DONE) status = image_map_fd(in->say, "standard input", fd, &in->standard, &in->standard_size);
  close(fd);
  return status;
}

static int cp_standard(struct cp_in *in) {
  const struct tree_name *old = tree_edit_find(in->t, in->at);
  struct tree_edit e = {.mode = S_IFREG | 0644, .uid = geteuid(), .gid = getegid(), .mtime = time(NULL)};
  if (in->into) return say_error(in->say, EXIT_USAGE, "standard input has no name: IMAGE:/PATH must say one");
  int status = cp_lay_down(in);
  if (status != EXIT_DONE) return status;
  if (old != NULL && S_ISREG(old->inode->mode)) e.mode = old->inode->mode;
  e.bytes = in->standard;
  e.size = in->standard_size;
  cp_owner(in, &e);
  return cp_replace(in, in->at, &e);
}

static int cp_source(struct cp_in *in, char *source) {
  struct stat st;
  char path[LIMIT_PATH];
  if (strcmp(source, "-") == 0) return cp_standard(in);
  if (fstatat(AT_FDCWD, source, &st, in->recursive ? AT_SYMLINK_NOFOLLOW : 0) != 0)
    return say_errno(in->say, source, "cannot open", errno);
  if (S_ISDIR(st.st_mode) && !in->recursive)
    return say_error(in->say, EXIT_USAGE, "'%s': a directory; -r copies it with all that is in it",
                     say_name(source).text);
  if (!S_ISREG(st.st_mode) && !in->recursive)
    return say_error(in->say, EXIT_USAGE, "'%s': not a regular file; -r copies it as it is", say_name(source).text);
  int status = cp_name(in, source, path);
  if (status != EXIT_DONE) return status;
  return S_ISDIR(st.st_mode) ? cp_walk(in, source, path) : cp_entry(in, source, &st, path);
}

/* --- the image --------------------------------------------------------------------------------- */

static int cp_recipe(struct cp_in *in, const struct image *im) {
  struct manifest_record r;
  struct flaw flaw = {0};
  recipe_start(&in->recipe);
  if (manifest_find(im->records, MANIFEST_RECIPE, &r) && recipe_decode(&in->recipe, r.bytes, r.length, &flaw) < 0)
    return say_flaw(in->say, im->name, &flaw);
  return recipe_clamp(&in->recipe, in->say);
}

static void cp_seen_keep(void *key) {} /* the tree's pool owns it */

static int cp_in_image(struct cp_in *in, struct look *l, const char *path) {
  int status = cp_recipe(in, &l->im);
  if (status == EXIT_DONE) status = tree_of_look(in->t, in->say, l);
  if (status == EXIT_DONE) status = cp_destination(in, path);
  for (int i = 0; i + 1 < in->c->operands && status == EXIT_DONE; i++) status = cp_source(in, in->c->operand[i]);
  tdestroy(in->seen, cp_seen_keep);
  recipe_drop(&in->recipe);
  return status == EXIT_DONE ? tree_edit_done(in->t, in->say) : status;
}

int cp_in(const struct call *c, const struct place *to) {
  struct look l;
  struct tree t = {.root_fd = -1, .spool_fd = -1};
  struct rebuild_target target;
  struct cp_in in = {.c = c, .say = &c->say, .t = &t, .recursive = call_option(c, "recursive") != NULL};
  int status = rebuild_target(&target, &c->say, to->image, call_option(c, "output"));
  if (status != EXIT_DONE) return status;
  status = look_tree(&l, &c->say, to->image);
  if (status == EXIT_DONE) status = rebuild_finished(&l.im, &c->say);
  if (status == EXIT_DONE) status = cp_in_image(&in, &l, to->path);
  if (status == EXIT_DONE) status = rebuild_image(&c->say, &l.im, &t, &target);
  tree_drop(&t);
  look_close(&l);
  if (in.standard != NULL) munmap((void *)(uintptr_t)in.standard, (size_t)in.standard_size);
  return status;
}
