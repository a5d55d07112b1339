/* kernel/vfscore/device.c - character devices: the register, and the five that every program expects.
 *
 * Floor 4.  Devices are found by number when a node is opened, so that a node from an archive
 * works as one that a program made.
 */
#include "kernel/vfscore/vfs_inner.h"

int vfs_device(struct vfs *v, const struct device *d) {
  if (device_find(v, d->major, d->minor)) return ERR_EXIST;
  if (v->device_count == VFS_DEVICES) return ERR_NOMEM;
  v->devices[v->device_count++] = d;
  return 0;
}

const struct device *device_find(struct vfs *v, uint32_t major, uint32_t minor) {
  for (unsigned i = 0; i < v->device_count; i++)
    if (v->devices[i]->major == major && v->devices[i]->minor == minor) return v->devices[i];
  return NULL;
}

int vfs_open_device(struct vfs *v, const struct device *d, unsigned flags, struct file **out) {
  struct fs_make how = {.mode = MODE_CHR | 0620, .rdev_major = d->major, .rdev_minor = d->minor, .now = vfs_now(v)};
  struct inode *i;
  int rc = vfs_root(v)->fs->ops->make_loose(vfs_root(v)->fs, &how, &i);
  if (rc) return rc;
  *out = file_make(v, i, flags);
  fs_let_go(i);
  if (!*out) return ERR_NOMEM;
  (*out)->device = d;
  return 0;
}

/* --- null zero full random urandom ----------------------------------------- */

static int64_t null_read(struct file *f, struct io *io) { return 0; }

static int64_t null_write(struct file *f, struct io *io) {
  int64_t n = (int64_t)io->left;
  io->left = 0;
  return n;
}

static int64_t zero_read(struct file *f, struct io *io) {
  uint64_t done = 0;
  while (io->left) {
    uint64_t n = io->left < 1 << 20 ? io->left : 1 << 20;
    if (io->zero(io, n)) return done ? (int64_t)done : ERR_FAULT;
    done += n;
  }
  return (int64_t)done;
}

static int64_t full_write(struct file *f, struct io *io) { return ERR_NOSPC; }

static int64_t random_read(struct file *f, struct io *io) {
  uint8_t bytes[256];
  uint64_t done = 0;
  while (io->left) {
    size_t n = io->left < sizeof bytes ? io->left : sizeof bytes;
    f->vfs->hooks.random(f->vfs->hooks.owner, bytes, n);
    if (io->move(io, bytes, n)) return done ? (int64_t)done : ERR_FAULT;
    done += n;
  }
  return (int64_t)done;
}

static unsigned always_ready(struct file *f) { return VFS_IN | VFS_OUT; }

int vfs_std_devices(struct vfs *v) {
  static const struct device std[VFS_STD_DEVICES] = {
      {1, 3, "null", null_read, null_write, always_ready, NULL, false, NULL},
      {1, 5, "zero", zero_read, null_write, always_ready, NULL, false, NULL},
      {1, 7, "full", zero_read, full_write, always_ready, NULL, false, NULL},
      {1, 8, "random", random_read, null_write, always_ready, NULL, false, NULL},
      {1, 9, "urandom", random_read, null_write, always_ready, NULL, false, NULL},
  };
  for (int i = 0; i < VFS_STD_DEVICES; i++) {
    v->std[i] = std[i];
    int rc = vfs_device(v, &v->std[i]);
    if (rc) return rc;
  }
  return 0;
}
