/* tests/fuzz/boot.c - any bytes as what a loader hands over: boot line, PVH start info.
 *
 * The first byte chooses.  A decoder may refuse anything, with a reason; it may not read beyond the end (ASan sees it,
 * the bytes are copied to a block of their own size) and what it accepts must keep its own promises.
 */
#include <stdlib.h>
#include <string.h>

#include "kernel/plat/proto/line.h"
#include "kernel/plat/proto/pvh.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

struct block {
  const uint8_t *bytes;
  size_t n;
};

static void need(bool promise) {
  if (!promise) abort();
}

static void count_unknown(void *owner, const char *word) { *(size_t *)owner += strlen(word); }

static void try_line(struct block b) {
  static struct line_words words;
  size_t unknown = 0;
  char word[64], *line = malloc(b.n + 1);
  memcpy(line, b.bytes, b.n);
  line[b.n] = 0;
  memset(&words, 0, sizeof words);
  const char *rest = line_read(line, &words, count_unknown, &unknown);
  need(unknown <= b.n && (!rest || (rest >= line && rest <= line + b.n)));
  if (rest)
    while (line_next(&rest, word, sizeof word) != 0) need(rest <= line + b.n);
  free(line);
}

static bool read_block(void *owner, phys_t at, void *to, size_t n) {
  const struct block *b = owner;
  if (at > b->n || n > b->n - at) return false;
  memcpy(to, b->bytes + at, n);
  return true;
}

static void try_pvh(struct block b) {
  static struct machine m;
  struct flaw flaw = {0};
  struct pvh_memory memory = {read_block, &b};
  memset(&m, 0, sizeof m);
  int rc = pvh_decode(&m, 0, &memory, &flaw);
  need(rc == 0 || flaw.code == rc);
  for (unsigned i = 0; i < m.ram_count; i++) {
    need(m.ram[i].bytes && m.ram[i].at % 4096 == 0 && m.ram[i].at + m.ram[i].bytes > m.ram[i].at);
    need(i == 0 || m.ram[i].at >= m.ram[i - 1].at + m.ram[i - 1].bytes);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
  static void (*const tries[])(struct block) = {try_line, try_pvh};
  if (n == 0) return 0;
  uint8_t *own = malloc(n - 1 ? n - 1 : 1);
  if (!own) return 0;
  memcpy(own, bytes + 1, n - 1);
  tries[bytes[0] % (sizeof tries / sizeof tries[0])]((struct block){own, n - 1});
  free(own);
  return 0;
}
