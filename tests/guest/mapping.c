/* tests/guest/mapping.c - mappings of files and of nothing, in every order: what is read, what is written where, what
 * ends in which signal, which calls are refused. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "check.h"

enum { P = 4096, MANY = 3000 };

static sigjmp_buf back;
static volatile int got_signal, got_code;
static void *volatile got_address;

static void on_fault(int s, siginfo_t *i, void *context) {
  got_signal = s;
  got_code = i->si_code;
  got_address = i->si_addr;
  siglongjmp(back, 1);
}

/* The signal that reading (or writing) one byte brings, 0 for none. */
static int touch(volatile char *at, int write) {
  got_signal = got_code = 0;
  if (sigsetjmp(back, 1)) return got_signal;
  if (write)
    *at = 7;
  else
    (void)*at;
  return 0;
}

static int make_file(const char *path, size_t n) {
  int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0644);
  for (size_t i = 0; i < n; i++) {
    char c = (char)(i * 31 + i / P);
    if (write(fd, &c, 1) != 1) return -1;
  }
  return fd;
}
static char byte_of(size_t i) { return (char)(i * 31 + i / P); }

static int errno_of_map(void *at, size_t n, int prot, int flags, int fd, off_t offset) {
  void *p = mmap(at, n, prot, flags, fd, offset);
  if (p == MAP_FAILED) return errno;
  munmap(p, n);
  return 0;
}

static void private_file(void) {
  int fd = make_file("m1", 2 * P + 100);
  char *p = mmap(NULL, 4 * P, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0), c;
  CHECK(p != MAP_FAILED);
  int same = 1, zero = 1;
  for (size_t i = 0; i < 2 * P + 100; i++) same &= p[i] == byte_of(i);
  for (size_t i = 2 * P + 100; i < 3 * P; i++) zero &= p[i] == 0;
  CHECK(same);
  CHECK(zero);
  CHECK(touch(p + 3 * P, 0) == SIGBUS && got_code == BUS_ADRERR && got_address == p + 3 * P);
  CHECK(touch(p + 3 * P, 1) == SIGBUS);
  p[5] = 'x';
  p[2 * P + 99] = 'y';
  CHECK(pread(fd, &c, 1, 5) == 1 && c == byte_of(5));
  CHECK(p[4] == byte_of(4) && p[5] == 'x');
  CHECK(pread(fd, &c, 1, 2 * P + 99) == 1 && c == byte_of(2 * P + 99));
  char *q = mmap(NULL, P, PROT_READ, MAP_PRIVATE, fd, P);
  CHECK(q != MAP_FAILED && q[0] == byte_of(P) && q[P - 1] == byte_of(2 * P - 1));
  CHECK(touch(q, 1) == SIGSEGV && got_code == SEGV_ACCERR && got_address == q);
  CHECK(mprotect(q, P, PROT_READ | PROT_WRITE) == 0);
  q[0] = 'q';
  CHECK(pread(fd, &c, 1, P) == 1 && c == byte_of(P) && p[P] == byte_of(P));
  close(fd);
  unlink("m1");
  CHECK(q[1] == byte_of(P + 1) && p[7] == byte_of(7));
  CHECK(munmap(p, 4 * P) == 0 && munmap(q, P) == 0);
  CHECK(touch(p, 0) == SIGSEGV && got_code == SEGV_MAPERR);
}

