/* formats/bzip2.c - bzip2 streams by libbz2, into the arena.
 *
 * Floor 0, a row of codec_list.c.  A block of up to 900,000 bytes is sorted back in four times as much memory, taken
 * from the caller's when the first byte is wanted.
 */
#include <stddef.h>
#include <string.h>

#define BZ_NO_STDIO
#include <bzlib.h>

#include "formats/codec_parts.h"

enum { STEP = 128 << 10 };

struct bzip2 {
  bz_stream z;
  bool begun;
  bool over; /* a byte came for which there is no room */
  uint64_t asked;
  uint64_t refused; /* bytes of the allocation that failed */
};

static const char cut[] = "the bzip2 stream ends too early";

static void *take(void *opaque, int items, int size) {
  struct decoder *d = opaque;
  struct bzip2 *w = d->work;
  size_t n = (size_t)items * (size_t)size;
  void *p = d->memory ? d->memory->take(d->memory, n) : NULL;
  if (!p) w->refused = n;
  return p;
}

static void give(void *opaque, void *p) {
  struct decoder *d = opaque;
  if (p) d->memory->give(d->memory, p);
}

static int failed(struct decoder *d, int rc) {
  struct bzip2 *w = d->work;
  if (rc == BZ_MEM_ERROR) {
    decoder_fail(d, ERR_NOMEM, "not enough memory for a block of the bzip2 stream");
    d->flaw.wanted = w->refused;
    return ERR_NOMEM;
  }
  if (rc == BZ_DATA_ERROR || rc == BZ_DATA_ERROR_MAGIC)
    return decoder_fail(d, ERR_STREAM, "the bzip2 stream is damaged");
  return decoder_fail(d, ERR_BUG, "libbz2 refuses its own state");
}

static void end(struct bzip2 *w) {
  if (w->begun) BZ2_bzDecompressEnd(&w->z);
  w->begun = false;
}

static int begin(struct decoder *d, struct bzip2 *w) {
  int rc = BZ2_bzDecompressInit(&w->z, 0, 0);
  w->begun = rc == BZ_OK;
  return w->begun ? 0 : failed(d, rc);
}

/* Behind a stream: another one goes on with the same bytes, anything else is the caller's. */
static int stream_end(struct decoder *d, struct bzip2 *w) {
  end(w);
  int rc = source_want(d->in, BZIP2_MAGIC);
  if (rc == ERR_NOMEM) return decoder_input(d, BZIP2_MAGIC, NULL);
  d->ended = rc != 0 || !bzip2_sniff(d->in->at, BZIP2_MAGIC);
  return 0;
}

static unsigned some(uint64_t n) { return n < 1u << 30 ? (unsigned)n : 1u << 30; }

/* One call over as much of the input and the room as it can take; without room, over one byte that must not come. */
static int decode_some(struct decoder *d, struct bzip2 *w, uint64_t upto) {
  uint64_t room = d->room - d->have, wanted = upto - d->have > STEP ? upto - d->have : STEP;
  char spare = 0, *out = room ? (char *)d->out + d->have : &spare, *in = (char *)(uintptr_t)d->in->at;
  w->z.next_in = in;
  w->z.avail_in = some(d->in->have);
  w->z.next_out = out;
  w->z.avail_out = room == 0 ? 1 : some(room < wanted ? room : wanted);
  int rc = BZ2_bzDecompress(&w->z);
  w->over = room == 0 && w->z.next_out != out;
  if (room) d->have += (uint64_t)(w->z.next_out - out);
  source_used(d->in, (size_t)(w->z.next_in - in));
  return rc;
}

static int step(struct decoder *d, struct bzip2 *w, uint64_t upto) {
  int rc = w->begun ? 0 : begin(d, w);
  if (rc == 0 && d->have == d->room) rc = decoder_room(d, d->have + STEP, &w->asked);
  if (rc < 0) return rc;
  rc = source_want(d->in, 1);
  if (rc < 0 && rc != ERR_CUT) return decoder_input(d, 1, NULL);
  uint64_t have = d->have;
  int got = decode_some(d, w, upto);
  if (w->over) return decoder_fail(d, ERR_SIZE, "the bzip2 stream holds more than it should");
  if (got == BZ_STREAM_END) return stream_end(d, w);
  if (got != BZ_OK) return failed(d, got);
  return rc == ERR_CUT && d->have == have ? decoder_fail(d, ERR_CUT, cut) : 0;
}

static int run(struct decoder *d, uint64_t upto) {
  int rc = 0;
  while (rc == 0 && d->have < upto && !d->ended) rc = step(d, d->work, upto);
  return rc;
}

static int start(struct decoder *d) {
  struct bzip2 *w = d->work;
  w->z.bzalloc = take;
  w->z.bzfree = give;
  w->z.opaque = d;
  int rc = decoder_input(d, BZIP2_MAGIC, cut);
  if (rc < 0 || bzip2_sniff(d->in->at, d->in->have)) return rc;
  return decoder_fail(d, ERR_MAGIC, "not a bzip2 stream");
}

static void stop(struct decoder *d) { end(d->work); }

const struct codec codec_bzip2 = {.name = "bzip2",
                                  .id = CODEC_BZIP2,
                                  .workspace = sizeof(struct bzip2),
                                  .sniff = bzip2_sniff,
                                  .start = start,
                                  .run = run,
                                  .stop = stop};
