/* formats/gzip.c - gzip by zlib's inflate, straight into the arena.
 *
 * Floor 0, a row of codec.c.  zlib reads the members' headers and checks CRC-32
 * and length itself; its memory is cut from the workspace and never freed.
 */
#include <string.h>

#define Z_SOLO /* zlib.h without the parts that want a hosted C library */
#include <zlib.h>

#include "formats/bytes.h"
#include "formats/codec_parts.h"

/* inflate's state and its window of 32 KiB; tests/unit/formats_codec.c measures what is left. */
enum { MEMORY = 42 << 10, GZIP_WINDOW = 15 + 16, STEP = 128 << 10 };

struct gzip {
  z_stream z;
  size_t used; /* of memory */
  uint64_t asked;
  _Alignas(16) uint8_t memory[MEMORY];
};

static voidpf take(voidpf opaque, uInt items, uInt size) {
  struct gzip *g = opaque;
  size_t n = bytes_round_up((uint64_t)items * size, 16);
  if (n > MEMORY - g->used) return NULL;
  g->used += n;
  return g->memory + g->used - n;
}

static void give(voidpf opaque, voidpf p) {}

static bool sniff(const uint8_t *p, size_t n) { return n >= 2 && p[0] == 0x1f && p[1] == 0x8b; }

static int start(struct decoder *d) {
  struct gzip *g = d->work;
  g->z.zalloc = take;
  g->z.zfree = give;
  g->z.opaque = g;
  if (inflateInit2(&g->z, GZIP_WINDOW) == Z_OK) return 0;
  return decoder_fail(d, ERR_BUG, "the gzip decoder's workspace is too small");
}

static int damaged(struct decoder *d, const char *message) {
  if (strcmp(message, "incorrect data check") == 0)
    return decoder_fail(d, ERR_SUM, "the CRC-32 of the gzip stream does not match");
  if (strcmp(message, "incorrect length check") == 0)
    return decoder_fail(d, ERR_SUM, "the length at the end of the gzip stream does not match");
  if (strcmp(message, "header crc mismatch") == 0)
    return decoder_fail(d, ERR_SUM, "the checksum of the gzip header does not match");
  decoder_fail(d, ERR_STREAM, "the gzip stream is damaged:");
  flaw_detail(&d->flaw, message, strlen(message));
  return ERR_STREAM;
}

/* Behind a member: another one goes on with the same stream, anything else is the caller's. */
static int member_end(struct decoder *d, struct gzip *g) {
  int rc = source_want(d->in, 2);
  if (rc == ERR_NOMEM) return decoder_input(d, 2, NULL);
  d->ended = rc != 0 || !sniff(d->in->at, 2);
  if (!d->ended) inflateReset(&g->z);
  return 0;
}

/* Whether there is input; zlib may hold bits of output back when there is none, so room comes before the verdict "cut".
 */
static int input(struct decoder *d, struct gzip *g, bool *dry) {
  int rc = source_want(d->in, 1);
  *dry = rc == ERR_CUT;
  if (rc == 0) return 0;
  if (!*dry) return decoder_input(d, 1, NULL);
  return d->have < d->room ? 0 : decoder_room(d, d->have + STEP, &g->asked);
}

/* One call of inflate over as much of the input and the room as it can take. */
static int inflate_some(struct decoder *d, struct gzip *g, uint64_t upto) {
  uint64_t room = d->room - d->have, wanted = upto - d->have > STEP ? upto - d->have : STEP;
  uint64_t most = room < wanted ? room : wanted;
  g->z.next_in = (Bytef *)d->in->at;
  g->z.avail_in = d->in->have > UINT32_MAX ? UINT32_MAX : (uInt)d->in->have;
  g->z.next_out = d->out + d->have;
  g->z.avail_out = most > UINT32_MAX ? UINT32_MAX : (uInt)most;
  int rc = inflate(&g->z, Z_NO_FLUSH);
  d->have += (uint64_t)(g->z.next_out - (d->out + d->have));
  source_used(d->in, (size_t)(g->z.next_in - d->in->at));
  return rc;
}

static int step(struct decoder *d, struct gzip *g, uint64_t upto) {
  bool dry;
  int rc = input(d, g, &dry);
  if (rc < 0) return rc;
  rc = inflate_some(d, g, upto);
  if (rc == Z_STREAM_END) return member_end(d, g);
  if (rc == Z_DATA_ERROR) return damaged(d, g->z.msg);
  if (rc != Z_OK && rc != Z_BUF_ERROR) return decoder_fail(d, ERR_BUG, "the gzip decoder lacks workspace");
  if (rc == Z_BUF_ERROR && dry) return decoder_fail(d, ERR_CUT, "the gzip stream ends too early");
  if (g->z.avail_in == 0 || d->have < d->room) return 0;
  rc = decoder_room(d, d->have + STEP, &g->asked);
  if (rc == 0) return decoder_fail(d, ERR_SIZE, "the gzip stream holds more than it should");
  return rc;
}

static int run(struct decoder *d, uint64_t upto) {
  int rc = 0;
  while (rc == 0 && d->have < upto && !d->ended) rc = step(d, d->work, upto);
  return rc;
}

const struct codec codec_gzip = {
    .name = "gzip",
    .id = CODEC_GZIP,
    .workspace = sizeof(struct gzip),
    .sniff = sniff,
    .start = start,
    .run = run,
    .at_once = gzip_at_once,
};
