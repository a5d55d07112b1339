/* tests/fuzz/tar.c - any bytes as a tar whose headers' sums fit: see archive.h.
 *
 * The sums of all blocks that begin like a header are set right first, or mutations would hardly get past them.
 */
#include "fuzz/archive.h"

static void set_sum(uint8_t *block) {
  uint32_t sum = 8 * ' ';
  for (size_t i = 0; i < TAR_BLOCK; i++) sum += i < 148 || i >= 156 ? block[i] : 0;
  for (int i = 0; i < 6; i++) block[148 + i] = (uint8_t)('0' + (sum >> 3 * (5 - i) & 7));
  block[154] = 0, block[155] = ' ';
}

/* A block is taken for a header where a digit or a blank stands in its sum's field. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
  uint8_t *copy = malloc(n + !n);
  if (n > 0) memcpy(copy, bytes, n);
  for (size_t at = 0; n - at >= TAR_BLOCK; at += TAR_BLOCK)
    if (copy[at + 148] == '0' || copy[at + 148] == ' ') set_sum(copy + at);
  int rc = archive_fuzz(copy, n, "tar");
  free(copy);
  return rc;
}
