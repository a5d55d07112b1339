/* tests/guest/calls.c - the scenario as a program, over the kernel that runs it: DIRECTORY [SEED [STEPS]]. */
#include "calls.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char **argv) {
  if (argc > 1 && chdir(argv[1])) return 1;
  syscall(SYS_setgroups, 0, NULL);
  if (argc > 2)
    scenario_random(&calls_linux, stdout, strtoull(argv[2], NULL, 10), argc > 3 ? (unsigned)atoi(argv[3]) : 5000);
  else
    scenario(&calls_linux, stdout);
  return 0;
}
