/* tests/guest/check.h - checks of a guest program: each failure is a line, the end is a count and a status.
 *
 * A guest program prints the same on the machine and on the host; tests/e2e/guest.sh compares.
 */
#ifndef CHECK_H
#define CHECK_H

#include <stdio.h>

static int check_count, check_failed; /* one program, one thread, one tally */

#define CHECK(what)                                                                                                    \
  do {                                                                                                                 \
    check_count++;                                                                                                     \
    if (!(what)) {                                                                                                     \
      check_failed++;                                                                                                  \
      printf("FAILED line %d: %s\n", __LINE__, #what);                                                                 \
    }                                                                                                                  \
  } while (0)

static inline int check_end(void) {
  printf("%d checks, %d failed\n", check_count, check_failed);
  return check_failed != 0;
}

#endif
