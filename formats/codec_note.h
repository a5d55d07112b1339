/* formats/codec_note.h - what a kernel file says of its decoders, where mkimage finds it: an ELF note.
 *
 * Owner "Taproot", type 1; its text has the names of the codecs, a blank between.  It stands beside each list of
 * codecs.
 */
#ifndef FORMATS_CODEC_NOTE_H
#define FORMATS_CODEC_NOTE_H

#include <stdint.h>

enum { CODEC_NOTE_OWNER = 8, CODEC_NOTE_TYPE = 1 };

#define CODEC_NOTE(names)                                                                                              \
  static const struct {                                                                                                \
    uint32_t owner_size, text_size, type;                                                                              \
    char owner[CODEC_NOTE_OWNER], text[(sizeof names + 3) & ~3u];                                                      \
  } codec_note __attribute__((section(".note.taproot"), used, aligned(4))) = {CODEC_NOTE_OWNER, sizeof names,          \
                                                                              CODEC_NOTE_TYPE, "Taproot", names}

#endif
