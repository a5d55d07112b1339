/* tests/guest/storm.c - random system calls with random arguments: whatever they answer, the kernel goes on.
 *
 * For the machine alone (it would do harm on a host).  Arguments: a seed and a count.  The program survives its own
 * signals as far as it can; it ends with status 0, or dies of a signal that it sent to itself.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

enum { P = 4096 };
static uint64_t state;
static char *room; /* what calls may write to: writable, read-only, none, a file's */
static sigjmp_buf again;

static uint64_t next(void) {
  state ^= state << 13, state ^= state >> 7, state ^= state << 17;
  return state;
}
static uint64_t below(uint64_t n) { return next() % n; }

static void survive(int s) { siglongjmp(again, 1); }

/* Calls that end or stop everything, or wait for what never comes: never made by chance. */
static int never(long n) {
  static const long list[] = {SYS_exit,
                              SYS_exit_group,
                              SYS_pause,
                              SYS_rt_sigsuspend,
                              SYS_nanosleep,
                              SYS_kill,
                              SYS_tkill,
                              SYS_tgkill,
                              SYS_rt_sigqueueinfo,
                              SYS_poll,
                              SYS_ppoll,
                              SYS_select,
                              SYS_pselect6,
                              SYS_futex,
                              SYS_execve,
                              SYS_rt_sigtimedwait,
                              SYS_clock_nanosleep,
                              SYS_rt_tgsigqueueinfo,
                              SYS_execveat,
                              SYS_flock,
                              SYS_arch_prctl};
  for (unsigned i = 0; i < sizeof list / sizeof *list; i++)
    if (list[i] == n) return 1;
  return 0;
}

static uint64_t argument(void) {
  static const char *const names[] = {"/w/a", "/w/b/../a", "/w/b", "b", "../w", "/w/link", "/w/loop", "", "/dev/zero"};
  static const uint64_t odd[] = {0,          1,         UINT64_MAX, 1ull << 63, 1ull << 47,         0x7ffffffff000,
                                 0xfff,      0x1000,    -4096ull,   INT64_MAX,  0xffff800000000000, 0xffffffff80100000,
                                 UINT32_MAX, INT32_MAX, 1ull << 32, -100ull,    0xffffc00000000000, 1ull << 40};
  switch (below(8)) {
  case 0:
    return below(12);
  case 1:
    return below(600);
  case 2:
    return odd[below(sizeof odd / sizeof *odd)];
  case 3:
    return (uint64_t)(room + below(8 * P));
  case 4:
    return (uint64_t)(room + P * below(8) + (below(2) ? 0 : P - below(40)));
  case 5:
    return (uint64_t)names[below(sizeof names / sizeof *names)];
  case 6:
    return 1ull << below(64);
  default:
    return below(2) ? below(70000) : (uint64_t)AT_FDCWD;
  }
}

static void furnish(void) {
  int fd = open("/w/a", O_RDWR | O_CREAT | O_NONBLOCK, 0666);
  if (fd >= 0 && ftruncate(fd, 3 * P + 7) == 0)
    mmap(room + 5 * P, 2 * P, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0);
  mmap(room, 5 * P, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  mprotect(room + 2 * P, P, PROT_READ);
  mprotect(room + 3 * P, P, PROT_NONE);
  for (int i = 0; i < 2 * P; i += 8) *(uint64_t *)(room + i) = below(3) ? argument() : next();
  close(fd);
}

/* Frames made of noise: the way back from a signal must not be a way into the kernel. */
static void false_return(void) {
  uint64_t frame[200];
  for (unsigned i = 0; i < 200; i++) frame[i] = below(2) ? argument() : next();
  if (below(2)) frame[23] = 0x002b000000000033; /* the right segments */
  if (below(2)) frame[28] = 0;                  /* no FPU state */
  __asm__ volatile("movq %0, %%rsp\n movq $15, %%rax\n syscall\n ud2" ::"r"(frame + 1) : "memory");
}

int main(int argc, char **argv) {
  struct rlimit files = {64, 64};
  struct sigaction a = {.sa_handler = survive, .sa_flags = SA_NODEFER | SA_ONSTACK};
  static char stack[65536];
  stack_t other = {.ss_sp = stack, .ss_size = sizeof stack};
  long count = atol(argv[2]);
  state = strtoull(argv[1], NULL, 0) * 0x9e3779b97f4a7c15 + 1;
  mkdir("/w", 0777), mkdir("/w/b", 0777);
  if (symlink("/w/a", "/w/link") || symlink("loop", "/w/loop")) return 2;
  setrlimit(RLIMIT_NOFILE, &files);
  close(0); /* the console may never have anything */
  if (open("/w", O_RDONLY) != 0) return 3;
  room = (char *)0x200000000000;
  volatile long done = 0;
  for (; done < count;) {
    if (sigsetjmp(again, 1) || done % 64 == 0) {
      sigaltstack(&other, NULL);
      for (int s = 1; s < 32; s++) sigaction(s, &a, NULL);
      furnish();
    }
    done++;
    if (below(200) == 0) false_return();
    long n = (long)below(450);
    uint64_t x[6];
    for (int i = 0; i < 6; i++) x[i] = argument();
    if (never(n)) continue;
    if (n == SYS_close || n == SYS_dup2 || n == SYS_dup3 || n == SYS_close_range)
      x[0] = 3 + below(60), x[1] = 3 + below(60);
    if (n == SYS_munmap || n == SYS_mmap || n == SYS_mprotect || n == SYS_mremap || n == SYS_madvise) {
      x[0] = (uint64_t)room + below(8) * P; /* not the program's own */
      x[4] = n == SYS_mmap ? below(20) : (uint64_t)room + below(64) * P;
      if (n == SYS_mmap)
        x[1] = below(30) * P, x[3] |= below(4) ? 0x22 : 2;
      else
        x[1] = below(8) * P;
    }
    /* Nothing that would wait: there is nobody who could end it. */
    if (n == SYS_pipe || ((n == SYS_mknod || n == SYS_mknodat) && (x[1] | x[2]) & S_IFIFO)) continue;
    if (n == SYS_pipe2) x[1] = O_NONBLOCK;
    if (n == SYS_fcntl && below(3)) x[1] = below(16);
    if (n == SYS_fcntl && (x[1] == F_SETFL || x[1] == F_SETLKW || x[1] == F_OFD_SETLKW)) continue;
    if (n == SYS_ioctl && x[1] == 0x5421) continue; /* FIONBIO */
    if (n == SYS_brk && x[0] > 1ull << 40) continue;
    if (n == SYS_setrlimit || n == SYS_prlimit64 || n == SYS_rt_sigaction) continue;
    if (n == SYS_write && x[0] < 3) continue;
    syscall(n, x[0], x[1], x[2], x[3], x[4], x[5]);
  }
  syscall(SYS_exit_group, 0);
}
