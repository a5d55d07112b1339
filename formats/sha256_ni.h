/* formats/sha256_ni.h - inside digest: SHA-256 by the processor's own instructions, and whether it has them. */
#ifndef FORMATS_SHA256_NI_H
#define FORMATS_SHA256_NI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __x86_64__
#include <cpuid.h>
#endif

enum { SHA256_BLOCK = 64 };

/* Takes whole blocks into the eight words of the state. */
void sha256_ni(uint32_t state[8], const uint8_t *p, size_t blocks);

/* SHA, and SSSE3 and SSE4.1, which its use here wants beside. */
static inline bool sha256_ni_there(void) {
#ifdef __x86_64__
  enum { SSSE3 = 1 << 9, SSE4_1 = 1 << 19, SHA = 1 << 29 };
  uint32_t a, b, c, d;
  if (!__get_cpuid(1, &a, &b, &c, &d) || (c & (SSSE3 | SSE4_1)) != (SSSE3 | SSE4_1)) return false;
  return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & SHA);
#else
  return false;
#endif
}

#endif
