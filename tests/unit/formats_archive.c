/* tests/unit/formats_archive.c - the reader: what it gives, what it refuses and in which words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "formats/archive.h"
#include "formats/err.h"
#include "newc_make.h"

/* Reads everything out of an exact copy, so that the sanitizer sees each byte beyond; returns the verdict. */
static int read_all(const uint8_t *bytes, size_t n, size_t *entries, struct flaw *flaw) {
  uint8_t *copy = malloc(n + !n);
  memcpy(copy, bytes, n);
  struct stream in = stream_over(copy, n);
  struct archive a;
  struct entry e;
  const uint8_t *data;
  int rc = archive_open(&a, &in, 0);
  *entries = 0;
  while (rc == 0 && (rc = archive_next(&a, &e)) == 1) {
    rc = archive_data(&a, &e, &data);
    ++*entries;
  }
  if (rc == 0) assert_true(a.ended && a.at <= n);
  *flaw = a.flaw;
  free(copy);
  return rc;
}

static void says(const struct made *m, int code, const char *sentence) {
  struct flaw flaw;
  char line[512];
  size_t entries;
  assert_int_equal(read_all(m->bytes, m->n, &entries, &flaw), code);
  flaw_print(&flaw, line, sizeof line);
  assert_string_equal(line, sentence);
}

static void fine(const struct made *m) {
  struct flaw flaw;
  size_t entries;
  assert_int_equal(read_all(m->bytes, m->n, &entries, &flaw), 0);
  assert_int_equal(flaw.code, 0);
}

/* One bad entry behind a good one, so that offsets count. */
static void bad_entry(const char *name, size_t name_size, uint32_t mode, const char *data, int code,
                      const char *sentence) {
  struct made m = {.n = 0};
  static char padded[8192];
  struct newc h = {
      .mode = mode, .nlink = 1, .name_size = (uint32_t)name_size, .size = data ? (uint32_t)strlen(data) : 0};
  memset(padded, 0, sizeof padded);
  strcpy(padded, name);
  made_entry(&m, "first", 0100644, "1234");
  made_raw(&m, h, padded, data);
  made_trailer(&m);
  says(&m, code, sentence);
}

static void good_archive(void **state) {
  struct made m = {.n = 0};
  made_entry(&m, ".", 040755, NULL);
  made_entry(&m, "/a/b", 0100644, "hello");
  made_entry(&m, "./link", 0120777, "a/b");
  made_entry(&m, "fifo", 010600, NULL);
  made_entry(&m, "null", 020666, NULL);
  made_entry(&m, "empty", 0100000, NULL);
  made_trailer(&m);
  struct stream in = stream_over(m.bytes, m.n);
  struct archive a;
  struct entry e;
  const uint8_t *data;
  assert_int_equal(archive_open(&a, &in, 0), 0);
  assert_int_equal(archive_next(&a, &e), 1);
  assert_int_equal(e.mode, 040755);
  assert_int_equal(archive_next(&a, &e), 1);
  assert_int_equal(e.name_len, 4);
  assert_memory_equal(e.name, "/a/b", 4);
  assert_int_equal(e.size, 5);
  assert_int_equal(archive_data(&a, &e, &data), 0);
  assert_memory_equal(data, "hello", 5);
  for (int i = 0; i < 4; i++) assert_int_equal(archive_next(&a, &e), 1);
  assert_int_equal(archive_next(&a, &e), 0);
  assert_int_equal(a.at, m.n);
  assert_int_equal(archive_next(&a, &e), 0);
}

static void every_cut_is_noticed(void **state) {
  struct made m = {.n = 0};
  struct flaw flaw;
  size_t entries;
  made_entry(&m, "dir", 040755, NULL);
  made_entry(&m, "dir/file", 0100644, "some data");
  made_entry(&m, "l", 0120777, "dir/file");
  size_t trailer = m.n;
  made_trailer(&m);
  size_t end = trailer + NEWC_HEADER + sizeof NEWC_TRAILER;
  for (size_t n = 0; n < end; n++) {
    int rc = read_all(m.bytes, n, &entries, &flaw);
    assert_int_equal(rc, n < 6 ? ERR_MAGIC : ERR_CUT);
    assert_non_null(flaw.reason);
  }
  for (size_t n = end; n <= m.n; n++) assert_int_equal(read_all(m.bytes, n, &entries, &flaw), 0);
  m.n = trailer;
  says(&m, ERR_CUT, "at offset 368: the archive ends without a trailer");
}

