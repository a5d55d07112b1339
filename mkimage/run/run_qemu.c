/* mkimage/run/run_qemu.c - starts QEMU with the machine's streams on descriptors of ours, and ends it.
 *
 * QEMU gets the write ends of pipes as an fdset and one end of a socket pair;
 * it runs in a process group of its own, reads nothing of our standard input,
 * and dies with us.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mkimage/run/run.h"

/* --- the command ---------------------------------------------------------------- */

enum { WORDS_MAX = 192, WORDS_TEXT = 8192 };

struct words {
  char *at[WORDS_MAX + 1];
  int n;
  char text[WORDS_TEXT];
  size_t used;
  bool full;
};

static void words_add(struct words *w, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void words_add(struct words *w, const char *format, ...) {
  va_list args;
  va_start(args, format);
  int n = vsnprintf(w->text + w->used, sizeof w->text - w->used, format, args);
  va_end(args);
  if (n < 0 || (size_t)n >= sizeof w->text - w->used || w->n == WORDS_MAX) {
    w->full = true;
    return;
  }
  w->at[w->n++] = w->text + w->used;
  w->used += (size_t)n + 1;
}

static void words_point(struct words *w, const char *word) {
  if (w->n == WORDS_MAX)
    w->full = true;
  else
    w->at[w->n++] = (char *)(uintptr_t)word; /* execvp does not write to it */
}

static void words_split(struct words *w, const char *text) {
  while (text != NULL && *(text += strspn(text, " \t")) != 0) {
    size_t n = strcspn(text, " \t");
    words_add(w, "%.*s", (int)n, text);
    text += n;
  }
}

/* The stock of every board; microvm's own serial port and its additions to the boot line are left out. */
static void words_machine(struct words *w, const struct run_plan *plan) {
  static const char *const fixed[] = {"-nodefaults", "-no-user-config", "-no-reboot", "-display",  "none", "-monitor",
                                      "none",        "-serial",         "none",       "-parallel", "none"};
  bool microvm = strcmp(plan->machine, "microvm") == 0;
  words_point(w, plan->qemu);
  for (size_t i = 0; i < sizeof fixed / sizeof fixed[0]; i++) words_point(w, fixed[i]);
  words_add(w, "-M");
  words_add(w, "%s%s%s", plan->machine, microvm ? ",isa-serial=off,auto-kernel-cmdline=off" : "",
            plan->save != NULL ? ",memory-backend=ram" : "");
  if (plan->save != NULL) {
    words_add(w, "-object");
    words_add(w, "memory-backend-file,id=ram,size=%lluM,mem-path=/proc/self/fd/%d,share=on",
              (unsigned long long)plan->memory_mib, plan->save->ram);
  }
  words_add(w, "-m");
  words_add(w, "%lluM", (unsigned long long)plan->memory_mib);
  words_add(w, "-cpu");
  words_point(w, plan->cpu);
  words_add(w, "-kernel");
  words_point(w, plan->image);
  if (plan->initrd != NULL) {
    words_add(w, "-initrd");
    words_point(w, plan->initrd);
  }
  words_add(w, "-append");
  words_point(w, plan->line);
}

static void words_stream(struct words *w, const char *name, int fd, unsigned port) {
  if (fd < 0) return;
  words_add(w, "-add-fd");
  words_add(w, "fd=%d,set=%u", fd, port);
  words_add(w, "-chardev");
  words_add(w, "file,id=%s,path=/dev/fdset/%u,append=on", name, port);
  words_add(w, "-device");
  words_add(w, "isa-debugcon,iobase=0x%x,chardev=%s", port, name);
}

static void words_devices(struct words *w, const int fd[RUN_STREAM_COUNT], int input) {
#define WORDS_STREAM(name, port) words_stream(w, #name, fd[RUN_##name], port);
  RUN_STREAMS(WORDS_STREAM)
#undef WORDS_STREAM
  words_add(w, "-chardev");
  words_add(w, "socket,id=in,fd=%d", input);
  words_add(w, "-device");
  words_add(w, "isa-serial,index=1,iobase=0x%x,irq=3,chardev=in", RUN_PORT_IN);
  words_add(w, "-device");
  words_add(w, "isa-debug-exit,iobase=0x%x,iosize=4", RUN_PORT_EXIT);
}

/* --- starting ------------------------------------------------------------------------ */

/* The ends that the child keeps, and the pipe on which it says that exec failed. */
struct child {
  int stream[RUN_STREAM_COUNT]; /* -1: none */
  int said, input, failed;
  int ram; /* our own, that it may have too; -1: none */
};
static const struct child child_none = {{-1, -1, -1, -1, -1}, -1, -1, -1, -1};

_Noreturn static void child_run(const struct child *c, char **words, pid_t parent) {
  sigset_t none;
  int null = open("/dev/null", O_RDONLY);
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  signal(SIGPIPE, SIG_DFL);
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(1);
  bool ok = null >= 0 && dup2(null, 0) == 0 && dup2(c->said, 1) == 1 && dup2(c->said, 2) == 2;
  for (int i = 0; i < RUN_STREAM_COUNT; i++) ok = ok && (c->stream[i] < 0 || fcntl(c->stream[i], F_SETFD, 0) == 0);
  ok = ok && fcntl(c->input, F_SETFD, 0) == 0 && (c->ram < 0 || fcntl(c->ram, F_SETFD, 0) == 0);
  if (ok) execvp(words[0], words);
  int error = errno;
  (void)!write(c->failed, &error, sizeof error);
  _exit(1);
}

static void child_close(struct child *c) {
  for (int i = 0; i < RUN_STREAM_COUNT; i++)
    if (c->stream[i] >= 0) close(c->stream[i]);
  if (c->said >= 0) close(c->said);
  if (c->input >= 0) close(c->input);
  if (c->failed >= 0) close(c->failed);
}

static void run_qemu_close(struct run_qemu *q) {
  for (int i = 0; i < RUN_STREAM_COUNT; i++)
    if (q->stream[i] >= 0) close(q->stream[i]);
  if (q->said >= 0) close(q->said);
  if (q->input >= 0) close(q->input);
  if (q->ended >= 0) close(q->ended);
}

/* A pipe whose read end, ours, does not block. */
static bool qemu_pipe(int *ours, int *theirs) {
  int p[2];
  if (pipe2(p, O_CLOEXEC) != 0) return false;
  *ours = p[0];
  *theirs = p[1];
  return fcntl(*ours, F_SETFL, O_NONBLOCK) == 0;
}

static bool qemu_channels(struct run_qemu *q, struct child *c, bool joined, bool saves) {
  int pair[2];
  for (int i = 0; i < RUN_STREAM_COUNT; i++)
    if (!(joined && i == RUN_err) && (saves || i != RUN_save) && !qemu_pipe(&q->stream[i], &c->stream[i])) return false;
  if (joined && (c->stream[RUN_err] = fcntl(c->stream[RUN_out], F_DUPFD_CLOEXEC, 3)) < 0) return false;
  if (!qemu_pipe(&q->said, &c->said)) return false;
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) return false;
  q->input = pair[0];
  c->input = pair[1];
  return fcntl(q->input, F_SETFL, O_NONBLOCK) == 0;
}

