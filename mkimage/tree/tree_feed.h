/* mkimage/tree/tree_feed.h - the bytes of an input in a row: a file, standard input, or a file of another tree.
 *
 * Their beginning can be looked at before they are taken; a pipe can be laid
 * down in an unlinked file, so that it may be read anywhere; a digest can be
 * taken on the way.
 */
#ifndef MKIMAGE_TREE_FEED_H
#define MKIMAGE_TREE_FEED_H

#include "formats/digest.h"
#include "mkimage/tree/tree.h"

enum { FEED_PIECE = 64 << 10 };

struct feed {
  const struct say *say;
  const char *name; /* for messages */
  int fd;
  bool own;          /* fd is closed with it */
  bool regular;      /* read from `at` on, which begins at 0 unless it is an inode's; else a pipe, read as it comes */
  uint64_t at, left; /* of a regular file */
  uint64_t taken;
  size_t held; /* bytes of `piece` that were looked at and not taken */
  bool digests;
  struct digest digest; /* SHA-256 of what was taken */
  uint8_t piece[FEED_PIECE];
};

/* All return EXIT_DONE, or a status with the error said.  Close in either case. */
int feed_open(struct feed *f, const struct say *say, const char *path); /* NULL: standard input */
int feed_of_inode(struct feed *f, const struct say *say, const char *name, const struct tree *t,
                  const struct tree_inode *n);
void feed_close(struct feed *f);

/* The first n bytes, fewer only when there are no more; they stay.  Before anything is taken, n up to FEED_PIECE. */
int feed_peek(struct feed *f, size_t n, const uint8_t **bytes, size_t *have);

/* The next bytes, 0 of them at the end; they live until the next call. */
int feed_next(struct feed *f, const uint8_t **bytes, size_t *n);

/* Takes what is left, and tells the digest of all.  `f->digests` was set before the first byte was taken. */
int feed_digest(struct feed *f, uint8_t out[DIGEST_BYTES]);

/* Makes a pipe a regular file, from what was not taken yet on. */
int feed_spool(struct feed *f);

#endif
