/* tests/unit/formats_tar.c - tar as the tools write it in every format, its numbers, its end, and each cut. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "formats/tar.h"
#include "read_all.h"

/* A tree with every type that v7 knows. */
#define TREE                                                                                                           \
  "set -e; d=$(mktemp -d); trap 'rm -rf $d' EXIT; cd $d; mkdir -p t/dir; cd t;"                                        \
  "printf 'some \\377 data' >dir/f; ln dir/f hard; ln -s dir/f link; : >empty; chmod 4711 dir/f;"                      \
  "touch -d @1234567890.5 dir/f; chmod 1750 dir;"
/* What ustar can hold besides: a name of two parts, a fifo, a device. */
#define SPLIT "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd"
#define MORE  "mkfifo fifo; mkdir -p " SPLIT "/" SPLIT "; echo 1 >" SPLIT "/" SPLIT "/file; mknod null c 1 3;"
/* And what no header has room for. */
#define LONG "n=$(printf %0200d 0); mkdir -p $n/$n; echo 22 >$n/$n/file; ln -s $n/$n/file long; ln $n/$n/file other;"

static void check_tree(const struct seen *seen) {
  const struct seen_entry *f = seen_find(seen, "dir/f"), *hard = seen_find(seen, "hard");
  const struct seen_entry *file = f->e.link ? hard : f, *again = f->e.link ? f : hard;
  assert_int_equal(file->e.mode, 0104711);
  assert_int_equal(file->e.mtime, 1234567890);
  assert_int_equal(file->e.size, 11);
  assert_memory_equal(seen->bytes + file->e.data, "some \377 data", 11);
  assert_true(again->e.link && again->e.size == 0);
  assert_true(strcmp(again->link, file->path) == 0 ||
              (strncmp(again->link, "./", 2) == 0 && strcmp(again->link + 2, file->path) == 0));
  const struct seen_entry *link = seen_find(seen, "link");
  assert_int_equal(link->e.mode & MODE_TYPE, MODE_LINK);
  assert_int_equal(link->e.size, 5);
  assert_memory_equal(seen->bytes + link->e.data, "dir/f", 5);
  assert_int_equal(seen_find(seen, "empty")->e.size, 0);
  assert_int_equal(seen_find(seen, "dir")->e.mode, 041750);
}

static void check_more(const struct seen *seen) {
  const struct seen_entry *file = seen_find(seen, SPLIT "/" SPLIT "/file"), *null = seen_find(seen, "null");
  assert_memory_equal(seen->bytes + file->e.data, "1\n", 2);
  assert_int_equal(seen_find(seen, "fifo")->e.mode & MODE_TYPE, MODE_FIFO);
  assert_int_equal(null->e.mode & MODE_TYPE, MODE_CHR);
  assert_true(null->e.rdev_major == 1 && null->e.rdev_minor == 3);
}

static void check_long(const struct seen *seen) {
  char name[512];
  snprintf(name, sizeof name, "%0200d/%0200d/file", 0, 0);
  const struct seen_entry *link = seen_find(seen, "long"), *file = seen_find(seen, name),
                          *other = seen_find(seen, "other");
  assert_int_equal(link->e.size, strlen(name));
  assert_memory_equal(seen->bytes + link->e.data, name, strlen(name));
  const char *to = file->e.link ? file->link : other->link;
  assert_int_equal((file->e.link != NULL) + (other->e.link != NULL), 1);
  assert_string_equal(to + (to[0] == '.' ? 2 : 0), file->e.link ? "other" : name);
}

static void tool_writes(const char *before, const char *command, bool more, bool whole) {
  struct seen seen;
  seen_pack(&seen, before, command);
  int rc = seen_read(&seen);
  if (rc != 0) fail_msg("%s: %s", command, seen.flaw.reason);
  assert_string_equal(seen.name, "tar");
  check_tree(&seen);
  if (more) check_more(&seen);
  if (whole) check_long(&seen);
  seen_close(&seen);
}

