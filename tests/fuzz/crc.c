/* tests/fuzz/crc.c - any bytes as a cpio archive of the kind crc: see archive.h and cpio_repair.h. */
#include "fuzz/archive_target.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
  return cpio_target(bytes, n, "crc", &cpio_kinds[CPIO_CRC]);
}
