/* tests/guest/polls.c - pipes, and waiting for them: poll, ppoll, select, pselect; what is ready and what is not. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "check.h"

static char big[70000];

static void pipes(void) {
  int p[2], n;
  struct stat st;
  CHECK(pipe2(p, O_NONBLOCK | O_CLOEXEC) == 0 && fcntl(p[0], F_GETFD) == FD_CLOEXEC);
  CHECK(fstat(p[0], &st) == 0 && S_ISFIFO(st.st_mode) && (st.st_mode & 0777) == 0600);
  CHECK(fcntl(p[0], F_GETFL) == (O_RDONLY | O_NONBLOCK) && fcntl(p[1], F_GETFL) == (O_WRONLY | O_NONBLOCK));
  CHECK(read(p[0], big, 1) == -1 && errno == EAGAIN);
  CHECK(read(p[1], big, 1) == -1 && errno == EBADF && write(p[0], big, 1) == -1 && errno == EBADF);
  CHECK(lseek(p[0], 0, SEEK_SET) == -1 && errno == ESPIPE);
  CHECK(pread(p[0], big, 1, 0) == -1 && errno == ESPIPE && pwrite(p[1], big, 1, 0) == -1 && errno == ESPIPE);
  CHECK(write(p[1], "hello", 5) == 5 && ioctl(p[0], FIONREAD, &n) == 0 && n == 5);
  struct iovec v[3] = {{big, 2}, {big + 10, 0}, {big + 20, 2}};
  CHECK(readv(p[0], v, 3) == 4 && big[1] == 'e' && big[21] == 'l' && read(p[0], big, 9) == 1 && big[0] == 'o');
  CHECK(write(p[1], big, sizeof big) == 65536 && write(p[1], big, 1) == -1 && errno == EAGAIN);
  CHECK(read(p[0], big, sizeof big) == 65536);
  CHECK(fcntl(p[0], F_GETPIPE_SZ) == 65536);
  n = 0;
  CHECK(ioctl(p[0], FIONBIO, &n) == 0 && fcntl(p[0], F_GETFL) == O_RDONLY);
  close(p[1]);
  CHECK(read(p[0], big, 1) == 0);
  close(p[0]);
  CHECK(pipe2(p, 1) == -1 && errno == EINVAL);
  CHECK(pipe((int *)8) == -1 && errno == EFAULT);
  CHECK((n = open("/", O_RDONLY)) >= 0 && close(n) == 0); /* nothing leaked: the lowest numbers are free */
  CHECK(n == 3);
}

static void polls(void) {
  int p[2], fd = open("file", O_RDWR | O_CREAT, 0600);
  CHECK(pipe(p) == 0);
  struct pollfd f[4] = {{p[0], POLLIN, 9}, {p[1], POLLOUT | POLLIN, 9}, {fd, POLLIN | POLLOUT, 9}, {-5, POLLIN, 9}};
  CHECK(poll(f, 4, 0) == 2 && f[0].revents == 0 && f[1].revents == POLLOUT && f[2].revents == (POLLIN | POLLOUT));
  CHECK(f[3].revents == 0);
  CHECK(poll(f, 1, 20) == 0);
  CHECK(write(p[1], "x", 1) == 1 && poll(f, 1, -1) == 1 && f[0].revents == POLLIN);
  f[0].events = POLLRDNORM | POLLPRI;
  CHECK(poll(f, 1, 0) == 1 && f[0].revents == POLLRDNORM);
  f[0].events = 0;
  CHECK(poll(f, 1, 0) == 0);
  close(p[1]);
  CHECK(poll(f, 2, 1000) == 2 && f[0].revents == POLLHUP && f[1].revents == POLLNVAL);
  f[0].events = POLLIN;
  CHECK(poll(f, 1, -1) == 1 && f[0].revents == (POLLIN | POLLHUP));
  CHECK(read(p[0], big, 5) == 1 && read(p[0], big, 5) == 0);
  CHECK(poll((struct pollfd *)8, 1, 0) == -1 && errno == EFAULT);
  CHECK(poll(f, 1u << 30, 0) == -1 && errno == EINVAL);
  close(p[0]);
  CHECK(pipe(p) == 0 && close(p[0]) == 0);
  f[0] = (struct pollfd){p[1], POLLOUT, 0};
  CHECK(poll(f, 1, 0) == 1 && f[0].revents & POLLERR);
  close(p[1]);
  close(fd);
  unlink("file");
}

