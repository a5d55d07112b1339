/* mkimage/compress/compress.c - gzip through zlib, lz4 through liblz4, zstd through libzstd, xz through liblzma, none:
 * see compress.h. */
#include "mkimage/compress/compress.h"

#include <lz4frame.h>
#include <lzma.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#include "mkimage/lib/progress.h"

enum { COMPRESS_PIECE = 4 << 20 };

/* add() and end() hand packed bytes to c->to.  piece bytes come with each add but the last. */
struct compress_kind {
  enum codec_id id;
  unsigned min, max, usual;
  bool (*start)(struct compress *c, unsigned level, uint64_t content);
  int (*add)(struct compress *c, const uint8_t *bytes, size_t n);
  int (*end)(struct compress *c);
  void (*stop)(struct compress *c);
};

static int compress_failed(const struct compress *c, const char *what) {
  return say_error(c->say, EXIT_USAGE, "the compressor failed: %s", what);
}

/* --- gzip --------------------------------------------------------------------- */

enum { GZIP_WINDOW = 15 + 16, GZIP_MEMORY = 9, GZIP_ROOM = 256 << 10 };

static bool gzip_start(struct compress *c, unsigned level, uint64_t content) {
  z_stream *z = calloc(1, sizeof *z);
  if (z == NULL) return false;
  c->library = z;
  c->room = GZIP_ROOM;
  /* zlib's own header has no name and no time. */
  return deflateInit2(z, (int)level, Z_DEFLATED, GZIP_WINDOW, GZIP_MEMORY, Z_DEFAULT_STRATEGY) == Z_OK;
}

static int gzip_run(struct compress *c, const uint8_t *bytes, size_t n, int flush) {
  z_stream *z = c->library;
  int rc, status = EXIT_DONE;
  z->next_in = (uint8_t *)(uintptr_t)bytes;
  z->avail_in = (unsigned)n;
  do {
    z->next_out = c->packed;
    z->avail_out = (unsigned)c->room;
    rc = deflate(z, flush);
    if (rc == Z_STREAM_ERROR) return compress_failed(c, "zlib");
    status = sink_put(c->to, c->packed, c->room - z->avail_out);
  } while (status == EXIT_DONE && (flush == Z_FINISH ? rc != Z_STREAM_END : z->avail_out == 0));
  return status;
}

static int gzip_add(struct compress *c, const uint8_t *bytes, size_t n) { return gzip_run(c, bytes, n, Z_NO_FLUSH); }
static int gzip_end(struct compress *c) { return gzip_run(c, NULL, 0, Z_FINISH); }

static void gzip_stop(struct compress *c) {
  deflateEnd(c->library);
  free(c->library);
}

/* --- lz4 ------------------------------------------------------------------------ */

struct lz4_state {
  LZ4F_cctx *context;
  LZ4F_preferences_t wishes;
  bool begun;
};

/* No content checksum: the section's digest covers these bytes, at a quarter of the cost. */
static bool lz4_start(struct compress *c, unsigned level, uint64_t content) {
  struct lz4_state *s = calloc(1, sizeof *s);
  if (s == NULL) return false;
  c->library = s;
  s->wishes.compressionLevel = (int)level;
  s->wishes.frameInfo =
      (LZ4F_frameInfo_t){.blockSizeID = LZ4F_max4MB, .blockMode = LZ4F_blockLinked, .contentSize = content};
  c->room = LZ4F_compressBound(COMPRESS_PIECE, &s->wishes) + LZ4F_HEADER_SIZE_MAX;
  return !LZ4F_isError(LZ4F_createCompressionContext(&s->context, LZ4F_VERSION));
}

static int lz4_put(struct compress *c, size_t n) {
  if (LZ4F_isError(n)) return compress_failed(c, LZ4F_getErrorName(n));
  return sink_put(c->to, c->packed, n);
}

static int lz4_begin(struct compress *c) {
  struct lz4_state *s = c->library;
  if (s->begun) return EXIT_DONE;
  s->begun = true;
  return lz4_put(c, LZ4F_compressBegin(s->context, c->packed, c->room, &s->wishes));
}

