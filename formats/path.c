/* formats/path.c - names from archives, made harmless before anyone uses them.
 *
 * Floor 0.  The archive reader checks every name with path_next; the unpacker
 * and the tool walk the same components again.
 */
#include <stdbool.h>
#include <string.h>

#include "formats/bytes.h"
#include "formats/err.h"
#include "formats/limits.h"
#include "formats/path.h"

int path_next(struct cursor *name, const char **part, size_t *len) {
  const uint8_t *p = name->at, *end = name->end, *begin;
  do {
    while (p < end && *p == '/') p++;
    begin = p;
    while (p < end && *p != '/' && *p != 0) p++;
  } while (p - begin == 1 && *begin == '.' && (p == end || *p == '/'));
  if (p < end && *p == 0) return ERR_NAME;
  if (p - begin == 2 && begin[0] == '.' && begin[1] == '.') return ERR_NAME;
  if (p - begin > LIMIT_NAME) return ERR_NAMETOOLONG;
  name->at = p;
  *part = (const char *)begin;
  *len = (size_t)(p - begin);
  return p > begin;
}

#define EACH(byte) (0x0101010101010101u * (byte))

/* Marks in the high bit of each byte of x that is zero (and in some above one that is); the other bits are noise. */
static inline uint64_t zero_marks(uint64_t x) { return (x - EACH(0x01)) & ~x; }

/* Whether two dots stand side by side or a NUL stands anywhere, in eight bytes or more: without them, and short, a name
 * needs no walk.  The last word may overlap the one before. */
static bool doubtful(const uint8_t *p, size_t len) {
  uint64_t seen = 0;
  for (const uint8_t *last = p + len - 8;; p = last - p > 7 ? p + 7 : last) { /* 7: pairs lie in one word or the next */
    uint64_t x = bytes_le64(p), dots = zero_marks(x ^ EACH('.'));
    seen |= (dots & dots << 8) | zero_marks(x);
    if (p == last) return (seen & EACH(0x80)) != 0;
  }
}

int path_check(const char *name, size_t len) {
  struct cursor c = cursor_over(name, len);
  const char *part;
  size_t length;
  int rc = 1;
  if (len >= 8 && len <= LIMIT_NAME && !doubtful(c.at, len)) return 0;
  while (rc == 1) rc = path_next(&c, &part, &length);
  return rc;
}

static bool plain_few(const char *part, size_t len) {
  if (part[0] == '.' && (len == 1 || (len == 2 && part[1] == '.'))) return false;
  for (size_t i = 0; i < len; i++)
    if (part[i] == 0 || part[i] == '/') return false;
  return true;
}

bool path_plain(const char *part, size_t len) {
  const uint8_t *p = (const uint8_t *)part;
  uint64_t seen = 0;
  if (len < 8) return len > 0 && plain_few(part, len);
  for (const uint8_t *last = p + len - 8;; p = last - p > 8 ? p + 8 : last) { /* which may overlap the one before */
    uint64_t x = bytes_le64(p);
    seen |= zero_marks(x) | zero_marks(x ^ EACH('/'));
    if (p == last) return len <= LIMIT_NAME && (seen & EACH(0x80)) == 0;
  }
}

int path_clean(const char *name, size_t len, char *out, size_t n) {
  struct cursor c = cursor_over(name, len);
  const char *part = ".";
  size_t used = 0, length;
  int rc;
  if (n < 2) return ERR_NAMETOOLONG;
  while ((rc = path_next(&c, &part, &length)) == 1) {
    size_t slash = used > 0;
    if (n - used < length + slash + 1) return ERR_NAMETOOLONG;
    if (slash) out[used++] = '/';
    memcpy(out + used, part, length);
    used += length;
  }
  if (rc < 0) return rc;
  if (used == 0) out[used++] = '.';
  out[used] = 0;
  return (int)used;
}

/* Length of the printable UTF-8 character at p: 0 when it is none, or a control character. */
static size_t utf8_length(const uint8_t *p, size_t left) {
  size_t n = p[0] < 0x80 ? 1 : p[0] < 0xc2 ? 0 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : p[0] < 0xf5 ? 4 : 0;
  if (n == 0 || n > left) return 0;
  if (n == 1) return p[0] >= 0x20 && p[0] != 0x7f && p[0] != '\\';
  for (size_t i = 1; i < n; i++)
    if ((p[i] & 0xc0) != 0x80) return 0;
  if (p[0] == 0xc2 && p[1] < 0xa0) return 0;                                    /* U+0080 to U+009F */
  if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f)) return 0; /* overlong, surrogates */
  if ((p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f)) return 0; /* overlong, beyond U+10FFFF */
  if (p[0] == 0xe2 && p[1] == 0x80 && p[2] >= 0xa8 && p[2] <= 0xae) return 0;   /* line ends, direction overrides */
  if (p[0] == 0xe2 && p[1] == 0x81 && p[2] >= 0xa6 && p[2] <= 0xa9) return 0;   /* direction isolates */
  return n;
}

/* How one byte that cannot be printed as it is looks; returns the length. */
static size_t escape(uint8_t c, char out[4]) {
  static const char hex[] = "0123456789abcdef";
  const char *letter = c == '\n' ? "n" : c == '\t' ? "t" : c == '\\' ? "\\" : NULL;
  out[0] = '\\';
  out[1] = letter ? *letter : 'x';
  out[2] = hex[c >> 4];
  out[3] = hex[c & 15];
  return letter ? 2 : 4;
}

size_t path_print(const char *name, size_t len, char *out, size_t n) {
  size_t total = 0, kept = 0;
  for (size_t i = 0; i < len;) {
    char escaped[4];
    const uint8_t *p = (const uint8_t *)name + i;
    size_t plain = utf8_length(p, len - i), length = plain ? plain : escape(*p, escaped);
    if (kept == total && n > total && length < n - total) { /* whole characters only */
      memcpy(out + total, plain ? (const char *)p : escaped, length);
      kept += length;
    }
    total += length;
    i += plain ? plain : 1;
  }
  if (n > 0) out[kept] = 0;
  return total;
}
