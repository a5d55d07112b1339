/* formats/xxh32.h - inside lz4: the checksum of a frame's content, sixteen bytes a step, where the processor can. */
#ifndef FORMATS_XXH32_H
#define FORMATS_XXH32_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __x86_64__
#include <cpuid.h>
#endif

enum { XXH32_STRIPE = 16 };

/* Takes whole stripes into the four accumulators. */
void xxh32_sse4(uint32_t v[4], const uint8_t *p, size_t stripes);

static inline bool xxh32_sse4_there(void) {
#ifdef __x86_64__
  enum { SSE4_1 = 1 << 19 };
  uint32_t a, b, c, d;
  return __get_cpuid(1, &a, &b, &c, &d) && (c & SSE4_1);
#else
  return false;
#endif
}

#endif
