/* mkimage/image/embed.h - how manifest and archive get into an ELF image without a linker.
 *
 * An image is a prefix (ELF header, segments, section headers and their names)
 * and a payload at the next page boundary.  The prefix is held in memory; when
 * the sizes of the payload are known they are patched into it.
 */
#ifndef MKIMAGE_EMBED_H
#define MKIMAGE_EMBED_H

#include "mkimage/image/image.h"

struct embed {
  uint8_t *prefix;
  uint64_t size; /* a multiple of the page: the payload's offset in the file */
};

/* The prefix of a kernel, or of a finished image.  Section headers that stand behind the payload are moved in front of
 * it.  0 or the flaw's code. */
int embed_open(struct embed *e, const struct image *base, struct flaw *flaw);
/* The payload is `manifest` bytes (a page multiple) and then `section` bytes. */
int embed_patch(struct embed *e, uint64_t manifest, uint64_t section, struct flaw *flaw);
void embed_close(struct embed *e);

#endif
