/* kernel/program/thread.h - what a thread is, and what its process is.
 *
 * There is one thread today; whatever belongs to it stands in struct thread, whatever threads would share in struct
 * process.  Blocking goes through thread_wait() and nothing else.
 */
#ifndef KERNEL_PROGRAM_THREAD_H
#define KERNEL_PROGRAM_THREAD_H

#include <plat_regs.h>

#include "formats/archive.h"
#include "kernel/program/linux.h"
#include "kernel/program/program.h"
#include "kernel/program/vm.h"

enum { PROCESS_ID = 1, PROCESS_CALLS = 512 };

struct process {
  struct plat *plat;
  struct heap *heap;
  struct vfs *vfs;
  struct vm *vm;
  struct fds *fds;
  struct inode *cwd; /* held */
  struct cred cred;
  struct lx_sigaction action[LX_SIGNALS + 1];
  struct lx_rlimit limit[LX_RLIMITS];
  struct lx_termios termios;
  char name[16];
  uint64_t alarm_at, alarm_every; /* uptime in ns; 0: none */
  uint64_t started_ns;
  bool ended;
  struct program_end end;
  uint8_t absent_said[PROCESS_CALLS / 8]; /* one bit for each call that was logged as absent */
  void (*log)(void *owner, const char *line);
  void *log_owner;
};

struct thread {
  struct process *process;
  struct plat_regs regs; /* FS base among them */
  void *fpu;             /* room for a saved FPU state, 64-byte aligned; the state itself stays in the processor */
  void *fpu_block;       /* what the heap gave for it */
  uint64_t mask, pending;
  uint64_t mask_after; /* the mask that comes back when a handler of sigsuspend, ppoll, pselect returns */
  bool mask_waits;     /* mask_after counts */
  struct lx_siginfo info[LX_SIGNALS + 1]; /* of pending signals */
  struct lx_stack altstack;
  uint64_t trap_number, trap_error, trap_address; /* of the last fault, for the signal frame */
  uint64_t clear_tid;
  bool regs_set;            /* the call set all registers itself (execve, rt_sigreturn) */
  int64_t call;             /* the call being served, -1: none */
  char path[2][LIMIT_PATH]; /* copied in, for the call being served */
};

struct thread *thread_make(const struct program_start *start);
void thread_drop(struct thread *t);

/* One line to the log. */
__attribute__((format(printf, 2, 3))) void process_say(struct process *p, const char *format, ...);

/* The end: by exit or by a signal.  The first one counts. */
void process_exit(struct process *p, int status);
void process_kill(struct process *p, int signal);

/* Something to wait for: `events` of a file (VFS_IN ...); `got` is set. */
struct wait {
  struct file *file; /* NULL: never */
  unsigned events, got;
};

/* The one place where the program blocks: until one of n holds (how many do), the uptime deadline is past
 * (0; UINT64_MAX: none) or a signal is to be delivered (ERR_INTR).  A wait that nothing can end ends the program. */
int thread_wait(struct thread *t, struct wait *w, unsigned n, uint64_t deadline_ns);

#endif
