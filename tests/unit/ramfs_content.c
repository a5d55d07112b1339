/* tests/unit/ramfs_content.c - a file's bytes against a plain array: slices, pages over them, holes, frames. */
#include "vfs_rig.h"

enum { MOST = 90 * PAGE, ARENA = 64 * PAGE };

struct model {
  struct rig r;
  struct fs *fs;
  struct inode *f;
  struct arena *arena;
  uint64_t seed, size;
  uint8_t bytes[MOST];
};

static unsigned draw(struct model *m, unsigned below) {
  m->seed = m->seed * 6364136223846793005u + 1442695040888963407u;
  return (unsigned)(m->seed >> 33) % below;
}

static struct inode *new_file(struct fs *fs, const char *name) {
  struct fs_make how = {.mode = MODE_FILE | 0644};
  struct inode *i;
  assert_int_equal(fs->ops->make(fs->root, name, strlen(name), &how, &i), 0);
  return i;
}

static struct arena *new_arena(struct rig *r, uint64_t n) {
  struct arena *a = heap_take(&r->heap, sizeof *a);
  assert_int_equal(arena_open(a, r->plat, &r->heap, n), 0);
  assert_int_equal(arena_grow(a, n), 0);
  return a;
}

static void begin(struct model *m, uint64_t seed) {
  memset(m, 0, sizeof *m);
  rig_memory(&m->r, 16);
  m->seed = seed;
  m->fs = ramfs_make(&m->r.heap, (struct stamp){1, 2});
  m->f = new_file(m->fs, "f");
  m->arena = new_arena(&m->r, ARENA);
  for (unsigned i = 0; i < ARENA; i++) m->arena->base[i] = (uint8_t)draw(m, 255) + 1;
}

/* --- checks ------------------------------------------------------------------ */

static void check_bytes(struct model *m) {
  assert_int_equal(m->f->size, m->size);
  uint64_t at = 0, n;
  for (;; at += n) {
    uint64_t want = 1 + draw(m, 3 * PAGE);
    const uint8_t *p = m->fs->ops->span(m->f, at, want, &n);
    if (n == 0) break;
    assert_true(n <= want && n <= m->size - at);
    if (p) assert_memory_equal(p, m->bytes + at, n);
    for (uint64_t i = 0; !p && i < n; i++) assert_int_equal(m->bytes[at + i], 0);
  }
  assert_int_equal(at, m->size);
}

/* Where seek says hole there is no byte; what it finds, it finds in order. */
static void check_seek(struct model *m) {
  for (uint64_t at = 0; at < m->size;) {
    int64_t data = m->fs->ops->seek(m->f, at, false);
    uint64_t upto = data < 0 ? m->size : (uint64_t)data;
    if (data < 0) assert_int_equal(data, ERR_NXIO);
    assert_true(upto >= at);
    for (uint64_t i = at; i < upto; i++) assert_int_equal(m->bytes[i], 0);
    if (data < 0) break;
    at = (uint64_t)m->fs->ops->seek(m->f, upto, true);
    assert_true(at > upto && at <= m->size);
  }
  assert_int_equal(m->fs->ops->seek(m->f, m->size, true), ERR_NXIO);
}

static void check_frame(struct model *m, bool shared) {
  uint64_t index = draw(m, MOST / PAGE + 2);
  phys_t frame;
  int rc = m->fs->ops->frame(m->f, index, shared, &frame);
  if (index * PAGE >= m->size) {
    assert_int_equal(rc, ERR_NXIO);
    return;
  }
  if (rc == ERR_AGAIN && !shared) return;
  assert_int_equal(rc, 0);
  uint8_t *page = plat_direct(m->r.plat) + frame;
  assert_memory_equal(page, m->bytes + index * PAGE, PAGE); /* the model is zero behind its end */
  assert_true(pages_owners(&m->r.ps, frame) >= 2);
  if (shared && m->size > index * PAGE + 5) page[5] = m->bytes[index * PAGE + 5] = (uint8_t)draw(m, 256);
  assert_int_equal(pages_give(&m->r.ps, frame, 1), 0);
}

/* --- steps --------------------------------------------------------------------- */

static void do_resize(struct model *m, uint64_t size) {
  assert_int_equal(m->fs->ops->resize(m->f, size), 0);
  if (size < m->size) memset(m->bytes + size, 0, m->size - size);
  m->size = size;
}

static void do_write(struct model *m, uint64_t at, uint64_t want) {
  if (at + want > m->size) do_resize(m, at + want);
  for (uint64_t done = 0, n; done < want; done += n) {
    uint8_t *p = m->fs->ops->span_for_write(m->f, at + done, want - done, &n);
    assert_non_null(p);
    assert_true(n > 0 && n <= want - done);
    assert_memory_equal(p, m->bytes + at + done, n);
    for (uint64_t i = 0; i < n; i++) p[i] = m->bytes[at + done + i] = (uint8_t)draw(m, 256);
  }
}

static void do_punch(struct model *m, uint64_t at, uint64_t n) {
  assert_int_equal(m->fs->ops->punch(m->f, at, n), 0);
  for (uint64_t i = at; i < at + n && i < m->size; i++) m->bytes[i] = 0;
}

