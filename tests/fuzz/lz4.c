/* tests/fuzz/lz4.c - lz4 frames; what is accepted, liblz4's own frame reader unpacks to the same bytes. */
#include <lz4frame.h>

#include "codec.h"

enum { MOST = 200000 };

static void compare(const uint8_t *bytes, const struct outcome *o) {
  LZ4F_dctx *context;
  uint8_t *out = malloc(o->have + 1);
  size_t in_at = 0, out_at = 0, rc = 1;
  assert(!LZ4F_isError(LZ4F_createDecompressionContext(&context, LZ4F_VERSION)));
  while (in_at < o->offset || rc != 0) {
    size_t in = o->offset - in_at, room = o->have + 1 - out_at;
    rc = LZ4F_decompress(context, out + out_at, &room, bytes + in_at, &in, NULL);
    assert(!LZ4F_isError(rc) && (in > 0 || room > 0));
    in_at += in, out_at += room;
  }
  assert(out_at == o->have && memcmp(out, o->out, out_at) == 0);
  LZ4F_freeDecompressionContext(context);
  free(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
  struct outcome o = unpack_both(CODEC_LZ4, bytes, n, MOST);
  if (o.code == 0) compare(bytes, &o);
  free(o.out);
  return 0;
}