static int lz4_add(struct compress *c, const uint8_t *bytes, size_t n) {
  struct lz4_state *s = c->library;
  int status = lz4_begin(c);
  return status != EXIT_DONE ? status : lz4_put(c, LZ4F_compressUpdate(s->context, c->packed, c->room, bytes, n, NULL));
}

static int lz4_end(struct compress *c) {
  struct lz4_state *s = c->library;
  int status = lz4_begin(c);
  return status != EXIT_DONE ? status : lz4_put(c, LZ4F_compressEnd(s->context, c->packed, c->room, NULL));
}

static void lz4_stop(struct compress *c) {
  struct lz4_state *s = c->library;
  LZ4F_freeCompressionContext(s->context);
  free(s);
}

/* --- zstd ----------------------------------------------------------------------- */

/* As with lz4: the frame tells its size, and has no checksum. */
static bool zstd_start(struct compress *c, unsigned level, uint64_t content) {
  ZSTD_CCtx *z = ZSTD_createCCtx();
  c->library = z;
  c->room = ZSTD_CStreamOutSize();
  return z != NULL && !ZSTD_isError(ZSTD_CCtx_setParameter(z, ZSTD_c_compressionLevel, (int)level)) &&
         !ZSTD_isError(ZSTD_CCtx_setPledgedSrcSize(z, content));
}

static int zstd_run(struct compress *c, const uint8_t *bytes, size_t n, ZSTD_EndDirective end) {
  ZSTD_inBuffer in = {bytes, n, 0};
  int status = EXIT_DONE;
  size_t left;
  do {
    ZSTD_outBuffer out = {c->packed, c->room, 0};
    left = ZSTD_compressStream2(c->library, &out, &in, end);
    if (ZSTD_isError(left)) return compress_failed(c, ZSTD_getErrorName(left));
    status = sink_put(c->to, c->packed, out.pos);
  } while (status == EXIT_DONE && (end == ZSTD_e_end ? left > 0 : in.pos < in.size));
  return status;
}

static int zstd_add(struct compress *c, const uint8_t *bytes, size_t n) {
  return zstd_run(c, bytes, n, ZSTD_e_continue);
}
static int zstd_end(struct compress *c) { return zstd_run(c, NULL, 0, ZSTD_e_end); }
static void zstd_stop(struct compress *c) { ZSTD_freeCCtx(c->library); }

/* --- xz ------------------------------------------------------------------------- */

enum { XZ_ROOM = 256 << 10 };

/* The decoder takes the whole dictionary: no more of it than there is content.  CRC-32 is what Linux reads. */
static bool xz_start(struct compress *c, unsigned level, uint64_t content) {
  lzma_stream *z = calloc(1, sizeof *z);
  lzma_options_lzma options;
  c->library = z;
  c->room = XZ_ROOM;
  if (z == NULL || lzma_lzma_preset(&options, level)) return false;
  options.dict_size = (uint32_t)compress_memory(CODEC_XZ, content);
  lzma_filter filters[] = {{LZMA_FILTER_LZMA2, &options}, {LZMA_VLI_UNKNOWN, NULL}};
  return lzma_stream_encoder(z, filters, LZMA_CHECK_CRC32) == LZMA_OK;
}

static int xz_run(struct compress *c, const uint8_t *bytes, size_t n, lzma_action action) {
  lzma_stream *z = c->library;
  lzma_ret rc;
  int status = EXIT_DONE;
  z->next_in = bytes;
  z->avail_in = n;
  do {
    z->next_out = c->packed;
    z->avail_out = c->room;
    rc = lzma_code(z, action);
    if (rc != LZMA_OK && rc != LZMA_STREAM_END) return compress_failed(c, "liblzma");
    status = sink_put(c->to, c->packed, c->room - z->avail_out);
  } while (status == EXIT_DONE && (action == LZMA_FINISH ? rc != LZMA_STREAM_END : z->avail_in > 0));
  return status;
}

static int xz_add(struct compress *c, const uint8_t *bytes, size_t n) { return xz_run(c, bytes, n, LZMA_RUN); }
static int xz_end(struct compress *c) { return xz_run(c, NULL, 0, LZMA_FINISH); }

