/* formats/codec_list.c - every codec there is.
 *
 * Floor 0.  The smaller kernel has codec_list_basic.c in its place.
 */
#include "formats/codec_note.h"
#include "formats/codec_parts.h"

CODEC_NOTE("gzip lz4 lz4-legacy zstd xz lzma bzip2");

const struct codec *const codec_list[] = {&codec_gzip, &codec_lz4,  &codec_lz4_legacy, &codec_zstd,
                                          &codec_xz,   &codec_lzma, &codec_bzip2,      NULL};
