/* formats/stream.h - what the archive reader pulls at.
 *
 * One contiguous run of plain bytes that may still be growing: memory as it is,
 * or an arena into which a decoder writes.  The reader never copies out of it.
 */
#ifndef FORMATS_STREAM_H
#define FORMATS_STREAM_H

#include <stddef.h>
#include <stdint.h>

#include "formats/flaw.h"

struct stream {
  const uint8_t *base; /* first byte; never moves */
  uint64_t have;       /* bytes that stand at base now */
  /* Makes `have`, which is less, at least upto.  0; ERR_CUT when the stream ends before that
   * (have is then its whole length); the code of *flaw otherwise.  */
  int (*need)(struct stream *s, uint64_t upto, struct flaw *flaw);
  void *owner;
};

struct stream stream_over(const void *bytes, uint64_t n);

static inline int stream_need(struct stream *s, uint64_t upto, struct flaw *flaw) {
  return s->have >= upto ? 0 : s->need(s, upto, flaw);
}

#endif
