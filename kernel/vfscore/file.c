/* kernel/vfscore/file.c - open files: reading, writing, seeking, listing.
 *
 * Floor 4.  Bytes travel between a file system's spans and the caller's struct io, with no buffer between.  A write
 * sets the size first and takes it back as far as it did not come, so that nothing is seen
 * behind the end that nobody wrote.
 */
#include <assert.h>

#include "kernel/vfscore/vfs_inner.h"

enum { KEPT = VFS_ACCMODE | VFS_APPEND | VFS_NONBLOCK | VFS_PATH | VFS_NOATIME | VFS_DIRECTORY | VFS_NOFOLLOW };

struct file *file_make(struct vfs *v, struct inode *i, unsigned flags) {
  struct file *f = heap_take_zero(v->heap, sizeof *f);
  if (!f) return NULL;
  *f = (struct file){.vfs = v, .inode = i ? fs_hold(i) : NULL, .flags = flags & KEPT, .refs = 1};
  v->files++;
  return f;
}

struct file *file_hold(struct file *f) {
  f->refs++;
  return f;
}

void file_close(struct file *f) {
  assert(f->refs > 0);
  if (--f->refs) return;
  f->lock_owner = (uint64_t)(uintptr_t)f; /* what flock and open-file locks call themselves */
  lock_release(f);
  pipe_detach(f);
  if (f->inode) {
    extra_tidy(f->vfs, f->inode);
    fs_let_go(f->inode);
  }
  f->vfs->files--;
  heap_give(f->vfs->heap, f);
}

static unsigned access_of(const struct file *f) { return f->flags & VFS_ACCMODE; }
bool file_reads(const struct file *f) {
  return !(f->flags & VFS_PATH) && (access_of(f) == VFS_RDONLY || access_of(f) == VFS_RDWR);
}
bool file_writes(const struct file *f) {
  return !(f->flags & VFS_PATH) && (access_of(f) == VFS_WRONLY || access_of(f) == VFS_RDWR);
}
/* Offsets mean something: not for pipes and terminals. */
static bool file_seeks(const struct file *f) { return !f->pipe && !(f->device && f->device->major != 1); }

/* --- bytes of regular files ------------------------------------------------ */

static int64_t bytes_read(struct file *f, struct io *io, uint64_t offset) {
  struct inode *i = f->inode;
  uint64_t want = io->left, done = 0, n;
  if (want > INT64_MAX - offset) return ERR_INVAL;
  if (!(f->flags & VFS_NOATIME)) vfs_touch_atime(f->vfs, i);
  while (io->left) {
    const uint8_t *from = i->fs->ops->span(i, offset + done, io->left, &n);
    if (n == 0) break;
    int rc = from ? io->move(io, (void *)(uintptr_t)from, n) : io->zero(io, n);
    done = want - io->left;
    if (rc) return done ? (int64_t)done : rc;
  }
  return (int64_t)done;
}

void file_writer(struct file *f, const struct cred *c) {
  f->keeps_setid = perm_root(c);
  f->in_group = f->keeps_setid || (f->inode && perm_in_group(c, f->inode->gid));
}

void file_changed(struct file *f) {
  struct inode *i = f->inode;
  i->mtime = i->ctime = vfs_now(f->vfs);
  xattr_drop_capability(i);
  if (!f->keeps_setid) perm_drop_setid(i, f->in_group);
}

static int64_t bytes_write(struct file *f, struct io *io, uint64_t offset) {
  struct inode *i = f->inode;
  uint64_t before = i->size, done = 0, n;
  int rc = 0;
  if (io->left == 0) return 0;
  uint64_t want = io->left;
  if (want > INT64_MAX - offset) return ERR_INVAL;
  if (offset + want > before) rc = i->fs->ops->resize(i, offset + want);
  while (rc == 0 && done < want) {
    uint8_t *to = i->fs->ops->span_for_write(i, offset + done, want - done, &n);
    rc = to ? io->move(io, to, n) : ERR_NOSPC;
    done = want - io->left;
  }
  if (done < want && offset + want > before)
    i->fs->ops->resize(i, done && offset + done > before ? offset + done : before);
  if (done) file_changed(f);
  return done ? (int64_t)done : rc;
}

/* --- read and write ----------------------------------------------------------- */

static int64_t read_from(struct file *f, struct io *io, uint64_t offset) {
  if (f->pipe) return pipe_read(f, io);
  if (f->device) return f->device->read ? f->device->read(f, io) : ERR_INVAL;
  if (inode_is(f->inode, MODE_DIR)) return ERR_ISDIR;
  return bytes_read(f, io, offset);
}

static int64_t write_to(struct file *f, struct io *io, uint64_t offset) {
  if (f->pipe) return pipe_write(f, io);
  if (f->device) return f->device->write ? f->device->write(f, io) : ERR_INVAL;
  return bytes_write(f, io, offset);
}

int64_t file_read(struct file *f, struct io *io) {
  if (!file_reads(f)) return ERR_BADF;
  int64_t n = read_from(f, io, f->offset);
  if (n > 0 && file_seeks(f) && !f->device) f->offset += (uint64_t)n;
  return n;
}

int64_t file_write(struct file *f, struct io *io) {
  if (!file_writes(f)) return ERR_BADF;
  if (f->flags & VFS_APPEND && f->inode && inode_is(f->inode, MODE_FILE)) f->offset = f->inode->size;
  int64_t n = write_to(f, io, f->offset);
  if (n > 0 && file_seeks(f) && !f->device) f->offset += (uint64_t)n;
  return n;
}

