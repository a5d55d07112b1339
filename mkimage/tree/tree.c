/* mkimage/tree/tree.c - the list of names, its order, and the numbers that follow from it: see tree.h. */
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "formats/limits.h"
#include "mkimage/tree/tree_parts.h"

void tree_error(struct tree *t, const struct say *say, int status, const char *path, const char *format, ...) {
  char text[1024];
  va_list args;
  va_start(args, format);
  vsnprintf(text, sizeof text, format, args);
  va_end(args);
  say_error(say, status, "'%s': %s", say_name(path).text, text);
  if (status > t->status) t->status = status;
}

int tree_no_memory(struct tree *t, const struct say *say) {
  t->status = EXIT_USAGE;
  return say_error(say, EXIT_USAGE, "out of memory while the tree is read");
}

/* --- order ------------------------------------------------------------------ */

/* A slash sorts below every other byte, so what is in a directory follows it at once. */
int tree_compare(const char *a, const char *b) {
  if (strcmp(a, ".") == 0) return strcmp(b, ".") == 0 ? 0 : -1;
  if (strcmp(b, ".") == 0) return 1;
  while (*a == *b && *a != 0) a++, b++;
  int x = *a == '/' ? 1 : *a == 0 ? 0 : (unsigned char)*a + 1;
  int y = *b == '/' ? 1 : *b == 0 ? 0 : (unsigned char)*b + 1;
  return x - y;
}

static int tree_compare_names(const void *a, const void *b) {
  return tree_compare(((const struct tree_name *)a)->path, ((const struct tree_name *)b)->path);
}

const struct tree_name *tree_find(const struct tree *t, const char *path) {
  struct tree_name key = {.path = path};
  return bsearch(&key, t->name, t->names, sizeof *t->name, tree_compare_names);
}

/* --- names ------------------------------------------------------------------- */

bool tree_append(struct tree *t, const char *path, struct tree_inode *inode) {
  if (t->names == t->room) {
    size_t room = t->room ? t->room * 2 : 256;
    struct tree_name *more = reallocarray(t->name, room, sizeof *more);
    if (more == NULL) return false;
    t->name = more;
    t->room = room;
  }
  t->name[t->names++] = (struct tree_name){.path = path, .inode = inode};
  return true;
}

struct tree_inode *tree_inode(struct tree *t, uint32_t mode) {
  struct tree_inode *n = pool_take(&t->pool, sizeof *n);
  if (n != NULL) n->mode = mode;
  return n;
}

bool tree_type_known(uint32_t mode) {
  if ((mode & ~(uint32_t)(S_IFMT | 07777)) != 0) return false;
  return S_ISREG(mode) || S_ISDIR(mode) || S_ISLNK(mode) || S_ISFIFO(mode) || S_ISCHR(mode) || S_ISBLK(mode) ||
         S_ISSOCK(mode);
}

/* --- index -------------------------------------------------------------------- */

struct tree_key {
  const char *path;
  size_t at;
};

static int tree_compare_keys(const void *a, const void *b) {
  return strcmp(((const struct tree_key *)a)->path, ((const struct tree_key *)b)->path);
}

static bool tree_index_add(struct tree *t, size_t at) {
  struct tree_key *key = pool_take(&t->pool, sizeof *key);
  if (key == NULL) return false;
  *key = (struct tree_key){t->name[at].path, at};
  return tsearch(key, &t->index, tree_compare_keys) != NULL;
}

static bool tree_index_all(struct tree *t) {
  if (t->index != NULL) return true;
  for (size_t i = 0; i < t->names; i++)
    if (!tree_index_add(t, i)) return false;
  return true;
}

static void tree_key_keep(void *key) {} /* the pool owns it */

void tree_unindex(struct tree *t) {
  tdestroy(t->index, tree_key_keep);
  t->index = NULL;
}

struct tree_name *tree_seek(struct tree *t, const char *path) {
  struct tree_key key = {.path = path};
  if (!tree_index_all(t)) return NULL;
  struct tree_key **found = tfind(&key, &t->index, tree_compare_keys);
  return found != NULL ? &t->name[(*found)->at] : NULL;
}

static struct tree_name *tree_make(struct tree *t, const char *path, size_t len) {
  char *copy = pool_copy(&t->pool, path, len);
  struct tree_inode *dir = tree_inode(t, S_IFDIR | 0755);
  if (copy == NULL || dir == NULL || !tree_append(t, copy, dir) || !tree_index_add(t, t->names - 1)) return NULL;
  return &t->name[t->names - 1];
}

