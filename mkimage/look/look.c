/* mkimage/look/look.c - opens an image or archive and unpacks it through libtaproot: see look.h. */
#include "mkimage/look/look.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "formats/archive.h"
#include "formats/bytes.h"
#include "formats/err.h"
#include "formats/path.h"
#include "mkimage/lib/progress.h"
#include "mkimage/lib/spool.h"

/* --- open --------------------------------------------------------------------------- */

enum { LOOK_STEP = 1 << 20 };
static const char look_standard[] = "standard input";

/* As many bytes as come until `n` are there or the input ends.  -1: errno. */
static ssize_t look_fill(uint8_t *bytes, size_t n) {
  size_t have = 0;
  while (have < n) {
    ssize_t got = read(0, bytes + have, n - have);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return -1;
    if (got == 0) break;
    have += (size_t)got;
  }
  return (ssize_t)have;
}

/* What begins like nothing that is known here is not read to its end, which it may not have. */
static bool look_goes_on(const uint8_t *bytes, size_t n) {
  struct image im;
  struct flaw flaw = {0};
  bool elf = n >= 4 && memcmp(bytes, "\177ELF", 4) == 0;
  return elf || bytes_are_zero(bytes, n) || image_recognise(&im, look_standard, bytes, n, &flaw) == 0;
}

/* Standard input up to its end, into a file without a name. */
static int look_spool(const struct say *say, int fd, uint8_t *piece) {
  uint64_t size = 0;
  ssize_t n;
  int status = EXIT_DONE;
  while (status == EXIT_DONE && (n = look_fill(piece, LOOK_STEP)) != 0) {
    if (n < 0) return say_errno(say, look_standard, "cannot read", errno);
    status = spool_write(say, fd, piece, (size_t)n, size);
    if (size == 0 && !look_goes_on(piece, (size_t)n)) break;
    size += (uint64_t)n;
  }
  return status;
}

/* In a mapping, so that image_close treats it as a file's. */
static int look_slurp(const struct say *say, const uint8_t **bytes, uint64_t *size) {
  uint8_t *piece = malloc(LOOK_STEP);
  int fd = -1;
  if (piece == NULL) return say_error(say, EXIT_USAGE, "out of memory");
  int status = spool_open(say, &fd);
  if (status == EXIT_DONE) status = look_spool(say, fd, piece);
  if (status == EXIT_DONE) status = image_map_fd(say, look_standard, fd, bytes, size);
  if (fd >= 0) close(fd);
  free(piece);
  return status;
}

/* What is wrong, for those who tell it in JSON, and said. */
static int look_flaw(struct look *l, const struct say *say, const struct flaw *flaw) {
  l->flaw.code = flaw->code;
  l->flaw.offset = flaw->offset;
  l->flaw.stored_offset = flaw->packed;
  flaw_print(flaw, l->flaw.text, sizeof l->flaw.text);
  return say_flaw(say, l->im.name, flaw);
}

int look_open(struct look *l, const struct say *say, const char *path) {
  const uint8_t *bytes = NULL;
  uint64_t size = 0;
  struct flaw flaw = {0};
  bool standard = strcmp(path, "-") == 0;
  *l = (struct look){.im.name = standard ? "standard input" : path, .flaw = {0, FLAW_NOWHERE, FLAW_NOWHERE, ""}};
  int status = standard ? look_slurp(say, &bytes, &size) : image_map(say, path, &bytes, &size);
  if (status != EXIT_DONE) return status;
  return image_recognise(&l->im, l->im.name, bytes, size, &flaw) == 0 ? EXIT_DONE : look_flaw(l, say, &flaw);
}

int look_digests(struct look *l, const struct say *say) {
  struct flaw flaw = {0};
  int rc = 0;
  progress_start(say, "checking digests", 0);
  for (unsigned i = 0; rc == 0 && l->im.kind == IMAGE_PACKED && i < l->im.header.archives; i++)
    rc = initrd_check(&l->im.header, i, l->im.initrd, &flaw);
  progress_end(say);
  return rc < 0 ? look_flaw(l, say, &flaw) : EXIT_DONE;
}

void look_close(struct look *l) {
  taproot_stop(l->t);
  image_close(&l->im);
  pool_drop(&l->pool);
  free(l->node);
  free(l->path);
  *l = (struct look){0};
}

/* --- unpack ---------------------------------------------------------------------------- */

