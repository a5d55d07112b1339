/* kernel/boot/section.h - what an image carries: its manifest and its archives, checked and unpacked.
 *
 * The payload (plat_payload: the image's last segment) is `.manifest`, padded to a page, then `.initrd`.  The machine's
 * stages and libtaproot take the same steps, in this order:
 *
 *   section_find     the manifest and where the archives' header lies
 *   section_open     the header is good; its digest covers the manifest, too
 *   section_check    the archives' digests
 *   section_unpack   archive by archive into fs, pages given back behind the reader
 *   section_release  the pages of manifest and header, which nobody may read any more
 */
#ifndef KERNEL_BOOT_SECTION_H
#define KERNEL_BOOT_SECTION_H

#include "formats/initrd.h"
#include "kernel/boot/unpack.h"

struct section {
  const uint8_t *manifest;
  uint64_t manifest_bytes; /* whole pages */
  const uint8_t *initrd;
  uint64_t bytes;       /* of the payload, up to the end of its last page */
  struct initrd header; /* archives 0 when nothing is embedded */
};

/* 0; ERR_NOENT without a flaw: nothing is embedded (no payload, or the placeholder of zeros); else the flaw's code.
 * The manifest is good in itself when it is 0. */
int section_find(struct section *s, const uint8_t *payload, uint64_t bytes, struct flaw *flaw);

/* 0 or the flaw's code. */
int section_open(struct section *s, struct flaw *flaw);

/* The digests of all archives.  0 or the flaw's code. */
int section_check(const struct section *s, struct flaw *flaw);

/* `at` is where the payload lies: busy RAM, or (owned) pages with one owner, which pass to the calls.  The
 * report sums over the archives.  On failure the pages of the archives behind the bad one are given back, too. */
int section_unpack(const struct section *s, struct fs *fs, struct plat *plat, struct heap *heap, phys_t at, bool owned,
                   struct unpack_report *report, struct flaw *flaw);

/* Gives manifest and header back, and all archives, too, when section_unpack was never called.  Also after
 * section_find answered ERR_NOENT.  Bytes that went back; ERR_NOMEM. */
int64_t section_release(const struct section *s, struct pages *ps, phys_t at, bool owned, bool unpacked);

#endif
