/* mkimage/tree/tree_feed.c - the bytes of an input in a row: see tree_feed.h. */
#include "mkimage/tree/tree_feed.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "formats/limits.h"
#include "mkimage/tree/tree_parts.h"

/* --- open and close ----------------------------------------------------------------- */

static void feed_start(struct feed *f, const struct say *say, const char *name) {
  f->say = say;
  f->name = name;
  f->fd = -1;
  f->own = f->regular = f->digests = false;
  f->at = f->left = f->taken = 0;
  f->held = 0;
  digest_start(&f->digest, DIGEST_SHA256);
}

/* A file may be read anywhere; one that somebody has begun to read is a pipe to us. */
static int feed_look(struct feed *f) {
  struct stat st;
  if (fstat(f->fd, &st) != 0) return say_errno(f->say, f->name, "cannot look at it", errno);
  if (S_ISDIR(st.st_mode)) return say_errno(f->say, f->name, "cannot read", EISDIR);
  off_t at = S_ISREG(st.st_mode) ? lseek(f->fd, 0, SEEK_CUR) : -1;
  if (at != 0) return EXIT_DONE;
  f->regular = true;
  f->left = (uint64_t)st.st_size;
  return EXIT_DONE;
}

int feed_open(struct feed *f, const struct say *say, const char *path) {
  feed_start(f, say, path != NULL ? path : "standard input");
  f->fd = path != NULL ? open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY) : STDIN_FILENO;
  f->own = path != NULL;
  if (f->fd < 0) return say_errno(say, path, "cannot open", errno);
  return feed_look(f);
}

int feed_of_inode(struct feed *f, const struct say *say, const char *name, const struct tree *t,
                  const struct tree_inode *n) {
  feed_start(f, say, name);
  f->regular = true;
  f->left = n->size;
  if (n->place == TREE_SPOOL) {
    f->fd = t->spool_fd;
    f->at = n->offset;
  } else if (n->place == TREE_DISK) {
    f->fd = openat(t->root_fd, n->disk, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    f->own = true;
    if (f->fd < 0) return say_errno(say, name, "cannot open", errno);
  } else {
    f->left = 0;
  }
  return EXIT_DONE;
}

void feed_close(struct feed *f) {
  if (f->own && f->fd >= 0) close(f->fd);
  f->fd = -1;
}

/* --- read --------------------------------------------------------------------------------- */

/* More bytes behind those that are held; 0 at the end. */
static int feed_more(struct feed *f, size_t *got) {
  size_t want = sizeof f->piece - f->held;
  ssize_t n = 0;
  if (f->regular && want > f->left) want = (size_t)f->left;
  do
    n = want == 0    ? 0
        : f->regular ? pread(f->fd, f->piece + f->held, want, (off_t)f->at)
                     : read(f->fd, f->piece + f->held, want);
  while (n < 0 && errno == EINTR);
  if (n < 0) return say_errno(f->say, f->name, "cannot read", errno);
  if (n == 0 && want > 0 && f->regular)
    return say_error(f->say, EXIT_UNFIT, "%s: the file became shorter while it was read", say_name(f->name).text);
  f->at += (uint64_t)n;
  f->left -= f->regular ? (uint64_t)n : 0;
  f->held += (size_t)n;
  *got = (size_t)n;
  return EXIT_DONE;
}

int feed_peek(struct feed *f, size_t n, const uint8_t **bytes, size_t *have) {
  int status = EXIT_DONE;
  size_t got = 1;
  while (status == EXIT_DONE && f->held < n && got > 0) status = feed_more(f, &got);
  *bytes = f->piece;
  *have = f->held < n ? f->held : n;
  return status;
}

int feed_next(struct feed *f, const uint8_t **bytes, size_t *n) {
  size_t got;
  int status = f->held > 0 ? EXIT_DONE : feed_more(f, &got);
  *bytes = f->piece;
  *n = status == EXIT_DONE ? f->held : 0;
  f->taken += *n;
  f->held = 0;
  if (f->digests) digest_add(&f->digest, f->piece, *n);
  return status;
}

int feed_digest(struct feed *f, uint8_t out[DIGEST_BYTES]) {
  const uint8_t *bytes;
  size_t n = 1;
  int status = EXIT_DONE;
  while (status == EXIT_DONE && n > 0) status = feed_next(f, &bytes, &n);
  if (status == EXIT_DONE) digest_final(&f->digest, out);
  return status;
}

int feed_spool(struct feed *f) {
  const uint8_t *bytes;
  size_t n = 1;
  int fd;
  uint64_t size = 0;
  if (f->regular) return EXIT_DONE;
  int status = spool_open(f->say, &fd);
  if (status != EXIT_DONE) return status;
  while (status == EXIT_DONE && n > 0) {
    status = feed_next(f, &bytes, &n);
    if (status == EXIT_DONE) status = spool_write(f->say, fd, bytes, n, size);
    size += n;
  }
  feed_close(f);
  f->fd = fd;
  f->own = f->regular = true;
  f->at = f->taken = 0;
  f->left = size;
  return status;
}