static int check_at(const struct file *f, bool may, uint64_t offset) {
  if (offset > INT64_MAX) return ERR_INVAL;
  if (f->flags & VFS_PATH) return ERR_BADF;
  if (!file_seeks(f)) return ERR_SPIPE;
  return may ? 0 : ERR_BADF;
}

int64_t file_read_at(struct file *f, struct io *io, uint64_t offset) {
  int rc = check_at(f, file_reads(f), offset);
  return rc ? rc : read_from(f, io, offset);
}

/* With O_APPEND the position does not count: so Linux has it, against POSIX. */
int64_t file_write_at(struct file *f, struct io *io, uint64_t offset) {
  int rc = check_at(f, file_writes(f), offset);
  if (rc) return rc;
  return write_to(f, io, f->flags & VFS_APPEND && inode_is(f->inode, MODE_FILE) ? f->inode->size : offset);
}

unsigned file_poll(struct file *f) {
  if (f->flags & VFS_PATH) return VFS_NVAL;
  if (f->pipe) return pipe_poll(f);
  if (f->device && f->device->poll) return f->device->poll(f);
  return VFS_IN | VFS_OUT;
}

int64_t file_waiting(struct file *f) {
  if (f->pipe) return (int64_t)pipe_waiting(f);
  if (!f->inode || !inode_is(f->inode, MODE_FILE)) return ERR_NOTTY;
  return f->inode->size > f->offset ? (int64_t)(f->inode->size - f->offset) : 0;
}

/* --- offsets ---------------------------------------------------------------------- */

static int64_t seek_to(struct file *f, uint64_t base, int64_t by) {
  if (by < 0 ? base < (uint64_t)-by : (uint64_t)by > INT64_MAX - base) return ERR_INVAL;
  f->offset = base + (uint64_t)by;
  return (int64_t)f->offset;
}

int64_t file_seek(struct file *f, int64_t offset, int whence) {
  struct inode *i = f->inode;
  if (f->flags & VFS_PATH) return ERR_BADF;
  if (!file_seeks(f)) return ERR_SPIPE;
  if (f->device) return whence < 0 || whence > VFS_SEEK_HOLE ? ERR_INVAL : 0;
  if (whence == VFS_SEEK_SET) return seek_to(f, 0, offset);
  if (whence == VFS_SEEK_CUR) return seek_to(f, f->offset, offset);
  if (whence < 0 || whence > VFS_SEEK_HOLE || inode_is(i, MODE_DIR)) return ERR_INVAL;
  if (whence == VFS_SEEK_END) return seek_to(f, i->size, offset);
  int64_t at = offset < 0 ? ERR_NXIO : i->fs->ops->seek(i, (uint64_t)offset, whence == VFS_SEEK_HOLE);
  if (at >= 0) f->offset = (uint64_t)at;
  return at;
}

/* --- listing: offset 0 is ".", 1 "..", from 2 on the file system's cookie + 2 -------- */

enum { LIST_ENTRIES = 2 };

struct listing {
  struct file *f;
  int (*each)(void *arg, const struct vfs_dirent *d);
  void *arg;
};

static int list_one(struct listing *l, const struct vfs_dirent *d) {
  int rc = l->each(l->arg, d);
  if (rc == 0) l->f->offset = d->next;
  return rc;
}

static int list_name(void *arg, const struct fs_name *n) {
  struct vfs_dirent d = {n->inode->ino, n->next + LIST_ENTRIES, inode_type(n->inode), n->name, n->len};
  return list_one(arg, &d);
}

int file_list(struct file *f, int (*each)(void *arg, const struct vfs_dirent *d), void *arg) {
  struct listing l = {f, each, arg};
  if (f->flags & VFS_PATH) return ERR_BADF;
  if (!f->inode || !inode_is(f->inode, MODE_DIR)) return ERR_NOTDIR;
  if (f->inode->nlink == 0) return ERR_NOENT;
  if (!(f->flags & VFS_NOATIME)) vfs_touch_atime(f->vfs, f->inode);
  int rc = 0;
  if (f->offset == 0) rc = list_one(&l, &(struct vfs_dirent){f->inode->ino, 1, MODE_DIR, ".", 1});
  if (rc == 0 && f->offset == 1)
    rc = list_one(&l, &(struct vfs_dirent){vfs_up(f->vfs, f->inode)->ino, LIST_ENTRIES, MODE_DIR, "..", 2});
  if (rc == 0) rc = f->inode->fs->ops->list(f->inode, f->offset - LIST_ENTRIES, list_name, &l);
  return rc < 0 ? rc : 0;
}

/* --- sizes ------------------------------------------------------------------------------ */

int file_truncate(struct file *f, uint64_t size) {
  if (f->flags & VFS_PATH) return ERR_BADF;
  if (size > INT64_MAX || !f->inode || !inode_is(f->inode, MODE_FILE) || !file_writes(f)) return ERR_INVAL;
  int rc = f->inode->fs->ops->resize(f->inode, size);
  if (rc == 0) file_changed(f);
  return rc;
}

int vfs_truncate(struct vfs *v, const struct cred *c, struct inode *i, uint64_t size) {
  if (size > INT64_MAX) return ERR_INVAL;
  if (inode_is(i, MODE_DIR)) return ERR_ISDIR;
  if (!inode_is(i, MODE_FILE)) return ERR_INVAL;
  int rc = perm_may(c, i, VFS_W);
  if (rc == 0) rc = i->fs->ops->resize(i, size);
  if (rc) return rc;
  i->mtime = i->ctime = vfs_now(v);
  xattr_drop_capability(i);
  if (!perm_root(c)) perm_drop_setid(i, perm_in_group(c, i->gid));
  return 0;
}
