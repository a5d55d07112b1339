/* tests/unit/mkimage_rebuild.c - another tree for a finished image, and what becomes of the recipe. */
#include "mkimage_kit.h"

#include "formats/archive.h"
#include "mkimage/config/config.h"
#include "mkimage/pack/build.h"
#include "mkimage/pack/rebuild.h"

static const struct say quiet = {.quiet = true};

/* A static executable that does nothing: the smallest that program_check takes. */
static void write_program(const char *path) {
  uint8_t p[4096] = "\177ELF\2\1\1";
  bytes_put_le16(p + 16, ELF_EXEC);
  bytes_put_le16(p + 18, ELF_X86_64);
  bytes_put_le32(p + 20, 1);
  bytes_put_le64(p + 24, 0x401000);
  bytes_put_le64(p + 32, 64);
  bytes_put_le16(p + 52, 64);
  bytes_put_le16(p + 54, ELF_SEGMENT);
  bytes_put_le16(p + 56, 1);
  bytes_put_le32(p + 64, ELF_PT_LOAD);
  bytes_put_le32(p + 68, 5);
  bytes_put_le64(p + 80, 0x401000);
  bytes_put_le64(p + 96, sizeof p);
  bytes_put_le64(p + 104, sizeof p);
  bytes_put_le64(p + 112, 4096);
  kit_write(path, p, sizeof p, 0755);
}

/* "a.elf": a program, and three entries of app.cfg. */
static void make_image(void) {
  static uint8_t bytes[KIT_KERNEL];
  struct image kernel;
  struct config cfg;
  struct tree tree;
  struct flaw flaw = {0};
  struct build b = {.say = &quiet, .base = &kernel, .tree = &tree, .recipe = &cfg.recipe};
  uint8_t *manifest;
  size_t n;
  kit_text("app.cfg", "name = \"t\"; program = { path = \"/p\"; }; rootfs = { compress = \"gzip\"; files = ("
                      "{ path = \"source\"; source = \"src\"; }, { path = \"inline\"; content = \"said\"; },"
                      "{ path = \"link\"; type = \"symlink\"; target = \"p\"; } ); };");
  kit_text("src", "from a source");
  assert_int_equal(mkdir("root", 0755), 0);
  write_program("root/p");
  kit_kernel(bytes);
  assert_int_equal(image_recognise(&kernel, "kernel", bytes, sizeof bytes, &flaw), 0);
  assert_int_equal(config_load(&cfg, &quiet, "app.cfg"), EXIT_DONE);
  assert_int_equal(tree_load(&tree, &quiet, "root", &cfg.recipe), EXIT_DONE);
  assert_int_equal(config_manifest(&cfg, &quiet, "x", &manifest, &n), EXIT_DONE);
  b.manifest = manifest;
  b.manifest_bytes = n;
  assert_int_equal(build_image(&b, "a.elf"), EXIT_DONE);
  free(manifest);
  tree_drop(&tree);
  config_drop(&cfg);
}

/* The directory `edited` as it is becomes the tree of a.elf, into b.elf. */
static int rebuild(void) {
  struct image im;
  struct tree t;
  struct recipe plain;
  struct rebuild_target target;
  recipe_start(&plain);
  assert_int_equal(rebuild_open(&im, &quiet, "a.elf"), EXIT_DONE);
  assert_int_equal(tree_load(&t, &quiet, "edited", &plain), EXIT_DONE);
  assert_int_equal(rebuild_target(&target, &quiet, "a.elf", "b.elf"), EXIT_DONE);
  int status = rebuild_image(&quiet, &im, &t, &target);
  tree_drop(&t);
  image_close(&im);
  recipe_drop(&plain);
  return status;
}

static void test_recipe_follows(void **state) {
  struct image im;
  struct recipe r;
  make_image();
  assert_int_equal(mkdir("edited", 0755), 0);
  write_program("edited/p");
  kit_text("edited/source", "changed");
  kit_text("edited/inline", "said");
  assert_int_equal(rebuild(), EXIT_DONE);
  assert_int_equal(rebuild_open(&im, &quiet, "b.elf"), EXIT_DONE);
  assert_int_equal(recipe_of_image(&r, &quiet, &im), EXIT_DONE);
  assert_int_equal(r.files, 2); /* the symlink is gone */
  assert_string_equal(r.file[0].path, "source");
  assert_int_equal(r.file[0].size, 7);
  assert_memory_equal(r.file[0].content, "changed", 7);
  assert_null(r.file[1].source);
  assert_memory_equal(r.file[1].content, "said", 4);
  assert_int_equal(r.codec, CODEC_GZIP);
  recipe_drop(&r);
  image_close(&im);
  kit_text("edited/inline", "another");
  assert_int_equal(unlink("edited/source"), 0);
  assert_int_equal(rebuild(), EXIT_DONE);
  assert_int_equal(rebuild_open(&im, &quiet, "b.elf"), EXIT_DONE);
  assert_int_equal(recipe_of_image(&r, &quiet, &im), EXIT_DONE);
  assert_int_equal(r.files, 1);
  assert_memory_equal(r.file[0].content, "another", 7);
  recipe_drop(&r);
  image_close(&im);
}

static void test_program_stays(void **state) {
  struct stat st;
  make_image();
  assert_int_equal(mkdir("edited", 0755), 0);
  assert_int_equal(rebuild(), EXIT_UNFIT);
  assert_int_equal(stat("b.elf", &st), -1);
}

static void test_target(void **state) {
  struct rebuild_target t;
  char whole[PATH_MAX];
  kit_write("image", "x", 1, 0751);
  assert_int_equal(symlink("image", "name"), 0);
  assert_int_equal(rebuild_target(&t, &quiet, "name", NULL), EXIT_DONE);
  assert_non_null(realpath("image", whole));
  assert_string_equal(t.path, whole);
  assert_int_equal(t.mode, 0751);
  assert_int_equal(rebuild_target(&t, &quiet, "name", "other"), EXIT_DONE);
  assert_string_equal(t.path, "other");
  assert_int_equal(t.mode, 0);
  assert_int_equal(rebuild_target(&t, &quiet, "nothing", NULL), EXIT_USAGE);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_recipe_follows, kit_begin, kit_end),
      cmocka_unit_test_setup_teardown(test_program_stays, kit_begin, kit_end),
      cmocka_unit_test_setup_teardown(test_target, kit_begin, kit_end),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
