/* mkimage/compress/compress_xz.c - xz through liblzma: one stream of independent blocks.
 *
 * The decoder takes the whole dictionary, so it is at most XZ_DICTIONARY_MOST,
 * and a block is several of it.  CRC-32 is the check that Linux reads.
 */
#include <lzma.h>
#include <stdlib.h>

#include "mkimage/compress/compress_kind.h"
#include "mkimage/compress/probe.h"

enum {
  XZ_BLOCK = 8 << 20,
  XZ_DICTIONARY_LEAST = 4096,
  XZ_DICTIONARY_MOST = 4 << 20,
};

/* What stands behind the blocks: how large each is. */
struct xz_stream {
  lzma_index *index;
  lzma_stream_flags flags;
};

/* A power of two, for xz writes no other sizes exactly but those of three times one. */
uint64_t compress_memory(enum codec_id codec, uint64_t content) {
  uint64_t n = XZ_DICTIONARY_LEAST;
  if (codec != CODEC_XZ) return 0;
  while (n < content && n < XZ_DICTIONARY_MOST) n *= 2;
  return n;
}

static int xz_start(struct compress *c) {
  uint8_t head[LZMA_STREAM_HEADER_SIZE];
  struct xz_stream *s = calloc(1, sizeof *s);
  c->stream = s;
  if (s == NULL || (s->index = lzma_index_init(NULL)) == NULL) return compress_no_memory(c->say);
  s->flags = (lzma_stream_flags){.check = LZMA_CHECK_CRC32};
  c->room = lzma_block_buffer_bound(XZ_BLOCK);
  if (lzma_stream_header_encode(&s->flags, head) != LZMA_OK) return compress_failed(c->say, "liblzma");
  return sink_put(c->to, head, sizeof head);
}

static int xz_pack(const struct compress *c, const struct say *say, void *worker, struct compress_block *b) {
  lzma_options_lzma options;
  lzma_filter filters[] = {{LZMA_FILTER_LZMA2, &options}, {LZMA_VLI_UNKNOWN, NULL}};
  lzma_block block = {.version = 1, .check = LZMA_CHECK_CRC32, .filters = filters};
  lzma_ret rc;
  b->packed_n = 0;
  if (lzma_lzma_preset(&options, c->level)) return compress_failed(say, "liblzma");
  options.dict_size = (uint32_t)compress_memory(CODEC_XZ, c->content);
  if (probe_dense(b->plain, b->n, true))
    rc = lzma_block_uncomp_encode(&block, b->plain, b->n, b->packed, &b->packed_n, c->room);
  else
    rc = lzma_block_buffer_encode(&block, NULL, b->plain, b->n, b->packed, &b->packed_n, c->room);
  b->unpadded = lzma_block_unpadded_size(&block);
  return rc == LZMA_OK ? EXIT_DONE : rc == LZMA_MEM_ERROR ? compress_no_memory(say) : compress_failed(say, "liblzma");
}

static int xz_put(struct compress *c, const struct compress_block *b) {
  struct xz_stream *s = c->stream;
  if (lzma_index_append(s->index, NULL, b->unpadded, b->n) != LZMA_OK) return compress_no_memory(c->say);
  return sink_put(c->to, b->packed, b->packed_n);
}

static int xz_end(struct compress *c) {
  struct xz_stream *s = c->stream;
  uint8_t foot[LZMA_STREAM_HEADER_SIZE];
  size_t n = (size_t)lzma_index_size(s->index), used = 0;
  uint8_t *index = malloc(n);
  if (index == NULL) return compress_no_memory(c->say);
  s->flags.backward_size = n;
  int status = EXIT_DONE;
  if (lzma_index_buffer_encode(s->index, index, &used, n) != LZMA_OK ||
      lzma_stream_footer_encode(&s->flags, foot) != LZMA_OK)
    status = compress_failed(c->say, "liblzma");
  if (status == EXIT_DONE) status = sink_put(c->to, index, used);
  if (status == EXIT_DONE) status = sink_put(c->to, foot, sizeof foot);
  free(index);
  return status;
}

static void xz_stop(struct compress *c) {
  struct xz_stream *s = c->stream;
  lzma_index_end(s->index, NULL);
  free(s);
}

const struct compress_kind compress_xz = {.id = CODEC_XZ,
                                          .min = 1,
                                          .max = 9,
                                          .usual = 6,
                                          .block = XZ_BLOCK,
                                          .start = xz_start,
                                          .pack = xz_pack,
                                          .put = xz_put,
                                          .end = xz_end,
                                          .stop = xz_stop};
