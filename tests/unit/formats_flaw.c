/* tests/unit/formats_flaw.c - flaws and errors: the first cause, in one line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "formats/err.h"
#include "formats/flaw.h"

static void says(const struct flaw *f, const char *wanted) {
  char line[400];
  assert_int_equal(flaw_print(f, line, sizeof line), strlen(wanted));
  assert_string_equal(line, wanted);
}

static void places(void **state) {
  struct flaw f = {0};
  assert_int_equal(flaw_set(&f, ERR_CUT, 12, "it is cut"), ERR_CUT);
  says(&f, "at offset 12: it is cut");
  f.packed = 7;
  says(&f, "at offset 12 (stored offset 7): it is cut");
  flaw_entry(&f, "a/b", 3);
  says(&f, "entry 'a/b' at offset 12 (stored offset 7): it is cut");
  f.offset = FLAW_NOWHERE;
  says(&f, "entry 'a/b' at stored offset 7: it is cut");
  f.packed = FLAW_NOWHERE;
  says(&f, "entry 'a/b': it is cut");
  f.entry[0] = 0;
  says(&f, "it is cut");
  f.reason = NULL;
  says(&f, "the data ends too early");
}

static void first_cause_stays(void **state) {
  struct flaw f = {0};
  flaw_set(&f, ERR_NOMEM, FLAW_NOWHERE, "no room for an inode");
  f.wanted = 5000, f.left = 100;
  assert_int_equal(flaw_set(&f, ERR_TREE, 9, "something else"), ERR_NOMEM);
  assert_int_equal(flaw_set_stored(&f, ERR_SUM, 9, "something else"), ERR_NOMEM);
  flaw_entry(&f, "one", 3);
  flaw_entry(&f, "two", 3);
  says(&f, "entry 'one': no room for an inode (5000 bytes wanted, 100 left)");
}

static void details(void **state) {
  struct flaw f = {0};
  flaw_set_stored(&f, ERR_VERSION, 8, "a version:");
  flaw_number(&f, UINT64_MAX);
  flaw_number(&f, 3);
  says(&f, "at stored offset 8: a version: 18446744073709551615");
  struct flaw g = {0};
  flaw_set(&g, ERR_NUMBER, 8, "not a number:");
  flaw_detail(&g, "a\0\n\\", 4);
  says(&g, "at offset 8: not a number: a\\x00\\x0a\\x5c");
}

/* However long and odd a name is, its end is shown, "..." tells that the beginning is not, and it stays within bounds.
 */
static void long_names(void **state) {
  char name[600], line[400];
  for (size_t step = 1; step < 5; step++)
    for (size_t n = 1; n < sizeof name; n++) {
      struct flaw f = {0};
      size_t escaped = 0;
      for (size_t i = 0; i < n; i++) name[i] = (n - i) % step ? '\n' : 'n';
      name[n - 1] = 'Z';
      for (size_t i = 0; i < n; i++) escaped += name[i] == '\n' ? 4 : 1;
      flaw_set(&f, ERR_NAME, 0, "r");
      flaw_entry(&f, name, n);
      flaw_print(&f, line, sizeof line);
      assert_non_null(strstr(line, "Z' at offset 0: r"));
      assert_int_equal(strncmp(f.entry, "...", 3) == 0, escaped >= sizeof f.entry);
      if (escaped < sizeof f.entry) assert_int_equal(strlen(f.entry), escaped);
      assert_in_range(strlen(f.entry), escaped < 120 ? escaped : 120, sizeof f.entry - 1);
    }
}

static void short_lines(void **state) {
  struct flaw f = {0};
  char line[64];
  flaw_set(&f, ERR_CUT, 12, "it is cut");
  for (size_t n = 1; n < sizeof line; n++) {
    memset(line, 'q', sizeof line);
    size_t written = flaw_print(&f, line, n);
    assert_int_equal(written, strlen(line));
    assert_true(written < n);
    if (n < sizeof line) assert_int_equal(line[n], 'q');
  }
  assert_int_equal(flaw_print(&f, line, 0), 0);
}

static void errors(void **state) {
  assert_string_equal(err_sentence(ERR_NOENT), "no such file or directory");
  assert_string_equal(err_sentence(ERR_TREE), "an entry that does not fit the tree");
  assert_string_equal(err_sentence(0), "unknown error");
  assert_string_equal(err_sentence(-5555), "unknown error");
  assert_int_equal(err_family(ERR_NOENT), ERR_ABSENT);
  assert_int_equal(err_family(ERR_INVAL), ERR_CALLER);
  assert_int_equal(err_family(ERR_NOMEM), ERR_ROOM);
  assert_int_equal(err_family(ERR_SUM), ERR_BYTES);
  assert_int_equal(err_family(ERR_BUG), ERR_BUG_FAMILY);
  assert_int_equal(err_family(17), ERR_BUG_FAMILY);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(places),     cmocka_unit_test(first_cause_stays), cmocka_unit_test(details),
      cmocka_unit_test(long_names), cmocka_unit_test(short_lines),       cmocka_unit_test(errors),
  };
  return cmocka_run_group_tests_name("formats_flaw", tests, NULL, NULL);
}
