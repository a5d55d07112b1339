/* kernel/boot/unpack_tree.c - an entry becomes an inode.
 *
 * No path is resolved from the root when the entry before had the same directory.  The name was checked by the archive
 * reader: its components are safe.  A directory keeps the mtime of its own entry, whatever is
 * made in it later.
 */
#include <string.h>

#include "formats/bytes.h"
#include "formats/path.h"
#include "kernel/boot/unpack_inner.h"

int unpack_no_memory(struct flaw *flaw, struct pages *ps, uint64_t offset, uint64_t wanted, const char *reason) {
  if (flaw_set(flaw, ERR_NOMEM, offset, reason) != ERR_NOMEM) return flaw->code;
  flaw->wanted = wanted;
  flaw->left = pages_free(ps);
  return ERR_NOMEM;
}

/* One entry on its way into the tree. */
struct placing {
  struct unpack_tree *t;
  const struct entry *e;
  const uint8_t *data;
  struct inode *dir; /* where it goes */
  const char *name;  /* its last component; len 0: the root itself */
  size_t len;
};

static int refuse(struct placing *p, int code, const char *reason) {
  if (code == ERR_NOMEM)
    unpack_no_memory(p->t->flaw, heap_pages(p->t->heap), p->e->offset, PAGE, "not enough memory for its inode");
  else
    flaw_set(p->t->flaw, code, p->e->offset, reason);
  flaw_entry(p->t->flaw, p->e->name, p->e->name_len);
  return p->t->flaw->code;
}

/* --- the directory ------------------------------------------------------------- */

/* A directory that no entry told of yet. */
static int make_missing(struct placing *p, struct inode *dir, const char *name, size_t len, struct inode **out) {
  const struct fs_make how = {.mode = MODE_DIR | 0755, .now = p->t->how.now, .mtime = &p->t->how.now};
  int rc = dir->fs->ops->make(dir, name, len, &how, out);
  return rc < 0 ? refuse(p, rc, "its directory cannot be made") : 0;
}

/* The component under *dir, made when it is not there; *out may be a symlink. */
static int step(struct placing *p, struct inode *dir, const char *name, size_t len, struct inode **out) {
  int rc = dir->fs->ops->look(dir, name, len, out);
  if (rc == ERR_NOENT) return make_missing(p, dir, name, len, out);
  if (rc < 0) return refuse(p, rc, "its directory cannot be looked up");
  uint32_t type = (*out)->mode & MODE_TYPE;
  if (type == MODE_DIR || type == MODE_LINK) return 0;
  return refuse(p, ERR_TREE, "its parent is not a directory");
}

static int follow(struct placing *p, struct inode *link, unsigned *followed, struct cursor *rest) {
  const char *target = link->fs->ops->target(link);
  if (target[0] == '/') return refuse(p, ERR_TREE, "its parent is a symlink with an absolute target");
  if (++*followed > LIMIT_SYMLINKS) return refuse(p, ERR_LOOP, "more than 40 symlinks lead to its parent");
  *rest = cursor_over(target, link->size);
  return 0;
}

/* Walks the components of `name` from *dir, which becomes where they lead; what is left of each name that a symlink
 * interrupted waits on a stack. */
static __attribute__((noinline)) int walk(struct placing *p, struct cursor name, struct inode **dir) {
  struct cursor rest[LIMIT_SYMLINKS + 1];
  unsigned depth = 0, followed = 0;
  struct inode *next;
  rest[0] = name;
  for (;;) {
    const char *part;
    size_t len;
    int rc = path_next(&rest[depth], &part, &len);
    if (rc < 0) return refuse(p, ERR_TREE, "its parent is a symlink with a '..' component in its target");
    if (rc == 0 && depth-- == 0) break;
    if (rc == 0) continue;
    if ((rc = step(p, *dir, part, len, &next)) < 0) return rc;
    if ((next->mode & MODE_TYPE) == MODE_DIR)
      *dir = next;
    else if ((rc = follow(p, next, &followed, &rest[depth + 1])) < 0)
      return rc;
    else
      depth++;
  }
  p->t->straight = followed == 0;
  return 0;
}

/* Up from the directory remembered to the one that the first `len` bytes of the name have in common with it, or the
 * root; returns the length of that one's text. */
