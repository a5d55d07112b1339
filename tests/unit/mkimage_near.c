/* tests/unit/mkimage_near.c - which name was meant. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "mkimage/lib/near.h"

static const char *meant(const char *word) {
  static const char *const names[] = {"pack", "swap", "ls", "cat", "verify", "run", NULL};
  struct near n = near_start(word);
  for (const char *const *p = names; *p != NULL; p++) near_try(&n, *p);
  return n.nearest;
}

static void test_near(void **state) {
  assert_string_equal(meant("verfy"), "verify");
  assert_string_equal(meant("SWAP"), "swap");
  assert_string_equal(meant("pakc"), "pack");
  assert_string_equal(meant("cats"), "cat");
  assert_string_equal(meant("rn"), "run");
}

static void test_far(void **state) {
  char longest[5000];
  memset(longest, 'v', sizeof longest);
  longest[sizeof longest - 1] = 0;
  assert_null(meant("frobnicate"));
  assert_null(meant(longest));
  assert_null(meant("")); /* as far from ls as ls is long */
  assert_null(meant("xy"));
}

static void test_first_of_equals(void **state) {
  struct near n = near_start("ab");
  near_try(&n, "abc");
  near_try(&n, "abd");
  assert_string_equal(n.nearest, "abc");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_near),
      cmocka_unit_test(test_far),
      cmocka_unit_test(test_first_of_equals),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