static void names(void **state) {
  char longest[4200];
  memset(longest, 'x', sizeof longest);
  for (size_t i = 200; i < sizeof longest; i += 200) longest[i] = '/';
  longest[4096] = 0;
  bad_entry(longest, 4097, 0100644, NULL, ERR_NAME, "at offset 120: the name is longer than 4096 bytes");
  bad_entry(longest, 4000, 0100644, NULL, ERR_NAME, "at offset 120: the name does not end in a NUL byte");
  bad_entry("", 0, 0100644, NULL, ERR_NAME, "at offset 120: the name has length 0");
  bad_entry("", 1, 0100644, NULL, ERR_NAME, "at offset 120: the name is empty");
  bad_entry("", 9, 0100644, NULL, ERR_NAME, "at offset 120: the name is empty");
  bad_entry("abc", 3, 0100644, NULL, ERR_NAME, "at offset 120: the name does not end in a NUL byte");
  bad_entry("..", 3, 040755, NULL, ERR_NAME, "entry '..' at offset 120: the name has a '..' component");
  bad_entry("a/../b", 7, 0100644, NULL, ERR_NAME, "entry 'a/../b' at offset 120: the name has a '..' component");
  bad_entry("a/b/..", 7, 040755, NULL, ERR_NAME, "entry 'a/b/..' at offset 120: the name has a '..' component");
  bad_entry("a/", 3, 0100644, NULL, ERR_NAME,
            "entry 'a/' at offset 120: a name that ends in a slash, and not a directory");
  bad_entry("./", 3, 020644, NULL, ERR_NAME,
            "entry './' at offset 120: a name that ends in a slash, and not a directory");
  bad_entry(".", 2, 0100644, NULL, ERR_TREE, "entry '.' at offset 120: the root can only be a directory");
  bad_entry("\n\\\xff", 4, 0, NULL, ERR_TYPE, "entry '\\x0a\\x5c\\xff' at offset 120: the mode names no file type");
  char component[257];
  memset(component, 'y', 256);
  component[256] = 0;
  struct made m = {.n = 0};
  struct flaw flaw;
  size_t entries;
  made_entry(&m, component, 0100644, NULL);
  made_trailer(&m);
  assert_int_equal(read_all(m.bytes, m.n, &entries, &flaw), ERR_NAMETOOLONG);
  m.n = 0;
  made_entry(&m, component + 1, 0100644, NULL);
  made_trailer(&m);
  assert_int_equal(read_all(m.bytes, m.n, &entries, &flaw), 0);
}

static void name_behind_its_nul(void **state) {
  struct made m = {.n = 0};
  struct newc h = {.mode = 0100644, .name_size = 8};
  made_raw(&m, h, "ab\0\0\0\0\0", NULL);
  made_trailer(&m);
  fine(&m);
  for (size_t i = 3; i < 8; i++) {
    m.n = 0;
    char name[8] = "ab";
    name[i] = 'x';
    made_raw(&m, h, name, NULL);
    made_trailer(&m);
    says(&m, ERR_NAME, "at offset 0: bytes other than NUL stand behind the name's NUL");
  }
}

static void types_and_sizes(void **state) {
  char target[4097];
  memset(target, 't', 4096);
  target[4096] = 0;
  bad_entry("s", 2, 0140644, NULL, ERR_TYPE, "entry 's' at offset 120: a socket cannot come from an archive");
  bad_entry("s", 2, 0644, NULL, ERR_TYPE, "entry 's' at offset 120: the mode names no file type");
  bad_entry("s", 2, 0170644, NULL, ERR_TYPE, "entry 's' at offset 120: an unknown file type");
  bad_entry("s", 2, 0300644, NULL, ERR_TYPE,
            "entry 's' at offset 120: the mode has bits above the sixteen of a file mode");
  bad_entry("d", 2, 040644, "x", ERR_SIZE, "entry 'd' at offset 120: data for what is neither a file nor a symlink");
  bad_entry("f", 2, 010644, "x", ERR_SIZE, "entry 'f' at offset 120: data for what is neither a file nor a symlink");
  bad_entry("l", 2, 0120777, NULL, ERR_SIZE, "entry 'l' at offset 120: a symlink with an empty target");
  bad_entry("l", 2, 0120777, target, ERR_SIZE, "entry 'l' at offset 120: a symlink target longer than 4095 bytes");
  bad_entry("TRAILER!!!", 11, 0, "x", ERR_SIZE, "at offset 120: the trailer has data");
  struct made m = {.n = 0};
  struct newc h = {.mode = 0120777, .name_size = 2, .size = 4};
  made_raw(&m, h, "l", "a\0b");
  made_trailer(&m);
  says(&m, ERR_NAME, "entry 'l' at offset 0: a symlink target with a NUL byte");
  m.n = 0;
  made_entry(&m, "l", 0120777, target + 1);
  made_trailer(&m);
  fine(&m);
}

