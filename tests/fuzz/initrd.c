/* tests/fuzz/initrd.c - the section's header, as it comes and with its digest made right; the manifest, read and
 * written. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "formats/bytes.h"
#include "formats/err.h"
#include "formats/initrd.h"
#include "formats/manifest.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void check_section(const uint8_t *section, size_t n, const uint8_t *manifest, size_t manifest_bytes) {
  struct initrd h;
  struct flaw flaw = {0};
  int rc = initrd_decode(&h, section, n, manifest, manifest_bytes, &flaw);
  assert(rc == flaw.code);
  if (rc < 0) {
    assert(flaw.reason && flaw.packed <= n);
    return;
  }
  uint64_t end = h.header_bytes;
  assert(h.section_bytes <= n && h.archives <= LIMIT_ARCHIVES);
  for (unsigned i = 0; i < h.archives; i++) {
    assert(h.archive[i].offset >= end && h.archive[i].offset % LIMIT_PAGE == 0 && h.archive[i].stored > 0);
    assert(h.archive[i].stored <= h.section_bytes - h.archive[i].offset);
    end = h.archive[i].offset + h.archive[i].stored;
    initrd_check(&h, i, section, &flaw);
  }
}

/* Three bytes: what becomes another byte, and which. */
static void spoil(uint8_t *section, size_t room, const uint8_t *bytes, size_t n) {
  for (; n >= 3; bytes += 3, n -= 3) section[(bytes[0] | (size_t)(bytes[1] & 63) << 8) % room] = bytes[2];
}

/* Sets the digest of a header whose bytes were changed. */
static void seal(uint8_t *section, const uint8_t *manifest, size_t n) {
  enum { AT = 48 };
  struct digest d;
  uint32_t kind = bytes_le32(section + 20);
  if (!digest_known(kind)) return;
  memset(section + AT, 0, DIGEST_BYTES);
  digest_start(&d, kind);
  digest_add(&d, section, initrd_header_bytes());
  digest_add(&d, manifest, n);
  digest_final(&d, section + AT);
}

/* The same bytes as the fields of a header whose digest is right, over pages of zeros. */
static void check_sealed(const uint8_t *bytes, size_t n) {
  struct initrd h = {0};
  enum { PAGES = 4 };
  uint8_t *section = calloc(PAGES, LIMIT_PAGE);
  memcpy(&h, bytes, n < sizeof h ? n : sizeof h);
  h.archives %= LIMIT_ARCHIVES + 1;
  if (h.check != DIGEST_SHA256) h.check = DIGEST_XXH3;
  h.section_bytes = h.section_bytes % 16 < 12 ? PAGES * LIMIT_PAGE : h.section_bytes;
  h.manifest_bytes = n;
  for (unsigned i = 0; i < h.archives; i++) {
    struct initrd_archive *a = &h.archive[i];
    if (a->codec % 8 < 6) a->codec %= 8;
    if (a->check != DIGEST_XXH3 && a->check % 8 < 6) a->check = DIGEST_NONE, memset(a->digest, 0, DIGEST_BYTES);
    if (a->offset % 8 < 6) a->offset = (i + 1) * LIMIT_PAGE;
    if (a->stored % 8 < 6) a->stored %= LIMIT_PAGE;
    if (a->unpacked % 8 < 6) a->unpacked = a->stored;
  }
  initrd_encode(&h, bytes, section);
  check_section(section, PAGES * LIMIT_PAGE, bytes, n);
  if (n > sizeof h) spoil(section, PAGES * LIMIT_PAGE, &bytes[sizeof h], n - sizeof h);
  if (n > sizeof h) check_section(section, PAGES * LIMIT_PAGE, bytes, n);
  if (n > sizeof h + 3) seal(section, bytes, n - (bytes[n - 1] == 0));
  check_section(section, PAGES * LIMIT_PAGE, bytes, n);
  free(section);
}

