/* formats/lz4.c - lz4 frames and the older "legacy" streams, block by block into the arena.
 *
 * Floor 0, two rows of codec.c.  What a block holds is read by lz4_block.c, what is around it here.  A block's
 * dictionary is the output just before it, which lies where it is needed.
 */
#include <string.h>

#include "formats/archive.h"
#include "formats/bytes.h"
#include "formats/codec_parts.h"

#define XXH_NO_LONG_LONG /* XXH32 is all that a frame needs */
#include "formats/xxh32.h"
#include "formats/xxhash_inline.h"

enum {
  WORD = 4,
  HEADER_LEAST = 7, /* magic, FLG, BD, header checksum */
  LEGACY_BLOCK = 8 << 20,
  LEGACY_BOUND = LEGACY_BLOCK + LEGACY_BLOCK / 255 + 16, /* what data that does not shrink may become */
};
#define MAGIC_FRAME  0x184d2204u
#define MAGIC_LEGACY 0x184c2102u
#define BLOCK_STORED 0x80000000u

/* The frame descriptor's FLG byte. */
enum {
  FLG_VERSION = 0xc0,
  FLG_ALONE = 0x20,
  FLG_BLOCK_SUM = 0x10,
  FLG_SIZE = 8,
  FLG_SUM = 4,
  FLG_ZERO = 2,
  FLG_DICT = 1
};

struct lz4 {
  bool inside; /* a frame, between its header and its end mark */
  uint8_t flags;
  uint32_t block_most; /* bytes a block unpacks to at most */
  uint64_t begin;      /* d->have at the frame's beginning */
  uint64_t content;    /* bytes of the frame when FLG_SIZE */
  uint64_t asked;
  XXH32_state_t sum;
};

struct block {
  uint32_t size;   /* stored bytes */
  uint32_t behind; /* bytes of checksum behind them */
  bool stored;     /* not compressed */
};

static const char cut_header[] = "the lz4 stream ends inside a frame header";
static const char cut_block[] = "the lz4 stream ends inside a block";
static const char cut_end[] = "the lz4 stream ends without its end mark";

static bool frame_sniff(const uint8_t *p, size_t n) { return n >= WORD && bytes_le32(p) == MAGIC_FRAME; }
static bool legacy_sniff(const uint8_t *p, size_t n) { return n >= WORD && bytes_le32(p) == MAGIC_LEGACY; }

/* The bytes between FLG and the header checksum. */
static int frame_flags(struct decoder *d, struct lz4 *w, const uint8_t *p) {
  uint8_t bd = p[1], size = bd >> 4;
  w->flags = p[0];
  if ((w->flags & FLG_VERSION) != 0x40) return decoder_fail(d, ERR_VERSION, "an lz4 frame of an unknown version");
  if (w->flags & FLG_ZERO || bd & 0x8f) return decoder_fail(d, ERR_STREAM, "an lz4 frame with reserved bits set");
  if (w->flags & FLG_DICT) return decoder_fail(d, ERR_STREAM, "an lz4 frame that needs a dictionary");
  if (size < 4) return decoder_fail(d, ERR_STREAM, "an lz4 frame with an unknown block size");
  w->block_most = 1u << (8 + 2 * size);
  return 0;
}

static int frame_header(struct decoder *d, struct lz4 *w) {
  int rc = decoder_input(d, HEADER_LEAST, cut_header);
  if (rc < 0 || (rc = frame_flags(d, w, d->in->at + WORD)) < 0) return rc;
  size_t n = HEADER_LEAST + (w->flags & FLG_SIZE ? 8 : 0);
  if ((rc = decoder_input(d, n, cut_header)) < 0) return rc;
  const uint8_t *p = d->in->at;
  if ((uint8_t)(XXH32(p + WORD, n - WORD - 1, 0) >> 8) != p[n - 1])
    return decoder_fail(d, ERR_SUM, "the checksum of an lz4 frame header does not match");
  if (w->flags & FLG_SIZE) w->content = bytes_le64(p + WORD + 2);
  w->begin = d->have;
  w->inside = true;
  XXH32_reset(&w->sum, 0);
  source_used(d->in, n);
  return 0;
}

