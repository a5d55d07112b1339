/* kernel/boot/save.c - a tree into a cpio archive, entry by entry: see save.h.
 *
 * Directories are walked by their listing's cookies, without recursion: a program may have nested them as deep as it
 * liked.  An entry that was written is marked in its inode, where nobody looks any more.
 */
#include "kernel/boot/save.h"

#include <string.h>

#include "formats/archive.h"
#include "formats/cursor.h"
#include "formats/newc.h"
#include "formats/path.h"

enum { SAVE_WRITTEN = UINT32_MAX }; /* nanoseconds of an access time that no clock has */

static void put(struct save *s, const void *bytes, size_t n) {
  if (n > 0) s->put(s->owner, bytes, n);
  s->at += n;
}

static void put_padding(struct save *s) {
  static const uint8_t zeros[NEWC_ALIGN];
  put(s, zeros, -s->at % NEWC_ALIGN);
}

static void put_header(struct save *s, struct newc *h, const char *name) {
  uint8_t raw[NEWC_HEADER];
  h->name_size = (uint32_t)strlen(name) + 1;
  newc_encode(h, raw);
  put(s, raw, sizeof raw);
  put(s, name, h->name_size);
  put_padding(s);
}

static void put_content(struct save *s, struct inode *i) {
  uint64_t n;
  for (uint64_t at = 0; at < i->size; at += n) {
    const uint8_t *bytes = i->fs->ops->span(i, at, i->size - at, &n);
    s->lend(s->owner, bytes, n);
    s->at += n;
  }
}

static void leave_out(struct save *s, const char *why) {
  s->left_out++;
  s->tell(s->owner, s->path, why);
}

/* What newc has no field for; NULL: nothing. */
static const char *unfit(const struct save *s, const struct inode *i) {
  uint32_t type = i->mode & MODE_TYPE;
  if (type == MODE_SOCK) return "a socket is left out";
  if (type == MODE_FILE && i->size > UINT32_MAX) return "left out: 4 GiB or more do not fit into a cpio archive";
  if (i->mtime.s < 0 || i->mtime.s > UINT32_MAX) return "left out: its time of change does not fit into a cpio archive";
  return strcmp(s->path, NEWC_TRAILER) == 0 ? "left out: this name means the end of a cpio archive" : NULL;
}

struct one { /* of the inodes */
  struct save *s;
  struct inode *i;
};

/* Nonzero: one is left out. */
static int put_attribute(void *arg, const char *name, size_t len) {
  const struct one *o = arg;
  const uint8_t *value;
  int64_t n = o->i->fs->ops->xattr_get(o->i, name, len, &value);
  return n < 0 || !o->s->attr(o->s->owner, o->s->path, name, len, value, (uint64_t)n);
}

static void put_attributes(struct save *s, struct inode *i) {
  struct one o = {s, i};
  if (i->fs->ops->xattr_list(i, put_attribute, &o)) leave_out(s, "its extended attributes are left out");
}

static void put_entry(struct save *s, struct inode *i) {
  uint32_t type = i->mode & MODE_TYPE;
  bool written = i->atime.ns == SAVE_WRITTEN;
  if (written && (type == MODE_DIR || i->nlink == 1)) return; /* two of the paths meet here */
  const char *why = unfit(s, i);
  if (why) {
    leave_out(s, why);
    return;
  }
  bool content = type == MODE_LINK || (type == MODE_FILE && !written);
  struct newc h = {.ino = (uint32_t)i->ino,
                   .mode = i->mode,
                   .uid = i->uid,
                   .gid = i->gid,
                   .nlink = i->nlink,
                   .mtime = (uint32_t)i->mtime.s,
                   .size = content ? (uint32_t)i->size : 0,
                   .rdev_major = i->rdev_major,
                   .rdev_minor = i->rdev_minor};
  put_header(s, &h, s->len ? s->path : ".");
  if (type == MODE_LINK) put(s, i->fs->ops->target(i), i->size);
  if (type == MODE_FILE && content) put_content(s, i);
  put_padding(s);
  if (!written) put_attributes(s, i);
  i->atime.ns = SAVE_WRITTEN;
  s->entries++;
}

/* --- the path of the entry at hand ------------------------------------------------ */

static bool path_push(struct save *s, const char *name, size_t n) {
  size_t slash = s->len > 0;
  if (n + slash >= sizeof s->path - s->len) return false;
  if (slash) s->path[s->len++] = '/';
  memcpy(s->path + s->len, name, n);
  s->len += n;
  s->path[s->len] = 0;
  return true;
}

static void path_pop(struct save *s) {
  while (s->len > 0 && s->path[--s->len] != '/') {
  }
  s->path[s->len] = 0;
}

/* --- the walk ------------------------------------------------------------------------ */

static bool is_dir(const struct inode *i) { return (i->mode & MODE_TYPE) == MODE_DIR; }

static int take_one(void *arg, const struct fs_name *n) {
  *(struct fs_name *)arg = *n;
  return 1;
}

/* The path was pushed.  Whether there is more below it. */
static bool visit(struct save *s, struct inode *i) {
  if (s->skip(s->owner, s->path, i)) return false;
  put_entry(s, i);
  return is_dir(i);
}

static void put_below(struct save *s, struct inode *dir) {
  size_t depth = 0;
  struct fs_name n;
  s->cookie[0] = 0;
  for (;;) {
    if (dir->fs->ops->list(dir, s->cookie[depth], take_one, &n) != 1) {
      if (depth-- == 0) return;
      dir = dir->fs->ops->parent(dir, &n.name, &n.len);
      path_pop(s);
      continue;
    }
    s->cookie[depth] = n.next;
    if (!path_push(s, n.name, n.len)) {
      leave_out(s, "left out: something in it has a path above 4095 bytes");
    } else if (visit(s, n.inode)) {
      s->cookie[++depth] = 0;
      dir = n.inode;
    } else
      path_pop(s);
  }
}

void save_path(struct save *s, const char *path) {
  struct cursor c = cursor_over(path, strlen(path));
  struct inode *i = s->root;
  const char *part;
  size_t n;
  int rc;
  s->len = 0;
  s->path[0] = 0;
  bool below = visit(s, i);
  while ((rc = path_next(&c, &part, &n)) == 1) {
    bool found = below && i->fs->ops->look(i, part, n, &i) == 0;
    if (!path_push(s, part, n)) break;
    if (!found) {
      leave_out(s, "not there");
      return;
    }
    below = visit(s, i);
  }
  if (rc != 0)
    leave_out(s, "not a path");
  else if (below)
    put_below(s, i);
}

void save_end(struct save *s) {
  struct newc trailer = {.nlink = 1};
  put_header(s, &trailer, NEWC_TRAILER);
}
