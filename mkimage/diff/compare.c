/* mkimage/diff/compare.c - two trees entry by entry: see compare.h. */
#include "mkimage/diff/compare.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "formats/archive.h"
#include "mkimage/lib/progress.h"
#include "mkimage/look/show.h"

/* --- telling ---------------------------------------------------------------------------- */

static void differ(struct compare *c, const char *path, const char *what, const char *image, const char *rootfs) {
  struct difference d = {path, what, image, rootfs, image ? strlen(image) : 0, rootfs ? strlen(rootfs) : 0};
  c->differences++;
  c->each(c->arg, &d);
}

static void differ_number(struct compare *c, const char *path, const char *what, const char *format, uint64_t image,
                          uint64_t rootfs) {
  char a[40], b[40];
  if (image == rootfs) return;
  bool octal = *format == 'o';
  snprintf(a, sizeof a, octal ? "%04llo" : "%lld", (unsigned long long)image);
  snprintf(b, sizeof b, octal ? "%04llo" : "%lld", (unsigned long long)rootfs);
  differ(c, path, what, a, b);
}

static void differ_pair(struct compare *c, const char *path, const char *what, const uint32_t image[2],
                        const uint32_t rootfs[2]) {
  char a[40], b[40];
  if (image[0] == rootfs[0] && image[1] == rootfs[1]) return;
  snprintf(a, sizeof a, "%u:%u", image[0], image[1]);
  snprintf(b, sizeof b, "%u:%u", rootfs[0], rootfs[1]);
  differ(c, path, what, a, b);
}

/* --- content ------------------------------------------------------------------------------- */

enum { COMPARE_PIECE = 65536 };

struct content {
  struct look *look;
  const struct say *say;
  taproot_ino ino;
  uint64_t at;
  bool differs;
  int rc; /* of a read that failed */
  uint8_t piece[COMPARE_PIECE];
};

static int content_take(void *arg, const uint8_t *bytes, size_t count) {
  struct content *c = arg;
  while (count > 0) {
    size_t n = count < sizeof c->piece ? count : sizeof c->piece;
    ssize_t got = taproot_iread(c->look->t, c->ino, c->piece, n, c->at);
    if (got < 0) return c->rc = (int)got;
    if (got == 0 || memcmp(c->piece, bytes, (size_t)got) != 0) {
      c->differs = true;
      return 1;
    }
    c->at += (uint64_t)got;
    progress_add(c->say, (uint64_t)got);
    bytes += got;
    count -= (size_t)got;
  }
  return 0;
}

/* The offset of the first piece that differs would say little; that it differs is said. */
static int compare_content(struct compare *c, const struct node *n, const struct tree_name *t) {
  struct content *content = calloc(1, sizeof *content);
  if (content == NULL) return say_error(c->say, EXIT_USAGE, "no memory to compare");
  content->look = c->look;
  content->say = c->say;
  content->ino = n->ino;
  int rc = tree_read(c->tree, c->say, t->inode, content_take, content), status = EXIT_DONE;
  if (content->differs)
    differ(c, t->path, "content", NULL, NULL);
  else if (content->rc < 0)
    status = say_error(c->say, say_status(content->rc), "%s: cannot read from the image: %s", say_name(t->path).text,
                       taproot_sentence(content->rc));
  else if (rc != 0)
    status = rc > 0 ? rc : EXIT_USAGE;
  free(content);
  return status;
}

/* --- one entry -------------------------------------------------------------------------------- */

static void compare_target(struct compare *c, const struct node *n, const struct tree_name *t) {
  size_t len = strlen(t->inode->target);
  if (len == n->target_len && memcmp(n->target, t->inode->target, len) == 0) return;
  struct difference d = {t->path, "target", n->target, t->inode->target, n->target_len, len};
  c->differences++;
  c->each(c->arg, &d);
}

/* Names of one inode are a group; a name belongs to the same group on both sides when the group has the same first
 * name. */
static void compare_links(struct compare *c, size_t i, size_t k) {
  const char *path = look_path(c->look, c->look->node[i].first);
  char *image = path != NULL ? strdup(path) : NULL;
  const char *rootfs = c->tree->name[c->first[k]].path;
  if (image != NULL && strcmp(image, rootfs) != 0) differ(c, c->tree->name[k].path, "links", image, rootfs);
  free(image);
}

