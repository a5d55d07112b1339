/* kernel/ramfs/ramfs.c - the file system in memory: instance, inodes, and the calls on directories.
 *
 * Floor 4, fulfils kernel/fs.h.  Everything lies in the heap and in pages; all state is in struct
 * ramfs, so that instances live side by side.  Inode numbers count up from 1 (the root) and are never used again.
 * A removed directory that is still held keeps its parent, so that ".." has an answer.
 */
#include "kernel/ramfs/ramfs.h"

#include <assert.h>
#include <string.h>

#include "kernel/mem/pages_inner.h"
#include "kernel/ramfs/ramfs_inner.h"

static bool is_dir(const struct inode *i) { return ramfs_is(i, MODE_DIR); }
static struct names *names_of(const struct inode *dir) { return &rnode_of(dir)->u.dir.names; }

/* --- inodes ---------------------------------------------------------------- */

static size_t node_bytes(const struct fs_make *how) {
  uint32_t type = how->mode & MODE_TYPE;
  if (type == MODE_LINK) return offsetof(struct rnode, u) + how->size + 1;
  if (type == MODE_DIR) return sizeof(struct rnode);
  if (type == MODE_FILE) return offsetof(struct rnode, u) + sizeof(struct content);
  return offsetof(struct rnode, u);
}

/* There is no memory for its content after all. */
static struct inode *node_undo(struct inode *i) {
  ramfs_of(i)->inodes--;
  heap_give(ramfs_of(i)->heap, i);
  return NULL;
}

/* A file's content from birth. */
static inline int content_start(struct inode *i, const struct fs_make *how) {
  rnode_of(i)->u.content = (struct content){.arena = how->size ? how->arena : NULL, .slice = how->data};
  if (!how->arena || how->size == 0) return 0;
  rnode_of(i)->u.content.slice_len = i->size = how->size;
  return arena_hold(how->arena, how->data, how->size);
}

/* Each member is set by itself: clearing the whole first would write it twice, for every entry of an archive. */
static inline __attribute__((always_inline)) struct inode *node_make(struct ramfs *r, const struct fs_make *how) {
  struct rnode *n = heap_take(r->heap, node_bytes(how));
  if (!n) return NULL;
  n->i.fs = &r->fs;
  n->i.ino = ++r->last_ino;
  n->i.size = 0;
  n->i.mode = how->mode, n->i.uid = how->uid, n->i.gid = how->gid;
  n->i.nlink = n->i.holds = 0;
  n->i.rdev_major = how->rdev_major, n->i.rdev_minor = how->rdev_minor;
  n->i.own = n->i.linkable = 0;
  n->i.atime = n->i.mtime = n->i.ctime = how->now;
  n->i.extra = NULL;
  r->inodes++;
  if (ramfs_is(&n->i, MODE_FILE)) return content_start(&n->i, how) == 0 ? &n->i : node_undo(&n->i);
  if (ramfs_is(&n->i, MODE_LINK)) {
    memcpy(n->u.target, how->data, how->size);
    n->u.target[how->size] = 0;
    n->i.size = how->size;
  }
  if (is_dir(&n->i)) {
    memset(&n->u.dir, 0, sizeof n->u.dir);
    n->u.dir.parent = &n->i;
  }
  return &n->i;
}

static void node_drop(struct inode *i) {
  struct ramfs *r = ramfs_of(i);
  assert(i->extra == NULL);
  if (r->xattrs.count > 0) xattrs_drop(i);
  if (ramfs_is(i, MODE_FILE)) content_drop(i);
  if (is_dir(i)) names_drop(r->heap, names_of(i));
  heap_give(r->heap, i);
  r->inodes--;
}

/* A directory without a name held its parent; letting go may free that one, too, and so on. */
static void ramfs_forget(struct inode *i) {
  while (i) {
    struct inode *up = is_dir(i) ? rnode_of(i)->u.dir.parent : i;
    node_drop(i);
    if (up == i) return;
    i = --up->holds == 0 && up->nlink == 0 ? up : NULL;
  }
}

/* --- names --------------------------------------------------------------------- */

static void dir_changed(struct inode *dir, struct stamp now) { dir->mtime = dir->ctime = now; }

/* Puts inode i under a dentry of dir. */
static void dentry_bind(struct inode *dir, struct dentry *d, struct inode *i) {
  d->inode = i;
  if (!is_dir(i)) return;
  rnode_of(i)->u.dir.parent = dir;
  rnode_of(i)->u.dir.self = d;
  dir->nlink++;
}

