/* mkimage/tree/tree_attrs.c - extended attributes of files of the disk. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>

#include "formats/limits.h"
#include "mkimage/tree/tree_parts.h"

/* What a file has may change between two looks: an attribute that went is none. */
static bool disk_attribute(struct tree *t, const struct say *say, const char *where, const char *path,
                           struct tree_inode *n, const char *name, char *room) {
  ssize_t size = lgetxattr(where, name, room, LIMIT_ATTR_VALUE);
  if (size >= 0) return attr_add(&t->pool, &n->attrs, name, room, (size_t)size);
  if (errno != ENODATA)
    tree_error(t, say, EXIT_USAGE, path, "cannot read its extended attribute %s: %s", say_name(name).text,
               strerror(errno));
  return true;
}

/* Its list of names goes to room[0..LIMIT_ATTR_LIST); the values to what is behind. */
static bool disk_attributes(struct tree *t, const struct say *say, const char *where, const char *path,
                            struct tree_inode *n, ssize_t list) {
  char *room = malloc(LIMIT_ATTR_LIST + LIMIT_ATTR_VALUE);
  bool ok = room != NULL;
  if (ok) list = llistxattr(where, room, LIMIT_ATTR_LIST);
  if (ok && list < 0) tree_error(t, say, EXIT_USAGE, path, "cannot list its extended attributes: %s", strerror(errno));
  for (ssize_t at = 0; ok && at < list; at += (ssize_t)strlen(room + at) + 1)
    ok = disk_attribute(t, say, where, path, n, room + at, room + LIMIT_ATTR_LIST);
  free(room);
  attr_sort(&n->attrs, ATTR_FIRST);
  return ok;
}

bool tree_attrs_of_disk(struct tree *t, const struct say *say, const char *where, const char *path,
                        struct tree_inode *n) {
  ssize_t list = llistxattr(where, NULL, 0);
  return list > 0 || (list < 0 && errno == E2BIG) ? disk_attributes(t, say, where, path, n, list) : true;
}
