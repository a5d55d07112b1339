/* kernel/lib/string.c - the portable half of <string.h>.
 *
 * The kernel compares names and looks for bytes; it copies and fills through
 * kernel/plat/ARCH/copy.c.  Compiled so that the compiler does not turn these loops into calls to themselves.
 */
#include <string.h>

#include <stdint.h>

typedef uint64_t __attribute__((may_alias, aligned(1))) word;

int memcmp(const void *a, const void *b, size_t n) {
  const uint8_t *p = a, *q = b;
  for (; n >= 8 && *(const word *)p == *(const word *)q; n -= 8) p += 8, q += 8;
  for (; n > 0; n--, p++, q++)
    if (*p != *q) return *p - *q;
  return 0;
}

/* Does one of the eight bytes equal the byte that `pattern` repeats? */
static inline int word_has(uint64_t w, uint64_t pattern) {
  uint64_t x = w ^ pattern;
  return ((x - 0x0101010101010101u) & ~x & 0x8080808080808080u) != 0;
}

void *memchr(const void *s, int byte, size_t n) {
  const uint8_t *p = s;
  uint64_t pattern = (uint8_t)byte * 0x0101010101010101u;
  for (; n >= 8 && !word_has(*(const word *)p, pattern); n -= 8) p += 8;
  for (; n > 0; n--, p++)
    if (*p == (uint8_t)byte) return (void *)p;
  return NULL;
}

void *memrchr(const void *s, int byte, size_t n) {
  const uint8_t *p = s;
  while (n-- > 0)
    if (p[n] == (uint8_t)byte) return (void *)(p + n);
  return NULL;
}

size_t strlen(const char *s) {
  size_t n = 0;
  while (s[n]) n++;
  return n;
}

size_t strnlen(const char *s, size_t most) {
  size_t n = 0;
  while (n < most && s[n]) n++;
  return n;
}

int strcmp(const char *a, const char *b) {
  for (; *a && *a == *b; a++) b++;
  return (uint8_t)*a - (uint8_t)*b;
}

int strncmp(const char *a, const char *b, size_t most) {
  for (; most > 0; most--, a++, b++)
    if (*a != *b || !*a) return (uint8_t)*a - (uint8_t)*b;
  return 0;
}

char *strchr(const char *s, int c) {
  for (;; s++) {
    if (*s == (char)c) return (char *)s;
    if (!*s) return NULL;
  }
}

char *strrchr(const char *s, int c) {
  const char *last = NULL;
  for (;; s++) {
    if (*s == (char)c) last = s;
    if (!*s) return (char *)last;
  }
}

char *strstr(const char *s, const char *what) {
  size_t n = strlen(what);
  for (;; s++) {
    if (strncmp(s, what, n) == 0) return (char *)s;
    if (!*s) return NULL;
  }
}

size_t strspn(const char *s, const char *set) {
  size_t n = 0;
  while (s[n] && strchr(set, s[n])) n++;
  return n;
}

size_t strcspn(const char *s, const char *set) {
  size_t n = 0;
  while (s[n] && !strchr(set, s[n])) n++;
  return n;
}
