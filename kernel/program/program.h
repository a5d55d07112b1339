/* kernel/program/program.h - the program's side: address space, ELF start, system calls.
 *
 * One process with one thread, started from a file of the root; it runs until it exits or dies of a signal.
 *
 * Where it knowingly differs from Linux:
 * - There is no fork, clone or socket: ENOSYS, said once in the log.
 * - Of the interval timers there is the real one: ENOSYS for those of processor time.
 * - A wait that nothing can end (an empty pipe of its own, pause without a timer) ends the program with SIGKILL and a
 *   line in the log, for there is nobody else who could wake or kill it.
 * - Stop signals do nothing; a real-time signal is pending once, however often it was sent.
 * - No key of a terminal sends a signal.
 * - Shared memory without a file is no object of its own: what mremap adds behind a piece of it is new.
 * - The file of the running program may be written (no ETXTBSY).
 */
#ifndef KERNEL_PROGRAM_PROGRAM_H
#define KERNEL_PROGRAM_PROGRAM_H

#include "kernel/mem/heap.h"
#include "kernel/vfscore/vfscore.h"

struct program_start {
  const char *path;        /* absolute */
  const char *const *argv; /* NULL-terminated, argv[0] included */
  const char *const *envp; /* NULL-terminated */
  const char *cwd;         /* absolute */
  struct file *std[3];     /* descriptors 0, 1, 2; the references pass to the program */
  struct vfs *vfs;
  struct heap *heap;
  struct plat *plat;
  void (*starts)(void *owner); /* NULL, or told when all is loaded, right before the first instruction */
  void (*log)(void *owner, const char *line);
  void *log_owner;
};

struct program_end {
  bool signalled;
  int status; /* exit status 0..255, or the signal's number */
};

/* Loads and runs it to its end.  A negative code and a sentence in `why` when it cannot start: for want of
 * memory with what was wanted and what was left. */
int program_run(const struct program_start *start, struct program_end *end, char *why, size_t why_size);

#endif
