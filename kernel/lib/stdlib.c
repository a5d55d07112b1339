/* kernel/lib/stdlib.c - numbers out of text. */
#include <stdlib.h>

#include <limits.h>

static int digit_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'z') return c - 'a' + 10;
  if (c >= 'A' && c <= 'Z') return c - 'A' + 10;
  return INT_MAX;
}

/* As in C, without signs and blanks in front: what is too large becomes ULONG_MAX. */
unsigned long strtoul(const char *s, char **end, int base) {
  const char *from = s;
  unsigned long v = 0;
  if ((base == 0 || base == 16) && s[0] == '0' && (s[1] | 0x20) == 'x' && digit_of(s[2]) < 16) {
    base = 16;
    from = s += 2;
  } else if (base == 0) {
    base = s[0] == '0' ? 8 : 10;
  }
  for (; digit_of(*s) < base; s++) {
    if (__builtin_mul_overflow(v, (unsigned long)base, &v) || __builtin_add_overflow(v, digit_of(*s), &v)) {
      while (digit_of(*s) < base) s++;
      v = ULONG_MAX;
      break;
    }
  }
  if (end) *end = (char *)(s == from && base != 16 ? from : s);
  return v;
}
