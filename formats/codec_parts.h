/* formats/codec_parts.h - inside codec: the rows of the list, and what every decoder reports with. */
#ifndef FORMATS_CODEC_PARTS_H
#define FORMATS_CODEC_PARTS_H

#include "formats/codec.h"

extern const struct codec codec_gzip, codec_lz4, codec_lz4_legacy;

bool gzip_at_once(struct decoder *d);

/* Fails the stream here: at d->have in what is unpacked, at d->in->offset in what is stored. */
int decoder_fail(struct decoder *d, int code, const char *reason);

/* Makes n bytes of input stand in one piece; ERR_CUT gets the reason, ERR_NOMEM one of its own. */
int decoder_input(struct decoder *d, size_t n, const char *reason);

/* Asks for room up to `want` once: ERR_WANT_ROOM; 0 when there is as much, or
 * when the caller was asked for just that already and gave what it has.  *asked is the decoder's memory of it. */
int decoder_room(struct decoder *d, uint64_t want, uint64_t *asked);

#endif
