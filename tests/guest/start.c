/* tests/guest/start.c - what a program finds at its start: arguments, environment, directory, channels, processor. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "check.h"

extern char **environ;

static void test_calls(void) {
  struct utsname u;
  CHECK(uname(&u) == 0 && !strcmp(u.sysname, "Linux") && !strcmp(u.machine, "x86_64"));
  struct timespec a, b, nap = {0, 20000000};
  CHECK(clock_gettime(CLOCK_MONOTONIC, &a) == 0 && nanosleep(&nap, NULL) == 0 &&
        clock_gettime(CLOCK_MONOTONIC, &b) == 0);
  long ms = (b.tv_sec - a.tv_sec) * 1000 + (b.tv_nsec - a.tv_nsec) / 1000000;
  CHECK(ms >= 20 && ms < 10000);
  CHECK(time(NULL) > 1600000000);
  struct rlimit limit;
  CHECK(getrlimit(RLIMIT_STACK, &limit) == 0 && limit.rlim_cur >= 1 << 20);
  CHECK(isatty(1) == 0 && errno == ENOTTY);
  CHECK(sysconf(_SC_NPROCESSORS_ONLN) >= 1 && sysconf(_SC_PAGESIZE) == 4096);
  CHECK(getauxval(AT_PAGESZ) == 4096 && getauxval(AT_RANDOM) != 0 && getauxval(AT_SECURE) == 0);
  char one[16], two[16];
  CHECK(getentropy(one, 16) == 0 && getentropy(two, 16) == 0 && memcmp(one, two, 16));
}

static void test_descriptors(void) {
  int fd = open("/dev/null", O_WRONLY), ends[2];
  CHECK(fd == 3 && dup(fd) == 4 && dup2(fd, 9) == 9 && close(4) == 0 && close(9) == 0);
  CHECK(fcntl(fd, F_GETFD) == 0 && fcntl(fd, F_SETFD, FD_CLOEXEC) == 0 && fcntl(fd, F_GETFD) == FD_CLOEXEC);
  CHECK((fcntl(fd, F_GETFL) & O_ACCMODE) == O_WRONLY && write(fd, "x", 1) == 1);
  CHECK(fcntl(fd, F_DUPFD, 20) == 20 && close(20) == 0 && close(fd) == 0);
  CHECK(pipe(ends) == 0 && write(ends[1], "through", 7) == 7);
  char got[8] = "";
  CHECK(read(ends[0], got, 8) == 7 && !strcmp(got, "through"));
  CHECK(close(ends[1]) == 0 && read(ends[0], got, 8) == 0 && close(ends[0]) == 0);
  struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 1, .l_len = 5};
  fd = open("locked", O_RDWR | O_CREAT, 0600);
  CHECK(fcntl(fd, F_SETLK, &lock) == 0 && fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type == F_UNLCK);
  CHECK(close(fd) == 0 && unlink("locked") == 0);
}

int main(int argc, char **argv) {
  char cwd[256];
  for (int i = 0; i < argc; i++) printf("argv[%d] = <%s>\n", i, argv[i]);
  for (char **e = environ; *e; e++) printf("env <%s>\n", *e);
  printf("cwd %s\n", getcwd(cwd, sizeof cwd));
  printf("ids %d %d %d %d\n", getuid(), geteuid(), getgid(), getegid());
  test_calls();
  test_descriptors();
  return check_end();
}
