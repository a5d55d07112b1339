/* tests/unit/mkimage_config.c - app.cfg: what is taken, and that everything wrong is said in one run. */
#include "mkimage_kit.h"

#include <libconfig.h>

#include "formats/manifest.h"
#include "mkimage/config/config.h"

static const struct say quiet = {.quiet = true};

/* Loads the text; what was said is in `said`. */
static int load(struct config *c, const char *text, char said[8192]) {
  kit_text("app.cfg", text);
  fflush(stderr);
  int old = dup(2), to = open("said", O_RDWR | O_CREAT | O_TRUNC, 0600);
  assert_true(old >= 0 && to >= 0 && dup2(to, 2) == 2);
  int status = config_load(c, &quiet, "app.cfg");
  fflush(stderr);
  dup2(old, 2);
  close(old);
  ssize_t n = pread(to, said, 8191, 0);
  close(to);
  assert_true(n >= 0);
  said[n] = 0;
  return status;
}

#define MINIMAL "name = \"x\"; program = { path = \"/x\"; };\n"

static void test_minimal(void **state) {
  struct config c;
  char said[8192];
  assert_int_equal(load(&c, MINIMAL, said), EXIT_DONE);
  assert_string_equal(said, "");
  assert_string_equal(c.name, "x");
  assert_string_equal(c.platform[0], "kvm-x86_64");
  assert_int_equal(c.memory, 0);
  assert_string_equal(c.cwd, "/");
  assert_string_equal(c.input, "console");
  assert_string_equal(c.external, "replace");
  assert_int_equal(c.recipe.codec, CODEC_LZ4);
  assert_int_equal(c.recipe.level, 9);
  assert_int_equal(c.recipe.check, DIGEST_XXH3);
  config_drop(&c);
}

static void test_all(void **state) {
  struct config c;
  char said[8192];
  uint8_t *manifest;
  size_t n;
  struct cursor records;
  struct manifest_record record;
  struct flaw flaw = {0};
  kit_text("src", "source!");
  assert_int_equal(
      load(&c,
           "name = \"n\"; platforms = (\"p1\", \"p2\"); memory = \"1G\"; external = \"refuse\";\n"
           "program = { path = \"/p\"; args = [\"a\", \"b c\"]; env = [\"A=b\"]; cwd = \"/w\"; stdin = \"null\"; };\n"
           "rootfs = { level = 3; compress = \"gzip\"; check = \"sha256\"; owner = \"1:4294967295\";\n"
           "  mtime = 4294967295L; exclude = [\"*.o\"];\n"
           "  files = ( { path = \"/d/c\"; device = \"c 1 3\"; mode = \"0666\"; }, { path = \"l\"; target = \"t\"; },\n"
           "    { path = \"s\"; source = \"src\"; owner = \"5:6\"; }, { path = \"i\"; content = \"in\\n\"; },\n"
           "    { path = \"dir\"; dir = true; }, { path = \"b\"; type = \"blk\"; device = \"8:1\"; mtime = \"7\"; } ); "
           "};",
           said),
      EXIT_DONE);
  assert_string_equal(said, "");
  assert_int_equal(c.memory, 1 << 30);
  assert_int_equal(c.recipe.level, 3);
  assert_int_equal(c.recipe.check, DIGEST_SHA256);
  assert_int_equal(c.recipe.gid, UINT32_MAX);
  assert_int_equal(c.recipe.mtime, UINT32_MAX);
  assert_int_equal(c.recipe.files, 6);
  assert_int_equal(c.recipe.file[0].mode, S_IFCHR | 0666);
  assert_int_equal(c.recipe.file[2].size, 7);
  assert_memory_equal(c.recipe.file[2].content, "source!", 7);
  assert_int_equal(c.recipe.file[5].minor, 1);
  assert_int_equal(c.recipe.file[5].mtime, 7);
  assert_int_equal(config_manifest(&c, &quiet, "p2", &manifest, &n), EXIT_DONE);
  assert_int_equal(n % 4096, 0);
  assert_int_equal(manifest_open(&records, manifest, n, &flaw), 0);
  assert_true(manifest_find(records, MANIFEST_ARG, &record));
  assert_memory_equal(record.bytes, "/p", 2);
  assert_true(manifest_find(records, MANIFEST_PLATFORM, &record));
  assert_memory_equal(record.bytes, "p2", 2);
  free(manifest);
  config_drop(&c);
}

