/* tests/unit/mkimage_build.c - images made from a kernel written by hand: their layout, and what damage does. */
#include "mkimage_kit.h"

#include <sys/resource.h>

#include "formats/err.h"
#include "mkimage/config/config.h"
#include "mkimage/lib/output.h"
#include "mkimage/pack/build.h"
#include "mkimage/tree/program.h"

static const struct say quiet = {.quiet = true};

struct made {
  struct image kernel;
  struct config cfg;
  struct tree tree;
  struct build b;
  uint8_t *manifest;
  uint8_t bytes[KIT_KERNEL];
};

/* Everything an image needs, from a small tree with a source file; `rootfs` is a group of app.cfg. */
static void begin(struct made *m, const char *rootfs) {
  struct flaw flaw = {0};
  char text[1000];
  size_t n;
  snprintf(text, sizeof text, "name = \"t\"; program = { path = \"/p\"; }; rootfs = { %s };", rootfs);
  kit_text("app.cfg", text);
  kit_text("src", "from a source");
  assert_true(mkdir("root", 0755) == 0 || errno == EEXIST);
  kit_write("root/p", "#!/nothing", 10, 0755);
  kit_kernel(m->bytes);
  assert_int_equal(image_recognise(&m->kernel, "kernel", m->bytes, sizeof m->bytes, &flaw), 0);
  assert_int_equal(m->kernel.kind, IMAGE_KERNEL);
  assert_int_equal(config_load(&m->cfg, &quiet, "app.cfg"), EXIT_DONE);
  assert_int_equal(tree_load(&m->tree, &quiet, "root", &m->cfg.recipe), EXIT_DONE);
  assert_int_equal(config_manifest(&m->cfg, &quiet, "x", &m->manifest, &n), EXIT_DONE);
  m->b = (struct build){.say = &quiet,
                        .base = &m->kernel,
                        .tree = &m->tree,
                        .recipe = &m->cfg.recipe,
                        .manifest = m->manifest,
                        .manifest_bytes = n};
}

static void end(struct made *m) {
  free(m->manifest);
  tree_drop(&m->tree);
  config_drop(&m->cfg);
}

static void test_layout(void **state) {
  static const char *const groups[] = {"compress = \"none\"; files = ( { path = \"s\"; source = \"src\"; } );",
                                       "compress = \"gzip\"; check = \"sha256\";",
                                       "compress = \"lz4\"; check = \"none\";", "compress = \"zstd\"; level = 19;",
                                       "compress = \"xz\"; level = 1;"};
  for (size_t i = 0; i < 5; i++) {
    struct made *m = malloc(sizeof *m);
    struct image im;
    struct elf_section s;
    struct flaw flaw = {0};
    uint8_t *plain;
    begin(m, groups[i]);
    assert_int_equal(build_image(&m->b, "out.elf"), EXIT_DONE);
    assert_int_equal(image_open(&im, &quiet, "out.elf"), EXIT_DONE);
    assert_int_equal(im.kind, IMAGE_PACKED);
    assert_int_equal(im.size % 4096, 0);
    assert_int_equal(im.payload.offset + im.payload.filesz, im.size);
    assert_int_equal(im.payload.vaddr, m->kernel.payload.vaddr);
    assert_memory_equal(im.bytes + 0x200, m->bytes + 0x200, 0xe00);
    assert_int_equal(elf_find_section(&im.elf, ".comment", &s), ERR_NOENT);
    assert_true(elf_find_section(&im.elf, ".text", &s) > 0);
    assert_true(im.elf.shoff < im.payload.offset);
    assert_int_equal(im.header.archive[0].entries, m->tree.names);
    assert_int_equal(image_unpack(&im, 0, &plain, &flaw), 0);
    assert_memory_equal(plain, "070701", 6);
    image_release(plain, im.header.archive[0].unpacked);
    image_close(&im);
    end(m);
    free(m);
  }
}

/* A finished image as the base gives the same as the kernel did. */
static void test_again(void **state) {
  struct made *m = malloc(sizeof *m);
  struct image im;
  struct recipe r;
  size_t n, k;
  begin(m, "files = ( { path = \"s\"; source = \"src\"; }, { path = \"o\"; source = \"src\"; },"
           " { path = \"o\"; content = \"wins\"; } );");
  assert_int_equal(build_image(&m->b, "one.elf"), EXIT_DONE);
  assert_int_equal(image_open(&im, &quiet, "one.elf"), EXIT_DONE);
  assert_int_equal(recipe_of_image(&r, &quiet, &im), EXIT_DONE);
  assert_memory_equal(r.file[0].content, "from a source", 13);
  assert_int_equal(r.file[1].size, 0); /* its content was replaced, and is nowhere */
  uint8_t *before, *after;
  assert_int_equal(recipe_encode(&m->cfg.recipe, &before, &n), 0);
  assert_int_equal(recipe_encode(&r, &after, &k), 0);
  assert_int_equal(n, k);
  assert_memory_equal(before, after, n);
  free(before);
  free(after);
  recipe_drop(&r);
  m->b.base = &im;
  assert_int_equal(build_image(&m->b, "two.elf"), EXIT_DONE);
  uint8_t *one = kit_read("one.elf", &n), *two = kit_read("two.elf", &k);
  assert_int_equal(n, k);
  assert_memory_equal(one, two, n);
  free(one);
  free(two);
  image_close(&im);
  end(m);
  free(m);
}

