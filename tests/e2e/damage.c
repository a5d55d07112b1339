/* tests/e2e/damage.c - flips every byte of an image's initrd section in turn and asks libtaproot, which must object.
 *
 * damage IMAGE FROM BYTES: the section's place in the file.  Each byte is tried with all its bits turned, and with
 * one bit that moves from byte to byte.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "taproot.h"

static int accepted(const uint8_t *image, size_t n) {
  struct taproot_options small = {.memory = 64 << 20, .now_ns = -1};
  struct taproot *t = taproot_start(&small);
  if (!t) abort();
  struct taproot_flaw flaw = {0};
  int rc = taproot_unpack_image(t, image, n, NULL, &flaw);
  if (rc < 0 && !flaw.text[0]) printf("a flaw without a sentence: %d\n", rc), exit(1);
  taproot_stop(t);
  return rc >= 0;
}

int main(int argc, char **argv) {
  static uint8_t image[16 << 20];
  if (argc != 4) return 2;
  FILE *f = fopen(argv[1], "rb");
  size_t n = f ? fread(image, 1, sizeof image, f) : 0, from = strtoul(argv[2], NULL, 0),
         bytes = strtoul(argv[3], NULL, 0);
  if (n == 0 || n == sizeof image || from > n || bytes > n - from) return 2;
  if (!accepted(image, n)) return printf("the whole image is refused\n"), 1;
  size_t missed = 0;
  for (size_t i = from; i < from + bytes; i++)
    for (int pass = 0; pass < 2; pass++) {
      uint8_t turn = pass ? (uint8_t)(1u << (i % 8)) : 0xff;
      image[i] ^= turn;
      if (accepted(image, n) && missed++ < 10)
        printf("byte %zu of the section turned by %02x is accepted\n", i - from, turn);
      image[i] ^= turn;
    }
  printf("%zu bytes flipped, %zu missed\n", bytes, missed);
  return missed != 0 || !accepted(image, n);
}
