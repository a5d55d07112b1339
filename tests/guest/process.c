/* tests/guest/process.c - what a process is: its ids, limits and name, and execve in all its ways.
 *
 * Without arguments it checks what it can and replaces itself step by step: the last step prints the count.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

static void write_file(const char *path, const char *text, int mode) {
  int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  CHECK(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
  fchmod(fd, mode);
  close(fd);
}

static int exec_error(const char *path) {
  char *argv[] = {"x", NULL}, *envp[] = {NULL};
  execve(path, argv, envp);
  return errno;
}

static void refused(const char *self) {
  char *big = malloc(200001), *argv[] = {"x", big, NULL}, *envp[] = {NULL};
  CHECK(exec_error("nowhere") == ENOENT);
  CHECK(exec_error("") == ENOENT);
  CHECK(exec_error(".") == EACCES);
  write_file("plain", "no program\n", 0644);
  CHECK(exec_error("plain") == EACCES);
  CHECK(exec_error("plain/below") == ENOTDIR);
  CHECK(chmod("plain", 0755) == 0 && exec_error("plain") == ENOEXEC);
  write_file("empty", "", 0755);
  CHECK(exec_error("empty") == ENOEXEC);
  write_file("short", "\177ELF\2\1\1", 0755);
  CHECK(exec_error("short") == ENOEXEC);
  write_file("lost", "#!/nowhere/at/all\n", 0755);
  CHECK(exec_error("lost") == ENOENT);
  write_file("bare", "#!   \n", 0755);
  CHECK(exec_error("bare") == ENOEXEC);
  write_file("itself", "#!itself\n", 0755);
  CHECK(exec_error("itself") == ELOOP);
  memset(big, 'a', 200000), big[200000] = 0;
  execve(self, argv, envp);
  CHECK(errno == E2BIG);
  CHECK(execve(self, (char **)8, envp) == -1 && errno == EFAULT);
  CHECK(execve((char *)8, argv, envp) == -1 && errno == EFAULT);
  const char *made[] = {"plain", "empty", "short", "lost", "bare", "itself"};
  for (unsigned i = 0; i < sizeof made / sizeof *made; i++) unlink(made[i]);
  free(big);
}

static void names_and_limits(void) {
  char name[17] = {0};
  struct utsname u;
  struct rlimit l, was;
  struct sysinfo s;
  CHECK(prctl(PR_SET_NAME, "a name of more than sixteen") == 0);
  CHECK(prctl(PR_GET_NAME, name) == 0 && !strcmp(name, "a name of more "));
  CHECK(prctl(12345, 0, 0, 0, 0) == -1 && errno == EINVAL);
  CHECK(uname(&u) == 0 && !strcmp(u.sysname, "Linux") && !strcmp(u.machine, "x86_64"));
  CHECK(sysinfo(&s) == 0 && s.totalram > 0 && s.freeram > 0 && s.freeram <= s.totalram && s.mem_unit > 0);
  CHECK(getrlimit(RLIMIT_NOFILE, &was) == 0 && was.rlim_cur >= 256);
  l = was;
  l.rlim_cur = 10;
  CHECK(setrlimit(RLIMIT_NOFILE, &l) == 0);
  int fd, last = -1;
  while ((fd = open("/", O_RDONLY)) >= 0) last = fd;
  CHECK(errno == EMFILE && last == 9);
  CHECK(dup(0) == -1 && errno == EMFILE);
  CHECK(open("made", O_RDWR | O_CREAT, 0600) == -1 && errno == EMFILE && access("made", F_OK) == -1);
  CHECK(open("nowhere", O_RDONLY) == -1 && errno == EMFILE);
  CHECK(dup2(0, 10) == -1 && errno == EBADF);
  CHECK(fcntl(0, F_DUPFD, 10) == -1 && errno == EINVAL);
  CHECK(setrlimit(RLIMIT_NOFILE, &was) == 0 && dup2(0, 10) == 10);
  CHECK(syscall(SYS_close_range, 5, 10, 0) == 0 && fcntl(5, F_GETFD) == -1 && fcntl(10, F_GETFD) == -1);
  CHECK(fcntl(4, F_GETFD) == 0 && syscall(SYS_close_range, 3, 4, 0) == 0);
  l.rlim_cur = l.rlim_max = 5000;
  CHECK(setrlimit(RLIMIT_NOFILE, &l) == 0);
  for (last = 0; (fd = open("/", O_RDONLY)) >= 0;) last = fd;
  CHECK(errno == EMFILE && last == 4999 && dup2(0, 4321) == 4321 && fcntl(4998, F_GETFD) == 0);
  CHECK(syscall(SYS_close_range, 3, ~0u, 0) == 0 && fcntl(4321, F_GETFD) == -1 && open("/", O_RDONLY) == 3);
  close(3);
  was = l;
  l.rlim_cur = 5, l.rlim_max = 4;
  CHECK(setrlimit(RLIMIT_CORE, &l) == -1 && errno == EINVAL);
  CHECK(syscall(SYS_getrlimit, 1ul << 40 | RLIMIT_NOFILE, &l) == 0 && l.rlim_cur == was.rlim_cur);
  CHECK(getrlimit(99, &l) == -1 && errno == EINVAL);
}

static void alone(void) {
  int status;
  char *set = calloc(1, 128);
  CHECK(wait(&status) == -1 && errno == ECHILD);
  CHECK(waitpid(-1, &status, WNOHANG) == -1 && errno == ECHILD);
  CHECK(getpid() > 0 && syscall(SYS_gettid) == getpid());
  CHECK(syscall(SYS_sched_getaffinity, 0, 128, set) > 0 && *set & 1);
  CHECK(syscall(SYS_sched_yield) == 0);
  CHECK(syscall(SYS_futex, &status, 1, 1, NULL, NULL, 0) == 0);
  status = 7;
  CHECK(syscall(SYS_futex, &status, 0, 8, NULL, NULL, 0) == -1 && errno == EAGAIN);
  struct timespec soon = {0, 1000000};
  CHECK(syscall(SYS_futex, &status, 0, 7, &soon, NULL, 0) == -1 && errno == ETIMEDOUT);
  CHECK(syscall(999) == -1 && errno == ENOSYS);
  free(set);
}

/* Root drops what it is, and cannot get it back but for the saved id. */
static void ids(void) {
  uid_t r, e, s;
  gid_t groups[4] = {5, 6, 7}, got[4];
  CHECK(getuid() == 0 && geteuid() == 0);
  CHECK(setgroups(3, groups) == 0 && getgroups(0, NULL) == 3 && getgroups(4, got) == 3 && got[2] == 7);
  CHECK(getgroups(2, got) == -1 && errno == EINVAL);
  write_file("secret", "s", 0600);
  CHECK(setresgid(100, 101, 102) == 0 && setresuid(1000, 1001, 1002) == 0);
  CHECK(getresuid(&r, &e, &s) == 0 && r == 1000 && e == 1001 && s == 1002);
  CHECK(open("secret", O_RDONLY) == -1 && errno == EACCES);
  CHECK(access("secret", R_OK) == -1 && errno == EACCES);
  CHECK(setuid(0) == -1 && errno == EPERM);
  CHECK(setgroups(1, groups) == -1 && errno == EPERM);
  CHECK(chown("secret", 1001, 101) == -1 && errno == EPERM);
  CHECK(seteuid(1002) == 0 && geteuid() == 1002 && seteuid(1000) == 0 && geteuid() == 1000);
  CHECK(setreuid(-1, 55) == -1 && errno == EPERM);
  CHECK(setuid(1002) == 0 && geteuid() == 1002 && getuid() == 1000);
  CHECK(getgid() == 100 && getegid() == 101);
}

