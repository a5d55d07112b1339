/* mkimage/image/decoders.c - finds the notes of a kernel, its decoders and its version: see decoders.h. */
#include "mkimage/image/decoders.h"

#include <string.h>

#include "formats/bytes.h"
#include "formats/codec_note.h"

enum { NOTE_HEADER = 12, NOTE_UNIT = 4 };

static bool note_is_ours(const uint8_t *note, uint32_t type, uint32_t owner, uint32_t text) {
  const uint8_t *end = note + NOTE_HEADER + CODEC_NOTE_OWNER + text;
  return owner == CODEC_NOTE_OWNER && bytes_le32(note + 8) == type &&
         memcmp(note + NOTE_HEADER, "Taproot", CODEC_NOTE_OWNER) == 0 && text > 0 && end[-1] == 0;
}

/* The text of our note of a type among n bytes of notes. */
static const char *note_find(const uint8_t *p, uint64_t n, uint32_t type) {
  while (n >= NOTE_HEADER) {
    uint32_t owner = bytes_le32(p), text = bytes_le32(p + 4);
    uint64_t behind = NOTE_HEADER + bytes_round_up(owner, NOTE_UNIT), size = behind + bytes_round_up(text, NOTE_UNIT);
    if (size > n) return NULL;
    if (note_is_ours(p, type, owner, text)) return (const char *)p + behind;
    p += size;
    n -= size;
  }
  return NULL;
}

static const char *note_of(const struct image *im, uint32_t type) {
  struct elf_segment s;
  for (unsigned i = 0; im->kind != IMAGE_BARE && elf_segment(&im->elf, i, &s) == 0; i++) {
    const char *names = s.type == ELF_PT_NOTE ? note_find(im->bytes + s.offset, s.filesz, type) : NULL;
    if (names != NULL) return names;
  }
  return NULL;
}

const char *decoders_of(const struct image *im) { return note_of(im, CODEC_NOTE_TYPE); }

const char *decoders_version(const struct image *im) { return note_of(im, VERSION_NOTE_TYPE); }

bool decoders_have(const char *names, const char *name) {
  size_t n = strlen(name);
  for (const char *at = names; (at = strstr(at, name)) != NULL; at += n)
    if ((at == names || at[-1] == ' ') && (at[n] == ' ' || at[n] == 0)) return true;
  return false;
}
