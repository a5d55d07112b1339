/* mkimage/view/view.c - entries from a look or a tree: see view.h. */
#include "mkimage/view/view.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "formats/archive.h"
#include "formats/err.h"
#include "mkimage/image/foreign.h"
#include "mkimage/tree/program.h"

static int view_no_memory(const struct say *say) { return say_error(say, EXIT_USAGE, "no memory for a list of names"); }

static bool view_room(struct view *v, size_t n) {
  v->entries = n;
  v->entry = calloc(n + !n, sizeof *v->entry);
  return v->entry != NULL;
}

/* --- from a look -------------------------------------------------------------------- */

static void view_fill_node(struct view_entry *e, const struct node *n) {
  uint32_t type = n->st.mode & MODE_TYPE;
  e->first = n->first;
  e->end = n->end;
  e->mode = n->st.mode;
  e->uid = n->st.uid;
  e->gid = n->st.gid;
  e->nlink = n->st.nlink;
  e->mtime = n->st.mtime_s;
  e->mtime_ns = n->st.mtime_ns;
  e->target = n->target;
  e->ino = n->ino;
  if (type == MODE_FILE || type == MODE_LINK) e->size = n->st.size;
  if (type == MODE_CHR || type == MODE_BLK) e->rdev_major = n->st.rdev_major, e->rdev_minor = n->st.rdev_minor;
}

int view_of_look(struct view *v, const struct say *say, struct look *l) {
  *v = (struct view){.name = l->im.name, .look = l, .own_tree = {.root_fd = -1, .spool_fd = -1}};
  if (!view_room(v, l->nodes)) return view_no_memory(say);
  for (size_t i = 0; i < l->nodes; i++) {
    const char *path = look_path(l, i);
    if (path == NULL || (v->entry[i].path = pool_copy(&v->pool, path, strlen(path))) == NULL)
      return view_no_memory(say);
    view_fill_node(&v->entry[i], &l->node[i]);
    struct attr *attrs = NULL;
    size_t first = l->node[i].first;
    if (first == i && !look_attrs(l, &l->node[i], &v->pool, &attrs)) return view_no_memory(say);
    v->entry[i].attrs = first < i ? v->entry[first].attrs : attrs;
  }
  return EXIT_DONE;
}

/* --- from a tree ---------------------------------------------------------------------- */

static void view_fill_name(struct view_entry *e, const struct tree_name *name) {
  const struct tree_inode *n = name->inode;
  uint32_t type = n->mode & MODE_TYPE;
  e->path = name->path;
  e->mode = n->mode;
  e->uid = n->uid;
  e->gid = n->gid;
  e->nlink = n->nlink;
  e->mtime = n->mtime;
  e->mtime_ns = n->mtime_ns;
  e->attrs = n->attrs;
  e->target = n->target;
  e->inode = n;
  if (type == MODE_FILE || type == MODE_LINK) e->size = n->size;
  if (type == MODE_CHR || type == MODE_BLK) e->rdev_major = n->rdev_major, e->rdev_minor = n->rdev_minor;
}

/* Inodes are numbered from 1 in the order of their first names. */
static bool view_firsts(struct view *v) {
  size_t *first = calloc(v->entries + 1, sizeof *first); /* + 1; 0: none yet */
  if (first == NULL) return false;
  for (size_t i = 0; i < v->entries; i++) {
    uint32_t number = v->entry[i].inode->number;
    if (first[number] == 0) first[number] = i + 1;
    v->entry[i].first = first[number] - 1;
  }
  free(first);
  return true;
}

static bool view_below(const char *dir, const char *path) {
  size_t len = strlen(dir);
  return strcmp(dir, ".") == 0 || (strncmp(dir, path, len) == 0 && path[len] == '/');
}

/* The directories on the way to a name are a stack, linked through `end` while they are open. */
static void view_ends(struct view *v) {
  size_t top = SIZE_MAX;
  for (size_t i = 0; i <= v->entries; i++) {
    while (top != SIZE_MAX && (i == v->entries || !view_below(v->entry[top].path, v->entry[i].path))) {
      size_t up = v->entry[top].end;
      v->entry[top].end = i;
      top = up;
    }
    if (i == v->entries) break;
    v->entry[i].end = top;
    top = i;
  }
}

