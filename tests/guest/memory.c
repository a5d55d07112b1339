/* tests/guest/memory.c - what a program may expect of its address space. */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "check.h"

enum { PAGE = 4096 };
static sigjmp_buf back;
static volatile sig_atomic_t signal_code;
static void *volatile signal_at;

static void caught(int number, siginfo_t *info, void *context) {
  (void)number, (void)context;
  signal_code = info->si_code;
  signal_at = info->si_addr;
  siglongjmp(back, 1);
}

/* Does touching p end in SIGSEGV at p? */
static int faults(volatile char *p, int write) {
  if (sigsetjmp(back, 1)) return (volatile char *)signal_at == p;
  if (write)
    *p = 1;
  else
    (void)*p;
  return 0;
}

static void test_anonymous(void) {
  char *p = mmap(NULL, 64 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CHECK(p != MAP_FAILED);
  for (int i = 0; i < 64 * PAGE; i += 511) CHECK(p[i] == 0);
  memset(p, 7, 64 * PAGE);
  CHECK(munmap(p + 16 * PAGE, 16 * PAGE) == 0);
  CHECK(faults(p + 16 * PAGE, 0) && faults(p + 32 * PAGE - 1, 1));
  CHECK(p[16 * PAGE - 1] == 7 && p[32 * PAGE] == 7);
  CHECK(mprotect(p, PAGE, PROT_READ) == 0);
  CHECK(p[0] == 7 && faults(p, 1) && signal_code == SEGV_ACCERR);
  CHECK(mprotect(p, PAGE, PROT_NONE) == 0 && faults(p, 0));
  CHECK(mprotect(p, PAGE, PROT_READ | PROT_WRITE) == 0 && p[0] == 7);
  CHECK(madvise(p, PAGE, MADV_DONTNEED) == 0 && p[0] == 0);
  char *again = mmap(p, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  CHECK(again == p && p[5] == 0);
  CHECK(munmap(p, 64 * PAGE) == 0);
  CHECK(mmap(NULL, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED);
  CHECK(munmap((char *)1, PAGE) == -1);
}

static void test_remap(void) {
  char *p = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  for (int i = 0; i < 4; i++) p[i * PAGE] = (char)(i + 1);
  p = mremap(p, 4 * PAGE, 600 * PAGE, MREMAP_MAYMOVE);
  CHECK(p != MAP_FAILED && p[0] == 1 && p[3 * PAGE] == 4 && p[599 * PAGE] == 0);
  p = mremap(p, 600 * PAGE, 2 * PAGE, 0);
  CHECK(p != MAP_FAILED && p[PAGE] == 2 && faults(p + 2 * PAGE, 0));
  CHECK(munmap(p, 2 * PAGE) == 0);
}

static void test_file(void) {
  int fd = open("mapped", O_RDWR | O_CREAT | O_TRUNC, 0600);
  CHECK(write(fd, "hello, file", 11) == 11);
  char *own = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
  char *all = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  char *other = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0);
  CHECK(own != MAP_FAILED && all != MAP_FAILED && other != MAP_FAILED);
  char after = 0;
  for (int i = 11; i < PAGE; i++) after |= own[i];
  CHECK(after == 0);
  own[0] = 'J';
  char bytes[12] = "";
  CHECK(pread(fd, bytes, 11, 0) == 11 && bytes[0] == 'h' && own[0] == 'J' && all[0] == 'h');
  all[1] = 'E';
  CHECK(pread(fd, bytes, 11, 0) == 11 && bytes[1] == 'E' && other[1] == 'E');
  CHECK(pwrite(fd, "F", 1, 7) == 1 && all[7] == 'F' && other[7] == 'F');
  CHECK(msync(all, PAGE, MS_SYNC) == 0);
  CHECK(close(fd) == 0 && unlink("mapped") == 0 && all[1] == 'E');
  CHECK(munmap(own, PAGE) == 0 && munmap(all, PAGE) == 0 && munmap(other, PAGE) == 0);
}

static void test_packed_file(const char *path) {
  int fd = open(path, O_RDONLY);
  char head[64] = "";
  CHECK(fd >= 0 && read(fd, head, sizeof head) == sizeof head);
  char *p = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
  CHECK(p != MAP_FAILED && memcmp(p, head, sizeof head) == 0);
  memset(p, 'x', PAGE);
  char now[64];
  CHECK(pread(fd, now, sizeof now, 0) == sizeof now && memcmp(now, head, sizeof head) == 0);
  CHECK(mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED);
  CHECK(munmap(p, PAGE) == 0 && close(fd) == 0);
}

static int deep(int n) {
  volatile char frame[1000];
  frame[0] = (char)n;
  return n == 0 ? 0 : deep(n - 1) + (frame[0] == (char)n);
}

static void test_limits(void) {
  CHECK(faults((char *)0, 0) && faults((char *)8, 1));
  CHECK(faults((char *)0x7ffffffff000, 0));
  CHECK(sigsetjmp(back, 1) || (*(volatile char *)0xffffffff80100000 = 1, 0));
  CHECK(sigsetjmp(back, 1) || (*(volatile char *)0xffff800000000000 = 1, 0));
  CHECK(deep(4000) == 4000);
  char *code = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  memcpy(code, "\xb8\x2a\x00\x00\x00\xc3", 6);
  int (*call)(void) = (int (*)(void))(uintptr_t)code;
  CHECK(sigsetjmp(back, 1) || (call(), 0));
  CHECK(mprotect(code, PAGE, PROT_READ | PROT_EXEC) == 0 && call() == 42);
}

static void test_heap(void) {
  void *at[400];
  for (int i = 0; i < 400; i++) at[i] = calloc(1, (size_t)i * 331 + 1);
  for (int i = 0; i < 400; i += 2) free(at[i]);
  for (int i = 1; i < 400; i += 2) {
    at[i] = realloc(at[i], (size_t)i * 700 + 1);
    CHECK(at[i] && *(char *)at[i] == 0);
  }
  for (int i = 1; i < 400; i += 2) free(at[i]);
  /* the bare call: musl's sbrk refuses to move */
  long now = syscall(SYS_brk, 0);
  CHECK(syscall(SYS_brk, now + 3 * PAGE) == now + 3 * PAGE);
  memset((char *)now, 1, 3 * PAGE);
  CHECK(syscall(SYS_brk, now) == now && syscall(SYS_brk, 0) == now);
}

int main(int argc, char **argv) {
  struct sigaction action = {.sa_sigaction = caught, .sa_flags = SA_SIGINFO};
  sigaction(SIGSEGV, &action, NULL);
  sigaction(SIGBUS, &action, NULL);
  if (argc > 1 && chdir(argv[1])) return 2;
  test_anonymous();
  test_remap();
  test_file();
  test_packed_file(argv[0]);
  test_limits();
  test_heap();
  return check_end();
}
