/* formats/xxh3_build.h - what each xxh3_*.c fills its table with, compiled there for its instruction set. */
#ifndef FORMATS_XXH3_BUILD_H
#define FORMATS_XXH3_BUILD_H

#include "formats/xxh3.h"
#include "formats/xxhash_inline.h"

_Static_assert(sizeof(XXH3_state_t) <= XXH3_STATE, "the state of XXH3 has grown");

static inline void start(void *state) { XXH3_128bits_reset(state); }
static inline void add(void *state, const void *bytes, size_t n) { XXH3_128bits_update(state, bytes, n); }

static inline void put(XXH128_hash_t hash, uint8_t out[16]) {
  XXH128_canonical_t canonical;
  XXH128_canonicalFromHash(&canonical, hash);
  memcpy(out, canonical.digest, sizeof canonical.digest);
}

/* Once for each digest, so it may be small. */
static inline __attribute__((cold)) void final(const void *state, uint8_t out[16]) {
  put(XXH3_128bits_digest(state), out);
}
static inline void over(const void *bytes, size_t n, uint8_t out[16]) { put(XXH3_128bits(bytes, n), out); }

#endif