static size_t climb(struct placing *p, size_t len, struct inode **dir) {
  const struct unpack_tree *t = p->t;
  size_t same = 0, n;
  if (t->dir && t->straight) same = bytes_common(t->dir_name, p->e->name, len < t->dir_len ? len : t->dir_len);
  while (same > 0 && t->dir_name[same - 1] != '/') same--;
  *dir = same > 0 ? t->dir : t->fs->root;
  struct cursor above = cursor_over(t->dir_name + same, same > 0 ? t->dir_len - same : 0);
  for (const char *part; path_next(&above, &part, &n) == 1;) *dir = t->fs->ops->parent(*dir, &part, &n);
  return same;
}

/* Splits the name at its last component, past trailing slashes and `.`; returns the length of what stands before. */
static size_t split(struct placing *p) {
  const char *name = p->e->name;
  size_t end = p->e->name_len, from;
  for (;; end = from) {
    while (end > 0 && name[end - 1] == '/') end--;
    for (from = end; from > 0 && name[from - 1] != '/';) from--;
    if (end - from != 1 || name[from] != '.') break;
  }
  p->name = name + from;
  p->len = end - from;
  return from;
}

static int find_directory(struct placing *p) {
  struct unpack_tree *t = p->t;
  const struct entry *e = p->e;
  p->dir = t->dir;
  p->name = e->name + e->base;
  p->len = e->name_len - e->base;
  if (e->sibling && t->dir && t->dir_len == e->base) return 0;
  size_t len = split(p), from = climb(p, len, &p->dir);
  t->dir = NULL;
  int rc = walk(p, cursor_over(e->name + from, len - from), &p->dir);
  if (rc < 0) return rc;
  t->dir = e->name == t->archive->name ? NULL : p->dir; /* a name in the reader's own room does not last */
  t->dir_name = e->name;
  t->dir_len = len;
  return 0;
}

/* --- the inode ------------------------------------------------------------------- */

/* What the entry says of an inode that is there; a directory's number of links and the like stay the file system's. */
static void set_attributes(struct inode *i, const struct placing *p) {
  i->mode = p->e->mode;
  i->uid = p->e->uid;
  i->gid = p->e->gid;
  i->ctime = p->t->how.now;
  i->atime = i->mtime = (struct stamp){p->e->mtime, p->e->mtime_ns};
  i->fs->ops->xattr_drop(i);
}

static __attribute__((noinline)) int set_xattrs(struct placing *p, struct inode *i) {
  struct archive_attr x = {.at = 0};
  int rc = 0;
  while (rc == 0 && archive_attr(p->t->archive, p->e, &x) == 1)
    rc = i->fs->ops->xattr_set(i, x.name, x.name_len, x.value, x.size);
  return rc < 0 ? refuse(p, rc, "its extended attributes cannot be kept") : 0;
}

/* Takes what has the name out of the way. */
static int remove_old(struct placing *p) {
  p->t->dir = NULL; /* the directory remembered may be the one that goes, or reached through it */
  int rc = p->dir->fs->ops->unlink(p->dir, p->name, p->len, p->t->how.now);
  return rc < 0 ? refuse(p, ERR_TREE, "it would replace a directory that is not empty") : 0;
}

static int make_placed(struct placing *p, struct inode **out) {
  struct entry whole = *p->e; /* a file with holes begins empty */
  if (whole.holes) whole.size = 0;
  return unpack_tree_make(p->t, &whole, p->data, p->dir, p->name, p->len, out);
}

/* Takes the place of what has the name, but for a directory that the entry tells of again. */
static __attribute__((noinline)) int replace(struct placing *p, struct inode **out) {
  int rc = p->dir->fs->ops->look(p->dir, p->name, p->len, out);
  if (rc == 0 && (p->e->mode & MODE_TYPE) == MODE_DIR && ((*out)->mode & MODE_TYPE) == MODE_DIR) {
    set_attributes(*out, p);
    return 0;
  }
  if (rc == 0) rc = remove_old(p);
  if (rc == 0) rc = make_placed(p, out);
  return rc;
}

static inline int make_or_replace(struct placing *p, struct inode **out) {
  int rc = make_placed(p, out);
  if (rc == ERR_EXIST) rc = replace(p, out);
  return rc < 0 ? refuse(p, rc, "its inode cannot be made") : 0;
}

/* A further name of an inode. */
static int link_or_replace(struct placing *p, struct inode *target) {
  const struct fs_ops *ops = p->dir->fs->ops;
  int rc = ops->link(p->dir, p->name, p->len, target, p->t->how.now);
  if (rc == ERR_EXIST) {
    struct inode *old;
    rc = ops->look(p->dir, p->name, p->len, &old);
    if (rc == 0 && old == target) return 0;
    if (rc == 0) rc = remove_old(p);
    if (rc == 0) rc = ops->link(p->dir, p->name, p->len, target, p->t->how.now);
  }
  return rc < 0 ? refuse(p, rc, "its hard link cannot be made") : 0;
}

