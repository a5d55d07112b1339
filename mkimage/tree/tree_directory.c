/* mkimage/tree/tree_directory.c - a rootfs that is a directory: its names, inodes and links.
 *
 * Directories wait in a list and are read one after another, each opened by its
 * path below the root: no depth of the tree takes descriptors or stack.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "formats/limits.h"
#include "mkimage/tree/tree_parts.h"

/* Which inode of the tree stands for one of the disk. */
struct directory_link {
  dev_t dev;
  ino_t ino;
  struct tree_inode *inode;
};

struct directory {
  struct tree *t;
  const struct say *say;
  const struct recipe *r;
  void *links;
};

static int directory_compare(const void *a, const void *b) {
  const struct directory_link *x = a, *y = b;
  if (x->dev != y->dev) return x->dev < y->dev ? -1 : 1;
  return x->ino < y->ino ? -1 : x->ino > y->ino;
}

/* The inode that has been made for another name of this file, or a new one. */
static struct tree_inode *directory_inode(struct directory *d, const struct stat *st) {
  bool linked = st->st_nlink > 1 && !S_ISDIR(st->st_mode) && !S_ISLNK(st->st_mode);
  if (!linked) return tree_inode(d->t, st->st_mode);
  struct directory_link *key = pool_take(&d->t->pool, sizeof *key);
  if (key == NULL) return NULL;
  *key = (struct directory_link){st->st_dev, st->st_ino, NULL};
  struct directory_link **found = tsearch(key, &d->links, directory_compare);
  if (found == NULL) return NULL;
  if ((*found)->inode == NULL) (*found)->inode = tree_inode(d->t, st->st_mode);
  return (*found)->inode;
}

static void directory_fill(struct tree_inode *n, const struct stat *st, const char *path) {
  bool device = S_ISCHR(st->st_mode) || S_ISBLK(st->st_mode);
  n->uid = st->st_uid;
  n->gid = st->st_gid;
  n->mtime = st->st_mtim.tv_sec;
  n->mtime_ns = (uint32_t)st->st_mtim.tv_nsec;
  n->rdev_major = device ? major(st->st_rdev) : 0;
  n->rdev_minor = device ? minor(st->st_rdev) : 0;
  n->size = S_ISREG(st->st_mode) ? (uint64_t)st->st_size : 0;
  n->place = S_ISREG(st->st_mode) && st->st_size > 0 ? TREE_DISK : TREE_NOWHERE;
  n->disk = path;
  n->seen = *st;
}

static bool directory_target(struct directory *d, int dir, const char *name, const char *path, struct tree_inode *n) {
  char target[LIMIT_TARGET + 2];
  ssize_t len = readlinkat(dir, name, target, sizeof target);
  if (len < 0) {
    tree_error(d->t, d->say, EXIT_USAGE, path, "cannot read the link: %s", strerror(errno));
    return true;
  }
  if (len > LIMIT_TARGET) tree_error(d->t, d->say, EXIT_UNFIT, path, "a link target above %d bytes", LIMIT_TARGET);
  n->target = pool_copy(&d->t->pool, target, (size_t)len);
  n->size = (uint64_t)len;
  return n->target != NULL;
}

/* No name: the directory itself. */
static bool directory_attributes(struct directory *d, int dir, const char *name, const char *path,
                                 struct tree_inode *n) {
  char where[64 + LIMIT_NAME];
  snprintf(where, sizeof where, "/proc/self/fd/%d/%s", dir, name);
  return tree_attrs_of_disk(d->t, d->say, where, path, n);
}

static bool directory_entry(struct directory *d, int dir, const char *name, const char *path) {
  struct stat st;
  if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) != 0) {
    tree_error(d->t, d->say, EXIT_USAGE, path, "cannot look at it: %s", strerror(errno));
    return true;
  }
  if (tree_excluded(d->t, d->r, path, S_ISDIR(st.st_mode))) return true;
  const char *kept = pool_copy(&d->t->pool, path, strlen(path));
  struct tree_inode *n = directory_inode(d, &st);
  if (kept == NULL || n == NULL) return false;
  bool first = n->disk == NULL;
  if (first) directory_fill(n, &st, kept);
  if (first && S_ISLNK(st.st_mode) && !directory_target(d, dir, name, path, n)) return false;
  if (first && !directory_attributes(d, dir, name, path, n)) return false;
  return tree_append(d->t, kept, n);
}

/* Everything in one directory that is open as `fd`. */
static bool directory_list(struct directory *d, int fd, DIR *list, const char *path) {
  char child[LIMIT_PATH + LIMIT_NAME + 2];
  struct dirent *e;
  errno = 0;
  for (; (e = readdir(list)) != NULL; errno = 0) {
    if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0) continue;
    int len = strcmp(path, ".") == 0 ? snprintf(child, sizeof child, "%s", e->d_name)
                                     : snprintf(child, sizeof child, "%s/%s", path, e->d_name);
    if (len >= LIMIT_PATH)
      tree_error(d->t, d->say, EXIT_UNFIT, child, "a path above %d bytes", LIMIT_PATH - 1);
    else if (!directory_entry(d, fd, e->d_name, child))
      return false;
  }
  if (errno != 0) tree_error(d->t, d->say, EXIT_USAGE, path, "cannot list it: %s", strerror(errno));
  return true;
}

static bool directory_open(struct directory *d, const char *path) {
  int fd = openat(d->t->root_fd, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  DIR *list = fd >= 0 ? fdopendir(fd) : NULL;
  if (list == NULL) {
    tree_error(d->t, d->say, EXIT_USAGE, path, "cannot open the directory: %s", strerror(errno));
    if (fd >= 0) close(fd);
    return true;
  }
  bool ok = directory_list(d, fd, list, path);
  closedir(list);
  return ok;
}

static void directory_keep(void *link) {} /* the pool owns it */

int tree_load_directory(struct tree *t, const struct say *say, const char *path, const struct recipe *r) {
  struct directory d = {.t = t, .say = say, .r = r};
  struct stat st;
  t->root_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (t->root_fd < 0 || fstat(t->root_fd, &st) != 0) return say_errno(say, path, "cannot open", errno);
  t->name[0].inode->mode = st.st_mode;
  directory_fill(t->name[0].inode, &st, ".");
  bool ok = directory_attributes(&d, t->root_fd, "", ".", t->name[0].inode);
  for (size_t i = 0; ok && i < t->names; i++) /* grows while it runs */
    if ((t->name[i].inode->mode & S_IFMT) == S_IFDIR) ok = directory_open(&d, t->name[i].path);
  tdestroy(d.links, directory_keep);
  return ok ? t->status : tree_no_memory(t, say);
}
