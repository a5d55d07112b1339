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

/* How much there is of everything. */
struct means {
  uint64_t room, most; /* of output, at first and in the end */
  uint64_t step;       /* of output wanted at a time; 0: all */
  size_t grants;       /* allocations that succeed; 0: all */
  bool no_memory;      /* nothing to allocate from */
};

/* The output ends where an allocation ends, so that one byte too many is seen. */
static struct outcome unpack(const struct codec *codec, struct source *in, size_t n, struct means means) {
  uint64_t most = means.most;
  struct outcome o = {.out = malloc(most + !most)};
  struct decoder d;
  void *work = aligned_alloc(16, bytes_round_up(codec->workspace, 16));
  struct counted_memory memory = counted_memory();
  memory.most = means.grants;
  o.code = decoder_start(&d, codec, in, work, o.out, means.room);
  d.memory = means.no_memory ? NULL : &memory.memory;
  while (o.code == 0 && !d.ended) {
    o.code = decoder_run(&d, means.step ? d.have + means.step : UINT64_MAX);
    if (o.code == 0 && means.step) continue;
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

/* With little of everything: the lack is what is said, or all goes as it did, as far as it went. */
static void unpack_poorly(enum codec_id id, const uint8_t *bytes, size_t n, const struct outcome *whole,
                          uint64_t most) {
  struct drip drip;
  struct source in = drip_source(&drip, bytes, n);
  unsigned which = n % 4;
  if (which == 3) drip.fails_in = 2 + bytes[n - 1] % 100;
  const struct means means = {0, most, 1 + n % 1000, which == 1 ? 1 + n / 4 % 3 : 0, which == 2};
  struct outcome poor = unpack(codec_by_id(id), &in, n, means);
  bool loose = (id == CODEC_XZ || id == CODEC_LZMA) && whole->code == ERR_STREAM;
  assert(poor.code == ERR_NOMEM || (poor.code == whole->code && (loose || poor.have == whole->have)));
  assert(loose || (poor.have <= whole->have && memcmp(poor.out, whole->out, poor.have) == 0));
  free(poor.out);
}

/* Returns the outcome of the whole; its out is the caller's to free. */
static struct outcome unpack_both(enum codec_id id, const uint8_t *bytes, size_t n, uint64_t most) {
  struct drip drip;
  struct source whole = source_over(bytes, n), drops = drip_source(&drip, bytes, n);
  struct outcome one = unpack(codec_by_id(id), &whole, n, (struct means){.room = most, .most = most});
  struct outcome other = unpack(codec_by_id(id), &drops, n, (struct means){.most = most});
  /* Where a damaged chunk is given up, liblzma lets depend on how much it sees. */
  bool loose = (id == CODEC_XZ || id == CODEC_LZMA) && one.code == ERR_STREAM;
  assert(one.code == other.code && (loose || one.have == other.have));
  assert(memcmp(one.out, other.out, one.have < other.have ? one.have : other.have) == 0);
  unpack_at_once(codec_by_id(id), bytes, n, &one, most);
  unpack_poorly(id, bytes, n, &one, most);
  if (one.code == 0) {
    assert(one.offset == other.offset);
    struct source again = source_over(bytes, n);
    struct outcome exact = unpack(codec_by_id(id), &again, n, (struct means){.most = one.have});
    assert(exact.code == 0 && exact.have == one.have);
    free(exact.out);
  }
  free(other.out);
  return one;
}

#endif
