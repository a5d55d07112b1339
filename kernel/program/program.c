/* kernel/program/program.c - the program's life: started, run from trap to trap, ended.
 *
 * The door of the room.  Each trap is served by its kind; then, on the way back, the timer and pending signals.
 */
#include "kernel/program/program.h"

#include <stdio.h>
#include <string.h>

#include "kernel/program/calls.h"
#include "kernel/program/exec.h"
#include "kernel/program/signal.h"

static void program_out_of_memory(struct process *p) {
  process_say(p, "program: out of memory: wanted %llu, left %llu", (unsigned long long)p->vm->wanted_and_had[0],
              (unsigned long long)p->vm->wanted_and_had[1]);
  process_kill(p, LX_SIGKILL);
}

static void program_page(struct thread *t, const struct trap *trap) {
  int e = vm_fault(t->process->vm, trap->address, trap->access);
  t->trap_address = trap->address;
  t->trap_error = 4 | (trap->access & PROT_W ? 2u : 0) | (trap->access & PROT_X ? 16u : 0) | (trap->present ? 1u : 0);
  switch (e) {
  case 0:
    return;
  case ERR_NOMEM:
    program_out_of_memory(t->process);
    return;
  case ERR_ACCES:
    signal_force(t, LX_SIGSEGV, LX_SEGV_ACCERR, trap->address);
    return;
  case ERR_FAULT:
    signal_force(t, LX_SIGSEGV, LX_SEGV_MAPERR, trap->address);
    return;
  default:
    signal_force(t, LX_SIGBUS, LX_BUS_ADRERR, trap->address);
    return;
  }
}

static void program_trap(struct thread *t, const struct trap *trap) {
  t->trap_number = (uint64_t)trap->code;
  t->trap_error = 0;
  switch (trap->kind) {
  case TRAP_PAGE:
    program_page(t, trap);
    break;
  case TRAP_ILLEGAL:
    signal_force(t, LX_SIGILL, LX_ILL_ILLOPN, t->regs.rip);
    break;
  case TRAP_MATH:
    signal_force(t, LX_SIGFPE, trap->code == 0 ? LX_FPE_INTDIV : frame_math_code(t), t->regs.rip);
    break;
  case TRAP_BREAK:
    signal_force(t, LX_SIGTRAP, trap->code == 3 ? LX_SI_KERNEL : LX_TRAP_TRACE, trap->code == 3 ? 0 : t->regs.rip);
    break;
  case TRAP_ALIGN:
    signal_force(t, LX_SIGBUS, LX_BUS_ADRALN, 0);
    break;
  default:
    signal_force(t, LX_SIGSEGV, LX_SI_KERNEL, 0);
    break;
  }
}

/* Serves a call; the call to run again when a signal with SA_RESTART ended its wait, or -1. */
static int64_t program_call(struct thread *t) {
  uint64_t args[6], number = plat_regs_call(&t->regs);
  for (unsigned i = 0; i < 6; i++) args[i] = plat_regs_arg(&t->regs, i);
  t->regs_set = false;
  int64_t result = calls_dispatch(t, number, args);
  if (!t->regs_set) plat_regs_result(&t->regs, result);
  return result == ERR_INTR && calls_restart(number) ? (int64_t)number : -1;
}

static void program_live(struct thread *t) {
  struct process *p = t->process;
  while (!p->ended) {
    struct trap trap;
    int64_t again = -1;
    plat_run(p->plat, &t->regs, p->alarm_at ? p->alarm_at : UINT64_MAX, &trap);
    if (trap.kind == TRAP_CALL)
      again = program_call(t);
    else if (trap.kind != TRAP_TIME)
      program_trap(t, &trap);
    if (p->alarm_at) signal_tick(t);
    if (t->pending || t->mask_waits) signal_deliver(t, again);
  }
}

static int program_cwd(struct process *p, const char *path) {
  int e = vfs_resolve(p->vfs, &p->cred, vfs_root(p->vfs), path, VFS_FOLLOW, &p->cwd);
  if (e == 0 && (p->cwd->mode & MODE_TYPE) != MODE_DIR) e = ERR_NOTDIR;
  return e;
}

int program_run(const struct program_start *start, struct program_end *end, char *why, size_t why_size) {
  struct thread *t = thread_make(start);
  if (!t) {
    for (int i = 0; i < 3; i++)
      if (start->std[i]) file_close(start->std[i]);
    snprintf(why, why_size, "not enough memory for the program's records (%llu bytes left)",
             (unsigned long long)pages_free(heap_pages(start->heap)));
    return ERR_NOMEM;
  }
  int e = program_cwd(t->process, start->cwd);
  if (e < 0)
    snprintf(why, why_size, "working directory '%s': %s", start->cwd, err_sentence(e));
  else
    e = exec_first(t, start, why, why_size);
  if (e == 0) {
    if (start->starts) start->starts(start->log_owner);
    program_live(t);
    *end = t->process->end;
  }
  thread_drop(t);
  return e;
}
