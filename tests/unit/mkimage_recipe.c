/* tests/unit/mkimage_recipe.c - the recipe comes back out of its record as it went in; damaged records are refused. */
#include "mkimage_kit.h"

#include "mkimage/config/recipe.h"

static void fill(struct recipe *r) {
  recipe_start(r);
  r->keep_owner = true;
  r->uid = 1;
  r->gid = UINT32_MAX;
  r->has_mtime = r->has_clamp = true;
  r->mtime = UINT32_MAX;
  r->clamp = 12345;
  r->codec = CODEC_GZIP;
  r->level = 6;
  r->check = DIGEST_SHA256;
  for (int i = 0; i < 9; i++) assert_true(recipe_add_exclude(r, i % 2 ? "*.o" : "/a/**"));
  for (int i = 0; i < 4; i++) assert_true(recipe_add_include(r, i % 2 ? "a/b" : "**/c"));
  r->format = RECIPE_AUTO;
  r->has_xattrs = true;
  for (int i = 0; i < 3; i++) assert_true(recipe_add_xattr(r, i % 2 ? "user.*" : "trusted.a"));
  *recipe_add_file(r) = (struct recipe_file){
      .path = "a/b", .mode = S_IFREG | 0644, .has_mode = true, .content = (uint8_t *)"c\0d", .size = 3};
  *recipe_add_file(r) = (struct recipe_file){.path = "l", .mode = S_IFLNK, .target = "to"};
  *recipe_add_file(r) = (struct recipe_file){
      .path = "d", .mode = S_IFBLK, .major = 8, .minor = 1u << 20, .has_owner = true, .uid = 5, .gid = 6};
  *recipe_add_file(r) = (struct recipe_file){.path = "s",
                                             .mode = S_IFREG,
                                             .source = "dir/src",
                                             .source_size = 99,
                                             .digest = {1, 2, 3},
                                             .has_mtime = true,
                                             .mtime = 7};
  *recipe_add_file(r) = (struct recipe_file){.path = ".", .mode = 0711, .has_mode = true};
}

static void test_round(void **state) {
  struct recipe r, back;
  uint8_t *bytes, *again;
  size_t n, m;
  struct flaw flaw = {0};
  fill(&r);
  assert_int_equal(recipe_encode(&r, &bytes, &n), 0);
  assert_int_equal(recipe_decode(&back, bytes, n, &flaw), 0);
  assert_int_equal(back.excludes, 9);
  assert_int_equal(back.includes, 4);
  assert_string_equal(back.include[3], "a/b");
  assert_string_equal(back.exclude[8], "/a/**");
  assert_int_equal(back.files, 5);
  assert_int_equal(back.format, RECIPE_AUTO);
  assert_true(back.has_xattrs && back.xattrs == 3);
  assert_string_equal(back.xattr[1], "user.*");
  assert_true(back.keep_owner && back.has_mtime && back.has_clamp);
  assert_int_equal(back.mtime, UINT32_MAX);
  assert_int_equal(back.file[0].mode, S_IFREG | 0644);
  assert_memory_equal(back.file[0].content, "c\0d", 3);
  assert_string_equal(back.file[1].target, "to");
  assert_int_equal(back.file[2].minor, 1u << 20);
  assert_string_equal(back.file[3].source, "dir/src");
  assert_null(back.file[3].content);
  assert_int_equal(back.file[3].source_size, 99);
  assert_int_equal(back.file[4].mode, 0711);
  assert_int_equal(recipe_encode(&back, &again, &m), 0);
  assert_int_equal(m, n);
  assert_memory_equal(again, bytes, n);
  free(bytes);
  free(again);
  recipe_drop(&r);
  recipe_drop(&back);
}

/* Every cut and every changed byte: refused or another recipe, never worse. */
static void test_damage(void **state) {
  struct recipe r, back;
  uint8_t *bytes;
  size_t n, refused = 0;
  fill(&r);
  assert_int_equal(recipe_encode(&r, &bytes, &n), 0);
  for (size_t i = 0; i < n; i++) {
    struct flaw flaw = {0};
    uint8_t *cut = malloc(i + 1);
    memcpy(cut, bytes, i);
    if (recipe_decode(&back, cut, i, &flaw) < 0) {
      refused++;
      assert_int_not_equal(flaw.code, 0);
      assert_non_null(flaw.reason);
    }
    recipe_drop(&back);
    free(cut);
  }
  assert_true(refused > n * 3 / 4);
  for (size_t i = 0; i < n; i++)
    for (unsigned bit = 0; bit < 8; bit++) {
      struct flaw flaw = {0};
      bytes[i] ^= (uint8_t)(1u << bit);
      if (recipe_decode(&back, bytes, n, &flaw) < 0) assert_int_not_equal(flaw.code, 0);
      recipe_drop(&back);
      bytes[i] ^= (uint8_t)(1u << bit);
    }
  free(bytes);
  recipe_drop(&r);
}

static void test_clamp(void **state) {
  static const struct say quiet = {.quiet = true};
  static const struct {
    const char *text;
    int status;
    bool set;
  } rows[] = {{"0", EXIT_DONE, true},    {"4294967295", EXIT_DONE, true},   {"", EXIT_DONE, false},
              {"-1", EXIT_USAGE, false}, {"4294967296", EXIT_USAGE, false}, {"1x", EXIT_USAGE, false},
              {" 1", EXIT_USAGE, false}};
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    struct recipe r;
    recipe_start(&r);
    setenv("SOURCE_DATE_EPOCH", rows[i].text, 1);
    assert_int_equal(recipe_clamp(&r, &quiet), rows[i].status);
    assert_int_equal(r.has_clamp, rows[i].set);
    recipe_drop(&r);
  }
  unsetenv("SOURCE_DATE_EPOCH");
}

/* No attributes at all is another wish than none told; newc, which was there first, is not told. */
static void test_attributes(void **state) {
  static const char *const usual[] = {"user.a", "security.capability", "system.posix_acl_default"},
                           *const others[] = {"trusted.a", "security.selinux", "security.capability2", "user", ""};
  struct recipe r, back;
  uint8_t *bytes, *empty;
  size_t n, m;
  struct flaw flaw = {0};
  recipe_start(&r);
  for (int i = 0; i < 3; i++) assert_true(recipe_wants_xattr(&r, usual[i]));
  for (int i = 0; i < 5; i++) assert_false(recipe_wants_xattr(&r, others[i]));
  assert_int_equal(recipe_encode(&r, &bytes, &n), 0);
  r.has_xattrs = true;
  assert_int_equal(recipe_encode(&r, &empty, &m), 0);
  assert_int_equal(m, n + 8);
  assert_int_equal(recipe_decode(&back, empty, m, &flaw), 0);
  assert_true(back.has_xattrs && back.xattrs == 0 && back.format == RECIPE_NEWC);
  assert_false(recipe_wants_xattr(&back, "user.a"));
  assert_true(recipe_add_xattr(&back, "[tu]*.a"));
  assert_true(recipe_wants_xattr(&back, "trusted.a") && !recipe_wants_xattr(&back, "user.b"));
  free(bytes);
  free(empty);
  recipe_drop(&back);
  recipe_drop(&r);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_round), cmocka_unit_test(test_damage),
                                     cmocka_unit_test(test_clamp), cmocka_unit_test(test_attributes)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