int look_unpack(struct look *l, const struct say *say) {
  const struct image *im = &l->im;
  if (im->kind == IMAGE_KERNEL)
    return say_error(say, EXIT_USAGE, "%s: a kernel that carries no archive yet", say_name(im->name).text);
  if (l->t == NULL && (l->t = taproot_start(NULL)) == NULL)
    return say_error(say, EXIT_USAGE, "no memory for a file system");
  progress_start(say, "unpacking", 0);
  int rc = im->kind == IMAGE_PACKED ? taproot_unpack_image(l->t, im->bytes, im->size, &l->report, &l->flaw)
                                    : taproot_unpack(l->t, im->bytes, im->size, &l->report, &l->flaw);
  progress_end(say);
  if (rc >= 0) return EXIT_DONE;
  if (l->flaw.text[0] == 0)
    return say_error(say, say_status(rc), "%s: %s", say_name(im->name).text, taproot_sentence(rc));
  return say_error(say, say_status(rc), "%s: %s", say_name(im->name).text, l->flaw.text);
}

/* --- list --------------------------------------------------------------------------------- */

/* Nodes that wait for their turn; the top is the next. */
struct waiting {
  struct node *at;
  size_t n, room;
  struct look *look;
  size_t parent;
};

static bool node_room(struct node **at, size_t *room, size_t n) {
  if (n < *room) return true;
  size_t more = *room ? *room * 2 : 256;
  struct node *p = reallocarray(*at, more, sizeof *p);
  if (p == NULL) return false;
  *at = p;
  *room = more;
  return true;
}

static int look_node(struct look *l, struct node *n, taproot_ino dir, const char *name, size_t len) {
  int rc = 0;
  *n = (struct node){.ino = dir, .name = pool_copy(&l->pool, name, len)};
  if (n->name == NULL) return ERR_NOMEM;
  if (len > 0) rc = taproot_lookup(l->t, dir, n->name, &n->ino);
  if (rc >= 0) rc = taproot_istat(l->t, n->ino, &n->st);
  if (rc < 0 || (n->st.mode & MODE_TYPE) != MODE_LINK) return rc;
  char target[LIMIT_TARGET + 1];
  rc = taproot_ireadlink(l->t, n->ino, target, sizeof target);
  if (rc < 0) return rc;
  n->target_len = (size_t)rc;
  n->target = pool_copy(&l->pool, target, n->target_len);
  return n->target != NULL ? 0 : ERR_NOMEM;
}

static int look_child(void *arg, const struct taproot_dirent *d) {
  struct waiting *w = arg;
  if (!node_room(&w->at, &w->room, w->n)) return ERR_NOMEM;
  struct node *n = &w->at[w->n];
  n->name = pool_copy(&w->look->pool, d->name, d->len);
  n->parent = w->parent;
  if (n->name == NULL) return ERR_NOMEM;
  w->n++;
  return 0;
}

static int node_order_down(const void *a, const void *b) {
  return strcmp(((const struct node *)b)->name, ((const struct node *)a)->name);
}

/* Takes the top, lists it, and puts what is in it on top, the first name topmost. */
static int look_step(struct look *l, struct waiting *w) {
  struct node top = w->at[--w->n], *n;
  if (!node_room(&l->node, &l->room, l->nodes)) return ERR_NOMEM;
  size_t i = l->nodes, len = strlen(top.name);
  n = &l->node[i];
  int rc = look_node(l, n, len == 0 ? taproot_root(l->t) : l->node[top.parent].ino, top.name, len);
  if (rc < 0) return rc;
  n->parent = top.parent;
  l->nodes++;
  if ((n->st.mode & MODE_TYPE) != MODE_DIR) return 0;
  size_t before = w->n;
  w->parent = i;
  rc = taproot_ilist(l->t, n->ino, look_child, w);
  if (w->n > before) qsort(w->at + before, w->n - before, sizeof *w->at, node_order_down);
  return rc;
}

/* A node's end is known when a node turns up that is not below it. */
static void look_ends(struct look *l) {
  for (size_t i = 0; i < l->nodes; i++) l->node[i].end = i + 1;
  for (size_t i = l->nodes; i-- > 1;) {
    struct node *up = &l->node[l->node[i].parent];
    if (up->end < l->node[i].end) up->end = l->node[i].end;
  }
}

struct link {
  uint64_t ino;
  size_t i;
};

