/* kernel/ramfs/ramfs.c - the file system in memory: instance, inodes, and the calls on directories.
 *
 * Floor 4, fulfils kernel/fs.h.  Everything lies in the heap and in pages; all state is in struct
 * ramfs, so that instances live side by side.  Inode numbers count up from 1 (the root) and are never used again.
 * A removed directory that is still held keeps its parent, so that ".." has an answer.
 */
#include "kernel/ramfs/ramfs.h"

#include <assert.h>
#include <string.h>

#include "kernel/mem/arena_inner.h"
#include "kernel/ramfs/ramfs_inner.h"

#define INLINE inline __attribute__((always_inline))

static bool is_dir(const struct inode *i) { return ramfs_is(i, MODE_DIR); }
static struct names *names_of(const struct inode *dir) { return &rnode_of(dir)->u.dir.names; }

/* --- inodes ---------------------------------------------------------------- */

static INLINE size_t node_bytes(uint32_t type, const struct fs_make *how) {
  if (type == MODE_LINK) return offsetof(struct rnode, u) + how->size + 1;
  if (type == MODE_DIR) return sizeof(struct rnode);
  if (type == MODE_FILE) return offsetof(struct rnode, u) + sizeof(struct content);
  return offsetof(struct rnode, u);
}

/* A file's content from birth. */
static INLINE int content_start(struct rnode *n, const struct fs_make *how) {
  uint64_t size = how->arena ? how->size : 0;
  n->i.size = size;
  n->u.content = (struct content){.arena = size ? how->arena : NULL, .slice = how->data, .slice_len = size};
  if (size == 0 || arena_hold_few(how->arena, how->data, size)) return 0;
  return arena_hold(how->arena, how->data, size);
}

static void target_start(struct rnode *n, const struct fs_make *how) {
  n->i.size = how->size;
  memcpy(n->u.target, how->data, how->size);
  n->u.target[how->size] = 0;
}

static void dir_start(struct rnode *n) {
  n->i.size = 0;
  memset(&n->u.dir, 0, sizeof n->u.dir);
  n->u.dir.parent = &n->i;
}

/* `n` has memory for it; `type` is the mode's, in hot places a constant.  Each member is set by itself: clearing the
 * whole first would write it twice, for every entry of an archive. */
static INLINE int node_start(struct ramfs *r, struct rnode *n, uint32_t type, const struct fs_make *how,
                             uint32_t nlink) {
  n->i.fs = &r->fs;
  n->i.ino = ++r->last_ino;
  n->i.mode = how->mode, n->i.uid = how->uid, n->i.gid = how->gid;
  n->i.rdev_major = how->rdev_major, n->i.rdev_minor = how->rdev_minor;
  n->i.nlink = nlink, n->i.holds = 0;
  n->i.own = n->i.linkable = 0;
  n->i.atime = n->i.mtime = *(how->mtime ? how->mtime : &how->now);
  n->i.ctime = how->now;
  n->i.extra = NULL;
  if (type == MODE_FILE) return content_start(n, how);
  if (type == MODE_LINK)
    target_start(n, how);
  else if (type == MODE_DIR)
    dir_start(n);
  else
    n->i.size = 0;
  return 0;
}

/* An inode with room for a name of `len` bytes in its block, at *born. */
static INLINE struct inode *node_make(struct ramfs *r, uint32_t type, const struct fs_make *how, size_t len,
                                      uint32_t nlink, struct dentry **born) {
  size_t bytes = bytes_round_up(node_bytes(type, how), _Alignof(struct dentry));
  struct rnode *n = heap_take(r->heap, bytes + (len ? dentry_bytes(len) : 0));
  if (!n) return NULL;
  if (node_start(r, n, type, how, nlink) < 0) {
    heap_give(r->heap, n);
    return NULL;
  }
  r->inodes++;
  *born = (struct dentry *)((uint8_t *)n + bytes);
  return &n->i;
}

/* For what is not made in great number. */
static __attribute__((noinline)) struct inode *node_any(struct ramfs *r, const struct fs_make *how, size_t len,
                                                        uint32_t nlink, struct dentry **born) {
  return node_make(r, how->mode & MODE_TYPE, how, len, nlink, born);
}

