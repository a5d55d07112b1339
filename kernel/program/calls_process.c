/* kernel/program/calls_process.c - the program itself: its end, its successor, its limits, what it may know of the
 * machine. */
#include <stdio.h>
#include <string.h>

#include "kernel/program/calls.h"
#include "kernel/program/exec.h"

int64_t call_exit(struct thread *t, const uint64_t a[6]) {
  process_exit(t->process, (int)a[0]);
  return 0;
}
int64_t call_exit_group(struct thread *t, const uint64_t a[6]) { return call_exit(t, a); }

/* --- execve -------------------------------------------------------------------------- */

/* Strings behind a NULL-terminated array of pointers. */
static int exec_strings(struct thread *t, uint64_t at, struct exec_args *a, char *buffer, size_t *count) {
  enum { STRING_MOST = 131072 };
  for (*count = 0; at; at += 8, ++*count) {
    uint64_t pointer;
    int e = user_in(t, &pointer, at, sizeof pointer);
    if (e < 0) return e;
    if (!pointer) return 0;
    int64_t n = user_string(t, buffer, STRING_MOST, pointer);
    if (n < 0) return n == ERR_NAMETOOLONG ? ERR_TOOBIG : (int)n;
    e = exec_add(a, buffer, (size_t)n);
    if (e < 0) return e;
    if (*count >= EXEC_ARGS / 8) return ERR_TOOBIG;
  }
  return 0;
}

static int exec_collect(struct thread *t, uint64_t argv, uint64_t envp, struct exec_args *a) {
  char *buffer = heap_take(a->heap, 131072);
  if (!buffer) return ERR_NOMEM;
  int e = exec_strings(t, argv, a, buffer, &a->argc);
  if (e == 0 && a->argc == 0) { /* a program without argv[0] gets an empty one, as on Linux */
    e = exec_add(a, "", 0);
    a->argc = 1;
  }
  a->env_at = a->used;
  if (e == 0) e = exec_strings(t, envp, a, buffer, &a->envc);
  heap_give(a->heap, buffer);
  return e;
}

static int64_t exec_at(struct thread *t, struct inode *dir, struct inode *open, uint64_t argv, uint64_t envp) {
  struct exec_args args = {.heap = t->process->heap};
  int e = exec_collect(t, argv, envp, &args);
  if (e == 0) e = exec_replace(t, dir, open, t->path[0], &args);
  exec_drop(&args);
  return e;
}

int64_t call_execve(struct thread *t, const uint64_t a[6]) {
  int e = user_path(t, 0, a[0]);
  return e < 0 ? e : exec_at(t, t->process->cwd, NULL, a[1], a[2]);
}

/* By descriptor alone: named as Linux does, where no such file need be. */
static int64_t exec_descriptor(struct thread *t, const uint64_t a[6]) {
  struct file *f;
  int e = calls_file(t, a[0], &f);
  if (e < 0) return e;
  if (!f->inode) return ERR_ACCES;
  struct inode *open = fs_hold(f->inode); /* a table that closes it on the way keeps it nevertheless */
  snprintf(t->path[0], sizeof t->path[0], "/dev/fd/%d", (int)a[0]);
  int64_t n = exec_at(t, t->process->cwd, open, a[2], a[3]);
  fs_let_go(open);
  return n;
}

int64_t call_execveat(struct thread *t, const uint64_t a[6]) {
  struct inode *dir;
  if (a[4] & ~(uint64_t)(LX_AT_NOFOLLOW | LX_AT_EMPTY_PATH)) return ERR_INVAL;
  int e = a[4] & LX_AT_EMPTY_PATH ? user_path_or_empty(t, 0, a[1]) : user_path(t, 0, a[1]);
  if (e == 0 && !t->path[0][0]) return (int)a[0] == LX_AT_FDCWD ? ERR_ACCES : exec_descriptor(t, a);
  if (e == 0) e = calls_dir(t, a[0], t->path[0], &dir);
  return e < 0 ? e : exec_at(t, dir, NULL, a[2], a[3]);
}

/* --- a process alone ----------------------------------------------------------------------- */

