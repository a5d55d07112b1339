/* tests/unit/mkimage_pax.c - pax archives of trees made by hand, read back by the kernel's reader: what went in comes
 * out, at the ends of every field and in between. */
#include "mkimage_kit.h"

#include "formats/archive.h"
#include "formats/path.h"
#include "formats/tar.h"
#include "mkimage/pack/layout.h"
#include "mkimage/pack/pax.h"

enum { MOST = 40, ROOM = 80000, ATTRS = 4 };
static const struct say quiet = {.quiet = true};

struct made {
  struct tree t;
  struct tree_name name[MOST];
  struct tree_inode inode[MOST];
  struct attr attr[MOST * ATTRS];
  char path[MOST][LIMIT_PATH], target[MOST][LIMIT_PATH];
  uint8_t *bytes;
  uint64_t seed;
};

static unsigned draw(struct made *m, unsigned below) {
  m->seed = m->seed * 6364136223846793005u + 1442695040888963407u;
  return (unsigned)(m->seed >> 33) % below;
}

/* A path of n bytes in components of at most 255, of letters or of any bytes. */
static void fill_path(struct made *m, char *path, size_t n, unsigned number) {
  unsigned most = 1 + draw(m, 255), from = draw(m, 4) ? 'a' : 0xe0;
  for (size_t i = 0, part = 0; i < n; i++, part++) {
    if (part == 255 && i + 1 == n) n = i;
    bool slash = part > 0 && i + 1 < n && (part == 255 || draw(m, most) == 0);
    path[i] = (char)(slash ? '/' : (int)(from + draw(m, 16)));
    if (slash) part = SIZE_MAX;
  }
  path[n] = 0;
  path[0] = (char)('A' + number); /* no two are the same */
}

static size_t draw_length(struct made *m) {
  static const size_t ends[] = {1, 98, 99, 100, 101, 102, 155, 156, 254, 255, 256, 257, 258, 4000, LIMIT_PATH - 2};
  return draw(m, 2) ? ends[draw(m, sizeof ends / sizeof ends[0])] : 1 + draw(m, 400);
}

static uint64_t draw_number(struct made *m) {
  static const uint64_t ends[] = {0, 1, 07777777, 010000000, UINT32_MAX - 1, UINT32_MAX};
  return draw(m, 2) ? ends[draw(m, 6)] : draw(m, UINT32_MAX);
}

static int64_t draw_time(struct made *m) {
  static const int64_t ends[] = {0, -1, 1, 077777777777, 0100000000000, INT32_MIN, UINT32_MAX, -99999999999};
  return draw(m, 2) ? ends[draw(m, 8)] : (int64_t)draw(m, UINT32_MAX) - INT32_MAX;
}

static void add_attrs(struct made *m, unsigned k) {
  static const size_t sizes[] = {0, 1, 90, 500, 1000, 66000 - 1000};
  static const char *const names[ATTRS] = {"security.capability", "user.a", "user.a=%25b", "user.\377\n"};
  struct attr **at = &m->inode[k].attrs;
  for (unsigned i = 0; i < ATTRS; i++) {
    struct attr *x = &m->attr[k * ATTRS + i];
    size_t size = sizes[draw(m, 6)];
    if (draw(m, 3)) continue;
    *x = (struct attr){.name = names[i], .value = m->bytes + draw(m, 1000), .size = size};
    *at = x;
    at = &x->next;
  }
}

