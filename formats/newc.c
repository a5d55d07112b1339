/* formats/newc.c - the newc header, both ways, from the field table of newc.h.
 *
 * Floor 0.  A header is on the unpacker's hottest path, and most of its fields
 * say what the header before said: those take one comparison of text, the others
 * are read eight digits at once.
 */
#include <stdbool.h>
#include <string.h>

#include "formats/bytes.h"
#include "formats/err.h"
#include "formats/newc.h"

enum { MAGIC_LENGTH = sizeof NEWC_MAGIC - 1, DIGITS = NEWC_DIGITS };
#define EACH(byte) (0x0101010101010101u * (byte))

#define NEWC_ZERO(name) "00000000"
static const char zeros[] = NEWC_MAGIC NEWC_FIELDS(NEWC_ZERO);
#undef NEWC_ZERO
_Static_assert(sizeof zeros == NEWC_HEADER + 1, "a header's text");

/* The number whose digits are the bytes of x, the first of them lowest; *wrong stays 0 when each is a digit, that is
 * when writing the number out again gives x (in lower case).  No sum here carries from one byte to the next. */
static uint32_t decode_digits(uint64_t x, uint64_t *wrong) {
  uint64_t letters = x & EACH(0x40), value = (x & EACH(0x0f)) + (letters >> 6) * 9;
  uint64_t above_9 = (value + EACH(6)) >> 4 & EACH(1), text = value + EACH('0') + above_9 * ('a' - '9' - 1);
  *wrong |= (value & EACH(0xf0)) | (text ^ (x | letters >> 1));
  value = __builtin_bswap64(value);
  value = (value | value >> 4) & 0x00ff00ff00ff00ffu;
  value = (value | value >> 8) & 0x0000ffff0000ffffu;
  return (uint32_t)(value | value >> 16);
}

/* Whether the number whose digits are x is the one of y, which are good, and one: inode numbers mostly count up. */
static inline bool is_next(uint64_t x, uint64_t y) {
  uint8_t last = (uint8_t)(x >> 56);
  return __builtin_bswap64(x) - __builtin_bswap64(y) == 1 && last != '9' + 1 && (last | 0x20) != 'f' + 1;
}

/* Not inline, for it would be there thirteen times: the number at p, whose text is not the one at `before`, which says
 * `number`. */
static __attribute__((noinline)) uint32_t decode_other(const uint8_t *p, const uint8_t *before, uint32_t number,
                                                       uint64_t *wrong) {
  uint64_t x = bytes_le64(p);
  return is_next(x, bytes_le64(before)) ? number + 1 : decode_digits(x, wrong);
}

/* The offset of the first field that is not eight digits. */
static size_t first_bad(const uint8_t *p) {
  uint64_t wrong = 0;
  size_t at = MAGIC_LENGTH;
  while (decode_digits(bytes_le64(p + at), &wrong), wrong == 0) at += DIGITS;
  return at;
}

int newc_decode_next(struct newc *h, const uint8_t *p, const uint8_t *before, size_t *bad) {
  const uint8_t *at = p + MAGIC_LENGTH;
  uint64_t wrong = 0;
  if (memcmp(p, NEWC_MAGIC, MAGIC_LENGTH) != 0 && memcmp(p, NEWC_MAGIC_CRC, MAGIC_LENGTH) != 0) return ERR_MAGIC;
  before += MAGIC_LENGTH;
#define NEWC_DECODE(name)                                                                                              \
  if (bytes_le64(at) != bytes_le64(before)) h->name = decode_other(at, before, h->name, &wrong);                       \
  at += DIGITS, before += DIGITS;
  NEWC_FIELDS(NEWC_DECODE)
#undef NEWC_DECODE
  if (wrong == 0) return 0;
  *bad = first_bad(p);
  return ERR_NUMBER;
}

int newc_decode(struct newc *h, const uint8_t *p, size_t *bad) {
  memset(h, 0, sizeof *h);
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