int64_t call_wait4(struct thread *t, const uint64_t a[6]) { return a[2] & ~0xe000000bull ? ERR_INVAL : ERR_CHILD; }
int64_t call_waitid(struct thread *t, const uint64_t a[6]) {
  return a[0] > 3 || !(a[3] & 14) || a[3] & ~0xe100000full ? ERR_INVAL : ERR_CHILD;
}
int64_t call_getpid(struct thread *t, const uint64_t a[6]) { return PROCESS_ID; }
int64_t call_gettid(struct thread *t, const uint64_t a[6]) { return PROCESS_ID; }
int64_t call_getppid(struct thread *t, const uint64_t a[6]) { return 0; }
int64_t call_getpgrp(struct thread *t, const uint64_t a[6]) { return PROCESS_ID; }

static int64_t only_self(uint64_t pid) { return (int)pid == 0 || (int)pid == PROCESS_ID ? PROCESS_ID : ERR_SRCH; }
int64_t call_getpgid(struct thread *t, const uint64_t a[6]) { return only_self(a[0]); }
int64_t call_getsid(struct thread *t, const uint64_t a[6]) { return only_self(a[0]); }
int64_t call_setsid(struct thread *t, const uint64_t a[6]) { return ERR_PERM; } /* the leader of its group already */
int64_t call_setpgid(struct thread *t, const uint64_t a[6]) {
  if ((int)a[1] < 0) return ERR_INVAL;
  return only_self(a[0]) < 0 ? ERR_SRCH : ERR_PERM; /* a session's leader stays in its group */
}

int64_t call_set_tid_address(struct thread *t, const uint64_t a[6]) {
  t->clear_tid = a[0];
  return PROCESS_ID;
}
int64_t call_set_robust_list(struct thread *t, const uint64_t a[6]) { return a[1] == 24 ? 0 : ERR_INVAL; }

/* Every glibc asks at its start and goes on without it: not worth a line in the log. */
int64_t call_rseq(struct thread *t, const uint64_t a[6]) { return ERR_NOSYS; }

/* --- the processor --------------------------------------------------------------------------- */

int64_t call_sched_yield(struct thread *t, const uint64_t a[6]) { return 0; }

int64_t call_sched_getaffinity(struct thread *t, const uint64_t a[6]) {
  const uint64_t one = 1;
  if (only_self(a[0]) < 0) return ERR_SRCH;
  if (a[1] < sizeof one || a[1] & 7) return ERR_INVAL;
  int e = user_out(t, a[2], &one, sizeof one);
  return e < 0 ? e : (int64_t)sizeof one;
}
int64_t call_sched_setaffinity(struct thread *t, const uint64_t a[6]) {
  uint64_t set = 0;
  if (only_self(a[0]) < 0) return ERR_SRCH;
  int e = user_in(t, &set, a[2], a[1] < 8 ? a[1] : 8);
  return e < 0 ? e : set & 1 ? 0 : ERR_INVAL;
}
int64_t call_getcpu(struct thread *t, const uint64_t a[6]) {
  int e = a[0] ? user_zero(t, a[0], 4) : 0;
  return e == 0 && a[1] ? user_zero(t, a[1], 4) : e;
}
int64_t call_getpriority(struct thread *t, const uint64_t a[6]) { return a[0] > 2 ? ERR_INVAL : 20; }
int64_t call_setpriority(struct thread *t, const uint64_t a[6]) { return a[0] > 2 ? ERR_INVAL : 0; }
int64_t call_personality(struct thread *t, const uint64_t a[6]) {
  return (uint32_t)a[0] == 0 || (uint32_t)a[0] == UINT32_MAX ? 0 : ERR_INVAL;
}

enum { ARCH_SET_GS = 0x1001, ARCH_SET_FS, ARCH_GET_FS, ARCH_GET_GS };

int64_t call_arch_prctl(struct thread *t, const uint64_t a[6]) {
  uint64_t *base = a[0] == ARCH_SET_GS || a[0] == ARCH_GET_GS ? &t->regs.gs_base : &t->regs.fs_base;
  switch (a[0]) {
  case ARCH_SET_FS:
  case ARCH_SET_GS:
    if (a[1] >= t->process->vm->end) return ERR_PERM;
    *base = a[1];
    return 0;
  case ARCH_GET_FS:
  case ARCH_GET_GS:
    return user_out(t, a[1], base, sizeof *base);
  default:
    return ERR_INVAL;
  }
}