static void tools_write(void **state) {
  tool_writes(TREE, "bsdtar -cf - --format v7tar .", false, false);
  tool_writes(TREE, "tar -cf - --format v7 .", false, false);
  tool_writes(TREE MORE, "bsdtar -cf - --format ustar .", true, false);
  tool_writes(TREE MORE, "tar -cf - --format ustar .", true, false);
  tool_writes(TREE MORE LONG, "bsdtar -cf - --format gnutar .", true, true);
  tool_writes(TREE MORE LONG, "tar -cf - --format gnu .", true, true);
  tool_writes(TREE MORE LONG, "tar -cf - --format oldgnu .", true, true);
  tool_writes(TREE MORE LONG, "tar -cf - --format gnu -V label .", true, true);
  tool_writes(TREE MORE LONG, "bsdtar -cf - --format pax .", true, true);
  tool_writes(TREE MORE LONG, "tar -cf - --format posix .", true, true);
  tool_writes(TREE MORE LONG, "tar -cf - --format posix -V label .", true, true);
  tool_writes(TREE MORE LONG, "tar -b 1 -cf - --format posix --pax-option=globexthdr.name=g,comment=x .", true, true);
}

/* Times, sizes and owners at which fields of octal digits end. */
static void numbers_beyond_the_fields(void **state) {
  static const struct {
    const char *command;
    int64_t mtime;
  } rows[] = {{"tar -cf - --format gnu --owner x:3000000 --group y:4294967294 f", 15032385535},
              {"tar -cf - --format posix --owner x:3000000 --group y:4294967294 f", 15032385535},
              {"bsdtar -cf - --format gnutar --uid 3000000 --gid 2147483647 f", 077777777777}, /* it can no more */
              {"bsdtar -cf - --format pax --uid 3000000 --gid 2147483647 f", 15032385535}};
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    struct seen seen;
    seen_pack(&seen, "set -e; d=$(mktemp -d); trap 'rm -rf $d' EXIT; cd $d; : >f; touch -d @15032385535 f;",
              rows[i].command);
    assert_int_equal(seen_read(&seen), 0);
    assert_int_equal(seen.entry[0].e.uid, 3000000);
    assert_int_equal(seen.entry[0].e.gid, i < 2 ? 4294967294 : 2147483647);
    assert_int_equal(seen.entry[0].e.mtime, rows[i].mtime);
    seen_close(&seen);
  }
}

/* Before 1970 GNU tar keeps to the standard; libarchive 3.6 writes -3.75 where the time is -2.25. */
static void nanoseconds(void **state) {
  static const char before[] = "set -e; d=$(mktemp -d); trap 'rm -rf $d' EXIT; cd $d; : >f; : >g;"
                               "touch -d @1234567890.123456789 f; touch -d @-2.25 g;";
  static const char *const commands[] = {"tar -cf - --format posix f g", "bsdtar -cf - --format pax f"};
  for (size_t i = 0; i < 2; i++) {
    struct seen seen;
    seen_pack(&seen, before, commands[i]);
    assert_int_equal(seen_read(&seen), 0);
    assert_true(seen.entry[0].e.mtime == 1234567890 && seen.entry[0].e.mtime_ns == 123456789);
    if (i == 0) assert_true(seen.entry[1].e.mtime == -3 && seen.entry[1].e.mtime_ns == 750000000);
    seen_close(&seen);
  }
}

static int number_of(const char *field, size_t n, uint64_t *value) {
  uint8_t *copy = memcpy(malloc(n), field, n);
  int rc = tar_number(copy, n, value);
  free(copy);
  return rc;
}

