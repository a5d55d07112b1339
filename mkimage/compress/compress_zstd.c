/* mkimage/compress/compress_zstd.c - zstd through libzstd, which starts threads of its own, in one frame.
 *
 * It cuts the content into jobs of one size, each with a part of the window in
 * front of it, so that the bytes are the same for any number of threads but none: there
 * is always one.  The frame tells its size and has no checksum, as with lz4.
 */
#include <stdlib.h>
#include <zstd.h>

#include "mkimage/compress/compress_kind.h"

enum {
  ZSTD_BLOCK = 256 << 10,
  ZSTD_OUT = 1 << 20,
  ZSTD_JOB = 8 << 20,
  ZSTD_OVERLAP = 5, /* a sixteenth of the window */
  ZSTD_THREADS = 64,
  ZSTD_WINDOW = 22,      /* a bit more than the level has: costs little time, gains 1.5 % */
  ZSTD_WINDOW_MOST = 23, /* what Linux takes; it makes up for ... */
  ZSTD_NEAR = 15,        /* ... a table of half the size, which stays in the cache */
  ZSTD_WIDE = 3,         /* from this level on ... */
  ZSTD_WIDER = 16,       /* ... up to that one, which has as much */
};

struct zstd_stream {
  ZSTD_CCtx *z;
  uint8_t out[ZSTD_OUT];
};

static int zstd_set(const struct compress *c, ZSTD_CCtx *z, ZSTD_cParameter parameter, int value) {
  size_t rc = ZSTD_CCtx_setParameter(z, parameter, value);
  return ZSTD_isError(rc) ? compress_failed(c->say, ZSTD_getErrorName(rc)) : EXIT_DONE;
}

static int zstd_start(struct compress *c) {
  struct zstd_stream *s = malloc(sizeof *s);
  if (s == NULL) return compress_no_memory(c->say);
  c->stream = s;
  s->z = ZSTD_createCCtx();
  if (s->z == NULL) return compress_no_memory(c->say);
  /* Among small files level 2 with this window is as small as level 3. */
  int level = c->small && c->level == ZSTD_WIDE ? ZSTD_WIDE - 1 : (int)c->level;
  int status = zstd_set(c, s->z, ZSTD_c_compressionLevel, level);
  if (status == EXIT_DONE)
    status = zstd_set(c, s->z, ZSTD_c_nbWorkers, (int)(c->jobs < ZSTD_THREADS ? c->jobs : ZSTD_THREADS));
  if (status == EXIT_DONE) status = zstd_set(c, s->z, ZSTD_c_jobSize, ZSTD_JOB);
  if (status == EXIT_DONE) status = zstd_set(c, s->z, ZSTD_c_overlapLog, ZSTD_OVERLAP);
  bool usual = c->level == ZSTD_WIDE && !c->small;
  if (status == EXIT_DONE && c->level >= ZSTD_WIDE && c->level < ZSTD_WIDER)
    status = zstd_set(c, s->z, ZSTD_c_windowLog, usual ? ZSTD_WINDOW_MOST : ZSTD_WINDOW);
  if (status == EXIT_DONE && usual) status = zstd_set(c, s->z, ZSTD_c_chainLog, ZSTD_NEAR);
  if (status == EXIT_DONE && ZSTD_isError(ZSTD_CCtx_setPledgedSrcSize(s->z, c->content)))
    status = compress_failed(c->say, "libzstd");
  return status;
}

static int zstd_run(struct compress *c, const uint8_t *bytes, size_t n, ZSTD_EndDirective end) {
  struct zstd_stream *s = c->stream;
  ZSTD_inBuffer in = {bytes, n, 0};
  int status = EXIT_DONE;
  size_t left;
  do {
    ZSTD_outBuffer out = {s->out, sizeof s->out, 0};
    left = ZSTD_compressStream2(s->z, &out, &in, end);
    if (ZSTD_isError(left)) return compress_failed(c->say, ZSTD_getErrorName(left));
    status = sink_put(c->to, s->out, out.pos);
  } while (status == EXIT_DONE && (end == ZSTD_e_end ? left > 0 : in.pos < in.size));
  return status;
}

static int zstd_put(struct compress *c, const struct compress_block *b) {
  return zstd_run(c, b->plain, b->n, ZSTD_e_continue);
}

static int zstd_end(struct compress *c) { return zstd_run(c, NULL, 0, ZSTD_e_end); }

static void zstd_stop(struct compress *c) {
  struct zstd_stream *s = c->stream;
  ZSTD_freeCCtx(s->z);
  free(s);
}

const struct compress_kind compress_zstd = {.id = CODEC_ZSTD,
                                            .min = 1,
                                            .max = 19,
                                            .usual = 3,
                                            .block = ZSTD_BLOCK,
                                            .start = zstd_start,
                                            .put = zstd_put,
                                            .end = zstd_end,
                                            .stop = zstd_stop};
