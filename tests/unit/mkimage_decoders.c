/* tests/unit/mkimage_decoders.c - the note that names a kernel's decoders: true to the list, read with care. */
#include "mkimage/image/decoders.h"
#include "mkimage_kit.h"

/* The note stands beside the list of codecs, so this program has one, too. */
static void test_note_is_the_list(void **state) {
  struct image im = {.kind = IMAGE_KERNEL};
  struct flaw flaw = {0};
  size_t n, length = 0;
  uint8_t *bytes = kit_read("/proc/self/exe", &n);
  im.bytes = bytes;
  assert_int_equal(elf_open(&im.elf, bytes, n, n, &flaw), 0);
  const char *names = decoders_of(&im);
  assert_non_null(names);
  for (const struct codec *const *c = codec_list; *c != NULL; c++) {
    assert_true(decoders_have(names, (*c)->name));
    length += strlen((*c)->name) + 1;
  }
  assert_int_equal(strlen(names) + 1, length);
  im.kind = IMAGE_BARE;
  assert_null(decoders_of(&im));
  free(bytes);
}

static void test_names(void **state) {
  assert_true(decoders_have("gzip lz4-legacy", "gzip") && decoders_have("gzip lz4-legacy", "lz4-legacy"));
  assert_false(decoders_have("gzip lz4-legacy", "lz4") || decoders_have("gzip lz4-legacy", "legacy"));
  assert_true(decoders_have("lz4-legacy lz4", "lz4"));
  assert_false(decoders_have("", "lz4") || decoders_have("gzi", "gzip") || decoders_have("xgzip", "gzip"));
}

/* An ELF whose only segment is the notes in `note`, at the end of its memory. */
static const char *names_in(const void *note, size_t n, char *copy) {
  uint8_t *elf = calloc(1, ELF_HEADER + ELF_SEGMENT + n), *segment = elf + ELF_HEADER;
  struct image im = {.kind = IMAGE_KERNEL, .bytes = elf};
  struct flaw flaw = {0};
  memcpy(elf, "\x7f\x45LF\2\1\1", 7);
  bytes_put_le16(elf + 16, ELF_EXEC), bytes_put_le16(elf + 18, ELF_X86_64), bytes_put_le32(elf + 20, 1);
  bytes_put_le64(elf + 32, ELF_HEADER), bytes_put_le16(elf + 52, ELF_HEADER);
  bytes_put_le16(elf + 54, ELF_SEGMENT), bytes_put_le16(elf + 56, 1);
  bytes_put_le32(segment, ELF_PT_NOTE), bytes_put_le64(segment + 8, ELF_HEADER + ELF_SEGMENT);
  bytes_put_le64(segment + 32, n), bytes_put_le64(segment + 40, n);
  memcpy(segment + ELF_SEGMENT, note, n);
  assert_int_equal(elf_open(&im.elf, elf, ELF_HEADER + ELF_SEGMENT + n, ELF_HEADER + ELF_SEGMENT + n, &flaw), 0);
  const char *names = decoders_of(&im);
  if (names != NULL) names = strcpy(copy, names);
  free(elf);
  return names;
}

static void test_notes(void **state) {
  static const char xen[] = "\4\0\0\0\4\0\0\0\x12\0\0\0Xen\0abcd",
                    ours[] = "\x8\0\0\0\5\0\0\0\1\0\0\0Taproot\0gzip\0\0\0\0";
  char both[sizeof xen + sizeof ours], copy[64];
  memcpy(both, xen, sizeof xen - 1);
  memcpy(both + sizeof xen - 1, ours, sizeof ours - 1);
  size_t n = sizeof both - 2;
  assert_string_equal(names_in(both, n, copy), "gzip");
  for (size_t less = 0; less < n; less++) assert_null(names_in(both, less, copy));
  assert_null(names_in(xen, sizeof xen - 1, copy));
  for (size_t at = 0; at < sizeof ours - 4; at++) { /* any other owner, type or length: not ours, or not ended */
    char bad[sizeof ours];
    memcpy(bad, ours, sizeof ours);
    bad[at] ^= 1;
    if (at < 20) assert_null(names_in(bad, sizeof ours - 1, copy));
  }
  both[4] = both[5] = both[6] = both[7] = '\xff';
  assert_null(names_in(both, n, copy));
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_note_is_the_list), cmocka_unit_test(test_names),
                                     cmocka_unit_test(test_notes)};
  return cmocka_run_group_tests_name("mkimage_decoders", tests, NULL, NULL);
}
