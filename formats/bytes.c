/* formats/bytes.c - looking for zeros a word or eight at a time.
 *
 * Floor 0.  Padding of the embedded section is checked with it, so it runs
 * over every page of an image that is nothing but padding.
 */
#include "formats/bytes.h"

/* Not 0 when one of 64 bytes is not zero. */
static inline uint64_t any_of_64(const uint8_t *p) {
  return bytes_le64(p) | bytes_le64(p + 8) | bytes_le64(p + 16) | bytes_le64(p + 24) | bytes_le64(p + 32) |
         bytes_le64(p + 40) | bytes_le64(p + 48) | bytes_le64(p + 56);
}

bool bytes_are_zero(const void *p, size_t n) { return bytes_first_nonzero(p, n) == n; }

static inline uint64_t any_of_256(const uint8_t *p) {
  return any_of_64(p) | any_of_64(p + 64) | any_of_64(p + 128) | any_of_64(p + 192);
}

size_t bytes_first_nonzero(const void *p, size_t n) {
  const uint8_t *at = p;
  size_t i = 0;
  while (n - i >= 64 && any_of_64(at + i) == 0) i += 64;
  while (n - i >= 8 && bytes_le64(at + i) == 0) i += 8;
  while (i < n && at[i] == 0) i++;
  return i;
}

size_t bytes_without_zeros(const void *p, size_t n) {
  const uint8_t *at = p;
  while (n >= 256 && any_of_256(at + n - 256) == 0) n -= 256;
  while (n >= 64 && any_of_64(at + n - 64) == 0) n -= 64;
  while (n >= 8 && bytes_le64(at + n - 8) == 0) n -= 8;
  while (n > 0 && at[n - 1] == 0) n--;
  return n;
}
