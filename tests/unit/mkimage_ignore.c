/* tests/unit/mkimage_ignore.c - .mkimageignore, line by line; and what include and exclude leave of a tree. */
#include "mkimage_kit.h"

#include "mkimage/tree/tree_ignore.h"

static const struct say quiet = {.quiet = true};

static bool parse(struct ignore *out, struct pool *pool, const char *text) {
  return ignore_parse(out, pool, &quiet, ".mkimageignore", text, strlen(text));
}

static void test_rows(void **state) {
  static const struct {
    const char *text, *path;
    bool dir, out;
  } rows[] = {
      {"", "a", false, false},
      {"*.o", "deep/a.o", false, true},
      {"# *.o\n\n   \n", "a.o", false, false},
      {"*.o\n!a.o", "a.o", false, false},
      {"*.o\n!a.o", "b.o", false, true},
      {"!a.o\n*.o", "a.o", false, true}, /* the last line that matches */
      {"*.o\n!*.o\na.o", "a.o", false, true},
      {"/x", "d/x", false, false},
      {"x/y", "x/y", false, true},
      {"x/y", "d/x/y", false, false},
      {"x/", "x", false, false},
      {"x/", "d/x", true, true},
      {"**/x/y", "d/x/y", false, true},
      {"x/**", "x", true, false},
      {"x/**", "x/y", false, true},
      {"x/**", "x/y/z", false, true},
      {"x/**\n!x/y", "x/y", false, false},
      {"a ", "a", false, true},
      {"a \t \r\nb", "a", false, true},
      {"a\\ ", "a ", false, true},
      {"a\\ ", "a", false, false},
      {"a\\\\ ", "a\\", false, true},
      {" a", " a", false, true},
      {"\\#a", "#a", false, true},
      {"\\!a", "!a", false, true},
      {"#a", "#a", false, false},
      {"!#a\n", "#a", false, false},
      {"\xff*", "\xff\xfe", false, true},
      {"a", ".mkimageignore", false, true},
      {"!.mkimageignore", ".mkimageignore", false, true},
      {"", "d/.mkimageignore", false, false},
  };
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    struct ignore ignore;
    struct pool pool = {0};
    assert_true(parse(&ignore, &pool, rows[i].text));
    if (ignore_match(&ignore, rows[i].path, rows[i].dir) != rows[i].out)
      fail_msg("'%s' of '%s'", rows[i].path, rows[i].text);
    pool_drop(&pool);
  }
  assert_false(ignore_match(NULL, ".mkimageignore", false));
}

static void test_faults(void **state) {
  static const char *const bad[] = {"!", "a\n/\n", "!//", "! \n"};
  struct ignore ignore;
  struct pool pool = {0};
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) assert_false(parse(&ignore, &pool, bad[i]));
  assert_false(ignore_parse(&ignore, &pool, &quiet, "f", "a\0b", 3));
  char *long_line = calloc(1, 5001);
  assert_non_null(long_line);
  memset(long_line, 'x', 5000);
  assert_false(parse(&ignore, &pool, long_line));
  free(long_line);
  pool_drop(&pool);
}

/* --- a tree ----------------------------------------------------------------------------------- */

static void make(void) {
  static const char *const dirs[] = {"root", "root/a", "root/a/b", "root/a/e", "root/ab", "root/z", "root/z/y"};
  static const char *const files[] = {"root/a/b/c", "root/a/b/d", "root/a/f", "root/ab/g", "root/h", "root/z/y/c"};
  for (size_t i = 0; i < sizeof dirs / sizeof dirs[0]; i++) assert_int_equal(mkdir(dirs[i], 0755), 0);
  for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) kit_text(files[i], "x");
}

static void words(const char *list, struct recipe *r, bool (*add)(struct recipe *to, const char *pattern)) {
  char *all = pool_copy(&r->pool, list, strlen(list)), *rest;
  assert_non_null(all);
  for (char *w = strtok_r(all, " ", &rest); w != NULL; w = strtok_r(NULL, " ", &rest)) assert_true(add(r, w));
}

static void expect(const char *rootfs, const char *exclude, const char *include, const char *want) {
  char have[500] = "";
  struct recipe r;
  struct tree t;
  recipe_start(&r);
  words(exclude, &r, recipe_add_exclude);
  words(include, &r, recipe_add_include);
  assert_int_equal(tree_load(&t, &quiet, rootfs, &r), EXIT_DONE);
  for (size_t i = 1; i < t.names; i++) {
    strcat(have, i > 1 ? " " : "");
    strcat(have, t.name[i].path);
  }
  assert_string_equal(have, want);
  tree_drop(&t);
  recipe_drop(&r);
}

/* From the directory and from an archive of it. */
static void both(const char *exclude, const char *include, const char *want) {
  expect("root", exclude, include, want);
  expect("archive", exclude, include, want);
}

static void test_include(void **state) {
  make();
  assert_int_equal(system("cd root && tar -cf ../archive ."), 0);
  both("", "", "a a/b a/b/c a/b/d a/e a/f ab ab/g h z z/y z/y/c");
  both("a", "", "ab ab/g h z z/y z/y/c");
  both("", "c", "a a/b a/b/c z z/y z/y/c");
  both("", "/a/b", "a a/b a/b/c a/b/d");
  both("", "a/**", "a a/b a/b/c a/b/d a/e a/f");
  both("a", "a/b/c", "a a/b a/b/c ab ab/g h z z/y z/y/c");
  both("a z", "c", "a a/b a/b/c ab ab/g h z z/y z/y/c");
  both("c", "c", "a a/b a/b/c a/b/d a/e a/f ab ab/g h z z/y z/y/c");
  both("**", "h a/e/", "a a/e h");
  both("", "nothing", "");
}

static void test_ignore(void **state) {
  make();
  kit_text("root/.mkimageignore", "# what is built\na/*\n!a/b\nd\n/z/\n");
  expect("root", "", "", "a a/b a/b/c ab ab/g h");
  expect("root", "h", "", "a a/b a/b/c ab ab/g");
  expect("root", "", "c d f", "a a/b a/b/c"); /* include does not bring back */
  assert_int_equal(system("cd root && tar -cf ../archive h .mkimageignore"), 0);
  expect("archive", "", "", ".mkimageignore h"); /* of a directory only */
  assert_int_equal(unlink("root/.mkimageignore"), 0);
  assert_int_equal(mkdir("root/.mkimageignore", 0755), 0);
  struct recipe r;
  struct tree t;
  recipe_start(&r);
  assert_int_equal(tree_load(&t, &quiet, "root", &r), EXIT_USAGE);
  tree_drop(&t);
  recipe_drop(&r);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, kit_begin, kit_end)
  const struct CMUnitTest tests[] = {TEST(test_rows), TEST(test_faults), TEST(test_include), TEST(test_ignore)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