/* At the beginning, and behind each frame: more of the same stream, or its end. */
static int frame_next(struct decoder *d, struct lz4 *w) {
  int rc = source_want(d->in, WORD);
  if (rc == ERR_NOMEM) return decoder_input(d, WORD, NULL);
  uint32_t magic = rc == 0 ? bytes_le32(d->in->at) : 0;
  if (magic == MAGIC_FRAME) return frame_header(d, w);
  if (decoder_skippable(magic)) return decoder_skip_frame(d, "the lz4 stream ends inside a skippable frame");
  d->ended = true;
  return 0;
}

/* Behind the last block. */
static int frame_end(struct decoder *d, struct lz4 *w) {
  size_t n = WORD + (w->flags & FLG_SUM ? WORD : 0);
  int rc = decoder_input(d, n, cut_end);
  if (rc < 0) return rc;
  if (w->flags & FLG_SIZE && d->have - w->begin != w->content)
    return decoder_fail(d, ERR_SIZE, "an lz4 frame holds less than its content size");
  if (w->flags & FLG_SUM && XXH32_digest(&w->sum) != bytes_le32(d->in->at + WORD))
    return decoder_fail(d, ERR_SUM, "the content checksum of an lz4 frame does not match");
  source_used(d->in, n);
  w->inside = false;
  return 0;
}

/* 1 with the next block of a frame, whose size word is still to be consumed; 0 at the frame's end. */
static int frame_block(struct decoder *d, struct lz4 *w, struct block *b) {
  int rc = decoder_input(d, WORD, cut_end);
  if (rc < 0) return rc;
  uint32_t word = bytes_le32(d->in->at);
  if (word == 0) return frame_end(d, w);
  b->stored = (word & BLOCK_STORED) != 0;
  b->size = word & ~BLOCK_STORED;
  b->behind = w->flags & FLG_BLOCK_SUM ? WORD : 0;
  if (b->size > w->block_most) return decoder_fail(d, ERR_SIZE, "an lz4 block larger than its frame allows");
  return 1;
}

/* Whether another archive or stream, or padding before one, begins at p. */
static bool other_begins(const uint8_t *p, size_t n) {
  size_t zeros = bytes_first_nonzero(p, n < WORD ? n : WORD);
  return zeros == WORD || zeros == n || codec_sniff(p + zeros, n - zeros) || archive_sniff(p + zeros, n - zeros);
}

/* The same for a legacy stream, which has no end mark: it ends with the input, at padding, or at another magic. */
static int legacy_block(struct decoder *d, struct lz4 *w, struct block *b) {
  int rc = source_want(d->in, WORD);
  if (rc == ERR_NOMEM) return decoder_input(d, WORD, NULL);
  uint32_t word = rc == 0 ? bytes_le32(d->in->at) : 0;
  if (word == MAGIC_LEGACY) {
    source_used(d->in, WORD);
    return 0;
  }
  *b = (struct block){.size = word};
  if (rc == 0 && word != 0 && word <= LEGACY_BOUND) return 1;
  if (source_want(d->in, 3 * WORD) == ERR_NOMEM) return decoder_input(d, 3 * WORD, NULL); /* or as much as there is */
  d->ended = other_begins(d->in->at, d->in->have);
  if (d->ended) return 0;
  if (rc != 0) return decoder_fail(d, ERR_CUT, cut_block);
  return decoder_fail(d, ERR_SIZE, "an lz4 block larger than the legacy format allows");
}

/* What a block may unpack to; a short room is the caller's last word. */
static uint64_t block_capacity(const struct decoder *d, const struct lz4 *w, const struct block *b) {
  uint64_t most = b->stored ? b->size : w->block_most;
  uint64_t left = w->flags & FLG_SIZE ? w->content - (d->have - w->begin) : UINT64_MAX;
  return most < left ? most : left;
}

static int block_damaged(struct decoder *d, const struct lz4 *w, const struct block *b, uint64_t room) {
  if (room < block_capacity(d, w, b))
    return decoder_fail(d, ERR_SIZE, "an lz4 block that is damaged or holds more than it should");
  if (w->flags & FLG_SIZE && room < w->block_most)
    return decoder_fail(d, ERR_SIZE, "an lz4 block that is damaged or holds more than its frame's content size");
  return decoder_fail(d, ERR_STREAM, "an lz4 block is damaged");
}

