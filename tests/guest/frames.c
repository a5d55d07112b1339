/* tests/guest/frames.c - signal delivery looked at closely: registers and vectors come back, stacks are switched,
 * masks nest, waits are interrupted or go on, contexts can be changed by the handler. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#include "check.h"

static volatile int calls, last, order[16], ordered;
static volatile uintptr_t stack_at;
static siginfo_t info;
static ucontext_t context;

static void handle(int s, void (*f)(int, siginfo_t *, void *), int flags) {
  struct sigaction a = {.sa_sigaction = f, .sa_flags = SA_SIGINFO | flags};
  sigaction(s, &a, NULL);
}

static void note(int s, siginfo_t *i, void *c) {
  char here;
  calls++;
  last = s;
  stack_at = (uintptr_t)&here;
  info = *i;
  context = *(ucontext_t *)c;
  if (ordered < 16) order[ordered++] = s;
}

/* Clobbers every vector register there is. */
static void clobber(int s, siginfo_t *i, void *c) {
  __asm__ volatile("pcmpeqd %%xmm0, %%xmm0\n movdqa %%xmm0, %%xmm7\n movdqa %%xmm0, %%xmm15\n fninit\n fld1\n" ::
                       : "xmm0", "xmm7", "xmm15");
  calls++;
}

static void registers_survive(void) {
  uint64_t in[2] = {0x1122334455667788u, 0x99aabbccddeeff00u}, x0[2], x15[2], r12, rbx, flags;
  long pid = getpid();
  double st = 0;
  handle(SIGUSR1, clobber, 0);
  calls = 0;
  __asm__ volatile(
      "movdqu %[in], %%xmm0\n movdqu %[in], %%xmm15\n fldpi\n"
      "movq $0x5151515151, %%r12\n movq $0x6262626262, %%rbx\n stc\n"
      "movq $62, %%rax\n movq %[pid], %%rdi\n movq $10, %%rsi\n syscall\n"
      "pushfq\n popq %[flags]\n"
      "movdqu %%xmm0, %[x0]\n movdqu %%xmm15, %[x15]\n movq %%r12, %[r12]\n movq %%rbx, %[rbx]\n fstpl %[st]\n"
      : [x0] "=m"(x0), [x15] "=m"(x15), [r12] "=m"(r12), [rbx] "=m"(rbx), [st] "=m"(st), [flags] "=r"(flags)
      : [in] "m"(in), [pid] "r"(pid)
      : "rax", "rdi", "rsi", "rcx", "r11", "r12", "rbx", "xmm0", "xmm15", "memory", "cc");
  CHECK(calls == 1);
  CHECK(x0[0] == in[0] && x0[1] == in[1] && x15[0] == in[0] && x15[1] == in[1]);
  CHECK(r12 == 0x5151515151 && rbx == 0x6262626262);
  CHECK(st > 3.14159 && st < 3.1416);
  CHECK(flags & 1);
}

static void what_is_told(void) {
  union sigval v = {.sival_int = 4711};
  handle(SIGUSR1, note, 0);
  CHECK(kill(getpid(), SIGUSR1) == 0 && info.si_signo == SIGUSR1 && info.si_code == SI_USER && info.si_pid == getpid());
  CHECK(raise(SIGUSR1) == 0 && info.si_code == SI_TKILL);
  CHECK(sigqueue(getpid(), SIGUSR1, v) == 0 && info.si_code == SI_QUEUE && info.si_value.sival_int == 4711);
  CHECK(kill(getpid(), 0) == 0);
  CHECK(kill(getpid(), 65) == -1 && errno == EINVAL);
  CHECK(kill(1 << 22, SIGUSR1) == -1 && errno == ESRCH);
}

static void skip_ud2(int s, siginfo_t *i, void *c) {
  ucontext_t *u = c;
  note(s, i, c);
  u->uc_mcontext.gregs[REG_RIP] += 2;
  u->uc_mcontext.gregs[REG_RBX] = 99;
}
static void context_is_changed(void) {
  uint64_t rbx = 1;
  handle(SIGILL, skip_ud2, 0);
  __asm__ volatile("ud2" : "+b"(rbx));
  CHECK(last == SIGILL && rbx == 99);
  CHECK(info.si_addr == (void *)((uintptr_t)context.uc_mcontext.gregs[REG_RIP]));
  signal(SIGILL, SIG_DFL);
}

static void traps(void) {
  handle(SIGTRAP, note, 0);
  calls = 0;
  __asm__ volatile("int3");
  CHECK(calls == 1 && last == SIGTRAP);
}

static sigjmp_buf back;
static void leap(int s, siginfo_t *i, void *c) {
  note(s, i, c);
  siglongjmp(back, 1);
}
static void divisions(void) {
  volatile int zero = 0;
  handle(SIGFPE, leap, 0);
  if (!sigsetjmp(back, 1)) calls = 1000 / zero;
  CHECK(last == SIGFPE && info.si_code == FPE_INTDIV);
}

