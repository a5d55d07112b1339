/* formats/newc.c - the newc header, both ways, from the field table of newc.h.
 *
 * Floor 0.  A header is on the unpacker's hottest path, and most of its fields
 * are "00000000": those take one comparison, the others four digits at a time.
 */
#include <string.h>

#include "formats/bytes.h"
#include "formats/err.h"
#include "formats/newc.h"

enum { MAGIC_LENGTH = sizeof NEWC_MAGIC - 1, DIGITS = 8, IS_DIGIT = 0x80 };
#define ZEROS 0x30303030u /* "0000" */

#define DIGIT(value) (IS_DIGIT | (value))
static const uint8_t digit[256] = {
    ['0'] = DIGIT(0),  DIGIT(1),  DIGIT(2),          DIGIT(3),  DIGIT(4),  DIGIT(5),  DIGIT(6),  DIGIT(7),
    DIGIT(8),          DIGIT(9),  ['a'] = DIGIT(10), DIGIT(11), DIGIT(12), DIGIT(13), DIGIT(14), DIGIT(15),
    ['A'] = DIGIT(10), DIGIT(11), DIGIT(12),         DIGIT(13), DIGIT(14), DIGIT(15),
};

/* Four digits; *good loses its bit IS_DIGIT when one of them is none.  The last xor takes the four marks out. */
static inline uint32_t decode_four(const uint8_t *p, uint32_t *good) {
  uint32_t a = digit[p[0]], b = digit[p[1]], c = digit[p[2]], d = digit[p[3]];
  *good &= a & b & c & d;
  return a << 12 ^ b << 8 ^ c << 4 ^ d ^ (IS_DIGIT << 12 ^ IS_DIGIT << 8 ^ IS_DIGIT << 4 ^ IS_DIGIT);
}

/* Not inline: the compiler would load all the digits of every field before it looks whether they are zeros. */
static __attribute__((noinline)) uint32_t decode_digits(const uint8_t *p, uint32_t *good) {
  uint32_t low = decode_four(p + 4, good);
  return bytes_le32(p) == ZEROS ? low : low | decode_four(p, good) << 16;
}

static inline uint32_t decode_field(const uint8_t *p, uint32_t *good) {
  return bytes_le64(p) == ((uint64_t)ZEROS << 32 | ZEROS) ? 0 : decode_digits(p, good);
}

/* The offset of the first field that is not eight digits. */
static size_t first_bad(const uint8_t *p) {
  uint32_t good = IS_DIGIT;
  size_t at = MAGIC_LENGTH;
  while (decode_field(p + at, &good), good & IS_DIGIT) at += DIGITS;
  return at;
}

int newc_decode(struct newc *h, const uint8_t *p, size_t *bad) {
  const uint8_t *at = p + MAGIC_LENGTH;
  uint32_t good = IS_DIGIT;
  if (memcmp(p, NEWC_MAGIC, MAGIC_LENGTH) != 0) return ERR_MAGIC;
#define NEWC_DECODE(name)                                                                                              \
  h->name = decode_field(at, &good);                                                                                   \
  at += DIGITS;
  NEWC_FIELDS(NEWC_DECODE)
#undef NEWC_DECODE
  if (good & IS_DIGIT) return 0;
  *bad = first_bad(p);
  return ERR_NUMBER;
}

static uint8_t *encode_field(uint8_t *p, uint32_t value) {
  for (int i = DIGITS - 1; i >= 0; i--, value >>= 4) p[i] = (uint8_t) "0123456789abcdef"[value & 15];
  return p + DIGITS;
}

void newc_encode(const struct newc *h, uint8_t *p) {
  memcpy(p, NEWC_MAGIC, MAGIC_LENGTH);
  p += MAGIC_LENGTH;
#define NEWC_ENCODE(name) p = encode_field(p, h->name);
  NEWC_FIELDS(NEWC_ENCODE)
#undef NEWC_ENCODE
}
