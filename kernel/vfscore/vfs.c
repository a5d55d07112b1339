/* kernel/vfscore/vfs.c - the instance: mounts and the clock.
 *
 * Floor 4.  A mount covers a directory of another file system: look-ups pass down through
 * it, ".." passes up.  Mounts are few and kept in a plain array; with the root alone nothing is searched.
 */
#include <assert.h>

#include "kernel/vfscore/vfs_inner.h"

int vfs_start(struct vfs *v, struct heap *heap, const struct vfs_hooks *hooks) {
  *v = (struct vfs){.heap = heap, .hooks = *hooks};
  return 0;
}

void vfs_stop(struct vfs *v) {
  assert(v->files == 0);
  while (v->mount_count) {
    struct mount *m = &v->mounts[--v->mount_count];
    m->fs->ops->stop(m->fs);
    if (m->at) fs_let_go(m->at);
  }
}

struct stamp vfs_now(struct vfs *v) {
  int64_t ns = v->hooks.wall_ns(v->hooks.owner), s = ns / 1000000000, rest = ns % 1000000000;
  return rest < 0 ? (struct stamp){s - 1, (uint32_t)(rest + 1000000000)} : (struct stamp){s, (uint32_t)rest};
}

int vfs_mount(struct vfs *v, struct fs *fs, struct inode *at) {
  if (v->mount_count == VFS_MOUNTS) return ERR_NOMEM;
  if (at ? v->mount_count == 0 : v->mount_count != 0) return ERR_INVAL;
  if (at && !inode_is(at, MODE_DIR)) return ERR_NOTDIR;
  fs->dev = v->mount_count + 1;
  v->mounts[v->mount_count++] = (struct mount){.fs = fs, .at = at ? fs_hold(at) : NULL};
  return 0;
}

struct inode *vfs_root(struct vfs *v) {
  return v->mounts[0].fs->root;
}

struct inode *vfs_cover(struct vfs *v, struct inode *i) {
  for (unsigned m = 1; m < v->mount_count; m++)
    if (v->mounts[m].at == i) i = v->mounts[m].fs->root; /* later mounts may lie on earlier ones */
  return i;
}

bool vfs_is_mounted_on(struct vfs *v, const struct inode *i) {
  for (unsigned m = 1; m < v->mount_count; m++)
    if (v->mounts[m].at == i) return true;
  return false;
}

struct inode *vfs_up(struct vfs *v, struct inode *dir) {
  const char *name;
  size_t len;
  for (unsigned m = v->mount_count; m-- > 0;) {
    if (dir != v->mounts[m].fs->root) continue;
    if (!v->mounts[m].at) return dir;
    dir = v->mounts[m].at;
  }
  return vfs_cover(v, dir->fs->ops->parent(dir, &name, &len));
}

static bool stamp_after(const struct stamp *a, const struct stamp *b) {
  return a->s != b->s ? a->s > b->s : a->ns > b->ns;
}

void vfs_touch_atime(struct vfs *v, struct inode *i) {
  struct stamp now = vfs_now(v);
  bool fresh = stamp_after(&i->atime, &i->mtime) && stamp_after(&i->atime, &i->ctime);
  if (fresh && now.s - i->atime.s < 24 * 60 * 60) return;
  i->atime = now;
}

void vfs_stat(struct vfs *v, struct inode *i, struct vfs_stat *out) {
  (void)v;
  *out = (struct vfs_stat){.dev = i->fs->dev,
                           .ino = i->ino,
                           .nlink = i->nlink,
                           .size = i->size,
                           .blocks = i->fs->ops->blocks(i),
                           .mode = i->mode,
                           .uid = i->uid,
                           .gid = i->gid,
                           .rdev_major = i->rdev_major,
                           .rdev_minor = i->rdev_minor,
                           .blksize = PAGE,
                           .atime = i->atime,
                           .mtime = i->mtime,
                           .ctime = i->ctime};
}

struct extra *extra_of(struct vfs *v, struct inode *i) {
  if (!i->extra) i->extra = heap_take_zero(v->heap, sizeof(struct extra));
  return i->extra;
}

void extra_tidy(struct vfs *v, struct inode *i) {
  struct extra *e = i->extra;
  if (!e || e->pipe || e->locks) return;
  heap_give(v->heap, e);
  i->extra = NULL;
}

/* --- the path of a directory --------------------------------------------- */

/* One component more in front of what stands at out[at..n). */
static int64_t path_prepend(char *out, size_t at, const char *name, size_t len) {
  if (len + 1 > at) return ERR_RANGE;
  at -= len;
  for (size_t i = 0; i < len; i++) out[at + i] = name[i];
  out[--at] = '/';
  return (int64_t)at;
}

int64_t vfs_path_of(struct vfs *v, struct inode *dir, char *out, size_t n) {
  size_t at = n, len;
  const char *name;
  if (n == 0) return ERR_RANGE;
  out[--at] = 0;
  while (dir != vfs_root(v)) {
    for (unsigned m = v->mount_count; m-- > 1;)
      if (dir == v->mounts[m].fs->root) dir = v->mounts[m].at;
    struct inode *up = dir->fs->ops->parent(dir, &name, &len);
    if (len == 0) return ERR_NOENT;
    int64_t next = path_prepend(out, at, name, len);
    if (next < 0) return next;
    at = (size_t)next;
    dir = up;
  }
  if (at == n - 1) {
    if (at == 0) return ERR_RANGE;
    out[--at] = '/';
  }
  for (size_t i = 0; i < n - at; i++) out[i] = out[at + i];
  return (int64_t)(n - at);
}
