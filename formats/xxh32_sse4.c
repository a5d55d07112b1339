/* formats/xxh32_sse4.c - the stripes of XXH32 compiled with SSE4.1 (by the Makefile, on x86-64 alone).
 *
 * Floor 0, behind lz4.c, which asks the processor before it calls in here.  Specification: xxHash's own
 * (xxhash_spec.md, XXH32): four accumulators, each taking every fourth word, so they are the lanes of one register.
 */
#include <string.h>

#include "formats/xxh32.h"

typedef uint32_t lanes __attribute__((vector_size(16)));

void xxh32_sse4(uint32_t v[4], const uint8_t *p, size_t stripes) {
  const uint32_t prime1 = 0x9e3779b1, prime2 = 0x85ebca77;
  lanes acc, in;
  memcpy(&acc, v, sizeof acc);
  for (; stripes > 0; stripes--, p += sizeof in) {
    memcpy(&in, p, sizeof in);
    acc += in * prime2;
    acc = (acc << 13 | acc >> 19) * prime1;
  }
  memcpy(v, &acc, sizeof acc);
}
