/* formats/initrd.c - the header in front of the embedded archives, both ways.
 *
 * Floor 0.  mkimage writes it; the machine and `verify` read it before a byte
 * of an archive is looked at.
 */
#include <string.h>

#include "formats/bytes.h"
#include "formats/err.h"
#include "formats/initrd.h"

enum { MAGIC_LENGTH = 8, DIGEST_AT = 48, FIXED_END = DIGEST_AT + DIGEST_BYTES, ROW_DIGEST = 40, ROW_END = 72 };

size_t initrd_header_bytes(void) { return bytes_round_up(INITRD_FIXED + LIMIT_ARCHIVES * INITRD_ROW, LIMIT_PAGE); }

/* The digest that stands in the header, over the header without it and the manifest. */
static void header_digest(const struct initrd *h, const uint8_t *header, const uint8_t *manifest,
                          uint8_t out[DIGEST_BYTES]) {
  static const uint8_t zeros[DIGEST_BYTES];
  struct digest d;
  digest_start(&d, h->check);
  digest_add(&d, header, DIGEST_AT);
  digest_add(&d, zeros, DIGEST_BYTES);
  digest_add(&d, header + FIXED_END, h->header_bytes - FIXED_END);
  digest_add(&d, manifest, h->manifest_bytes);
  digest_final(&d, out);
}

static void encode_row(const struct initrd_archive *a, uint8_t *p) {
  bytes_put_le32(p, a->codec);
  bytes_put_le32(p + 4, a->check);
  bytes_put_le64(p + 8, a->offset);
  bytes_put_le64(p + 16, a->stored);
  bytes_put_le64(p + 24, a->unpacked);
  bytes_put_le64(p + 32, a->entries);
  memcpy(p + ROW_DIGEST, a->digest, DIGEST_BYTES);
}

static void decode_row(struct initrd_archive *a, const uint8_t *p) {
  a->codec = bytes_le32(p);
  a->check = bytes_le32(p + 4);
  a->offset = bytes_le64(p + 8);
  a->stored = bytes_le64(p + 16);
  a->unpacked = bytes_le64(p + 24);
  a->entries = bytes_le64(p + 32);
  memcpy(a->digest, p + ROW_DIGEST, DIGEST_BYTES);
}

void initrd_encode(const struct initrd *h, const uint8_t *manifest, uint8_t *out) {
  struct initrd whole = *h;
  whole.header_bytes = (uint32_t)initrd_header_bytes();
  memset(out, 0, whole.header_bytes);
  memcpy(out, INITRD_MAGIC, MAGIC_LENGTH);
  bytes_put_le32(out + 8, INITRD_VERSION);
  bytes_put_le32(out + 12, h->archives);
  bytes_put_le32(out + 16, whole.header_bytes);
  bytes_put_le32(out + 20, h->check);
  bytes_put_le64(out + 24, h->section_bytes);
  bytes_put_le64(out + 32, h->manifest_bytes);
  for (uint32_t i = 0; i < h->archives; i++) encode_row(&h->archive[i], out + INITRD_FIXED + i * INITRD_ROW);
  header_digest(&whole, out, manifest, out + DIGEST_AT);
}

/* Nothing is unpacked yet: every offset is one in the section. */
static int refuse(struct flaw *flaw, int code, uint64_t at, const char *reason) {
  return flaw_set_stored(flaw, code, at, reason);
}

static int refuse_number(struct flaw *flaw, int code, uint64_t at, const char *reason, uint64_t number) {
  flaw_set_stored(flaw, code, at, reason);
  flaw_number(flaw, number);
  return flaw->code;
}

static int must_be_zero(const uint8_t *section, uint64_t from, uint64_t upto, struct flaw *flaw) {
  uint64_t n = bytes_first_nonzero(section + from, upto - from);
  return n == upto - from ? 0 : refuse(flaw, ERR_JUNK, from + n, "a byte of padding is not zero");
}

/* What the digest itself depends on. */
static int decode_fixed(struct initrd *h, const uint8_t *p, uint64_t n, uint64_t manifest_bytes, struct flaw *flaw) {
  if (n < MAGIC_LENGTH || memcmp(p, INITRD_MAGIC, MAGIC_LENGTH) != 0)
    return refuse(flaw, ERR_MAGIC, 0, "not an initrd section of ours");
  if (n < INITRD_FIXED) return refuse(flaw, ERR_CUT, n, "the initrd section ends inside its header");
  uint32_t version = bytes_le32(p + 8);
  if (version != INITRD_VERSION)
    return refuse_number(flaw, ERR_VERSION, 8, "this build reads format version 1; this section has version", version);
  h->archives = bytes_le32(p + 12);
  h->header_bytes = bytes_le32(p + 16);
  h->check = bytes_le32(p + 20);
  h->section_bytes = bytes_le64(p + 24);
  h->manifest_bytes = bytes_le64(p + 32);
  if (h->section_bytes > n)
    return refuse_number(flaw, ERR_CUT, n, "the initrd section is cut; its bytes should be", h->section_bytes);
  if (h->section_bytes % LIMIT_PAGE != 0) return refuse(flaw, ERR_SIZE, 24, "the section's size is not whole pages");
  if (h->archives > LIMIT_ARCHIVES)
    return refuse_number(flaw, ERR_SIZE, 12, "more archives than the eight there can be:", h->archives);
  if (h->header_bytes != initrd_header_bytes() || h->header_bytes > h->section_bytes)
    return refuse_number(flaw, ERR_SIZE, 16, "a header size that version 1 does not have:", h->header_bytes);
  if (h->manifest_bytes != manifest_bytes)
    return refuse_number(flaw, ERR_LAYOUT, 32,
                         "the manifest there is not of the size the header tells:", h->manifest_bytes);
  if (!digest_known(h->check) || h->check == DIGEST_NONE)
    return refuse_number(flaw, ERR_VERSION, 20, "an unknown kind of digest over the header:", h->check);
  return 0;
}