static void add_inode(struct made *m, unsigned k) {
  static const uint32_t types[] = {S_IFREG, S_IFREG, S_IFREG, S_IFDIR, S_IFLNK, S_IFCHR, S_IFBLK, S_IFIFO};
  struct tree_inode *n = &m->inode[k];
  n->mode = types[draw(m, 8)] | draw(m, 010000);
  n->uid = (uint32_t)draw_number(m), n->gid = (uint32_t)draw_number(m);
  n->mtime = draw_time(m);
  n->mtime_ns = draw(m, 2) ? 0 : draw(m, 2) ? draw(m, 1000000000) : draw(m, 1000) * 1000000;
  n->first = m->path[k];
  if (S_ISREG(n->mode) && draw(m, 4)) {
    n->size = draw(m, 2) ? draw(m, 9000) : 4095 + draw(m, 3);
    n->place = TREE_MEMORY;
    n->bytes = m->bytes + draw(m, 1000);
  }
  if (S_ISLNK(n->mode)) {
    fill_path(m, m->target[k], draw_length(m), k);
    n->target = m->target[k];
    n->size = strlen(n->target);
  }
  if (S_ISCHR(n->mode) || S_ISBLK(n->mode))
    n->rdev_major = (uint32_t)draw_number(m), n->rdev_minor = (uint32_t)draw_number(m);
  add_attrs(m, k);
}

/* Any entries, some of them further names of one before. */
static struct made *make(uint64_t seed) {
  struct made *m = calloc(1, sizeof *m);
  m->seed = seed;
  m->bytes = malloc(ROOM);
  for (size_t i = 0; i < ROOM; i++) m->bytes[i] = (uint8_t)draw(m, 256);
  m->t = (struct tree){.name = m->name, .names = MOST, .root_fd = -1, .spool_fd = -1, .pax = true};
  for (unsigned k = 0; k < MOST; k++) {
    unsigned of = k > 0 && draw(m, 5) == 0 ? draw(m, k) : k;
    fill_path(m, m->path[k], draw_length(m), k);
    if (of != k && (S_ISDIR(m->name[of].inode->mode))) of = k;
    if (of == k) add_inode(m, k);
    m->name[k] = (struct tree_name){.path = m->path[k], .inode = of == k ? &m->inode[k] : m->name[of].inode};
  }
  return m;
}

static void drop(struct made *m) {
  free(m->bytes);
  free(m);
}

static void check_attrs(const struct archive *a, const struct entry *e, const struct tree_inode *n) {
  struct archive_attr x = {.at = 0};
  const struct attr *want = n->attrs;
  for (; archive_attr(a, e, &x) == 1; want = want->next) {
    assert_non_null(want);
    assert_int_equal(x.name_len, strlen(want->name));
    assert_memory_equal(x.name, want->name, x.name_len);
    assert_int_equal(x.size, want->size);
    if (x.size) assert_memory_equal(x.value, want->value, x.size);
  }
  assert_null(want);
}

static void check_entry(const struct archive *a, const struct entry *e, const struct tree_name *name,
                        const uint8_t *data) {
  const struct tree_inode *n = name->inode;
  size_t len = strlen(name->path);
  assert_int_equal(e->name_len, len + S_ISDIR(n->mode));
  assert_memory_equal(e->name, name->path, len);
  assert_true(e->uid == n->uid && e->gid == n->gid && e->mtime == n->mtime && e->mtime_ns == n->mtime_ns);
  if (n->first != name->path) {
    assert_true(e->link != NULL && e->link_len == strlen(n->first) && memcmp(e->link, n->first, e->link_len) == 0);
    return;
  }
  assert_null(e->link);
  assert_int_equal(e->mode, n->mode);
  assert_int_equal(e->size, n->size);
  assert_true(e->rdev_major == n->rdev_major && e->rdev_minor == n->rdev_minor);
  if (e->size) assert_memory_equal(data, S_ISLNK(n->mode) ? (const uint8_t *)n->target : n->bytes, e->size);
  if (format_aligned(e->mode, e->size)) assert_int_equal(e->data % LIMIT_PAGE, 0);
  check_attrs(a, e, n);
}

