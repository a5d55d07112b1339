/* tests/fuzz/gzip.c - gzip streams. */
#include "codec.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
  struct outcome o = unpack_both(CODEC_GZIP, bytes, n, 50000);
  free(o.out);
  return 0;
}
