/* tests/guest/edges.c - calls at their edges: lengths and buffers that end early, locks, descriptors to run. */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "check.h"

enum { P = 4096 };

/* Two pages with nothing behind them. */
static char *before_nothing(void) {
  char *p = mmap(NULL, 3 * P, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  munmap(p + 2 * P, P);
  return p + 2 * P;
}

static void buffers(void) {
  char *edge = before_nothing(), back[16];
  int fd = open("e1", O_RDWR | O_CREAT | O_TRUNC, 0644);
  memcpy(edge - 3, "abc", 3);
  CHECK(write(fd, edge - 3, 10) == 3 && lseek(fd, 0, SEEK_END) == 3);
  CHECK(pread(fd, back, 16, 0) == 3 && !memcmp(back, "abc", 3));
  CHECK(write(fd, "defghi", 6) == 6);
  CHECK(pread(fd, edge - 2, 9, 0) == 2 && edge[-2] == 'a' && edge[-1] == 'b');
  CHECK(pread(fd, edge, 9, 0) == -1 && errno == EFAULT);
  struct iovec v[2] = {{edge - 1, 1}, {edge, 4}};
  CHECK(preadv(fd, v, 2, 4) == 1 && edge[-1] == 'e');
  v[0].iov_base = edge - 4, v[0].iov_len = 8;
  CHECK(preadv(fd, v, 1, 0) == 4 && !memcmp(edge - 4, "abcd", 4));
  CHECK(syscall(SYS_read, fd, edge - P, -1L) == -1 && errno == EFAULT);
  CHECK(syscall(SYS_write, fd, edge - P, -1L) == -1 && errno == EFAULT);
  v[0].iov_len = (size_t)-1;
  CHECK(readv(fd, v, 1) == -1 && errno == EINVAL);
  for (int n = 7; n < 12; n++) { /* vectors that the kernel holds on its stack, and more */
    struct iovec many[12];
    for (int i = 0; i < n; i++) many[i] = (struct iovec){back + i, 1};
    CHECK(preadv(fd, many, n, 0) == (n < 9 ? n : 9) && !memcmp(back, "abcdefghi", n < 9 ? (size_t)n : 9));
  }
  close(fd);
  unlink("e1");
}

static void locks(void) {
  int fd = open("e2", O_RDWR | O_CREAT | O_TRUNC, 0644), ro = open("e2", O_RDONLY), wo = open("e2", O_WRONLY);
  int dir = open(".", O_RDONLY | O_DIRECTORY);
  struct flock l = {.l_type = F_WRLCK, .l_len = 5};
  CHECK(flock(dir, LOCK_EX) == 0 && flock(dir, LOCK_UN) == 0);
  CHECK(flock(ro, LOCK_EX) == 0 && flock(wo, LOCK_SH | LOCK_NB) == -1 && errno == EWOULDBLOCK);
  CHECK(flock(ro, LOCK_UN) == 0 && flock(wo, LOCK_SH) == 0 && flock(wo, LOCK_UN) == 0);
  CHECK(fcntl(ro, F_SETLK, &l) == -1 && errno == EBADF);
  l.l_type = F_RDLCK;
  CHECK(fcntl(wo, F_SETLK, &l) == -1 && errno == EBADF);
  CHECK(fcntl(fd, F_SETLK, &l) == 0);
  close(dir), close(wo), close(ro), close(fd);
  unlink("e2");
}

/* Bad pointers; where the file system keeps no attributes, that is what is said. */
static void attributes(void) {
  char *edge = before_nothing(), *bad = edge;
  int fd = open("e4", O_RDWR | O_CREAT | O_TRUNC, 0644);
  if (fsetxattr(fd, "user.a", "12345", 5, 0) != 0) fprintf(stderr, "no attributes here\n");
  CHECK(fsetxattr(fd, bad, "1", 1, 0) == -1 && errno == EFAULT);
  CHECK(fsetxattr(fd, "user.a", edge - 1, 2, 0) == -1 && errno == EFAULT);
  CHECK(fgetxattr(fd, bad, edge - 5, 5) == -1 && errno == EFAULT);
  CHECK(fgetxattr(fd, "user.a", edge - 4, 5) == -1 && (errno == EFAULT || errno == EOPNOTSUPP));
  CHECK(fgetxattr(fd, "user.a", edge - 5, 5) == 5 || errno == EOPNOTSUPP);
  CHECK(flistxattr(fd, edge - 6, 7) <= 0 || errno == EFAULT);
  CHECK(removexattr(bad, "user.a") == -1 && errno == EFAULT);
  CHECK(fremovexattr(fd, bad) == -1 && errno == EFAULT);
  close(fd);
  unlink("e4");
}

static void memory(void) {
  char *p = mmap(NULL, 4 * P, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CHECK(mprotect(p, P, PROT_READ | 8 /* PROT_SEM */) == 0 && mprotect(p, P, PROT_READ | 16) == -1 && errno == EINVAL);
  p[P] = 'k';
  CHECK(mremap(p, 4 * P, 2 * P, 0) == p && p[P] == 'k'); /* over two areas: it only gets shorter */
  CHECK(msync(p + 2 * P, P, MS_SYNC) == -1 && errno == ENOMEM);
  CHECK(mremap(p, 2 * P, 3 * P, MREMAP_MAYMOVE) == MAP_FAILED && errno == EFAULT);
  char *to = mmap(NULL, P, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CHECK(mremap(p, 2 * P, P, MREMAP_MAYMOVE | MREMAP_FIXED, to) == to && msync(p + P, P, MS_SYNC) == -1);
  munmap(to, P);
}

/* Deeper than a path may be long. */
static void deep(void) {
  char path[64];
  int depth = 0;
  while (depth < 1500 && mkdir("deep", 0755) == 0 && chdir("deep") == 0) depth++;
  CHECK(depth == 1500);
  CHECK(syscall(SYS_getcwd, path, 1L << 20) == -1 && errno == ENAMETOOLONG);
  CHECK(syscall(SYS_getcwd, path, sizeof path) == -1 && errno == ENAMETOOLONG);
  while (depth > 0 && chdir("..") == 0 && rmdir("deep") == 0) depth--;
  CHECK(depth == 0 && syscall(SYS_getcwd, path, sizeof path) > 0);
  CHECK(syscall(SYS_getcwd, path, 1) == -1 && errno == ERANGE);
}

static long execute(int fd, const char *path, char **argv, int flags) {
  char *envp[] = {"STEP=1", NULL};
  return syscall(SYS_execveat, fd, path, argv, envp, flags);
}

/* Starts the program over, by its open file: the last thing that is done. */
static void by_descriptor(const char *self) {
  char count[12], failed[12], *argv[] = {(char *)self, count, failed, NULL};
  int fd = open(self, O_PATH | O_CLOEXEC), plain = open("e3", O_RDWR | O_CREAT | O_TRUNC, 0644), ends[2];
  CHECK(fd >= 0 && pipe(ends) == 0);
  CHECK(execute(plain, "", argv, AT_EMPTY_PATH) == -1 && errno == EACCES);
  CHECK(fchmod(plain, 0755) == 0 && write(plain, "text\n", 5) == 5);
  close(plain);
  CHECK((plain = open("e3", O_RDONLY)) >= 0);
  CHECK(execute(plain, "", argv, AT_EMPTY_PATH) == -1 && errno == ENOEXEC);
  CHECK(execute(plain, "", argv, 0) == -1 && errno == ENOENT);
  CHECK(execute(ends[0], "", argv, AT_EMPTY_PATH) == -1 && errno == EACCES);
  CHECK(execute(99, "", argv, AT_EMPTY_PATH) == -1 && errno == EBADF);
  CHECK(execute(fd, "", argv, AT_EMPTY_PATH | 1) == -1 && errno == EINVAL);
  unlink("e3");
  snprintf(count, sizeof count, "%d", check_count + 1);
  snprintf(failed, sizeof failed, "%d", check_failed);
  fflush(stdout);
  execute(fd, "", argv, AT_EMPTY_PATH);
  CHECK(!"execveat by descriptor");
}

int main(int argc, char **argv) {
  if (argc == 3) {
    int count = 0, failed = 0;
    sscanf(argv[1], "%d", &count), sscanf(argv[2], "%d", &failed);
    check_count = count, check_failed = failed;
    return check_end();
  }
  buffers();
  locks();
  attributes();
  memory();
  deep();
  by_descriptor(argv[0]);
  return check_end();
}
