/* formats/xxh3.h - inside digest: one door to the builds of XXH3, and which of them this processor takes.
 *
 * Each xxh3_*.c is the same text of libxxhash's header compiled for another
 * instruction set (see the Makefile); on processors other than x86-64 both are
 * the portable one.  This is the one place that asks for the processor.
 */
#ifndef FORMATS_XXH3_H
#define FORMATS_XXH3_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __x86_64__
#include <cpuid.h>
#endif

/* `state` is 64-byte aligned and has at least XXH3_STATE bytes. */
enum { XXH3_STATE = 576 };

/* In pieces, and over one run of bytes; xxh3_avx2 has the last alone. */
struct xxh3 {
  void (*start)(void *state);
  void (*add)(void *state, const void *bytes, size_t n);
  void (*final)(const void *state, uint8_t out[16]);
  void (*over)(const void *bytes, size_t n, uint8_t out[16]);
};

extern const struct xxh3 xxh3_sse2, xxh3_avx2;

/* Whether the processor has AVX2 and the kernel has switched its registers on. */
static inline bool xxh3_wide(void) {
#ifdef __x86_64__
  enum { OSXSAVE_AVX = 3 << 27, AVX2 = 1 << 5, XMM_YMM = 3 << 1 };
  uint32_t a, b, c, d, on, high;
  if (!__get_cpuid(1, &a, &b, &c, &d) || (c & OSXSAVE_AVX) != OSXSAVE_AVX) return false;
  __asm__("xgetbv" : "=a"(on), "=d"(high) : "c"(0));
  return (on & XMM_YMM) == XMM_YMM && __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & AVX2);
#else
  return false;
#endif
}

#endif
