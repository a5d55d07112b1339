/* kernel/program/signal.c - pending signals, default actions, delivery; the real-time timer.
 *
 * One process whose only sender is itself: nothing arrives but what its calls, its faults and its timer bring about.
 */
#include "kernel/program/signal.h"

#include <string.h>

static const uint64_t ignored_by_default =
    1ull << (LX_SIGCHLD - 1) | 1ull << (LX_SIGURG - 1) | 1ull << (LX_SIGWINCH - 1) | 1ull << (LX_SIGCONT - 1);
/* There is nobody who could wake a stopped program: these do nothing. */
static const uint64_t stops =
    1ull << (LX_SIGSTOP - 1) | 1ull << (LX_SIGTSTP - 1) | 1ull << (LX_SIGTTIN - 1) | 1ull << (LX_SIGTTOU - 1);
static const uint64_t from_faults = 1ull << (LX_SIGSEGV - 1) | 1ull << (LX_SIGBUS - 1) | 1ull << (LX_SIGFPE - 1) |
                                    1ull << (LX_SIGILL - 1) | 1ull << (LX_SIGTRAP - 1);

static bool signal_does_nothing(const struct process *p, int signal) {
  uint64_t handler = p->action[signal].handler;
  if (handler == LX_SIG_IGN) return true;
  return handler == LX_SIG_DFL && ((ignored_by_default | stops) & signal_bit(signal));
}

void signal_send(struct thread *t, const struct lx_siginfo *info) {
  uint64_t bit = signal_bit(info->signo);
  if (signal_does_nothing(t->process, info->signo) && !(t->mask & bit)) return;
  if (!(t->pending & bit)) t->info[info->signo] = *info;
  t->pending |= bit;
}

void signal_send_self(struct thread *t, int signal, int code) {
  struct lx_siginfo info;
  memset(&info, 0, sizeof info);
  info.signo = signal;
  info.code = code;
  info.sent.pid = PROCESS_ID;
  info.sent.uid = t->process->cred.uid;
  signal_send(t, &info);
}

void signal_force(struct thread *t, int signal, int code, uint64_t address) {
  struct process *p = t->process;
  uint64_t bit = signal_bit(signal);
  if (t->mask & bit || p->action[signal].handler == LX_SIG_IGN) {
    p->action[signal].handler = LX_SIG_DFL;
    t->mask &= ~bit;
  }
  memset(&t->info[signal], 0, sizeof t->info[signal]);
  t->info[signal].signo = signal;
  t->info[signal].code = code;
  t->info[signal].address = address;
  t->pending |= bit;
}

bool signal_waits(const struct thread *t) {
  uint64_t ready = t->pending & ~t->mask;
  for (int s = 1; ready && s <= LX_SIGNALS; s++)
    if (ready & signal_bit(s) && !signal_does_nothing(t->process, s)) return true;
  return false;
}

void signal_mask(struct thread *t, uint64_t mask) {
  t->mask = mask & ~(signal_bit(LX_SIGKILL) | signal_bit(LX_SIGSTOP));
}

static int signal_next(const struct thread *t) {
  uint64_t ready = t->pending & ~t->mask;
  if (ready & from_faults) ready &= from_faults;
  return ready ? __builtin_ctzll(ready) + 1 : 0;
}

/* Runs the handler: its frame is pushed, its mask is set. */
static void signal_handle(struct thread *t, int signal) {
  struct lx_sigaction action = t->process->action[signal];
  if (!frame_push(t, signal, &action)) {
    process_kill(t->process, LX_SIGSEGV);
    return;
  }
  t->mask_waits = false;
  if (action.flags & LX_SA_RESETHAND) t->process->action[signal].handler = LX_SIG_DFL;
  signal_mask(t, t->mask | action.mask | (action.flags & LX_SA_NODEFER ? 0 : signal_bit(signal)));
}

void signal_deliver(struct thread *t, int64_t interrupted) {
  struct process *p = t->process;
  int signal;
  while (!p->ended && (signal = signal_next(t))) {
    t->pending &= ~signal_bit(signal);
    if (signal_does_nothing(p, signal)) continue;
    if (p->action[signal].handler == LX_SIG_DFL) {
      process_kill(p, signal);
      return;
    }
    if (interrupted >= 0 && p->action[signal].flags & LX_SA_RESTART) frame_again(t, interrupted);
    interrupted = -1;
    signal_handle(t, signal);
  }
  if (t->mask_waits) t->mask = t->mask_after, t->mask_waits = false;
}

void signal_exec(struct thread *t) {
  for (int s = 1; s <= LX_SIGNALS; s++) {
    struct lx_sigaction *a = &t->process->action[s];
    uint64_t handler = a->handler == LX_SIG_IGN ? LX_SIG_IGN : LX_SIG_DFL;
    memset(a, 0, sizeof *a);
    a->handler = handler;
  }
  t->altstack = (struct lx_stack){.flags = LX_SS_DISABLE};
}

void signal_tick(struct thread *t) {
  struct process *p = t->process;
  if (!p->alarm_at || plat_uptime_ns(p->plat) < p->alarm_at) return;
  uint64_t now = plat_uptime_ns(p->plat);
  if (!p->alarm_every)
    p->alarm_at = 0;
  else
    p->alarm_at += ((now - p->alarm_at) / p->alarm_every + 1) * p->alarm_every;
  struct lx_siginfo info;
  memset(&info, 0, sizeof info);
  info.signo = LX_SIGALRM;
  info.code = LX_SI_KERNEL;
  signal_send(t, &info);
}
