/* formats/bytes.c - looking for zeros a word at a time.
 *
 * Floor 0.  Padding of the embedded section is checked with it, so it runs
 * over every page of an image that is nothing but padding.
 */
#include "formats/bytes.h"

bool bytes_are_zero(const void *p, size_t n) {
  const uint8_t *at = p;
  uint64_t seen = 0;
  for (; n >= 64 && seen == 0; at += 64, n -= 64)
    for (int i = 0; i < 64; i += 8) seen |= bytes_le64(at + i);
  for (; n >= 8 && seen == 0; at += 8, n -= 8) seen = bytes_le64(at);
  if (seen != 0) return false;
  for (size_t i = 0; i < n; i++) seen |= at[i];
  return seen == 0;
}

size_t bytes_first_nonzero(const void *p, size_t n) {
  const uint8_t *at = p;
  size_t i = 0;
  while (n - i >= 64 && bytes_are_zero(at + i, 64)) i += 64;
  while (n - i >= 8 && bytes_le64(at + i) == 0) i += 8;
  while (i < n && at[i] == 0) i++;
  return i;
}
