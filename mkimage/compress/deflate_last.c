/* mkimage/compress/deflate_last.c - finds the last block of a deflate stream: see deflate_last.h.
 *
 * Reading the stream from its beginning would cost as much as unpacking it.  So
 * it is searched backwards for bits that could be the header of a last block
 * with codes of its own; such a header is believed only when the block behind it is
 * read to the stream's last byte and gives the end of the plain bytes.  Where there is
 * none (the last block is of another type), the stream is walked after all.
 */
#include "mkimage/compress/deflate_last.h"

#include <stdbool.h>
#include <string.h>

#include "formats/bytes.h"

enum {
  CODE_BITS = DEFLATE_CODE_BITS,
  SMALL_BITS = 7, /* of the code of the codes' lengths */
  LITERALS = 288,
  DISTANCES = 32,
  LENGTH_CODES = 19,
  BLOCK_END = 256,
  HEADER_FIXED = 3, /* bits of a header before its codes */
  HEADER_CODES = 17,
  STORED = 0,
  FIXED = 1,
  DYNAMIC = 2,
};

struct reader {
  const uint8_t *bytes;
  uint64_t at, end; /* in bits */
  const uint8_t *plain;
  size_t plain_n;
};

/* 57 bits at least. */
static uint64_t peek(const struct reader *r, uint64_t at) { return bytes_le64(r->bytes + (at >> 3)) >> (at & 7); }

/* --- codes -------------------------------------------------------------------------- */

static unsigned reversed(unsigned code, unsigned bits) {
  unsigned out = 0;
  for (unsigned i = 0; i < bits; i++, code >>= 1) out = out << 1 | (code & 1);
  return out;
}

/* RFC 1951, 3.2.2, into a table for codes of up to so many bits.  False: more codes than fit, or fewer than fill them
 * (one single code may). */
static bool codes_make(struct deflate_code *table, unsigned most, const uint8_t *length, unsigned n) {
  unsigned count[CODE_BITS + 1] = {0}, next[CODE_BITS + 1] = {0}, used = 0, all = 1u << most;
  uint32_t space = 0;
  for (unsigned i = 0; i < n; i++) count[length[i]]++;
  count[0] = 0;
  for (unsigned b = 1; b <= most; b++) {
    next[b] = (next[b - 1] + count[b - 1]) << 1;
    space += count[b] << (most - b);
    used += count[b];
  }
  if (space > all || (space < all && used > 1)) return false;
  if (space < all) memset(table, 0, sizeof *table << most);
  for (unsigned i = 0; i < n; i++) {
    unsigned bits = length[i];
    if (bits == 0) continue;
    for (unsigned at = reversed(next[bits]++, bits); at < all; at += 1u << bits)
      table[at] = (struct deflate_code){(uint16_t)i, (uint16_t)bits};
  }
  return true;
}

static void codes_fixed(struct deflate_codes *c) {
  uint8_t length[LITERALS];
  memset(length, 8, 144);
  memset(length + 144, 9, 112);
  memset(length + 256, 7, 24);
  memset(length + 280, 8, 8);
  codes_make(c->literal, CODE_BITS, length, LITERALS);
  memset(length, 5, DISTANCES);
  codes_make(c->distance, CODE_BITS, length, DISTANCES);
}

/* The lengths of literals' and distances' codes, which are packed themselves. */
static bool codes_lengths(struct reader *r, const struct deflate_code *small, uint8_t *length, unsigned n) {
  for (unsigned i = 0; i < n;) {
    uint64_t x = peek(r, r->at);
    struct deflate_code c = small[x & ((1 << SMALL_BITS) - 1)];
    if (c.bits == 0 || r->at > r->end) return false;
    x >>= c.bits;
    unsigned repeat = 1, more = 0, value = c.symbol;
    if (c.symbol == 16) repeat = 3 + (x & 3), more = 2;
    if (c.symbol == 17) repeat = 3 + (x & 7), more = 3;
    if (c.symbol == 18) repeat = 11 + (x & 127), more = 7;
    if (c.symbol == 16 && i == 0) return false;
    if (c.symbol >= 16) value = c.symbol == 16 ? length[i - 1] : 0;
    if (repeat > n - i) return false;
    memset(length + i, (int)value, repeat);
    i += repeat;
    r->at += c.bits + more;
  }
  return true;
}

