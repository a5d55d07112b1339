/* tests/fuzz/initrd.c - the section's header, as it comes and with its digest made right, and the manifest. */
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
  free(section);
}

static void check_manifest(const uint8_t *bytes, size_t n) {
  struct cursor records;
  struct manifest_record r;
  struct flaw flaw = {0};
  int rc = manifest_open(&records, bytes, n, &flaw);
  assert(rc == flaw.code);
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
  return 0;
}