/* The errno with which exec failed; 0 when it did not. */
static int qemu_exec_error(int failed) {
  int error = 0;
  ssize_t n;
  while ((n = read(failed, &error, sizeof error)) < 0 && errno == EINTR) {
  }
  return n == (ssize_t)sizeof error ? error : 0;
}

static int qemu_say_missing(const struct run_plan *plan, const struct say *say, int error) {
  if (error == ENOENT)
    return say_error(say, EXIT_USAGE, "%s: not found; install qemu-system-x86, or name it in $QEMU",
                     say_name(plan->qemu).text);
  return say_errno(say, plan->qemu, "cannot start", error);
}

static void qemu_show(const struct words *w, const struct say *say) {
  if (!say->verbose) return;
  fputs("mkimage: starting", stderr);
  for (int i = 0; i < w->n; i++) fprintf(stderr, " %s", say_name(w->at[i]).text);
  putc('\n', stderr);
}

static int qemu_fork(struct run_qemu *q, struct child *c, struct words *w) {
  int failed = -1;
  pid_t parent = getpid();
  if (!qemu_pipe(&failed, &c->failed)) return errno;
  if (fcntl(failed, F_SETFL, 0) != 0) return errno;
  pid_t pid = fork();
  if (pid == 0) child_run(c, w->at, parent);
  int error = pid < 0 ? errno : 0;
  if (pid > 0) q->pid = pid;
  child_close(c);
  *c = child_none;
  if (error == 0) error = qemu_exec_error(failed);
  close(failed);
  if (error != 0) return error;
  setpgid(pid, pid); /* whoever comes first; the child's own call may already have been made */
  q->ended = (int)syscall(SYS_pidfd_open, pid, 0);
  return q->ended < 0 ? errno : 0;
}

int run_qemu_start(struct run_qemu *q, const struct run_plan *plan, const struct say *say) {
  struct child c = child_none;
  *q = (struct run_qemu){.ended = -1, .stream = {-1, -1, -1, -1, -1}, .said = -1, .input = -1};
  struct words *w = calloc(1, sizeof *w);
  int status = EXIT_DONE, error = ENOMEM;
  if (w != NULL && qemu_channels(q, &c, plan->joined, plan->save != NULL)) {
    c.ram = plan->save != NULL ? plan->save->ram : -1;
    words_machine(w, plan);
    words_devices(w, c.stream, c.input);
    words_split(w, plan->extra);
    qemu_show(w, say);
    error = w->full ? E2BIG : qemu_fork(q, &c, w);
  } else if (w != NULL)
    error = errno;
  child_close(&c);
  if (error != 0) {
    status = qemu_say_missing(plan, say, error);
    run_qemu_stop(q);
  }
  free(w);
  return status;
}

/* --- ending ------------------------------------------------------------------------------ */

void run_qemu_kill(struct run_qemu *q) {
  if (q->pid > 0 && kill(-q->pid, SIGKILL) != 0) kill(q->pid, SIGKILL);
}

int run_qemu_stop(struct run_qemu *q) {
  int status = 0;
  run_qemu_kill(q);
  while (q->pid > 0 && waitpid(q->pid, &status, 0) < 0 && errno == EINTR) {
  }
  q->pid = 0;
  run_qemu_close(q);
  return status;
}