/* Each line is one fault; the message names its line and says what it says. */
static const struct {
  const char *text, *message;
} faults[] = {
    {"nam = 1;", "is 'name' meant"},
    {"platforms = \"p\";", "platforms must be a list"},
    {"memory = 4294967297;", "does not fit into 32 bits"},
    {"memory = 0x1FFFFFFFF;", "does not fit into 32 bits"},
    {"memory = 99999999999999999999L;", "does not fit into 64 bits"},
    {"memory = 99999999999999999999;", "does not fit into 64 bits\n"},
    {"memory = 0;", "memory is 0"},
    {"memory = \"12 parsecs\";", "memory must be"},
    {"memory = 1.5;", "memory must be a whole number"},
    {"external = \"perhaps\";", "external must be"},
    {"external = \"over\";", "\"overlay\" or \"refuse\", not \"over\""},
    {"rootfs = { compress = \"zip\"; };", "compress must be"},
    {"rootfs = { format = \"tar\"; };", "format must be \"newc\", \"pax\" or \"auto\", not \"tar\""},
    {"rootfs = { format = 1; };", "format must be"},
    {"rootfs = { xattrs = [ \"user.*\", \"\" ]; };", "xattrs: an empty pattern"},
    {"rootfs = { xattrs = \"user.*\"; };", "xattrs must be"},
    {"rootfs = { compress = \"none\"; level = 1; };", "level has no meaning"},
    {"rootfs = { compress = \"gzip\"; level = 10; };", "from 1 to 9"},
    {"rootfs = { compress = \"zstd\"; level = 20; };", "from 1 to 19"},
    {"rootfs = { owner = \"root:root\"; };", "owner must be"},
    {"rootfs = { owner = \"4294967296:0\"; };", "owner must be"},
    {"rootfs = { mtime = -1; };", "mtime is -1"},
    {"rootfs = { exclude = [ 1 ]; };", "exclude must be text"},
    {"rootfs = { files = ( { path = \"a\"; mode = 0644; } ); };", "octal number in quotes"},
    {"rootfs = { files = ( { path = \"a\"; mode = \"0888\"; } ); };", "octal number up to"},
    {"rootfs = { files = ( { path = \"../a\"; } ); };", "leads out of the tree"},
    {"rootfs = { files = ( { content = \"a\"; } ); };", "needs a path"},
    {"rootfs = { files = ( { path = \"a\"; content = \"a\"; target = \"b\"; } ); };", "contradicts"},
    {"rootfs = { files = ( { path = \"a\"; type = \"chr\"; } ); };", "device node needs"},
    {"rootfs = { files = ( { path = \"a\"; device = \"c 1\"; } ); };", "device must be"},
    {"rootfs = { files = ( { path = \"a\"; source = \"missing\"; } ); };", "missing"},
    {"rootfs = { files = ( { path = \"a\"; content = \"a\\x00b\"; } ); };", "cannot hold \\x00"},
    {"rootfs = { files = ( { path = \"/\"; content = \"a\"; } ); };", "root can only be"},
    {"frobnicate = { };", "unknown setting 'frobnicate'"},
    {"@include \"other\"", "@include is not taken"},
};

static void test_faults(void **state) {
  for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
    struct config c;
    char said[8192], text[1024];
    snprintf(text, sizeof text, "%s\n# a comment with 99999999999\n%s\n", MINIMAL, faults[i].text);
    int status = load(&c, text, said);
    config_drop(&c);
    if (status != EXIT_USAGE || strstr(said, faults[i].message) == NULL || strncmp(said, "app.cfg:4: ", 11) != 0)
      fail_msg("%s: status %d, said %s", faults[i].text, status, said);
  }
}