int view_of_tree(struct view *v, const struct say *say, struct tree *t, const char *name) {
  *v = (struct view){.name = name, .tree = t, .own_tree = {.root_fd = -1, .spool_fd = -1}};
  if (!view_room(v, t->names)) return view_no_memory(say);
  for (size_t i = 0; i < t->names; i++) view_fill_name(&v->entry[i], &t->name[i]);
  view_ends(v);
  return view_firsts(v) ? EXIT_DONE : view_no_memory(say);
}

/* --- by path ------------------------------------------------------------------------------ */

/* Does the kernel read it?  What it does not know may still be an archive of libarchive's. */
static int view_known(const struct say *say, const char *path, bool *known) {
  const uint8_t *bytes;
  uint64_t size;
  struct image im;
  struct flaw flaw = {0};
  int status = image_map(say, path, &bytes, &size);
  if (status != EXIT_DONE) return status;
  *known = size == 0 || image_recognise(&im, path, bytes, size, &flaw) != ERR_MAGIC ||
           foreign_sentence(bytes, size) != NULL; /* it will be told what it is */
  if (bytes != NULL) munmap((void *)(uintptr_t)bytes, (size_t)size);
  return EXIT_DONE;
}

static int view_open_look(struct view *v, const struct say *say, const char *path) {
  struct look l;
  int status = look_tree(&l, say, path);
  if (status == EXIT_DONE) status = view_of_look(v, say, &l);
  v->own_look = l;
  v->look = &v->own_look;
  return status;
}

/* Nothing is left out that a packing may hold. */
static bool view_recipe(struct recipe *r) {
  recipe_start(r);
  r->keep_owner = true;
  r->format = RECIPE_PAX;
  r->has_xattrs = true;
  return recipe_add_xattr(r, "user.*") && recipe_add_xattr(r, "security.capability") &&
         recipe_add_xattr(r, "system.posix_acl_*");
}

static int view_open_tree(struct view *v, const struct say *say, const char *path, const struct recipe *recipe) {
  struct recipe as_it_is;
  struct tree t = {.root_fd = -1, .spool_fd = -1};
  int status = view_recipe(&as_it_is) ? EXIT_DONE : view_no_memory(say);
  if (status == EXIT_DONE) status = tree_load(&t, say, path, recipe != NULL ? recipe : &as_it_is);
  if (status == EXIT_DONE) status = view_of_tree(v, say, &t, path);
  recipe_drop(&as_it_is);
  v->own_tree = t;
  v->tree = &v->own_tree;
  return status;
}

/* May it be a container image, whose layers count and not the files that they lie in? */
static bool view_is_box(const struct view *v) {
  static const char *const marks[] = {"oci-layout", "manifest.json"};
  bool bare = v->look != NULL && v->look->im.kind == IMAGE_BARE, found = false;
  for (size_t i = 0; bare && i < sizeof marks / sizeof marks[0]; i++) {
    size_t at = view_find(v, marks[i]);
    found = found || (at != SIZE_MAX && (v->entry[at].mode & MODE_TYPE) == MODE_FILE);
  }
  return found;
}

int view_open(struct view *v, const struct say *say, const char *path, const struct recipe *recipe) {
  struct stat st;
  bool known = true;
  *v = (struct view){.name = path, .own_tree = {.root_fd = -1, .spool_fd = -1}};
  if (strcmp(path, "-") == 0) return view_open_look(v, say, path);
  if (stat(path, &st) != 0) return say_errno(say, path, "cannot open", errno);
  if (S_ISDIR(st.st_mode)) return view_open_tree(v, say, path, recipe);
  int status = view_known(say, path, &known);
  if (status != EXIT_DONE) return status;
  if (known) status = view_open_look(v, say, path);
  if (status != EXIT_DONE || (known && !view_is_box(v))) return status;
  view_close(v);
  v->name = path;
  return view_open_tree(v, say, path, NULL);
}

void view_close(struct view *v) {
  if (v->look == &v->own_look) look_close(&v->own_look);
  if (v->tree == &v->own_tree) tree_drop(&v->own_tree);
  free(v->entry);
  pool_drop(&v->pool);
  *v = (struct view){.own_tree = {.root_fd = -1, .spool_fd = -1}};
}