static int compare_entry(struct compare *c, size_t i, size_t k) {
  const struct node *n = &c->look->node[i];
  const struct tree_name *t = &c->tree->name[k];
  const struct tree_inode *in = t->inode;
  uint32_t type = n->st.mode & MODE_TYPE;
  if (type != (in->mode & MODE_TYPE)) {
    differ(c, t->path, "type", show_type(n->st.mode), show_type(in->mode));
    return EXIT_DONE;
  }
  differ_number(c, t->path, "mode", "octal", n->st.mode & MODE_BITS, in->mode & MODE_BITS);
  differ_pair(c, t->path, "owner", (uint32_t[]){n->st.uid, n->st.gid}, (uint32_t[]){in->uid, in->gid});
  differ_number(c, t->path, "mtime", "decimal", (uint64_t)n->st.mtime_s, (uint64_t)in->mtime);
  if (type == MODE_CHR || type == MODE_BLK)
    differ_pair(c, t->path, "device", (uint32_t[]){n->st.rdev_major, n->st.rdev_minor},
                (uint32_t[]){in->rdev_major, in->rdev_minor});
  if (type == MODE_LINK) compare_target(c, n, t);
  if (type != MODE_DIR) compare_links(c, i, k);
  if (type != MODE_FILE || c->first[k] != k) return EXIT_DONE; /* each content once */
  differ_number(c, t->path, "size", "decimal", n->st.size, in->size);
  return n->st.size == in->size ? compare_content(c, n, t) : EXIT_DONE;
}

/* --- both trees ----------------------------------------------------------------------------------- */

struct first {
  uint32_t number;
  size_t k;
};

static int first_order(const void *a, const void *b) {
  const struct first *x = a, *y = b;
  if (x->number != y->number) return x->number < y->number ? -1 : 1;
  return x->k < y->k ? -1 : x->k > y->k;
}

static bool compare_firsts(struct compare *c) {
  size_t names = c->tree->names;
  struct first *f = reallocarray(NULL, names, sizeof *f);
  c->first = reallocarray(NULL, names, sizeof *c->first);
  if (f == NULL || c->first == NULL) {
    free(f);
    return false;
  }
  for (size_t k = 0; k < names; k++) f[k] = (struct first){c->tree->name[k].inode->number, k};
  qsort(f, names, sizeof *f, first_order);
  for (size_t j = 0, first = 0; j < names; j++) {
    if (f[j].number != f[first].number) first = j;
    c->first[f[j].k] = f[first].k;
  }
  free(f);
  return true;
}

static int compare_walk(struct compare *c) {
  struct look *l = c->look;
  int status = EXIT_DONE;
  for (size_t i = 0, k = 0; status == EXIT_DONE && (i < l->nodes || k < c->tree->names);) {
    const char *a = i < l->nodes ? look_path(l, i) : NULL, *b = k < c->tree->names ? c->tree->name[k].path : NULL;
    if (i < l->nodes && a == NULL) return say_error(c->say, EXIT_USAGE, "no memory to compare");
    int order = a == NULL ? 1 : b == NULL ? -1 : tree_compare(a, b);
    if (order < 0) {
      differ(c, a, "extra", show_type(l->node[i++].st.mode), NULL);
    } else if (order > 0) {
      differ(c, b, "missing", NULL, show_type(c->tree->name[k++].inode->mode));
    } else
      status = compare_entry(c, i++, k++);
  }
  return status;
}

/* The bytes of all contents, each once. */
static uint64_t compare_bytes(const struct tree *t) {
  uint64_t n = 0;
  for (size_t k = 0; k < t->names; k++)
    if (t->name[k].last && (t->name[k].inode->mode & MODE_TYPE) == MODE_FILE) n += t->name[k].inode->size;
  return n;
}

int compare_trees(struct compare *c) {
  c->differences = 0;
  c->first = NULL;
  progress_start(c->say, "comparing", compare_bytes(c->tree));
  int status = compare_firsts(c) ? compare_walk(c) : say_error(c->say, EXIT_USAGE, "no memory to compare");
  progress_end(c->say);
  free(c->first);
  c->first = NULL;
  return status == EXIT_DONE && c->differences > 0 ? EXIT_DIFFERS : status;
}
