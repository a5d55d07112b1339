/* formats/codec.h - decoders behind one interface, decoding into place.
 *
 * A decoder turns one compressed stream (one gzip file with all its members,
 * a row of lz4 or of zstd frames, one lz4 legacy or .lzma
 * stream, a row of xz or bzip2 streams) into one growing run of bytes at `out`.
 * That run is the history window too: nothing of it moves while the decoder
 * lives.  A decoder's workspace is handed in; one that needs more, as much as the stream claims
 * to need, takes it from the memory that it is given.
 *
 * Specifications: RFC 1951, RFC 1952; lz4 frame format 1.6.x and its "legacy
 * frame" appendix; RFC 8878 (zstd); the .xz file format 1.1.0.
 */
#ifndef FORMATS_CODEC_H
#define FORMATS_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "formats/err.h"
#include "formats/flaw.h"
#include "formats/source.h"

enum codec_id {
  CODEC_NONE = 0,
  CODEC_GZIP = 1,
  CODEC_LZ4 = 2,
  CODEC_LZ4_LEGACY = 3,
  CODEC_ZSTD = 4,
  CODEC_XZ = 5,
  CODEC_LZMA = 6,
  CODEC_BZIP2 = 7
};

struct decoder;

struct codec {
  const char *name; /* "none", "gzip", "lz4", "lz4-legacy", "zstd", "xz", "lzma", "bzip2" */
  enum codec_id id;
  bool skips;                                /* skippable frames may stand before the first of its own */
  size_t workspace;                          /* bytes of workspace, 16-byte aligned, that start() is given */
  bool (*sniff)(const uint8_t *p, size_t n); /* do these first bytes begin such a stream? n may be short */
  int (*start)(struct decoder *d);
  int (*run)(struct decoder *d, uint64_t upto);
  void (*stop)(struct decoder *d);    /* gives back what was taken from the memory; NULL: nothing ever is */
  bool (*at_once)(struct decoder *d); /* decoder_at_once; the workspace is zeroed.  NULL: there is no faster way */
};

/* Where a decoder takes more memory. */
struct codec_memory {
  void *(*take)(struct codec_memory *m, size_t n); /* 16-byte aligned, any content; NULL when there is none */
  void (*give)(struct codec_memory *m, void *p);
};

struct decoder {
  const struct codec *codec;
  struct source *in;
  void *work;
  struct codec_memory *memory; /* set by the caller behind decoder_start; NULL: there is none to take */
  uint8_t *out;                /* first byte of the unpacked stream */
  uint64_t have;               /* bytes of it that are final */
  uint64_t room;               /* bytes at out that may be written (the caller raises it) */
  uint64_t want;               /* after ERR_WANT_ROOM: the room with which the decoder can go on */
  bool ended;                  /* the stream is complete and its checksums are good */
  struct flaw flaw;
};

/* Every codec of this build, ending with NULL; CODEC_NONE is not among them. */
extern const struct codec *const codec_list[];

const struct codec *codec_by_id(enum codec_id id);   /* NULL when unknown or CODEC_NONE */
const struct codec *codec_by_name(const char *name); /* likewise */
const char *codec_name(enum codec_id id);            /* "none" too; "unknown" */

/* Which codec begins at p?  NULL: none of ours.  8 bytes are enough to tell, but for those of skippable frames that
 * stand before a zstd or lz4 frame. */
const struct codec *codec_sniff(const uint8_t *p, size_t n);

/* Begins a stream.  `work` holds codec->workspace bytes.  0 or a flaw's code. */
int decoder_start(struct decoder *d, const struct codec *codec, struct source *in, void *work, uint8_t *out,
                  uint64_t room);

/* Ends any decoder that was started, whatever came of it.  Not needed for one without a memory to take from. */
void decoder_stop(struct decoder *d);

/* Decodes until `upto` bytes are final or the stream has ended (check d->ended).
 * Returns 0, or ERR_WANT_ROOM (raise room to at least d->want or, when it is
 * known that no more can come, as far as one may, and call again; a decoder
 * that is given less than it wants tries within it and reports ERR_SIZE when
 * the data does not fit and no more room was added), or the code of d->flaw. */
int decoder_run(struct decoder *d, uint64_t upto);

/* Decodes the whole stream in one go, which is faster for some codecs.  To be called right after decoder_start, when
 * all of the input stands at in->at and all of the room that there will be is given.  True: the stream has ended and
 * is good.  False: not possible, for whatever reason; bytes of the room may have been written, but nothing of the
 * input is used, and decoder_run finds out why, or decodes in steps. */
bool decoder_at_once(struct decoder *d);

#endif