static void shared_file(void) {
  int fd = make_file("m2", 3 * P);
  char *p = mmap(NULL, 3 * P, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0), c[3];
  char *q = mmap(NULL, 3 * P, PROT_READ, MAP_SHARED, fd, 0);
  CHECK(p != MAP_FAILED && q != MAP_FAILED);
  p[10] = 'A';
  p[P] = 'B';
  CHECK(q[10] == 'A' && q[P] == 'B');
  CHECK(pread(fd, c, 1, 10) == 1 && c[0] == 'A');
  CHECK(pwrite(fd, "CD", 2, 2 * P - 1) == 2 && p[2 * P - 1] == 'C' && q[2 * P] == 'D');
  CHECK(touch(q, 1) == SIGSEGV && got_code == SEGV_ACCERR);
  CHECK(pwrite(fd, p, P, 2 * P) == P && q[2 * P + 10] == 'A'); /* a file's page written from its own mapping */
  CHECK(pread(fd, p + P, P, 0) == P && q[P + 10] == 'A');
  CHECK(ftruncate(fd, P + 1) == 0);
  CHECK(q[P] == p[0] && touch(p + 2 * P, 0) == SIGBUS && touch(q + 2 * P, 0) == SIGBUS);
  CHECK(ftruncate(fd, 3 * P) == 0 && q[P + 1] == 0 && q[2 * P] == 0);
  p[2 * P] = 'E';
  CHECK(pread(fd, c, 1, 2 * P) == 1 && c[0] == 'E');
  CHECK(msync(p, 3 * P, MS_SYNC) == 0);
  close(fd);
  int fd2 = open("m2", O_RDONLY);
  CHECK(errno_of_map(NULL, P, PROT_READ | PROT_WRITE, MAP_SHARED, fd2, 0) == EACCES);
  CHECK(errno_of_map(NULL, P, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd2, 0) == 0);
  char *r = mmap(NULL, P, PROT_READ, MAP_SHARED, fd2, 0);
  CHECK(mprotect(r, P, PROT_READ | PROT_WRITE) == -1 && errno == EACCES);
  int fd3 = open("m2", O_WRONLY);
  CHECK(errno_of_map(NULL, P, PROT_READ, MAP_SHARED, fd3, 0) == EACCES);
  close(fd2), close(fd3);
  munmap(r, P), munmap(q, 3 * P), munmap(p, 3 * P);
  CHECK((fd = open("m2", O_RDONLY)) >= 0 && pread(fd, c, 2, 2 * P - 1) == 2 && c[1] == 'E');
  close(fd);
  unlink("m2");
}

