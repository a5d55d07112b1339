/* mkimage/tree/tree_plain.h - an input without its compression, whatever that is (libarchive's decoders).
 *
 * libarchive would also find the archive behind a compression by itself; taken
 * off here, it is seen when more stands behind the archive's end, which
 * libarchive alone would pass over.
 */
#ifndef MKIMAGE_TREE_PLAIN_H
#define MKIMAGE_TREE_PLAIN_H

#include <archive.h>

#include "mkimage/tree/tree_feed.h"

struct plain {
  struct feed *feed;
  struct archive *a; /* takes the compression off */
  bool compressed;
  int status;           /* of the feed, when it failed: it has been said */
  uint64_t pulled;      /* plain bytes so far ... */
  uint64_t last;        /* ... and up to the last that is not zero */
  size_t held;          /* looked at and not pulled */
  bool digests;         /* set after plain_open */
  struct digest digest; /* SHA-256 of what was pulled */
  uint8_t piece[FEED_PIECE];
};

/* EXIT_DONE, or a status with the error said.  Close in either case. */
int plain_open(struct plain *p, struct feed *feed);
void plain_close(struct plain *p);

/* The first n plain bytes, before any is pulled; fewer when there are no more. */
int plain_peek(struct plain *p, size_t n, const uint8_t **bytes, size_t *have);

/* The next plain bytes; 0 at the end, negative when they are damaged (plain_broken says it). */
la_ssize_t plain_pull(struct plain *p, const void **bytes);
int plain_broken(const struct plain *p);

/* For archive_read_open: the entries are read from a struct plain. */
la_ssize_t plain_read(struct archive *a, void *plain, const void **bytes);

/* Is anything but zeros behind the plain byte `end`?  Takes all that is left. */
int plain_tail(struct plain *p, uint64_t end);

/* Lays all the plain bytes down in an unlinked file; *fd to be closed. */
int plain_spool(struct plain *p, int *fd);

#endif
