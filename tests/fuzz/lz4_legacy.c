/* tests/fuzz/lz4_legacy.c - lz4 streams of the legacy kind. */
#include "codec.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
  struct outcome o = unpack_both(CODEC_LZ4_LEGACY, bytes, n, 50000);
  free(o.out);
  return 0;
}
