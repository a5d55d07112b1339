/* formats/tar.h - a tar header, from one field table.
 *
 * Specification: POSIX.1-2001, pax, "ustar Interchange Format"; tar(5); GNU tar, "Basic Tar Format".  A header is a
 * block of 512 bytes, the data follows and is padded to whole blocks; a block of zeros ends the archive, a second one
 * should follow.  v7 has no magic and nothing behind it; GNU's old format has the prefix's bytes for other things.
 */
#ifndef FORMATS_TAR_H
#define FORMATS_TAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* X(member, bytes): order on the wire is order in this list. */
#define TAR_FIELDS(X)                                                                                                  \
  X(name, 100)                                                                                                         \
  X(mode, 8)                                                                                                           \
  X(uid, 8)                                                                                                            \
  X(gid, 8)                                                                                                            \
  X(size, 12)                                                                                                          \
  X(mtime, 12)                                                                                                         \
  X(checksum, 8)                                                                                                       \
  X(type, 1)                                                                                                           \
  X(link, 100) X(magic, 8) X(user, 32) X(group, 32) X(rdev_major, 8) X(rdev_minor, 8) X(prefix, 155) X(rest, 12)

/* The same bytes of a sparse file in GNU's old format: four slots of its map, and whether blocks of more follow. */
#define TAR_GNU_FIELDS(X)   X(before, 386) X(slots, 96) X(extended, 1) X(real_size, 12) X(behind, 17)
#define TAR_SLOTS_FIELDS(X) X(slots, 504) X(extended, 1) X(behind, 7)
enum { TAR_SLOT = 24, TAR_SLOT_LENGTH = 12 /* where its second number stands */ };

#define TAR_MAGIC_POSIX "ustar" /* with its NUL */
#define TAR_MAGIC_GNU   "ustar  "
enum { TAR_BLOCK = 512, TAR_NAME_MOST = 155 + 1 + 100 };

#define TAR_MEMBER(name, bytes) uint8_t name[bytes];
struct tar_header {
  TAR_FIELDS(TAR_MEMBER)
};
struct tar_gnu {
  TAR_GNU_FIELDS(TAR_MEMBER)
};
struct tar_slots {
  TAR_SLOTS_FIELDS(TAR_MEMBER)
};
#undef TAR_MEMBER
_Static_assert(sizeof(struct tar_gnu) == TAR_BLOCK && sizeof(struct tar_slots) == TAR_BLOCK, "so do these");
_Static_assert(sizeof(struct tar_header) == TAR_BLOCK, "a header fills its block");

enum tar_kind { TAR_V7, TAR_POSIX, TAR_GNU, TAR_UNKNOWN };
enum tar_kind tar_kind(const struct tar_header *h);

/* Whether the checksum is that of the block, its bytes unsigned. */
bool tar_sum_fits(const struct tar_header *h);

/* A number of octal digits with blanks before and blanks or NULs behind them (none at all is 0), or base-256.  0;
 * ERR_NUMBER for anything else, for one below 0 and for one above INT64_MAX. */
int tar_number(const uint8_t *field, size_t n, uint64_t *value);

#endif
