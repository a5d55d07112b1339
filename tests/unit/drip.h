/* tests/unit/drip.h - a source and a stream that hand out no more than they are asked for. */
#ifndef TESTS_UNIT_DRIP_H
#define TESTS_UNIT_DRIP_H

#include "formats/err.h"
#include "formats/source.h"
#include "formats/stream.h"

struct drip {
  uint64_t total; /* bytes there are in all */
};

static inline int drip_want(struct source *s, size_t n) {
  const struct drip *drip = s->owner;
  uint64_t left = drip->total - s->offset;
  s->have = n < left ? n : (size_t)left;
  return n <= left ? 0 : ERR_CUT;
}

static inline struct source drip_source(struct drip *drip, const void *bytes, size_t n) {
  struct source s = {.at = bytes, .want = drip_want, .owner = drip};
  drip->total = n;
  return s;
}

static inline int drip_need(struct stream *s, uint64_t upto, struct flaw *flaw) {
  const struct drip *drip = s->owner;
  s->have = upto < drip->total ? upto : drip->total;
  return upto <= drip->total ? 0 : ERR_CUT;
}

static inline struct stream drip_stream(struct drip *drip, const void *bytes, uint64_t n) {
  struct stream s = {.base = bytes, .need = drip_need, .owner = drip};
  drip->total = n;
  return s;
}

#endif