static void step(const char *self, const char *name, char *more) {
  char count[24], failed[24];
  snprintf(count, sizeof count, "%d", check_count);
  snprintf(failed, sizeof failed, "%d", check_failed);
  char *argv[] = {"argv0", (char *)name, count, failed, more, NULL}, *envp[] = {"ONE=1", "", "TWO", NULL};
  execve(self, argv, envp);
  printf("FAILED execve %s: %d\n", self, errno);
  exit(1);
}

static void first(const char *self) {
  refused(self);
  names_and_limits();
  alone();
  int kept = open("/", O_RDONLY), closed = open("/", O_RDONLY | O_CLOEXEC);
  CHECK(kept == 3 && closed == 4);
  signal(SIGUSR1, SIG_IGN);
  signal(SIGUSR2, exit);
  sigset_t set;
  sigemptyset(&set), sigaddset(&set, SIGHUP);
  sigprocmask(SIG_BLOCK, &set, NULL);
  umask(0123);
  step(self, "second", NULL);
}

static void second(const char *self, char **argv, char **envp) {
  struct sigaction a;
  sigset_t set;
  CHECK(!strcmp(argv[0], "argv0") && argv[4] == NULL);
  CHECK(!strcmp(envp[0], "ONE=1") && !envp[1][0] && !strcmp(envp[2], "TWO") && !envp[3]);
  CHECK(fcntl(3, F_GETFD) == 0 && fcntl(4, F_GETFD) == -1 && errno == EBADF);
  close(3);
  CHECK(sigaction(SIGUSR1, NULL, &a) == 0 && a.sa_handler == SIG_IGN);
  CHECK(sigaction(SIGUSR2, NULL, &a) == 0 && a.sa_handler == SIG_DFL);
  CHECK(sigprocmask(SIG_BLOCK, NULL, &set) == 0 && sigismember(&set, SIGHUP) && !sigismember(&set, SIGINT));
  CHECK(umask(022) == 0123);
  char line[300];
  snprintf(line, sizeof line, "#! %s \t one argument \nnever read\n", self);
  write_file("script", line, 0755);
  step("./script", "third", "last");
}

/* self "one argument" ./script third COUNT FAILED last */
static void third(const char *self, int argc, char **argv) {
  CHECK(argc == 7 && !strcmp(argv[1], "one argument") && !strcmp(argv[2], "./script") && !strcmp(argv[6], "last"));
  unlink("script");
  ids();
}

int main(int argc, char **argv, char **envp) {
  const char *self = (const char *)getauxval(AT_EXECFN);
  if (argc >= 6 && !strcmp(argv[3], "third")) {
    self = argv[0];
    check_count = atoi(argv[4]), check_failed = atoi(argv[5]);
    third(self, argc, argv);
    return check_end();
  }
  if (argc >= 4) {
    check_count = atoi(argv[2]), check_failed = atoi(argv[3]);
    second(self, argv, envp);
  }
  first(self);
}
