/* mkimage/tree/tree_layer.c - layers one over the other: see tree_layer.h. */
#include "mkimage/tree/tree_layer.h"

#include <stdio.h>
#include <string.h>

#include "formats/err.h"
#include "formats/path.h"
#include "mkimage/tree/tree_parts.h"

#define LAYER_WHITEOUT ".wh."
#define LAYER_OPAQUE   ".wh..wh..opq"
#define LAYER_OTHERS   ".wh..wh." /* what aufs keeps for itself */

/* --- place ------------------------------------------------------------------------------ */

/* A path that is walked: `done` is clean and through no link, `rest` is to come. */
struct layer_way {
  char done[LIMIT_PATH], rest[LIMIT_PATH];
  unsigned links;
};

static void layer_up(char *done) {
  char *slash = strrchr(done, '/');
  *(slash != NULL ? slash : done) = 0;
}

/* The link at the end of `done` is replaced by its target. */
static int layer_follow(struct layer_way *w, const char *target, const char *rest) {
  char next[LIMIT_PATH];
  if (++w->links > LIMIT_SYMLINKS) return ERR_LOOP;
  if (snprintf(next, sizeof next, "%s/%s", target, rest) >= (int)sizeof next) return ERR_NAMETOOLONG;
  if (target[0] == '/')
    w->done[0] = 0;
  else
    layer_up(w->done);
  memcpy(w->rest, next, strlen(next) + 1);
  return 0;
}

/* One component onto `done`. */
static int layer_step(struct layer_way *w, const char *part, size_t len) {
  size_t used = strlen(w->done);
  if (len == 2 && memcmp(part, "..", 2) == 0) return layer_up(w->done), 0;
  if (len == 1 && *part == '.') return 0;
  if (len > LIMIT_NAME || used + len + 2 > sizeof w->done) return ERR_NAMETOOLONG;
  if (used > 0) w->done[used++] = '/';
  memcpy(w->done + used, part, len);
  w->done[used + len] = 0;
  return 0;
}

int layer_place(struct tree *t, char path[LIMIT_PATH]) {
  struct layer_way w = {.links = 0};
  int rc = 0;
  memcpy(w.rest, path, strlen(path) + 1);
  for (char *at = w.rest; rc == 0 && *(at += strspn(at, "/")) != 0;) {
    size_t len = strcspn(at, "/");
    rc = layer_step(&w, at, len);
    at += len;
    at += strspn(at, "/");
    if (rc != 0 || *at == 0) continue; /* the last one is the entry itself */
    const struct tree_name *name = tree_seek(t, w.done);
    if (name == NULL || name->inode == NULL || !S_ISLNK(name->inode->mode)) continue;
    rc = layer_follow(&w, name->inode->target, at);
    at = w.rest;
  }
  const char *led = w.done[0] != 0 ? w.done : ".";
  if (rc == 0) memcpy(path, led, strlen(led) + 1);
  return rc;
}

/* --- take away ----------------------------------------------------------------------------- */

static bool layer_is_below(const char *path, const char *dir, size_t len) {
  return strcmp(dir, ".") == 0 ? strcmp(path, ".") != 0 : strncmp(path, dir, len) == 0 && path[len] == '/';
}

/* All that the layers below have in a directory. */
static void layer_empty(struct tree *t, uint32_t layer, const char *dir) {
  size_t len = strlen(dir);
  for (size_t i = 0; i < t->names; i++)
    if (t->name[i].layer < layer && layer_is_below(t->name[i].path, dir, len)) t->name[i].inode = NULL;
}

static void layer_remove(struct tree *t, uint32_t layer, const char *path) {
  struct tree_name *name = tree_seek(t, path);
  if (name == NULL || name->inode == NULL) return;
  bool directory = S_ISDIR(name->inode->mode);
  if (name->layer < layer) name->inode = NULL;
  if (directory) layer_empty(t, layer, path);
}

bool layer_whiteout(struct tree *t, const struct say *say, uint32_t layer, const char *path) {
  char at[LIMIT_PATH];
  const char *slash = strrchr(path, '/'), *base = slash != NULL ? slash + 1 : path;
  size_t dir = (size_t)(base - path);
  if (strncmp(base, LAYER_WHITEOUT, strlen(LAYER_WHITEOUT)) != 0) return false;
  const char *name = base + strlen(LAYER_WHITEOUT);
  if (strcmp(base, LAYER_OPAQUE) == 0) {
    snprintf(at, sizeof at, "%.*s", dir > 0 ? (int)dir - 1 : 1, dir > 0 ? path : ".");
    layer_empty(t, layer, at);
  } else if (strncmp(base, LAYER_OTHERS, strlen(LAYER_OTHERS)) != 0) {
    if (!path_plain(name, strlen(name)))
      tree_error(t, say, EXIT_DAMAGED, path, "a whiteout that names nothing");
    else if (snprintf(at, sizeof at, "%.*s%s", (int)dir, path, name) < (int)sizeof at)
      layer_remove(t, layer, at);
  }
  return true;
}

/* --- put ------------------------------------------------------------------------------------- */

/* A name that was taken away comes back as a new directory. */
static bool layer_stamp(struct tree *t, uint32_t layer, struct tree_name *name) {
  name->layer = layer;
  if (name->inode == NULL) name->inode = tree_inode(t, S_IFDIR | 0755);
  return name->inode != NULL;
}

/* The directories on the way are this layer's, too; above one that is already, all are. */
static bool layer_parents(struct tree *t, uint32_t layer, const char *path) {
  char above[LIMIT_PATH];
  memcpy(above, path, strlen(path) + 1);
  for (char *slash = strrchr(above, '/'); slash != NULL; slash = strrchr(above, '/')) {
    *slash = 0;
    struct tree_name *name = tree_seek(t, above);
    if (name == NULL) return false;
    if (name->layer == layer && name->inode != NULL) break;
    if (!layer_stamp(t, layer, name)) return false;
  }
  return true;
}

struct tree_name *layer_put(struct tree *t, uint32_t layer, const char *path, bool directory) {
  size_t before = t->names;
  struct tree_name *name = tree_put(t, path);
  bool was = t->names == before;
  if (name == NULL || !layer_parents(t, layer, path) || !layer_stamp(t, layer, name)) return NULL;
  if (was && !directory && S_ISDIR(name->inode->mode)) layer_empty(t, layer, path);
  return name;
}

void layers_end(struct tree *t) {
  size_t kept = 0;
  for (size_t i = 0; i < t->names; i++)
    if (t->name[i].inode != NULL) t->name[kept++] = t->name[i];
  t->names = kept;
  tree_unindex(t);
}
