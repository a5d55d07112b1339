/* tests/unit/mkimage_place.c - which words are paths in an image, and what their last component is. */
#include "mkimage_kit.h"

#include "formats/limits.h"
#include "mkimage/verbs/place.h"

static void test_words(void **state) {
  struct place p;
  static const char *const host[] = {"a", "./a:b", "a:b", "/a/b", ":/a", "", "a:", "dir:/file"};
  assert_int_equal(mkdir("dir:", 0755), 0);
  for (size_t i = 0; i < sizeof host / sizeof host[0]; i++) assert_false(place_read(&p, host[i]));
  assert_true(place_read(&p, "a.elf:/etc/x:/y"));
  assert_string_equal(p.image, "a.elf");
  assert_string_equal(p.path, "/etc/x:/y");
  assert_true(place_read(&p, "/abs/a.elf:/"));
  assert_string_equal(p.image, "/abs/a.elf");
  assert_string_equal(p.path, "/");
  char *large = calloc(1, PATH_MAX + 10);
  assert_non_null(large);
  memset(large, 'a', PATH_MAX);
  memcpy(large + PATH_MAX, ":/x", 4);
  assert_false(place_read(&p, large));
  large[PATH_MAX - 2] = ':', large[PATH_MAX - 1] = '/';
  assert_true(place_read(&p, large));
  assert_int_equal(strlen(p.image), PATH_MAX - 2);
  free(large);
}

static void test_base(void **state) {
  static const char *const pairs[][2] = {{"a/b", "b"}, {"/a/b//", "b"}, {"b", "b"},   {"/", "."},
                                         {"", "."},    {"a/.", "."},    {"..", ".."}, {"a/../", ".."}};
  char name[LIMIT_PATH];
  for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
    place_base(pairs[i][0], name);
    assert_string_equal(name, pairs[i][1]);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_words, kit_begin, kit_end),
      cmocka_unit_test_setup_teardown(test_base, kit_begin, kit_end),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
