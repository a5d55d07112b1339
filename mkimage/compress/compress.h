/* mkimage/compress/compress.h - the packing side of the codecs: one standard stream, the same bytes every time.
 *
 * Input is gathered into pieces of one size before a library sees it, so that
 * the result does not depend on how the reads fell.
 */
#ifndef MKIMAGE_COMPRESS_H
#define MKIMAGE_COMPRESS_H

#include "formats/codec.h"
#include "mkimage/lib/say.h"
#include "mkimage/lib/sink.h"

struct compress_kind;

struct compress {
  struct sink sink; /* put the plain bytes here */
  const struct say *say;
  struct sink *to;
  const struct compress_kind *kind;
  void *library;           /* its state */
  uint8_t *piece, *packed; /* gathered input, room for its output */
  size_t gathered, room;
};

/* content: plain bytes that will come, exactly.  A status, the error said. */
int compress_open(struct compress *c, const struct say *say, enum codec_id codec, unsigned level, uint64_t content,
                  struct sink *to);
int compress_end(struct compress *c); /* the stream's end; then close */
void compress_close(struct compress *c);

/* Whether that codec can be written at that level (0 where it has none). */
bool compress_knows(enum codec_id codec, unsigned level);

/* Bytes that a decoder will take beside its workspace, for so many of content written here: xz's dictionary. */
uint64_t compress_memory(enum codec_id codec, uint64_t content);

/* Levels a codec takes; false: it has none. */
bool compress_levels(enum codec_id codec, unsigned *min, unsigned *max, unsigned *usual);

#endif
