/* kernel/vfscore/vfs_inner.h - what the files of vfscore share; `struct vfs` for those who embed it.
 *
 * Floor 4.  vfs.c: instance and mounts; walk.c: paths; perm.c, xattr.c: who may; open.c, make.c, remove.c, rename.c:
 * calls on paths; file.c, copy.c: open files; pipe.c, device.c, lock.c: what may hang at them; fds.c: descriptors.
 */
#ifndef KERNEL_VFSCORE_VFS_INNER_H
#define KERNEL_VFSCORE_VFS_INNER_H

#include "formats/archive.h"
#include "kernel/mem/heap.h"
#include "kernel/vfscore/vfscore.h"

enum { VFS_MOUNTS = 8, VFS_DEVICES = 16, VFS_STD_DEVICES = 5 };

struct mount {
  struct fs *fs;
  struct inode *at; /* held; NULL: the root */
};

struct vfs {
  struct heap *heap;
  struct vfs_hooks hooks;
  struct mount mounts[VFS_MOUNTS];
  unsigned mount_count;
  const struct device *devices[VFS_DEVICES];
  unsigned device_count;
  struct device std[VFS_STD_DEVICES];
  unsigned files; /* that are open */
};

/* What hangs at inode->extra while there is a pipe or a lock. */
struct extra {
  struct pipe *pipe;
  struct lock *locks;
};
struct extra *extra_of(struct vfs *v, struct inode *i); /* made when it is not there; NULL: no memory */
void extra_tidy(struct vfs *v, struct inode *i);        /* gone when it holds nothing */

static inline uint32_t inode_type(const struct inode *i) { return i->mode & MODE_TYPE; }
static inline bool inode_is(const struct inode *i, uint32_t type) { return inode_type(i) == type; }

/* --- vfs.c: mounts ---------------------------------------------------------- */
struct inode *vfs_cover(struct vfs *v, struct inode *i); /* what is mounted over i, or i */
struct inode *vfs_up(struct vfs *v, struct inode *dir);  /* ".." */
bool vfs_is_mounted_on(struct vfs *v, const struct inode *i);
void vfs_touch_atime(struct vfs *v, struct inode *i);

/* --- walk.c: a path on its way ------------------------------------------------- */
enum walk_last { WALK_NAME, WALK_DOT, WALK_DOTDOT, WALK_ROOT };
struct walk_text {
  const char *p, *end;
};
struct walk {
  struct vfs *v;
  const struct cred *c;
  struct inode *at; /* the directory reached */
  struct walk_text rest[LIMIT_SYMLINKS + 1];
  unsigned depth; /* rest[depth] is being read */
  unsigned links; /* followed until now */
  enum walk_last last;
  const char *name; /* the last component, for WALK_NAME */
  size_t len;
  bool slash;    /* behind it */
  bool must_dir; /* a slash stood behind a symlink that was followed last */
};
/* Up to the last component.  Then `at` is its directory, which may be searched. */
int walk_start(struct walk *w, struct vfs *v, const struct cred *c, struct inode *dir, const char *path);
int walk_to_last(struct walk *w);
/* The inode of the last component, or ERR_NOENT; it is not covered or followed yet. */
int walk_look(struct walk *w, struct inode **out);
/* Goes on with the target of the last component; walk_to_last comes next. */
int walk_follow_last(struct walk *w, struct inode *link);
/* The inode of the whole path. */
int walk_end(struct walk *w, enum vfs_follow follow, struct inode **out);
/* All of it; borrowed. */
int walk_path(struct vfs *v, const struct cred *c, struct inode *dir, const char *path, enum vfs_follow follow,
              struct inode **out);

/* --- perm.c ---------------------------------------------------------------------- */
bool perm_root(const struct cred *c);
bool perm_owner(const struct cred *c, const struct inode *i);
bool perm_in_group(const struct cred *c, uint32_t gid);
int perm_may(const struct cred *c, const struct inode *i, unsigned want);
int perm_may_create(const struct cred *c, const struct inode *dir);
/* victim leaves dir; as_dir: the call is for directories. */
int perm_may_delete(const struct cred *c, const struct inode *dir, const struct inode *victim, bool as_dir);
void perm_drop_setid(struct inode *i, bool in_group); /* as a write or a change of owner does */

/* --- xattr.c ---------------------------------------------------------------------- */
void xattr_drop_capability(struct inode *i); /* as a write or a change of owner does */

/* --- make.c ------------------------------------------------------------------------ */
/* The walk stands before a name that is free and may be made. */
int make_ready(struct walk *w, bool as_dir);
/* Makes an inode there; target for symlinks. */
int make_at(struct walk *w, struct fs_make *how, struct inode **out);
void make_owner(const struct cred *c, const struct inode *dir, struct fs_make *how);

/* --- open files --------------------------------------------------------------------- */
struct file *file_make(struct vfs *v, struct inode *i, unsigned flags); /* holds i; NULL: no memory */
bool file_reads(const struct file *f);
bool file_writes(const struct file *f);
void file_changed(struct file *f); /* its bytes: times, set-id bits */

int pipe_attach(struct file *f); /* a FIFO's file gets its pipe */
void pipe_detach(struct file *f);
int64_t pipe_read(struct file *f, struct io *io);
int64_t pipe_write(struct file *f, struct io *io);
unsigned pipe_poll(struct file *f);
uint64_t pipe_waiting(const struct file *f);

const struct device *device_find(struct vfs *v, uint32_t major, uint32_t minor);
void lock_release(struct file *f); /* all of the file's owner */

#endif