static void past_the_end(void **state) {
  uint32_t sizes[] = {5, 100000, 0x7fffffff, 0x80000000, 0xffffffff};
  for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
    struct made m = {.n = 0};
    struct newc h = {.mode = 0100644, .name_size = 2, .size = sizes[i]};
    newc_encode(&h, m.bytes);
    memcpy(m.bytes + NEWC_HEADER, "f\0data", 6);
    m.n = NEWC_HEADER + 6;
    says(&m, ERR_CUT, "entry 'f' at offset 0: its data reaches past the end of the archive");
    struct stream in = stream_over(m.bytes, m.n);
    struct archive a;
    struct entry e;
    assert_int_equal(archive_open(&a, &in, 0), 0);
    assert_int_equal(archive_next(&a, &e), 1);
    assert_int_equal(archive_next(&a, &e), ERR_CUT);
  }
}

static void magics(void **state) {
  struct made m = {.n = 0};
  made_entry(&m, "a", 0100644, NULL);
  size_t second = m.n;
  made_trailer(&m);
  m.bytes[second + 5] = '2';
  says(&m, ERR_MAGIC, "at offset 112: a header should begin here, but its magic is not 070701");
  m.bytes[second + 5] = 'x';
  says(&m, ERR_MAGIC, "at offset 112: a header should begin here, but its magic is not 070701");
  m.bytes[0] = 'x';
  says(&m, ERR_MAGIC, "at offset 0: not an archive of a known kind");
  m.n = 1;
  says(&m, ERR_MAGIC, "at offset 0: too few bytes for an archive");
  m.n = 0;
  says(&m, ERR_MAGIC, "at offset 0: there is no archive: no bytes at all");
}

static void digits(void **state) {
  struct made m = {.n = 0};
  struct flaw flaw;
  size_t entries;
  made_entry(&m, "a", 0100644, NULL);
  made_trailer(&m);
  for (size_t at = 6; at < NEWC_HEADER; at++) {
    uint8_t good = m.bytes[at];
    for (int c = 0; c < 256; c++) {
      int hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
      if (hex) continue;
      m.bytes[at] = (uint8_t)c;
      assert_int_equal(read_all(m.bytes, m.n, &entries, &flaw), ERR_NUMBER);
    }
    m.bytes[at] = good;
  }
  m.bytes[20] = '+';
  says(&m, ERR_NUMBER, "at offset 0: a header field is not eight hexadecimal digits: 000081+4");
}

/* An archive written by libarchive (whose header cannot stand beside ours), and its header in upper case. */
static void foreign_writer(void **state) {
  static uint8_t bytes[1 << 20];
  size_t used, entries, lines = 0;
  struct flaw flaw;
  FILE *f = popen("bsdtar -cf - --format newc formats", "r");
  used = fread(bytes, 1, sizeof bytes, f);
  assert_int_equal(pclose(f), 0);
  assert_in_range(used, 1000, sizeof bytes - 1);
  f = popen("find formats | wc -l", "r");
  assert_int_equal(fscanf(f, "%zu", &lines), 1);
  pclose(f);
  assert_int_equal(read_all(bytes, used, &entries, &flaw), 0);
  assert_int_equal(entries, lines);
  for (size_t i = 0; i < NEWC_HEADER; i++)
    if (bytes[i] >= 'a' && bytes[i] <= 'f') bytes[i] = (uint8_t)(bytes[i] - 32);
  assert_int_equal(read_all(bytes, used, &entries, &flaw), 0);
}

static int broken_need(struct stream *s, uint64_t upto, struct flaw *flaw) {
  return flaw_set(flaw, ERR_NOMEM, 77, "no memory");
}

/* What the stream says is passed on as it is: an entry may be named, the cause stays. */
static void the_stream_has_the_first_word(void **state) {
  struct made m = {.n = 0};
  made_entry(&m, "dir", 040755, NULL);
  made_entry(&m, "dir/l", 0120777, "some target");
  made_entry(&m, "dir/file", 0100644, "some data");
  made_trailer(&m);
  for (size_t n = 0; n < m.n; n++) {
    struct stream in = {.base = m.bytes, .have = n, .need = broken_need};
    struct archive a;
    struct entry e;
    const uint8_t *data;
    int rc = archive_open(&a, &in, 0);
    while (rc == 0 && (rc = archive_next(&a, &e)) == 1) rc = archive_data(&a, &e, &data);
    assert_int_equal(rc, ERR_NOMEM);
    assert_int_equal(a.flaw.offset, 77);
    assert_string_equal(a.flaw.reason, "no memory");
  }
}

