/* formats/odc.h - the cpio "odc" header (magic 070707), from one field table.
 *
 * Specification: POSIX.1-2001, pax, "cpio Interchange Format"; cpio(5), "Portable ASCII Format".  A header is 76
 * bytes: the magic and ten numbers of six or eleven octal digits.  The name follows (with its NUL), then the data;
 * nothing is padded.
 */
#ifndef FORMATS_ODC_H
#define FORMATS_ODC_H

#include <stddef.h>
#include <stdint.h>

/* X(member, digits): order on the wire is order in this list. */
#define ODC_FIELDS(X)                                                                                                  \
  X(dev, 6)                                                                                                            \
  X(ino, 6) X(mode, 6) X(uid, 6) X(gid, 6) X(nlink, 6) X(rdev, 6) X(mtime, 11) X(name_size, 6) X(size, 11)

#define ODC_MAGIC "070707"
enum { ODC_HEADER = 76 };

#define ODC_MEMBER(name, digits) uint64_t name;
struct odc {
  ODC_FIELDS(ODC_MEMBER)
};
#undef ODC_MEMBER

/* A device number of 18 bits, as Linux and the BSDs put it together. */
#define ODC_MAJOR(rdev) ((uint32_t)((rdev) >> 8))
#define ODC_MINOR(rdev) ((uint32_t)((rdev)&0xff))

/* Reads the header in p[0..ODC_HEADER), past its magic.  0; ERR_NUMBER with the bad field's place in *bad, *bad_len. */
int odc_decode(struct odc *h, const uint8_t *p, size_t *bad, size_t *bad_len);

#endif