/* The header of a block of type DYNAMIC, behind its first three bits. */
static bool codes_read(struct reader *r, struct deflate_codes *c) {
  static const uint8_t order[LENGTH_CODES] = {16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};
  uint8_t small[LENGTH_CODES] = {0}, length[LITERALS + DISTANCES];
  uint64_t x = peek(r, r->at);
  unsigned literals = 257 + (x & 31), distances = 1 + (x >> 5 & 31), n = 4 + (x >> 10 & 15);
  r->at += 14;
  if (literals > LITERALS - 2 || distances > DISTANCES - 2) return false;
  x = peek(r, r->at);
  for (unsigned i = 0; i < n; i++, x >>= 3) small[order[i]] = x & 7;
  r->at += 3 * n;
  if (r->at > r->end) return false;
  /* The room for literals is free until their own code is known. */
  if (!codes_make(c->literal, SMALL_BITS, small, LENGTH_CODES)) return false;
  if (!codes_lengths(r, c->literal, length, literals + distances) || length[BLOCK_END] == 0) return false;
  return codes_make(c->literal, CODE_BITS, length, literals) &&
         codes_make(c->distance, CODE_BITS, length + literals, distances);
}

/* --- blocks ------------------------------------------------------------------------- */

static const uint16_t length_base[] = {3,  4,  5,  6,  7,  8,  9,  10, 11,  13,  15,  17,  19,  23, 27,
                                       31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258};
static const uint8_t length_more[] = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2,
                                      2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0};
static const uint16_t distance_base[] = {1,    2,    3,    4,    5,    7,    9,    13,    17,    25,
                                         33,   49,   65,   97,   129,  193,  257,  385,   513,   769,
                                         1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577};
static const uint8_t distance_more[] = {0, 0, 0, 0, 1, 1, 2, 2,  3,  3,  4,  4,  5,  5,  6,
                                        6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13};

/* Where reading may begin again: a place not far in front of the block's end. */
struct place {
  uint64_t bit;
  size_t at;
};
enum { PLACE_STEP = 4096 };

/* Literals and matches up to the block's end; *out goes on.  With `check` they must be the plain bytes from *out on.
 * `place` becomes the last one that PLACE_STEP bytes stand behind, or the beginning. */
static bool block_read(struct reader *r, const struct deflate_codes *c, size_t *out, bool check, struct place *place) {
  enum { MASK = (1 << CODE_BITS) - 1 };
  size_t at = *out;
  struct place next = {r->at, at};
  *place = next;
  while (r->at < r->end) {
    uint64_t x = peek(r, r->at);
    struct deflate_code s = c->literal[x & MASK];
    if (at - next.at >= PLACE_STEP) *place = next, next = (struct place){r->at, at};
    if (s.bits == 0) return false;
    x >>= s.bits;
    r->at += s.bits;
    if (s.symbol < BLOCK_END) {
      if (at >= r->plain_n || (check && r->plain[at] != s.symbol)) return false;
      at++;
      continue;
    }
    *out = at;
    if (s.symbol == BLOCK_END) return r->at <= r->end;
    unsigned l = s.symbol - BLOCK_END - 1;
    if (l >= sizeof length_more) return false;
    size_t n = length_base[l] + (x & ((1u << length_more[l]) - 1));
    x >>= length_more[l];
    struct deflate_code d = c->distance[x & MASK];
    if (d.bits == 0 || d.symbol >= sizeof distance_more) return false;
    x >>= d.bits;
    size_t back = distance_base[d.symbol] + (x & ((1u << distance_more[d.symbol]) - 1));
    r->at += length_more[l] + d.bits + distance_more[d.symbol];
    if (n > r->plain_n - at || (check && (back > at || memcmp(r->plain + at, r->plain + at - back, n) != 0)))
      return false;
    at += n;
  }
  return false;
}

