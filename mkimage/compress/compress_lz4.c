/* mkimage/compress/compress_lz4.c - lz4 through liblz4, block by block, in one frame of linked blocks.
 *
 * Each block is packed with the 64 KiB in front of it as the dictionary, which
 * is all that a match may reach: so no block waits for another.  No checksum of the content:
 * the section's digest covers these bytes, at a quarter of the cost.
 */
#define LZ4_HC_STATIC_LINKING_ONLY
#include <lz4.h>
#include <lz4frame.h>
#include <lz4hc.h>
#include <stdlib.h>
#include <string.h>

#include "formats/bytes.h"
#include "mkimage/compress/compress_kind.h"
#include "mkimage/compress/probe.h"

enum {
  LZ4_BLOCK = 2 << 20,
  LZ4_REACH = 64 << 10,
  LZ4_HEAD = 4,      /* a block's size; with LZ4_PLAIN of a stored one */
  LZ4_FAST_MOST = 2, /* levels up to here are liblz4's fast compressor */
};
#define LZ4_PLAIN 0x80000000u

static int lz4_start(struct compress *c) {
  uint8_t head[LZ4F_HEADER_SIZE_MAX];
  LZ4F_preferences_t wishes = {
      .frameInfo = {.blockSizeID = LZ4F_max4MB, .blockMode = LZ4F_blockLinked, .contentSize = c->content}};
  LZ4F_cctx *context = NULL;
  size_t n = LZ4F_createCompressionContext(&context, LZ4F_VERSION);
  if (!LZ4F_isError(n)) n = LZ4F_compressBegin(context, head, sizeof head, &wishes);
  LZ4F_freeCompressionContext(context);
  if (LZ4F_isError(n)) return compress_failed(c->say, LZ4F_getErrorName(n));
  c->room = LZ4_HEAD + LZ4_BLOCK;
  return sink_put(c->to, head, n);
}

static bool lz4_is_fast(const struct compress *c) { return c->level <= LZ4_FAST_MOST; }

static void *lz4_worker(const struct compress *c) {
  if (lz4_is_fast(c)) return LZ4_createStream();
  return LZ4_createStreamHC();
}

static void lz4_worker_end(const struct compress *c, void *worker) {
  if (lz4_is_fast(c))
    LZ4_freeStream(worker);
  else
    LZ4_freeStreamHC(worker);
}

/* liblz4's level.  Linked blocks make up for one less than the lz4 command takes; beyond those of the command, which
 * has a better parser there, it is as asked. */
static int lz4_depth(const struct compress *c) {
  enum { LZ4_COMMAND_MOST = 9, LZ4_SMALL = 4 };
  if (c->level > LZ4_COMMAND_MOST) return (int)c->level;
  int depth = c->level == LZ4_COMMAND_MOST ? (int)c->level - 1 : (int)c->level;
  return c->small && depth > LZ4_SMALL ? LZ4_SMALL : depth;
}

/* The packed size, or 0: it does not shrink. */
static int lz4_run(const struct compress *c, void *worker, const struct compress_block *b) {
  const char *plain = (const char *)b->plain, *reach = plain - b->before;
  char *out = (char *)b->packed + LZ4_HEAD;
  if (lz4_is_fast(c)) {
    /* What has nothing in front of it and is short gets a finer table so. */
    if (b->before == 0) return LZ4_compress_fast_extState(worker, plain, out, (int)b->n, (int)b->n - 1, 1);
    LZ4_initStream(worker, sizeof(LZ4_stream_t));
    LZ4_loadDict(worker, reach, (int)b->before);
    return LZ4_compress_fast_continue(worker, plain, out, (int)b->n, (int)b->n - 1, 1);
  }
  LZ4_resetStreamHC_fast(worker, lz4_depth(c));
  LZ4_loadDictHC(worker, reach, (int)b->before);
  return LZ4_compress_HC_continue(worker, plain, out, (int)b->n, (int)b->n - 1);
}

static int lz4_pack(const struct compress *c, const struct say *say, void *worker, struct compress_block *b) {
  bool dense = !lz4_is_fast(c) && probe_dense(b->plain, b->n, false);
  int n = dense ? 0 : lz4_run(c, worker, b);
  if (n <= 0) memcpy(b->packed + LZ4_HEAD, b->plain, b->n);
  bytes_put_le32(b->packed, n > 0 ? (uint32_t)n : (uint32_t)b->n | LZ4_PLAIN);
  b->packed_n = LZ4_HEAD + (n > 0 ? (size_t)n : b->n);
  return EXIT_DONE;
}

static int lz4_end(struct compress *c) {
  static const uint8_t end[LZ4_HEAD];
  return sink_put(c->to, end, sizeof end);
}

const struct compress_kind compress_lz4 = {.id = CODEC_LZ4,
                                           .min = 1,
                                           .max = 12,
                                           .usual = 9,
                                           .block = LZ4_BLOCK,
                                           .before = LZ4_REACH,
                                           .start = lz4_start,
                                           .worker = lz4_worker,
                                           .worker_end = lz4_worker_end,
                                           .pack = lz4_pack,
                                           .end = lz4_end};
