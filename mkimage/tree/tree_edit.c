/* mkimage/tree/tree_edit.c - entries put into a tree and taken out of it: see tree_edit.h. */
#include "mkimage/tree/tree_edit.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "formats/limits.h"
#include "mkimage/tree/tree_parts.h"

/* --- from the host ------------------------------------------------------------------- */

static int edit_target(struct tree *t, const struct say *say, const char *host, struct tree_edit *e) {
  char target[LIMIT_TARGET + 2];
  ssize_t n = readlink(host, target, sizeof target);
  if (n < 0) return say_errno(say, host, "cannot read the link", errno);
  if (n > LIMIT_TARGET)
    return say_error(say, EXIT_UNFIT, "'%s': a link target above %d bytes", say_name(host).text, LIMIT_TARGET);
  e->target = pool_copy(&t->pool, target, (size_t)n);
  return e->target != NULL ? EXIT_DONE : tree_no_memory(t, say);
}

int tree_edit_of_host(struct tree *t, const struct say *say, const char *host, bool follow, struct tree_edit *e) {
  struct stat st;
  *e = (struct tree_edit){0};
  if (fstatat(AT_FDCWD, host, &st, follow ? 0 : AT_SYMLINK_NOFOLLOW) != 0)
    return say_errno(say, host, "cannot look at it", errno);
  bool device = S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode);
  e->mode = st.st_mode;
  e->uid = st.st_uid;
  e->gid = st.st_gid;
  e->mtime = st.st_mtim.tv_sec;
  e->mtime_ns = (uint32_t)st.st_mtim.tv_nsec;
  e->attrs = host;
  e->rdev_major = device ? major(st.st_rdev) : 0;
  e->rdev_minor = device ? minor(st.st_rdev) : 0;
  if (S_ISLNK(st.st_mode)) return edit_target(t, say, host, e);
  e->host = S_ISREG(st.st_mode) ? host : NULL;
  return EXIT_DONE;
}

/* --- put ------------------------------------------------------------------------------- */

static int edit_refuse(struct tree *t, const struct say *say, const char *path, const char *why) {
  tree_error(t, say, EXIT_USAGE, path, "%s", why);
  return t->status;
}

/* The content is read later, and must be the one that was seen here. */
static int edit_host(struct tree *t, const struct say *say, const char *host, struct tree_inode *n) {
  char real[PATH_MAX]; /* a link at its end has been followed: contents are opened without following any */
  struct stat st;
  if (realpath(host, real) == NULL || stat(real, &st) != 0) return say_errno(say, host, "cannot open", errno);
  if (!S_ISREG(st.st_mode)) return say_error(say, EXIT_USAGE, "%s: not a regular file", say_name(host).text);
  n->disk = pool_copy(&t->pool, real, strlen(real));
  if (n->disk == NULL) return tree_no_memory(t, say);
  n->seen = tree_see(&st);
  n->size = (uint64_t)st.st_size;
  n->place = n->size > 0 ? TREE_DISK : TREE_NOWHERE;
  return EXIT_DONE;
}

/* What a directory that stays had goes. */
static int edit_attributes(struct tree *t, const struct say *say, const struct tree_edit *e, struct tree_inode *n) {
  char real[PATH_MAX]; /* a link that was followed is not one to be looked at */
  const char *where = !S_ISLNK(e->mode) && e->attrs != NULL && realpath(e->attrs, real) != NULL ? real : e->attrs;
  n->attrs = NULL;
  return where == NULL || tree_attrs_of_disk(t, say, where, e->attrs, n) ? EXIT_DONE : tree_no_memory(t, say);
}

static int edit_fill(struct tree *t, const struct say *say, const struct tree_edit *e, struct tree_inode *n) {
  int status = edit_attributes(t, say, e, n);
  if (status != EXIT_DONE) return status;
  n->mode = e->mode;
  n->uid = e->uid;
  n->gid = e->gid;
  n->mtime = e->mtime;
  n->mtime_ns = e->mtime_ns;
  n->rdev_major = e->rdev_major;
  n->rdev_minor = e->rdev_minor;
  if (S_ISLNK(e->mode)) {
    n->size = strlen(e->target);
    n->target = pool_copy(&t->pool, e->target, n->size);
    return n->target != NULL ? EXIT_DONE : tree_no_memory(t, say);
  }
  if (!S_ISREG(e->mode)) return EXIT_DONE;
  if (e->host != NULL) return edit_host(t, say, e->host, n);
  n->bytes = e->bytes;
  n->size = e->size;
  n->place = e->size > 0 ? TREE_MEMORY : TREE_NOWHERE;
  return EXIT_DONE;
}