static void xz_stop(struct compress *c) {
  lzma_end(c->library);
  free(c->library);
}

/* --- none ------------------------------------------------------------------------ */

static bool none_start(struct compress *c, unsigned level, uint64_t content) {
  c->room = 1;
  return true;
}
static int none_add(struct compress *c, const uint8_t *bytes, size_t n) { return sink_put(c->to, bytes, n); }
static int none_end(struct compress *c) { return EXIT_DONE; }
static void none_stop(struct compress *c) {}

/* --- all of them ------------------------------------------------------------------- */

static const struct compress_kind compress_kinds[] = {
    {CODEC_NONE, 0, 0, 0, none_start, none_add, none_end, none_stop},
    {CODEC_GZIP, 1, 9, 6, gzip_start, gzip_add, gzip_end, gzip_stop},
    {CODEC_LZ4, 1, 12, 9, lz4_start, lz4_add, lz4_end, lz4_stop},
    {CODEC_ZSTD, 1, 19, 12, zstd_start, zstd_add, zstd_end, zstd_stop},
    {CODEC_XZ, 1, 9, 6, xz_start, xz_add, xz_end, xz_stop},
};

enum { XZ_DICTIONARY_LEAST = 4096, XZ_DICTIONARY_MOST = 4 << 20 };

/* A power of two, for xz writes no other sizes exactly but those of three times one. */
uint64_t compress_memory(enum codec_id codec, uint64_t content) {
  uint64_t n = XZ_DICTIONARY_LEAST;
  if (codec != CODEC_XZ) return 0;
  while (n < content && n < XZ_DICTIONARY_MOST) n *= 2;
  return n;
}

static const struct compress_kind *compress_find(enum codec_id codec) {
  for (size_t i = 0; i < sizeof compress_kinds / sizeof compress_kinds[0]; i++)
    if (compress_kinds[i].id == codec) return &compress_kinds[i];
  return NULL;
}

bool compress_levels(enum codec_id codec, unsigned *min, unsigned *max, unsigned *usual) {
  const struct compress_kind *k = compress_find(codec);
  if (k == NULL || k->max == 0) return false;
  *min = k->min;
  *max = k->max;
  *usual = k->usual;
  return true;
}

bool compress_knows(enum codec_id codec, unsigned level) {
  const struct compress_kind *k = compress_find(codec);
  return k != NULL && level <= k->max;
}

static int compress_put(struct sink *s, const uint8_t *bytes, size_t n) {
  struct compress *c = (struct compress *)s;
  int status = EXIT_DONE;
  while (n > 0 && status == EXIT_DONE) {
    size_t fits = COMPRESS_PIECE - c->gathered, some = n < fits ? n : fits;
    memcpy(c->piece + c->gathered, bytes, some);
    c->gathered += some;
    progress_add(c->say, some);
    bytes += some;
    n -= some;
    if (c->gathered < COMPRESS_PIECE) break;
    status = c->kind->add(c, c->piece, c->gathered);
    c->gathered = 0;
  }
  return status;
}

int compress_open(struct compress *c, const struct say *say, enum codec_id codec, unsigned level, uint64_t content,
                  struct sink *to) {
  *c = (struct compress){.sink = {compress_put}, .say = say, .to = to, .kind = compress_find(codec)};
  if (c->kind == NULL) return say_error(say, EXIT_USAGE, "no way to compress with codec %u", (unsigned)codec);
  c->piece = malloc(COMPRESS_PIECE);
  bool ok = c->piece != NULL && c->kind->start(c, level, content);
  if (ok) c->packed = malloc(c->room);
  if (ok && c->packed != NULL) return EXIT_DONE;
  compress_close(c);
  return say_error(say, EXIT_USAGE, "out of memory for the compressor");
}

int compress_end(struct compress *c) {
  int status = c->gathered > 0 ? c->kind->add(c, c->piece, c->gathered) : EXIT_DONE;
  return status == EXIT_DONE ? c->kind->end(c) : status;
}

void compress_close(struct compress *c) {
  if (c->library != NULL) c->kind->stop(c);
  free(c->piece);
  free(c->packed);
  *c = (struct compress){0};
}