static int link_order(const void *a, const void *b) {
  const struct link *x = a, *y = b;
  if (x->ino != y->ino) return x->ino < y->ino ? -1 : 1;
  return x->i < y->i ? -1 : x->i > y->i;
}

static int look_links(struct look *l) {
  struct link *link = reallocarray(NULL, l->nodes, sizeof *link);
  if (link == NULL) return ERR_NOMEM;
  for (size_t i = 0; i < l->nodes; i++) link[i] = (struct link){l->node[i].st.ino, i};
  qsort(link, l->nodes, sizeof *link, link_order);
  for (size_t k = 0, first = 0; k < l->nodes; k++) {
    if (link[k].ino != link[first].ino) first = k;
    l->node[link[k].i].first = link[first].i;
  }
  free(link);
  return 0;
}

int look_list(struct look *l, const struct say *say) {
  struct waiting w = {.look = l};
  struct taproot_dirent root = {.name = "", .len = 0};
  int rc = look_child(&w, &root);
  while (rc == 0 && w.n > 0) rc = look_step(l, &w);
  free(w.at);
  look_ends(l);
  if (rc == 0) rc = look_links(l);
  return rc == 0 ? EXIT_DONE
                 : say_error(say, EXIT_USAGE, "%s: cannot list: %s", say_name(l->im.name).text, taproot_sentence(rc));
}

int look_tree(struct look *l, const struct say *say, const char *path) {
  int status = look_open(l, say, path);
  if (status == EXIT_DONE) status = look_unpack(l, say);
  return status == EXIT_DONE ? look_list(l, say) : status;
}

/* --- extended attributes ---------------------------------------------------------------------- */

static bool look_values(struct look *l, const struct node *n, char *room, ssize_t names, struct pool *pool,
                        struct attr **list) {
  char *value = room + LIMIT_ATTR_LIST;
  for (ssize_t at = 0; at < names; at += (ssize_t)strlen(room + at) + 1) {
    ssize_t size = taproot_igetxattr(l->t, n->ino, room + at, value, LIMIT_ATTR_VALUE);
    if (size >= 0 && !attr_add(pool, list, room + at, value, (size_t)size)) return false;
  }
  attr_sort(list, ATTR_FIRST);
  return true;
}

bool look_attrs(struct look *l, const struct node *n, struct pool *pool, struct attr **list) {
  if (taproot_ilistxattr(l->t, n->ino, NULL, 0) <= 0) return true;
  char *room = malloc(LIMIT_ATTR_LIST + LIMIT_ATTR_VALUE);
  if (room == NULL) return false;
  bool ok = look_values(l, n, room, taproot_ilistxattr(l->t, n->ino, room, LIMIT_ATTR_LIST), pool, list);
  free(room);
  return ok;
}

/* --- paths ------------------------------------------------------------------------------------ */

const char *look_path(struct look *l, size_t i) {
  size_t n = 2;
  for (size_t k = i; k != 0; k = l->node[k].parent) n += strlen(l->node[k].name) + 1;
  if (n > l->path_room) {
    char *p = realloc(l->path, n * 2);
    if (p == NULL) return NULL;
    l->path = p;
    l->path_room = n * 2;
  }
  if (i == 0) return strcpy(l->path, ".");
  char *at = l->path + l->path_room;
  *--at = 0;
  for (size_t k = i; k != 0; k = l->node[k].parent) {
    size_t len = strlen(l->node[k].name);
    if (*at != 0) *--at = '/';
    memcpy(at -= len, l->node[k].name, len);
  }
  return at;
}

size_t look_find(struct look *l, const char *path, int *why) {
  struct taproot_stat st;
  *why = taproot_lstat(l->t, path, &st);
  if (*why < 0) return SIZE_MAX;
  char clean[LIMIT_PATH];
  size_t any = SIZE_MAX;
  bool is_clean = path_clean(path, strlen(path), clean, sizeof clean) >= 0;
  for (size_t i = 0; i < l->nodes; i++) { /* of several names of one inode, the one that was asked for */
    if (l->node[i].st.ino != st.ino) continue;
    const char *at = look_path(l, i);
    if (any == SIZE_MAX) any = i;
    if (is_clean && at != NULL && strcmp(at, clean) == 0) return i;
  }
  if (any == SIZE_MAX) *why = ERR_NOENT;
  return any;
}