/* The nearest name above the path that the tree has must be a directory. */
static bool edit_above(struct tree *t, const char *path) {
  char above[LIMIT_PATH];
  memcpy(above, path, strlen(path) + 1);
  for (char *slash = strrchr(above, '/'); slash != NULL; slash = strrchr(above, '/')) {
    *slash = 0;
    const struct tree_name *name = tree_seek(t, above);
    if (name != NULL) return S_ISDIR(name->inode->mode);
  }
  return true;
}

/* Why the entry cannot stand there, or NULL. */
static const char *edit_obstacle(struct tree *t, const char *path, bool is_dir) {
  const struct tree_name *old = tree_seek(t, path);
  if (old == NULL) return edit_above(t, path) ? NULL : "what it should lie in is not a directory";
  bool was_dir = S_ISDIR(old->inode->mode);
  if (was_dir && !is_dir) return "there is a directory of this name";
  return is_dir && !was_dir ? "there is something of this name that is no directory" : NULL;
}

/* The name, made where it is not there; the directories on the way are the entry's. */
static struct tree_name *edit_name(struct tree *t, const char *path, const struct tree_edit *e) {
  size_t before = t->names;
  struct tree_name *name = tree_put(t, path);
  for (size_t i = before; name != NULL && i < t->names; i++) {
    t->name[i].inode->uid = e->uid;
    t->name[i].inode->gid = e->gid;
    t->name[i].inode->mtime = e->mtime;
    t->name[i].inode->mtime_ns = e->mtime_ns;
  }
  return name;
}

const struct tree_name *tree_edit_find(struct tree *t, const char *path) { return tree_seek(t, path); }

int tree_edit_put(struct tree *t, const struct say *say, const char *path, const struct tree_edit *e) {
  if (strlen(path) >= LIMIT_PATH) return tree_error(t, say, EXIT_UNFIT, path, "a path that is too long"), t->status;
  const char *why = edit_obstacle(t, path, S_ISDIR(e->mode));
  if (why != NULL) return edit_refuse(t, say, path, why);
  struct tree_name *name = edit_name(t, path, e);
  if (name == NULL) return tree_no_memory(t, say);
  if (!S_ISDIR(e->mode)) name->inode = tree_inode(t, 0);
  return name->inode != NULL ? edit_fill(t, say, e, name->inode) : tree_no_memory(t, say);
}

int tree_edit_link(struct tree *t, const struct say *say, const char *path, const char *of) {
  const struct tree_name *target = tree_seek(t, of);
  if (strlen(path) >= LIMIT_PATH) return tree_error(t, say, EXIT_UNFIT, path, "a path that is too long"), t->status;
  if (target == NULL || S_ISDIR(target->inode->mode)) return edit_refuse(t, say, of, "no file that can have links");
  struct tree_inode *n = target->inode;
  const struct tree_edit like = {.uid = n->uid, .gid = n->gid, .mtime = n->mtime, .mtime_ns = n->mtime_ns};
  const char *why = edit_obstacle(t, path, false);
  if (why != NULL) return edit_refuse(t, say, path, why);
  struct tree_name *name = edit_name(t, path, &like);
  if (name == NULL) return tree_no_memory(t, say);
  name->inode = n;
  return EXIT_DONE;
}

/* --- remove and done --------------------------------------------------------------------- */

int tree_edit_remove(struct tree *t, const struct say *say, const char *path) {
  size_t kept = 0, len = strlen(path);
  if (strcmp(path, ".") == 0) return edit_refuse(t, say, path, "the root cannot be removed");
  for (size_t i = 0; i < t->names; i++) {
    const char *name = t->name[i].path;
    bool below = strncmp(name, path, len) == 0 && (name[len] == 0 || name[len] == '/');
    if (!below) t->name[kept++] = t->name[i];
  }
  if (kept == t->names) return edit_refuse(t, say, path, "there is no such entry");
  t->names = kept;
  tree_unindex(t);
  return EXIT_DONE;
}

int tree_edit_done(struct tree *t, const struct say *say) { return tree_finish(t, say); }
