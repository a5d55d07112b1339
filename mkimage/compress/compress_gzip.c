/* mkimage/compress/compress_gzip.c - gzip through libdeflate, block by block, in one member.
 *
 * Each block is a deflate stream of its own.  The mark "last" is taken off its last
 * deflate block, and an empty stored block fills the bits up to a byte: so the
 * streams stand one behind another as one (RFC 1951 knows no streams, only
 * blocks).  The checksums are combined.  What would not shrink is stored.
 */
#include <libdeflate.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "formats/bytes.h"
#include "mkimage/compress/compress_kind.h"
#include "mkimage/compress/deflate_last.h"
#include "mkimage/compress/probe.h"

enum {
  GZIP_BLOCK = 2 << 20,
  GZIP_STORED = 65535, /* most of a stored block */
  GZIP_STORED_HEAD = 5,
  GZIP_TAIL = 8,
};

struct gzip_worker {
  struct libdeflate_compressor *deflate;
  struct deflate_codes codes;
};

static int gzip_start(struct compress *c) {
  static const uint8_t head[] = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3}; /* no name, no time; as if from Unix */
  c->room = GZIP_BLOCK + (GZIP_BLOCK / GZIP_STORED + 2) * GZIP_STORED_HEAD + DEFLATE_SLACK;
  return sink_put(c->to, head, sizeof head);
}

/* libdeflate's levels are stronger than those that people know from gzip; among small files they differ little. */
static int gzip_strength(const struct compress *c) {
  static const uint8_t of_level[] = {0, 1, 2, 3, 3, 4, 5, 6, 8, 9};
  enum { GZIP_SMALL = 3 };
  int strength = of_level[c->level];
  return c->small && strength > GZIP_SMALL && c->level < 9 ? GZIP_SMALL : strength;
}

static void *gzip_worker(const struct compress *c) {
  struct gzip_worker *w = calloc(1, sizeof *w);
  if (w == NULL) return NULL;
  w->deflate = libdeflate_alloc_compressor(gzip_strength(c));
  if (w->deflate != NULL) return w;
  free(w);
  return NULL;
}

static void gzip_worker_end(const struct compress *c, void *worker) {
  struct gzip_worker *w = worker;
  libdeflate_free_compressor(w->deflate);
  free(w);
}

static void gzip_store(struct compress_block *b) {
  uint8_t *p = b->packed;
  for (size_t at = 0; at < b->n;) {
    size_t some = b->n - at < GZIP_STORED ? b->n - at : GZIP_STORED;
    p[0] = b->last && at + some == b->n;
    bytes_put_le16(p + 1, (uint16_t)some);
    bytes_put_le16(p + 3, (uint16_t)~some);
    memcpy(p + GZIP_STORED_HEAD, b->plain + at, some);
    p += GZIP_STORED_HEAD + some;
    at += some;
  }
  b->packed_n = (size_t)(p - b->packed);
}

/* Makes a stream one that another may follow.  False: it is not as expected. */
static bool gzip_open_end(struct gzip_worker *w, struct compress_block *b) {
  uint64_t mark, end;
  if (deflate_last(&w->codes, b->packed, b->packed_n, b->plain, b->n, &mark, &end) < 0) return false;
  b->packed[mark / 8] &= (uint8_t) ~(1u << (mark & 7));
  size_t at =
      (size_t)((end + 3 + 7) / 8); /* three bits of zero and those up to the byte are there: they were padding */
  memset(b->packed + b->packed_n, 0, at > b->packed_n ? at - b->packed_n : 0);
  bytes_put_le16(b->packed + at, 0);
  bytes_put_le16(b->packed + at + 2, 0xffff);
  b->packed_n = at + 4;
  return true;
}

static int gzip_pack(const struct compress *c, const struct say *say, void *worker, struct compress_block *b) {
  struct gzip_worker *w = worker;
  b->crc = libdeflate_crc32(0, b->plain, b->n);
  b->packed_n = 0;
  if (!probe_dense(b->plain, b->n, true))
    b->packed_n = libdeflate_deflate_compress(w->deflate, b->plain, b->n, b->packed, b->n);
  if (b->packed_n == 0 || (!b->last && !gzip_open_end(w, b))) gzip_store(b);
  return EXIT_DONE;
}

static int gzip_put(struct compress *c, const struct compress_block *b) {
  c->crc = (uint32_t)crc32_combine64(c->crc, b->crc, (z_off64_t)b->n);
  return sink_put(c->to, b->packed, b->packed_n);
}

static int gzip_end(struct compress *c) {
  uint8_t tail[GZIP_TAIL];
  bytes_put_le32(tail, c->crc);
  bytes_put_le32(tail + 4, (uint32_t)c->put);
  return sink_put(c->to, tail, sizeof tail);
}

const struct compress_kind compress_gzip = {.id = CODEC_GZIP,
                                            .min = 1,
                                            .max = 9,
                                            .usual = 6,
                                            .block = GZIP_BLOCK,
                                            .start = gzip_start,
                                            .worker = gzip_worker,
                                            .worker_end = gzip_worker_end,
                                            .pack = gzip_pack,
                                            .put = gzip_put,
                                            .end = gzip_end};
