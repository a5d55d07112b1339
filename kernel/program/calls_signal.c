/* kernel/program/calls_signal.c - signal actions and masks, sending to oneself, waiting for one. */
#include "kernel/program/calls.h"
#include "kernel/program/signal.h"

enum { MASK_BYTES = 8 };
enum { MASK_BLOCK, MASK_UNBLOCK, MASK_SET };

int64_t call_rt_sigaction(struct thread *t, const uint64_t a[6]) {
  struct lx_sigaction now, *old;
  uint64_t s = (uint32_t)a[0];
  if (a[3] != MASK_BYTES || s < 1 || s > LX_SIGNALS) return ERR_INVAL;
  if (a[1] && (s == LX_SIGKILL || s == LX_SIGSTOP)) return ERR_INVAL;
  old = &t->process->action[s];
  int e = a[1] ? user_in(t, &now, a[1], sizeof now) : 0;
  if (e == 0 && a[2]) e = user_out(t, a[2], old, sizeof *old);
  if (e < 0 || !a[1]) return e;
  now.mask &= ~(signal_bit(LX_SIGKILL) | signal_bit(LX_SIGSTOP));
  *old = now;
  uint64_t quiet = signal_bit(LX_SIGCHLD) | signal_bit(LX_SIGCONT) | signal_bit(LX_SIGURG) | signal_bit(LX_SIGWINCH);
  if (now.handler == LX_SIG_IGN || (now.handler == LX_SIG_DFL && quiet & signal_bit((int)s)))
    t->pending &= ~signal_bit((int)s);
  return 0;
}

int64_t call_rt_sigprocmask(struct thread *t, const uint64_t a[6]) {
  uint64_t set = 0, old = t->mask;
  if (a[3] != MASK_BYTES) return ERR_INVAL;
  int e = a[1] ? user_in(t, &set, a[1], sizeof set) : 0;
  if (e < 0) return e;
  if (a[1]) switch ((int)a[0]) {
    case MASK_BLOCK:
      signal_mask(t, old | set);
      break;
    case MASK_UNBLOCK:
      signal_mask(t, old & ~set);
      break;
    case MASK_SET:
      signal_mask(t, set);
      break;
    default:
      return ERR_INVAL;
    }
  return a[2] ? user_out(t, a[2], &old, sizeof old) : 0;
}

int64_t call_rt_sigpending(struct thread *t, const uint64_t a[6]) {
  uint64_t waiting = t->pending & t->mask;
  if (a[1] > MASK_BYTES) return ERR_INVAL;
  return user_out(t, a[0], &waiting, a[1]);
}

int64_t call_rt_sigreturn(struct thread *t, const uint64_t a[6]) {
  t->regs_set = true;
  if (!frame_pop(t)) signal_force(t, LX_SIGSEGV, LX_SI_KERNEL, 0);
  return 0;
}

int64_t call_sigaltstack(struct thread *t, const uint64_t a[6]) {
  struct lx_stack now, old = t->altstack;
  if (frame_on_altstack(t)) old.flags |= LX_SS_ONSTACK;
  int e = a[0] ? user_in(t, &now, a[0], sizeof now) : 0;
  if (e == 0 && a[0]) e = frame_set_altstack(t, now);
  return e == 0 && a[1] ? user_out(t, a[1], &old, sizeof old) : e;
}

/* --- sending ------------------------------------------------------------------------------ */

static int64_t send(struct thread *t, uint64_t signal, int code) {
  if ((uint32_t)signal > LX_SIGNALS) return ERR_INVAL;
  if ((int)signal) signal_send_self(t, (int)signal, code);
  return 0;
}

int64_t call_kill(struct thread *t, const uint64_t a[6]) {
  int pid = (int)a[0];
  if (pid == PROCESS_ID || pid == 0 || pid == -PROCESS_ID) return send(t, a[1], LX_SI_USER);
  return (uint32_t)a[1] > LX_SIGNALS ? ERR_INVAL : ERR_SRCH; /* -1: everybody else, and there is nobody */
}

int64_t call_tkill(struct thread *t, const uint64_t a[6]) {
  if ((int)a[0] <= 0) return ERR_INVAL;
  return (int)a[0] == PROCESS_ID ? send(t, a[1], LX_SI_TKILL) : ERR_SRCH;
}

int64_t call_tgkill(struct thread *t, const uint64_t a[6]) {
  if ((int)a[0] <= 0 || (int)a[1] <= 0) return ERR_INVAL;
  return (int)a[0] == PROCESS_ID && (int)a[1] == PROCESS_ID ? send(t, a[2], LX_SI_TKILL) : ERR_SRCH;
}

static int64_t send_info(struct thread *t, uint64_t signal, uint64_t info) {
  struct lx_siginfo x;
  int e = user_in(t, &x, info, sizeof x);
  if (e < 0) return e;
  if ((uint32_t)signal > LX_SIGNALS) return ERR_INVAL;
  x.signo = (int)signal;
  if (x.signo) signal_send(t, &x);
  return 0;
}

int64_t call_rt_sigqueueinfo(struct thread *t, const uint64_t a[6]) {
  return (int)a[0] == PROCESS_ID ? send_info(t, a[1], a[2]) : ERR_SRCH;
}
int64_t call_rt_tgsigqueueinfo(struct thread *t, const uint64_t a[6]) {
  if ((int)a[0] <= 0 || (int)a[1] <= 0) return ERR_INVAL;
  return (int)a[0] == PROCESS_ID && (int)a[1] == PROCESS_ID ? send_info(t, a[2], a[3]) : ERR_SRCH;
}

/* --- waiting --------------------------------------------------------------------------------- */

int64_t call_rt_sigsuspend(struct thread *t, const uint64_t a[6]) {
  uint64_t set;
  if (a[1] != MASK_BYTES) return ERR_INVAL;
  int e = user_in(t, &set, a[0], sizeof set);
  if (e < 0) return e;
  t->mask_after = t->mask;
  t->mask_waits = true;
  signal_mask(t, set);
  return thread_wait(t, NULL, 0, UINT64_MAX);
}

int64_t call_pause(struct thread *t, const uint64_t a[6]) { return thread_wait(t, NULL, 0, UINT64_MAX); }

static int64_t take_signal(struct thread *t, uint64_t set, uint64_t info) {
  int s = __builtin_ctzll(t->pending & set) + 1;
  t->pending &= ~signal_bit(s);
  int e = info ? user_out(t, info, &t->info[s], sizeof t->info[s]) : 0;
  return e < 0 ? e : s;
}

int64_t call_rt_sigtimedwait(struct thread *t, const uint64_t a[6]) {
  uint64_t set, ns, deadline = UINT64_MAX, mask = t->mask;
  if (a[3] != MASK_BYTES) return ERR_INVAL;
  int e = user_in(t, &set, a[0], sizeof set);
  if (e == 0 && a[2]) e = calls_time_in(t, a[2], 1000000000, &ns);
  if (e < 0) return e;
  if (a[2]) deadline = calls_deadline(t, ns);
  set &= ~(signal_bit(LX_SIGKILL) | signal_bit(LX_SIGSTOP));
  if (t->pending & set) return take_signal(t, set, a[1]);
  t->mask &= ~set; /* what is waited for ends the wait even while it is blocked */
  e = thread_wait(t, NULL, 0, deadline);
  t->mask = mask;
  if (t->pending & set) return take_signal(t, set, a[1]);
  return e < 0 ? e : ERR_AGAIN;
}
