/* kernel/boot/unpack_input.c - the stored bytes, and what becomes of their pages.
 *
 * Input behind the decoder goes back to the allocator while the decoder goes on, and backs the end of what it writes.
 * Pages of an uncompressed archive are adopted: then giving up our own claim makes those free that no file holds.
 */
#include <assert.h>

#include "formats/bytes.h"
#include "kernel/boot/unpack_inner.h"

enum { RELEASE_STEP = 64 << 10 /* the least that is worth a call */ };

static int source_wants(struct source *s, size_t n) { return ERR_CUT; }

static void source_gives(struct source *source, const uint8_t *from, size_t n) {
  struct unpack_source *s = (struct unpack_source *)source;
  (void)from, (void)n;
  if (source->offset - s->gone >= RELEASE_STEP) unpack_source_release(s, source->offset);
}

void unpack_source_open(struct unpack_source *s, const struct unpack_input *in, struct heap *heap, uint8_t *direct,
                        struct unpack_report *report) {
  assert(in->at % PAGE == 0);
  *s = (struct unpack_source){.in = in, .pages = heap_pages(heap), .base = direct + in->at, .report = report};
  s->end = bytes_round_up(in->bytes, PAGE);
  s->owned = in->owned ? s->end : 0;
  s->source = (struct source){.at = s->base, .have = in->bytes, .want = source_wants, .give = source_gives};
}

/* Our claim on pages that are ours; those that no file holds become free. */
static void give_owned(struct unpack_source *s, uint64_t upto) {
  uint64_t before = pages_free(s->pages), n = upto - s->gone;
  int rc = pages_give(s->pages, s->in->at + s->gone, n / PAGE);
  assert(rc == 0 && "input pages are not what they should be");
  (void)rc;
  uint64_t back = pages_free(s->pages) - before;
  s->report->given_back += back;
  s->report->adopted += n - back;
  s->gone = upto;
}

void unpack_source_release(struct unpack_source *s, uint64_t upto) {
  upto &= ~(uint64_t)(PAGE - 1);
  if (!s->in->give_back) return;
  if (s->gone < upto && s->gone < s->owned) give_owned(s, upto < s->owned ? upto : s->owned);
  if (s->gone >= upto) return;
  int64_t back = pages_accept(s->pages, s->in->at + s->gone, upto - s->gone);
  assert(back != ERR_BUG && "input pages are not what they should be");
  if (back < 0) return; /* no memory for their records: later, when it is more */
  s->report->given_back += (uint64_t)back;
  s->gone = upto;
}

int unpack_source_adopt(struct unpack_source *s) {
  unpack_source_release(s, s->source.offset);
  uint64_t from = s->owned > s->gone ? s->owned : s->gone;
  if (from >= s->end) return 0;
  int rc = pages_adopt(s->pages, s->in->at + from, s->end - from);
  assert(rc != ERR_BUG && "input pages are not what they should be");
  if (rc == 0) s->owned = s->end;
  return rc;
}

void unpack_source_close(struct unpack_source *s) {
  s->report->stored += s->source.offset;
  unpack_source_release(s, s->end);
}
