/* tests/unit/formats_digest.c - digests against known values, in every cut and on both builds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sha2.h>

#include "formats/digest.h"
#include "formats/sha256_ni.h"
#include "formats/xxh3.h"

static void hex(const uint8_t *p, size_t n, char *out) {
  for (size_t i = 0; i < n; i++, out += 2) sprintf(out, "%02x", p[i]);
}

static void wanted(uint32_t kind, const char *text, const char *digest) {
  uint8_t out[DIGEST_BYTES];
  char printed[2 * DIGEST_BYTES + 1];
  digest_over(kind, text, strlen(text), out);
  hex(out, DIGEST_BYTES, printed);
  assert_string_equal(printed, digest);
}

/* Printed by xxhsum -H2 and sha256sum. */
static void known_values(void **state) {
  wanted(DIGEST_XXH3, "",
         "99aa06d3014798d86001c324468d497f"
         "00000000000000000000000000000000");
  wanted(DIGEST_SHA256, "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  wanted(DIGEST_SHA256, "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  wanted(DIGEST_NONE, "abc", "0000000000000000000000000000000000000000000000000000000000000000");
}

static void builds_agree(void **state) {
  static uint8_t text[5000];
  uint8_t one[16], other[16];
  for (size_t i = 0; i < sizeof text; i++) text[i] = (uint8_t)(i * i + i / 7);
  for (size_t n = 0; n < sizeof text; n += 1 + n / 9) {
    xxh3_sse2.over(text, n, one);
    if (xxh3_wide()) {
      xxh3_avx2.over(text, n, other);
      assert_memory_equal(one, other, 16);
    }
  }
}

static void any_cut_is_the_same(void **state) {
  static uint8_t text[3000];
  uint32_t kinds[] = {DIGEST_XXH3, DIGEST_SHA256};
  for (size_t i = 0; i < sizeof text; i++) text[i] = (uint8_t)(i * 31 + i / 255);
  for (int k = 0; k < 2; k++)
    for (size_t step = 1; step < 700; step = step * 2 + 1) {
      uint8_t whole[DIGEST_BYTES], parts[DIGEST_BYTES];
      struct digest d;
      digest_over(kinds[k], text, sizeof text, whole);
      digest_start(&d, kinds[k]);
      for (size_t at = 0; at < sizeof text; at += step)
        digest_add(&d, text + at, sizeof text - at < step ? sizeof text - at : step);
      digest_final(&d, parts);
      assert_memory_equal(whole, parts, DIGEST_BYTES);
    }
}

/* Lengths and cuts of all kinds against libmd alone. */
static void the_processors_own(void **state) {
  static uint8_t text[20000];
  if (!sha256_ni_there()) skip();
  srand(5);
  for (size_t i = 0; i < sizeof text; i++) text[i] = (uint8_t)rand();
  for (int round = 0; round < 3000; round++) {
    size_t n = (size_t)rand() % (round % 10 ? 300 : sizeof text), from = (size_t)rand() % (sizeof text - n);
    uint8_t want[DIGEST_BYTES], got[DIGEST_BYTES];
    struct digest d;
    SHA2_CTX peer;
    SHA256Init(&peer);
    SHA256Update(&peer, text + from, n);
    SHA256Final(want, &peer);
    digest_start(&d, DIGEST_SHA256);
    for (size_t at = 0, some; at < n; at += some) {
      some = (size_t)rand() % (n - at + 1);
      digest_add(&d, text + from + at, some);
    }
    digest_final(&d, got);
    assert_memory_equal(got, want, DIGEST_BYTES);
  }
}

static void names(void **state) {
  uint32_t kind = 0;
  assert_true(digest_by_name("sha256", &kind) && kind == DIGEST_SHA256);
  assert_true(digest_by_name("xxh3", &kind) && kind == DIGEST_XXH3);
  assert_true(digest_by_name("none", &kind) && kind == DIGEST_NONE);
  assert_false(digest_by_name("md5", &kind));
  assert_string_equal(digest_name(DIGEST_SHA256), "sha256");
  assert_string_equal(digest_name(7), "unknown");
  for (int bit = 0; bit < 32; bit++) assert_false(digest_known(DIGEST_XXH3 ^ UINT32_C(1) << bit));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(known_values),       cmocka_unit_test(builds_agree), cmocka_unit_test(any_cut_is_the_same),
      cmocka_unit_test(the_processors_own), cmocka_unit_test(names),
  };
  return cmocka_run_group_tests_name("formats_digest", tests, NULL, NULL);
}
