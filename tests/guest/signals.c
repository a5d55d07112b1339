/* tests/guest/signals.c - signals that a single process meets: of its own, and of its faults. */
#include <fenv.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"

static volatile sig_atomic_t count, last, on_stack;
static char *stack_low, *stack_high;

static void counts(int number) {
  char here;
  count++;
  last = number;
  on_stack = &here >= stack_low && &here < stack_high;
}

static void skips_ud2(int number, siginfo_t *info, void *context) {
  (void)info;
  counts(number);
  ((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP] += 2;
}

static void test_raise(void) {
  struct sigaction old, action = {.sa_handler = counts};
  CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
  CHECK(sigaction(SIGUSR1, NULL, &old) == 0 && old.sa_handler == counts);
  CHECK(raise(SIGUSR1) == 0 && count == 1 && last == SIGUSR1);
  CHECK(kill(getpid(), SIGUSR1) == 0 && count == 2);
  signal(SIGUSR2, SIG_IGN);
  CHECK(raise(SIGUSR2) == 0 && count == 2);
  CHECK(kill(getpid(), 0) == 0);
}

static void test_mask(void) {
  sigset_t set, old, waits;
  sigemptyset(&set), sigaddset(&set, SIGUSR1);
  count = 0;
  CHECK(sigprocmask(SIG_BLOCK, &set, &old) == 0);
  raise(SIGUSR1), raise(SIGUSR1);
  CHECK(count == 0);
  CHECK(sigpending(&waits) == 0 && sigismember(&waits, SIGUSR1));
  CHECK(sigprocmask(SIG_SETMASK, &old, NULL) == 0 && count == 1);
}

static void test_stack(void) {
  stack_low = malloc(65536), stack_high = stack_low + 65536;
  stack_t mine = {.ss_sp = stack_low, .ss_size = 65536};
  CHECK(sigaltstack(&mine, NULL) == 0);
  struct sigaction action = {.sa_handler = counts, .sa_flags = SA_ONSTACK | SA_RESETHAND};
  sigaction(SIGUSR1, &action, NULL);
  count = 0, on_stack = 0;
  CHECK(raise(SIGUSR1) == 0 && count == 1 && on_stack);
  struct sigaction now;
  CHECK(sigaction(SIGUSR1, NULL, &now) == 0 && now.sa_handler == SIG_DFL);
}

/* Registers, vectors among them, are as before when a handler has run in the middle of a sum. */
static void test_registers(void) {
  struct sigaction action = {.sa_sigaction = skips_ud2, .sa_flags = SA_SIGINFO};
  sigaction(SIGILL, &action, NULL);
  count = 0;
  volatile double one = 1.0;
  double sum = 0, more = one * 0.125;
  for (int i = 0; i < 1000; i++) {
    sum += more * i;
    if (i % 100 == 0) __asm__ volatile("ud2");
  }
  CHECK(count == 10 && sum == 0.125 * 499500);
  CHECK(fesetround(FE_UPWARD) == 0);
  __asm__ volatile("ud2");
  CHECK(fegetround() == FE_UPWARD && fesetround(FE_TONEAREST) == 0);
}

int main(int argc, char **argv) {
  if (argc > 1 && !strcmp(argv[1], "abort")) abort();
  if (argc > 1 && !strcmp(argv[1], "segv")) *(volatile int *)16 = 1;
  if (argc > 1 && !strcmp(argv[1], "ill")) __asm__ volatile("ud2");
  volatile int one = 1, none = 0;
  if (argc > 1 && !strcmp(argv[1], "fpe")) return one / none;
  if (argc > 1 && !strcmp(argv[1], "term")) raise(SIGTERM);
  if (argc > 1 && !strcmp(argv[1], "wait")) pause(); /* for ever, on a host */
  if (argc > 1 && !strcmp(argv[1], "overflow"))
    for (volatile char *p = (char *)&argc;; p -= 512) *p = 1;
  if (argc > 1 && !strcmp(argv[1], "exit")) return atoi(argv[2]);
  test_raise();
  test_mask();
  test_stack();
  test_registers();
  return check_end();
}
