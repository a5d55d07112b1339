/* mkimage/pack/layout.h - where every entry of an archive stands, known before a byte of it is made. */
#ifndef MKIMAGE_LAYOUT_H
#define MKIMAGE_LAYOUT_H

#include "mkimage/pack/format.h"

struct layout {
  const struct tree *tree;
  const struct format *format;
  uint64_t *at; /* names + 2: where each entry begins, the trailer, the end */
};

/* EXIT_DONE, or the status with the error said.  Drop it in either case. */
int layout_make(struct layout *l, const struct say *say, const struct tree *t, const struct format *f);
void layout_drop(struct layout *l);

/* Bytes of the archive with its trailer. */
uint64_t layout_size(const struct layout *l);

/* Bytes from..from+n of the archive.  May run in several threads at once.  A status, the error said. */
int layout_fill(const struct layout *l, const struct say *say, uint64_t from, uint8_t *out, size_t n);

#endif
