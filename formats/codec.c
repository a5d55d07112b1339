/* formats/codec.c - looking a codec up, and what all decoders do alike.
 *
 * Floor 0.  Which codecs there are stands in codec_list.c.
 */
#include <string.h>

#include "formats/codec_parts.h"

const struct codec *codec_by_id(enum codec_id id) {
  for (const struct codec *const *c = codec_list; *c; c++)
    if ((*c)->id == id) return *c;
  return NULL;
}

const struct codec *codec_by_name(const char *name) {
  for (const struct codec *const *c = codec_list; *c; c++)
    if (strcmp((*c)->name, name) == 0) return *c;
  return NULL;
}

const char *codec_name(enum codec_id id) {
  const struct codec *c = codec_by_id(id);
  return id == CODEC_NONE ? "none" : c ? c->name : "unknown";
}

/* Frames that are not data may come first, as pzstd writes them: what lies behind tells whose they are. */
static size_t skippable_bytes(const uint8_t *p, size_t n) {
  size_t at = 0;
  while (n - at >= SKIPPABLE && decoder_skippable(bytes_le32(p + at))) {
    uint32_t size = bytes_le32(p + at + 4);
    if (size > n - at - SKIPPABLE) break;
    at += SKIPPABLE + size;
  }
  return at;
}

const struct codec *codec_sniff(const uint8_t *p, size_t n) {
  size_t skipped = skippable_bytes(p, n);
  for (const struct codec *const *c = codec_list; *c; c++)
    if ((*c)->sniff(p + skipped, n - skipped) && (skipped == 0 || (*c)->skips)) return *c;
  return NULL;
}

int decoder_start(struct decoder *d, const struct codec *codec, struct source *in, void *work, uint8_t *out,
                  uint64_t room) {
  *d = (struct decoder){.codec = codec, .in = in, .work = work, .out = out, .room = room};
  memset(work, 0, codec->workspace);
  return codec->start(d);
}

int decoder_run(struct decoder *d, uint64_t upto) {
  if (d->flaw.code != 0) return d->flaw.code;
  return d->have >= upto || d->ended ? 0 : d->codec->run(d, upto);
}

void decoder_stop(struct decoder *d) {
  if (d->codec->stop && d->memory) d->codec->stop(d);
}

bool decoder_at_once(struct decoder *d) {
  if (!d->codec->at_once || d->flaw.code != 0) return false;
  memset(d->work, 0, d->codec->workspace);
  if (d->codec->at_once(d)) return true;
  memset(d->work, 0, d->codec->workspace);
  d->codec->start(d);
  return false;
}

int decoder_fail(struct decoder *d, int code, const char *reason) {
  flaw_set(&d->flaw, code, d->have, reason);
  d->flaw.packed = d->in->offset;
  return d->flaw.code;
}

int decoder_input(struct decoder *d, size_t n, const char *reason) {
  int rc = source_want(d->in, n);
  if (rc == 0) return 0;
  if (rc == ERR_CUT) return decoder_fail(d, rc, reason);
  return decoder_fail(d, rc, rc == ERR_NOMEM ? "no memory to hold a block of the stored stream in one piece" : NULL);
}

int decoder_skip_frame(struct decoder *d, const char *reason) {
  int rc = decoder_input(d, SKIPPABLE, reason);
  if (rc < 0) return rc;
  uint32_t left = bytes_le32(d->in->at + 4);
  source_used(d->in, SKIPPABLE);
  while (left > 0 && (rc = decoder_input(d, 1, reason)) == 0) {
    size_t n = left < d->in->have ? left : d->in->have;
    source_used(d->in, n);
    left -= (uint32_t)n;
  }
  return rc;
}

int decoder_room(struct decoder *d, uint64_t want, uint64_t *asked) {
  if (d->room >= want || *asked == want) return 0;
  *asked = want;
  d->want = want;
  return ERR_WANT_ROOM;
}
