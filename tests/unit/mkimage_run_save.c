/* tests/unit/mkimage_run_save.c - the pieces in which a machine tells what its program left; what is not believed. */
#include "mkimage_kit.h"

#include <sys/mman.h>

#include "formats/bytes.h"
#include "mkimage/run/run.h"

static const struct say quiet = {.quiet = true};
enum { LOW = 3 << 20, RAM = 5 << 20 }; /* of 5 MiB, three lie below 4 GiB */

static void begin(struct run_save *s) {
  *s = (struct run_save){.ram = -1, .spool = -1, .attrs = -1, .ram_bytes = RAM, .low_end = LOW};
  assert_int_equal(run_save_open(s, &quiet), EXIT_DONE);
  uint8_t *p = mmap(NULL, RAM, PROT_READ | PROT_WRITE, MAP_SHARED, s->ram, 0);
  assert_true(p != MAP_FAILED);
  for (size_t i = 0; i < RAM; i++) p[i] = (uint8_t)(i * 2654435761u >> 24);
  munmap(p, RAM);
}

static size_t piece(uint8_t *out, char kind, uint64_t n, uint64_t at) {
  out[0] = (uint8_t)kind;
  bytes_put_le64(out + 1, n);
  bytes_put_le64(out + 9, at);
  return kind == 'm' ? 17 : 9;
}

static void test_pieces(void **state) {
  uint8_t sent[200], have[16 + 100 + 20 + 30];
  size_t n = 0;
  for (size_t step = 1; step < 60; step++) { /* however it is cut */
    struct run_save s;
    begin(&s);
    n = piece(sent, 'b', 16, 0);
    memcpy(sent + n, "sixteen bytes...", 16), n += 16;
    n += piece(sent + n, 'b', 0, 0);
    n += piece(sent + n, 'm', 100, LOW - 100);
    n += piece(sent + n, 'z', 20, 0);
    n += piece(sent + n, 'm', 30, ((uint64_t)1 << 32) + 7);
    for (size_t i = 0; i < n; i += step) run_save_take(&s, sent + i, n - i < step ? n - i : step);
    assert_int_equal(s.status, EXIT_DONE);
    assert_int_equal(s.size, sizeof have);
    assert_int_equal(pread(s.spool, have, sizeof have, 0), sizeof have);
    assert_memory_equal(have, "sixteen bytes...", 16);
    assert_memory_equal(have + 16, s.bytes + LOW - 100, 100);
    assert_memory_equal(have + 116, (uint8_t[20]){0}, 20);
    assert_memory_equal(have + 136, s.bytes + LOW + 7, 30);
    run_save_close(&s);
  }
}

/* Attributes beside the archive; one that does not hold what it says. */
static void test_attributes(void **state) {
  uint8_t sent[100], have[100];
  struct run_save s;
  struct run_attr a;
  uint64_t at = 0;
  begin(&s);
  size_t n = piece(sent, 'x', 4 + 3 + 6 + 5, 0);
  memcpy(sent + n, "\3\0\6\0a/buser.xvalue", 18), n += 18;
  n += piece(sent + n, 'b', 2, 0);
  memcpy(sent + n, "hi", 2), n += 2;
  n += piece(sent + n, 'x', 4, 0);
  memcpy(sent + n, "\0\0\1\0", 4), n += 4;
  for (size_t i = 0; i < n; i++) run_save_take(&s, sent + i, 1);
  assert_int_equal(s.status, EXIT_DONE);
  assert_int_equal(s.size, 2);
  assert_int_equal(pread(s.attrs, have, sizeof have, 0), s.attrs_size);
  assert_int_equal(run_save_attr(have, s.attrs_size, &at, &a), 1);
  assert_true(a.path_len == 3 && memcmp(a.path, "a/b", 3) == 0);
  assert_true(a.name_len == 6 && memcmp(a.name, "user.x", 6) == 0);
  assert_true(a.size == 5 && memcmp(a.value, "value", 5) == 0);
  assert_int_equal(run_save_attr(have, s.attrs_size, &at, &a), -1);
  for (size_t cut = 1; cut < 8 + 18; cut++) {
    at = 0;
    assert_int_equal(run_save_attr(have, cut, &at, &a), -1);
  }
  at = 26;
  assert_int_equal(run_save_attr(have, 26, &at, &a), 0);
  run_save_close(&s);
}

