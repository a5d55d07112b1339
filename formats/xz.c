/* formats/xz.c - xz streams and the older .lzma ones, by liblzma, into the arena.
 *
 * Floor 0, two rows of codec_list.c.  liblzma copies through a dictionary of its own, whose size the stream claims; it
 * is taken from the caller's memory when the first byte is wanted, and is there or is not.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define LZMA_MANUAL_HEADERS /* just those */
#include <lzma.h>

#include "formats/codec_parts.h"

enum { STEP = 128 << 10 };

struct xz {
  lzma_stream z;
  lzma_allocator memory;
  bool begun;
  bool over; /* a byte came for which there is no room */
  uint64_t asked;
  uint64_t refused; /* bytes of the allocation that failed */
};

static const char cut_xz[] = "the xz stream ends too early", cut_lzma[] = "the lzma stream ends too early";

static void *take(void *opaque, size_t items, size_t size) {
  struct decoder *d = opaque;
  struct xz *w = d->work;
  void *p = NULL;
  if (d->memory && (size == 0 || items <= SIZE_MAX / size)) p = d->memory->take(d->memory, items * size);
  if (!p) w->refused = items * size;
  return p;
}

static void give(void *opaque, void *p) {
  struct decoder *d = opaque;
  if (p) d->memory->give(d->memory, p);
}

static bool is_xz(const struct decoder *d) { return d->codec == &codec_xz; }

static int failed(struct decoder *d, lzma_ret rc) {
  struct xz *w = d->work;
  switch (rc) {
  case LZMA_MEM_ERROR:
    decoder_fail(d, ERR_NOMEM,
                 is_xz(d) ? "not enough memory for the dictionary of the xz stream"
                          : "not enough memory for the dictionary of the lzma stream");
    d->flaw.wanted = w->refused;
    return ERR_NOMEM;
  case LZMA_UNSUPPORTED_CHECK:
    return decoder_fail(d, ERR_VERSION, "an xz stream with a checksum of an unknown kind");
  case LZMA_OPTIONS_ERROR:
    return decoder_fail(d, ERR_VERSION, "an xz stream with options that are not known here");
  case LZMA_FORMAT_ERROR:
  case LZMA_DATA_ERROR:
    return decoder_fail(d, ERR_STREAM, is_xz(d) ? "the xz stream is damaged" : "the lzma stream is damaged");
  default:
    return decoder_fail(d, ERR_BUG, "liblzma refuses its own state");
  }
}

/* A stream's decoder; one after another keeps the memory of the first. */
static int begin(struct decoder *d, struct xz *w) {
  w->begun = true;
  lzma_ret rc = is_xz(d) ? lzma_stream_decoder(&w->z, UINT64_MAX, LZMA_TELL_UNSUPPORTED_CHECK)
                         : lzma_alone_decoder(&w->z, UINT64_MAX);
  return rc == LZMA_OK ? 0 : failed(d, rc);
}

/* Behind a stream: another one goes on with the same bytes, anything else is the caller's. */
static int stream_end(struct decoder *d, struct xz *w) {
  int rc = is_xz(d) ? source_want(d->in, XZ_MAGIC) : ERR_CUT;
  if (rc == ERR_NOMEM) return decoder_input(d, XZ_MAGIC, NULL);
  d->ended = rc != 0 || !xz_sniff(d->in->at, XZ_MAGIC);
  return d->ended ? 0 : begin(d, w);
}

/* One call over as much of the input and the room as it can take; without room, over one byte that must not come. */
static lzma_ret decode_some(struct decoder *d, struct xz *w, uint64_t upto, bool dry) {
  uint64_t room = d->room - d->have, wanted = upto - d->have > STEP ? upto - d->have : STEP;
  uint8_t spare = 0, *out = room ? d->out + d->have : &spare;
  w->z.next_in = d->in->at;
  w->z.avail_in = dry ? 0 : d->in->have;
  w->z.next_out = out;
  w->z.avail_out = room == 0 ? 1 : room < wanted ? room : wanted;
  lzma_ret rc = lzma_code(&w->z, dry ? LZMA_FINISH : LZMA_RUN);
  w->over = room == 0 && w->z.next_out != out;
  if (room) d->have += (uint64_t)(w->z.next_out - out);
  source_used(d->in, (size_t)(w->z.next_in - d->in->at));
  return rc;
}

static int verdict(struct decoder *d, struct xz *w, lzma_ret rc, bool dry) {
  if (w->over)
    return decoder_fail(d, ERR_SIZE,
                        is_xz(d) ? "the xz stream holds more than it should"
                                 : "the lzma stream holds more than it should");
  if (rc == LZMA_OK) return 0;
  if (rc == LZMA_STREAM_END) return stream_end(d, w);
  if (rc != LZMA_BUF_ERROR || !dry) return failed(d, rc);
  return decoder_fail(d, ERR_CUT, is_xz(d) ? cut_xz : cut_lzma);
}

static int step(struct decoder *d, struct xz *w, uint64_t upto) {
  int rc = w->begun ? 0 : begin(d, w);
  if (rc == 0 && d->have == d->room) rc = decoder_room(d, d->have + STEP, &w->asked);
  if (rc < 0) return rc;
  rc = source_want(d->in, 1);
  if (rc < 0 && rc != ERR_CUT) return decoder_input(d, 1, NULL);
  return verdict(d, w, decode_some(d, w, upto, rc == ERR_CUT), rc == ERR_CUT);
}

static int run(struct decoder *d, uint64_t upto) {
  int rc = 0;
  while (rc == 0 && d->have < upto && !d->ended) rc = step(d, d->work, upto);
  return rc;
}

static int start(struct decoder *d) {
  struct xz *w = d->work;
  w->memory = (lzma_allocator){take, give, d};
  w->z.allocator = &w->memory;
  int rc = decoder_input(d, is_xz(d) ? XZ_MAGIC : LZMA_MAGIC, is_xz(d) ? cut_xz : cut_lzma);
  if (rc < 0 || d->codec->sniff(d->in->at, d->in->have)) return rc;
  return decoder_fail(d, ERR_MAGIC, is_xz(d) ? "not an xz stream" : "not an lzma stream");
}

static void stop(struct decoder *d) { lzma_end(&((struct xz *)d->work)->z); }

const struct codec codec_xz = {.name = "xz",
                               .id = CODEC_XZ,
                               .workspace = sizeof(struct xz),
                               .sniff = xz_sniff,
                               .start = start,
                               .run = run,
                               .stop = stop};

const struct codec codec_lzma = {.name = "lzma",
                                 .id = CODEC_LZMA,
                                 .workspace = sizeof(struct xz),
                                 .sniff = lzma_sniff,
                                 .start = start,
                                 .run = run,
                                 .stop = stop};
