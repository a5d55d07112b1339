/* tests/unit/plat_proto_line.c - the boot line's words, quotes and ports. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "formats/err.h"
#include "kernel/plat/proto/line.h"

/* The words of a line, each in brackets, and how it ended. */
static const char *words_of(const char *line, size_t room) {
  static char all[512];
  char word[64];
  int code;
  all[0] = 0;
  while ((code = line_next(&line, word, room)) > 0) snprintf(all + strlen(all), sizeof all - strlen(all), "[%s]", word);
  if (code < 0) snprintf(all + strlen(all), sizeof all - strlen(all), "%s", code == ERR_INVAL ? "!quote" : "!long");
  return all;
}

static void test_words(void **state) {
  assert_string_equal(words_of("", 64), "");
  assert_string_equal(words_of("  \t ", 64), "");
  assert_string_equal(words_of(" one\ttwo  three\n", 64), "[one][two][three]");
  assert_string_equal(words_of("\"a b\" c\"d e\"f \"\"", 64), "[a b][cd ef][]");
  assert_string_equal(words_of("\"say \\\"hi\\\" \\\\ \\n\" back\\slash", 64), "[say \"hi\" \\ \\n][back\\slash]");
  assert_string_equal(words_of("good \"bad", 64), "[good]!quote");
  assert_string_equal(words_of("abc abcd", 4), "[abc]!long");
}

static char unknown[256];
static void note(void *owner, const char *word) {
  assert_ptr_equal(owner, unknown);
  snprintf(unknown + strlen(unknown), sizeof unknown - strlen(unknown), "<%s>", word);
}

static const char *read_into(struct line_words *w, const char *line) {
  unknown[0] = 0;
  memset(w, 0xa5, sizeof *w);
  return line_read(line, w, note, unknown);
}

static void test_ports(void **state) {
  struct line_words w;
  assert_null(read_into(
      &w, "log=0xe9 out=ea err=EB status=0xec in=0x2f8 exit=f4 save=0xed ram quiet init=/bin/x keep=/var keep=/"));
  assert_string_equal(unknown, "");
  assert_int_equal(w.log, 0xe9), assert_int_equal(w.out, 0xea), assert_int_equal(w.err, 0xeb);
  assert_int_equal(w.status, 0xec), assert_int_equal(w.in, 0x2f8), assert_int_equal(w.exit, 0xf4);
  assert_int_equal(w.save, 0xed);
  assert_true(w.ram);
  assert_true(w.quiet);
  assert_string_equal(w.init, "/bin/x");
  assert_null(read_into(&w, ""));
  assert_int_equal(w.log | w.out | w.err | w.status | w.in | w.exit, 0);
  assert_false(w.quiet);
  assert_string_equal(w.init, "");
}

static void test_unknown(void **state) {
  struct line_words w;
  read_into(&w, "log= log=0 log=10000 log=e9x out=-1 logs=1 quiet=1 init=x init= \"a b\" LOG=e9");
  assert_string_equal(unknown,
                      "<log=><log=0><log=10000><log=e9x><out=-1><logs=1><quiet=1><init=x><init=><a b><LOG=e9>");
  assert_int_equal(w.log | w.out, 0);
  assert_false(w.quiet);
}

static void test_arguments(void **state) {
  struct line_words w;
  assert_string_equal(read_into(&w, "quiet -- log=e9 --"), " log=e9 --");
  assert_int_equal(w.log, 0);
  assert_string_equal(read_into(&w, "--"), "");
  assert_null(read_into(&w, "---"));
  assert_string_equal(unknown, "<--->");
  assert_null(line_read("who", &w, NULL, NULL));
}

/* A word as long as the line itself. */
static void test_long(void **state) {
  static char line[LIMIT_BOOT_LINE];
  struct line_words w;
  memset(line, 'x', sizeof line - 1);
  memcpy(line, "init=/", 6);
  assert_null(read_into(&w, line));
  assert_int_equal(strlen(w.init), sizeof line - 1 - 5);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_words), cmocka_unit_test(test_ports),
                                     cmocka_unit_test(test_unknown), cmocka_unit_test(test_arguments),
                                     cmocka_unit_test(test_long)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
