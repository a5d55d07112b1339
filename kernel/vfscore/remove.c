/* kernel/vfscore/remove.c - unlink and rmdir. */
#include "kernel/vfscore/vfs_inner.h"

int vfs_unlink(struct vfs *v, const struct cred *c, struct inode *dir, const char *path) {
  struct walk w;
  struct inode *i;
  int rc = walk_start(&w, v, c, dir, path);
  if (rc == 0) rc = walk_to_last(&w);
  if (rc) return rc;
  if (w.last != WALK_NAME) return ERR_ISDIR;
  rc = walk_look(&w, &i);
  if (rc) return rc;
  if (w.slash) return inode_is(i, MODE_DIR) ? ERR_ISDIR : ERR_NOTDIR;
  rc = perm_may_delete(c, w.at, i, false);
  return rc ? rc : w.at->fs->ops->unlink(w.at, w.name, w.len, vfs_now(v));
}

int vfs_rmdir(struct vfs *v, const struct cred *c, struct inode *dir, const char *path) {
  static const int refused[] = {[WALK_DOT] = ERR_INVAL, [WALK_DOTDOT] = ERR_NOTEMPTY, [WALK_ROOT] = ERR_BUSY};
  struct walk w;
  struct inode *i;
  int rc = walk_start(&w, v, c, dir, path);
  if (rc == 0) rc = walk_to_last(&w);
  if (rc) return rc;
  if (w.last != WALK_NAME) return refused[w.last];
  rc = walk_look(&w, &i);
  if (rc == 0) rc = perm_may_delete(c, w.at, i, true);
  if (rc) return rc;
  if (vfs_is_mounted_on(v, i)) return ERR_BUSY;
  return w.at->fs->ops->unlink(w.at, w.name, w.len, vfs_now(v));
}
