/* formats/initrd.h - the header of the embedded `.initrd` section.
 *
 * The section lies page-aligned at the end of the image's last segment, right behind `.manifest`.
 * It begins with this header, padded with zeros to `header_bytes` (a multiple of
 * the page), then the archives, each at a page boundary, each padded with zeros
 * to the next.  All numbers are little-endian.  docs/format.md has every byte.
 *
 *    0  magic "TAPROOT\x1a"       8  version (1)         12  archives
 *   16  header_bytes             20  digest kind (header) 24  section_bytes
 *   32  manifest_bytes           40  flags (0)           44  zero
 *   48  digest[32]: over this header (this field zeroed) up to
 *       header_bytes, then over the manifest_bytes of `.manifest`
 *   80  zero up to 128
 *  128  archives × 96 bytes:
 *       0 codec  4 digest kind  8 offset  16 stored  24 unpacked  32 entries
 *      40 digest[32] over the stored bytes   72 zero up to 96
 *
 * The header's digest is never "none" (XXH3, or SHA-256 when the archives use
 * it), so that kind, sizes and manifest are always covered; padding is checked
 * to be zero.
 */
#ifndef FORMATS_INITRD_H
#define FORMATS_INITRD_H

#include <stddef.h>
#include <stdint.h>

#include "formats/codec.h"
#include "formats/digest.h"
#include "formats/flaw.h"
#include "formats/limits.h"

#define INITRD_MAGIC "TAPROOT\x1a"
enum { INITRD_VERSION = 1, INITRD_FIXED = 128, INITRD_ROW = 96 };

struct initrd_archive {
  uint32_t codec;    /* enum codec_id */
  uint32_t check;    /* enum digest_kind */
  uint64_t offset;   /* from the section's first byte */
  uint64_t stored;   /* bytes as they stand in the section */
  uint64_t unpacked; /* bytes of the archive when decoded */
  uint64_t entries;  /* without the trailer */
  uint8_t digest[DIGEST_BYTES];
};

struct initrd {
  uint32_t archives;
  uint32_t header_bytes;
  uint32_t check; /* digest kind of the header */
  uint64_t section_bytes;
  uint64_t manifest_bytes;
  struct initrd_archive archive[LIMIT_ARCHIVES];
};

/* Bytes the header takes on the wire (a multiple of the page). */
size_t initrd_header_bytes(void);

/* Writes header_bytes bytes at out and computes the header's digest.
 * manifest is the whole `.manifest` section (manifest_bytes). */
void initrd_encode(const struct initrd *h, const uint8_t *manifest, uint8_t *out);

/* Reads and checks everything but the archives' own digests: magic, version,
 * kinds, digest, offsets inside the section in ascending order, padding zero
 * up to the first archive and behind each one.  section_bytes is what is really
 * there; bytes behind h->section_bytes are not looked at.  0 or flaw's code:
 * ERR_MAGIC when it is no such section, ERR_VERSION naming the version, ... */
int initrd_decode(struct initrd *h, const uint8_t *section, uint64_t section_bytes, const uint8_t *manifest,
                  uint64_t manifest_bytes, struct flaw *flaw);

/* Checks the digest of archive i over its stored bytes. */
int initrd_check(const struct initrd *h, unsigned i, const uint8_t *section, struct flaw *flaw);

#endif
