/* mkimage/compress/probe.c - samples of a block through the fastest compressor there is: see probe.h.
 *
 * What is compressed already (pictures, packages, keys) costs a thorough match
 * finder most and gains nothing.  Integers only: the answer is the same on every machine.
 */
#include "mkimage/compress/probe.h"

#include <lz4.h>

enum {
  PROBE_EVERY = 128 << 10, /* a sample of PROBE_BYTES */
  PROBE_SAMPLES = 4,       /* at least */
  PROBE_BYTES = 8 << 10,
  PROBE_LEAST = 64 << 10, /* a smaller block is compressed anyway */
  PROBE_GAIN = 64,        /* one part in so many is worth it */
};

/* Sum of squares of how often each byte occurs: n * n / 256 when all occur equally often, n * n when only one does. */
static uint64_t probe_squares(const uint8_t *bytes, size_t n, uint32_t count[256]) {
  uint64_t sum = 0;
  for (size_t i = 0; i < n; i++) sum += 2 * (uint64_t)count[bytes[i]]++ + 1;
  return sum;
}

/* As near to equal as bytes of chance are: the excess over n * n / 256 is about n, and n / 256 of n * n / 256. */
static bool probe_flat(uint64_t squares, uint64_t n) { return squares < n * n / 256 + n * n / 256 / 50 + n; }

bool probe_dense(const uint8_t *bytes, size_t n, bool coded) {
  char out[LZ4_COMPRESSBOUND(PROBE_BYTES)];
  uint32_t count[256] = {0};
  size_t samples = n / PROBE_EVERY > PROBE_SAMPLES ? n / PROBE_EVERY : PROBE_SAMPLES;
  uint64_t packed = 0, squares = 0, all = (uint64_t)samples * PROBE_BYTES;
  if (n < PROBE_LEAST) return false;
  for (size_t i = 0; i < samples; i++) {
    const uint8_t *sample = bytes + (n - PROBE_BYTES) / (samples - 1) * i;
    packed += (uint64_t)LZ4_compress_fast((const char *)sample, out, PROBE_BYTES, sizeof out, 4);
    if (coded) squares += probe_squares(sample, PROBE_BYTES, count);
  }
  if (packed < all - all / PROBE_GAIN) return false;
  return !coded || probe_flat(squares, all);
}
