/* mkimage/compress/compress_kind.h - inside compress: what each codec's file provides to the door. */
#ifndef MKIMAGE_COMPRESS_KIND_H
#define MKIMAGE_COMPRESS_KIND_H

#include "mkimage/compress/compress.h"

struct compress_kind {
  enum codec_id id;
  unsigned min, max, usual; /* levels; max 0: none */
  size_t block, before;     /* see struct compress */

  /* Each may be NULL: nothing to do. */
  int (*start)(struct compress *c);          /* sets room; writes the stream's head */
  void *(*worker)(const struct compress *c); /* state of one thread; NULL: no memory */
  void (*worker_end)(const struct compress *c, void *worker);
  int (*pack)(const struct compress *c, const struct say *say, void *worker, struct compress_block *b);
  int (*put)(struct compress *c, const struct compress_block *b);
  int (*end)(struct compress *c);
  void (*stop)(struct compress *c);
};

extern const struct compress_kind compress_none, compress_gzip, compress_lz4, compress_zstd, compress_xz;

/* EXIT_USAGE, said. */
int compress_failed(const struct say *say, const char *what);
int compress_no_memory(const struct say *say);

#endif