static void do_adopt(struct model *m) {
  uint64_t at = draw(m, 2) ? (uint64_t)draw(m, 60) * PAGE : draw(m, ARENA - 1), n = draw(m, (unsigned)(ARENA - at));
  assert_int_equal(m->fs->ops->adopt(m->f, m->arena, m->arena->base + at, n), 0);
  memset(m->bytes, 0, MOST);
  memcpy(m->bytes, m->arena->base + at, n);
  m->size = n;
}

static void step(struct model *m) {
  unsigned what = draw(m, 16), at = draw(m, MOST), n = 1 + draw(m, draw(m, 2) ? 100 : 12 * PAGE);
  if (n > MOST - at) n = MOST - at;
  if (what < 6)
    do_write(m, at, n);
  else if (what < 8)
    do_resize(m, draw(m, 3) ? at : at / PAGE * PAGE);
  else if (what < 9)
    do_resize(m, m->size ? draw(m, (unsigned)m->size) : 0);
  else if (what < 11)
    do_adopt(m);
  else if (what < 12)
    do_punch(m, at, n);
  else if (what < 14)
    check_frame(m, false);
  else
    check_frame(m, true);
}

static void bytes_are_what_was_written(void **state) {
  static struct model m;
  for (uint64_t seed = 1; seed <= 12; seed++) {
    begin(&m, seed);
    for (int i = 0; i < 400; i++) {
      step(&m);
      if (i % 8 == 0) check_bytes(&m), check_seek(&m);
    }
    check_bytes(&m);
    arena_seal(m.arena);
    m.fs->ops->stop(m.fs);
    rig_memory_end(&m.r);
  }
}

/* Rewriting a packed file page by page lets go of the archive as the end is covered. */
static void rewriting_gives_the_slice_back(void **state) {
  struct rig r;
  uint64_t n;
  phys_t frame;
  rig_memory(&r, 16);
  struct fs *fs = ramfs_make(&r.heap, (struct stamp){0});
  struct inode *f = new_file(fs, "f");
  struct arena *a = new_arena(&r, 10 * PAGE);
  memset(a->base, 'x', 10 * PAGE);
  assert_int_equal(fs->ops->adopt(f, a, a->base + PAGE, 8 * PAGE + 5), 0);
  arena_seal(a);
  assert_int_equal(fs->ops->blocks(f), 9 * 8);
  assert_int_equal(fs->ops->frame(f, 3, false, &frame), 0); /* aligned: the archive's own page */
  assert_int_equal(pages_give(&r.ps, frame, 1), 0);
  assert_int_equal(fs->ops->frame(f, 8, false, &frame), ERR_AGAIN); /* others' bytes behind the end */
  uint64_t free = pages_free(&r.ps);
  for (int page = 8; page >= 0; page--) {
    assert_int_equal(*fs->ops->span_for_write(f, (uint64_t)page * PAGE, 1, &n), 'x');
    assert_int_equal(fs->ops->blocks(f), 9 * 8);
  }
  assert_null(rnode_of(f)->u.content.arena);
  assert_true(pages_free(&r.ps) + 4 * PAGE >= free); /* as many pages came back, but for nodes of the tree */
  fs->ops->stop(fs);
  rig_memory_end(&r);
}

/* A large file written in order is read in few pieces; a tiny one costs one page. */
static void runs_are_long(void **state) {
  struct rig r;
  uint64_t n, pieces = 0;
  rig_memory(&r, 64);
  struct fs *fs = ramfs_make(&r.heap, (struct stamp){0});
  struct inode *f = new_file(fs, "big"), *tiny = new_file(fs, "tiny");
  assert_non_null(fs->ops->span_for_write(tiny, 0, 1, &n));
  uint64_t used = heap_used(&r.heap);
  assert_int_equal(fs->ops->resize(tiny, 1), 0);
  assert_int_equal(fs->ops->blocks(tiny), 8);
  assert_int_equal(heap_used(&r.heap), used);
  assert_int_equal(fs->ops->resize(f, 40 << 20), 0);
  for (uint64_t at = 0; at < 40 << 20; at += n) assert_non_null(fs->ops->span_for_write(f, at, (40 << 20) - at, &n));
  for (uint64_t at = 0; at < 40 << 20; at += n, pieces++) assert_non_null(fs->ops->span(f, at, UINT64_MAX, &n));
  assert_true(pieces <= 40 * 4 + 4);
  assert_int_equal(fs->ops->blocks(f), 40 * 2048);
  /* no room: said, and nothing is lost */
  struct inode *more = new_file(fs, "more");
  uint64_t at = 0;
  for (uint8_t *p; (p = fs->ops->span_for_write(more, at, 1 << 20, &n)); at += n) *p = 1;
  assert_int_equal(n, 0);
  assert_true(at > 10 << 20);
  assert_int_equal(fs->ops->resize(more, 0), 0);
  assert_non_null(fs->ops->span_for_write(more, INT64_MAX - 1, 1, &n));
  assert_int_equal(fs->ops->resize(more, (uint64_t)INT64_MAX + 1), ERR_FBIG);
  fs->ops->stop(fs);
  rig_memory_end(&r);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(bytes_are_what_was_written),
                                     cmocka_unit_test(rewriting_gives_the_slice_back), cmocka_unit_test(runs_are_long)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
