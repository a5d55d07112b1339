/* tests/unit/formats_initrd.c - the section: read back, and every single bit of it noticed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "formats/bytes.h"
#include "formats/err.h"
#include "formats/initrd.h"

enum { PAGE = 4096, SECTION = 5 * PAGE, FIRST = 5000, SECOND = 100 };

struct image {
  struct initrd h;
  uint8_t manifest[PAGE];
  uint8_t section[SECTION];
};

static struct image *image_make(uint32_t check) {
  struct image *m = calloc(1, sizeof *m);
  m->h = (struct initrd){.archives = 2, .check = check, .section_bytes = SECTION, .manifest_bytes = PAGE};
  m->h.archive[0] = (struct initrd_archive){
      .codec = CODEC_NONE, .check = check, .offset = PAGE, .stored = FIRST, .unpacked = FIRST, .entries = 3};
  m->h.archive[1] = (struct initrd_archive){
      .codec = CODEC_LZ4, .check = DIGEST_XXH3, .offset = 3 * PAGE, .stored = SECOND, .unpacked = 900, .entries = 2};
  memset(m->manifest, 'm', PAGE);
  memset(m->section + PAGE, 'a', FIRST);
  memset(m->section + 3 * PAGE, 'b', SECOND);
  for (int i = 0; i < 2; i++) {
    struct initrd_archive *a = &m->h.archive[i];
    digest_over(a->check, m->section + a->offset, a->stored, a->digest);
  }
  initrd_encode(&m->h, m->manifest, m->section);
  return m;
}

/* Writes the header again from m->h, so that its digest is right whatever it says. */
static struct image *sealed(struct image *m) {
  initrd_encode(&m->h, m->manifest, m->section);
  return m;
}

static int verdict(const struct image *m, uint64_t n, struct flaw *flaw) {
  struct initrd h;
  *flaw = (struct flaw){0};
  int rc = initrd_decode(&h, m->section, n, m->manifest, PAGE, flaw);
  for (unsigned i = 0; rc == 0 && i < h.archives; i++) rc = initrd_check(&h, i, m->section, flaw);
  assert_int_equal(rc, flaw->code);
  return rc;
}

static void there_and_back(void **state) {
  uint32_t kinds[] = {DIGEST_XXH3, DIGEST_SHA256};
  for (int i = 0; i < 2; i++) {
    struct image *m = image_make(kinds[i]);
    struct initrd h;
    struct flaw flaw = {0};
    assert_int_equal(verdict(m, SECTION, &flaw), 0);
    assert_int_equal(initrd_decode(&h, m->section, SECTION, m->manifest, PAGE, &flaw), 0);
    m->h.header_bytes = PAGE;
    assert_memory_equal(&h, &m->h, sizeof h);
    free(m);
  }
}

/* Flip any one bit of section or manifest: it is noticed, whichever it is. */
static void every_bit(void **state) {
  struct image *m = image_make(DIGEST_XXH3);
  struct flaw flaw;
  uint8_t *whole = m->manifest;
  for (size_t i = 0; i < PAGE + SECTION; i++)
    for (int bit = 0; bit < 8; bit += 1 + (i > 2 * PAGE)) {
      whole[i] ^= (uint8_t)(1 << bit);
      assert_true(verdict(m, SECTION, &flaw) < 0);
      whole[i] ^= (uint8_t)(1 << bit);
    }
  assert_int_equal(verdict(m, SECTION, &flaw), 0);
  free(m);
}

static void every_cut(void **state) {
  struct image *m = image_make(DIGEST_XXH3);
  struct flaw flaw;
  for (size_t n = 0; n < SECTION; n++) assert_int_equal(verdict(m, n, &flaw), n < 8 ? ERR_MAGIC : ERR_CUT);
  free(m);
}

static void says(struct image *m, int code, const char *sentence) {
  struct flaw flaw;
  char line[200];
  assert_int_equal(verdict(m, SECTION, &flaw), code);
  flaw_print(&flaw, line, sizeof line);
  assert_string_equal(line, sentence);
  free(m);
}

