/* kernel/vfscore/fds.c - descriptors: numbers for open files.
 *
 * Floor 4.  A bitmap finds the lowest free number; the table doubles when a number lies behind its end.  As POSIX has
 * it, closing any descriptor of a file releases the record locks that the closer's owner holds on it.
 */
#include <assert.h>
#include <string.h>

#include "kernel/vfscore/vfs_inner.h"

enum { FDS_FIRST = 64 /* numbers in a new table; a multiple of a word's bits */ };

struct fds {
  struct vfs *vfs;
  int limit, room;
  struct file **file; /* room of them; behind them, in the same block: */
  uint64_t *used, *cloexec;
};

static bool bit_get(const uint64_t *bits, int i) { return bits[i / 64] >> (i % 64) & 1; }
static void bit_set(uint64_t *bits, int i, bool on) {
  uint64_t bit = (uint64_t)1 << (i % 64);
  bits[i / 64] = on ? bits[i / 64] | bit : bits[i / 64] & ~bit;
}

static int fds_grow(struct fds *t, int room) {
  size_t words = (size_t)room / 64, old_words = (size_t)t->room / 64;
  struct file **file = heap_take_zero(t->vfs->heap, (size_t)room * sizeof *file + 2 * words * sizeof *t->used);
  if (!file) return ERR_NOMEM;
  uint64_t *used = (uint64_t *)(file + room), *cloexec = used + words;
  if (t->room) {
    memcpy(file, t->file, (size_t)t->room * sizeof *file);
    memcpy(used, t->used, old_words * sizeof *used);
    memcpy(cloexec, t->cloexec, old_words * sizeof *cloexec);
    heap_give(t->vfs->heap, t->file);
  }
  t->file = file, t->used = used, t->cloexec = cloexec, t->room = room;
  return 0;
}

/* Room for this number. */
static int fds_reach(struct fds *t, int fd) {
  int room = t->room;
  assert(fd < VFS_FILES_MOST);
  while (room <= fd) room *= 2;
  return room == t->room ? 0 : fds_grow(t, room);
}

struct fds *fds_make(struct vfs *v) {
  struct fds *t = heap_take_zero(v->heap, sizeof *t);
  if (!t) return NULL;
  t->vfs = v;
  t->limit = VFS_FILES;
  if (fds_grow(t, FDS_FIRST) == 0) return t;
  heap_give(v->heap, t);
  return NULL;
}

void fds_drop(struct fds *t) {
  if (!t) return;
  for (int fd = 0; fd < t->room; fd++) fds_close(t, fd);
  heap_give(t->vfs->heap, t->file);
  heap_give(t->vfs->heap, t);
}

/* The lowest free number >= least, perhaps behind the table's end. */
static int fds_lowest(const struct fds *t, int least) {
  uint64_t below = ((uint64_t)1 << (least % 64)) - 1;
  for (int w = least / 64; w < t->room / 64; w++, below = 0) {
    uint64_t free = ~(t->used[w] | below);
    if (free) return w * 64 + __builtin_ctzll(free);
  }
  return least > t->room ? least : t->room;
}

static void fds_set(struct fds *t, int fd, struct file *f, bool cloexec) {
  t->file[fd] = f;
  bit_set(t->used, fd, f != NULL);
  bit_set(t->cloexec, fd, cloexec);
}

/* The number that the next file gets, with room for it. */
static int fds_next(struct fds *t, int least) {
  if (least < 0) return ERR_INVAL;
  int fd = least < t->limit ? fds_lowest(t, least) : t->limit;
  if (fd >= t->limit) return ERR_MFILE;
  int rc = fds_reach(t, fd);
  return rc ? rc : fd;
}

int fds_ready(struct fds *t, int least) {
  int fd = fds_next(t, least);
  return fd < 0 ? fd : 0;
}

int fds_add(struct fds *t, struct file *f, int least, bool cloexec) {
  int fd = fds_next(t, least);
  if (fd >= 0) fds_set(t, fd, f, cloexec);
  return fd;
}

int fds_put(struct fds *t, struct file *f, int fd, bool cloexec) {
  if (fd < 0 || fd >= t->limit) return ERR_BADF;
  int rc = fds_reach(t, fd);
  if (rc) return rc;
  struct file *old = t->file[fd];
  fds_set(t, fd, f, cloexec);
  if (old) {
    lock_release(old);
    file_close(old);
  }
  return fd;
}

struct file *fds_get(struct fds *t, int fd) {
  return fd < 0 || fd >= t->room ? NULL : t->file[fd];
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
  for (int fd = 0; fd < t->room; fd++)
    if (bit_get(t->cloexec, fd)) fds_close(t, fd);
}

void fds_limit(struct fds *t, int limit) { t->limit = limit < 0 ? 0 : limit > VFS_FILES_MOST ? VFS_FILES_MOST : limit; }
