/* tests/unit/mkimage_glob.c - the patterns of exclude. */
#include "mkimage_kit.h"

#include "mkimage/lib/glob.h"

static const struct {
  const char *pattern, *path;
  bool dir, matches;
} rows[] = {
    {"*.o", "a.o", false, true},
    {"*.o", "deep/er/a.o", false, true},
    {"*.o", "a.o/b", false, false},
    {"*.o", ".o", false, true},
    {"*", ".hidden", false, true},
    {"doc", "usr/share/doc", true, true},
    {"doc/", "usr/share/doc", true, true},
    {"doc/", "usr/share/doc", false, false},
    {"/doc", "usr/doc", true, false},
    {"/doc", "doc", true, true},
    {"usr/share", "usr/share", true, true},
    {"usr/share", "x/usr/share", true, false},
    {"usr/*", "usr/share", true, true},
    {"usr/*", "usr/share/doc", true, false},
    {"usr/**", "usr/share/doc", true, true},
    {"usr/**/*.py", "usr/a.py", false, true},
    {"usr/**/*.py", "usr/a/b/c.py", false, true},
    {"usr/**/*.py", "usr/a/b/c.pyc", false, false},
    {"**/x/**/y", "a/x/b/x/c/y", false, true},
    {"**/x/**/y", "a/y", false, false},
    {"/**", "anything/at/all", false, true},
    {"[a-c]?", "b1", false, true},
    {"[!a-c]?", "b1", false, false},
    {"a\\*", "a*", false, true},
    {"a\\*", "ab", false, false},
    {"\xff*", "\xff\xfe", false, true},
};

static void test_rows(void **state) {
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
    if (glob_match(rows[i].pattern, rows[i].path, rows[i].dir) != rows[i].matches)
      fail_msg("'%s' against '%s'", rows[i].pattern, rows[i].path);
}

/* Many stars and no match: the time must not explode. */
static void test_stars(void **state) {
  char pattern[400] = "", path[4096] = "";
  for (int i = 0; i < 60; i++) strcat(pattern, "**/a/");
  strcat(pattern, "b/c");
  for (int i = 0; i < 1000; i++) strcat(path, "a/");
  strcat(path, "x");
  assert_false(glob_match(pattern, path, false));
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows), cmocka_unit_test(test_stars)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
