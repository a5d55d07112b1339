/* tests/unit/program_calls.c - the list of system calls: ascending, each once, with the numbers of this Linux. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>

#include <cmocka.h>

#include "kernel/program/calls_list.h"

struct row {
  int number;
  const char *name;
  int linux_number;
};

/* clang-format off */
#define ROW(number, name) {number, #name, SYS_##name},
static const struct row served[] = {CALLS_LIST(ROW)};
static const struct row absent[] = {CALLS_ABSENT(ROW)};
/* clang-format on */
enum { SERVED = sizeof served / sizeof served[0], ABSENT = sizeof absent / sizeof absent[0] };

static void check_rows(const struct row *rows, int n) {
  for (int i = 0; i < n; i++) {
    if (rows[i].number != rows[i].linux_number) fail_msg("%s is %d here", rows[i].name, rows[i].number);
    if (i > 0 && rows[i].number <= rows[i - 1].number) fail_msg("%s is out of order", rows[i].name);
  }
}

static void numbers_are_those_of_linux(void **state) {
  check_rows(served, SERVED);
  check_rows(absent, ABSENT);
}

static void nothing_is_both_served_and_absent(void **state) {
  for (int i = 0; i < SERVED; i++)
    for (int j = 0; j < ABSENT; j++) assert_int_not_equal(served[i].number, absent[j].number);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(numbers_are_those_of_linux),
                                     cmocka_unit_test(nothing_is_both_served_and_absent)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