static void protections(void) {
  char *p = mmap(NULL, 5 * P, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), c;
  int pipes[2];
  memset(p, 'z', 5 * P);
  CHECK(mprotect(p + P, P, PROT_NONE) == 0 && mprotect(p + 3 * P, P, PROT_READ) == 0);
  CHECK(touch(p + P, 0) == SIGSEGV && got_code == SEGV_ACCERR);
  CHECK(touch(p + 3 * P, 0) == 0 && touch(p + 3 * P, 1) == SIGSEGV && got_code == SEGV_ACCERR);
  CHECK(pipe(pipes) == 0);
  CHECK(write(pipes[1], p + P, 1) == -1 && errno == EFAULT);
  CHECK(write(pipes[1], p, 1) == 1);
  CHECK(read(pipes[0], p + 3 * P, 1) == -1 && errno == EFAULT);
  CHECK(write(pipes[1], p + P - 3, 10) == -1 || 1); /* how much of it came is the pipe's own business */
  CHECK(mprotect(p + P, P, PROT_READ) == 0 && p[P] == 'z' && p[2 * P - 1] == 'z');
  CHECK(mprotect(p, 5 * P, PROT_READ | PROT_WRITE) == 0 && touch(p + 3 * P, 1) == 0 && p[3 * P] == 7);
  CHECK(munmap(p + 2 * P, P) == 0);
  CHECK(mprotect(p, 5 * P, PROT_READ) == -1 && errno == ENOMEM);
  CHECK(msync(p, 5 * P, MS_ASYNC) == -1 && errno == ENOMEM);
  CHECK(madvise(p, 5 * P, MADV_NORMAL) == -1 && errno == ENOMEM);
  CHECK(madvise(p, P, MADV_DONTNEED) == 0 && p[0] == 0);
  CHECK(madvise(p, P, 12345) == -1 && errno == EINVAL);
  CHECK(syscall(SYS_mprotect, p + 1, P, PROT_READ) == -1 && errno == EINVAL);
  CHECK(munmap(p + 1, P) == -1 && errno == EINVAL);
  CHECK(munmap(p, 0) == -1 && errno == EINVAL);
  CHECK(munmap(p, 5 * P) == 0 && munmap(p, 5 * P) == 0);
  close(pipes[0]), close(pipes[1]);
  unsigned char code[] = {0xb8, 42, 0, 0, 0, 0xc3};
  p = mmap(NULL, P, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  memcpy(p, code, sizeof code);
  if (sigsetjmp(back, 1) == 0) ((int (*)(void))p)();
  CHECK(got_signal == SIGSEGV && got_address == p);
  CHECK(mprotect(p, P, PROT_READ | PROT_EXEC) == 0 && ((int (*)(void))p)() == 42);
  (void)c;
  munmap(p, P);
}

static void shared_nothing(void) {
  char *p = mmap(NULL, 2 * P, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  p[0] = 'n';
  CHECK(madvise(p, 2 * P, MADV_DONTNEED) == 0 && p[0] == 'n' && p[P] == 0);
  CHECK(mprotect(p, P, PROT_READ) == 0 && touch(p, 1) == SIGSEGV && p[0] == 'n');
  munmap(p, 2 * P);
}

static void refused(void) {
  int fd = make_file("m3", 10), pipes[2];
  CHECK(pipe(pipes) == 0);
  CHECK(errno_of_map(NULL, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == EINVAL);
  CHECK(errno_of_map(NULL, P, PROT_READ, MAP_ANONYMOUS, -1, 0) == EINVAL);
  CHECK(errno_of_map(NULL, P, PROT_READ, MAP_PRIVATE, -1, 0) == EBADF);
  CHECK(errno_of_map(NULL, P, PROT_READ, MAP_PRIVATE, pipes[0], 0) == ENODEV);
  CHECK(errno_of_map((void *)1, P, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == EINVAL);
  CHECK(errno_of_map(NULL, (size_t)1 << 62, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == ENOMEM);
  CHECK(errno_of_map(NULL, SIZE_MAX - 5, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == ENOMEM);
  char *p = mmap(NULL, 2 * P, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CHECK(errno_of_map(p + P, P, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) == EEXIST);
  CHECK(mmap(p + P, P, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == p + P);
  CHECK(touch(p + P, 1) == 0 && touch(p, 1) == SIGSEGV);
  munmap(p, 2 * P);
  CHECK(touch(NULL, 0) == SIGSEGV && got_code == SEGV_MAPERR && got_address == NULL);
  CHECK(touch((char *)0xffff800000001000u, 0) == SIGSEGV);
  CHECK(touch((char *)0x7ffffffff000u, 0) == SIGSEGV);
  CHECK(touch((char *)0x8000000000000000u, 0) == SIGSEGV); /* no canonical address */
  p = mmap(NULL, P, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
  CHECK(p != MAP_FAILED && (uintptr_t)p < 1u << 31);
  munmap(p, P);
  close(fd), close(pipes[0]), close(pipes[1]);
  unlink("m3");
}

static void moved(void) {
  char *p = mmap(NULL, 8 * P, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), *q;
  for (int i = 0; i < 8; i++) p[i * P] = (char)('a' + i);
  CHECK(munmap(p + 4 * P, 4 * P) == 0);
  CHECK(mmap(p + 5 * P, P, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == p + 5 * P);
  CHECK(mremap(p, 4 * P, 5 * P, 0) == p && p[4 * P] == 0 && p[3 * P] == 'd');
  CHECK(mremap(p, 5 * P, 9 * P, 0) == MAP_FAILED && errno == ENOMEM);
  q = mremap(p, 5 * P, 100 * P, MREMAP_MAYMOVE);
  CHECK(q != MAP_FAILED && q != p && q[0] == 'a' && q[3 * P] == 'd' && q[99 * P] == 0);
  CHECK(touch(p, 0) == SIGSEGV && got_code == SEGV_MAPERR);
  CHECK(mremap(q, 100 * P, 2 * P, 0) == q && q[P] == 'b' && touch(q + 2 * P, 0) == SIGSEGV);
  char *r = mmap(NULL, 4 * P, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  r[0] = 'r', r[2 * P] = 's';
  CHECK(mremap(q, 2 * P, 2 * P, MREMAP_MAYMOVE | MREMAP_FIXED, r) == r && r[0] == 'a' && r[P] == 'b' &&
        r[2 * P] == 's');
  CHECK(mremap(r, P, 2 * P, MREMAP_FIXED, r + 8 * P) == MAP_FAILED && errno == EINVAL);
  CHECK(mremap(r, P, 2 * P, MREMAP_MAYMOVE | MREMAP_FIXED, r) == MAP_FAILED && errno == EINVAL);
  CHECK(mremap(r + 1, P, 2 * P, MREMAP_MAYMOVE) == MAP_FAILED && errno == EINVAL);
  CHECK(mremap(p, P, 0, MREMAP_MAYMOVE) == MAP_FAILED && errno == EINVAL);
  munmap(r, 4 * P);
  CHECK(mremap(r, P, 2 * P, MREMAP_MAYMOVE) == MAP_FAILED && errno == EFAULT);
  munmap(p, 8 * P);
  int fd = make_file("m4", 4 * P);
  p = mmap(NULL, 2 * P, PROT_READ | PROT_WRITE, MAP_SHARED, fd, P);
  p[0] = 'S';
  p = mremap(p, 2 * P, 3 * P, MREMAP_MAYMOVE);
  CHECK(p != MAP_FAILED && p[0] == 'S' && p[2 * P] == byte_of(3 * P));
  p[2 * P] = 'T';
  char c;
  CHECK(pread(fd, &c, 1, 3 * P) == 1 && c == 'T');
  munmap(p, 3 * P);
  close(fd);
  unlink("m4");
}

static char *set_break(char *to) { return (char *)syscall(SYS_brk, to); }

static void program_break(void) {
  char *start = set_break(NULL);
  CHECK(set_break(start + 3 * P + 5) == start + 3 * P + 5);
  int zero = 1;
  for (int i = 0; i < 3 * P + 5; i++) zero &= start[i] == 0;
  CHECK(zero);
  memset(start, 'b', 3 * P + 5);
  CHECK(set_break(start + 1) == start + 1 && start[0] == 'b');
  CHECK(set_break(start + 3 * P) == start + 3 * P && start[0] == 'b' && start[2 * P] == 0);
  CHECK(set_break((char *)-4096l) == start + 3 * P && set_break((char *)P) == start + 3 * P);
  CHECK(set_break(start) == start);
}

/* Thousands of areas: every second page has another protection, then they go in another order. */
static void many_areas(void) {
  static char *at[MANY];
  int wrong = 0;
  for (int i = 0; i < MANY; i++) {
    at[i] = mmap(NULL, 2 * P, i % 2 ? PROT_READ | PROT_WRITE : PROT_READ | PROT_WRITE | PROT_EXEC,
                 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (at[i] == MAP_FAILED)
      wrong++;
    else
      *(int *)at[i] = i, *(int *)(at[i] + P) = -i;
  }
  for (int i = 0; i < MANY; i += 3) wrong += mprotect(at[i] + P, P, PROT_READ) != 0;
  for (int i = 0; i < MANY; i++) wrong += *(int *)at[i] != i || *(int *)(at[i] + P) != -i;
  for (int k = 0; k < MANY; k++) wrong += munmap(at[(k * 1009) % MANY], k % 2 ? P : 2 * P) != 0;
  for (int k = 1; k < MANY; k += 2) {
    int i = (k * 1009) % MANY;
    wrong += *(int *)(at[i] + P) != -i || munmap(at[i] + P, P) != 0;
  }
  CHECK(wrong == 0);
  size_t huge = (size_t)1 << 40;
  char *p = mmap(NULL, huge, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  CHECK(p != MAP_FAILED);
  CHECK(mprotect(p + huge / 2, P, PROT_READ | PROT_WRITE) == 0 && touch(p + huge / 2, 1) == 0 &&
        touch(p, 0) == SIGSEGV);
  CHECK(munmap(p, huge) == 0);
}

/* A huge reservation costs what is touched of it: walking all of it would take hours. */
static void sparse(void) {
  size_t bytes = (size_t)1 << 45, step = (size_t)1 << 36;
  char *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  int wrong = 0, left = 0;
  CHECK(p != MAP_FAILED);
  for (size_t at = 0; at < bytes; at += step) p[at] = 's', p[at + step - 1] = 'e';
  CHECK(mprotect(p, bytes, PROT_READ) == 0 && touch(p + step, 1) == SIGSEGV);
  for (size_t at = 0; at < bytes; at += step) wrong += p[at] != 's' || p[at + step - 1] != 'e' || p[at + P] != 0;
  CHECK(wrong == 0);
  CHECK(madvise(p + step + P, bytes / 2, MADV_DONTNEED) == 0);
  for (size_t at = 0; at < bytes; at += step) left += p[at] == 's';
  CHECK(left == 512 - 256);
  CHECK(munmap(p, bytes / 2) == 0 && p[bytes - 1] == 'e' && touch(p + bytes / 2 - 1, 0) == SIGSEGV);
  CHECK(munmap(p + bytes / 2, bytes / 2) == 0 && touch(p + bytes - 1, 0) == SIGSEGV);
}

int main(void) {
  struct sigaction a = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO};
  sigaction(SIGSEGV, &a, NULL);
  sigaction(SIGBUS, &a, NULL);
  private_file();
  shared_file();
  protections();
  shared_nothing();
  refused();
  moved();
  program_break();
  many_areas();
  sparse();
  return check_end();
}