/* Headers with a good digest that say what cannot be. */
static void sealed_nonsense(void **state) {
  struct image *m;
#define BENT(change, code, sentence)                                                                                   \
  (m = image_make(DIGEST_XXH3), m->change, says(sealed(m), code, "at stored offset " sentence))
  BENT(h.archives = 1, ERR_JUNK, "12288: a byte of padding is not zero");
  BENT(h.archive[0].codec = 9, ERR_VERSION, "128: an archive in a codec this build does not know: number 9");
  BENT(h.archive[0].check = 9, ERR_VERSION, "132: an unknown kind of digest over an archive: 9");
  BENT(h.archive[1].check = DIGEST_SHA256, ERR_LAYOUT, "228: the header's digest is weaker than an archive's");
  BENT(h.archive[1].check = DIGEST_NONE, ERR_JUNK, "264: a digest where there should be none");
  BENT(h.archive[0].stored = 0, ERR_SIZE, "144: an archive of no bytes");
  BENT(h.archive[0].unpacked = 1, ERR_LAYOUT, "152: an uncompressed archive with two different sizes");
  BENT(h.archive[0].offset = 0, ERR_LAYOUT, "136: an archive does not begin where it should");
  BENT(h.archive[1].offset = UINT64_MAX - 4095, ERR_LAYOUT, "232: an archive does not begin where it should");
  BENT(h.archive[1].stored = UINT64_MAX, ERR_SIZE, "240: an archive reaches past the end of the section");
  BENT(h.archive[1].stored = 2 * PAGE + 1, ERR_SIZE, "240: an archive reaches past the end of the section");
  BENT(h.archive[1].stored = SECOND - 1, ERR_JUNK, "12387: a byte of padding is not zero");
  BENT(h.check = DIGEST_NONE, ERR_VERSION, "20: an unknown kind of digest over the header: 1701736302");
  BENT(h.section_bytes = SECTION - 1, ERR_SIZE, "24: the section's size is not whole pages");
  BENT(h.section_bytes = UINT64_MAX - 4095, ERR_CUT,
       "20480: the initrd section is cut; its bytes should be 18446744073709547520");
  BENT(h.manifest_bytes = 96, ERR_LAYOUT, "32: the manifest there is not of the size the header tells: 96");
  BENT(section[SECTION - 1] = 1, ERR_JUNK, "20479: a byte of padding is not zero");
  BENT(section[PAGE] = 1, ERR_SUM, "4096: the archive's digest does not match: its bytes are damaged");
  BENT(h.section_bytes = PAGE, ERR_SIZE, "144: an archive reaches past the end of the section");
}

static void named_refusals(void **state) {
  struct image *m = image_make(DIGEST_XXH3);
  m->section[8] = 2;
  says(m, ERR_VERSION, "at stored offset 8: this build reads format version 1; this section has version 2");
  m = image_make(DIGEST_XXH3);
  m->section[0] = 0;
  says(m, ERR_MAGIC, "at stored offset 0: not an initrd section of ours");
  m = image_make(DIGEST_XXH3);
  m->manifest[77] = 0;
  says(m, ERR_SUM, "at stored offset 48: the digest over header and manifest does not match");
  m = image_make(DIGEST_XXH3);
  bytes_put_le32(m->section + 12, 0xffffffff);
  says(m, ERR_SIZE, "at stored offset 12: more archives than the eight there can be: 4294967295");
  m = image_make(DIGEST_XXH3);
  bytes_put_le32(m->section + 16, 0xfffff000);
  says(m, ERR_SIZE, "at stored offset 16: a header size that version 1 does not have: 4294963200");
}

static void no_archive_at_all(void **state) {
  struct image *m = calloc(1, sizeof *m);
  struct flaw flaw;
  m->h = (struct initrd){.check = DIGEST_XXH3, .section_bytes = PAGE, .manifest_bytes = PAGE};
  assert_int_equal(verdict(sealed(m), SECTION, &flaw), 0);
  memset(m->section, 0, PAGE);
  assert_int_equal(verdict(m, SECTION, &flaw), ERR_MAGIC);
  free(m);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(there_and_back),  cmocka_unit_test(every_bit),      cmocka_unit_test(every_cut),
      cmocka_unit_test(sealed_nonsense), cmocka_unit_test(named_refusals), cmocka_unit_test(no_archive_at_all),
  };
  return cmocka_run_group_tests_name("formats_initrd", tests, NULL, NULL);
}
