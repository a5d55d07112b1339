/* formats/tar_header.c - what single fields of a tar header say.  Floor 0. */
#include <string.h>

#include "formats/err.h"
#include "formats/tar.h"

enum tar_kind tar_kind(const struct tar_header *h) {
  if (memcmp(h->magic, TAR_MAGIC_POSIX, sizeof TAR_MAGIC_POSIX) == 0) return TAR_POSIX;
  if (memcmp(h->magic, TAR_MAGIC_GNU, sizeof TAR_MAGIC_GNU) == 0) return TAR_GNU;
  return memcmp(h->magic, TAR_MAGIC_POSIX, sizeof TAR_MAGIC_POSIX - 1) == 0 ? TAR_UNKNOWN : TAR_V7;
}

bool tar_sum_fits(const struct tar_header *h) {
  uint64_t wanted;
  uint32_t sum = sizeof h->checksum * ' '; /* which it counts as */
  const uint8_t *p = (const uint8_t *)h;
  if (tar_number(h->checksum, sizeof h->checksum, &wanted) < 0) return false;
  for (size_t i = 0; i < TAR_BLOCK; i++) sum += p[i];
  for (size_t i = 0; i < sizeof h->checksum; i++) sum -= h->checksum[i];
  return sum == wanted;
}

static int base_256(const uint8_t *p, size_t n, uint64_t *value) {
  if (p[0] & 0x40) return ERR_NUMBER;
  *value = p[0] & 0x3f;
  for (size_t i = 1; i < n; i++) {
    if (*value >> 55) return ERR_NUMBER;
    *value = *value << 8 | p[i];
  }
  return 0;
}

int tar_number(const uint8_t *p, size_t n, uint64_t *value) {
  size_t i = 0;
  if (p[0] & 0x80) return base_256(p, n, value);
  *value = 0;
  while (i < n && p[i] == ' ') i++;
  for (; i < n && p[i] >= '0' && p[i] <= '7'; i++) *value = *value << 3 | (uint64_t)(p[i] - '0');
  while (i < n && (p[i] == ' ' || p[i] == 0)) i++;
  return i == n ? 0 : ERR_NUMBER;
}
