/* mkimage/tree/tree_apply.c - the recipe, applied to a tree that has been read: exclude, include, owner, mtime, files.
 */
#include <string.h>

#include "formats/limits.h"
#include "mkimage/lib/glob.h"
#include "mkimage/tree/tree_ignore.h"
#include "mkimage/tree/tree_parts.h"

/* Does one of the patterns match the path, or a directory above it? */
static bool apply_match(const char *const *pattern, size_t patterns, const char *path, bool is_dir) {
  char above[LIMIT_PATH];
  memcpy(above, path, strlen(path) + 1);
  for (;;) {
    for (size_t i = 0; i < patterns; i++)
      if (glob_match(pattern[i], above, is_dir)) return true;
    char *slash = strrchr(above, '/');
    if (slash == NULL) return false;
    *slash = 0;
    is_dir = true;
  }
}

/* Packed for its own sake: `include` wins over `exclude`, and leaves all else out where it stands alone. */
static bool apply_wanted(const struct recipe *r, const char *path, bool is_dir) {
  if (r->includes > 0 && apply_match(r->include, r->includes, path, is_dir)) return true;
  return r->includes > 0 && r->excludes == 0 ? false : !apply_match(r->exclude, r->excludes, path, is_dir);
}

/* What is below a directory may be included even so. */
bool tree_excluded(const struct tree *t, const struct recipe *r, const char *path, bool is_dir) {
  if (ignore_match(t->ignore, path, is_dir)) return true;
  return !(is_dir && r->includes > 0) && !apply_wanted(r, path, is_dir);
}

static bool apply_below(const char *path, const char *dir) {
  size_t len = strlen(dir);
  return strncmp(path, dir, len) == 0 && path[len] == '/';
}

/* Directories on the way to something that is wanted stay.  From the end: what is below a directory stands behind it.
 */
static void apply_select(struct tree *t, const struct recipe *r) {
  const char *last = "";
  size_t kept = t->names;
  if (r->excludes + r->includes == 0) return;
  tree_sort(t);
  for (size_t i = t->names; i-- > 1;) {
    const struct tree_name *name = &t->name[i];
    bool is_dir = S_ISDIR(name->inode->mode);
    if (!apply_wanted(r, name->path, is_dir) && !(is_dir && apply_below(last, name->path))) continue;
    last = name->path;
    t->name[--kept] = *name;
  }
  memmove(t->name + 1, t->name + kept, (t->names - kept) * sizeof *t->name);
  t->names -= kept - 1;
}

static void apply_clamp(const struct recipe *r, struct tree_inode *n) {
  if (!r->has_clamp || n->mtime < r->clamp) return;
  n->mtime = r->clamp;
  n->mtime_ns = 0;
}

static void apply_mtime(struct tree_inode *n, int64_t mtime) {
  n->mtime = mtime;
  n->mtime_ns = 0;
}

static void apply_to_inode(const struct recipe *r, struct tree_inode *n) {
  if (!r->keep_owner) {
    n->uid = r->uid;
    n->gid = r->gid;
  }
  if (r->has_mtime) apply_mtime(n, r->mtime);
  apply_clamp(r, n);
}

/* --- files -------------------------------------------------------------------- */

static uint32_t apply_default_bits(uint32_t type) {
  switch (type) {
  case S_IFDIR:
    return 0755;
  case S_IFREG:
    return 0644;
  case S_IFLNK:
    return 0777;
  default:
    return 0600;
  }
}

/* What an entry of `files` says, onto an inode. */
static void apply_fields(const struct recipe *r, const struct recipe_file *f, struct tree_inode *n) {
  if (f->has_mode) n->mode = (n->mode & S_IFMT) | (f->mode & 07777);
  if (f->has_owner) n->uid = f->uid, n->gid = f->gid;
  if (f->has_mtime) apply_mtime(n, f->mtime);
  apply_clamp(r, n);
}

static void apply_make(const struct recipe *r, const struct recipe_file *f, struct tree_inode *n) {
  uint32_t type = f->mode & S_IFMT;
  n->mode = type | apply_default_bits(type);
  n->uid = n->gid = 0;
  n->mtime = 0;
  apply_to_inode(r, n);
  n->target = f->target;
  n->rdev_major = f->major;
  n->rdev_minor = f->minor;
  n->size = type == S_IFLNK ? strlen(f->target) : f->size;
  n->place = type == S_IFREG && f->size > 0 ? TREE_MEMORY : TREE_NOWHERE;
  n->bytes = f->content;
  apply_fields(r, f, n);
}

/* An entry of the rootfs that `files` replaces: other names of the old inode keep it. */
static int apply_replace(struct tree *t, const struct say *say, const struct recipe *r, const struct recipe_file *f,
                         struct tree_name *name) {
  bool was_dir = (name->inode->mode & S_IFMT) == S_IFDIR, is_dir = (f->mode & S_IFMT) == S_IFDIR;
  if (was_dir && is_dir) {
    apply_fields(r, f, name->inode);
    return EXIT_DONE;
  }
  if (was_dir) {
    tree_error(t, say, EXIT_USAGE, f->path, "files: the rootfs has a directory of this name");
    return EXIT_DONE;
  }
  name->inode = tree_inode(t, f->mode);
  if (name->inode == NULL) return tree_no_memory(t, say);
  apply_make(r, f, name->inode);
  return EXIT_DONE;
}

static int apply_file(struct tree *t, const struct say *say, const struct recipe *r, const struct recipe_file *f) {
  struct tree_name *name = tree_seek(t, f->path);
  if ((f->mode & S_IFMT) == 0) {
    if (name != NULL)
      apply_fields(r, f, name->inode);
    else
      tree_error(t, say, EXIT_USAGE, f->path,
                 "files: the rootfs has no such entry to change; its type or content must be given");
    return EXIT_DONE;
  }
  if (name != NULL) return apply_replace(t, say, r, f, name);
  size_t before = t->names;
  name = tree_put(t, f->path);
  if (name == NULL) return tree_no_memory(t, say);
  for (size_t i = before; i < t->names; i++) apply_to_inode(r, t->name[i].inode); /* directories on the way */
  apply_make(r, f, name->inode);
  return EXIT_DONE;
}

int tree_apply(struct tree *t, const struct say *say, const struct recipe *r) {
  if (t->root_fd < 0 || r->includes > 0) apply_select(t, r); /* of a directory, what is excluded was not even read */
  for (size_t i = 0; i < t->names; i++) apply_to_inode(r, t->name[i].inode);
  for (size_t i = 0; i < r->files; i++) {
    int status = apply_file(t, say, r, &r->file[i]);
    if (status != EXIT_DONE) return status;
  }
  return t->status;
}
