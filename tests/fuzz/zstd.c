/* tests/fuzz/zstd.c - zstd frames; what is accepted, libzstd in one call unpacks to the same bytes. */
#include <zstd.h>

#include "codec.h"

enum { MOST = 300000 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
  struct outcome o = unpack_both(CODEC_ZSTD, bytes, n, MOST);
  if (o.code == 0) {
    uint8_t *out = malloc(o.have + 1);
    assert(ZSTD_decompress(out, o.have, bytes, o.offset) == o.have && memcmp(out, o.out, o.have) == 0);
    free(out);
  }
  free(o.out);
  return 0;
}
