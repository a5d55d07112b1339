/* kernel/boot/unpack_stream.c - a compressed stream, decoded into an arena as the archive reader pulls.
 *
 * The decoder runs a little ahead of the reader, so that its calls are few.  Room grows as it is wanted, never
 * beyond what the stream may have; before it grows, the input read until then goes back.  A decoder that gets no more
 * room may find that it needs none; else it says so, or asks again.  Where memory is plenty, a codec that is faster
 * with all of input and room at hand decodes everything at once.
 */
#include <string.h>

#include "formats/bytes.h"
#include "kernel/boot/unpack_inner.h"

enum { AHEAD = 64 << 10, SURPLUS = 256 << 10, AT_ONCE_RATIO = 8, AT_ONCE_RESERVE = 4 << 20 };

static struct pages *pages_of(struct unpack_stream *s) { return s->in->pages; }

static int no_room(struct unpack_stream *s, struct flaw *flaw) {
  uint64_t wanted = s->decoder.want - s->decoder.room;
  return unpack_no_memory(flaw, pages_of(s), s->decoder.have, wanted, "not enough memory to unpack the archive");
}

/* Raises the decoder's room towards what it wants.  One that gets none goes on within what it has: it may want less
 * than it thinks, or finds that the data does not fit. */
static void make_room(struct unpack_stream *s) {
  struct decoder *d = &s->decoder;
  unpack_source_release(s->in, s->in->source.offset);
  uint64_t target = d->want < s->limit ? d->want : s->limit;
  int rc = arena_grow(s->arena, target);
  uint64_t room = s->arena->room < s->limit ? s->arena->room : s->limit;
  s->starved = rc < 0;
  d->room = room;
}

/* The decoder's flaw; but data that does not fit because memory is short is no bad data. */
static int fail(struct unpack_stream *s, int rc, struct flaw *flaw) {
  if (s->starved && rc == ERR_SIZE) return no_room(s, flaw);
  *flaw = s->decoder.flaw;
  if (flaw->wanted > 0) flaw->left = pages_free(pages_of(s));
  return flaw->code;
}

/* Where memory is short, room that a decoder asked for and had no use for is what the entries will need. */
static void let_go(struct unpack_stream *s) {
  struct decoder *d = &s->decoder;
  if (!s->starved || s->arena->room - d->have < SURPLUS) return;
  arena_trim(s->arena, d->have);
  d->room = s->arena->room; /* less than was wanted, and so than the limit */
}

static int stream_needs(struct stream *stream, uint64_t upto, struct flaw *flaw) {
  struct unpack_stream *s = stream->owner;
  struct decoder *d = &s->decoder;
  uint64_t target = upto - d->have < AHEAD ? d->have + AHEAD : upto;
  while (stream->have < upto) {
    if (d->ended) return ERR_CUT;
    if (s->wants) make_room(s);
    int rc = decoder_run(d, target);
    s->wants = rc == ERR_WANT_ROOM;
    stream->have = d->have;
    if (rc < 0 && !s->wants) return fail(s, rc, flaw);
    if (rc == 0) let_go(s);
  }
  return 0;
}

/* Decodes the whole stream now when its room and a reserve are free beside the stored bytes.  A size that nobody
 * vouches for is taken for at most AT_ONCE_RATIO times the stored one: more, and the stream is decoded in steps. */
static void decode_at_once(struct unpack_stream *s) {
  struct decoder *d = &s->decoder;
  uint64_t free = pages_free(pages_of(s)), stored = s->in->source.have;
  uint64_t room = s->limit < UINT64_MAX ? s->limit : stored * AT_ONCE_RATIO;
  if (!d->codec->at_once || free < AT_ONCE_RESERVE || room > free - AT_ONCE_RESERVE) return;
  if (arena_grow(s->arena, room) == 0) {
    d->room = room;
    if (decoder_at_once(d)) s->stream.have = d->have;
  }
  arena_trim(s->arena, d->have);
  d->room = d->have;
}

static void *memory_take(struct codec_memory *m, size_t n) { return heap_take(((struct unpack_memory *)m)->heap, n); }
static void memory_give(struct codec_memory *m, void *p) { heap_give(((struct unpack_memory *)m)->heap, p); }

/* Nothing unpacked is larger. */
static uint64_t all_ram(const struct machine *m) {
  uint64_t n = 0;
  for (unsigned i = 0; i < m->ram_count; i++) n += m->ram[i].bytes;
  return n;
}

int unpack_stream_open(struct unpack_stream *s, struct unpack_source *in, struct plat *plat, struct heap *heap,
                       const struct codec *codec, uint64_t limit, struct flaw *flaw) {
  memset(s, 0, sizeof *s);
  s->in = in;
  s->limit = limit;
  uint64_t most = all_ram(plat_machine(plat));
  struct arena *a = heap_take(heap, sizeof *a);
  if (!a || arena_open(a, plat, heap, limit < most ? limit : most) < 0) {
    heap_give(heap, a);
    return unpack_no_memory(flaw, in->pages, 0, PAGE, "not enough memory for the unpacked archive's records");
  }
  s->arena = a;
  void *work = heap_take(heap, codec->workspace);
  if (!work) {
    unpack_stream_close(s, heap);
    return unpack_no_memory(flaw, in->pages, 0, codec->workspace, "not enough memory for the decoder");
  }
  s->stream = (struct stream){.base = a->base, .need = stream_needs, .owner = s};
  int rc = decoder_start(&s->decoder, codec, &in->source, work, a->base, 0);
  s->decoder.work = work;
  s->memory = (struct unpack_memory){{memory_take, memory_give}, heap};
  s->decoder.memory = &s->memory.memory;
  if (rc == 0) decode_at_once(s);
  if (rc == 0) return 0;
  rc = fail(s, rc, flaw);
  unpack_stream_close(s, heap);
  return rc;
}

void unpack_stream_close(struct unpack_stream *s, struct heap *heap) {
  if (s->decoder.work) decoder_stop(&s->decoder);
  heap_give(heap, s->decoder.work);
  arena_seal(s->arena);
}

int unpack_stream_skip_zeros(struct stream *s, uint64_t *at, bool *ended, struct flaw *flaw) {
  for (;;) {
    int rc = stream_need(s, *at + 1, flaw);
    *ended = rc == ERR_CUT && flaw->code == 0;
    if (rc < 0) return *ended ? 0 : rc;
    uint64_t zeros = bytes_first_nonzero(s->base + *at, s->have - *at);
    *at += zeros;
    if (*at < s->have) return 0;
  }
}
