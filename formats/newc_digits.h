/* formats/newc_digits.h - eight hexadecimal digits as one word; private to newc.c and cpio_quick.c. */
#ifndef FORMATS_NEWC_DIGITS_H
#define FORMATS_NEWC_DIGITS_H

#include <stdbool.h>
#include <stdint.h>

#include "formats/bytes.h"

#define NEWC_EACH(byte) (0x0101010101010101u * (byte))

/* The number whose digits are the bytes of x, the first of them lowest; *wrong stays 0 when each is a digit, that is
 * when writing the number out again gives x (in lower case).  No sum here carries from one byte to the next. */
static inline uint32_t newc_digits(uint64_t x, uint64_t *wrong) {
  uint64_t letters = x & NEWC_EACH(0x40), value = (x & NEWC_EACH(0x0f)) + (letters >> 6) * 9;
  uint64_t above_9 = (value + NEWC_EACH(6)) >> 4 & NEWC_EACH(1),
           text = value + NEWC_EACH('0') + above_9 * ('a' - '9' - 1);
  *wrong |= (value & NEWC_EACH(0xf0)) | (text ^ (x | letters >> 1));
  value = __builtin_bswap64(value);
  value = (value | value >> 4) & 0x00ff00ff00ff00ffu;
  value = (value | value >> 8) & 0x0000ffff0000ffffu;
  return (uint32_t)(value | value >> 16);
}

/* Whether the digits x, the first lowest, say one more than the digits y, which are good, and differ in the last alone:
 * inode numbers mostly count up. */
static inline bool newc_is_next(uint64_t x, uint64_t y) {
  uint8_t last = (uint8_t)(x >> 56);
  return x - y == UINT64_C(1) << 56 && last != '9' + 1 && (last | 0x20) != 'f' + 1;
}

#endif
