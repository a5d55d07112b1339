/* tests/unit/mkimage_layer.c - layers over each other: whiteouts, what they leave alone, links on the way; JSON of
 * boxes.
 */
#include "mkimage_kit.h"

#include "formats/err.h"
#include "mkimage/tree/tree_box.h"
#include "mkimage/tree/tree_layer.h"
#include "mkimage/tree/tree_parts.h"

static const struct say quiet = {.quiet = true};

static void begin(struct tree *t) {
  *t = (struct tree){.root_fd = -1, .spool_fd = -1};
  assert_true(tree_root(t));
}

/* "d/": a directory; "l>to": a link; ".wh...": a whiteout; else a file whose uid is the layer. */
static void put(struct tree *t, uint32_t layer, const char *what) {
  char path[LIMIT_PATH];
  strcpy(path, what);
  char *target = strchr(path, '>');
  bool directory = target == NULL && path[strlen(path) - 1] == '/';
  if (directory) path[strlen(path) - 1] = 0;
  if (target != NULL) *target++ = 0;
  assert_int_equal(layer_place(t, path), 0);
  if (layer_whiteout(t, &quiet, layer, path)) return;
  struct tree_name *name = layer_put(t, layer, path, directory);
  assert_non_null(name);
  if (directory && S_ISDIR(name->inode->mode)) return;
  name->inode = tree_inode(t, directory ? S_IFDIR | 0755 : target ? S_IFLNK | 0777 : S_IFREG | 0644);
  name->inode->uid = layer;
  if (target != NULL) name->inode->target = pool_copy(&t->pool, target, strlen(target));
}

static void expect(struct tree *t, const char *list) {
  char have[1000] = "";
  layers_end(t);
  assert_int_equal(tree_finish(t, &quiet), EXIT_DONE);
  for (size_t i = 1; i < t->names; i++) {
    strcat(have, i > 1 ? " " : "");
    strcat(have, t->name[i].path);
  }
  assert_string_equal(have, list);
  tree_drop(t);
}

struct layer_row {
  const char *lower, *upper, *want;
};

static void put_all(struct tree *t, uint32_t layer, const char *list) {
  char all[1000], *rest, *one;
  strcpy(all, list);
  for (one = strtok_r(all, " ", &rest); one != NULL; one = strtok_r(NULL, " ", &rest)) put(t, layer, one);
}

