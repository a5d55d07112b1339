/* formats/sha256_ni.c - SHA-256 compiled with the SHA instructions (by the Makefile, on x86-64 alone).
 *
 * Floor 0, behind digest.c, which asks the processor before it calls in here.  Specification: FIPS 180-4; the
 * instructions want the state's words as two registers, ABEF and CDGH, and make four rounds from four words at a time.
 */
#define _MM_MALLOC_H_INCLUDED /* the intrinsics' own allocator wants a hosted C library */
#include <immintrin.h>

#include "formats/sha256_ni.h"

static const uint32_t constants[64] __attribute__((aligned(16))) = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

enum { QUADS = 16 };

/* The next four words of the schedule, in the place of the oldest four. */
static inline __m128i schedule(const __m128i w[4], int i) {
  __m128i last = w[(i + 3) & 3], x = _mm_sha256msg1_epu32(w[i & 3], w[(i + 1) & 3]);
  x = _mm_add_epi32(x, _mm_alignr_epi8(last, w[(i + 2) & 3], 4));
  return _mm_sha256msg2_epu32(x, last);
}

static inline __m128i words(const uint8_t *p, int i) {
  const __m128i big_endian = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
  return _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)p + i), big_endian);
}

static inline void block(__m128i *abef, __m128i *cdgh, const uint8_t *p) {
  __m128i s = *abef, t = *cdgh, w[4] = {words(p, 0), words(p, 1), words(p, 2), words(p, 3)};
#pragma GCC unroll 16
  for (int i = 0; i < QUADS; i++) {
    if (i >= 4) w[i & 3] = schedule(w, i);
    __m128i sum = _mm_add_epi32(w[i & 3], _mm_load_si128((const __m128i *)constants + i));
    t = _mm_sha256rnds2_epu32(t, s, sum);
    s = _mm_sha256rnds2_epu32(s, t, _mm_shuffle_epi32(sum, 0x0e));
  }
  *abef = _mm_add_epi32(*abef, s);
  *cdgh = _mm_add_epi32(*cdgh, t);
}

void sha256_ni(uint32_t state[8], const uint8_t *p, size_t blocks) {
  __m128i *at = (__m128i *)state;
  __m128i cdab = _mm_shuffle_epi32(_mm_loadu_si128(at), 0xb1);
  __m128i efgh = _mm_shuffle_epi32(_mm_loadu_si128(at + 1), 0x1b);
  __m128i abef = _mm_alignr_epi8(cdab, efgh, 8), cdgh = _mm_blend_epi16(efgh, cdab, 0xf0);
  for (; blocks > 0; blocks--, p += SHA256_BLOCK) block(&abef, &cdgh, p);
  __m128i feba = _mm_shuffle_epi32(abef, 0x1b), dchg = _mm_shuffle_epi32(cdgh, 0xb1);
  _mm_storeu_si128(at, _mm_blend_epi16(feba, dchg, 0xf0));
  _mm_storeu_si128(at + 1, _mm_alignr_epi8(dchg, feba, 8));
}
