/* formats/zstd.c - zstd frames, block by block into the arena.
 *
 * Floor 0, a row of codec_list.c.  libzstd's calls without buffers: each takes just the bytes that it asked for and
 * decodes one block behind the one before, where its history lies already.  Neither the window nor a stream's buffers
 * take memory of their own.
 */
#include <string.h>

#define ZSTD_STATIC_LINKING_ONLY
#include <zstd.h>
#include <zstd_errors.h>

#include "formats/codec_parts.h"

/* libzstd's state; tests/unit/formats_codec_zstd.c measures what is left. */
enum { WORD = 4, MEMORY = 96 << 10, WINDOW_MOST = 128 << 20 };

struct zstd {
  ZSTD_DCtx *z;
  bool inside;         /* a frame */
  uint32_t block_most; /* bytes a block unpacks to at most */
  uint64_t begin;      /* d->have at the frame's beginning */
  uint64_t content;    /* bytes of the frame; ZSTD_CONTENTSIZE_UNKNOWN */
  uint64_t asked;
  _Alignas(16) uint8_t memory[MEMORY];
};

static const char cut_header[] = "the zstd stream ends inside a frame header";

static int damaged(struct decoder *d, size_t rc, const char *reason) {
  const char *message = ZSTD_getErrorName(rc);
  decoder_fail(d, ERR_STREAM, reason);
  flaw_detail(&d->flaw, message, strlen(message));
  return ERR_STREAM;
}

/* Reads the header without consuming it; what libzstd would take but we do not is refused. */
static int frame_header(struct decoder *d, struct zstd *w) {
  ZSTD_frameHeader h;
  size_t rc = WORD + 1;
  do {
    int code = decoder_input(d, rc, cut_header);
    if (code < 0) return code;
    rc = ZSTD_getFrameHeader(&h, d->in->at, d->in->have);
    if (ZSTD_isError(rc)) return damaged(d, rc, "a zstd frame header that cannot be:");
  } while (rc > 0);
  if (h.dictID != 0) return decoder_fail(d, ERR_STREAM, "a zstd frame that needs a dictionary");
  if (h.windowSize > WINDOW_MOST) return decoder_fail(d, ERR_SIZE, "a zstd frame with a window above 128 MiB");
  if (ZSTD_isError(ZSTD_decompressBegin(w->z))) return decoder_fail(d, ERR_BUG, "the zstd decoder cannot begin");
  w->block_most = h.blockSizeMax;
  w->content = h.frameContentSize;
  w->begin = d->have;
  w->inside = true;
  return 0;
}

/* At the beginning, and behind each frame: more of the same stream, or its end. */
static int frame_next(struct decoder *d, struct zstd *w) {
  int rc = source_want(d->in, WORD);
  if (rc == ERR_NOMEM) return decoder_input(d, WORD, NULL);
  if (rc == 0 && zstd_sniff(d->in->at, WORD)) return frame_header(d, w);
  if (rc == 0 && decoder_skippable(bytes_le32(d->in->at)))
    return decoder_skip_frame(d, "the zstd stream ends inside a skippable frame");
  d->ended = true;
  return 0;
}

/* What the next block may unpack to; a short room is the caller's last word. */
static uint64_t block_capacity(const struct decoder *d, const struct zstd *w) {
  uint64_t left = w->content == ZSTD_CONTENTSIZE_UNKNOWN ? UINT64_MAX : w->content - (d->have - w->begin);
  return w->block_most < left ? w->block_most : left;
}

static int block_damaged(struct decoder *d, const struct zstd *w, size_t rc, uint64_t room) {
  if (ZSTD_getErrorCode(rc) == ZSTD_error_checksum_wrong)
    return decoder_fail(d, ERR_SUM, "the checksum of a zstd frame does not match");
  if (room < block_capacity(d, w))
    return decoder_fail(d, ERR_SIZE, "a zstd block that is damaged or holds more than it should");
  if (ZSTD_getErrorCode(rc) == ZSTD_error_dstSize_tooSmall)
    return decoder_fail(d, ERR_SIZE, "a zstd block that is damaged or holds more than its frame's content size");
  return damaged(d, rc, "the zstd stream is damaged:");
}

/* libzstd does not compare sizes when the last block is empty. */
static int frame_end(struct decoder *d, struct zstd *w) {
  w->inside = false;
  if (w->content == ZSTD_CONTENTSIZE_UNKNOWN || d->have - w->begin == w->content) return 0;
  return decoder_fail(d, ERR_SIZE, "a zstd frame holds less than its content size");
}

/* Without buffers libzstd lets an empty compressed block pass, which nothing else takes. */
static bool block_is_void(const uint8_t *header) {
  uint32_t word = header[0] | (uint32_t)header[1] << 8 | (uint32_t)header[2] << 16;
  return (word >> 1 & 3) == 2 && word >> 3 == 0;
}

/* The next piece of a frame: its header, a block's header, a block, the checksum. */
static int piece(struct decoder *d, struct zstd *w) {
  size_t n = ZSTD_nextSrcSizeToDecompress(w->z);
  ZSTD_nextInputType_e kind = ZSTD_nextInputType(w->z);
  bool block = kind == ZSTDnit_block || kind == ZSTDnit_lastBlock;
  if (n == 0) return frame_end(d, w);
  int rc = block ? decoder_room(d, d->have + block_capacity(d, w), &w->asked) : 0;
  if (rc == 0) rc = decoder_input(d, n, "the zstd stream ends inside a frame");
  if (rc < 0) return rc;
  if (kind == ZSTDnit_blockHeader && block_is_void(d->in->at))
    return decoder_fail(d, ERR_STREAM, "a zstd frame has a compressed block of no bytes");
  uint64_t room = d->room - d->have, most = block_capacity(d, w);
  size_t got = ZSTD_decompressContinue(w->z, d->out + d->have, room < most ? room : most, d->in->at, n);
  if (ZSTD_isError(got)) return block_damaged(d, w, got, block ? room : most);
  d->have += got;
  source_used(d->in, n);
  return 0;
}

static int run(struct decoder *d, uint64_t upto) {
  struct zstd *w = d->work;
  int rc = 0;
  while (rc == 0 && d->have < upto && !d->ended) rc = w->inside ? piece(d, w) : frame_next(d, w);
  return rc;
}

static int start(struct decoder *d) {
  struct zstd *w = d->work;
  w->z = ZSTD_initStaticDCtx(w->memory, MEMORY);
  if (!w->z) return decoder_fail(d, ERR_BUG, "the zstd decoder's workspace is too small");
  int rc = decoder_input(d, WORD, cut_header);
  if (rc < 0) return rc;
  if (zstd_sniff(d->in->at, WORD) || decoder_skippable(bytes_le32(d->in->at))) return 0;
  return decoder_fail(d, ERR_MAGIC, "not a zstd frame");
}

const struct codec codec_zstd = {.name = "zstd",
                                 .id = CODEC_ZSTD,
                                 .skips = true,
                                 .workspace = sizeof(struct zstd),
                                 .sniff = zstd_sniff,
                                 .start = start,
                                 .run = run};