/* How much of a path, up to a slash, the tree has already: from its end, since a parent is nearly always there. */
static size_t tree_known(struct tree *t, const char *path, size_t len) {
  char parent[LIMIT_PATH];
  memcpy(parent, path, len);
  while (len > 0) {
    while (len > 0 && path[len - 1] != '/') len--;
    if (len == 0) break;
    parent[--len] = 0;
    if (tree_seek(t, parent) != NULL) break;
  }
  return len;
}

struct tree_name *tree_put(struct tree *t, const char *path) {
  size_t len = strlen(path);
  struct tree_name *found = tree_seek(t, path);
  if (found != NULL) return found;
  if (!tree_index_all(t)) return NULL;
  for (size_t i = tree_known(t, path, len) + 1; i < len; i++)
    if (path[i] == '/' && tree_make(t, path, i) == NULL) return NULL;
  return tree_make(t, path, len);
}

/* --- finish -------------------------------------------------------------------- */

static int tree_parent_length(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash != NULL ? (int)(slash - path) : -1;
}

/* In path order the directories on the way to a name are a stack.  `open` holds the names of that stack. */
static void tree_check_parents(struct tree *t, const struct say *say, size_t *open) {
  size_t depth = 0;
  for (size_t i = 1; i < t->names; i++) {
    const char *path = t->name[i].path;
    int len = tree_parent_length(path);
    while (depth > 0) {
      const char *top = t->name[open[depth - 1]].path;
      if ((int)strlen(top) == len && strncmp(top, path, (size_t)len) == 0) break;
      depth--;
    }
    struct tree_inode *parent = t->name[depth > 0 ? open[depth - 1] : 0].inode;
    if ((len >= 0 && depth == 0) || (parent->mode & S_IFMT) != S_IFDIR)
      tree_error(t, say, EXIT_UNFIT, path, "what it should lie in is not a directory");
    if ((t->name[i].inode->mode & S_IFMT) == S_IFDIR) parent->nlink++;
    open[depth++] = i;
  }
}

static void tree_number(struct tree *t) {
  uint32_t next = 1;
  for (size_t i = 0; i < t->names; i++) {
    struct tree_inode *n = t->name[i].inode;
    if (n->number == 0) n->number = next++, n->first = t->name[i].path;
    n->nlink++;
    if ((n->mode & S_IFMT) == S_IFDIR) n->nlink++;
  }
  for (size_t i = t->names; i > 0; i--) {
    struct tree_name *name = &t->name[i - 1];
    name->last = !name->inode->placed;
    name->inode->placed = true;
  }
}

static void tree_check_one(struct tree *t, const struct say *say, const struct tree_name *name) {
  const struct tree_inode *n = name->inode;
  if (strcmp(name->path, ".") == 0 && !S_ISDIR(n->mode))
    tree_error(t, say, EXIT_UNFIT, name->path, "the root is not a directory");
  if (strlen(name->path) >= LIMIT_PATH)
    tree_error(t, say, EXIT_UNFIT, name->path, "a path above %d bytes", LIMIT_PATH - 1);
  if ((n->mode & S_IFMT) == S_IFSOCK) tree_error(t, say, EXIT_UNFIT, name->path, "a socket cannot be packed");
}

static bool tree_is_sorted(const struct tree *t) {
  for (size_t i = 1; i < t->names; i++)
    if (tree_compare(t->name[i - 1].path, t->name[i].path) > 0) return false;
  return true;
}

void tree_sort(struct tree *t) {
  tree_unindex(t);
  if (tree_is_sorted(t)) return; /* a directory that was just read is */
  qsort(t->name, t->names, sizeof *t->name, tree_compare_names);
}

int tree_finish(struct tree *t, const struct say *say) {
  tree_sort(t);
  size_t *open = calloc(t->names + 1, sizeof *open);
  if (open == NULL) return tree_no_memory(t, say);
  tree_number(t);
  tree_check_parents(t, say, open);
  for (size_t i = 0; i < t->names; i++) tree_check_one(t, say, &t->name[i]);
  free(open);
  return t->status;
}

/* --- root and drop ------------------------------------------------------------------ */

bool tree_root(struct tree *t) {
  struct tree_inode *root = tree_inode(t, S_IFDIR | 0755);
  return root != NULL && tree_append(t, ".", root);
}

void tree_drop(struct tree *t) {
  tree_unindex(t);
  tree_look_drop(t);
  if (t->root_fd >= 0) close(t->root_fd);
  if (t->spool_fd >= 0) close(t->spool_fd);
  free(t->name);
  pool_drop(&t->pool);
  *t = (struct tree){.root_fd = -1, .spool_fd = -1};
}
