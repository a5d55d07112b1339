/* mkimage/tree/tree_read.c - contents from wherever they lie, a stretch at a time or all of it.
 *
 * A file of the disk must be the one that was there when the tree was read, to
 * the end of each reading.  What a stretch costs is its system calls, so one
 * look behind it has to do; all in pieces is looked at in front, too, since the
 * pieces are used before the end is seen.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mkimage/tree/tree_parts.h"

enum { READ_PIECE = 256 << 10 };

struct tree_seen tree_see(const struct stat *st) {
  return (struct tree_seen){.dev = st->st_dev,
                            .ino = st->st_ino,
                            .mtime = st->st_mtim.tv_sec,
                            .ctime = st->st_ctim.tv_sec,
                            .mtime_ns = (uint32_t)st->st_mtim.tv_nsec,
                            .ctime_ns = (uint32_t)st->st_ctim.tv_nsec};
}

static bool read_same(const struct tree_inode *n, const struct stat *st) {
  const struct tree_seen a = n->seen, b = tree_see(st);
  return n->size == (uint64_t)st->st_size && a.dev == b.dev && a.ino == b.ino && a.mtime == b.mtime &&
         a.mtime_ns == b.mtime_ns && a.ctime == b.ctime && a.ctime_ns == b.ctime_ns; /* mtime can be put back */
}

static int read_changed(const struct say *say, const char *path) {
  return say_error(say, EXIT_UNFIT, "'%s': the file changed while it was read", say_name(path).text);
}

static const char *read_name(const struct tree_inode *n) { return n->place == TREE_DISK ? n->disk : "spool"; }

/* A file of the disk is opened; where contents lie otherwise is open already. */
static int read_open(const struct tree *t, const struct say *say, const struct tree_inode *n, int *fd) {
  *fd = t->spool_fd;
  if (n->place != TREE_DISK) return EXIT_DONE;
  *fd = openat(t->root_fd, n->disk, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  return *fd >= 0 ? EXIT_DONE : say_errno(say, n->disk, "cannot open", errno);
}

static int read_check(const struct say *say, const struct tree_inode *n, int fd) {
  struct stat now;
  if (n->place != TREE_DISK) return EXIT_DONE;
  if (fstat(fd, &now) != 0) return say_errno(say, n->disk, "cannot look at it", errno);
  return read_same(n, &now) ? EXIT_DONE : read_changed(say, n->disk);
}

static void read_close(const struct tree_inode *n, int fd) {
  if (n->place == TREE_DISK) close(fd);
}

/* Exactly `size` bytes. */
static int read_exact(const struct tree *t, const struct say *say, const struct tree_inode *n, int fd, uint64_t offset,
                      uint8_t *bytes, size_t size) {
  if (n->place == TREE_LOOK) return tree_look_read(t, say, n, offset, bytes, size);
  if (n->place == TREE_SPOOL) offset += n->offset;
  while (size > 0) {
    ssize_t got = pread(fd, bytes, size, (off_t)offset);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return say_errno(say, read_name(n), "cannot read", errno);
    if (got == 0) return read_changed(say, read_name(n));
    bytes += got;
    offset += (uint64_t)got;
    size -= (size_t)got;
  }
  return EXIT_DONE;
}

int tree_read_at(const struct tree *t, const struct say *say, const struct tree_inode *n, uint64_t offset,
                 uint8_t *bytes, size_t size) {
  if (size == 0 || n->place == TREE_NOWHERE) return EXIT_DONE;
  if (n->place == TREE_MEMORY) {
    memcpy(bytes, n->bytes + offset, size);
    return EXIT_DONE;
  }
  int fd, status = read_open(t, say, n, &fd);
  if (status != EXIT_DONE) return status;
  status = read_exact(t, say, n, fd, offset, bytes, size);
  if (status == EXIT_DONE) status = read_check(say, n, fd);
  read_close(n, fd);
  return status;
}

static int read_pieces(const struct tree *t, const struct say *say, const struct tree_inode *n, int fd,
                       int (*take)(void *arg, const uint8_t *bytes, size_t count), void *arg) {
  size_t room = n->size < READ_PIECE ? (size_t)n->size : READ_PIECE;
  uint8_t *piece = malloc(room);
  if (piece == NULL) return say_error(say, EXIT_USAGE, "out of memory while '%s' is read", say_name(read_name(n)).text);
  int status = read_check(say, n, fd);
  for (uint64_t at = 0; at < n->size && status == EXIT_DONE; at += room) {
    size_t some = n->size - at < room ? (size_t)(n->size - at) : room;
    status = read_exact(t, say, n, fd, at, piece, some);
    if (status == EXIT_DONE) status = take(arg, piece, some);
  }
  if (status == EXIT_DONE) status = read_check(say, n, fd);
  free(piece);
  return status;
}

int tree_read(const struct tree *t, const struct say *say, const struct tree_inode *n,
              int (*take)(void *arg, const uint8_t *bytes, size_t count), void *arg) {
  if (n->size == 0 || n->place == TREE_NOWHERE) return EXIT_DONE;
  if (n->place == TREE_MEMORY) return take(arg, n->bytes, n->size);
  int fd, status = read_open(t, say, n, &fd);
  if (status != EXIT_DONE) return status;
  status = read_pieces(t, say, n, fd, take, arg);
  read_close(n, fd);
  return status;
}
