/* formats/source.c - the source over memory, and what works on every source.
 *
 * Floor 0.  The unpacker has a source of its own that gives pages back.
 */
#include "formats/source.h"
#include "formats/bytes.h"
#include "formats/err.h"

static int over_want(struct source *s, size_t n) { return ERR_CUT; }

struct source source_over(const void *bytes, size_t n) {
  struct source s = {.at = bytes, .have = n, .want = over_want};
  return s;
}

uint64_t source_skip_zeros(struct source *s) {
  uint64_t skipped = 0;
  while (source_want(s, 1) == 0 && *s->at == 0) {
    size_t n = bytes_first_nonzero(s->at, s->have);
    source_used(s, n);
    skipped += n;
  }
  return skipped;
}
