/* mkimage/tree/tree_plain.c - takes the compression off an input: see tree_plain.h. */
#include "mkimage/tree/tree_plain.h"

#include <archive_entry.h>
#include <errno.h>
#include <string.h>

#include "mkimage/tree/tree_parts.h"

/* Zeros behind an archive are its padding, but not without end. */
enum { PLAIN_TAIL_MAX = 256 << 20 };

/* Everything libarchive decodes by itself; its filters that start other programs stay out. */
static void plain_filters(struct archive *a) {
  archive_read_support_filter_gzip(a);
  archive_read_support_filter_bzip2(a);
  archive_read_support_filter_compress(a);
  archive_read_support_filter_xz(a);
  archive_read_support_filter_lzma(a);
  archive_read_support_filter_lzip(a);
  archive_read_support_filter_lz4(a);
  archive_read_support_filter_zstd(a);
  archive_read_support_filter_rpm(a);
  archive_read_support_filter_uu(a);
  archive_read_support_format_raw(a);
  archive_read_support_format_empty(a);
}

static la_ssize_t plain_feed(struct archive *a, void *data, const void **bytes) {
  struct plain *p = data;
  const uint8_t *from;
  size_t n;
  p->status = feed_next(p->feed, &from, &n);
  *bytes = from;
  if (p->status == EXIT_DONE) return (la_ssize_t)n;
  archive_set_error(a, EIO, "it cannot be read");
  return ARCHIVE_FATAL;
}

int plain_broken(const struct plain *p) {
  const char *why = archive_error_string(p->a);
  if (p->status != EXIT_DONE) return p->status;
  return say_error(p->feed->say, EXIT_DAMAGED, "%s: %s", say_name(p->feed->name).text,
                   say_name(why != NULL ? why : "the compressed data is damaged").text);
}

int plain_open(struct plain *p, struct feed *feed) {
  struct archive_entry *e;
  p->feed = feed;
  p->compressed = false;
  p->status = EXIT_DONE;
  p->pulled = p->last = 0;
  p->held = 0;
  p->digests = false;
  digest_start(&p->digest, DIGEST_SHA256);
  p->a = archive_read_new();
  if (p->a == NULL) return say_error(feed->say, EXIT_USAGE, "out of memory");
  plain_filters(p->a);
  int rc = archive_read_open(p->a, p, NULL, plain_feed, NULL);
  if (rc == ARCHIVE_OK) rc = archive_read_next_header(p->a, &e);
  if (rc == ARCHIVE_EOF) return say_error(feed->say, EXIT_DAMAGED, "%s: is empty", say_name(feed->name).text);
  if (rc < ARCHIVE_WARN) return plain_broken(p);
  p->compressed = archive_filter_count(p->a) > 1;
  return EXIT_DONE;
}

void plain_close(struct plain *p) {
  archive_read_free(p->a);
  p->a = NULL;
}

/* More plain bytes behind those that are held. */
static la_ssize_t plain_more(struct plain *p) {
  la_ssize_t n = archive_read_data(p->a, p->piece + p->held, sizeof p->piece - p->held);
  if (n > 0) p->held += (size_t)n;
  return n;
}

int plain_peek(struct plain *p, size_t n, const uint8_t **bytes, size_t *have) {
  la_ssize_t got = 1;
  while (p->held < n && got > 0) got = plain_more(p);
  *bytes = p->piece;
  *have = p->held < n ? p->held : n;
  return got < 0 ? plain_broken(p) : EXIT_DONE;
}

la_ssize_t plain_pull(struct plain *p, const void **bytes) {
  la_ssize_t n = p->held > 0 ? (la_ssize_t)p->held : plain_more(p);
  if (n < 0) return n;
  p->held = 0;
  for (la_ssize_t i = n; i > 0 && p->last <= p->pulled; i--)
    if (p->piece[i - 1] != 0) p->last = p->pulled + (uint64_t)i;
  p->pulled += (uint64_t)n;
  if (p->digests) digest_add(&p->digest, p->piece, (size_t)n);
  *bytes = p->piece;
  return n;
}

la_ssize_t plain_read(struct archive *a, void *plain, const void **bytes) {
  struct plain *p = plain;
  la_ssize_t n = plain_pull(p, bytes);
  if (n >= 0) return n;
  archive_set_error(a, archive_errno(p->a), "%s", archive_error_string(p->a)); /* escaped when it is said */
  return ARCHIVE_FATAL;
}

int plain_tail(struct plain *p, uint64_t end) {
  const void *bytes;
  la_ssize_t n;
  while ((n = plain_pull(p, &bytes)) > 0 && p->pulled - end <= PLAIN_TAIL_MAX) {
  }
  if (n < 0) return plain_broken(p);
  if (n > 0)
    return say_error(p->feed->say, EXIT_USAGE, "%s: goes on for more than %s behind the archive's end",
                     say_name(p->feed->name).text, say_size(PLAIN_TAIL_MAX).text);
  if (p->last <= end) return EXIT_DONE;
  return say_error(p->feed->say, EXIT_UNFIT, "%s: more stands behind the archive's end, at offset %llu",
                   say_name(p->feed->name).text, (unsigned long long)end);
}

int plain_spool(struct plain *p, int *fd) {
  const void *bytes;
  la_ssize_t n = 1;
  uint64_t size = 0;
  int status = spool_open(p->feed->say, fd);
  while (status == EXIT_DONE && (n = plain_pull(p, &bytes)) > 0) {
    status = spool_write(p->feed->say, *fd, bytes, (size_t)n, size);
    size += (uint64_t)n;
  }
  return status == EXIT_DONE && n < 0 ? plain_broken(p) : status;
}
