/* formats/codec_parts.h - inside codec: the rows of the list, and what every decoder reports with. */
#ifndef FORMATS_CODEC_PARTS_H
#define FORMATS_CODEC_PARTS_H

#include <string.h>

#include "formats/bytes.h"
#include "formats/codec.h"

extern const struct codec codec_gzip, codec_lz4, codec_lz4_legacy, codec_zstd, codec_xz, codec_lzma, codec_bzip2;

bool gzip_at_once(struct decoder *d);

/* The n bytes of an lz4 block unpacked to out[0..room), of which any may be written: how many they are; ERR_STREAM.
 * Matches may reach back to `first`. */
int64_t lz4_block(const uint8_t *in, size_t n, const uint8_t *first, uint8_t *out, size_t room);

/* Fails the stream here: at d->have in what is unpacked, at d->in->offset in what is stored. */
int decoder_fail(struct decoder *d, int code, const char *reason);

/* Makes n bytes of input stand in one piece; ERR_CUT gets the reason, ERR_NOMEM one of its own. */
int decoder_input(struct decoder *d, size_t n, const char *reason);

/* lz4 and zstd share the kind of frame that is not data.  decoder_skip_frame moves behind one. */
enum { SKIPPABLE = 8 /* its magic and its size */ };
static inline bool decoder_skippable(uint32_t magic) { return (magic & 0xfffffff0u) == 0x184d2a50u; }
int decoder_skip_frame(struct decoder *d, const char *reason);

static inline bool zstd_sniff(const uint8_t *p, size_t n) { return n >= 4 && bytes_le32(p) == 0xfd2fb528u; }

enum { XZ_MAGIC = 6, LZMA_MAGIC = 3 };
static inline bool xz_sniff(const uint8_t *p, size_t n) {
  return n >= XZ_MAGIC && memcmp(p,
                                 "\xfd"
                                 "7zXZ",
                                 XZ_MAGIC) == 0;
}
/* No real magic: the usual properties, and a dictionary of whole 64 KiB. */
static inline bool lzma_sniff(const uint8_t *p, size_t n) {
  return n >= LZMA_MAGIC && memcmp(p, "\x5d\0", LZMA_MAGIC) == 0;
}

enum { BZIP2_MAGIC = 4 };
static inline bool bzip2_sniff(const uint8_t *p, size_t n) {
  return n >= BZIP2_MAGIC && memcmp(p, "BZh", 3) == 0 && p[3] >= '1' && p[3] <= '9';
}

/* Asks for room up to `want` once: ERR_WANT_ROOM; 0 when there is as much, or
 * when the caller was asked for just that already and gave what it has.  *asked is the decoder's memory of it. */
int decoder_room(struct decoder *d, uint64_t want, uint64_t *asked);

#endif
