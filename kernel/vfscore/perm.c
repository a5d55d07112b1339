/* kernel/vfscore/perm.c - who may do what to an inode.
 *
 * Floor 4.  Linux's rules with user 0 in the place of its capabilities: it reads and writes everything, searches every
 * directory, and executes what anybody may execute.
 */
#include "kernel/vfscore/vfs_inner.h"

enum { SETUID = 04000, SETGID = 02000, STICKY = 01000 };

bool perm_root(const struct cred *c) { return c->fsuid == 0; }
bool perm_owner(const struct cred *c, const struct inode *i) { return c->fsuid == i->uid || perm_root(c); }

static bool group_listed(const struct cred *c, uint32_t gid) {
  for (unsigned g = 0; g < c->group_count; g++)
    if (c->groups[g] == gid) return true;
  return false;
}
bool perm_in_group(const struct cred *c, uint32_t gid) { return c->fsgid == gid || group_listed(c, gid); }

static int may(const struct inode *i, unsigned want, bool root, bool owner, bool group) {
  unsigned bits = owner ? i->mode >> 6 : group ? i->mode >> 3 : i->mode;
  if ((bits & want) == want) return 0;
  if (!root) return ERR_ACCES;
  if (inode_is(i, MODE_DIR) || !(want & VFS_X) || (i->mode & 0111)) return 0;
  return ERR_ACCES;
}

int perm_may(const struct cred *c, const struct inode *i, unsigned want) {
  return may(i, want, perm_root(c), c->fsuid == i->uid, perm_in_group(c, i->gid));
}

int vfs_access(struct vfs *v, const struct cred *c, struct inode *i, unsigned want, bool real) {
  (void)v;
  if (!real) return perm_may(c, i, want);
  return may(i, want, c->uid == 0, c->uid == i->uid, c->gid == i->gid || group_listed(c, i->gid));
}

int perm_may_create(const struct cred *c, const struct inode *dir) {
  if (dir->nlink == 0) return ERR_NOENT; /* it was removed */
  return perm_may(c, dir, VFS_W | VFS_X);
}

int perm_may_delete(const struct cred *c, const struct inode *dir, const struct inode *victim, bool as_dir) {
  int rc = perm_may(c, dir, VFS_W | VFS_X);
  if (rc) return rc;
  if ((dir->mode & STICKY) && c->fsuid != victim->uid && c->fsuid != dir->uid && !perm_root(c)) return ERR_PERM;
  if (as_dir == inode_is(victim, MODE_DIR)) return 0;
  return as_dir ? ERR_NOTDIR : ERR_ISDIR;
}

static uint32_t without_setid(const struct inode *i, bool in_group) {
  if (inode_is(i, MODE_DIR)) return i->mode;
  uint32_t drop = SETUID | ((i->mode & 010) || !in_group ? SETGID : 0);
  return i->mode & ~drop;
}

void perm_drop_setid(struct inode *i, bool in_group) { i->mode = without_setid(i, in_group); }

int vfs_chmod(struct vfs *v, const struct cred *c, struct inode *i, uint32_t mode) {
  if (!perm_owner(c, i)) return ERR_PERM;
  if (inode_is(i, MODE_LINK)) return ERR_OPNOTSUPP;
  if (!perm_root(c) && !perm_in_group(c, i->gid)) mode &= ~(uint32_t)SETGID;
  i->mode = inode_type(i) | (mode & MODE_BITS);
  i->ctime = vfs_now(v);
  return 0;
}

static bool may_chown(const struct cred *c, const struct inode *i, uint32_t uid, uint32_t gid) {
  if (perm_root(c)) return true;
  /* who changes nothing still clears set-id bits, which is the owner's to do */
  if (c->fsuid != i->uid && without_setid(i, perm_in_group(c, i->gid)) != i->mode) return false;
  if (uid != UINT32_MAX && (c->fsuid != i->uid || uid != i->uid)) return false;
  return gid == UINT32_MAX || (c->fsuid == i->uid && (gid == i->gid || perm_in_group(c, gid)));
}

int vfs_chown(struct vfs *v, const struct cred *c, struct inode *i, uint32_t uid, uint32_t gid) {
  if (!may_chown(c, i, uid, gid)) return ERR_PERM;
  perm_drop_setid(i, perm_root(c) || perm_in_group(c, i->gid));
  if (!inode_is(i, MODE_DIR)) xattr_drop_capability(i);
  if (uid != UINT32_MAX) i->uid = uid;
  if (gid != UINT32_MAX) i->gid = gid;
  i->ctime = vfs_now(v);
  return 0;
}

static int may_stamp(const struct cred *c, const struct inode *i, const struct vfs_times *t) {
  if (perm_owner(c, i)) return 0;
  if (t->atime_how != VFS_STAMP_NOW || t->mtime_how != VFS_STAMP_NOW) return ERR_PERM;
  return perm_may(c, i, VFS_W);
}

int vfs_utimens(struct vfs *v, const struct cred *c, struct inode *i, const struct vfs_times *t) {
  if (t->atime_how == VFS_STAMP_OMIT && t->mtime_how == VFS_STAMP_OMIT) return 0;
  int rc = may_stamp(c, i, t);
  if (rc) return rc;
  struct stamp now = vfs_now(v);
  if (t->atime_how != VFS_STAMP_OMIT) i->atime = t->atime_how == VFS_STAMP_NOW ? now : t->atime;
  if (t->mtime_how != VFS_STAMP_OMIT) i->mtime = t->mtime_how == VFS_STAMP_NOW ? now : t->mtime;
  i->ctime = now;
  return 0;
}
