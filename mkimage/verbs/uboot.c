/* mkimage/verbs/uboot.c - calls that were meant for U-Boot's tool: see uboot.h. */
#include "mkimage/verbs/uboot.h"

#include <string.h>

/* U-Boot 2023.01: mkimage -h.  -o, -q and -v are ours too, -l is info. */
static const char uboot_letters[] = "ABCDEFGKNORTVabcdefgnprstx";

bool uboot_option(const char *word) { return word[0] == '-' && word[1] != 0 && strchr(uboot_letters, word[1]) != NULL; }

int uboot_refuse(const struct say *s, const char *word) {
  return say_error(
      s, EXIT_USAGE,
      "%s is an option of U-Boot's mkimage, and this is Taproot's: `mkimage app.cfg ROOTFS` makes a machine "
      "image of a directory (`mkimage --help`); U-Boot's is in the package u-boot-tools, and "
      "`make install PROGRAM_PREFIX=taproot-` puts ours beside it",
      say_name(word).text);
}
