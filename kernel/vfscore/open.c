/* kernel/vfscore/open.c - from a path to an open file.
 *
 * Floor 4.  Three kinds: open what is there, make what is not (O_CREAT, through dangling symlinks, too), and make
 * a file without a name (O_TMPFILE).  What a file that was made may be used for does not depend on its mode.
 */
#include "kernel/vfscore/vfs_inner.h"

enum {
  TMPFILE_BIT = VFS_TMPFILE & ~VFS_DIRECTORY,
  KEPT_WITH_PATH = VFS_PATH | VFS_DIRECTORY | VFS_NOFOLLOW | VFS_CLOEXEC
};

static unsigned open_wants(unsigned flags) {
  static const unsigned wants[4] = {VFS_R, VFS_W, VFS_R | VFS_W, VFS_R | VFS_W};
  unsigned want = flags & VFS_PATH ? 0 : wants[flags & VFS_ACCMODE];
  return want | (flags & VFS_TRUNC ? VFS_W : 0);
}

/* May this inode be opened so?  Linux's order. */
static int open_may(const struct cred *c, const struct inode *i, unsigned flags) {
  unsigned want = open_wants(flags);
  if (flags & VFS_PATH) return 0;
  if (inode_is(i, MODE_LINK)) return ERR_LOOP;
  if (inode_is(i, MODE_DIR) && (want & VFS_W)) return ERR_ISDIR;
  int rc = perm_may(c, i, want);
  if (rc) return rc;
  if ((flags & VFS_NOATIME) && !perm_owner(c, i)) return ERR_PERM;
  return inode_is(i, MODE_SOCK) ? ERR_NXIO : 0;
}

/* Attaches what is behind a special file. */
static int open_special(struct file *f) {
  if (f->flags & VFS_PATH) return 0;
  if (inode_is(f->inode, MODE_FIFO)) return pipe_attach(f);
  if (inode_is(f->inode, MODE_BLK)) return ERR_NXIO;
  if (!inode_is(f->inode, MODE_CHR)) return 0;
  f->device = device_find(f->vfs, f->inode->rdev_major, f->inode->rdev_minor);
  return f->device ? 0 : ERR_NXIO;
}

static int open_truncate(struct file *f) {
  int rc = f->inode->fs->ops->resize(f->inode, 0);
  if (rc == 0) file_changed(f);
  return rc;
}

static int open_inode(struct vfs *v, const struct cred *c, struct inode *i, unsigned flags, struct file **out) {
  struct file *f = file_make(v, i, flags);
  if (!f) return ERR_NOMEM;
  file_writer(f, c);
  int rc = open_special(f);
  if (rc == 0 && (flags & VFS_TRUNC) && inode_is(i, MODE_FILE)) rc = open_truncate(f);
  if (rc) {
    file_close(f);
    return rc;
  }
  *out = f;
  return 0;
}

static int open_found(struct walk *w, struct inode *i, unsigned flags, struct file **out) {
  i = vfs_cover(w->v, i);
  bool dir = inode_is(i, MODE_DIR);
  if ((flags & VFS_CREAT) && (flags & VFS_EXCL)) return ERR_EXIST;
  if ((flags & VFS_CREAT) && dir) return ERR_ISDIR;
  if (((flags & VFS_DIRECTORY) || w->slash) && !dir) return ERR_NOTDIR;
  int rc = open_may(w->c, i, flags);
  return rc ? rc : open_inode(w->v, w->c, i, flags, out);
}

static int open_make(struct walk *w, unsigned flags, uint32_t mode, struct file **out) {
  struct fs_make how = {.mode = MODE_FILE | (mode & MODE_BITS & ~w->c->umask)};
  struct inode *i;
  int rc = perm_may_create(w->c, w->at);
  if (rc == 0) rc = make_at(w, &how, &i);
  if (rc) return rc;
  rc = open_inode(w->v, w->c, i, flags & ~VFS_TRUNC, out);
  if (rc) w->at->fs->ops->unlink(w->at, w->name, w->len, how.now);
  return rc;
}

static int open_tmpfile(struct walk *w, unsigned flags, uint32_t mode, struct file **out) {
  struct fs_make how = {.mode = MODE_FILE | (mode & MODE_BITS & ~w->c->umask), .now = vfs_now(w->v)};
  struct inode *dir, *i;
  int rc = walk_end(w, VFS_FOLLOW, &dir);
  if (rc) return rc;
  if (!inode_is(dir, MODE_DIR)) return ERR_NOTDIR;
  rc = perm_may(w->c, dir, VFS_W | VFS_X);
  if (rc) return rc;
  make_owner(w->c, dir, &how);
  rc = dir->fs->ops->make_loose(dir->fs, &how, &i);
  if (rc) return rc == ERR_NOMEM ? ERR_NOSPC : rc;
  i->linkable = !(flags & VFS_EXCL);
  rc = open_inode(w->v, w->c, i, flags & ~(VFS_TRUNC | VFS_DIRECTORY), out);
  fs_let_go(i);
  return rc;
}

static int open_walk(struct walk *w, unsigned flags, uint32_t mode, struct file **out) {
  bool follow = !(flags & VFS_NOFOLLOW) && !((flags & VFS_CREAT) && (flags & VFS_EXCL));
  for (;;) {
    struct inode *i;
    int rc = walk_to_last(w);
    if (rc) return rc;
    if (w->last != WALK_NAME) return open_found(w, w->last == WALK_DOTDOT ? vfs_up(w->v, w->at) : w->at, flags, out);
    if ((flags & VFS_CREAT) && w->slash) return ERR_ISDIR;
    rc = walk_look(w, &i);
    if (rc == ERR_NOENT && (flags & VFS_CREAT)) return open_make(w, flags, mode, out);
    if (rc) return rc;
    if (!inode_is(i, MODE_LINK) || !(follow || w->slash)) return open_found(w, i, flags, out);
    rc = walk_follow_last(w, i);
    if (rc) return rc;
  }
}

int vfs_open(struct vfs *v, const struct cred *c, struct inode *dir, const char *path, unsigned flags, uint32_t mode,
             struct file **out) {
  struct walk w;
  if (flags & VFS_PATH) flags &= KEPT_WITH_PATH;
  bool loose = flags & TMPFILE_BIT;
  if (loose && ((flags & VFS_TMPFILE) != VFS_TMPFILE || (flags & VFS_CREAT) || !(open_wants(flags) & VFS_W)))
    return ERR_INVAL;
  if ((flags & VFS_CREAT) && (flags & VFS_DIRECTORY)) return ERR_INVAL;
  int rc = walk_start(&w, v, c, dir, path);
  if (rc) return rc;
  return loose ? open_tmpfile(&w, flags, mode, out) : open_walk(&w, flags, mode, out);
}

int vfs_open_held(struct vfs *v, const struct cred *c, struct inode *i, unsigned flags, struct file **out) {
  if ((flags & VFS_DIRECTORY) && !inode_is(i, MODE_DIR)) return ERR_NOTDIR;
  int rc = open_may(c, i, flags);
  return rc ? rc : open_inode(v, c, i, flags, out);
}