static void test_all_at_once(void **state) {
  struct config c;
  char said[8192];
  unsigned lines = 0;
  assert_int_equal(
      load(&c,
           "memory = 4294967297;\nplatforms = 3;\nprogram = { args = 1; env = [ \"x\" ]; cwd = \"rel\"; };\n"
           "rootfs = { files = ( { path = 3; mode = 3; owner = 3; mtime = \"x\"; } ); };\nq = 1;\n",
           said),
      EXIT_USAGE);
  for (const char *p = said; (p = strchr(p, '\n')) != NULL; p++) lines++;
  assert_int_equal(lines, 11);
  config_drop(&c);
}

/* What libconfig makes of a number that does not fit is not told as well. */
static void test_wrapped_once(void **state) {
  struct config c;
  char said[8192];
  assert_int_equal(load(&c, MINIMAL "\nrootfs = { mtime = 4294967295; };\nmemory = 0;\n", said), EXIT_USAGE);
  assert_non_null(strstr(said, "4294967295 does not fit into 32 bits"));
  assert_non_null(strstr(said, "memory is 0"));
  assert_null(strstr(said, "mtime is"));
  config_drop(&c);
}

static void test_syntax(void **state) {
  struct config c;
  char said[8192];
  assert_int_equal(load(&c, "name = \"x\";\nprogram = {\n  path = = 1;\n};\n", said), EXIT_USAGE);
  assert_non_null(strstr(said, "app.cfg:3: syntax error"));
  assert_non_null(strstr(said, "  path = = 1;"));
  config_drop(&c);
  assert_int_equal(load(&c, "program = {\n", said), EXIT_USAGE);
  assert_non_null(strstr(said, "here or just before"));
  assert_null(strstr(said, "    \n"));
  config_drop(&c);
  assert_int_equal(load(&c, "name = \"x\";\nname = \"y\";\n", said), EXIT_USAGE);
  assert_non_null(strstr(said, "app.cfg:2: duplicate"));
  config_drop(&c);
  kit_write("app.cfg", "name\0= 1;", 9, 0644);
  assert_int_equal(config_load(&c, &quiet, "app.cfg"), EXIT_USAGE);
  config_drop(&c);
}

/* What @include names is not opened: of what is wrong in it nothing is said. */
static void test_include(void **state) {
  struct config c;
  char said[8192];
  kit_text("other", "memory = 3;\nmemory = ;\n");
  assert_int_equal(load(&c, MINIMAL "  @include \"other\"\nmemory = 4;\n", said), EXIT_USAGE);
  assert_string_equal(said, "app.cfg:2: @include is not taken here; an app.cfg is one file\n");
  assert_int_equal(c.memory, 4 << 20);
  config_drop(&c);
}

/* The faults of libconfig 1.5 that config_scan.c works around: when one of these fails, that file may go. */
static void test_libconfig_still_wraps(void **state) {
  config_t cfg;
  const char *text;
  config_init(&cfg);
  assert_true(config_read_string(&cfg, "a = 4294967297; s = \"x\\x00y\"; m = 0644;"));
  assert_int_equal(config_setting_get_int(config_lookup(&cfg, "a")), 1);
  assert_int_equal(config_setting_get_int(config_lookup(&cfg, "m")), 644);
  assert_true(config_lookup_string(&cfg, "s", &text));
  assert_string_equal(text, "xy");
  config_destroy(&cfg);
}

