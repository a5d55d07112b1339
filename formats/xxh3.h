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

/* `state` is 64-byte aligned and has at least XXH3_STATE bytes. */
enum { XXH3_STATE = 576 };

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
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx2");
#else
  return false;
#endif
}

#endif
