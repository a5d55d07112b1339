/* kernel/vfscore/walk.c - from a path to an inode, component by component.
 *
 * Floor 4.  No recursion: the rests of paths behind symlinks lie on a stack of 40, which is
 * the limit of symlinks, too.  Nothing is held on the way, for nothing changes the tree while a walk is on.
 * Calls that make or remove names stop before the last component; the others go to the end.
 */
#include <string.h>

#include "kernel/vfscore/vfs_inner.h"

int walk_start(struct walk *w, struct vfs *v, const struct cred *c, struct inode *dir, const char *path) {
  size_t n = strnlen(path, LIMIT_PATH);
  if (n == 0) return ERR_NOENT;
  if (n == LIMIT_PATH) return ERR_NAMETOOLONG;
  w->v = v;
  w->c = c;
  w->at = path[0] == '/' ? vfs_root(v) : dir;
  w->depth = 0;
  w->links = 0;
  w->must_dir = false;
  w->rest[0] = (struct walk_text){path, path + n};
  return 0;
}

/* Skips slashes, over the ends of targets, too; true when a component follows. */
static bool walk_skip(struct walk *w, bool *slash) {
  *slash = false;
  for (;;) {
    struct walk_text *t = &w->rest[w->depth];
    while (t->p < t->end && *t->p == '/') {
      t->p++;
      *slash = true;
    }
    if (t->p < t->end) return true;
    if (w->depth == 0) return false;
    w->depth--;
  }
}

/* Takes the next component, and what follows up to the one behind it; true when there is none. */
static bool walk_take(struct walk *w) {
  struct walk_text *t = &w->rest[w->depth];
  w->name = t->p;
  while (t->p < t->end && *t->p != '/') t->p++;
  w->len = (size_t)(t->p - w->name);
  bool more = walk_skip(w, &w->slash);
  w->last = WALK_NAME;
  if (w->len == 1 && w->name[0] == '.') w->last = WALK_DOT;
  if (w->len == 2 && w->name[0] == '.' && w->name[1] == '.') w->last = WALK_DOTDOT;
  return !more;
}

int walk_look(struct walk *w, struct inode **out) {
  if (w->len > LIMIT_NAME) return ERR_NAMETOOLONG;
  return w->at->fs->ops->look(w->at, w->name, w->len, out);
}

/* Goes on with a symlink's target. */
static int walk_follow(struct walk *w, struct inode *link) {
  if (++w->links > LIMIT_SYMLINKS) return ERR_LOOP;
  vfs_touch_atime(w->v, link);
  const char *target = link->fs->ops->target(link);
  if (link->size == 0) return ERR_NOENT;
  if (w->rest[w->depth].p < w->rest[w->depth].end) w->depth++;
  w->rest[w->depth] = (struct walk_text){target, target + link->size};
  if (target[0] == '/') w->at = vfs_root(w->v);
  return 0;
}

/* Steps over a component that is not the last. */
static int walk_step(struct walk *w) {
  struct inode *next;
  if (w->last == WALK_DOT) return 0;
  if (w->last == WALK_DOTDOT) {
    w->at = vfs_up(w->v, w->at);
    return 0;
  }
  int rc = walk_look(w, &next);
  if (rc) return rc;
  if (inode_is(next, MODE_LINK)) return walk_follow(w, next);
  w->at = vfs_cover(w->v, next);
  return 0;
}

/* The path is used up: `at` is what it means. */
static int walk_at_root(struct walk *w) {
  w->last = WALK_ROOT;
  w->slash = true;
  w->len = 0;
  return 0;
}

int walk_to_last(struct walk *w) {
  bool slash;
  if (!walk_skip(w, &slash)) return walk_at_root(w);
  for (;;) {
    if (!inode_is(w->at, MODE_DIR)) return ERR_NOTDIR;
    int rc = perm_may(w->c, w->at, VFS_X);
    if (rc) return rc;
    if (walk_take(w)) {
      w->slash |= w->must_dir;
      return 0;
    }
    rc = walk_step(w);
    if (rc) return rc;
    walk_skip(w, &slash);
  }
}

int walk_follow_last(struct walk *w, struct inode *link) {
  w->must_dir = w->slash;
  return walk_follow(w, link);
}

int walk_end(struct walk *w, enum vfs_follow follow, struct inode **out) {
  for (;;) {
    int rc = walk_to_last(w);
    if (rc) return rc;
    *out = w->last == WALK_DOTDOT ? vfs_up(w->v, w->at) : w->at;
    if (w->last != WALK_NAME) return 0;
    rc = walk_look(w, out);
    if (rc) return rc;
    if (!inode_is(*out, MODE_LINK) || (follow == VFS_NO_FOLLOW && !w->slash)) {
      *out = vfs_cover(w->v, *out);
      return w->slash && !inode_is(*out, MODE_DIR) ? ERR_NOTDIR : 0;
    }
    rc = walk_follow_last(w, *out);
    if (rc) return rc;
  }
}

int walk_path(struct vfs *v, const struct cred *c, struct inode *dir, const char *path, enum vfs_follow follow,
              struct inode **out) {
  struct walk w;
  int rc = walk_start(&w, v, c, dir, path);
  return rc ? rc : walk_end(&w, follow, out);
}

int vfs_resolve(struct vfs *v, const struct cred *c, struct inode *dir, const char *path, enum vfs_follow follow,
                struct inode **out) {
  int rc = walk_path(v, c, dir, path, follow, out);
  if (rc == 0) fs_hold(*out);
  return rc;
}
