/* mkimage/tree/tree_directory.c - a rootfs that is a directory: what was found in it becomes names, inodes and links.
 *
 * tree_walk.h reads it; here it is gone through once, in path order, so that the
 * tree is sorted as it grows.
 */
#include <errno.h>
#include <fcntl.h>
#include <search.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "formats/limits.h"
#include "mkimage/tree/tree_parts.h"
#include "mkimage/tree/tree_walk.h"

/* Which inode of the tree stands for one of the disk. */
struct directory_link {
  uint64_t dev, ino;
  struct tree_inode *inode;
};

struct directory {
  struct tree *t;
  const struct say *say;
  void *links;
};

static int directory_compare(const void *a, const void *b) {
  const struct directory_link *x = a, *y = b;
  if (x->dev != y->dev) return x->dev < y->dev ? -1 : 1;
  return x->ino < y->ino ? -1 : x->ino > y->ino;
}

/* The inode that another name of this file brought, or its own. */
static struct tree_inode *directory_inode(struct directory *d, const struct walk_entry *e) {
  struct directory_link *key = pool_take(&d->t->pool, sizeof *key);
  if (key == NULL) return NULL;
  *key = (struct directory_link){e->inode->seen.dev, e->inode->seen.ino, e->inode};
  struct directory_link **found = tsearch(key, &d->links, directory_compare);
  return found != NULL ? (*found)->inode : NULL;
}

/* No call takes a name below a directory; /proc's name for the directory does.  False: no memory. */
static bool directory_attributes(struct directory *d, const char *path, struct tree_inode *n) {
  char above[LIMIT_PATH], where[64 + LIMIT_NAME];
  const char *slash = strrchr(path, '/');
  size_t front = slash != NULL ? (size_t)(slash - path) : 0;
  memcpy(above, front > 0 ? path : ".", front > 0 ? front : 1);
  above[front > 0 ? front : 1] = 0;
  int fd = openat(d->t->root_fd, above, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) {
    tree_error(d->t, d->say, EXIT_USAGE, path, "cannot list its extended attributes: %s", strerror(errno));
    return true;
  }
  snprintf(where, sizeof where, "/proc/self/fd/%d/%s", fd, slash != NULL ? slash + 1 : path);
  bool ok = tree_attrs_of_disk(d->t, d->say, where, path, n);
  close(fd);
  return ok;
}

static void directory_fault(struct directory *d, enum walk_fault fault, int error, const char *path) {
  static const char *const cannot[] = {[WALK_STAT] = "look at it",
                                       [WALK_LINK] = "read the link",
                                       [WALK_OPEN] = "open the directory",
                                       [WALK_LIST] = "list it"};
  if (fault == WALK_GOOD) return;
  if (fault == WALK_LONG_PATH)
    tree_error(d->t, d->say, EXIT_UNFIT, path, "a path above %d bytes", LIMIT_PATH - 1);
  else if (fault == WALK_LONG_TARGET)
    tree_error(d->t, d->say, EXIT_UNFIT, path, "a link target above %d bytes", LIMIT_TARGET);
  else
    tree_error(d->t, d->say, EXIT_USAGE, path, "cannot %s: %s", cannot[fault], strerror(error));
}

/* False: no memory. */
static bool directory_entry(struct directory *d, const struct walk_entry *e) {
  struct tree_inode *n = e->inode;
  directory_fault(d, e->fault, e->error, e->path);
  if (n == NULL) return true;
  if (e->linked && (n = directory_inode(d, e)) == NULL) return false;
  if (e->attributes && n == e->inode && !directory_attributes(d, e->path, n)) return false;
  return tree_append(d->t, e->path, n);
}

/* Everything below one directory; the lists go as they are read. */
static bool directory_below(struct directory *d, struct walk_dir *dir) {
  bool ok = true;
  directory_fault(d, dir->fault, dir->error, dir->path);
  for (size_t i = 0; i < dir->entries; i++) {
    struct walk_entry *e = &dir->entry[i];
    ok = ok && directory_entry(d, e);
    if (ok && e->dir != NULL)
      ok = directory_below(d, e->dir);
    else
      walk_drop_all(e->dir);
  }
  walk_drop(dir);
  return ok;
}

static void directory_keep(void *link) {} /* the pool owns it */

int tree_load_directory(struct tree *t, const struct say *say, const char *path, const struct recipe *r) {
  struct directory d = {.t = t, .say = say};
  struct stat st;
  t->root_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (t->root_fd < 0 || fstat(t->root_fd, &st) != 0) return say_errno(say, path, "cannot open", errno);
  walk_fill(t->name[0].inode, &st, ".");
  struct walk_dir *top = directory_attributes(&d, ".", t->name[0].inode) ? walk(t, say, r) : NULL;
  bool ok = top != NULL && directory_below(&d, top);
  tdestroy(d.links, directory_keep);
  return ok ? t->status : tree_no_memory(t, say);
}
