/* kernel/lib/stdio.c - snprintf and vsnprintf, without floating point.
 *
 * One pass over the format; each conversion is parsed into a `struct spec` and printed by the function of its kind. The
 * length returned is that of the whole text, however little of it fits.
 */
#include <stdio.h>

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

struct sink {
  char *out;
  size_t room;
  size_t length;
};

struct spec {
  bool left, zero, plus, blank, alternate;
  int width, precision; /* precision < 0: none */
  char length;          /* 0, 'h', 'H' (hh), 'l' (also ll, z, j, t) */
  char kind;
};

static void put(struct sink *s, char c) {
  if (s->length < s->room) s->out[s->length] = c;
  s->length++;
}

static void put_run(struct sink *s, const char *p, size_t n) {
  for (size_t i = 0; i < n; i++) put(s, p[i]);
}

static void put_many(struct sink *s, char c, int n) {
  for (int i = 0; i < n; i++) put(s, c);
}

/* prefix, zeros, digits, padded on the side and with what the spec asks for */
static void put_field(struct sink *s, const struct spec *f, const char *prefix, int zeros, const char *p, int n) {
  int prefix_n = (int)strlen(prefix), pad = f->width - prefix_n - zeros - n;
  if (!f->left && !f->zero) put_many(s, ' ', pad);
  put_run(s, prefix, prefix_n);
  if (!f->left && f->zero) put_many(s, '0', pad);
  put_many(s, '0', zeros);
  put_run(s, p, n);
  if (f->left) put_many(s, ' ', pad);
}

static void put_number(struct sink *s, struct spec *f, uint64_t v, const char *prefix) {
  char digits[24], *p = digits + sizeof digits;
  const char *set = f->kind == 'X' ? "0123456789ABCDEF" : "0123456789abcdef";
  unsigned base = f->kind == 'o' ? 8 : f->kind == 'x' || f->kind == 'X' || f->kind == 'p' ? 16 : 10;
  uint64_t rest = v;
  int n, zeros;
  for (; rest; rest /= base) *--p = set[rest % base];
  n = (int)(digits + sizeof digits - p);
  zeros = (f->precision < 0 ? 1 : f->precision) - n;
  if (zeros < 0) zeros = 0;
  if (f->precision >= 0) f->zero = false;
  if (f->alternate && base == 16 && v) prefix = f->kind == 'X' ? "0X" : "0x";
  if (f->alternate && base == 8 && zeros == 0) zeros = 1;
  put_field(s, f, prefix, zeros, p, n);
}

static void put_signed(struct sink *s, struct spec *f, int64_t v) {
  const char *prefix = v < 0 ? "-" : f->plus ? "+" : f->blank ? " " : "";
  put_number(s, f, v < 0 ? -(uint64_t)v : (uint64_t)v, prefix);
}

static void put_string(struct sink *s, struct spec *f, const char *p) {
  size_t n;
  if (!p) p = "(null)";
  n = f->precision < 0 ? strlen(p) : strnlen(p, (size_t)f->precision);
  f->zero = false;
  put_field(s, f, "", 0, p, n > INT_MAX ? INT_MAX : (int)n);
}

static int64_t cut_signed(char length, long v) {
  return length == 'H' ? (signed char)v : length == 'h' ? (short)v : length == 'l' ? v : (int)v;
}

static uint64_t cut_unsigned(char length, unsigned long v) {
  return length == 'H' ? (unsigned char)v : length == 'h' ? (unsigned short)v : length == 'l' ? v : (unsigned)v;
}

static const char *read_flags(struct spec *f, const char *p) {
  for (;; p++) {
    if (*p == '-')
      f->left = true;
    else if (*p == '0')
      f->zero = true;
    else if (*p == '+')
      f->plus = true;
    else if (*p == ' ')
      f->blank = true;
    else if (*p == '#')
      f->alternate = true;
    else
      return p;
  }
}

/* A number that a format's author wrote; cut so that arithmetic on it cannot overflow. */
static const char *read_number(int *v, const char *p) {
  for (*v = 0; *p >= '0' && *p <= '9'; p++)
    if (*v < 100000) *v = *v * 10 + (*p - '0');
  return p;
}

static const char *read_length(struct spec *f, const char *p) {
  for (;; p++) {
    if (*p == 'h')
      f->length = f->length == 'h' ? 'H' : 'h';
    else if (*p == 'l' || *p == 'z' || *p == 'j' || *p == 't')
      f->length = 'l';
    else
      return p;
  }
}

/* va_list travels in a struct: where it is an array, a parameter of that type would be another type. */
struct arguments {
  va_list list;
};

static const char *read_spec(struct spec *f, const char *p, struct arguments *a) {
  p = read_flags(f, p);
  if (*p == '*') {
    f->width = va_arg(a->list, int);
    if (f->width < 0) f->left = true, f->width = f->width == INT_MIN ? INT_MAX : -f->width;
    p++;
  } else {
    p = read_number(&f->width, p);
  }
  f->precision = -1;
  if (*p == '.') {
    p++;
    if (*p == '*')
      f->precision = va_arg(a->list, int), p++;
    else
      p = read_number(&f->precision, p);
  }
  p = read_length(f, p);
  f->kind = *p;
  return *p ? p + 1 : p;
}

static void convert(struct sink *s, struct spec *f, struct arguments *a) {
  char c;
  switch (f->kind) {
  case 'd':
  case 'i':
    put_signed(s, f, cut_signed(f->length, f->length == 'l' ? va_arg(a->list, long) : va_arg(a->list, int)));
    break;
  case 'u':
  case 'x':
  case 'X':
  case 'o':
    put_number(s, f,
               cut_unsigned(f->length, f->length == 'l' ? va_arg(a->list, unsigned long) : va_arg(a->list, unsigned)),
               "");
    break;
  case 'p':
    f->alternate = true;
    put_number(s, f, (uintptr_t)va_arg(a->list, void *), "");
    break;
  case 's':
    put_string(s, f, va_arg(a->list, const char *));
    break;
  case 'c':
    c = (char)va_arg(a->list, int);
    f->zero = false;
    put_field(s, f, "", 0, &c, 1);
    break;
  case '%':
    put(s, '%');
    break;
  default:
    put_run(s, "%?", 2);
    break; /* the compiler checks formats: this is a format of the future */
  }
}

int vsnprintf(char *out, size_t n, const char *format, va_list args) {
  struct sink s = {out, n ? n - 1 : 0, 0};
  struct arguments a;
  va_copy(a.list, args);
  for (const char *p = format; *p;) {
    struct spec f = {0};
    if (*p != '%') {
      put(&s, *p++);
      continue;
    }
    p = read_spec(&f, p + 1, &a);
    convert(&s, &f, &a);
  }
  va_end(a.list);
  if (n) out[s.length < s.room ? s.length : s.room] = 0;
  return (int)s.length;
}

int snprintf(char *out, size_t n, const char *format, ...) {
  va_list args;
  int length;
  va_start(args, format);
  length = vsnprintf(out, n, format, args);
  va_end(args);
  return length;
}
