/* formats/newc.h - the cpio "newc" header (magic 070701), from one field table.
 *
 * Specification: cpio(5), "New ASCII Format"; Linux
 * Documentation/driver-api/early-userspace/buffer-format.rst.  A header is
 * 110 bytes: the magic and thirteen numbers of eight hexadecimal digits.  The
 * name follows (with its NUL), zero-padded so that the data starts at a multiple of
 * four; the data is padded likewise.
 */
#ifndef FORMATS_NEWC_H
#define FORMATS_NEWC_H

#include <stddef.h>
#include <stdint.h>

/* X(member): order on the wire is order in this list. */
#define NEWC_FIELDS_BUT_INO(X)                                                                                         \
  X(mode)                                                                                                              \
  X(uid) X(gid) X(nlink) X(mtime) X(size) X(dev_major) X(dev_minor) X(rdev_major) X(rdev_minor) X(name_size) X(check)
#define NEWC_FIELDS(X) X(ino) NEWC_FIELDS_BUT_INO(X)

#define NEWC_MAGIC     "070701"
#define NEWC_MAGIC_CRC "070702" /* the same, and `check` is the sum of the data's bytes */
#define NEWC_TRAILER   "TRAILER!!!"
enum { NEWC_HEADER = 110, NEWC_ALIGN = 4, NEWC_DIGITS = 8 };

#define NEWC_MEMBER(name) uint32_t name;
struct newc {
  NEWC_FIELDS(NEWC_MEMBER)
};
#undef NEWC_MEMBER

/* Reads the header in p[0..NEWC_HEADER), of either magic.  0; ERR_MAGIC; ERR_NUMBER with the
 * offset of the first bad digit's field in *bad. */
int newc_decode(struct newc *h, const uint8_t *p, size_t *bad);

/* The same where *h holds the header at `before`, whose text was good: fields with that text keep their number.  The
 * magic is not looked at.  After a failure *h is of no use. */
int newc_decode_next(struct newc *h, const uint8_t *p, const uint8_t *before, size_t *bad);

/* Writes a header of NEWC_HEADER bytes, lower-case digits. */
void newc_encode(const struct newc *h, uint8_t *p);

#endif
