/* tests/guest/calls.c - the scenario as a program, over the kernel that runs it: DIRECTORY [SEED [STEPS]], or
 * DIRECTORY attrs SEED. */
#include "calls.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char **argv) {
  if (argc > 1 && chdir(argv[1])) return 1;
  syscall(SYS_setgroups, 0, NULL);
  if (argc > 3 && strcmp(argv[2], "attrs") == 0)
    return scenario_attrs(&calls_linux, stdout, strtoull(argv[3], NULL, 10), 20000) ? 0 : 77;
  if (argc > 2)
    scenario_random(&calls_linux, stdout, strtoull(argv[2], NULL, 10), argc > 3 ? (unsigned)atoi(argv[3]) : 5000);
  else
    scenario(&calls_linux, stdout);
  return 0;
}
