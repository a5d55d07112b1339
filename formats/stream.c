/* formats/stream.c - the stream over memory that does not grow.
 *
 * Floor 0.  The unpacker's stream grows by decoding into an arena.
 */
#include "formats/stream.h"
#include "formats/err.h"

static int over_need(struct stream *s, uint64_t upto, struct flaw *flaw) { return ERR_CUT; }

struct stream stream_over(const void *bytes, uint64_t n) {
  struct stream s = {.base = bytes, .have = n, .need = over_need};
  return s;
}