static void test_layers(void **state) {
  static const struct layer_row rows[] = {
      {"a b", "c", "a b c"},
      {"a b", ".wh.a", "b"},
      {"a b", "a .wh.a", "a b"}, /* a whiteout is for the layers below */
      {"a b", ".wh.a a", "a b"},
      {"d/ d/x d/e/ d/e/y z", ".wh.d", "z"},
      {"d/ d/x d/e/ d/e/y", ".wh.d d/ d/n", "d d/n"},
      {"d/ d/x d/e/ d/e/y", "d/e/n .wh.d", "d d/e d/e/n"},
      {"d/ d/x d/e/ d/e/y dd", "d/.wh..wh..opq", "d dd"},
      {"d/ d/x", "d/n d/.wh..wh..opq", "d d/n"},
      {"d/ d/x", ".wh..wh..opq e", "e"},
      {"d/ d/x", "d", "d"}, /* a file hides a directory and what is in it */
      {"d", "d/ d/x", "d d/x"},
      {"a", ".wh.nothing .wh..wh.plnk n/.wh.x", "a"},
      {"u/ u/l/ l>u/l", "l/x", "l u u/l u/l/x"},
      {"u/ u/l/ u/l/y l>u/l", "l/.wh.y", "l u u/l"},
      {"u/ u/l/ u/l/y l>/u/./l/", "l/.wh..wh..opq l/z", "l u u/l u/l/z"},
      {"l>../../..", "l/x", "l x"},
      {"d/ d/l>../e", "d/l/x", "d d/l e e/x"},
      {"l>a", "l", "l"}, /* at the end it is the link that is replaced */
      {"l>nowhere", "l/x", "l nowhere nowhere/x"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    struct tree t;
    begin(&t);
    put_all(&t, 1, rows[i].lower);
    put_all(&t, 2, rows[i].upper);
    expect(&t, rows[i].want);
  }
}

static void test_three(void **state) {
  struct tree t;
  begin(&t);
  put_all(&t, 1, "a d/ d/x");
  put_all(&t, 2, ".wh.a .wh.d");
  put_all(&t, 3, "a d/n .wh.a");
  const struct tree_name *name = tree_seek(&t, "a");
  assert_int_equal(name->inode->uid, 3);
  expect(&t, "a d d/n");
}

static void test_no_way(void **state) {
  char path[LIMIT_PATH];
  struct tree t;
  begin(&t);
  put_all(&t, 1, "a>b b>a s>s/x");
  strcpy(path, "a/x");
  assert_int_equal(layer_place(&t, path), ERR_LOOP);
  strcpy(path, "s/x");
  assert_int_equal(layer_place(&t, path), ERR_LOOP);
  assert_true(layer_whiteout(&t, &quiet, 2, "d/.wh..."));
  assert_int_equal(t.status, EXIT_DAMAGED);
  tree_drop(&t);
}

/* --- files of a box -------------------------------------------------------------------------- */

static void add(struct tree *t, const char *path, const char *text) {
  struct tree_name *name = tree_put(t, path);
  assert_non_null(name);
  name->inode = tree_inode(t, S_IFREG | 0644);
  if (t->spool_fd < 0) assert_int_equal(spool_open(&quiet, &t->spool_fd), EXIT_DONE);
  name->inode->size = strlen(text);
  name->inode->place = TREE_SPOOL;
  name->inode->offset = t->spool_size;
  assert_int_equal(pwrite(t->spool_fd, text, strlen(text), (off_t)t->spool_size), strlen(text));
  t->spool_size += strlen(text);
}

static int json_status(struct box *b, const char *path, const char *hex, uint64_t size) {
  struct box_blob blob = {.size = size};
  json_t *json;
  strcpy(blob.path, path);
  strcpy(blob.hex, hex);
  int status = box_json(b, &blob, &json);
  assert_true((status == EXIT_DONE) == (json != NULL));
  json_decref(json);
  return status;
}

static void test_json(void **state) {
  static const char right[] = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"; /* of {} */
  struct tree files, t;
  struct box b = {.files = &files, .t = &t, .say = &quiet, .name = "box", .arch = "amd64"};
  begin(&files);
  begin(&t);
  add(&files, "good", "{}");
  add(&files, "twice", "{\"a\": 1, \"a\": 2}");
  add(&files, "nul", "{\"a\": \"\\u0000\"}");
  add(&files, "huge", "{\"a\": 99999999999999999999999}");
  add(&files, "utf8", "{\"a\": \"\xff\"}");
  add(&files, "more", "{} {}");
  add(&files, "one", "1");
  tree_sort(&files);
  assert_int_equal(json_status(&b, "good", "", UINT64_MAX), EXIT_DONE);
  assert_int_equal(json_status(&b, "./x/../good", "", 2), EXIT_DAMAGED); /* there is no x */
  assert_int_equal(json_status(&b, "/../good", right, 2), EXIT_DONE);
  assert_int_equal(json_status(&b, "good", right, 3), EXIT_DAMAGED);
  assert_int_equal(json_status(&b, "twice", right, UINT64_MAX), EXIT_DAMAGED);
  static const char *const bad[] = {"twice", "nul", "huge", "utf8", "more", "one", "none", ".", ""};
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
    assert_int_equal(json_status(&b, bad[i], "", UINT64_MAX), EXIT_DAMAGED);
  tree_drop(&files);
  tree_drop(&t);
}

static int config_status(struct box *b, const char *text, size_t layers, const char **diff) {
  json_t *config = json_loads(text, 0, NULL);
  assert_non_null(config);
  b->t->launch = (struct launch){0};
  int status = box_config(b, "config", config, layers, diff);
  json_decref(config);
  return status;
}

static void test_config(void **state) {
  static const char *const bad[] = {
      "{\"config\": {\"Entrypoint\": \"/x\"}}",  "{\"config\": {\"Cmd\": [1]}}",
      "{\"config\": {\"Cmd\": {\"a\": \"b\"}}}", "{\"config\": {\"Env\": [\"=x\"]}}",
      "{\"config\": {\"Env\": [\"x\"]}}",        "{\"rootfs\": {\"diff_ids\": [\"x\"]}}",
  };
  struct tree files, t;
  struct box b = {.files = &files, .t = &t, .say = &quiet, .name = "box", .arch = "amd64"};
  begin(&files);
  begin(&t);
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
    assert_int_equal(config_status(&b, bad[i], 0, NULL), EXIT_DAMAGED);
  assert_int_equal(config_status(&b, "{\"architecture\": \"arm64\"}", 0, NULL), EXIT_UNFIT);
  assert_int_equal(config_status(&b, "{\"os\": \"windows\"}", 0, NULL), EXIT_UNFIT);
  assert_int_equal(config_status(&b, "{\"config\": null}", 0, NULL), EXIT_DONE);
  assert_int_equal(t.launch.args, 0);
  assert_int_equal(
      config_status(&b,
                    "{\"config\": {\"Entrypoint\": null, \"Cmd\": [\"c\", \"d\"], \"WorkingDir\": \"w/x\", "
                    "\"Env\": [\"A=\"], \"Labels\": {\"x\": 1}}}",
                    0, NULL),
      EXIT_DONE);
  assert_int_equal(t.launch.args, 2);
  assert_int_equal(t.launch.fixed, 1);
  assert_string_equal(t.launch.arg[1], "d");
  assert_string_equal(t.launch.cwd, "/w/x");
  assert_string_equal(t.launch.env[0], "A=");
  tree_drop(&files);
  tree_drop(&t);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_layers), cmocka_unit_test(test_three),
      cmocka_unit_test(test_no_way), cmocka_unit_test_setup_teardown(test_json, kit_begin, kit_end),
      cmocka_unit_test(test_config),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