static int deep(volatile char *p, int n) {
  volatile char room[4096];
  room[0] = *p;
  return n > 1000000 ? 0 : deep(room, n + 1) + room[0];
}
static void stacks(void) {
  static char other[65536];
  stack_t s = {.ss_sp = other, .ss_size = sizeof other}, old;
  CHECK(sigaltstack(&s, NULL) == 0 && sigaltstack(NULL, &old) == 0 && old.ss_sp == other && old.ss_flags == 0);
  handle(SIGUSR1, note, SA_ONSTACK);
  raise(SIGUSR1);
  CHECK(stack_at >= (uintptr_t)other && stack_at < (uintptr_t)other + sizeof other);
  CHECK(context.uc_stack.ss_sp == other);
  handle(SIGUSR1, note, 0);
  raise(SIGUSR1);
  CHECK(stack_at < (uintptr_t)other || stack_at >= (uintptr_t)other + sizeof other);
  handle(SIGSEGV, leap, SA_ONSTACK);
  if (!sigsetjmp(back, 1)) CHECK(deep("x", 0) < 0);
  CHECK(last == SIGSEGV && stack_at >= (uintptr_t)other && stack_at < (uintptr_t)other + sizeof other);
  s.ss_size = 100;
  CHECK(sigaltstack(&s, NULL) == -1 && errno == ENOMEM);
  s.ss_flags = SS_DISABLE;
  CHECK(sigaltstack(&s, NULL) == 0 && sigaltstack(NULL, &old) == 0 && old.ss_flags == SS_DISABLE);
  signal(SIGSEGV, SIG_DFL);
}

static void raise_inside(int s, siginfo_t *i, void *c) {
  note(s, i, c);
  if (calls < 3) raise(SIGUSR1);
  order[ordered++] = -s;
}
static void masks(void) {
  sigset_t set, old, waiting;
  handle(SIGUSR1, raise_inside, 0);
  calls = ordered = 0;
  raise(SIGUSR1);
  CHECK(calls == 3 && order[0] == SIGUSR1 && order[1] == -SIGUSR1 && order[2] == SIGUSR1);
  handle(SIGUSR1, raise_inside, SA_NODEFER);
  calls = ordered = 0;
  raise(SIGUSR1);
  CHECK(calls == 3 && order[1] == SIGUSR1 && order[2] == SIGUSR1 && order[3] == -SIGUSR1);
  handle(SIGUSR1, note, SA_RESETHAND);
  raise(SIGUSR1);
  struct sigaction now;
  CHECK(sigaction(SIGUSR1, NULL, &now) == 0 && now.sa_handler == SIG_DFL);
  handle(SIGUSR1, note, 0);
  handle(SIGUSR2, note, 0);
  sigemptyset(&set), sigaddset(&set, SIGUSR1), sigaddset(&set, SIGUSR2), sigaddset(&set, SIGKILL);
  CHECK(sigprocmask(SIG_BLOCK, &set, &old) == 0);
  calls = ordered = 0;
  raise(SIGUSR2), raise(SIGUSR1), raise(SIGUSR1);
  CHECK(calls == 0 && sigpending(&waiting) == 0 && sigismember(&waiting, SIGUSR1) && sigismember(&waiting, SIGUSR2));
  CHECK(sigprocmask(SIG_BLOCK, NULL, &waiting) == 0 && !sigismember(&waiting, SIGKILL));
  siginfo_t got;
  struct timespec none = {0, 0};
  CHECK(sigtimedwait(&set, &got, &none) == SIGUSR1 && got.si_signo == SIGUSR1);
  sigset_t two = old;
  sigdelset(&two, SIGUSR2);
  CHECK(sigsuspend(&two) == -1 && errno == EINTR && calls == 1 && last == SIGUSR2);
  CHECK(sigismember(&context.uc_sigmask, SIGUSR1)); /* the frame has the mask of before */
  CHECK(sigtimedwait(&set, &got, &none) == -1 && errno == EAGAIN);
  CHECK(sigprocmask(SIG_SETMASK, &old, NULL) == 0);
  CHECK(sigprocmask(77, &old, NULL) == -1 && errno == EINVAL);
  CHECK(signal(SIGKILL, SIG_IGN) == SIG_ERR && errno == EINVAL);
  signal(SIGUSR1, SIG_IGN);
  calls = 0;
  CHECK(raise(SIGUSR1) == 0 && calls == 0);
  CHECK(raise(SIGCHLD) == 0 && raise(SIGURG) == 0 && raise(SIGWINCH) == 0 && raise(SIGCONT) == 0);
}

