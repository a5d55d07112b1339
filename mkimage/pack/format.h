/* mkimage/pack/format.h - what a format of archives promises to the writer: one struct for newc (cpio.h), one for each
 * other.
 *
 * An archive is its entries in the tree's order and a trailer.  An entry is a
 * head (headers, name, padding; a symbolic link's target, attributes: all that
 * the tree holds in memory), a body (content, which tree_read_at hands over) and
 * zeros.  Sizes are known before anything is written: layout.h sums them up, and
 * any stretch of the archive can then be made by any thread.  So both functions
 * depend on their arguments alone, keep nothing, and cannot fail; what a format
 * cannot hold is refused before.
 */
#ifndef MKIMAGE_FORMAT_H
#define MKIMAGE_FORMAT_H

#include "formats/limits.h"
#include "mkimage/tree/tree.h"

/* Large contents begin at a page, so that mapping them needs no copy; a small one's padding would cost more memory, and
 * more to read, than the copy.  Programs do so from a page on: what of them is mapped only when it is first used must
 * be there even when no memory is left to copy it to. */
enum { FORMAT_ALIGNED = 65536 };

static inline bool format_aligned(uint32_t mode, uint64_t content) {
  return S_ISREG(mode) && content >= (mode & 0111 ? LIMIT_PAGE : FORMAT_ALIGNED);
}

struct format_span {
  uint64_t head;
  uint64_t body; /* of the inode's content: all of it or nothing */
  uint64_t pad;
};

struct format {
  const char *name; /* "newc" */

  /* Sizes of entry i, whose head begins at offset `at` of the archive; i == t->names is the trailer. */
  void (*measure)(const struct tree *t, size_t i, uint64_t at, struct format_span *span);

  /* Writes exactly span.head bytes. */
  void (*encode)(const struct tree *t, size_t i, uint64_t at, uint8_t *head);
};

#endif
