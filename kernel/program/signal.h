/* kernel/program/signal.h - signals of the program to itself: from faults, from its own calls, from its timer.
 *
 * Sent ones are pending bits in the thread; they are delivered on the way back to the program, by a frame on its stack
 * (frame.c) or by the default action.
 */
#ifndef KERNEL_PROGRAM_SIGNAL_H
#define KERNEL_PROGRAM_SIGNAL_H

#include "kernel/program/thread.h"

static inline uint64_t signal_bit(int signal) { return 1ull << (signal - 1); }

/* Makes it pending unless it is ignored. */
void signal_send(struct thread *t, const struct lx_siginfo *info);
/* From kill, tkill: si_code tells which. */
void signal_send_self(struct thread *t, int signal, int code);
/* A fault of the instruction just run: when blocked or ignored, the program ends. */
void signal_force(struct thread *t, int signal, int code, uint64_t address);

/* Whether something would be delivered now. */
bool signal_waits(const struct thread *t);
/* Delivers all that waits.  `interrupted`: the call that ended with ERR_INTR and may be run again, or -1. */
void signal_deliver(struct thread *t, int64_t interrupted);
/* Sets the mask, without the signals that cannot be blocked. */
void signal_mask(struct thread *t, uint64_t mask);
/* Handlers vanish with the old program; what was ignored stays so. */
void signal_exec(struct thread *t);
/* The timer of alarm and setitimer: sends SIGALRM when its time has come. */
void signal_tick(struct thread *t);

/* frame.c: pushes the frame for a handler; false: the stack cannot hold it. */
bool frame_push(struct thread *t, int signal, const struct lx_sigaction *action);
/* Takes the registers back from the frame at the stack pointer; false: it is damaged. */
bool frame_pop(struct thread *t);
/* Whether the program's stack pointer lies in its stack for handlers. */
bool frame_on_altstack(const struct thread *t);
/* Another stack for handlers.  ERR_PERM while it is in use, ERR_INVAL, ERR_NOMEM (too small). */
int frame_set_altstack(struct thread *t, struct lx_stack now);
/* Goes back to the system call instruction, with its number. */
void frame_again(struct thread *t, int64_t call);
/* The codes of SIGFPE out of the FPU's own flags. */
int frame_math_code(struct thread *t);

#endif
