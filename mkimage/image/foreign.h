/* mkimage/image/foreign.h - files that are no image of ours, but well known all the same.
 *
 * U-Boot's tool has the same name as ours, and people point at a kernel or a
 * disk image by mistake: a message that names the thing ends the search at once.
 */
#ifndef MKIMAGE_FOREIGN_H
#define MKIMAGE_FOREIGN_H

#include <stddef.h>
#include <stdint.h>

/* A sentence about what these bytes are and what to do; NULL: not known here either. */
const char *foreign_sentence(const uint8_t *bytes, uint64_t size);

#endif
