/* tests/fuzz/tar_sums.h - sets the sums of what look like headers right, or mutations would hardly get past them. */
#ifndef TESTS_FUZZ_TAR_SUMS_H
#define TESTS_FUZZ_TAR_SUMS_H

#include <stdlib.h>
#include <string.h>

#include "formats/tar.h"

static inline void set_sum(uint8_t *block) {
  uint32_t sum = 8 * ' ';
  for (size_t i = 0; i < TAR_BLOCK; i++) sum += i < 148 || i >= 156 ? block[i] : 0;
  for (int i = 0; i < 6; i++) block[148 + i] = (uint8_t)('0' + (sum >> 3 * (5 - i) & 7));
  block[154] = 0, block[155] = ' ';
}

/* A copy, which the caller frees; a block is taken for a header where a zero or a blank begins its sum. */
static inline uint8_t *tar_sums_set(const uint8_t *bytes, size_t n) {
  uint8_t *copy = malloc(n + !n);
  if (n > 0) memcpy(copy, bytes, n);
  for (size_t at = 0; n - at >= TAR_BLOCK; at += TAR_BLOCK)
    if (copy[at + 148] == '0' || copy[at + 148] == ' ') set_sum(copy + at);
  return copy;
}

#endif
