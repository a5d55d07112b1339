/* tests/unit/formats_pax_attr.c - extended attributes as GNU tar and bsdtar write them, of a tree made here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cmocka.h>

#include "read_all.h"

enum { VALUE = 2000 };
static const struct row {
  const char *path, *name;
  size_t size;
} rows[] = {{"dir", "user.dir", 5},
            {"dir/f", "user.any", VALUE},
            {"dir/f", "user.empty", 0},
            {"dir/f", "user.50%25=100%", 3},
            {"empty", "user.a", 1}};
enum { ROWS = sizeof rows / sizeof rows[0] };

/* Bytes of every kind, newlines and NULs among them. */
static const uint8_t *value_of(size_t row) {
  static uint8_t value[VALUE];
  for (size_t i = 0; i < VALUE; i++) value[i] = (uint8_t)(i * 7 + row);
  return value;
}

/* false: this file system keeps none. */
static bool make_tree(char *dir) {
  char path[256];
  assert_non_null(mkdtemp(dir));
  snprintf(path, sizeof path, "mkdir %s/dir && echo data >%s/dir/f && : >%s/empty && ln -s f %s/dir/link", dir, dir,
           dir, dir);
  assert_int_equal(system(path), 0);
  for (size_t i = 0; i < ROWS; i++) {
    snprintf(path, sizeof path, "%s/%s", dir, rows[i].path);
    if (setxattr(path, rows[i].name, value_of(i), rows[i].size, 0) < 0) return false;
  }
  return true;
}

/* How often the entry has the attribute as it was set. */
static unsigned count(const struct archive *a, const struct entry *e, size_t row) {
  struct archive_attr x = {.at = 0};
  unsigned found = 0;
  while (archive_attr(a, e, &x) == 1)
    if (x.name_len == strlen(rows[row].name) && memcmp(x.name, rows[row].name, x.name_len) == 0) {
      assert_int_equal(x.size, rows[row].size);
      if (x.size) assert_memory_equal(x.value, value_of(row), x.size);
      found++;
    }
  return found;
}

static unsigned count_all(const struct archive *a, const struct entry *e) {
  struct archive_attr x = {.at = 0};
  unsigned n = 0;
  while (archive_attr(a, e, &x) == 1) n++;
  return n;
}

static void check(const struct seen *s) {
  struct stream in = stream_over(s->bytes, s->n);
  struct archive a;
  struct entry e;
  unsigned found[ROWS] = {0}, seen = 0;
  char path[256];
  assert_int_equal(archive_open(&a, &in, 0), 0);
  while (archive_next(&a, &e) == 1) {
    assert_true(path_clean(e.name, e.name_len, path, sizeof path) > 0);
    for (size_t i = 0; i < ROWS; i++)
      if (strcmp(path, rows[i].path) == 0) found[i] += count(&a, &e, i);
    seen += count_all(&a, &e);
  }
  assert_int_equal(a.flaw.code, 0);
  for (size_t i = 0; i < ROWS; i++)
    if (found[i] != 1) fail_msg("%s of %s: %u times", rows[i].name, rows[i].path, found[i]);
  assert_int_equal(seen, ROWS);
}

static void tools_write(void **state) {
  static const char *const commands[] = {"tar -cf - --xattrs --format posix .", "bsdtar -cf - --xattrs --format pax ."};
  char dir[] = "/tmp/taproot.XXXXXX", before[64];
  bool kept = make_tree(dir);
  for (size_t i = 0; kept && i < sizeof commands / sizeof commands[0]; i++) {
    struct seen seen;
    snprintf(before, sizeof before, "cd %s &&", dir);
    seen_pack(&seen, before, commands[i]);
    check(&seen);
    seen_close(&seen);
  }
  snprintf(before, sizeof before, "rm -rf %s", dir);
  assert_int_equal(system(before), 0);
  if (!kept) skip();
}

/* A header with a record SCHILY.xattr.KEY: what pax_attr makes of it. */
static int attr(const char *key, size_t len, size_t value, char name[LIMIT_ATTR_NAME], size_t *n) {
  static char room[LIMIT_ATTR_VALUE + 2];
  char *copy = malloc(len);
  struct pax_record r = {{memcpy(copy, key, len), len}, {room, value}};
  const char *reason = NULL;
  int rc = pax_attr(&r, name, n, &reason);
  assert_int_equal(rc < 0, reason != NULL);
  free(copy);
  return rc;
}

static void names(void **state) {
  static const struct {
    const char *key, *name;
  } good[] = {{"SCHILY.xattr.user.a", "user.a"}, {"SCHILY.xattr.%", "%"},           {"SCHILY.xattr.%2", "%2"},
              {"SCHILY.xattr.%25", "%"},         {"SCHILY.xattr.%3D", "="},         {"SCHILY.xattr.%3d", "%3d"},
              {"SCHILY.xattr.%253D", "%3D"},     {"SCHILY.xattr.a%3D%25b", "a=%b"}, {"SCHILY.xattr.%20 \n", "%20 \n"}};
  static const char *const others[] = {"SCHILY.xattr", "SCHILY.xattrs.a", "schily.xattr.a", "SCHILY.acl.access",
                                       "path"};
  char name[LIMIT_ATTR_NAME];
  size_t n;
  for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
    assert_int_equal(attr(good[i].key, strlen(good[i].key), 3, name, &n), 1);
    assert_int_equal(n, strlen(good[i].name));
    assert_memory_equal(name, good[i].name, n);
  }
  for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
    assert_int_equal(attr(others[i], strlen(others[i]), 3, name, &n), 0);
  assert_int_equal(attr("SCHILY.xattr.", 13, 0, name, &n), ERR_NAME);
  assert_int_equal(attr("SCHILY.xattr.a\0b", 16, 0, name, &n), ERR_NAME);
  assert_int_equal(attr("SCHILY.xattr.a", 14, LIMIT_ATTR_VALUE, name, &n), 1);
  assert_int_equal(attr("SCHILY.xattr.a", 14, LIMIT_ATTR_VALUE + 1, name, &n), ERR_SIZE);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(tools_write), cmocka_unit_test(names)};
  return cmocka_run_group_tests_name("formats_pax_attr", tests, NULL, NULL);
}
