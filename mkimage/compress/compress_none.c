/* mkimage/compress/compress_none.c - no compression: blocks go on as they are. */
#include "mkimage/compress/compress_kind.h"

const struct compress_kind compress_none = {.id = CODEC_NONE, .block = 256 << 10};
