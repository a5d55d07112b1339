/* tests/unit/oracle.h - what Linux itself answers: the guest's scenarios, run by a child in a chroot on a tmpfs, as
 * root.
 *
 * A file that includes it has the scenarios' functions and `calls_linux`.  Without root or a tmpfs there is no oracle.
 */
#ifndef ORACLE_H
#define ORACLE_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guest/calls_linux.c"
#include "guest/scenario.c"
#include "guest/scenario_attrs.c"
#include "guest/scenario_more.c"
#undef SHOW
#include "guest/scenario_random.c"

#undef HERE

typedef void run_fn(const struct calls *k, FILE *out, uint64_t seed);

static inline void run_scenario(const struct calls *k, FILE *out, uint64_t seed) { scenario(k, out); }
static inline void run_random(const struct calls *k, FILE *out, uint64_t seed) { scenario_random(k, out, seed, 6000); }

/* Ends the child. */
static inline void oracle_jail(const struct calls *k, const char *jail, FILE *out, run_fn *run, uint64_t seed) {
  if (chmod(jail, 0755) || chroot(jail) || chdir("/") || mkdir("/work", 0755) || chdir("/work")) _exit(2);
  syscall(SYS_setgroups, 0, NULL);
  run(k, out, seed);
  fflush(out);
  _exit(0);
}

static inline bool oracle_on_tmpfs(const struct calls *k, FILE *out, run_fn *run, uint64_t seed) {
  char jail[] = "/dev/shm/taproot.XXXXXX", command[64];
  struct statfs s;
  int status = 1;
  if (geteuid() || statfs("/dev/shm", &s) || s.f_type != 0x01021994 || !mkdtemp(jail)) return false;
  fflush(NULL);
  pid_t child = fork();
  if (child == 0) oracle_jail(k, jail, out, run, seed);
  waitpid(child, &status, 0);
  snprintf(command, sizeof command, "rm -rf %s", jail);
  return system(command) == 0 && status == 0;
}

#endif
