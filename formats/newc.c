/* formats/newc.c - the newc header, both ways, from the field table of newc.h.
 *
 * Floor 0.  Eight digits are read at once: a header is on the unpacker's
 * hottest path, and most of its fields are "00000000".
 */
#include <stdbool.h>
#include <string.h>

#include "formats/bytes.h"
#include "formats/err.h"
#include "formats/newc.h"

enum { MAGIC_LENGTH = sizeof NEWC_MAGIC - 1, DIGITS = 8 };

#define EACH(byte) (0x0101010101010101u * (byte))

/* Eight hexadecimal digits of either case; false when one of them is none. */
static inline bool decode_field(const uint8_t *p, uint32_t *value) {
  uint64_t x = bytes_le64(p), lower = x | EACH(0x20);
  if (x == EACH('0')) {
    *value = 0;
    return true;
  }
  /* The high bit of each byte tells; no sum carries, as bytes above 0x7f are refused as well. */
  uint64_t digit = (x + EACH(0x80 - '0')) & ~(x + EACH(0x7f - '9'));
  uint64_t letter = (lower + EACH(0x80 - 'a')) & ~(lower + EACH(0x7f - 'f'));
  if (((digit | letter) & ~x & EACH(0x80)) != EACH(0x80)) return false;
  uint64_t n = (x & EACH(0x0f)) + 9 * (x >> 6 & EACH(1));
  n = (n << 4 | n >> 8) & 0x00ff00ff00ff00ff; /* the first digit is the lowest byte and weighs most */
  n = (n << 8 | n >> 16) & 0x0000ffff0000ffff;
  *value = (uint32_t)(n << 16 | n >> 32);
  return true;
}

int newc_decode(struct newc *h, const uint8_t *p, size_t *bad) {
  const uint8_t *at = p + MAGIC_LENGTH;
  if (memcmp(p, NEWC_MAGIC, MAGIC_LENGTH) != 0) return ERR_MAGIC;
#define NEWC_DECODE(name)                                                                                              \
  if (!decode_field(at, &h->name)) goto fail;                                                                          \
  at += DIGITS;
  NEWC_FIELDS(NEWC_DECODE)
#undef NEWC_DECODE
  return 0;
fail:
  *bad = (size_t)(at - p);
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
