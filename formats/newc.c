/* formats/newc.c - the newc header, both ways, from the field table of newc.h.
 *
 * Floor 0.  A header is on the unpacker's hottest path, and most of its fields
 * say what the header before said: those take one comparison of text, the others
 * are read eight digits at once.
 */
#include <stdbool.h>
#include <string.h>

#include "formats/err.h"
#include "formats/newc.h"
#include "formats/newc_digits.h"

enum { MAGIC_LENGTH = sizeof NEWC_MAGIC - 1, DIGITS = NEWC_DIGITS };
#define NEWC_ZERO(name) "00000000"
static const char zeros[] = NEWC_MAGIC NEWC_FIELDS(NEWC_ZERO);
#undef NEWC_ZERO
_Static_assert(sizeof zeros == NEWC_HEADER + 1, "a header's text");

/* Not inline, for it would be there twelve times: the number at p, another than before. */
static __attribute__((noinline)) uint32_t decode_other(const uint8_t *p, uint64_t *wrong) {
  return newc_digits(bytes_le64(p), wrong);
}

static inline void decode_ino(struct newc *h, const uint8_t *p, const uint8_t *before, uint64_t *wrong) {
  uint64_t x = bytes_le64(p), y = bytes_le64(before);
  if (newc_is_next(x, y))
    h->ino++;
  else if (x != y)
    h->ino = newc_digits(x, wrong);
}

/* The offset of the first field that is not eight digits. */
static size_t first_bad(const uint8_t *p) {
  uint64_t wrong = 0;
  size_t at = MAGIC_LENGTH;
  while (newc_digits(bytes_le64(p + at), &wrong), wrong == 0) at += DIGITS;
  return at;
}

int newc_decode_next(struct newc *h, const uint8_t *p, const uint8_t *before, size_t *bad) {
  const uint8_t *at = p + MAGIC_LENGTH;
  uint64_t wrong = 0;
  before += MAGIC_LENGTH;
  decode_ino(h, at, before, &wrong);
#define NEWC_DECODE(name)                                                                                              \
  at += DIGITS, before += DIGITS;                                                                                      \
  if (bytes_le64(at) != bytes_le64(before)) h->name = decode_other(at, &wrong);
  NEWC_FIELDS_BUT_INO(NEWC_DECODE)
#undef NEWC_DECODE
  if (wrong == 0) return 0;
  *bad = first_bad(p);
  return ERR_NUMBER;
}

int newc_decode(struct newc *h, const uint8_t *p, size_t *bad) {
  memset(h, 0, sizeof *h);
  if (memcmp(p, NEWC_MAGIC, MAGIC_LENGTH) != 0 && memcmp(p, NEWC_MAGIC_CRC, MAGIC_LENGTH) != 0) return ERR_MAGIC;
  return newc_decode_next(h, p, (const uint8_t *)zeros, bad);
}

static uint8_t *encode_field(uint8_t *p, uint32_t value) {
  for (int i = DIGITS - 1; i >= 0; i--, value >>= 4) p[i] = (uint8_t) "0123456789abcdef"[value & 15];
  return p + DIGITS;
}

void newc_encode(const struct newc *h, uint8_t *p) {
  memcpy(p, NEWC_MAGIC, MAGIC_LENGTH);
  p += MAGIC_LENGTH;
#define NEWC_VALUE(name) h->name,
  const uint32_t value[] = {NEWC_FIELDS(NEWC_VALUE)};
#undef NEWC_VALUE
  for (size_t i = 0; i < sizeof value / sizeof value[0]; i++) p = encode_field(p, value[i]);
}
