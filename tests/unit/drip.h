/* tests/unit/drip.h - a source and a stream that hand out no more than they are asked for, and may fail on the way. */
#ifndef TESTS_UNIT_DRIP_H
#define TESTS_UNIT_DRIP_H

#include "formats/err.h"
#include "formats/source.h"
#include "formats/stream.h"

struct drip {
  uint64_t total;    /* bytes there are in all */
  uint64_t fails_in; /* the call after so many ends in ERR_NOMEM, and all behind it; 0: none does */
};

static inline bool drip_fails(struct drip *drip) {
  if (drip->fails_in > 1) drip->fails_in--;
  return drip->fails_in == 1;
}

static inline int drip_want(struct source *s, size_t n) {
  struct drip *drip = s->owner;
  if (drip_fails(drip)) return ERR_NOMEM;
  uint64_t left = drip->total - s->offset;
  s->have = n < left ? n : (size_t)left;
  return n <= left ? 0 : ERR_CUT;
}

static inline struct source drip_source(struct drip *drip, const void *bytes, size_t n) {
  struct source s = {.at = bytes, .want = drip_want, .owner = drip};
  *drip = (struct drip){.total = n};
  return s;
}

static inline int drip_need(struct stream *s, uint64_t upto, struct flaw *flaw) {
  struct drip *drip = s->owner;
  if (drip_fails(drip)) return flaw_set(flaw, ERR_NOMEM, s->have, "a test's stream fails");
  s->have = upto < drip->total ? upto : drip->total;
  return upto <= drip->total ? 0 : ERR_CUT;
}

static inline struct stream drip_stream(struct drip *drip, const void *bytes, uint64_t n) {
  struct stream s = {.base = bytes, .need = drip_need, .owner = drip};
  *drip = (struct drip){.total = n};
  return s;
}

#endif
