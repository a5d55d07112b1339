/* mkimage/test/test_self.c - this very program once more, for what is a command of its own: packing, booting. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mkimage/test/test.h"

_Noreturn static void self_child(const struct test_self *s, pid_t parent) {
  const struct rlimit most = {s->output_max, s->output_max};
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  signal(SIGXFSZ, SIG_IGN); /* a program that never ends to write fails as on a full disk */
  bool ok = getppid() == parent && (s->output_max == 0 || setrlimit(RLIMIT_FSIZE, &most) == 0);
  ok = ok && dup2(s->in, 0) == 0 && dup2(s->out, 1) == 1 && dup2(s->error, 2) == 2;
  if (ok) execv("/proc/self/exe", s->words);
  dprintf(2, "mkimage: cannot start itself\n");
  _exit(127);
}

int test_self(const struct test_self *s) {
  int status = -1;
  fflush(NULL);
  pid_t parent = getpid(), child = fork();
  if (child == 0) self_child(s, parent);
  while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return child > 0 ? status : -1;
}

bool test_interrupted(void) {
  sigset_t waiting;
  return sigpending(&waiting) == 0 &&
         (sigismember(&waiting, SIGINT) || sigismember(&waiting, SIGTERM) || sigismember(&waiting, SIGHUP));
}