static void padding_may_hold_anything(void **state) {
  struct made m = {.n = 0};
  struct flaw flaw;
  size_t entries;
  made_entry(&m, "abc", 0100644, "12345");
  memset(m.bytes + NEWC_HEADER + 4, 0xee, 2);
  memset(m.bytes + m.n - 3, 0xee, 3);
  made_trailer(&m);
  m.bytes[m.n - 1] = 0xee;
  assert_int_equal(read_all(m.bytes, m.n, &entries, &flaw), 0);
  assert_int_equal(entries, 1);
}

static bool same_entry(const struct entry *x, const struct entry *y) {
  return x->name == y->name && x->name_len == y->name_len && x->mode == y->mode && x->uid == y->uid &&
         x->gid == y->gid && x->nlink == y->nlink && x->ino == y->ino && x->dev_major == y->dev_major &&
         x->dev_minor == y->dev_minor && x->rdev_major == y->rdev_major && x->rdev_minor == y->rdev_minor &&
         x->mtime == y->mtime && x->size == y->size && x->offset == y->offset && x->data == y->data;
}

/* What the reader remembers of the entry before changes no verdict: each entry is read again by a reader that begins
 * with it.  Returns the number of siblings. */
static size_t each_alone(const struct made *m) {
  uint8_t *copy = memcpy(malloc(m->n), m->bytes, m->n);
  struct stream in = stream_over(copy, m->n);
  struct archive a, fresh;
  struct entry e = {0}, before = {0}, alone = {0};
  size_t siblings = 0;
  int rc = archive_open(&a, &in, 0);
  while (rc == 0) {
    assert_int_equal(archive_open(&fresh, &in, a.at), 0);
    int want = archive_next(&fresh, &alone);
    rc = archive_next(&a, &e);
    assert_int_equal(rc, want);
    assert_string_equal(a.flaw.detail, fresh.flaw.detail);
    assert_ptr_equal(a.flaw.reason, fresh.flaw.reason);
    if (rc != 1) break;
    assert_true(same_entry(&e, &alone));
    if (e.sibling) {
      assert_memory_equal(e.name, before.name, e.base);
      assert_true(e.base < e.name_len && (e.base == 0 || e.name[e.base - 1] == '/'));
      assert_null(memchr(e.name + e.base, '/', e.name_len - e.base));
      siblings++;
    }
    before = e;
    rc = 0;
  }
  free(copy);
  return siblings;
}

static void the_entry_before_changes_nothing(void **state) {
  static const char letters[] = "aaab/./.";
  size_t siblings = 0;
  srand(2);
  for (int round = 0; round < 3000; round++) {
    struct made m = {.n = 0};
    char name[64] = "a/b";
    for (int i = 0; i < 12; i++) {
      size_t len = strlen(name), padding = rand() % 8 ? 0 : (size_t)rand() % 9;
      if (rand() % 3 == 0 && len < 40) name[len] = letters[rand() % 8], name[len + 1] = 0;
      if (rand() % 3 == 0) name[(size_t)rand() % (len + 1)] = letters[rand() % 8];
      if (rand() % 12 == 0) name[(size_t)rand() % (len + 1)] = 0; /* shorter, or hidden behind the NUL before */
      struct newc h = {.ino = (uint32_t)rand() % 3, .mode = rand() % 4 ? 0100644 : 040755, .mtime = (uint32_t)rand()};
      h.name_size = (uint32_t)(rand() % 40 ? strlen(name) + 1 + padding : (size_t)rand() % 20);
      char field[64] = {0};
      memcpy(field, name, rand() % 40 ? strlen(name) : sizeof name);
      size_t at = made_raw(&m, h, field, NULL);
      if (rand() % 60 == 0) m.bytes[at + 6 + (size_t)rand() % 104] = "gG:0"[rand() % 4];
    }
    made_trailer(&m);
    m.n += rand() % 2 * 512; /* the quick reader wants more than the next entry */
    siblings += each_alone(&m);
  }
  assert_true(siblings > 1000);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(good_archive),
      cmocka_unit_test(every_cut_is_noticed),
      cmocka_unit_test(names),
      cmocka_unit_test(name_behind_its_nul),
      cmocka_unit_test(types_and_sizes),
      cmocka_unit_test(past_the_end),
      cmocka_unit_test(magics),
      cmocka_unit_test(digits),
      cmocka_unit_test(foreign_writer),
      cmocka_unit_test(padding_may_hold_anything),
      cmocka_unit_test(the_entry_before_changes_nothing),
      cmocka_unit_test(the_stream_has_the_first_word),
  };
  return cmocka_run_group_tests_name("formats_archive", tests, NULL, NULL);
}
