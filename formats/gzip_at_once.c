/* formats/gzip_at_once.c - gzip in one go by libdeflate, when all input and all room are at hand.
 *
 * Floor 0, beside gzip.c.  It only ever says yes: a stream that it cannot decode is left to zlib, which decodes
 * in steps and finds the words for what is wrong.  docs/decisions/two-gzip-decoders.md.
 */
#include <libdeflate.h>

#include "formats/codec_parts.h"

enum { FLAGS_AT = 3, FLAG_HEADER_CRC = 2 }; /* libdeflate does not look at the header's own checksum */

/* The decoder's state is made of zeros (tests/unit/formats_codec_at_once.c holds libdeflate to that), so the zeroed
 * workspace is one, and nothing is allocated. */
bool gzip_at_once(struct decoder *d) {
  struct libdeflate_decompressor *state = d->work;
  const uint8_t *p = d->in->at;
  size_t n = d->in->have, at = 0, used, made;
  uint64_t have = 0;
  do {
    if (n - at <= FLAGS_AT || (p[at + FLAGS_AT] & FLAG_HEADER_CRC)) return false;
    if (libdeflate_gzip_decompress_ex(state, p + at, n - at, d->out + have, d->room - have, &used, &made) !=
        LIBDEFLATE_SUCCESS)
      return false;
    at += used;
    have += made;
  } while (d->codec->sniff(p + at, n - at));
  d->have = have;
  d->ended = true;
  source_used(d->in, at);
  return true;
}
