/* mkimage/compress/compress.h - the packing side of the codecs: one standard stream, the same bytes every time.
 *
 *   compress_open(&c, ...)             how large blocks are, what they need
 *   state = compress_worker(&c)        once in each thread
 *   compress_block(&c, state, &block)  any thread, any order: packs what a block holds
 *   compress_put(&c, &block)           one at a time, in order: writes it
 *   compress_end(&c)                   the stream's end
 *
 * Plain bytes come in blocks of one size, all but the last full.  What a block becomes
 * depends on it and on what stands in front of it alone, never on threads.
 */
#ifndef MKIMAGE_COMPRESS_H
#define MKIMAGE_COMPRESS_H

#include "formats/codec.h"
#include "mkimage/lib/say.h"
#include "mkimage/lib/sink.h"

struct compress_kind;

struct compress {
  const struct say *say;
  struct sink *to;
  const struct compress_kind *kind;
  unsigned level, jobs;
  uint64_t content; /* plain bytes that come, exactly */
  bool small;       /* most of the files are */
  uint64_t put;     /* plain bytes that were put so far */
  uint32_t crc;     /* gzip: of them */
  void *stream;     /* the kind's own, of the whole stream */
  size_t block;     /* plain bytes of each block but the last */
  size_t before;    /* how many of the plain bytes in front of a block it wants to see */
  size_t room;      /* of what a block becomes; 0: it stays as it is until it is put */
};

struct compress_block {
  const uint8_t *plain; /* `before` bytes of what comes before stand in front of it */
  size_t n, before;
  bool last;
  uint8_t *packed; /* c->room bytes */
  size_t packed_n;
  uint32_t crc;      /* gzip: of the plain bytes */
  uint64_t unpadded; /* xz: what its index says of the block */
};

/* What is known of the content before it comes, all of it exactly. */
struct compress_plan {
  enum codec_id codec;
  unsigned level;
  unsigned jobs;    /* threads it may start where the library does it by itself */
  uint64_t content; /* plain bytes */
  uint64_t entries; /* among so many files; 0: it is no archive */
};

/* A status, the error said; close it in either case. */
int compress_open(struct compress *c, const struct say *say, const struct compress_plan *plan, struct sink *to);
/* Whether blocks are packed by compress_block at all (else they are packed when they are put, or stay plain). */
bool compress_in_blocks(const struct compress *c);
void *compress_worker(const struct compress *c); /* NULL: no memory, or nothing needed */
void compress_worker_close(const struct compress *c, void *worker);
int compress_block(const struct compress *c, const struct say *say, void *worker, struct compress_block *b);
int compress_put(struct compress *c, const struct compress_block *b);
int compress_end(struct compress *c);
void compress_close(struct compress *c);

/* Whether that codec can be written at that level (0 where it has none). */
bool compress_knows(enum codec_id codec, unsigned level);

/* Bytes that a decoder will take beside its workspace, for so many of content written here: xz's dictionary. */
uint64_t compress_memory(enum codec_id codec, uint64_t content);

/* Levels a codec takes; false: it has none. */
bool compress_levels(enum codec_id codec, unsigned *min, unsigned *max, unsigned *usual);

#endif