static int pipes[2];
static void fill(int s, siginfo_t *i, void *c) {
  note(s, i, c);
  if (write(pipes[1], "!", 1) != 1) calls = 1000;
}
static void waits(void) {
  char c;
  /* long enough that a busy host does not let it run out before the wait begins */
  struct itimerval once = {.it_value = {0, 300000}}, never = {{0, 0}, {0, 0}}, old;
  struct timespec nap = {10, 0}, left;
  CHECK(pipe(pipes) == 0);
  handle(SIGALRM, fill, SA_RESTART);
  CHECK(setitimer(ITIMER_REAL, &once, NULL) == 0);
  CHECK(read(pipes[0], &c, 1) == 1 && c == '!'); /* the read began again */
  handle(SIGALRM, fill, 0);
  CHECK(setitimer(ITIMER_REAL, &once, NULL) == 0);
  CHECK(read(pipes[0], &c, 1) == -1 && errno == EINTR);
  CHECK(read(pipes[0], &c, 1) == 1);
  handle(SIGALRM, note, SA_RESTART);
  CHECK(setitimer(ITIMER_REAL, &once, NULL) == 0);
  CHECK(nanosleep(&nap, &left) == -1 && errno == EINTR && left.tv_sec > 0 && left.tv_sec < 10);
  CHECK(setitimer(ITIMER_REAL, &once, NULL) == 0 && pause() == -1 && errno == EINTR);
  once.it_interval.tv_usec = 5000;
  calls = 0;
  CHECK(setitimer(ITIMER_REAL, &once, NULL) == 0);
  while (calls < 4) pause();
  CHECK(getitimer(ITIMER_REAL, &old) == 0 && old.it_interval.tv_usec == 5000);
  CHECK(setitimer(ITIMER_REAL, &never, NULL) == 0);
  CHECK(alarm(100) == 0 && alarm(0) == 100 && alarm(0) == 0);
  handle(SIGPIPE, note, 0);
  close(pipes[0]);
  last = 0;
  CHECK(write(pipes[1], "x", 1) == -1 && errno == EPIPE && last == SIGPIPE);
  signal(SIGPIPE, SIG_IGN);
  CHECK(write(pipes[1], "x", 1) == -1 && errno == EPIPE);
  close(pipes[1]);
}

/* What a handler writes into its context for a stack is taken when it could be one, and else nothing happens. */
static stack_t given;
static void gives_stack(int s, siginfo_t *i, void *c) {
  (void)s, (void)i;
  ((ucontext_t *)c)->uc_stack = given;
}
static void stacks_given_back(void) {
  static char one[65536], two[65536];
  stack_t s = {.ss_sp = one, .ss_size = sizeof one}, now;
  CHECK(sigaltstack(&s, NULL) == 0);
  handle(SIGUSR1, gives_stack, 0);
  given = (stack_t){.ss_sp = (void *)8, .ss_flags = 77, .ss_size = 10};
  CHECK(raise(SIGUSR1) == 0 && sigaltstack(NULL, &now) == 0 && now.ss_sp == one && now.ss_size == sizeof one);
  given = (stack_t){.ss_sp = two, .ss_size = 100};
  CHECK(raise(SIGUSR1) == 0 && sigaltstack(NULL, &now) == 0 && now.ss_sp == one && now.ss_flags == 0);
  given.ss_size = sizeof two;
  CHECK(raise(SIGUSR1) == 0 && sigaltstack(NULL, &now) == 0 && now.ss_sp == two && now.ss_flags == 0);
  s = (stack_t){.ss_sp = one, .ss_flags = 3, .ss_size = sizeof one};
  CHECK(sigaltstack(&s, NULL) == -1 && errno == EINVAL);
  s.ss_flags = SS_DISABLE;
  CHECK(sigaltstack(&s, NULL) == 0 && sigaltstack(NULL, &now) == 0 && now.ss_flags == SS_DISABLE);
}

/* The timer comes in the middle of computing, without a system call or a fault, and leaves no trace in it. */
static volatile double noise;
static volatile int rings;
static void ring(int s) {
  (void)s;
  noise = noise * 1.5 + 1;
  rings++;
}
static double compute(long most, int until) {
  double sum = 1, step = 1.0 / 3;
  uint64_t x = 88172645463325252u;
  for (long i = 0; i < most && rings < until; i++) {
    for (int k = 0; k < 1000; k++) x ^= x << 13, x ^= x >> 7, x ^= x << 17;
    for (int k = 0; k < 1000; k++) sum = sum * 0.999 + step * (double)(x >> 60);
  }
  return sum + (double)(x & 0xffff);
}
static void computes(void) {
  struct itimerval often = {{0, 2000}, {0, 2000}}, never = {{0, 0}, {0, 0}};
  sigset_t set;
  double quiet = compute(200, 1);
  signal(SIGALRM, ring);
  CHECK(setitimer(ITIMER_REAL, &often, NULL) == 0);
  compute(1l << 40, 5);
  CHECK(rings >= 5);
  rings = -1000000;
  CHECK(compute(200, 1) == quiet);
  sigemptyset(&set), sigaddset(&set, SIGALRM);
  sigprocmask(SIG_BLOCK, &set, NULL);
  rings = 0;
  CHECK(compute(200, 1) == quiet && rings == 0);
  sigprocmask(SIG_UNBLOCK, &set, NULL);
  while (rings == 0) continue;
  CHECK(setitimer(ITIMER_REAL, &never, NULL) == 0);
}

int main(void) {
  registers_survive();
  what_is_told();
  context_is_changed();
  traps();
  divisions();
  stacks();
  masks();
  waits();
  stacks_given_back();
  computes();
  return check_end();
}
