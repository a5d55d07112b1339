/* mkimage/pack/pax.h - a tree as a tar archive of format pax (POSIX.1-2001).
 *
 * Deterministic: path order, no names of users, no process numbers.  An entry is
 * a ustar header; what does not fit into it (names, numbers, fractions of a second,
 * extended attributes) stands in an extended header in front, and only then is there
 * one.  The content of hard links goes with the first name, the others are
 * links to it.  A content of a page or more begins at a page boundary, by a
 * comment in the extended header.
 */
#ifndef MKIMAGE_PAX_H
#define MKIMAGE_PAX_H

#include "mkimage/pack/format.h"

extern const struct format pax_format;

#endif
