/* tests/guest/pointers.c - bad pointers in system calls: EFAULT for the program, never harm to the kernel. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "check.h"

enum { PAGE = 4096 };

static long call(long number, uintptr_t a, uintptr_t b, uintptr_t c, uintptr_t d) {
  long rc = syscall(number, a, b, c, d);
  return rc < 0 ? -errno : rc;
}

/* Each call that reads or writes user memory, with `bad` in the place of its pointer. */
static void test_bad(uintptr_t bad, int zero, int file) {
  uintptr_t z = (uintptr_t)zero, f = (uintptr_t)file, at = (uintptr_t)AT_FDCWD;
  CHECK(call(SYS_read, z, bad, 100, 0) == -EFAULT);
  CHECK(call(SYS_write, f, bad, 100, 0) == -EFAULT);
  CHECK(call(SYS_pread64, f, bad, 4, 0) == -EFAULT);
  CHECK(call(SYS_readv, z, bad, 1, 0) == -EFAULT);
  CHECK(call(SYS_writev, f, bad, 1, 0) == -EFAULT);
  CHECK(call(SYS_openat, at, bad, O_RDONLY, 0) == -EFAULT);
  CHECK(call(SYS_newfstatat, at, bad, bad, 0) == -EFAULT);
  CHECK(call(SYS_newfstatat, at, (uintptr_t) "/", bad, 0) == -EFAULT);
  CHECK(call(SYS_fstat, f, bad, 0, 0) == -EFAULT);
  CHECK(call(SYS_getcwd, bad, 100, 0, 0) == -EFAULT);
  CHECK(call(SYS_readlink, bad, bad, 10, 0) == -EFAULT);
  CHECK(call(SYS_mkdir, bad, 0755, 0, 0) == -EFAULT);
  CHECK(call(SYS_unlink, bad, 0, 0, 0) == -EFAULT);
  CHECK(call(SYS_rename, (uintptr_t) "/", bad, 0, 0) == -EFAULT);
  CHECK(call(SYS_pipe2, bad, 0, 0, 0) == -EFAULT);
  CHECK(call(SYS_uname, bad, 0, 0, 0) == -EFAULT);
  CHECK(call(SYS_sysinfo, bad, 0, 0, 0) == -EFAULT);
  CHECK(call(SYS_clock_gettime, 0, bad, 0, 0) == -EFAULT);
  CHECK(call(SYS_nanosleep, bad, 0, 0, 0) == -EFAULT);
  CHECK(call(SYS_getrandom, bad, 16, 0, 0) == -EFAULT);
  CHECK(call(SYS_poll, bad, 1, 0, 0) == -EFAULT);
  CHECK(call(SYS_rt_sigaction, 10, bad, 0, 8) == -EFAULT);
  CHECK(call(SYS_execve, bad, 0, 0, 0) == -EFAULT);
  struct iovec two[2] = {{(void *)"ok", 2}, {(void *)bad, 4}};
  long rc = call(SYS_writev, f, (uintptr_t)two, 2, 0);
  CHECK(rc == 2 || rc == -EFAULT); /* Linux's file systems answer either */
}

int main(int argc, char **argv) {
  if (argc > 1 && chdir(argv[1])) return 2;
  int zero = open("/dev/zero", O_RDONLY), file = open("pointers.tmp", O_RDWR | O_CREAT | O_TRUNC, 0600);
  CHECK(zero >= 0 && file >= 0 && write(file, "abcdefgh", 8) == 8);
  char *page = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CHECK(munmap(page + PAGE, PAGE) == 0 && mprotect(page + 2 * PAGE, PAGE, PROT_NONE) == 0);
  test_bad(8, zero, file);
  test_bad((uintptr_t)page + PAGE, zero, file);
  test_bad((uintptr_t)page + 2 * PAGE, zero, file);
  test_bad(0x7fffffffe001, zero, file);
  test_bad(0x0000800000000000, zero, file);
  test_bad(0xffff800000000000, zero, file);
  test_bad(0xffffffff80100000, zero, file);
  test_bad(0xfffffffffffff000, zero, file);
  /* a buffer that begins well and ends badly: what fits is moved */
  CHECK(call(SYS_write, (uintptr_t)file, (uintptr_t)page + PAGE - 5, 0, 0) == 0);
  long n = call(SYS_read, (uintptr_t)zero, (uintptr_t)page + PAGE - 5, 100, 0);
  CHECK(n == 5 || n == -EFAULT);
  CHECK(call(SYS_getcwd, (uintptr_t)page, 1, 0, 0) == -ERANGE);
  CHECK(call(SYS_write, (uintptr_t)file, (uintptr_t)page, (uintptr_t)-1, 0) != 0);
  unlink("pointers.tmp");
  return check_end();
}