/* No flipped byte of the two sections gets past; none of the others leads a reader out of the file. */
static void test_damage(void **state) {
  struct made *m = malloc(sizeof *m);
  size_t n, unnoticed = 0;
  begin(m, "compress = \"gzip\"; files = ( { path = \"s\"; source = \"src\"; } );");
  assert_int_equal(build_image(&m->b, "out.elf"), EXIT_DONE);
  uint8_t *bytes = kit_read("out.elf", &n);
  enum { PREFIX = 2 * 4096 }; /* the kernel's page and its section headers */
  for (size_t i = 0; i < n; i++) {
    struct flaw flaw = {0};
    struct image im;
    bytes[i] ^= 0x10;
    int rc = image_recognise(&im, "x", bytes, n, &flaw);
    if (rc == 0 && im.kind == IMAGE_PACKED) rc = initrd_check(&im.header, 0, im.initrd, &flaw);
    if (rc == 0 && i >= PREFIX) unnoticed++;
    bytes[i] ^= 0x10;
  }
  assert_int_equal(unnoticed, 0);
  for (size_t i = 0; i < n; i += 7) {
    struct flaw flaw = {0};
    struct image im;
    uint8_t *cut = malloc(i + 1);
    memcpy(cut, bytes, i);
    assert_true(image_recognise(&im, "x", cut, i, &flaw) < 0);
    assert_int_not_equal(flaw.code, 0);
    free(cut);
  }
  free(bytes);
  end(m);
  free(m);
}

/* When writing fails the old file is there, and nothing else. */
static void test_full(void **state) {
  struct made *m = malloc(sizeof *m);
  struct rlimit old, little = {8192, RLIM_INFINITY};
  begin(m, "");
  kit_text("out.elf", "old");
  int names = kit_names();
  getrlimit(RLIMIT_FSIZE, &old);
  little.rlim_max = old.rlim_max;
  signal(SIGXFSZ, SIG_IGN);
  setrlimit(RLIMIT_FSIZE, &little);
  int status = build_image(&m->b, "out.elf");
  setrlimit(RLIMIT_FSIZE, &old);
  assert_int_equal(status, EXIT_USAGE);
  size_t n;
  uint8_t *bytes = kit_read("out.elf", &n);
  assert_int_equal(n, 3);
  free(bytes);
  assert_int_equal(kit_names(), names);
  assert_int_equal(build_image(&m->b, "nowhere/out.elf"), EXIT_USAGE);
  assert_int_equal(build_image(&m->b, "root"), EXIT_USAGE);
  m->b.memory = 1 << 20;
  assert_int_equal(build_image(&m->b, "out.elf"), EXIT_UNFIT);
  assert_int_equal(kit_names(), names);
  end(m);
  free(m);
}

static void test_program(void **state) {
  struct made *m = malloc(sizeof *m);
  int why;
  begin(m, "files = ( { path = \"a/b/c\"; content = \"x\"; }, { path = \"up\"; target = \"a/../a/b\"; },"
           " { path = \"abs\"; target = \"/up/c\"; }, { path = \"a/out\"; target = \"../../../up\"; },"
           " { path = \"loop\"; target = \"loop\"; }, { path = \"plain\"; content = \"text\"; mode = \"0755\"; },"
           " { path = \"dead\"; target = \"gone\"; } );");
  const struct tree *t = &m->tree;
  assert_ptr_equal(program_find(t, "/a/b/c", &why), tree_find(t, "a/b/c"));
  assert_ptr_equal(program_find(t, "/up/c", &why), tree_find(t, "a/b/c"));
  assert_ptr_equal(program_find(t, "/abs", &why), tree_find(t, "a/b/c"));
  assert_ptr_equal(program_find(t, "/a/out/c", &why), tree_find(t, "a/b/c"));
  assert_ptr_equal(program_find(t, "/../a//b/./c", &why), tree_find(t, "a/b/c"));
  assert_ptr_equal(program_find(t, "/", &why), tree_find(t, "."));
  assert_null(program_find(t, "/loop", &why));
  assert_int_equal(why, ERR_LOOP);
  assert_null(program_find(t, "/dead", &why));
  assert_int_equal(why, ERR_NOENT);
  assert_null(program_find(t, "/a/b/c/d", &why));
  assert_int_equal(why, ERR_NOTDIR);
  assert_int_equal(program_check(t, &quiet, "/a/b/c", ELF_X86_64), EXIT_UNFIT); /* not executable */
  assert_int_equal(program_check(t, &quiet, "/a/b", ELF_X86_64), EXIT_UNFIT);   /* a directory */
  assert_int_equal(program_check(t, &quiet, "/plain", ELF_X86_64), EXIT_UNFIT); /* no program at all */
  assert_int_equal(program_check(t, &quiet, "/p", ELF_X86_64), EXIT_UNFIT);     /* its interpreter is not there */
  assert_int_equal(program_check(t, &quiet, "/gone", ELF_X86_64), EXIT_UNFIT);
  end(m);
  free(m);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, kit_begin, kit_end)
  const struct CMUnitTest tests[] = {TEST(test_layout), TEST(test_again), TEST(test_damage), TEST(test_full),
                                     TEST(test_program)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