static void numbers(void **state) {
  static const struct {
    const char *field;
    size_t n;
    int rc;
    uint64_t value;
  } rows[] = {
      {"0000644\0", 8, 0, 0644},
      {"00000644", 8, 0, 0644},
      {"   644 \0", 8, 0, 0644},
      {"644\0\0\0\0\0", 8, 0, 0644},
      {"77777777", 8, 0, 077777777},
      {"\0\0\0\0\0\0\0\0", 8, 0, 0},
      {"        ", 8, 0, 0},
      {"644 \0 \0 ", 8, 0, 0644},
      {"0000648\0", 8, ERR_NUMBER, 0},
      {"+000644\0", 8, ERR_NUMBER, 0},
      {"-000644\0", 8, ERR_NUMBER, 0},
      {"0x00644\0", 8, ERR_NUMBER, 0},
      {"64 4\0\0\0\0", 8, ERR_NUMBER, 0},
      {"64\0004\0\0\0\0", 8, ERR_NUMBER, 0},
      {"\0"
       "644\0\0\0\0",
       8, ERR_NUMBER, 0},
      {"\200\0\0\0\0\0\1\377", 8, 0, 511},
      {"\200\377\377\377\377\377\377\377", 8, 0, 0xffffffffffffff},
      {"\200\0\0\0\177\377\377\377\377\377\377\377", 12, 0, INT64_MAX},
      {"\200\0\0\0\200\0\0\0\0\0\0\0", 12, ERR_NUMBER, 0},
      {"\200\1\0\0\0\0\0\0\0\0\0\0", 12, ERR_NUMBER, 0},
      {"\277\377\377\377\377\377\377\377\377\377\377\377", 12, ERR_NUMBER, 0},
      {"\377\377\377\377\377\377\377\377\377\377\377\377", 12, ERR_NUMBER, 0},
      {"\300\0\0\0\0\0\0\0", 8, ERR_NUMBER, 0},
  };
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    uint64_t value = 0;
    int rc = number_of(rows[i].field, rows[i].n, &value);
    if (rc != rows[i].rc || (rc == 0 && value != rows[i].value))
      fail_msg("row %u: %d, %llu", (unsigned)i, rc, (unsigned long long)value);
  }
}

/* Every bit of a header counts: the sum, or a field, tells. */
static void every_bit_counts(void **state) {
  struct seen seen;
  seen_pack(&seen, TREE, "tar -b 1 -cf - --format ustar dir/f");
  for (unsigned bit = 0; bit < TAR_BLOCK * 8; bit++) {
    seen.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
    int rc = seen_read(&seen);
    bool pads = bit / 8 >= 148 && bit / 8 < 156; /* around the checksum's digits: any of NUL and blank */
    assert_true(rc < 0 || (pads && (seen.bytes[bit / 8] == ' ' || seen.bytes[bit / 8] == 0)));
    seen.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
  }
  assert_int_equal(seen_read(&seen), 0);
  seen_close(&seen);
}

/* A tar may end with its last entry, or anywhere in the zeros behind; nowhere else. */
static void every_cut_is_noticed(void **state) {
  static const char *const commands[] = {"tar -b 1 -cf - --format posix dir/f link",
                                         "tar -b 1 -cf - --format gnu -V v dir/f link"};
  for (size_t i = 0; i < 2; i++) {
    struct seen seen;
    seen_pack(&seen, TREE, commands[i]);
    uint64_t n = seen.n, cut = 0;
    assert_int_equal(seen_read(&seen), 0);
    uint64_t end = seen.end - 2 * TAR_BLOCK, first = seen_find(&seen, "dir/f")->e.data + TAR_BLOCK;
    for (seen.n = 0; seen.n < n; seen.n++) {
      int rc = seen_read(&seen);
      bool between = seen.n >= end || seen.n == first || (i == 1 && seen.n == TAR_BLOCK);
      if ((rc == 0) != between) fail_msg("%s cut at %u: %d", commands[i], (unsigned)seen.n, rc);
      if (rc < 0) assert_non_null(seen.flaw.reason), cut++;
    }
    assert_true(cut > 3 * TAR_BLOCK - 10);
    seen_close(&seen);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(tools_write),      cmocka_unit_test(numbers_beyond_the_fields),
      cmocka_unit_test(nanoseconds),      cmocka_unit_test(numbers),
      cmocka_unit_test(every_bit_counts), cmocka_unit_test(every_cut_is_noticed),
  };
  return cmocka_run_group_tests_name("formats_tar", tests, NULL, NULL);
}
