/* tests/fuzz/tar.c - any bytes as a tar whose headers' sums fit: see archive.h. */
#include "fuzz/archive_target.h"
#include "fuzz/tar_sums.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
  uint8_t *copy = tar_sums_set(bytes, n);
  int rc = archive_target(copy, n, "tar");
  free(copy);
  return rc;
}
