/* tests/unit/formats_tar_sparse.c - sparse files as the tools write them; maps that lie. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "formats/tar.h"
#include "read_all.h"

/* 60 pieces with holes between, one at the very beginning, and a hole at the end; another file begins with one. */
#define TREE                                                                                                           \
  "set -e; d=$(mktemp -d); trap 'rm -rf $d' EXIT; cd $d;"                                                              \
  "for i in $(seq 0 59); do printf 'piece %d' $i | dd of=many bs=1 seek=$((i * 65536)) conv=notrunc status=none; "     \
  "done;"                                                                                                              \
  "truncate -s 8000000 many; truncate -s 1000000 all-hole; truncate -s 500000 end; echo end >>end; echo dense >dense;"

static uint8_t *rebuild(const struct seen *seen, const struct seen_entry *s) {
  struct stream in = stream_over(seen->bytes, seen->n);
  struct archive a = {.in = &in};
  struct archive_piece p = {0};
  uint8_t *file = calloc(1, s->e.size + 1);
  while (archive_piece(&a, &s->e, &p) == 1) {
    assert_true(p.offset <= s->e.size && p.length <= s->e.size - p.offset);
    memcpy(file + p.offset, seen->bytes + s->e.data + p.data, p.length);
  }
  assert_int_equal(p.data, s->e.size - s->e.holes);
  return file;
}

static void check_many(const struct seen *seen, const struct seen_entry *s) {
  assert_int_equal(s->e.size, 8000000);
  assert_true(s->e.holes > 4000000);
  uint8_t *file = rebuild(seen, s);
  uint64_t others = 0;
  for (unsigned i = 0; i < 60; i++) {
    char want[16];
    int n = snprintf(want, sizeof want, "piece %u", i);
    assert_memory_equal(file + i * 65536, want, n);
    memset(file + i * 65536, 0, (size_t)n);
  }
  for (uint64_t i = 0; i < s->e.size; i++) others += file[i] != 0;
  assert_int_equal(others, 0);
  free(file);
}

static void tools_write(void **state) {
  static const char *const commands[] = {"tar -S -cf - --format gnu dense many all-hole end dense",
                                         "tar -S -cf - --format oldgnu dense many all-hole end dense",
                                         "tar -S -cf - --format posix dense many all-hole end dense",
                                         "tar -S -cf - --format posix --sparse-version 0.0 dense many all-hole end",
                                         "tar -S -cf - --format posix --sparse-version 0.1 dense many all-hole end",
                                         "bsdtar -cf - --format pax dense many all-hole end dense"};
  for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
    struct seen seen;
    seen_pack(&seen, TREE, commands[i]);
    int rc = seen_read(&seen);
    if (rc != 0) fail_msg("%s: %s", commands[i], seen.flaw.reason);
    assert_true(seen.entries == 5 || seen.entries == 4);
    check_many(&seen, seen_find(&seen, "many"));
    const struct seen_entry *hole = seen_find(&seen, "all-hole"), *end = seen_find(&seen, "end");
    assert_true(hole->e.size == 1000000 && hole->e.holes == 1000000);
    assert_true(end->e.size == 500004 && end->e.holes > 0);
    uint8_t *file = rebuild(&seen, end);
    assert_memory_equal(file + 500000, "end\n", 4);
    free(file);
    seen_close(&seen);
  }
}

/* Cut anywhere, a sparse file is refused. */
static void every_cut_is_noticed(void **state) {
  static const char *const commands[] = {"tar -b 1 -S -cf - --format gnu end", "tar -b 1 -S -cf - --format posix end",
                                         "tar -b 1 -S -cf - --format posix --sparse-version 0.0 end",
                                         "tar -b 1 -S -cf - --format posix --sparse-version 0.1 end"};
  for (size_t i = 0; i < 4; i++) {
    struct seen seen;
    seen_pack(&seen, TREE, commands[i]);
    assert_int_equal(seen_read(&seen), 0);
    uint64_t end = seen.end - 2 * TAR_BLOCK;
    for (seen.n = 0; seen.n < end; seen.n++) assert_true(seen_read(&seen) < 0);
    assert_int_equal(seen_read(&seen), 0);
    seen_close(&seen);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(tools_write),
      cmocka_unit_test(every_cut_is_noticed),
  };
  return cmocka_run_group_tests_name("formats_tar_sparse", tests, NULL, NULL);
}
