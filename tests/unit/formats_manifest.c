/* tests/unit/formats_manifest.c - what is written is read again, and nothing else is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "formats/bytes.h"
#include "formats/err.h"
#include "formats/manifest.h"

enum { PAGE = 4096 };

static int make(uint8_t *out, size_t room) {
  struct manifest_writer w;
  uint8_t memory[8];
  bytes_put_le64(memory, 64 << 20);
  if (manifest_begin(&w, out, room) < 0 || manifest_add(&w, MANIFEST_NAME, "hello", 5) < 0 ||
      manifest_add(&w, MANIFEST_MEMORY, memory, 8) < 0 || manifest_add(&w, MANIFEST_ARG, "/bin/a", 6) < 0 ||
      manifest_add(&w, MANIFEST_ARG, "", 0) < 0 || manifest_add(&w, MANIFEST_RECIPE, "a\0b", 3) < 0)
    return ERR_NOSPC;
  return manifest_close(&w);
}

static int open_copy(const uint8_t *bytes, size_t n, struct flaw *flaw) {
  uint8_t *copy = malloc(n + !n);
  struct cursor records;
  struct manifest_record r;
  memcpy(copy, bytes, n);
  *flaw = (struct flaw){0};
  int rc = manifest_open(&records, copy, n, flaw), count = 0;
  while (rc == 0 && manifest_next(&records, &r)) count += 1 + (r.bytes[0] == 0 && r.length > 0);
  assert_int_equal(rc, flaw->code);
  free(copy);
  return rc;
}

static void there_and_back(void **state) {
  uint8_t page[PAGE];
  struct cursor records;
  struct manifest_record r;
  struct flaw flaw = {0};
  assert_int_equal(make(page, sizeof page), PAGE);
  assert_int_equal(manifest_open(&records, page, PAGE, &flaw), 0);
  assert_true(manifest_find(records, MANIFEST_ARG, &r));
  assert_int_equal(r.length, 6);
  assert_memory_equal(r.bytes, "/bin/a", 6);
  assert_false(manifest_find(records, MANIFEST_CWD, &r));
  uint16_t order[] = {MANIFEST_NAME, MANIFEST_MEMORY, MANIFEST_ARG, MANIFEST_ARG, MANIFEST_RECIPE};
  for (int i = 0; i < 5; i++) {
    assert_int_equal(manifest_next(&records, &r), 1);
    assert_int_equal(r.tag, order[i]);
  }
  assert_int_equal(manifest_next(&records, &r), 0);
}

/* The writer says when the room is too small, and stays within it. */
static void small_rooms(void **state) {
  for (size_t room = 0; room <= PAGE; room += room < 200 ? 1 : 37) {
    uint8_t *out = malloc(room + !room);
    assert_int_equal(make(out, room), room < PAGE ? ERR_NOSPC : PAGE);
    free(out);
  }
}

static void every_cut(void **state) {
  uint8_t page[PAGE];
  struct flaw flaw;
  make(page, sizeof page);
  uint32_t used = bytes_le32(page + 12);
  for (size_t n = 0; n < used; n++) assert_int_equal(open_copy(page, n, &flaw), n < 16 ? ERR_MAGIC : ERR_SIZE);
  for (uint32_t told = 17; told < used; told++) {
    bytes_put_le32(page + 12, told);
    assert_true(open_copy(page, PAGE, &flaw) < 0);
  }
}

static void bent(size_t at, uint8_t value, int code, const char *sentence) {
  uint8_t page[PAGE];
  struct flaw flaw;
  char line[200];
  make(page, sizeof page);
  page[at] = value;
  assert_int_equal(open_copy(page, PAGE, &flaw), code);
  flaw_print(&flaw, line, sizeof line);
  assert_string_equal(line, sentence);
}

static void bent_bytes(void **state) {
  bent(0, 0, ERR_MAGIC, "at stored offset 0: there is no manifest");
  bent(8, 2, ERR_VERSION, "at stored offset 8: this build reads manifest version 1; this manifest has version 2");
  bent(15, 0xff, ERR_SIZE, "at stored offset 12: the manifest's length is not one that it can have");
  bent(16, 77, ERR_VERSION, "at stored offset 16: the manifest has a record that this build does not know: tag 77");
  bent(18, 1, ERR_JUNK, "at stored offset 18: a manifest record's zero is not zero");
  bent(23, 1, ERR_CUT, "at stored offset 16: a manifest record reaches past the manifest's end");
  bent(24, 0, ERR_LAYOUT, "at stored offset 16: a NUL byte inside a text of the manifest");
  bent(29, 1, ERR_JUNK, "at stored offset 16: padding in the manifest is not zero");
  bent(32, 1, ERR_LAYOUT, "at stored offset 32: a manifest record stands there twice");
  bent(36, 7, ERR_LAYOUT, "at stored offset 32: the manifest's memory is not a number of 8 bytes");
  bent(PAGE - 1, 1, ERR_JUNK, "at stored offset 4095: a byte behind the manifest is not zero");
}

static void unknown_but_optional(void **state) {
  uint8_t page[PAGE];
  struct manifest_writer w;
  struct flaw flaw;
  manifest_begin(&w, page, sizeof page);
  manifest_add(&w, (enum manifest_tag)0x9000, "anything", 8);
  manifest_close(&w);
  assert_int_equal(open_copy(page, PAGE, &flaw), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(there_and_back), cmocka_unit_test(small_rooms),          cmocka_unit_test(every_cut),
      cmocka_unit_test(bent_bytes),     cmocka_unit_test(unknown_but_optional),
  };
  return cmocka_run_group_tests_name("formats_manifest", tests, NULL, NULL);
}
