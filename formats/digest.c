/* formats/digest.c - one face for the two digests, and their names.
 *
 * Floor 0.  The embedded section is checked with it before it is unpacked, so
 * one call over one run of bytes takes the shortest way.
 */
#include <string.h>

#include <sha2.h>

#include "formats/digest.h"
#include "formats/sha256_ni.h"
#include "formats/xxh3.h"

_Static_assert(sizeof(SHA2_CTX) <= sizeof(((struct digest *)0)->state), "SHA2_CTX fits");
_Static_assert(XXH3_STATE <= sizeof(((struct digest *)0)->state), "the state of XXH3 fits");

static const struct {
  uint32_t kind;
  const char *name;
} kinds[] = {{DIGEST_NONE, "none"}, {DIGEST_XXH3, "xxh3"}, {DIGEST_SHA256, "sha256"}};
enum { KINDS = sizeof kinds / sizeof kinds[0] };

const char *digest_name(uint32_t kind) {
  for (size_t i = 0; i < KINDS; i++)
    if (kinds[i].kind == kind) return kinds[i].name;
  return "unknown";
}

bool digest_known(uint32_t kind) { return kind == DIGEST_NONE || kind == DIGEST_XXH3 || kind == DIGEST_SHA256; }

bool digest_by_name(const char *name, uint32_t *kind) {
  for (size_t i = 0; i < KINDS; i++)
    if (strcmp(kinds[i].name, name) == 0) {
      *kind = kinds[i].kind;
      return true;
    }
  return false;
}

static const struct xxh3 *xxh3_choose(void) { return xxh3_wide() ? &xxh3_avx2 : &xxh3_sse2; }

void digest_start(struct digest *d, uint32_t kind) {
  d->kind = kind;
  if (kind == DIGEST_XXH3) xxh3_sse2.start(d->state);
  if (kind == DIGEST_SHA256) SHA256Init((SHA2_CTX *)(void *)d->state);
}

/* libmd keeps what is left of a block; whole blocks are the processor's when it has the instructions. */
static void sha256_add(SHA2_CTX *s, const uint8_t *p, size_t n) {
  size_t held = s->bitcount[0] / 8 % SHA256_BLOCK, head = held ? SHA256_BLOCK - held : 0;
  if (n < head + SHA256_BLOCK || !sha256_ni_there()) {
    SHA256Update(s, p, n);
    return;
  }
  SHA256Update(s, p, head);
  size_t blocks = (n - head) / SHA256_BLOCK, done = head + blocks * SHA256_BLOCK;
  sha256_ni(s->state.st32, p + head, blocks);
  s->bitcount[0] += (uint64_t)blocks * SHA256_BLOCK * 8;
  SHA256Update(s, p + done, n - done);
}

void digest_add(struct digest *d, const void *bytes, size_t n) {
  if (n == 0) return;
  if (d->kind == DIGEST_XXH3) xxh3_sse2.add(d->state, bytes, n);
  if (d->kind == DIGEST_SHA256) sha256_add((SHA2_CTX *)(void *)d->state, bytes, n);
}

void digest_final(struct digest *d, uint8_t out[DIGEST_BYTES]) {
  memset(out, 0, DIGEST_BYTES);
  if (d->kind == DIGEST_XXH3) xxh3_sse2.final(d->state, out);
  if (d->kind == DIGEST_SHA256) SHA256Final(out, (SHA2_CTX *)(void *)d->state);
}

void digest_over(uint32_t kind, const void *bytes, size_t n, uint8_t out[DIGEST_BYTES]) {
  struct digest d;
  if (kind == DIGEST_XXH3) {
    memset(out, 0, DIGEST_BYTES);
    xxh3_choose()->over(bytes, n, out);
    return;
  }
  digest_start(&d, kind);
  digest_add(&d, bytes, n);
  digest_final(&d, out);
}
