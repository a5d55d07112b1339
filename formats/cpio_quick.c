/* formats/cpio_quick.c - the hottest path: a newc entry that is much like the one before.
 *
 * Floor 0, beside cpio.c.  Most entries are a further regular file of the same directory and owner.  Their header's
 * text is that of the entry before but for four numbers, and their name is the one before up to its last slash: two
 * comparisons stand for most of the rules, which the entry before has passed.  Whatever is in any way different or
 * doubtful is not read here but by cpio.c, from its first byte on; nothing is changed before that is decided.  Before
 * the program has begun the kernel may use wide registers, too.
 */
#include <string.h>

#include "formats/archive_parts.h"
#include "formats/bytes.h"
#include "formats/limits.h"
#include "formats/newc_digits.h"
#include "formats/path.h"

enum { MAGIC = sizeof NEWC_MAGIC - 1, ROOM = 256, TRAILER = sizeof NEWC_TRAILER - 1 };

/* Offsets of the fields, in the order of newc.h. */
#define AT(name) AT_##name,
enum { NEWC_FIELDS(AT) };
#undef AT
static inline const uint8_t *field(const uint8_t *header, unsigned i) { return header + MAGIC + i * NEWC_DIGITS; }

typedef uint8_t wide __attribute__((vector_size(16), may_alias));
typedef uint64_t halves __attribute__((vector_size(16)));

static inline wide load(const uint8_t *p) {
  wide v;
  memcpy(&v, p, sizeof v);
  return v;
}

/* Not 0 when a byte is not. */
static inline uint64_t any(wide v) {
  halves h = (halves)v;
  return h[0] | h[1];
}

/* Bytes of two fields and the two behind them, where they differ. */
static inline wide differ_four(const uint8_t *p, const uint8_t *before, unsigned i) {
  return (load(field(p, i)) ^ load(field(before, i))) | (load(field(p, i + 2)) ^ load(field(before, i + 2)));
}

/* Whether the magic and the fields that seldom change are those of the header before. */
static inline bool alike(const uint8_t *p, const uint8_t *before) {
  _Static_assert(AT_nlink == AT_mode + 3 && AT_rdev_minor == AT_dev_major + 3, "four fields in a row");
  return memcmp(p, NEWC_MAGIC, MAGIC) == 0 && bytes_le64(field(p, AT_check)) == bytes_le64(field(before, AT_check)) &&
         any(differ_four(p, before, AT_mode) | differ_four(p, before, AT_dev_major)) == 0;
}

/* Where the field's text is another than before, *number becomes what it says, and true. */
static inline bool take(const uint8_t *p, const uint8_t *before, unsigned i, uint32_t *number, uint64_t *wrong) {
  uint64_t x = bytes_le64(field(p, i));
  if (x == bytes_le64(field(before, i))) return false;
  *number = newc_digits(x, wrong);
  return true;
}

static inline bool take_ino(const uint8_t *p, const uint8_t *before, uint32_t *number, uint64_t *wrong) {
  if (!newc_is_next(bytes_le64(field(p, AT_ino)), bytes_le64(field(before, AT_ino))))
    return take(p, before, AT_ino, number, wrong);
  ++*number;
  return true;
}

static inline wide or_four(const wide *w) { return (w[0] | w[1]) | (w[2] | w[3]); }

/* bytes_without_zeros for the padding in front of data that begins on a page: half a page of it. */
static __attribute__((noinline)) size_t without_padding(const uint8_t *name, size_t n) {
  enum { STEP = 16 * sizeof(wide) };
  while (n > 0 && name[n - 1] == 0 && (uintptr_t)(name + n) % sizeof(wide) != 0) n--;
  if ((uintptr_t)(name + n) % sizeof(wide) != 0) return n;
  for (const wide *w; n >= STEP; n -= STEP) {
    w = (const wide *)(name + n - STEP);
    if (any((or_four(w) | or_four(w + 4)) | (or_four(w + 8) | or_four(w + 12)))) break;
  }
  while (n >= 4 * sizeof(wide) && !any(or_four((const wide *)(name + n) - 4))) n -= 4 * sizeof(wide);
  while (n >= sizeof(wide) && !any(((const wide *)(name + n))[-1])) n -= sizeof(wide);
  while (n > 0 && name[n - 1] == 0) n--;
  return n;
}

/* The name's length without the NULs at its end, of which there is one at least; 0: it has none, or no length.  There
 * are `left` bytes, ROOM at least. */
static inline size_t name_length(const uint8_t *name, size_t size, uint64_t left) {
  if (size - 2 > ROOM - 2 && (size < 2 || size > LIMIT_PATH || size > left)) return 0;
  if (name[size - 1] != 0) return 0;
  return name[size - 2] != 0 ? size - 1 : without_padding(name, size);
}

/* memcmp(p, q, n) == 0 where eight bytes may be read at both in any case. */
static inline bool same(const uint8_t *p, const uint8_t *q, size_t n) {
  for (; n > 8; p += 8, q += 8, n -= 8)
    if (bytes_le64(p) != bytes_le64(q)) return false;
  return n == 0 || (bytes_le64(p) ^ bytes_le64(q)) << (64 - 8 * n) == 0;
}

/* path_plain with the usual lengths in one piece. */
static inline bool is_plain(const uint8_t *part, size_t len) {
  if (len - 8 > 8) return path_plain((const char *)part, len);
  wide v = (wide)(halves){bytes_le64(part), bytes_le64(part + len - 8)};
  return any((wide)((v == 0) | (v == '/'))) == 0;
}

/* Whether the name stands in the directory of the name before.  A plain component has no NUL and no slash, and is
 * neither "." nor "..". */
static inline bool is_sibling(const struct archive *a, const uint8_t *name, size_t len, const uint8_t *before) {
  return len > a->base && same(name, before, a->base) && is_plain(name + a->base, len - a->base) &&
         (len != TRAILER || a->base > 0);
}

/* A number that is no number is refused by the other reader whatever it is told of the header before. */
int cpio_quick(struct archive *a, struct entry *e) {
  const uint8_t *p = a->in->base + a->at, *before = a->in->base + a->before;
  int64_t left = (int64_t)(a->in->have - a->at) - NEWC_HEADER;
  if (left < ROOM || (e->mode & MODE_TYPE) != MODE_FILE || !alike(p, before)) return cpio_newc(a, e);
  struct newc *h = &a->header;
  uint64_t wrong = 0;
  uint32_t name_size = h->name_size;
  take(p, before, AT_name_size, &name_size, &wrong);
  const uint8_t *name = p + NEWC_HEADER;
  size_t len = name_length(name, name_size, (uint64_t)left);
  if (wrong || !is_sibling(a, name, len, before + NEWC_HEADER)) return cpio_newc(a, e);
  h->name_size = name_size;
  if (take(p, before, AT_size, &h->size, &wrong)) e->size = h->size;
  if (take(p, before, AT_mtime, &h->mtime, &wrong)) e->mtime = h->mtime;
  if (take_ino(p, before, &h->ino, &wrong)) e->ino = h->ino;
  if (wrong) return cpio_newc(a, e);
  e->name = (const char *)name, e->name_len = len;
  e->offset = a->before = a->at;
  e->data = bytes_round_up(a->at + NEWC_HEADER + name_size, NEWC_ALIGN);
  e->sibling = true, e->base = a->base;
  a->at = bytes_round_up(e->data + e->size, NEWC_ALIGN);
  return 1;
}
