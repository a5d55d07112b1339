/* formats/bytes.h - little-endian numbers at any alignment, and rounding. */
#ifndef FORMATS_BYTES_H
#define FORMATS_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One load, whatever the alignment; `#if` would hide one half from the compiler. */
#define BYTES_BIG (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__)
static inline uint16_t bytes_le16(const uint8_t *p) { return (uint16_t)(p[0] | p[1] << 8); }
static inline uint32_t bytes_le32(const uint8_t *p) {
  uint32_t v;
  __builtin_memcpy(&v, p, sizeof v);
  return BYTES_BIG ? __builtin_bswap32(v) : v;
}
static inline uint64_t bytes_le64(const uint8_t *p) {
  uint64_t v;
  __builtin_memcpy(&v, p, sizeof v);
  return BYTES_BIG ? __builtin_bswap64(v) : v;
}
static inline void bytes_put_le16(uint8_t *p, uint16_t v) {
  p[0] = (uint8_t)v;
  p[1] = (uint8_t)(v >> 8);
}
static inline void bytes_put_le32(uint8_t *p, uint32_t v) {
  bytes_put_le16(p, (uint16_t)v);
  bytes_put_le16(p + 2, (uint16_t)(v >> 16));
}
static inline void bytes_put_le64(uint8_t *p, uint64_t v) {
  bytes_put_le32(p, (uint32_t)v);
  bytes_put_le32(p + 4, (uint32_t)(v >> 32));
}

/* n rounded up to a multiple of unit, a power of two; n must be at most UINT64_MAX - unit. */
static inline uint64_t bytes_round_up(uint64_t n, uint64_t unit) { return (n + unit - 1) & ~(unit - 1); }

/* memcmp(p, q, n) == 0 for what is compared often and mostly equal: the last word may overlap the one before. */
static inline bool bytes_equal(const void *p, const void *q, size_t n) {
  const uint8_t *a = p, *b = q, *end = a + n;
  if (n < 4) {
    while (a < end && *a == *b) a++, b++;
    return a == end;
  }
  if (n < 8) return bytes_le32(a) == bytes_le32(b) && bytes_le32(end - 4) == bytes_le32(b + n - 4);
  for (; end - a > 8; a += 8, b += 8)
    if (bytes_le64(a) != bytes_le64(b)) return false;
  return bytes_le64(end - 8) == bytes_le64((const uint8_t *)q + n - 8);
}

/* memcpy(to, from, n) for the few bytes of a name: the last word may overlap the one before. */
static inline void bytes_copy(void *to, const void *from, size_t n) {
  const uint8_t *p = from;
  uint8_t *q = to;
  if (n < 8) {
    while (n-- > 0) *q++ = *p++;
    return;
  }
  __builtin_memcpy(q, p, 8);
  for (size_t i = 8; i + 8 < n; i += 8) __builtin_memcpy(q + i, p + i, 8);
  __builtin_memcpy(q + n - 8, p + n - 8, 8);
}

/* How many of n bytes are the same from their beginnings on. */
static inline size_t bytes_common(const void *p, const void *q, size_t n) {
  const uint8_t *a = p, *b = q;
  size_t i = 0;
  while (n - i >= 8 && bytes_le64(a + i) == bytes_le64(b + i)) i += 8;
  while (i < n && a[i] == b[i]) i++;
  return i;
}

/* Whether n bytes from p on are all zero. */
bool bytes_are_zero(const void *p, size_t n);

/* The index of the first byte that is not zero; n when there is none. */
size_t bytes_first_nonzero(const void *p, size_t n);

/* n without the zeros at the end of n bytes. */
size_t bytes_without_zeros(const void *p, size_t n);

#endif
