/* tests/fuzz/cpio_repair.h - makes bytes look more like a cpio archive, or mutations would hardly get past a header.
 *
 * The first byte, whose place the magic takes, says what is repaired: nothing for '0', as which every archive begins.
 */
#ifndef TESTS_FUZZ_CPIO_REPAIR_H
#define TESTS_FUZZ_CPIO_REPAIR_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a header has where: digits in its numbers, and which of them are the sizes and the sum. */
struct cpio_kind {
  const char *magic;
  unsigned base;
  size_t header, align;
  struct cpio_number {
    size_t at, digits;
  } size, name_size, sum;
};

static const struct cpio_kind cpio_kinds[] = {
    {.magic = "070701", .base = 16, .header = 110, .align = 4, .size = {54, 8}, .name_size = {94, 8}},
    {.magic = "070702", .base = 16, .header = 110, .align = 4, .size = {54, 8}, .name_size = {94, 8}, .sum = {102, 8}},
    {.magic = "070707", .base = 8, .header = 76, .align = 1, .size = {65, 11}, .name_size = {59, 6}},
};
enum { CPIO_NEWC, CPIO_CRC, CPIO_ODC, CPIO_KINDS };

/* By all of the magic but the first byte. */
static inline const struct cpio_kind *cpio_kind_of(const uint8_t *bytes, size_t n) {
  for (int i = 0; i < CPIO_KINDS; i++)
    if (n >= 6 && memcmp(bytes + 1, cpio_kinds[i].magic + 1, 5) == 0) return &cpio_kinds[i];
  return NULL;
}

enum { CPIO_MAGIC = 6, CPIO_SMALL = 200, CPIO_MORE = 512 };
enum {
  REPAIR_MAGICS = 1,
  REPAIR_DIGITS = 2,
  REPAIR_SIZES = 4,
  REPAIR_NAMES = 8,
  REPAIR_MORE = 16,
  REPAIR_SUMS = 64,
  REPAIR_END = 128
};

static inline void cpio_write(uint8_t *h, const struct cpio_kind *k, struct cpio_number where, uint64_t value) {
  for (size_t i = where.digits; i-- > 0; value /= k->base)
    h[where.at + i] = (uint8_t) "0123456789abcdef"[value % k->base];
}

static inline uint64_t cpio_read(const uint8_t *h, const struct cpio_kind *k, struct cpio_number where) {
  char text[16] = {0};
  memcpy(text, h + where.at, where.digits);
  return strtoull(text, NULL, (int)k->base);
}

static inline uint64_t cpio_pad(uint64_t at, const struct cpio_kind *k) {
  return (at + k->align - 1) / k->align * k->align;
}

static inline void repair_digits(uint8_t *h, const struct cpio_kind *k) {
  for (size_t i = CPIO_MAGIC; i < k->header; i++)
    if (!memchr("0123456789abcdefABCDEF", h[i], k->base == 8 ? 8 : 22))
      h[i] = (uint8_t) "0123456789abcdef"[h[i] % k->base];
}

/* Sizes that small inputs can have. */
static inline void repair_sizes(uint8_t *h, const struct cpio_kind *k) {
  if (cpio_read(h, k, k->size) > CPIO_SMALL) cpio_write(h, k, k->size, cpio_read(h, k, k->size) % CPIO_SMALL);
  uint64_t name = cpio_read(h, k, k->name_size);
  if (name == 0 || name > CPIO_SMALL) cpio_write(h, k, k->name_size, 1 + name % CPIO_SMALL);
}

static inline void repair_sum(uint8_t *h, const struct cpio_kind *k, const uint8_t *data, uint64_t size) {
  uint32_t sum = 0;
  for (uint64_t i = 0; i < size; i++) sum += data[i];
  if (k->sum.digits) cpio_write(h, k, k->sum, sum);
}

/* One entry at p; where the next one begins, 0: there is none. */
static inline uint64_t repair_entry(uint8_t *p, uint64_t at, uint64_t n, const struct cpio_kind *k, unsigned what) {
  if (at >= n || n - at < k->header) return 0;
  uint8_t *h = p + at;
  if (what & REPAIR_MAGICS) memcpy(h, k->magic, CPIO_MAGIC);
  if (what & REPAIR_DIGITS) repair_digits(h, k);
  if (what & REPAIR_SIZES) repair_sizes(h, k);
  uint64_t name = cpio_read(h, k, k->name_size), size = cpio_read(h, k, k->size), left = n - at - k->header;
  if (name == 0 || name > left) return 0;
  if (what & REPAIR_NAMES) h[k->header + name - 1] = 0;
  uint64_t data = cpio_pad(at + k->header + name, k);
  if (data > n || size > n - data) return 0;
  if (what & REPAIR_SUMS) repair_sum(h, k, p + data, size);
  return cpio_pad(data + size, k);
}

/* A copy with room for a trailer and zeros behind it, which the caller frees; *n becomes its length. */
static inline uint8_t *cpio_repair(const uint8_t *bytes, size_t *n, const struct cpio_kind *k) {
  static const char end[] = "TRAILER!!!";
  unsigned what = bytes[0] ^ '0';
  uint64_t at = 0, next, trailer = cpio_pad(k->header + sizeof end, k), room = cpio_pad(*n, k);
  if (what & REPAIR_MORE) trailer += CPIO_MORE;
  uint8_t *copy = calloc(1, what & REPAIR_END ? room + trailer : *n);
  memcpy(copy, bytes, *n);
  memcpy(copy, k->magic, CPIO_MAGIC);
  for (; (next = repair_entry(copy, at, *n, k, what)) != 0; at = next) continue;
  if (!(what & REPAIR_END) || at > room) return copy;
  memset(copy + at, '0', k->header);
  memcpy(copy + at, k->magic, CPIO_MAGIC);
  cpio_write(copy + at, k, k->name_size, sizeof end);
  memcpy(copy + at + k->header, end, sizeof end);
  *n = at + trailer;
  return realloc(copy, *n);
}

#endif
