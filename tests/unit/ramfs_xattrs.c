/* tests/unit/ramfs_xattrs.c - extended attributes against a plain table; inodes that come and go; no memory. */
#include "vfs_rig.h"

enum { INODES = 24, NAMES = 40, SIZES = 5, SEED = 7 };
static const uint32_t sizes[SIZES] = {0, 1, 30, 5000, LIMIT_ATTR_VALUE};

struct model {
  struct rig r;
  struct fs *fs;
  struct inode *inode[INODES];
  uint64_t seed;
  bool refuse; /* an allocation of each set */
  struct {
    bool there;
    uint8_t byte; /* all of the value's */
    uint32_t size;
  } has[INODES][NAMES];
};

static unsigned draw(struct model *m, unsigned below) {
  m->seed = m->seed * 6364136223846793005u + 1442695040888963407u;
  return (unsigned)(m->seed >> 33) % below;
}

/* The longest name is as long as may be. */
static size_t name_of(unsigned n, char out[LIMIT_ATTR_NAME + 1]) {
  int len = sprintf(out, "user.%u", n);
  if (n == NAMES - 1) len = sprintf(out, "%0255u", n);
  return (size_t)len;
}

static void make(struct model *m, unsigned i) {
  struct fs_make how = {.mode = (i % 3 == 0   ? MODE_DIR
                                 : i % 3 == 1 ? MODE_FILE
                                              : MODE_LINK) |
                                0755,
                        .data = "t",
                        .size = 1};
  char name[16];
  if (i % 3 != 2) how.size = 0;
  assert_int_equal(m->fs->ops->make(m->fs->root, name, (size_t)sprintf(name, "%u", i), &how, &m->inode[i]), 0);
  memset(m->has[i], 0, sizeof m->has[i]);
}

static void begin(struct model *m, uint64_t mib) {
  memset(m, 0, sizeof *m);
  rig_memory(&m->r, mib);
  m->seed = SEED;
  m->fs = ramfs_make(&m->r.heap, (struct stamp){1, 2});
  for (unsigned i = 0; i < INODES; i++) make(m, i);
}

static void end(struct model *m) {
  m->fs->ops->stop(m->fs);
  rig_memory_end(&m->r);
}

static void check_value(struct model *m, unsigned i, unsigned n) {
  char name[LIMIT_ATTR_NAME + 1];
  const uint8_t *value;
  int64_t size = m->fs->ops->xattr_get(m->inode[i], name, name_of(n, name), &value);
  assert_int_equal(size, m->has[i][n].there ? (int64_t)m->has[i][n].size : ERR_NODATA);
  for (int64_t k = 0; k < size; k++) assert_int_equal(value[k], m->has[i][n].byte);
}

struct count {
  unsigned names, most;
  char seen[NAMES][LIMIT_ATTR_NAME + 1];
};

static int count_name(void *arg, const char *name, size_t len) {
  struct count *c = arg;
  memcpy(c->seen[c->names], name, len);
  c->seen[c->names][len] = 0;
  return ++c->names == c->most ? 77 : 0;
}

/* Each name once, and no others. */
static void check_list(struct model *m, unsigned i) {
  struct count c = {.names = 0};
  unsigned wanted = 0, found = 0;
  char name[LIMIT_ATTR_NAME + 1];
  assert_int_equal(m->fs->ops->xattr_list(m->inode[i], count_name, &c), 0);
  for (unsigned n = 0; n < NAMES; n++) {
    wanted += m->has[i][n].there;
    name_of(n, name);
    for (unsigned k = 0; k < c.names; k++) found += m->has[i][n].there && strcmp(name, c.seen[k]) == 0;
  }
  assert_true(c.names == wanted && found == wanted);
  if (wanted < 2) return;
  c.names = 0, c.most = 1;
  assert_int_equal(m->fs->ops->xattr_list(m->inode[i], count_name, &c), 77);
  assert_int_equal(c.names, 1);
}