static int check_row(const struct initrd *h, const struct initrd_archive *a, uint64_t at, struct flaw *flaw) {
  if (a->codec != CODEC_NONE && codec_by_id(a->codec) == NULL)
    return refuse_number(flaw, ERR_VERSION, at, "an archive in a codec this build does not know: number", a->codec);
  if (!digest_known(a->check))
    return refuse_number(flaw, ERR_VERSION, at + 4, "an unknown kind of digest over an archive:", a->check);
  if (a->check == DIGEST_SHA256 && h->check != DIGEST_SHA256)
    return refuse(flaw, ERR_LAYOUT, at + 4, "the header's digest is weaker than an archive's");
  if (a->check == DIGEST_NONE && !bytes_are_zero(a->digest, DIGEST_BYTES))
    return refuse(flaw, ERR_JUNK, at + ROW_DIGEST, "a digest where there should be none");
  if (a->stored == 0) return refuse(flaw, ERR_SIZE, at + 16, "an archive of no bytes");
  if (a->codec == CODEC_NONE && a->unpacked != a->stored)
    return refuse(flaw, ERR_LAYOUT, at + 24, "an uncompressed archive with two different sizes");
  return 0;
}

/* Archive by archive: each begins at the page where the one before ends, and zeros fill what is between. */
static int check_layout(struct initrd *h, const uint8_t *section, struct flaw *flaw) {
  uint64_t next = h->header_bytes;
  for (uint32_t i = 0; i < h->archives; i++) {
    struct initrd_archive *a = &h->archive[i];
    uint64_t at = INITRD_FIXED + i * INITRD_ROW;
    int rc = check_row(h, a, at, flaw);
    if (rc < 0) return rc;
    if (a->offset != next) return refuse(flaw, ERR_LAYOUT, at + 8, "an archive does not begin where it should");
    if (a->stored > h->section_bytes - next)
      return refuse(flaw, ERR_SIZE, at + 16, "an archive reaches past the end of the section");
    next = bytes_round_up(a->offset + a->stored, LIMIT_PAGE);
    if ((rc = must_be_zero(section, a->offset + a->stored, next, flaw)) < 0) return rc;
  }
  return must_be_zero(section, next, h->section_bytes, flaw);
}

int initrd_decode(struct initrd *h, const uint8_t *section, uint64_t section_bytes, const uint8_t *manifest,
                  uint64_t manifest_bytes, struct flaw *flaw) {
  uint8_t sum[DIGEST_BYTES];
  memset(h, 0, sizeof *h);
  int rc = decode_fixed(h, section, section_bytes, manifest_bytes, flaw);
  if (rc < 0) return rc;
  header_digest(h, section, manifest, sum);
  if (memcmp(sum, section + DIGEST_AT, DIGEST_BYTES) != 0)
    return refuse(flaw, ERR_SUM, DIGEST_AT, "the digest over header and manifest does not match");
  if ((rc = must_be_zero(section, 40, DIGEST_AT, flaw)) < 0) return rc;
  if ((rc = must_be_zero(section, FIXED_END, INITRD_FIXED, flaw)) < 0) return rc;
  for (uint32_t i = 0; i < h->archives; i++) {
    uint64_t row = INITRD_FIXED + i * INITRD_ROW;
    decode_row(&h->archive[i], section + row);
    if ((rc = must_be_zero(section, row + ROW_END, row + INITRD_ROW, flaw)) < 0) return rc;
  }
  rc = must_be_zero(section, INITRD_FIXED + h->archives * INITRD_ROW, h->header_bytes, flaw);
  return rc < 0 ? rc : check_layout(h, section, flaw);
}

int initrd_check(const struct initrd *h, unsigned i, const uint8_t *section, struct flaw *flaw) {
  const struct initrd_archive *a = &h->archive[i];
  uint8_t sum[DIGEST_BYTES];
  digest_over(a->check, section + a->offset, a->stored, sum);
  if (memcmp(sum, a->digest, DIGEST_BYTES) == 0) return 0;
  return refuse(flaw, ERR_SUM, a->offset, "the archive's digest does not match: its bytes are damaged");
}
