/* kernel/plat/x86_64/copy.c - memcpy, memmove and memset for x86-64 without vector registers.
 *
 * Words go by rep movsq and rep stosq: a simulated processor counts one instruction for each iteration, so bytes would
 * cost eight times as much.  The last word overlaps the one before it, which saves the odd bytes' loop.
 */
#include <string.h>

#include <stdint.h>

typedef uint64_t __attribute__((may_alias, aligned(1))) word;

static inline void copy_words(void *to, const void *from, size_t words) {
  __asm__ volatile("rep movsq" : "+D"(to), "+S"(from), "+c"(words) : : "memory");
}

static inline void copy_words_down(void *to, const void *from, size_t words) {
  __asm__ volatile("std\n\trep movsq\n\tcld" : "+D"(to), "+S"(from), "+c"(words) : : "memory");
}

static inline void copy_bytes(uint8_t *to, const uint8_t *from, size_t n) {
  __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(n) : : "memory");
}

void *memcpy(void *restrict to, const void *restrict from, size_t n) {
  uint8_t *d = to;
  const uint8_t *s = from;
  uint64_t last;
  if (n < 8) {
    copy_bytes(d, s, n);
    return to;
  }
  last = *(const word *)(s + n - 8);
  copy_words(d, s, (n - 1) / 8);
  *(word *)(d + n - 8) = last;
  return to;
}

/* Only a destination that begins inside the source must be filled from its end. */
void *memmove(void *to, const void *from, size_t n) {
  uint8_t *d = to;
  const uint8_t *s = from;
  uint64_t first;
  if ((uintptr_t)d - (uintptr_t)s >= n) {
    if (n < 8) return copy_bytes(d, s, n), to;
    first = *(const word *)(s + n - 8);
    copy_words(d, s, (n - 1) / 8);
    return *(word *)(d + n - 8) = first, to;
  }
  if (n < 8) {
    while (n-- > 0) d[n] = s[n];
    return to;
  }
  first = *(const word *)s;
  copy_words_down(d + n - 8, s + n - 8, (n - 1) / 8);
  *(word *)d = first;
  return to;
}

void *memset(void *to, int byte, size_t n) {
  uint8_t *d = to;
  uint64_t pattern = (uint8_t)byte * 0x0101010101010101u;
  size_t words = (n - 1) / 8;
  if (n < 8) {
    __asm__ volatile("rep stosb" : "+D"(d), "+c"(n) : "a"(byte) : "memory");
    return to;
  }
  *(word *)(d + n - 8) = pattern;
  __asm__ volatile("rep stosq" : "+D"(d), "+c"(words) : "a"(pattern) : "memory");
  return to;
}