static void test_nothing_is_believed(void **state) {
  static const uint64_t four = (uint64_t)1 << 32;
  static const struct {
    char kind;
    uint64_t n, at;
  } bad[] = {{'m', 1, LOW},
             {'m', 2, LOW - 1},
             {'m', 1, four - 1},
             {'m', RAM - LOW + 1, four},
             {'m', 1, four + RAM},
             {'m', UINT64_MAX, 0},
             {'m', 1, UINT64_MAX},
             {'m', UINT64_MAX, UINT64_MAX},
             {'z', UINT64_MAX, 0},
             {'b', (uint64_t)1 << 47, 0},
             {'y', 1, 0},
             {0, 0, 0},
             {'m', LOW, four + RAM},
             {'m', four, four}};
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    struct run_save s;
    uint8_t sent[20];
    begin(&s);
    run_save_take(&s, sent, piece(sent, bad[i].kind, bad[i].n, bad[i].at));
    assert_int_equal(s.status, EXIT_DAMAGED);
    assert_int_equal(s.size, 0);
    run_save_take(&s, (const uint8_t *)"b", 1); /* and nothing more is taken */
    assert_int_equal(s.size, 0);
    run_save_close(&s);
  }
}

/* What a stream of pieces comes to, told in another way: its bytes, or -1 where it is refused. */
static int64_t model(const uint8_t *p, size_t n) {
  int64_t size = 0;
  while (n >= 9) {
    size_t head = p[0] == 'm' ? 17 : 9;
    uint64_t length = bytes_le64(p + 1), at = n >= 17 ? bytes_le64(p + 9) : 0;
    if (memchr("bzm", p[0], 3) == NULL) return -1;
    if (n < head) return size;
    if (length > ((uint64_t)1 << 46) - (uint64_t)size) return -1;
    bool low = at <= LOW && length <= LOW - at;
    bool high = at >> 32 == 1 && (uint32_t)at <= RAM - LOW && length <= RAM - LOW - (uint32_t)at;
    if (p[0] == 'm' && !low && !high) return -1;
    p += head, n -= head;
    if (p[-(ptrdiff_t)head] == 'b' && length > n) return size + (int64_t)n;
    if (p[-(ptrdiff_t)head] == 'b') p += length, n -= length;
    size += (int64_t)length;
  }
  return n > 0 && memchr("bzm", p[0], 3) == NULL ? -1 : size;
}

static uint64_t chance(uint64_t *state) {
  *state = *state * 6364136223846793005u + 1442695040888963407u;
  return *state >> 33;
}

/* Pieces by chance, most of them good, cut at some place and taken in two. */
static void test_by_chance(void **state) {
  static const uint64_t places[] = {0, LOW - 20, LOW, ((uint64_t)1 << 32) - 1, (uint64_t)1 << 32, UINT64_MAX - 3};
  uint64_t seed = 1;
  struct run_save s;
  begin(&s);
  for (int round = 0; round < 3000; round++) {
    uint8_t sent[600];
    size_t n = 0;
    while (n < 300) {
      char kind = "bbbzzmmmmy"[chance(&seed) % (chance(&seed) % 20 ? 9 : 10)];
      uint64_t length = chance(&seed) % 40, at = places[chance(&seed) % 6] + chance(&seed) % 9;
      if (chance(&seed) % 50 == 0) length = UINT64_MAX - length;
      n += piece(sent + n, kind, length, at);
      if (kind == 'b' && length < 40) memset(sent + n, 'b', length), n += length;
    }
    n -= chance(&seed) % 50;
    s.size = s.have = s.left = 0;
    s.status = EXIT_DONE;
    assert_int_equal(ftruncate(s.spool, 0), 0);
    size_t cut = chance(&seed) % n;
    run_save_take(&s, sent, cut);
    run_save_take(&s, sent + cut, n - cut);
    int64_t want = model(sent, n);
    assert_int_equal(s.status, want < 0 ? EXIT_DAMAGED : EXIT_DONE);
    if (want >= 0) assert_int_equal(s.size, want);
    assert_int_equal(lseek(s.spool, 0, SEEK_END), s.size);
  }
  run_save_close(&s);
}

static void test_most(void **state) {
  static const uint64_t four = (uint64_t)1 << 32;
  struct run_save s;
  uint8_t sent[60];
  begin(&s);
  size_t n = piece(sent, 'm', LOW, 0);
  n += piece(sent + n, 'm', RAM - LOW, four);
  n += piece(sent + n, 'm', 0, LOW);
  run_save_take(&s, sent, n);
  assert_int_equal(s.status, EXIT_DONE);
  assert_int_equal(s.size, RAM);
  run_save_close(&s);
  assert_int_equal(run_low_end("pc", (uint64_t)4 << 30), (uint64_t)3 << 30);
  assert_int_equal(run_low_end("q35", (uint64_t)4 << 30), (uint64_t)2 << 30);
  assert_int_equal(run_low_end("microvm", (uint64_t)1 << 30), (uint64_t)1 << 30);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_pieces, kit_begin, kit_end),
      cmocka_unit_test_setup_teardown(test_attributes, kit_begin, kit_end),
      cmocka_unit_test_setup_teardown(test_nothing_is_believed, kit_begin, kit_end),
      cmocka_unit_test_setup_teardown(test_by_chance, kit_begin, kit_end),
      cmocka_unit_test_setup_teardown(test_most, kit_begin, kit_end),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
