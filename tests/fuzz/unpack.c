/* tests/fuzz/unpack.c - any bytes as an initrd: unpacked, or refused with a sentence; the records stay sound.
 *
 * The whole path at once: sniffing, decoders, archive reader, path rules, inodes, arena, the way back.
 */
#include <stdlib.h>

#include "taproot.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
  struct taproot_options options = {.memory = 16 << 20, .now_ns = 0};
  struct taproot_flaw flaw = {0};
  struct taproot_memory before, after;
  struct taproot *t = taproot_start(&options);
  if (!t) return 0;
  taproot_memory(t, &before);
  int rc = taproot_unpack(t, bytes, n, NULL, &flaw);
  taproot_memory(t, &after);
  if (rc < 0 && (flaw.code != rc || !flaw.text[0])) abort(); /* no failure without its sentence */
  if (taproot_check(t) != NULL) abort();
  if (after.total != before.total || after.most_used > after.total) abort();
  taproot_stop(t);
  return 0;
}