static volatile int rang;
static void ring(int s) { rang++; }

static void selects(void) {
  int p[2];
  fd_set r, w;
  struct timeval t = {0, 20000};
  CHECK(pipe(p) == 0);
  FD_ZERO(&r);
  FD_ZERO(&w);
  FD_SET(p[0], &r);
  FD_SET(p[1], &w);
  CHECK(select(p[1] + 1, &r, &w, NULL, NULL) == 1 && !FD_ISSET(p[0], &r) && FD_ISSET(p[1], &w));
  FD_SET(p[0], &r);
  CHECK(select(p[0] + 1, &r, NULL, NULL, &t) == 0 && !FD_ISSET(p[0], &r));
  CHECK(write(p[1], "x", 1) == 1);
  FD_ZERO(&r);
  FD_SET(p[0], &r);
  CHECK(select(p[0] + 1, &r, NULL, NULL, NULL) == 1 && FD_ISSET(p[0], &r));
  CHECK(select(-1, NULL, NULL, NULL, &t) == -1 && errno == EINVAL);
  FD_ZERO(&r);
  FD_SET(20, &r);
  CHECK(select(21, &r, NULL, NULL, &t) == -1 && errno == EBADF);
  /* A blocked signal comes in only while pselect waits, and its mask is as before afterwards. */
  sigset_t set, old, now;
  struct sigaction a = {.sa_handler = ring};
  struct itimerval once = {.it_value = {0, 20000}};
  struct timespec long_time = {5, 0};
  sigemptyset(&set), sigaddset(&set, SIGALRM);
  sigprocmask(SIG_BLOCK, &set, &old);
  sigaction(SIGALRM, &a, NULL);
  CHECK(setitimer(ITIMER_REAL, &once, NULL) == 0);
  CHECK(pselect(0, NULL, NULL, NULL, &long_time, &old) == -1 && errno == EINTR && rang == 1);
  CHECK(sigprocmask(SIG_BLOCK, NULL, &now) == 0 && sigismember(&now, SIGALRM));
  struct pollfd f = {p[0], POLLIN, 0};
  raise(SIGALRM);
  CHECK(ppoll(&f, 1, &long_time, &set) == 1 && rang == 1);
  CHECK(read(p[0], big, 1) == 1);
  CHECK(ppoll(&f, 1, &long_time, &old) == -1 && errno == EINTR && rang == 2);
  close(p[0]), close(p[1]);
}

static void clocks(void) {
  struct timespec a, b, bad = {0, 1000000000}, some = {0, 15000000}, res;
  struct timeval tv;
  CHECK(clock_gettime(CLOCK_MONOTONIC, &a) == 0);
  CHECK(nanosleep(&some, NULL) == 0 && clock_gettime(CLOCK_MONOTONIC, &b) == 0);
  CHECK((b.tv_sec - a.tv_sec) * 1000000000l + b.tv_nsec - a.tv_nsec >= 15000000);
  CHECK(nanosleep(&bad, NULL) == -1 && errno == EINVAL);
  CHECK(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &a, NULL) == 0);
  b.tv_nsec += 10000000, b.tv_sec += b.tv_nsec / 1000000000, b.tv_nsec %= 1000000000;
  CHECK(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &b, NULL) == 0 && clock_gettime(CLOCK_MONOTONIC, &a) == 0);
  CHECK(a.tv_sec > b.tv_sec || (a.tv_sec == b.tv_sec && a.tv_nsec >= b.tv_nsec));
  CHECK(clock_gettime(CLOCK_REALTIME, &a) == 0 && gettimeofday(&tv, NULL) == 0 && tv.tv_sec - a.tv_sec <= 1);
  CHECK(a.tv_sec > 1600000000 && time(NULL) - a.tv_sec <= 1);
  const clockid_t known[] = {0, 1, 2, 3, 4, 5, 6, 7};
  int good = 1;
  for (unsigned i = 0; i < 8; i++) good &= clock_gettime(known[i], &a) == 0 && clock_getres(known[i], &res) == 0;
  CHECK(good);
  CHECK(clock_gettime(999, &a) == -1 && errno == EINVAL);
  CHECK(clock_gettime(CLOCK_MONOTONIC, &a) == 0 && clock_gettime(CLOCK_MONOTONIC_COARSE, &b) == 0);
  CHECK(clock() != (clock_t)-1);
}

int main(void) {
  pipes();
  polls();
  selects();
  clocks();
  return check_end();
}
