/* formats/codec_note.h - what a kernel file says of its decoders, where mkimage finds it: an ELF note.
 *
 * Owner "Taproot", type 1; its text has the names of the codecs, a blank between.  It stands beside each list of
 * codecs.  Type 2 is the kernel's version.
 */
#ifndef FORMATS_CODEC_NOTE_H
#define FORMATS_CODEC_NOTE_H

#include <stdint.h>

enum { CODEC_NOTE_OWNER = 8, CODEC_NOTE_TYPE = 1, VERSION_NOTE_TYPE = 2 };

#define NOTE_OF(variable, type_number, words)                                                                          \
  static const struct {                                                                                                \
    uint32_t owner_size, text_size, type;                                                                              \
    char owner[CODEC_NOTE_OWNER], text[(sizeof words + 3) & ~3u];                                                      \
  } variable __attribute__((section(".note.taproot"), used, aligned(4))) = {CODEC_NOTE_OWNER, sizeof words,            \
                                                                            type_number, "Taproot", words}

#define CODEC_NOTE(names)     NOTE_OF(codec_note, CODEC_NOTE_TYPE, names)
#define VERSION_NOTE(version) NOTE_OF(version_note, VERSION_NOTE_TYPE, version)

#endif