static bool block_stored(struct reader *r, size_t *out) {
  r->at = (r->at + 7) & ~(uint64_t)7;
  if (r->end - r->at < 32) return false;
  size_t n = bytes_le16(r->bytes + (r->at >> 3));
  r->at += 32;
  if (n > (r->end - r->at) / 8 || n > r->plain_n - *out) return false;
  r->at += 8 * (uint64_t)n;
  *out += n;
  return true;
}

/* From the first block on, each behind the one before. */
static bool walk(struct reader *r, struct deflate_codes *c, uint64_t *mark) {
  size_t out = 0;
  struct place place;
  for (r->at = 0; r->end - r->at > HEADER_FIXED;) {
    uint64_t x = peek(r, r->at);
    unsigned type = x >> 1 & 3;
    bool good = type <= DYNAMIC;
    *mark = r->at;
    r->at += HEADER_FIXED;
    if (type == FIXED) codes_fixed(c);
    if (type == DYNAMIC) good = codes_read(r, c);
    if (!good || !(type == STORED ? block_stored(r, &out) : block_read(r, c, &out, false, &place))) return false;
    if (x & 1) return out == r->plain_n && (r->at + 7) / 8 == r->end / 8;
  }
  return false;
}

/* --- search ------------------------------------------------------------------------- */

static void plausible_prepare(struct deflate_codes *c) {
  if (c->space[1] != 0) return;
  for (unsigned i = 1; i < 1 << 12; i++)
    for (unsigned x = i; x != 0; x >>= 3) c->space[i] = (uint16_t)(c->space[i] + ((128u >> (x & 7)) & 127));
}

/* Whether the code lengths of a header at this bit make a complete code: of bits of chance one in some hundred does. */
static bool plausible(const struct reader *r, const struct deflate_codes *c, uint64_t at) {
  uint64_t x = peek(r, at);
  unsigned n = 4 + (x >> 13 & 15), space = 0;
  if ((x >> 3 & 31) > 29 || (x >> 8 & 31) > 29) return false;
  x = peek(r, at + HEADER_CODES) & (((uint64_t)1 << 3 * n) - 1);
  for (; x != 0; x >>= 12) space += c->space[x & 0xfff];
  return space == 128;
}

/* Does a last block begin at this bit?  Where it would begin in the plain bytes is known when it is read; that it gives
 * their end is seen from its own. */
static bool begins(struct reader *r, struct deflate_codes *c, uint64_t at) {
  size_t length = 0;
  struct place place;
  if (!plausible(r, c, at)) return false;
  r->at = at + HEADER_FIXED;
  if (!codes_read(r, c)) return false;
  if (!block_read(r, c, &length, false, &place) || (r->at + 7) / 8 != r->end / 8) return false;
  size_t from = r->plain_n - length + place.at;
  r->at = place.bit;
  return block_read(r, c, &from, true, &place) && from == r->plain_n;
}

/* The bits 1 (last), 0 and 1 (dynamic) in a row, in each of eight places of a byte. */
static bool search(struct reader *r, struct deflate_codes *c, uint64_t *mark) {
  for (uint64_t byte = r->end / 8; byte-- > 0;) {
    uint64_t x = bytes_le64(r->bytes + byte);
    for (unsigned hits = (unsigned)(x & ~(x >> 1) & x >> 2 & 255); hits != 0;) {
      unsigned bit = 31 - (unsigned)__builtin_clz(hits);
      hits -= 1u << bit;
      *mark = byte * 8 + bit;
      if (begins(r, c, *mark)) return true;
    }
  }
  return false;
}

int deflate_last(struct deflate_codes *c, const uint8_t *stream, size_t n, const uint8_t *plain, size_t plain_n,
                 uint64_t *mark, uint64_t *end) {
  struct reader r = {.bytes = stream, .end = 8 * (uint64_t)n, .plain = plain, .plain_n = plain_n};
  plausible_prepare(c);
  if (!search(&r, c, mark) && !walk(&r, c, mark)) return -1;
  *end = r.at;
  return 0;
}
