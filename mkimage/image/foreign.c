/* mkimage/image/foreign.c - a table of magics: see foreign.h. */
#include "mkimage/image/foreign.h"

#include <string.h>

#define FOREIGN_UBOOT "U-Boot's tool of the same name reads it: `mkimage -l` of the package u-boot-tools"

static const struct foreign {
  uint64_t at;
  const char *magic;
  size_t length;
  const char *sentence;
} foreign_table[] = {
    {0, "\x27\x05\x19\x56", 4, "a uImage, no image of Taproot's; " FOREIGN_UBOOT},
    {0, "\xd0\x0d\xfe\xed", 4, "a device tree or FIT image, no image of Taproot's; " FOREIGN_UBOOT},
    {514, "HdrS", 4, "a Linux kernel (bzImage), no image of Taproot's; `mkimage app.cfg ROOTFS` makes one"},
    {56, "ARM\x64", 4, "a Linux kernel for arm64, no image of Taproot's; `mkimage app.cfg ROOTFS` makes one"},
    {0, "hsqs", 4, "a squashfs, neither an image nor an archive; unpack it with unsquashfs and pack the directory"},
    {1080, "\x53\xef", 2, "an ext2, ext3 or ext4 file system; mount it and pack the directory"},
    {0, "QFI\xfb", 4, "a qcow2 disk, neither an image nor an archive; mount it and pack the directory"},
    {32769, "CD001", 5, "an ISO 9660 file system; mount it and pack the directory"},
    {0, "!<arch>\n", 8, "an ar archive or Debian package; `dpkg -x FILE DIR` unpacks a package, then pack DIR"},
    {0, "\xed\xab\xee\xdb", 4, "an RPM package; `rpm2cpio FILE` makes a cpio archive of it"},
    {0, "MZ", 2, "a DOS, Windows or EFI program, neither an image nor an archive"},
    {0, "#!", 2, "a script, neither an image nor an archive"},
};

const char *foreign_sentence(const uint8_t *bytes, uint64_t size) {
  for (size_t i = 0; i < sizeof foreign_table / sizeof foreign_table[0]; i++) {
    const struct foreign *f = &foreign_table[i];
    if (size >= f->length && f->at <= size - f->length && memcmp(bytes + f->at, f->magic, f->length) == 0)
      return f->sentence;
  }
  return NULL;
}
