/* tests/fuzz/xz.c - xz and .lzma streams; what is accepted, liblzma in one call unpacks to the same bytes. */
#include <lzma.h>

#include "codec.h"

enum { MOST = 50000 };

static void compare(const uint8_t *bytes, const struct outcome *o) {
  size_t in = 0, out = 0;
  uint8_t *to = malloc(o->have + 1);
  while (in < o->offset) {
    uint64_t limit = UINT64_MAX;
    assert(lzma_stream_buffer_decode(&limit, 0, NULL, bytes, &in, o->offset, to, &out, o->have) == LZMA_OK);
  }
  assert(out == o->have && memcmp(to, o->out, out) == 0);
  free(to);
}

/* Dictionaries that a machine for tests has no room for are left out. */
static int is_modest(const uint8_t *bytes, size_t n) { return n < 5 || bytes_le32(bytes + 1) <= 1 << 24; }

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
  bool lzma = n > 0 && bytes[0] == 0x5d;
  if (lzma && !is_modest(bytes, n)) return 0;
  struct outcome o = unpack_both(lzma ? CODEC_LZMA : CODEC_XZ, bytes, n, MOST);
  if (o.code == 0 && !lzma) compare(bytes, &o);
  free(o.out);
  return 0;
}