/* The inode leaves dir's dentry, which stays. */
static void dentry_unbind(struct inode *dir, const struct dentry *d) {
  if (!is_dir(d->inode)) return;
  rnode_of(d->inode)->u.dir.self = NULL;
  dir->nlink--;
}

/* The inode at d loses this link, for good when it was the last. */
static void link_lost(struct inode *dir, struct inode *i, struct stamp now) {
  i->ctime = now;
  i->nlink = is_dir(i) ? 0 : i->nlink - 1;
  if (i->nlink || i->holds == 0) {
    if (i->nlink == 0) {
      if (is_dir(i)) rnode_of(i)->u.dir.parent = i;
      ramfs_forget(i);
    }
    return;
  }
  if (is_dir(i)) fs_hold(dir);
}

static int ramfs_look(struct inode *dir, const char *name, size_t len, struct inode **out) {
  struct dentry *d = names_look(names_of(dir), name, len);
  if (!d) return ERR_NOENT;
  *out = d->inode;
  return 0;
}

static int ramfs_make_node(struct inode *dir, const char *name, size_t len, const struct fs_make *how,
                           struct inode **out) {
  struct ramfs *r = ramfs_of(dir);
  struct dentry *d;
  int rc = names_add(r->heap, names_of(dir), name, len, &d);
  if (rc < 0) return rc;
  struct inode *i = node_make(r, how);
  if (!i) {
    names_remove(r->heap, names_of(dir), d);
    return ERR_NOMEM;
  }
  i->nlink = is_dir(i) ? 2 : 1;
  dentry_bind(dir, d, i);
  dir_changed(dir, how->now);
  *out = i;
  return 0;
}

static int ramfs_make_loose(struct fs *fs, const struct fs_make *how, struct inode **out) {
  struct inode *i = node_make((struct ramfs *)fs, how);
  if (!i) return ERR_NOMEM;
  *out = fs_hold(i);
  return 0;
}

static int ramfs_link(struct inode *dir, const char *name, size_t len, struct inode *target, struct stamp now) {
  if (is_dir(target)) return ERR_PERM;
  if (target->nlink == UINT32_MAX) return ERR_MLINK;
  struct dentry *d;
  int rc = names_add(ramfs_of(dir)->heap, names_of(dir), name, len, &d);
  if (rc < 0) return rc;
  d->inode = target;
  target->nlink++;
  target->ctime = now;
  dir_changed(dir, now);
  return 0;
}

static int ramfs_unlink(struct inode *dir, const char *name, size_t len, struct stamp now) {
  struct dentry *d = names_look(names_of(dir), name, len);
  if (!d) return ERR_NOENT;
  struct inode *i = d->inode;
  if (is_dir(i) && names_of(i)->live) return ERR_NOTEMPTY;
  dentry_unbind(dir, d);
  names_remove(ramfs_of(dir)->heap, names_of(dir), d);
  dir_changed(dir, now);
  link_lost(dir, i, now);
  return 0;
}

static void rename_exchange(struct inode *from, struct dentry *d, struct inode *to, struct dentry *d2,
                            struct stamp now) {
  struct inode *a = d->inode, *b = d2->inode;
  dentry_unbind(from, d);
  dentry_unbind(to, d2);
  dentry_bind(from, d, b);
  dentry_bind(to, d2, a);
  a->ctime = b->ctime = now;
}

/* Moves the inode at d to to/name2, over what d2 (or NULL) holds there. */
static int rename_over(struct inode *from, struct dentry *d, struct inode *to, const char *name2, size_t len2,
                       struct dentry *d2, struct stamp now) {
  struct heap *h = ramfs_of(from)->heap;
  struct inode *i = d->inode, *old = d2 ? d2->inode : NULL;
  if (old && is_dir(old) && names_of(old)->live) return ERR_NOTEMPTY;
  struct dentry *fresh = d2;
  if (!d2 && names_add(h, names_of(to), name2, len2, &fresh) < 0) return ERR_NOMEM;
  if (old) dentry_unbind(to, d2);
  dentry_unbind(from, d);
  names_remove(h, names_of(from), d);
  dentry_bind(to, fresh, i);
  i->ctime = now;
  if (old) link_lost(to, old, now);
  return 0;
}