/* What was read, written again, is read the same. */
static void check_written(struct cursor records) {
  enum { PAGES = 20 };
  uint8_t *out = malloc(PAGES * LIMIT_PAGE);
  struct manifest_writer w;
  struct manifest_record r, again;
  struct cursor copy, from = records;
  struct flaw flaw = {0};
  bool fits = manifest_begin(&w, out, PAGES * LIMIT_PAGE) == 0;
  while (manifest_next(&from, &r)) fits = fits && manifest_add(&w, r.tag, r.bytes, r.length) == 0;
  int n = fits ? manifest_close(&w) : 0;
  if (n > 0) {
    assert(n % LIMIT_PAGE == 0 && manifest_open(&copy, out, (uint64_t)n, &flaw) == 0);
    while (manifest_next(&records, &r)) {
      assert(manifest_next(&copy, &again) && again.tag == r.tag && again.length == r.length);
      assert(memcmp(again.bytes, r.bytes, r.length) == 0 && manifest_find(copy, r.tag, &again) <= 1);
    }
    assert(!manifest_next(&copy, &again));
  }
  free(out);
}

/* A narrow room: what does not fit is said. */
static void check_narrow(const uint8_t *bytes, size_t n) {
  struct manifest_writer w;
  size_t room = n > 0 ? bytes[0] * UINT64_C(17) : 0;
  uint8_t *out = malloc(room + !room);
  int rc = manifest_begin(&w, out, room);
  assert((rc == 0) == (room >= MANIFEST_HEADER));
  if (rc == 0) rc = manifest_add(&w, MANIFEST_NAME, bytes, n);
  if (rc == 0) rc = manifest_close(&w);
  assert(rc == ERR_NOSPC || (rc > 0 && (size_t)rc <= room && n < room));
  free(out);
}

static void check_names(const uint8_t *bytes, size_t n) {
  uint32_t kind = 0, again;
  if (n >= 4) memcpy(&kind, bytes, 4);
  const char *name = digest_name(kind);
  assert(digest_known(kind) == digest_by_name(name, &again) && (!digest_known(kind) || again == kind));
  const struct codec *c = codec_by_id((enum codec_id)(kind & 15));
  if (c) assert(codec_by_name(c->name) == c && codec_name(c->id) == c->name);
  assert(codec_name((enum codec_id)(kind & 15))[0] && !codec_by_name("of no kind"));
}

/* A digest is the same in one piece and in two. */
static void check_digest(const uint8_t *bytes, size_t n) {
  static const uint32_t kinds[] = {DIGEST_NONE, DIGEST_XXH3, DIGEST_SHA256};
  for (unsigned i = 0; i < 3; i++) {
    uint8_t one[DIGEST_BYTES], two[DIGEST_BYTES];
    struct digest d;
    digest_over(kinds[i], bytes, n, one);
    digest_start(&d, kinds[i]);
    digest_add(&d, bytes, n / 3);
    digest_add(&d, bytes + n / 3, n - n / 3);
    digest_final(&d, two);
    assert(memcmp(one, two, DIGEST_BYTES) == 0);
  }
}

static void check_manifest(const uint8_t *bytes, size_t n) {
  struct cursor records;
  struct manifest_record r;
  struct flaw flaw = {0};
  int rc = manifest_open(&records, bytes, n, &flaw);
  assert(rc == flaw.code);
  if (rc == 0) check_written(records);
  while (rc == 0 && manifest_next(&records, &r) == 1) {
    assert(r.bytes >= bytes && r.length <= (size_t)(bytes + n - r.bytes));
    assert(r.tag != MANIFEST_MEMORY || r.length == 8);
  }
  if (rc == 0) assert(cursor_left(&records) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
  check_section(bytes, n, bytes, n < 96 ? n : 96);
  check_sealed(bytes, n);
  check_manifest(bytes, n);
  check_narrow(bytes, n);
  check_names(bytes, n);
  check_digest(bytes, n);
  return 0;
}
