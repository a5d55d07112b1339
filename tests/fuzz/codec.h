/* tests/fuzz/codec.h - what every codec's target does: whole and in drops, wide and narrow rooms, the same outcome. */
#ifndef TESTS_FUZZ_CODEC_H
#define TESTS_FUZZ_CODEC_H

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "formats/bytes.h"
#include "formats/codec.h"
#include "unit/codec_memory.h"
#include "unit/drip.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

struct outcome {
  int code;
  uint64_t have, offset;
  uint8_t *out;
};

/* In one go, where the codec can: never anything else than in steps, but that libdeflate takes code tables that zlib
 * refuses. */
static void unpack_at_once(const struct codec *codec, const uint8_t *bytes, size_t n, const struct outcome *steps,
                           uint64_t most) {
  struct source in = source_over(bytes, n);
  struct decoder d;
  uint8_t *out = malloc(most + !most);
  void *work = aligned_alloc(16, bytes_round_up(codec->workspace, 16));
  int rc = decoder_start(&d, codec, &in, work, out, most);
  uint64_t begun = in.offset; /* a magic may be behind it */
  bool all = rc == 0 && decoder_at_once(&d);
  assert(d.ended == all && d.flaw.code == rc && (all || (d.have == 0 && in.offset == begun)));
  if (all && steps->code != ERR_STREAM) {
    assert(steps->code == 0 && d.have == steps->have && in.offset == steps->offset);
    assert(memcmp(out, steps->out, d.have) == 0);
  }
  free(work);
  free(out);
}

/* The output ends where an allocation ends, so that one byte too many is seen. */
static struct outcome unpack(const struct codec *codec, struct source *in, size_t n, uint64_t room, uint64_t most) {
  struct outcome o = {.out = malloc(most + !most)};
  struct decoder d;
  void *work = aligned_alloc(16, bytes_round_up(codec->workspace, 16));
  struct counted_memory memory = counted_memory();
  o.code = decoder_start(&d, codec, in, work, o.out, room);
  d.memory = &memory.memory;
  while (o.code == 0 && !d.ended) {
    o.code = decoder_run(&d, UINT64_MAX);
    if (o.code != ERR_WANT_ROOM) break;
    assert(d.want > d.room);
    d.room = d.want < most ? d.want : most;
    o.code = 0;
  }
  assert(d.have <= d.room && d.room <= most && in->offset <= n);
  if (o.code == 0) assert(d.ended && decoder_run(&d, UINT64_MAX) == 0);
  if (o.code < 0) assert(d.flaw.code == o.code && d.flaw.offset == d.have && d.flaw.packed <= n);
  if (o.code < 0) assert(decoder_run(&d, UINT64_MAX) == o.code && o.code != ERR_BUG);
  decoder_stop(&d);
  assert(memory.taken == 0);
  o.have = d.have;
  o.offset = in->offset;
  free(work);
  return o;
}

/* Returns the outcome of the whole; its out is the caller's to free. */
static struct outcome unpack_both(enum codec_id id, const uint8_t *bytes, size_t n, uint64_t most) {
  struct drip drip;
  struct source whole = source_over(bytes, n), drops = drip_source(&drip, bytes, n);
  struct outcome one = unpack(codec_by_id(id), &whole, n, most, most);
  struct outcome other = unpack(codec_by_id(id), &drops, n, 0, most);
  /* Where a damaged chunk is given up, liblzma lets depend on how much it sees. */
  bool loose = (id == CODEC_XZ || id == CODEC_LZMA) && one.code == ERR_STREAM;
  assert(one.code == other.code && (loose || one.have == other.have));
  assert(memcmp(one.out, other.out, one.have < other.have ? one.have : other.have) == 0);
  unpack_at_once(codec_by_id(id), bytes, n, &one, most);
  if (one.code == 0) {
    assert(one.offset == other.offset);
    struct source again = source_over(bytes, n);
    struct outcome exact = unpack(codec_by_id(id), &again, n, 0, one.have);
    /* liblz4 reads the end of a block that breaks the format's rules for ends by the room there is. */
    assert(exact.code == ERR_SIZE || (exact.code == 0 && exact.have == one.have));
    free(exact.out);
  }
  free(other.out);
  return one;
}

#endif