bool view_is_image(const struct view *v) { return v->look != NULL && v->look->im.kind == IMAGE_PACKED; }

/* --- one entry ------------------------------------------------------------------------------ */

static int view_order(const void *key, const void *entry) {
  return tree_compare(key, ((const struct view_entry *)entry)->path);
}

size_t view_find(const struct view *v, const char *path) {
  const struct view_entry *e = bsearch(path, v->entry, v->entries, sizeof *v->entry, view_order);
  return e != NULL ? (size_t)(e - v->entry) : SIZE_MAX;
}

struct show view_show(const struct view_entry *e) {
  return (struct show){.path = e->path,
                       .target = e->target,
                       .path_len = strlen(e->path),
                       .target_len = e->target != NULL ? strlen(e->target) : 0,
                       .mode = e->mode,
                       .uid = e->uid,
                       .gid = e->gid,
                       .major = e->rdev_major,
                       .minor = e->rdev_minor,
                       .size = e->size,
                       .nlink = e->nlink,
                       .mtime = e->mtime,
                       .mtime_ns = e->mtime_ns,
                       .attrs = e->attrs};
}

const char *view_base(const struct view_entry *e) {
  const char *slash = strrchr(e->path, '/');
  return slash != NULL ? slash + 1 : strcmp(e->path, ".") == 0 ? "" : e->path;
}

/* dir/base; base alone below the root.  ERR_NAMETOOLONG. */
static int view_join(char out[LIMIT_PATH], const char *dir, const char *base) {
  bool root = strcmp(dir, ".") == 0;
  size_t n = root ? 0 : strlen(dir) + 1, len = strlen(base) + 1;
  if (len > LIMIT_PATH - n) return ERR_NAMETOOLONG;
  if (!root) memcpy(out, dir, n - 1), out[n - 1] = '/';
  memcpy(out + n, base, len);
  return 0;
}

static bool view_is_dots(const char *base) { return *base == 0 || strcmp(base, ".") == 0 || strcmp(base, "..") == 0; }

/* The last component is looked up in what the rest leads to, so that a symlink there stays one. */
static size_t view_reach_tree(const struct view *v, const char *path, int *why) {
  char dir[LIMIT_PATH + 1] = "/", last[LIMIT_PATH], whole[LIMIT_PATH];
  size_t len = strlen(path);
  *why = ERR_NAMETOOLONG;
  if (len >= LIMIT_PATH) return SIZE_MAX;
  memcpy(dir + 1, path, len + 1);
  while (len > 0 && dir[len] == '/') dir[len--] = 0;
  char *base = strrchr(dir, '/') + 1;
  bool dots = view_is_dots(base);
  memcpy(last, base, strlen(base) + 1);
  if (!dots) *base = 0;
  const struct tree_name *up = program_find(v->tree, dir, why);
  if (up == NULL || dots) return up != NULL ? view_find(v, up->path) : SIZE_MAX;
  if ((*why = view_join(whole, up->path, last)) < 0) return SIZE_MAX;
  size_t found = view_find(v, whole);
  if (found == SIZE_MAX) *why = ERR_NOENT;
  return found;
}

size_t view_reach(const struct view *v, const char *path, int *why) {
  return v->tree != NULL ? view_reach_tree(v, path, why) : look_find(v->look, path, why);
}

/* --- contents -------------------------------------------------------------------------------- */

void view_file_open(struct view_file *f, const struct say *say, const struct view *v, const struct view_entry *e) {
  *f = (struct view_file){.v = v, .say = say, .e = e};
}

int view_file_read(struct view_file *f, uint8_t *out, size_t n, size_t *got) {
  ssize_t count = (ssize_t)(n < f->e->size - f->at ? n : f->e->size - f->at);
  int status = EXIT_DONE;
  *got = 0;
  if (f->v->tree != NULL)
    status = tree_read_at(f->v->tree, f->say, f->e->inode, f->at, out, (size_t)count);
  else
    count = taproot_iread(f->v->look->t, f->e->ino, out, n, f->at);
  if (status != EXIT_DONE) return status;
  if (count < 0)
    return say_error(f->say, say_status((int)count), "%s: cannot read from the image: %s", say_name(f->e->path).text,
                     taproot_sentence((int)count));
  *got = (size_t)count;
  f->at += *got;
  return EXIT_DONE;
}
