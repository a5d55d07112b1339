/* tests/fuzz/bzip2.c - bzip2 streams. */
#include "codec.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
  struct outcome o = unpack_both(CODEC_BZIP2, bytes, n, 50000);
  free(o.out);
  return 0;
}
