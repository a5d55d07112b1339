/* formats/codec_list_basic.c - the codecs of the smaller kernel.
 *
 * Floor 0, in the place of codec_list.c.  The others are known by name, so that a stream of theirs is refused as what
 * it is and not as bytes of no known kind.
 */
#include <string.h>

#include "formats/codec_note.h"
#include "formats/codec_parts.h"

CODEC_NOTE("gzip lz4 lz4-legacy");

static int absent(struct decoder *d) {
  decoder_fail(d, ERR_VERSION, "this kernel was built without the decoder of");
  flaw_detail(&d->flaw, d->codec->name, strlen(d->codec->name));
  return ERR_VERSION;
}

static const struct codec absent_zstd = {
    .name = "zstd", .id = CODEC_ZSTD, .skips = true, .sniff = zstd_sniff, .start = absent};
static const struct codec absent_xz = {.name = "xz", .id = CODEC_XZ, .sniff = xz_sniff, .start = absent};
static const struct codec absent_lzma = {.name = "lzma", .id = CODEC_LZMA, .sniff = lzma_sniff, .start = absent};
static const struct codec absent_bzip2 = {.name = "bzip2", .id = CODEC_BZIP2, .sniff = bzip2_sniff, .start = absent};

const struct codec *const codec_list[] = {&codec_gzip, &codec_lz4,   &codec_lz4_legacy, &absent_zstd,
                                          &absent_xz,  &absent_lzma, &absent_bzip2,     NULL};