/* What app.cfg is silent about is the rootfs's. */
static void test_launch(void **state) {
  static const char *arg[] = {"e", "f", "c"}, *env[] = {"A=1", "B=1", "AB=1"};
  static const struct launch l = {
      .of = "it", .arg = arg, .args = 3, .fixed = 2, .env = env, .envs = 3, .cwd = "/d", .input = "null"};
  static const struct launch none = {.of = "it"},
                             ours = {.of = "it", .program = "/p", .arg = arg, .args = 1, .fixed = 1};
  struct pool pool = {0};
  struct config c, m;
  char said[8192];
  assert_int_equal(load(&c, "name = \"x\";", said), EXIT_DONE);
  assert_int_equal(config_launch(&c, &quiet, &none, &pool, &m), EXIT_USAGE);
  assert_int_equal(config_launch(&c, &quiet, &ours, &pool, &m), EXIT_DONE);
  assert_string_equal(m.program, "/p");
  assert_string_equal(m.argv0, "e");
  assert_int_equal(config_launch(&c, &quiet, &l, &pool, &m), EXIT_DONE);
  assert_string_equal(m.program, "e");
  assert_int_equal(m.args, 2);
  assert_string_equal(m.arg[1], "c");
  assert_int_equal(m.envs, 3);
  assert_string_equal(m.cwd, "/d");
  assert_string_equal(m.input, "null");
  config_drop(&c);
  assert_int_equal(load(&c,
                        "name = \"x\"; program = { args = [\"x\"]; env = [\"A=2\"]; cwd = \"/\"; stdin = "
                        "\"console\"; };",
                        said),
                   EXIT_DONE);
  assert_int_equal(config_launch(&c, &quiet, &l, &pool, &m), EXIT_DONE);
  assert_int_equal(m.args, 2);
  assert_string_equal(m.arg[0], "f");
  assert_string_equal(m.arg[1], "x");
  assert_int_equal(m.envs, 3);
  assert_string_equal(m.env[0], "B=1");
  assert_string_equal(m.env[1], "AB=1");
  assert_string_equal(m.env[2], "A=2");
  assert_string_equal(m.cwd, "/");
  assert_string_equal(m.input, "console");
  config_drop(&c);
  assert_int_equal(load(&c, MINIMAL, said), EXIT_DONE);
  assert_int_equal(config_launch(&c, &quiet, &l, &pool, &m), EXIT_DONE);
  assert_string_equal(m.program, "/x");
  assert_null(m.argv0);
  assert_int_equal(m.args, 0);
  config_drop(&c);
  pool_drop(&pool);
}

static void test_tests(void **state) {
  struct config c;
  char said[8192];
  assert_int_equal(load(&c,
                        MINIMAL
                        "tests = ( { path = \"//a/./b\"; type = \"fifo\"; mode = \"1777\"; owner = \"1:2\"; },\n"
                        "  { path = \"/\"; exists = false; }, { path = \"x\"; absent = false; sha256 = \""
                        "ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef0123456789\"; },\n"
                        "  { name = \"n\"; args = [ ]; expect = \"one\"; stderr = [ \"a\", \"b\" ]; status = 255; },\n"
                        "  { stdin = \"in\"; matches = \"^(a|b)$\"; equals = \"\"; timeout = 1; } );",
                        said),
                   EXIT_DONE);
  assert_string_equal(said, "");
  assert_int_equal(c.tests, 5);
  const struct config_test *t = c.test;
  assert_string_equal(t[0].path, "a/b");
  assert_int_equal(t[0].type, S_IFIFO);
  assert_true(t[0].has_mode && t[0].has_owner && !t[0].absent);
  assert_int_equal(t[0].mode, 01777);
  assert_int_equal(t[0].gid, 2);
  assert_true(t[1].absent && strcmp(t[1].path, ".") == 0);
  assert_false(t[2].absent);
  assert_string_equal(t[2].sha256, "abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789");
  assert_true(t[3].has_args && t[3].args == 0 && t[3].expects == 1 && t[3].expect_errors == 2);
  assert_int_equal(t[3].status, 255);
  assert_int_equal(t[3].timeout, 60);
  assert_false(t[4].has_args);
  assert_string_equal(t[4].equals, "");
  assert_string_equal(t[4].matches, "^(a|b)$");
  assert_int_equal(t[4].timeout, 1);
  config_drop(&c);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, kit_begin, kit_end)
  const struct CMUnitTest tests[] = {TEST(test_minimal),     TEST(test_tests),
                                     TEST(test_all),         TEST(test_faults),
                                     TEST(test_all_at_once), TEST(test_wrapped_once),
                                     TEST(test_launch),      TEST(test_syntax),
                                     TEST(test_include),     TEST(test_libconfig_still_wraps)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