static __attribute__((noinline)) void node_drop(struct inode *i) {
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

static struct dentry *look(struct inode *dir, const char *name, size_t len) {
  return names_look(ramfs_of(dir)->heap, names_of(dir), name, len);
}

static int ramfs_look(struct inode *dir, const char *name, size_t len, struct inode **out) {
  struct dentry *d = look(dir, name, len);
  if (!d) return ERR_NOENT;
  *out = d->inode;
  return 0;
}

/* The inode, or NULL, gets its name. */
static INLINE int give_name(struct inode *dir, const char *name, size_t len, const struct fs_make *how, bool last,
                            struct inode *i, struct dentry *d) {
  struct names *names = names_of(dir);
  if (!i) return ERR_NOMEM;
  dentry_start(d, name, len, true);
  if (!(last && names_push(names, d)) && names_put(ramfs_of(dir)->heap, names, d, last) < 0) {
    node_drop(i);
    return ERR_NOMEM;
  }
  d->inode = i;
  if (how->mtime)
    dir->ctime = how->now;
  else
    dir_changed(dir, how->now);
  return 0;
}

static __attribute__((noinline)) int make_any(struct inode *dir, const char *name, size_t len,
                                              const struct fs_make *how, bool last, struct inode **out) {
  struct dentry *d;
  struct inode *i = node_any(ramfs_of(dir), how, len, (how->mode & MODE_TYPE) == MODE_DIR ? 2 : 1, &d);
  int rc = give_name(dir, name, len, how, last, i, d);
  if (rc == 0) dentry_bind(dir, d, i);
  *out = i;
  return rc;
}

/* A file behind all other names, as in a sorted archive, has a copy of the code that knows as much. */
static int ramfs_make_node(struct inode *dir, const char *name, size_t len, const struct fs_make *how,
                           struct inode **out) {
  assert(len > 0 && len <= LIMIT_NAME);
  bool last = names_behind(names_of(dir), name, len);
  if (!last && !names_lack(ramfs_of(dir)->heap, names_of(dir), name, len)) return ERR_EXIST;
  if (!last || (how->mode & MODE_TYPE) != MODE_FILE) return make_any(dir, name, len, how, last, out);
  struct dentry *d;
  *out = node_make(ramfs_of(dir), MODE_FILE, how, len, 1, &d);
  return give_name(dir, name, len, how, true, *out, d);
}

static int ramfs_make_loose(struct fs *fs, const struct fs_make *how, struct inode **out) {
  struct dentry *none;
  struct inode *i = node_any((struct ramfs *)fs, how, 0, 0, &none);
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
  struct dentry *d = look(dir, name, len);
  if (!d) return ERR_NOENT;
  struct inode *i = d->inode;
  if (is_dir(i) && names_of(i)->live) return ERR_NOTEMPTY;
  dentry_unbind(dir, d);
  names_remove(ramfs_of(dir)->heap, names_of(dir), d);
  dir_changed(dir, now);
  link_lost(dir, i, now);
  return 0;
}

/* A dentry of the same name with a block of its own, for an inborn one names its own inode alone. */
static struct dentry *dentry_again(struct heap *h, const struct dentry *d) { return names_make(h, d->name, d->len); }

static int rename_exchange(struct inode *from, struct dentry *d, struct inode *to, struct dentry *d2,
                           struct stamp now) {
  struct heap *h = ramfs_of(from)->heap;
  struct inode *a = d->inode, *b = d2->inode;
  struct dentry *fresh = dentry_again(h, d), *fresh2 = dentry_again(h, d2);
  if (!fresh || !fresh2) {
    heap_give(h, fresh);
    heap_give(h, fresh2);
    return ERR_NOMEM;
  }
  dentry_unbind(from, d);
  dentry_unbind(to, d2);
  names_replace(h, names_of(from), d, fresh);
  names_replace(h, names_of(to), d2, fresh2);
  dentry_bind(from, fresh, b);
  dentry_bind(to, fresh2, a);
  a->ctime = b->ctime = now;
  return 0;
}

/* Moves the inode at d to to/name2, over what d2 (or NULL) holds there. */
static int rename_over(struct inode *from, struct dentry *d, struct inode *to, const char *name2, size_t len2,
                       struct dentry *d2, struct stamp now) {
  struct heap *h = ramfs_of(from)->heap;
  struct inode *i = d->inode, *old = d2 ? d2->inode : NULL;
  struct dentry *fresh;
  if (old && is_dir(old) && names_of(old)->live) return ERR_NOTEMPTY;
  if (d2 ? !(fresh = dentry_again(h, d2)) : names_add(h, names_of(to), name2, len2, &fresh) < 0) return ERR_NOMEM;
  if (old) dentry_unbind(to, d2);
  if (old) names_replace(h, names_of(to), d2, fresh);
  dentry_unbind(from, d);
  names_remove(h, names_of(from), d);
  dentry_bind(to, fresh, i);
  i->ctime = now;
  if (old) link_lost(to, old, now);
  return 0;
}

static int ramfs_rename(struct inode *from, const char *name, size_t len, struct inode *to, const char *name2,
                        size_t len2, bool exchange, struct stamp now) {
  struct dentry *d = look(from, name, len), *d2 = look(to, name2, len2);
  if (!d || (exchange && !d2)) return ERR_NOENT;
  if (d2 && d2->inode == d->inode) return 0;
  int rc = exchange ? rename_exchange(from, d, to, d2, now) : rename_over(from, d, to, name2, len2, d2, now);
  if (rc) return rc;
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
  struct dentry *none;
  r->fs.root = node_any(r, &how, 0, 2, &none);
  if (!r->fs.root) {
    heap_give(heap, r);
    return NULL;
  }
  return &r->fs;
}
