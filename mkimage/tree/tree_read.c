/* mkimage/tree/tree_read.c - contents, piece by piece, from wherever they lie. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mkimage/tree/tree_parts.h"

enum { READ_PIECE = 256 << 10 };

typedef int read_take(void *arg, const uint8_t *bytes, size_t count);

static bool read_same(const struct stat *a, const struct stat *b) {
  return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
         a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
         a->st_ctim.tv_sec == b->st_ctim.tv_sec && a->st_ctim.tv_nsec == b->st_ctim.tv_nsec; /* mtime can be put back */
}

static int read_changed(const struct say *say, const char *path) {
  return say_error(say, EXIT_UNFIT, "'%s': the file changed while it was read", say_name(path).text);
}

/* Exactly `size` bytes from `offset` on of an open file. */
static int read_stretch(const struct say *say, int fd, const char *path, uint64_t offset, uint64_t size,
                        read_take *take, void *arg) {
  uint8_t *piece = malloc(READ_PIECE);
  if (piece == NULL) return say_error(say, EXIT_USAGE, "out of memory while '%s' is read", say_name(path).text);
  int status = EXIT_DONE;
  while (size > 0 && status == EXIT_DONE) {
    ssize_t n = pread(fd, piece, size < READ_PIECE ? (size_t)size : READ_PIECE, (off_t)offset);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0)
      status = say_errno(say, path, "cannot read", errno);
    else if (n == 0)
      status = read_changed(say, path);
    else
      status = take(arg, piece, (size_t)n);
    if (n > 0) offset += (uint64_t)n, size -= (uint64_t)n;
  }
  free(piece);
  return status;
}

static int read_disk(const struct tree *t, const struct say *say, const struct tree_inode *n, read_take *take,
                     void *arg) {
  struct stat before, after;
  int fd = openat(t->root_fd, n->disk, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  if (fd < 0) return say_errno(say, n->disk, "cannot open", errno);
  int status = EXIT_DONE;
  if (fstat(fd, &before) != 0)
    status = say_errno(say, n->disk, "cannot look at it", errno);
  else if (!read_same(&before, &n->seen))
    status = read_changed(say, n->disk);
  else
    status = read_stretch(say, fd, n->disk, 0, n->size, take, arg);
  if (status == EXIT_DONE && (fstat(fd, &after) != 0 || !read_same(&after, &n->seen)))
    status = read_changed(say, n->disk);
  close(fd);
  return status;
}

int tree_read(const struct tree *t, const struct say *say, const struct tree_inode *n, read_take *take, void *arg) {
  switch (n->place) {
  case TREE_NOWHERE:
    return EXIT_DONE;
  case TREE_MEMORY:
    return n->size > 0 ? take(arg, n->bytes, n->size) : EXIT_DONE;
  case TREE_DISK:
    return read_disk(t, say, n, take, arg);
  case TREE_SPOOL:
    return read_stretch(say, t->spool_fd, "spool", n->offset, n->size, take, arg);
  case TREE_LOOK:
    return tree_look_read(t, say, n, take, arg);
  }
  return EXIT_USAGE;
}