static void set(struct model *m, unsigned i, unsigned n) {
  static uint8_t bytes[LIMIT_ATTR_VALUE];
  char name[LIMIT_ATTR_NAME + 1];
  uint8_t byte = (uint8_t)draw(m, 256);
  uint32_t size = sizes[draw(m, SIZES)];
  memset(bytes, byte, size);
  pages_refuse(&m->r.ps, m->refuse ? 1 + draw(m, 4) : 0);
  int rc = m->fs->ops->xattr_set(m->inode[i], name, name_of(n, name), size ? bytes : NULL, size);
  pages_refuse(&m->r.ps, 0);
  assert_true(rc == 0 || (rc == ERR_NOMEM && m->refuse));
  if (rc == 0) m->has[i][n].there = true, m->has[i][n].byte = byte, m->has[i][n].size = size;
}

static void take_away(struct model *m, unsigned i, unsigned n) {
  char name[LIMIT_ATTR_NAME + 1];
  int rc = m->fs->ops->xattr_remove(m->inode[i], name, name_of(n, name));
  assert_int_equal(rc, m->has[i][n].there ? 0 : ERR_NODATA);
  m->has[i][n].there = false;
}

/* The inode goes with all that it has; another of the same name has none. */
static void make_anew(struct model *m, unsigned i) {
  char name[16];
  assert_int_equal(m->fs->ops->unlink(m->fs->root, name, (size_t)sprintf(name, "%u", i), (struct stamp){0, 0}), 0);
  make(m, i);
}

static void step(struct model *m) {
  unsigned i = draw(m, INODES), n = draw(m, NAMES), what = draw(m, 100);
  if (what < 55) set(m, i, n);
  if (what >= 55 && what < 95) take_away(m, i, n);
  if (what >= 95 && what < 98) make_anew(m, i);
  if (what >= 98) m->fs->ops->xattr_drop(m->inode[i]), memset(m->has[i], 0, sizeof m->has[i]);
  check_value(m, i, n);
  check_list(m, i);
}

static void all_calls_at_random(void **state) {
  struct model *m = malloc(sizeof *m);
  (void)state;
  begin(m, 64);
  for (int round = 0; round < 20000; round++) step(m);
  for (unsigned i = 0; i < INODES; i++)
    for (unsigned n = 0; n < NAMES; n++) check_value(m, i, n);
  end(m);
  free(m);
}

/* Inodes that never had any, or have none any more, cost nothing. */
static void nothing_is_kept_without_them(void **state) {
  struct model *m = malloc(sizeof *m);
  (void)state;
  begin(m, 16);
  uint64_t used = heap_used(&m->r.heap);
  for (unsigned i = 0; i < INODES; i++)
    for (unsigned n = 0; n < NAMES; n++) m->fs->ops->xattr_set(m->inode[i], "user.a", 6, "1", 1);
  assert_true(heap_used(&m->r.heap) > used);
  for (unsigned i = 0; i < INODES; i++) assert_int_equal(m->fs->ops->xattr_remove(m->inode[i], "user.a", 6), 0);
  assert_int_equal(heap_used(&m->r.heap), used);
  end(m);
  free(m);
}

/* Whatever allocation fails, nothing changed and nothing is lost. */
static void each_allocation_fails(void **state) {
  struct model *m = malloc(sizeof *m);
  (void)state;
  begin(m, 64);
  for (int round = 0; round < 3000; round++) {
    m->refuse = draw(m, 3) > 0;
    step(m);
    if (round % 100 == 0) assert_null(heap_check(&m->r.heap));
  }
  for (unsigned i = 0; i < INODES; i++)
    for (unsigned n = 0; n < NAMES; n++) check_value(m, i, n);
  for (unsigned i = 0; i < INODES; i++) m->fs->ops->xattr_drop(m->inode[i]);
  uint64_t used = heap_used(&m->r.heap);
  for (uint64_t nth = 1; nth <= 2; nth++) {
    pages_refuse(&m->r.ps, nth);
    assert_int_equal(m->fs->ops->xattr_set(m->inode[1], "user.a", 6, "1", 1), ERR_NOMEM);
    assert_int_equal(heap_used(&m->r.heap), used);
  }
  pages_refuse(&m->r.ps, 0);
  end(m);
  free(m);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(all_calls_at_random),
                                     cmocka_unit_test(nothing_is_kept_without_them),
                                     cmocka_unit_test(each_allocation_fails)};
  return cmocka_run_group_tests_name("ramfs_xattrs", tests, NULL, NULL);
}