/* Content's bytes into the frame's checksum.  Whole stripes go in by themselves when none is begun; libxxhash keeps the
 * rest, and its count. */
static void sum_add(XXH32_state_t *s, const uint8_t *p, size_t n) {
  size_t stripes = s->memsize == 0 && xxh32_sse4_there() ? n / XXH32_STRIPE : 0, done = stripes * XXH32_STRIPE;
  if (stripes > 0) {
    xxh32_sse4(s->v, p, stripes);
    s->total_len_32 += (XXH32_hash_t)done;
    s->large_len |= 1;
  }
  XXH32_update(s, p + done, n - done);
}

/* Unpacks one block whose bytes all stand at p. */
static int block_unpack(struct decoder *d, struct lz4 *w, const struct block *b, const uint8_t *p) {
  uint64_t room = d->room - d->have, most = block_capacity(d, w, b);
  uint8_t *out = d->out + d->have;
  int64_t n = -1;
  if (room > most) room = most;
  if (b->behind && XXH32(p, b->size, 0) != bytes_le32(p + b->size))
    return decoder_fail(d, ERR_SUM, "the checksum of an lz4 block does not match");
  if (!b->stored)
    n = lz4_block(p, b->size, w->flags & FLG_ALONE ? out : d->out + w->begin, out, room);
  else if (b->size <= room)
    memcpy(out, p, (size_t)(n = b->size));
  if (n < 0) return block_damaged(d, w, b, room);
  if (w->flags & FLG_SUM) sum_add(&w->sum, out, (size_t)n);
  d->have += (uint64_t)n;
  return 0;
}

static int block(struct decoder *d, struct lz4 *w) {
  struct block b = {0};
  int rc = d->codec == &codec_lz4 ? frame_block(d, w, &b) : legacy_block(d, w, &b);
  if (rc <= 0) return rc;
  if ((rc = decoder_room(d, d->have + block_capacity(d, w, &b), &w->asked)) < 0) return rc;
  if ((rc = decoder_input(d, WORD + b.size + b.behind, cut_block)) < 0) return rc;
  if ((rc = block_unpack(d, w, &b, d->in->at + WORD)) < 0) return rc;
  source_used(d->in, WORD + b.size + b.behind);
  return 0;
}

static int run(struct decoder *d, uint64_t upto) {
  struct lz4 *w = d->work;
  int rc = 0;
  while (rc == 0 && d->have < upto && !d->ended) rc = w->inside ? block(d, w) : frame_next(d, w);
  return rc;
}

static int frame_start(struct decoder *d) {
  int rc = decoder_input(d, WORD, cut_header);
  if (rc < 0) return rc;
  if (frame_sniff(d->in->at, WORD) || decoder_skippable(bytes_le32(d->in->at))) return 0;
  return decoder_fail(d, ERR_MAGIC, "not an lz4 frame");
}

static int legacy_start(struct decoder *d) {
  struct lz4 *w = d->work;
  int rc = decoder_input(d, WORD, cut_header);
  if (rc < 0) return rc;
  if (!legacy_sniff(d->in->at, WORD)) return decoder_fail(d, ERR_MAGIC, "not an lz4 stream of the legacy kind");
  source_used(d->in, WORD);
  w->inside = true;
  w->flags = FLG_ALONE;
  w->block_most = LEGACY_BLOCK;
  return 0;
}

const struct codec codec_lz4 = {.name = "lz4",
                                .id = CODEC_LZ4,
                                .skips = true,
                                .workspace = sizeof(struct lz4),
                                .sniff = frame_sniff,
                                .start = frame_start,
                                .run = run};

const struct codec codec_lz4_legacy = {.name = "lz4-legacy",
                                       .id = CODEC_LZ4_LEGACY,
                                       .workspace = sizeof(struct lz4),
                                       .sniff = legacy_sniff,
                                       .start = legacy_start,
                                       .run = run};
