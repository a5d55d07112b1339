/* formats/digest.h - digests over memory: XXH3-128 against damage, SHA-256
 * where forgery matters.  XXH3 comes from libxxhash's header (an SSE2 and an
 * AVX2 build of it, chosen by CPUID), SHA-256 from libmd, or from the
 * processor's own instructions where CPUID has them. */
#ifndef FORMATS_DIGEST_H
#define FORMATS_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* On the wire a kind is four letters, so that no single flipped bit or byte
 * turns one into another. */
enum digest_kind {
  DIGEST_NONE = 0x656e6f6e,   /* "none" */
  DIGEST_XXH3 = 0x33687878,   /* "xxh3" */
  DIGEST_SHA256 = 0x32616873, /* "sha2" */
};
enum { DIGEST_BYTES = 32 };

bool digest_known(uint32_t kind);
const char *digest_name(uint32_t kind); /* "none", "xxh3", "sha256", "unknown" */
bool digest_by_name(const char *name, uint32_t *kind);

/* Streaming form.  `struct digest` is opaque to callers and needs no end call
 * other than digest_final; unused bytes of out are zero (XXH3 fills 16, big-endian as xxhsum prints it). */
struct digest {
  uint32_t kind;
  _Alignas(64) uint8_t state[640];
};
void digest_start(struct digest *d, uint32_t kind);
void digest_add(struct digest *d, const void *bytes, size_t n);
void digest_final(struct digest *d, uint8_t out[DIGEST_BYTES]);

/* One call over one run of bytes. */
void digest_over(uint32_t kind, const void *bytes, size_t n, uint8_t out[DIGEST_BYTES]);

#endif
