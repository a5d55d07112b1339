/* tests/unit/codec_kit.h - texts, and decoding them in every way: whole, in drops, cut, flipped, short of room. */
#ifndef TESTS_UNIT_CODEC_KIT_H
#define TESTS_UNIT_CODEC_KIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "codec_memory.h"
#include "drip.h"
#include "formats/bytes.h"
#include "formats/codec.h"

enum { ROOM = 24 << 20 };

struct bytes {
  uint8_t *p;
  size_t n;
};

/* Text that compresses, with stretches that do not. */
static inline struct bytes text_make(size_t n) {
  struct bytes b = {malloc(n + 1), n};
  uint32_t x = 12345;
  for (size_t i = 0; i < n; i++) {
    x = x * 1664525 + 1013904223;
    b.p[i] = (i >> 12) % 5 == 4 ? (uint8_t)(x >> 24) : (uint8_t)("the quick brown fox "[(i + (x >> 30)) % 20]);
  }
  return b;
}

static inline struct bytes join(struct bytes a, struct bytes b) {
  struct bytes both = {malloc(a.n + b.n + 1), a.n + b.n};
  memcpy(both.p, a.p, a.n);
  memcpy(both.p + a.n, b.p, b.n);
  free(a.p);
  free(b.p);
  return both;
}

struct trial {
  uint64_t room, step, most; /* room at first, by how much it is raised at least, to what at last */
  bool drops;                /* input in drops */
  uint64_t pull;             /* bytes asked for at a time; 0: all at once */
};

struct outcome {
  int code;
  uint64_t have, offset;
  struct flaw flaw;
  uint8_t *out;
};

/* Decodes into memory that ends exactly where the room ends. */
static inline struct outcome decode(const struct codec *codec, struct bytes in, struct trial t) {
  struct drip drip;
  struct source s = t.drops ? drip_source(&drip, in.p, in.n) : source_over(in.p, in.n);
  struct decoder d;
  struct outcome o = {.out = malloc(t.most + 1)};
  void *work = aligned_alloc(16, bytes_round_up(codec->workspace, 16));
  memset(work, 0xa5, codec->workspace);
  struct counted_memory memory = counted_memory();
  o.code = decoder_start(&d, codec, &s, work, o.out, t.room);
  d.memory = &memory.memory;
  while (o.code == 0 && !d.ended) {
    o.code = decoder_run(&d, t.pull ? d.have + t.pull : UINT64_MAX);
    assert_true(d.have <= d.room);
    if (o.code != ERR_WANT_ROOM) continue;
    assert_true(d.want > d.room);
    uint64_t next = d.want > d.room + t.step ? d.want : d.room + t.step;
    d.room = next < t.most ? next : t.most;
    o.code = 0;
  }
  o.have = d.have, o.offset = s.offset, o.flaw = d.flaw;
  decoder_stop(&d);
  assert_int_equal(memory.taken, 0);
  free(work);
  return o;
}

/* Every way to feed and to make room gives the same text, and consumes exactly the stream. */
static inline void all_ways(const struct codec *codec, struct bytes packed, struct bytes text) {
  struct trial trials[] = {
      {ROOM, 0, ROOM, false, 0}, {ROOM, 0, ROOM, false, 1000},   {text.n, 0, text.n, false, 0},
      {0, 0, text.n, true, 0},   {0, 5000000, text.n, false, 0}, {0, 100000, text.n + 9000000, false, 7777},
      {ROOM, 0, ROOM, true, 0},  {0, 100000, text.n, true, 3},
  };
  struct bytes in = join(packed, (struct bytes){calloc(1, 8), 8}); /* zeros behind it are not the decoder's */
  for (size_t i = 0; i < sizeof trials / sizeof trials[0]; i++)
    for (size_t zeros = 0; zeros < 9; zeros += 8) {
      in.n = packed.n + zeros;
      struct outcome o = decode(codec, in, trials[i]);
      if (o.code != 0) fprintf(stderr, "trial %zu: %s\n", i, o.flaw.reason);
      assert_int_equal(o.code, 0);
      assert_int_equal(o.have, text.n);
      assert_memory_equal(o.out, text.p, text.n);
      assert_int_equal(o.offset, packed.n);
      free(o.out);
    }
  free(in.p);
}

/* A stream that was cut or has one bit flipped never passes for another text. */
static inline void damage(const struct codec *codec, struct bytes packed, struct bytes text, bool cuts_hide,
                          bool flips_hide) {
  struct trial t = {.room = text.n + 70000, .most = text.n + 70000};
  for (size_t n = 0; n < packed.n; n++) {
    struct outcome o = decode(codec, (struct bytes){packed.p, n}, t);
    if (!cuts_hide) assert_int_equal(o.code, ERR_CUT);
    if (o.code < 0) assert_true(o.flaw.packed <= n && o.flaw.offset == o.have && o.flaw.reason != NULL);
    free(o.out);
  }
  for (size_t i = 0; i < packed.n * 8 && !flips_hide; i++) {
    packed.p[i / 8] ^= (uint8_t)(1 << i % 8);
    struct outcome o = decode(codec, packed, t);
    if (o.code == 0) assert_int_equal(o.have, text.n);
    if (o.code == 0) assert_memory_equal(o.out, text.p, text.n);
    packed.p[i / 8] ^= (uint8_t)(1 << i % 8);
    free(o.out);
  }
  free(packed.p);
}

static inline int no_memory_want(struct source *s, size_t n) { return s->have >= n ? 0 : ERR_NOMEM; }

/* A source that runs out of memory at any point: that, and nothing else, is what is reported. */
static inline void memory_stays_memory(const struct codec *codec, struct bytes packed) {
  uint8_t *out = malloc(ROOM);
  for (size_t n = 0; n <= packed.n; n++) {
    struct source s = source_over(packed.p, n);
    struct decoder d;
    uint8_t *work = aligned_alloc(16, bytes_round_up(codec->workspace, 16));
    s.want = no_memory_want;
    struct counted_memory memory = counted_memory();
    int rc = decoder_start(&d, codec, &s, work, out, ROOM);
    d.memory = &memory.memory;
    if (rc == 0) rc = decoder_run(&d, UINT64_MAX);
    assert_int_equal(rc, ERR_NOMEM);
    assert_int_equal(d.flaw.code, ERR_NOMEM);
    assert_int_equal(decoder_run(&d, UINT64_MAX), ERR_NOMEM);
    decoder_stop(&d);
    free(work);
  }
  free(out);
  free(packed.p);
}

/* A room too small by any amount: that, and not damage, is what is reported. */
static inline void too_little_room(const struct codec *codec, struct bytes packed, struct bytes text) {
  for (uint64_t less = 1; less < 200000; less = less * 5 + 3) {
    struct trial t = {.room = text.n - less, .most = text.n - less};
    struct outcome o = decode(codec, packed, t);
    assert_int_equal(o.code, ERR_SIZE);
    free(o.out);
  }
  free(packed.p);
}

#endif