static int ramfs_rename(struct inode *from, const char *name, size_t len, struct inode *to, const char *name2,
                        size_t len2, bool exchange, struct stamp now) {
  struct dentry *d = names_look(names_of(from), name, len), *d2 = names_look(names_of(to), name2, len2);
  if (!d || (exchange && !d2)) return ERR_NOENT;
  if (d2 && d2->inode == d->inode) return 0;
  if (exchange) {
    rename_exchange(from, d, to, d2, now);
  } else {
    int rc = rename_over(from, d, to, name2, len2, d2, now);
    if (rc) return rc;
  }
  dir_changed(from, now);
  dir_changed(to, now);
  return 0;
}

/* Slots are listed downwards: a cookie is the slot that was listed last + 1. */
static int ramfs_list(struct inode *dir, uint64_t cookie, int (*each)(void *arg, const struct fs_name *n), void *arg) {
  const struct names *n = names_of(dir);
  uint32_t slot = cookie == 0 || cookie > n->top ? n->top : (uint32_t)(cookie - 1);
  for (struct dentry *d; (d = names_below(n, &slot));) {
    struct fs_name out = {.name = d->name, .len = d->len, .inode = d->inode, .next = (uint64_t)slot + 1};
    int rc = each(arg, &out);
    if (rc) return rc;
  }
  return 0;
}

static struct inode *ramfs_parent(struct inode *dir, const char **name, size_t *len) {
  const struct dentry *self = rnode_of(dir)->u.dir.self;
  *name = self ? self->name : "";
  *len = self ? self->len : 0;
  return rnode_of(dir)->u.dir.parent;
}

static const char *ramfs_target(struct inode *link) { return rnode_of(link)->u.target; }

/* --- the instance ------------------------------------------------------------------ */

static void ramfs_space(struct fs *fs, struct fs_space *out) {
  struct ramfs *r = (struct ramfs *)fs;
  *out = (struct fs_space){pages_total(r->pages), pages_free(r->pages), r->inodes};
}

/* Empties the tree from below, one entry at a time, then the root goes. */
static void ramfs_stop(struct fs *fs) {
  struct ramfs *r = (struct ramfs *)fs;
  for (struct inode *dir = fs->root;;) {
    uint32_t slot = UINT32_MAX;
    struct dentry *d = names_below(names_of(dir), &slot);
    if (d && is_dir(d->inode)) {
      dir = d->inode;
    } else if (d) {
      struct inode *i = d->inode;
      names_remove(r->heap, names_of(dir), d);
      if (--i->nlink == 0) node_drop(i);
    } else if (dir == fs->root) {
      break;
    } else {
      struct inode *up = rnode_of(dir)->u.dir.parent;
      names_remove(r->heap, names_of(up), rnode_of(dir)->u.dir.self);
      node_drop(dir);
      dir = up;
    }
  }
  node_drop(fs->root);
  heap_give(r->heap, r);
}

static const struct fs_ops ramfs_ops = {
    .name = "ramfs",
    .look = ramfs_look,
    .make = ramfs_make_node,
    .make_loose = ramfs_make_loose,
    .link = ramfs_link,
    .unlink = ramfs_unlink,
    .rename = ramfs_rename,
    .list = ramfs_list,
    .parent = ramfs_parent,
    .target = ramfs_target,
    .span = content_span,
    .span_for_write = content_span_for_write,
    .resize = content_resize,
    .punch = content_punch,
    .seek = content_seek,
    .blocks = content_blocks,
    .frame = content_frame,
    .adopt = content_adopt,
    .xattr_get = xattrs_get,
    .xattr_set = xattrs_set,
    .xattr_remove = xattrs_remove,
    .xattr_list = xattrs_list,
    .xattr_drop = xattrs_drop,
    .forget = ramfs_forget,
    .space = ramfs_space,
    .stop = ramfs_stop,
};

struct fs *ramfs_make(struct heap *heap, struct stamp now) {
  struct fs_make how = {.mode = MODE_DIR | 0755, .now = now};
  struct ramfs *r = heap_take_zero(heap, sizeof *r);
  if (!r) return NULL;
  r->heap = heap;
  r->pages = heap_pages(heap);
  r->direct = r->pages->direct;
  r->fs.ops = &ramfs_ops;
  r->fs.root = node_make(r, &how);
  if (!r->fs.root) {
    heap_give(heap, r);
    return NULL;
  }
  r->fs.root->nlink = 2;
  return &r->fs;
}
