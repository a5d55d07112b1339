/* tests/unit/boot_tty.c - what a terminal's user types, sees, and what the program reads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/boot/tty.c"

static char seen[3 * TTY_LINE];
static size_t seen_n;
static void see(void *owner, const char *bytes, size_t n) {
  assert_ptr_equal(owner, seen);
  assert_true(n <= sizeof seen - seen_n);
  memcpy(seen + seen_n, bytes, n);
  seen_n += n;
}

/* Types all keys; the line must be complete with the last of them, or not at all. */
static void type(struct tty *t, const char *keys) {
  memset(t, 0, sizeof *t);
  t->echo = see, t->owner = seen, seen_n = 0;
  for (; *keys; keys++) {
    assert_false(t->complete);
    tty_key(t, *keys);
  }
}

static void reads(struct tty *t, const char *line, const char *screen) {
  size_t n;
  const char *p;
  assert_true(t->complete);
  p = tty_line(t, &n);
  assert_int_equal(n, strlen(line));
  assert_memory_equal(p, line, n);
  assert_int_equal(seen_n, strlen(screen));
  assert_memory_equal(seen, screen, seen_n);
  tty_used(t, n);
  assert_false(t->complete);
  assert_int_equal(t->have, 0);
}

static void test_lines(void **state) {
  struct tty t;
  type(&t, "hello\r"), reads(&t, "hello\n", "hello\n");
  type(&t, "\n"), reads(&t, "\n", "\n");
  type(&t, "a\tb\x01\n"), reads(&t, "a\tb\x01\n", "a\tb^A\n");
  type(&t, "not yet");
  assert_false(t.complete);
}

static void test_editing(void **state) {
  struct tty t;
  type(&t, "ab\x7f"
           "c\b\bd\n"),
      reads(&t, "d\n", "ab\b \bc\b \b\b \bd\n");
  type(&t, "\x7f\b\n"), reads(&t, "\n", "\n");
  type(&t, "abc\x15"
           "d\n"),
      reads(&t, "d\n", "abc\b \b\b \b\b \bd\n");
  type(&t, "a\xc3\xa4\x7f\n"), reads(&t, "a\n", "a\xc3\xa4\b \b\n");
}

static void test_end(void **state) {
  struct tty t;
  type(&t, "\x04"), reads(&t, "", "");
  type(&t, "part\x04"), reads(&t, "part", "part");
}

static void test_in_parts(void **state) {
  struct tty t;
  size_t n;
  type(&t, "hello\n");
  tty_used(&t, 2);
  assert_true(t.complete);
  assert_memory_equal(tty_line(&t, &n), "llo\n", 4);
  assert_int_equal(n, 4);
  tty_used(&t, 4);
  assert_false(t.complete);
}

static void test_raw(void **state) {
  struct tty t;
  type(&t, ""), t.raw = true, tty_key(&t, '\x7f'), reads(&t, "\x7f", "\x7f");
  type(&t, ""), t.raw = true, tty_key(&t, 4), reads(&t, "\x04", "^D");
  type(&t, ""), t.raw = t.plain = t.silent = true, tty_key(&t, '\r'), reads(&t, "\r", "");
  type(&t, "half"), t.raw = true, tty_key(&t, '\r'), reads(&t, "half\n", "half\n");
  type(&t, ""), t.silent = true, tty_key(&t, 'x'), tty_key(&t, '\b'), tty_key(&t, '\n'), reads(&t, "\n", "");
}

/* A line longer than the room still ends, with its newline. */
static void test_overlong(void **state) {
  struct tty t;
  size_t n;
  type(&t, "");
  for (int i = 0; i < TTY_LINE + 100; i++) tty_key(&t, 'x');
  tty_key(&t, '\n');
  assert_true(t.complete);
  assert_int_equal(tty_line(&t, &n)[TTY_LINE - 1], '\n');
  assert_int_equal(n, TTY_LINE);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_lines), cmocka_unit_test(test_editing),
                                     cmocka_unit_test(test_end),   cmocka_unit_test(test_in_parts),
                                     cmocka_unit_test(test_raw),   cmocka_unit_test(test_overlong)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