enum {
  PR_GET_DUMPABLE = 3,
  PR_SET_DUMPABLE = 4,
  PR_SET_NAME = 15,
  PR_GET_NAME = 16,
  PR_SET_NO_NEW_PRIVS = 38,
  PR_GET_NO_NEW_PRIVS = 39
};

int64_t call_prctl(struct thread *t, const uint64_t a[6]) {
  struct process *p = t->process;
  switch ((int)a[0]) {
  case PR_SET_NAME: {
    char name[sizeof p->name] = {0};
    int64_t n = user_string(t, name, sizeof name - 1, a[1]);
    if (n < 0 && n != ERR_NAMETOOLONG) return n;
    memcpy(p->name, name, sizeof name);
    return 0;
  }
  case PR_GET_NAME:
    return user_out(t, a[1], p->name, sizeof p->name);
  case PR_GET_DUMPABLE:
    return 1;
  case PR_SET_DUMPABLE:
    return a[1] > 1 ? ERR_INVAL : 0;
  default:
    return ERR_INVAL;
  }
}

/* --- limits ------------------------------------------------------------------------------------ */

static int64_t limit_set(struct process *p, unsigned which, const struct lx_rlimit *now) {
  struct lx_rlimit *old = &p->limit[which];
  if (now->now > now->most) return ERR_INVAL;
  if (now->most > old->most && p->cred.euid != 0) return ERR_PERM;
  if (which == LX_RLIMIT_NOFILE && now->most > VFS_FILES_MOST) return ERR_PERM;
  *old = *now;
  if (which == LX_RLIMIT_NOFILE) fds_limit(p->fds, (int)now->now);
  return 0;
}

static int64_t limits(struct thread *t, uint32_t which, uint64_t set, uint64_t get) {
  struct lx_rlimit now, old;
  if (which >= LX_RLIMITS) return ERR_INVAL;
  int64_t e = set ? user_in(t, &now, set, sizeof now) : 0;
  old = t->process->limit[which];
  if (e == 0 && set) e = limit_set(t->process, which, &now);
  return e == 0 && get ? user_out(t, get, &old, sizeof old) : e;
}
int64_t call_prlimit64(struct thread *t, const uint64_t a[6]) {
  return only_self(a[0]) < 0 ? ERR_SRCH : limits(t, (uint32_t)a[1], a[2], a[3]);
}
int64_t call_getrlimit(struct thread *t, const uint64_t a[6]) {
  return a[1] ? limits(t, (uint32_t)a[0], 0, a[1]) : ERR_FAULT;
}
int64_t call_setrlimit(struct thread *t, const uint64_t a[6]) {
  return a[1] ? limits(t, (uint32_t)a[0], a[1], 0) : ERR_FAULT;
}

/* --- the machine ---------------------------------------------------------------------------------- */

int64_t call_uname(struct thread *t, const uint64_t a[6]) {
  struct lx_utsname x = {.sysname = "Linux",
                         .nodename = "taproot",
                         .release = "6.1.0-taproot",
                         .version = "#1 Taproot " TAPROOT_VERSION,
                         .machine = PLAT_REGS_NAME,
                         .domain = "(none)"};
  return user_out(t, a[0], &x, sizeof x);
}

int64_t call_sysinfo(struct thread *t, const uint64_t a[6]) {
  struct process *p = t->process;
  struct pages *pages = heap_pages(p->heap);
  struct lx_sysinfo x = {.uptime = (int64_t)(plat_uptime_ns(p->plat) / 1000000000),
                         .totalram = pages_total(pages),
                         .freeram = pages_free(pages),
                         .procs = 1,
                         .unit = 1};
  return user_out(t, a[0], &x, sizeof x);
}

int64_t call_getrandom(struct thread *t, const uint64_t a[6]) {
  uint8_t block[256];
  uint64_t done = 0, n = a[1] < USER_MOST ? a[1] : USER_MOST;
  if (a[2] & ~7ull || (a[2] & 6) == 6) return ERR_INVAL;
  while (done < n) {
    size_t part = n - done < sizeof block ? n - done : sizeof block;
    plat_random(t->process->plat, block, part);
    int e = user_out(t, a[0] + done, block, part);
    if (e < 0) return done ? (int64_t)done : e;
    done += part;
  }
  return (int64_t)done;
}
