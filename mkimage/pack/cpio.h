/* mkimage/pack/cpio.h - a tree as a cpio archive of format newc.
 *
 * Deterministic: path order, inode numbers from 1, device 0, the content of
 * hard links with the last name.  A content of a page or more begins at a page
 * boundary of the archive, by NULs behind the name, where that keeps the name
 * field within what readers take; smaller ones stand tight.
 */
#ifndef MKIMAGE_CPIO_H
#define MKIMAGE_CPIO_H

#include "mkimage/pack/format.h"

extern const struct format cpio_format;

#endif
