/* tests/unit/mkimage_attr.c - lists of extended attributes: any order of adding gives one order, each name once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "mkimage/lib/attr.h"

static void check(unsigned n, unsigned names, enum attr_stays stays) {
  struct pool pool = {0};
  struct attr *list = NULL;
  unsigned value[64], seen = 0, there = 0;
  uint64_t seed = n * 64 + names;
  char name[16];
  memset(value, 0xff, sizeof value);
  for (unsigned i = 0; i < n; i++) {
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    unsigned k = (unsigned)(seed >> 40) % names;
    snprintf(name, sizeof name, "user.%02u", k);
    assert_true(attr_add(&pool, &list, name, &i, sizeof i));
    there += value[k] == UINT32_MAX;
    if (stays == ATTR_LAST || value[k] == UINT32_MAX) value[k] = i;
  }
  attr_sort(&list, stays);
  for (const struct attr *x = list; x != NULL; x = x->next, seen++) {
    unsigned k = 0, got;
    assert_int_equal(sscanf(x->name, "user.%u", &k), 1);
    assert_int_equal(x->size, sizeof got);
    memcpy(&got, x->value, sizeof got);
    assert_int_equal(got, value[k]);
    if (x->next != NULL) assert_true(strcmp(x->name, x->next->name) < 0);
  }
  assert_int_equal(seen, there);
  pool_drop(&pool);
}

static void any_order(void **state) {
  for (unsigned n = 0; n < 40; n++)
    for (unsigned names = 1; names < 64; names += 9) {
      check(n, names, ATTR_FIRST);
      check(n, names, ATTR_LAST);
    }
  check(20000, 60, ATTR_FIRST);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(any_order)};
  return cmocka_run_group_tests_name("mkimage_attr", tests, NULL, NULL);
}
