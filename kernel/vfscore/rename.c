/* kernel/vfscore/rename.c - rename, with its two flags.
 *
 * Floor 4.  The checks stand in Linux's order (do_renameat2, vfs_rename): programs
 * tell cases apart by which error comes first.
 */
#include "kernel/vfscore/vfs_inner.h"

struct renaming {
  struct walk from, to;
  struct inode *old, *new; /* new: NULL when the name is free */
  unsigned flags;
};

static bool exchanges(const struct renaming *r) { return r->flags & VFS_RENAME_EXCHANGE; }

/* Is `above` the directory `dir` or one that it lies in? */
static bool lies_in(struct vfs *v, struct inode *dir, const struct inode *above) {
  for (struct inode *up;; dir = up) {
    if (dir == above) return true;
    up = vfs_up(v, dir);
    if (up == dir) return false;
  }
}

static int rename_look(struct renaming *r) {
  if (r->from.last != WALK_NAME) return ERR_BUSY;
  if (r->to.last != WALK_NAME) return r->flags & VFS_RENAME_NOREPLACE ? ERR_EXIST : ERR_BUSY;
  int rc = walk_look(&r->from, &r->old);
  if (rc) return rc;
  if (r->to.at->nlink == 0) return ERR_NOENT; /* it was removed */
  rc = walk_look(&r->to, &r->new);
  if (rc && rc != ERR_NOENT) return rc;
  if (rc) r->new = NULL;
  if (r->new && (r->flags & VFS_RENAME_NOREPLACE)) return ERR_EXIST;
  if (!r->new &&exchanges(r)) return ERR_NOENT;
  return 0;
}

static int rename_shapes(const struct renaming *r) {
  bool old_dir = inode_is(r->old, MODE_DIR);
  if (exchanges(r) && r->to.slash && !inode_is(r->new, MODE_DIR)) return ERR_NOTDIR;
  if (!old_dir && (r->from.slash || (!exchanges(r) && r->to.slash))) return ERR_NOTDIR;
  if (old_dir && lies_in(r->from.v, r->to.at, r->old)) return ERR_INVAL;
  if (r->new &&inode_is(r->new, MODE_DIR) && lies_in(r->from.v, r->from.at, r->new))
    return exchanges(r) ? ERR_INVAL : ERR_NOTEMPTY;
  return 0;
}

static int rename_permitted(const struct renaming *r) {
  const struct cred *c = r->from.c;
  bool old_dir = inode_is(r->old, MODE_DIR), new_dir = r->new &&inode_is(r->new, MODE_DIR);
  int rc = perm_may_delete(c, r->from.at, r->old, old_dir);
  if (rc) return rc;
  rc = r->new ? perm_may_delete(c, r->to.at, r->new, exchanges(r) ? new_dir : old_dir) : perm_may_create(c, r->to.at);
  if (rc || r->from.at == r->to.at) return rc;
  /* ".." of a directory that moves is written to */
  if (old_dir) rc = perm_may(c, r->old, VFS_W);
  if (rc == 0 && exchanges(r) && new_dir) rc = perm_may(c, r->new, VFS_W);
  return rc;
}

static int rename_walked(struct renaming *r) {
  struct vfs *v = r->from.v;
  if (r->from.at->fs != r->to.at->fs) return ERR_XDEV;
  int rc = rename_look(r);
  if (rc == 0) rc = rename_shapes(r);
  if (rc) return rc;
  if (r->old == r->new) return 0;
  rc = rename_permitted(r);
  if (rc) return rc;
  if (vfs_is_mounted_on(v, r->old) || (r->new &&vfs_is_mounted_on(v, r->new))) return ERR_BUSY;
  rc = r->from.at->fs->ops->rename(r->from.at, r->from.name, r->from.len, r->to.at, r->to.name, r->to.len, exchanges(r),
                                   vfs_now(v));
  return rc == ERR_NOMEM ? ERR_NOSPC : rc;
}

int vfs_rename(struct vfs *v, const struct cred *c, struct inode *dir, const char *path, struct inode *dir2,
               const char *path2, unsigned flags) {
  struct renaming r = {.flags = flags};
  if (flags & ~(unsigned)(VFS_RENAME_NOREPLACE | VFS_RENAME_EXCHANGE)) return ERR_INVAL;
  if ((flags & VFS_RENAME_NOREPLACE) && (flags & VFS_RENAME_EXCHANGE)) return ERR_INVAL;
  int rc = walk_start(&r.from, v, c, dir, path);
  if (rc == 0) rc = walk_to_last(&r.from);
  if (rc == 0) rc = walk_start(&r.to, v, c, dir2, path2);
  if (rc == 0) rc = walk_to_last(&r.to);
  return rc ? rc : rename_walked(&r);
}
