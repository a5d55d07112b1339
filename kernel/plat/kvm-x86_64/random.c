/* kernel/plat/kvm-x86_64/random.c - chance: RDRAND, or ChaCha20 over what little a simulated machine varies in.
 *
 * Specification of the block function: RFC 8439.  The kernel has no vector registers to spare, so this is plain C.
 */
#include <string.h>

#include "kernel/plat/kvm-x86_64/inner.h"
#include "kernel/plat/x86_64/cpu.h"

enum { RDRAND_TRIES = 10, SAMPLES = 64, RDRAND_BITS = 256, BLOCK = 64 };

static bool rdrand(uint64_t *v) {
  for (int i = 0; i < RDRAND_TRIES; i++) {
    bool good;
    __asm__ volatile("rdrand %0" : "=r"(*v), "=@ccc"(good));
    if (good) return true;
  }
  return false;
}

static uint32_t turn(uint32_t v, int n) { return v << n | v >> (32 - n); }

static void quarter(uint32_t *x, int a, int b, int c, int d) {
  x[a] += x[b], x[d] = turn(x[d] ^ x[a], 16);
  x[c] += x[d], x[b] = turn(x[b] ^ x[c], 12);
  x[a] += x[b], x[d] = turn(x[d] ^ x[a], 8);
  x[c] += x[d], x[b] = turn(x[b] ^ x[c], 7);
}

static void block(const struct chance *c, uint32_t out[16]) {
  uint32_t in[16] = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574};
  memcpy(in + 4, c->key, sizeof c->key);
  memcpy(in + 12, &c->counter, sizeof c->counter);
  memcpy(out, in, sizeof in);
  for (int i = 0; i < 10; i++) {
    for (int k = 0; k < 4; k++) quarter(out, k, k + 4, k + 8, k + 12);
    for (int k = 0; k < 4; k++) quarter(out, k, (k + 1) % 4 + 4, (k + 2) % 4 + 8, (k + 3) % 4 + 12);
  }
  for (int i = 0; i < 16; i++) out[i] += in[i];
}

/* Mixes the time that slow port reads take into the key.  A difference between two of them that is new counts as a
 * quarter of a bit: under a counting simulator all are equal, and the answer is 0. */
static void seed(struct plat *p) {
  struct chance *c = &p->chance;
  uint64_t last = cpu_ticks(), step = 0;
  unsigned changes = 0;
  for (int i = 0; i < SAMPLES; i++) {
    uint32_t out[16];
    uint64_t now = (cpu_in8(0x61), cpu_ticks());
    if (now - last != step && i > 1) changes++;
    step = now - last, last = now;
    c->key[i % 8] ^= (uint32_t)now ^ (uint32_t)(now >> 32);
    if (i % 8 != 7) continue;
    block(c, out);
    memcpy(c->key, out, sizeof c->key);
  }
  c->key[0] ^= (uint32_t)p->clock.wall;
  c->bits = changes / 4;
  c->seeded = true;
}

/* Takes one block and with its other half a new key, so that what was given cannot be computed back. */
static void generate(struct plat *p, uint8_t *to, size_t n) {
  struct chance *c = &p->chance;
  if (!c->seeded) seed(p);
  while (n > 0) {
    uint32_t out[16];
    size_t part = n < BLOCK / 2 ? n : BLOCK / 2;
    block(c, out);
    c->counter++;
    memcpy(to, out, part);
    memcpy(c->key, out + 8, sizeof c->key);
    to += part, n -= part;
  }
}

unsigned plat_random(struct plat *p, void *bytes, size_t n) {
  uint8_t *to = bytes;
  uint64_t v;
  while (p->features.rdrand && n > 0 && rdrand(&v)) {
    size_t part = n < sizeof v ? n : sizeof v;
    memcpy(to, &v, part);
    to += part, n -= part;
  }
  if (n == 0 && p->features.rdrand) return RDRAND_BITS;
  generate(p, to, n);
  return p->chance.bits;
}
