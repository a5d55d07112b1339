/* tests/unit/formats_cpio.c - archives of every cpio kind, as the tools write them, and their sums and digits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "formats/odc.h"
#include "read_all.h"

/* A tree with every type and hard links, packed by `command`. */
static const char tree[] = "set -e; d=$(mktemp -d); trap 'rm -rf $d' EXIT; cd $d; mkdir -p t/dir; cd t;"
                           "printf 'some \\377 data' >dir/f; ln dir/f hard; ln -s dir/f link; mkfifo fifo; : >empty;"
                           "chmod 4711 dir/f; touch -d @1234567890 dir/f;";

static void tool_writes(const char *name, const char *command) {
  struct seen seen;
  seen_pack(&seen, tree, command);
  assert_int_equal(seen_read(&seen), 0);
  assert_string_equal(seen.name, name);
  assert_int_equal(seen.entries, 7);
  const struct seen_entry *f = seen_find(&seen, "dir/f"), *hard = seen_find(&seen, "hard");
  assert_int_equal(f->e.mode, 0104711);
  assert_int_equal(f->e.mtime, 1234567890);
  assert_true(f->e.nlink == 2 && f->e.ino == hard->e.ino && f->e.ino != 0);
  const struct seen_entry *data = f->e.size ? f : hard;
  assert_int_equal(data->e.size, 11);
  assert_memory_equal(seen.bytes + data->e.data, "some \377 data", 11);
  const struct seen_entry *link = seen_find(&seen, "link");
  assert_int_equal(link->e.mode & MODE_TYPE, MODE_LINK);
  assert_memory_equal(seen.bytes + link->e.data, "dir/f", 5);
  assert_int_equal(seen_find(&seen, "fifo")->e.mode & MODE_TYPE, MODE_FIFO);
  assert_int_equal(seen_find(&seen, "empty")->e.size, 0);
  seen_close(&seen);
}

static void tools_write(void **state) {
  tool_writes("newc", "find . | cpio --quiet -o -H newc");
  tool_writes("crc", "find . | cpio --quiet -o -H crc");
  tool_writes("odc", "find . | cpio --quiet -o -H odc");
  tool_writes("newc", "bsdtar -cf - --format newc .");
  tool_writes("odc", "bsdtar -cf - --format odc .");
}

/* Every bit of every byte of a file's data that flips is told, whatever else stands. */
static void every_bit_counts(void **state) {
  struct seen seen;
  seen_pack(&seen, tree, "find . | cpio --quiet -o -H crc");
  assert_int_equal(seen_read(&seen), 0);
  const struct seen_entry *f = seen_find(&seen, "dir/f");
  uint64_t at = f->e.size ? f->e.data : seen_find(&seen, "hard")->e.data;
  for (unsigned bit = 0; bit < 11 * 8; bit++) {
    seen.bytes[at + bit / 8] ^= (uint8_t)(1 << bit % 8);
    assert_int_equal(seen_read(&seen), ERR_SUM);
    assert_string_equal(seen.flaw.reason, "the sum of its data is not the one in its header");
    seen.bytes[at + bit / 8] ^= (uint8_t)(1 << bit % 8);
  }
  seen_close(&seen);
}

static void odc_digits(void **state) {
  static const size_t length[] = {6, 6, 6, 6, 6, 6, 6, 11, 6, 11};
  uint8_t p[ODC_HEADER];
  struct odc h;
  size_t at = 6, bad, bad_len;
  memset(p, '0', sizeof p);
  for (size_t field = 0; field < sizeof length / sizeof length[0]; at += length[field++])
    for (size_t i = 0; i < length[field]; i++)
      for (int c = 0; c < 256; c++) {
        p[at + i] = (uint8_t)c;
        int rc = odc_decode(&h, p, &bad, &bad_len);
        assert_int_equal(rc, c >= '0' && c <= '7' ? 0 : ERR_NUMBER);
        if (rc == 0) assert_int_equal((&h.dev)[field], (uint64_t)(c - '0') << 3 * (length[field] - 1 - i));
        if (rc < 0) assert_true(bad == at && bad_len == length[field]);
        p[at + i] = '0';
      }
  assert_int_equal(at, ODC_HEADER);
}

static void every_cut_is_noticed(void **state) {
  struct seen seen;
  seen_pack(&seen, tree, "find . | cpio --quiet -o -H odc");
  uint64_t n = seen.n;
  assert_int_equal(seen_read(&seen), 0);
  uint64_t end = seen.end;
  for (seen.n = 0; seen.n < end; seen.n++) {
    assert_int_equal(seen_read(&seen), seen.n < 6 ? ERR_MAGIC : ERR_CUT);
    assert_non_null(seen.flaw.reason);
  }
  for (; seen.n <= n; seen.n++) assert_int_equal(seen_read(&seen), 0);
  seen_close(&seen);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(tools_write),
      cmocka_unit_test(every_bit_counts),
      cmocka_unit_test(odc_digits),
      cmocka_unit_test(every_cut_is_noticed),
  };
  return cmocka_run_group_tests_name("formats_cpio", tests, NULL, NULL);
}