/* All of the archive, made in one piece and once more in pieces of odd sizes. */
static uint8_t *whole(struct made *m, uint64_t *size) {
  struct layout l;
  assert_int_equal(layout_make(&l, &quiet, &m->t, &pax_format), EXIT_DONE);
  *size = layout_size(&l);
  uint8_t *one = malloc(*size), *other = malloc(*size);
  assert_int_equal(layout_fill(&l, &quiet, 0, one, *size), EXIT_DONE);
  for (uint64_t at = 0, n; at < *size; at += n) {
    n = 1 + draw(m, 3000);
    if (n > *size - at) n = *size - at;
    assert_int_equal(layout_fill(&l, &quiet, at, other + at, n), EXIT_DONE);
  }
  assert_memory_equal(one, other, *size);
  free(other);
  layout_drop(&l);
  return one;
}

static void any_tree_comes_back(void **state) {
  for (uint64_t seed = 1; seed <= 150; seed++) {
    struct made *m = make(seed);
    uint64_t size;
    uint8_t *bytes = whole(m, &size);
    struct stream in = stream_over(bytes, size);
    struct archive a;
    struct entry e;
    const uint8_t *data;
    size_t k = 0;
    int rc = archive_open(&a, &in, 0);
    for (; rc == 0 && (rc = archive_next(&a, &e)) == 1; rc = 0, k++) {
      assert_true(k < MOST);
      assert_int_equal(archive_data(&a, &e, &data), 0);
      check_entry(&a, &e, &m->name[k], data);
    }
    if (rc != 0) fail_msg("seed %u, entry %u: %s", (unsigned)seed, (unsigned)k, a.flaw.reason);
    assert_int_equal(k, MOST);
    assert_int_equal(a.at, size);
    free(bytes);
    drop(m);
  }
}

/* Sizes that no field holds: the headers are looked at alone. */
static void huge_files(void **state) {
  static const uint64_t sizes[] = {UINT64_C(5) << 30, 077777777777, 0100000000000, INT64_MAX / 2};
  for (size_t i = 0; i < 4; i++) {
    struct tree_inode n = {.mode = S_IFREG | 0644, .size = sizes[i], .place = TREE_DISK, .first = "huge"};
    struct tree_name name = {.path = n.first, .inode = &n};
    struct tree t = {.name = &name, .names = 1};
    struct format_span span;
    uint8_t head[4 * 4096] = {0};
    pax_format.measure(&t, 0, 0, &span);
    assert_true(span.body == sizes[i] && span.head <= sizeof head && span.head % LIMIT_PAGE == 0);
    assert_true((span.body + span.pad) % TAR_BLOCK == 0 && span.pad < TAR_BLOCK);
    pax_format.encode(&t, 0, 0, head);
    struct stream in = stream_over(head, span.head);
    struct archive a;
    struct entry e;
    assert_int_equal(archive_open(&a, &in, 0), 0);
    assert_int_equal(archive_next(&a, &e), 1);
    assert_true(e.size == sizes[i] && e.data == span.head);
  }
}

/* What fits into a plain header gets nothing else. */
static void plain_headers(void **state) {
  struct tree_inode n = {.mode = S_IFREG | 0644, .size = 4095, .first = "f", .mtime = 077777777777, .uid = 07777777};
  struct tree_name name = {.path = n.first, .inode = &n};
  struct tree t = {.name = &name, .names = 1};
  struct format_span span;
  uint8_t head[TAR_BLOCK];
  pax_format.measure(&t, 0, 512, &span);
  assert_int_equal(span.head, TAR_BLOCK);
  pax_format.encode(&t, 0, 512, head);
  assert_memory_equal(head + 257, "ustar\00000", 8);
  n.mtime_ns = 1;
  pax_format.measure(&t, 0, 512, &span);
  assert_int_equal(span.head, 3 * TAR_BLOCK);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(any_tree_comes_back), cmocka_unit_test(huge_files),
                                     cmocka_unit_test(plain_headers)};
  return cmocka_run_group_tests_name("mkimage_pax", tests, NULL, NULL);
}
