/* kernel/vfscore/fds.c - descriptors: numbers for open files.
 *
 * Floor 4.  A bitmap finds the lowest free number.  As POSIX has it, closing any descriptor
 * of a file releases the record locks that the closer's owner holds on it.
 */
#include <string.h>

#include "kernel/vfscore/vfs_inner.h"

enum { FDS_WORDS = VFS_FILES / 64 };

struct fds {
  struct vfs *vfs;
  int limit;
  uint64_t used[FDS_WORDS], cloexec[FDS_WORDS];
  struct file *file[VFS_FILES];
};

static bool bit_get(const uint64_t *bits, int i) { return bits[i / 64] >> (i % 64) & 1; }
static void bit_set(uint64_t *bits, int i, bool on) {
  uint64_t bit = (uint64_t)1 << (i % 64);
  bits[i / 64] = on ? bits[i / 64] | bit : bits[i / 64] & ~bit;
}

struct fds *fds_make(struct vfs *v) {
  struct fds *t = heap_take_zero(v->heap, sizeof *t);
  if (!t) return NULL;
  t->vfs = v;
  t->limit = VFS_FILES;
  return t;
}

void fds_drop(struct fds *t) {
  if (!t) return;
  for (int fd = 0; fd < VFS_FILES; fd++) fds_close(t, fd);
  heap_give(t->vfs->heap, t);
}

/* The lowest free number >= least, VFS_FILES when there is none. */
static int fds_lowest(const struct fds *t, int least) {
  uint64_t below = ((uint64_t)1 << (least % 64)) - 1;
  for (int w = least / 64; w < FDS_WORDS; w++, below = 0) {
    uint64_t free = ~(t->used[w] | below);
    if (free) return w * 64 + __builtin_ctzll(free);
  }
  return VFS_FILES;
}

static void fds_set(struct fds *t, int fd, struct file *f, bool cloexec) {
  t->file[fd] = f;
  bit_set(t->used, fd, f != NULL);
  bit_set(t->cloexec, fd, cloexec);
}

int fds_add(struct fds *t, struct file *f, int least, bool cloexec) {
  if (least < 0) return ERR_INVAL;
  int fd = least < t->limit ? fds_lowest(t, least) : VFS_FILES;
  if (fd >= t->limit) return ERR_MFILE;
  fds_set(t, fd, f, cloexec);
  return fd;
}

int fds_put(struct fds *t, struct file *f, int fd, bool cloexec) {
  if (fd < 0 || fd >= t->limit) return ERR_BADF;
  struct file *old = t->file[fd];
  fds_set(t, fd, f, cloexec);
  if (old) {
    lock_release(old);
    file_close(old);
  }
  return fd;
}

struct file *fds_get(struct fds *t, int fd) {
  return fd < 0 || fd >= VFS_FILES ? NULL : t->file[fd];
}

int fds_close(struct fds *t, int fd) {
  struct file *f = fds_get(t, fd);
  if (!f) return ERR_BADF;
  fds_set(t, fd, NULL, false);
  lock_release(f);
  file_close(f);
  return 0;
}

int fds_cloexec(struct fds *t, int fd, int set) {
  if (!fds_get(t, fd)) return ERR_BADF;
  int before = bit_get(t->cloexec, fd);
  if (set >= 0) bit_set(t->cloexec, fd, set);
  return before;
}

void fds_exec(struct fds *t) {
  for (int fd = 0; fd < VFS_FILES; fd++)
    if (bit_get(t->cloexec, fd)) fds_close(t, fd);
}

void fds_limit(struct fds *t, int limit) { t->limit = limit < 0 ? 0 : limit > VFS_FILES ? VFS_FILES : limit; }