/* What has the name that a hard link's path tells. */
static int find_link_target(struct placing *p, struct inode **out) {
  struct cursor name = cursor_over(p->e->link, p->e->link_len);
  struct inode *i = p->t->fs->root;
  const char *part;
  size_t len;
  while (path_next(&name, &part, &len) == 1) {
    uint32_t type = i->mode & MODE_TYPE;
    if (type == MODE_LINK) return refuse(p, ERR_TREE, "a hard link through a symlink");
    int rc = type == MODE_DIR ? i->fs->ops->look(i, part, len, &i) : ERR_NOENT;
    if (rc < 0) return refuse(p, rc == ERR_NOMEM ? rc : ERR_TREE, "a hard link to what is not there");
  }
  *out = i;
  return (i->mode & MODE_TYPE) == MODE_DIR ? refuse(p, ERR_TREE, "a hard link to a directory") : 0;
}

/* Its attributes are those of what it links to. */
static int place_link(struct placing *p) {
  struct inode *target = NULL;
  int rc = find_link_target(p, &target);
  return rc < 0 ? rc : link_or_replace(p, target);
}

/* As Linux has it: FIFOs and devices too, symbolic links never. */
static bool is_linked(const struct entry *e) {
  uint32_t type = e->mode & MODE_TYPE;
  return e->nlink >= 2 && type != MODE_DIR && type != MODE_LINK;
}

/* Data with a further name is the inode's. */
static int fill(struct placing *p, struct inode *i) {
  if (p->e->size == 0) return 0;
  int rc = i->fs->ops->adopt(i, p->t->how.arena, p->data, p->e->size);
  return rc < 0 ? refuse(p, rc, "its data cannot be held") : 0;
}

static __attribute__((noinline)) int make_or_link(struct placing *p, struct inode **out) {
  *out = unpack_links_find(&p->t->links, p->e);
  if (*out) {
    int rc = link_or_replace(p, *out);
    if (rc == 0) rc = fill(p, *out);
    if (rc == 0) set_attributes(*out, p);
    return rc;
  }
  int rc = make_or_replace(p, out);
  if (rc < 0) return rc;
  rc = unpack_links_add(&p->t->links, p->t->heap, p->e, *out);
  return rc < 0 ? refuse(p, rc, "its hard link cannot be noted") : 0;
}

/* n bytes into the file's own storage. */
static bool copy_in(struct inode *i, uint64_t offset, const uint8_t *from, uint64_t n) {
  while (n > 0) {
    uint64_t piece;
    uint8_t *to = i->fs->ops->span_for_write(i, offset, n, &piece);
    if (!to) return false;
    memcpy(to, from, piece);
    offset += piece, from += piece, n -= piece;
  }
  return true;
}

/* A file with holes has storage of its own for its pieces alone. */
static int fill_pieces(struct placing *p, struct inode *i) {
  struct archive_piece piece = {0};
  int rc = i->fs->ops->resize(i, p->e->size);
  while (rc == 0 && archive_piece(p->t->archive, p->e, &piece) == 1)
    if (!copy_in(i, piece.offset, p->data + piece.data, piece.length)) rc = ERR_NOMEM;
  return rc < 0 ? refuse(p, rc, "its data cannot be held") : 0;
}

int unpack_tree_place_any(struct unpack_tree *t, const struct entry *e, const uint8_t *data) {
  struct placing p = {.t = t, .e = e, .data = data};
  struct inode *i = NULL;
  int rc = find_directory(&p);
  if (rc < 0) return rc;
  if (p.len == 0) {
    set_attributes(t->fs->root, &p);
    return e->attrs ? set_xattrs(&p, t->fs->root) : 0;
  }
  struct stamp mtime = p.dir->mtime; /* unlinking and linking would change it */
  rc = e->link ? place_link(&p) : is_linked(e) ? make_or_link(&p, &i) : make_or_replace(&p, &i);
  p.dir->mtime = mtime;
  if (rc < 0 || e->link) return rc;
  if (e->holes > 0) rc = fill_pieces(&p, i);
  if (rc == 0 && e->attrs) rc = set_xattrs(&p, i);
  return rc;
}
