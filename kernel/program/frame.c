/* kernel/program/frame.c - the signal frame of Linux on x86-64: registers to the program's stack and back.
 *
 * struct rt_sigframe below the red zone, the FPU state in XSAVE layout above it, as the x86-64 kernel has it.  What
 * comes back from the program is hostile: segments are compared, flags are masked, the FPU state is checked by plat.
 */
#include <string.h>

#include "formats/bytes.h"
#include "kernel/program/signal.h"
#include "kernel/program/user.h"

enum { USER_CS = 0x33, USER_SS = 0x2b, RED_ZONE = 128, FX_BYTES = 512, FX_SOFTWARE = 464 };
enum { UC_FP_XSTATE = 1, UC_SIGCONTEXT_SS = 2, UC_STRICT_RESTORE_SS = 4 };
enum { FLAGS_USER = 0x250dd5, FLAGS_ALWAYS = 0x202, FLAGS_TF_DF_RF = 0x10500 };
#define FP_MAGIC1 0x46505853u
#define FP_MAGIC2 0x46505845u

bool frame_on_altstack(const struct thread *t) {
  uint64_t sp = t->regs.rsp;
  return !(t->altstack.flags & (int)LX_SS_DISABLE) && sp > t->altstack.sp && sp - t->altstack.sp <= t->altstack.size;
}

int frame_set_altstack(struct thread *t, struct lx_stack now) {
  uint32_t mode = (uint32_t)now.flags & ~LX_SS_AUTODISARM;
  if (frame_on_altstack(t)) return ERR_PERM;
  if (mode != 0 && mode != LX_SS_ONSTACK && mode != LX_SS_DISABLE) return ERR_INVAL;
  if (mode == LX_SS_DISABLE)
    now.sp = now.size = 0;
  else if (now.size < LX_MINSIGSTKSZ)
    return ERR_NOMEM;
  now.flags &= ~LX_SS_ONSTACK;
  t->altstack = now;
  return 0;
}

static void frame_save_registers(const struct thread *t, struct lx_sigcontext *c) {
  const struct plat_regs *r = &t->regs;
  *c = (struct lx_sigcontext){.r8 = r->r8,
                              .r9 = r->r9,
                              .r10 = r->r10,
                              .r11 = r->r11,
                              .r12 = r->r12,
                              .r13 = r->r13,
                              .r14 = r->r14,
                              .r15 = r->r15,
                              .di = r->rdi,
                              .si = r->rsi,
                              .bp = r->rbp,
                              .bx = r->rbx,
                              .dx = r->rdx,
                              .ax = r->rax,
                              .cx = r->rcx,
                              .sp = r->rsp,
                              .ip = r->rip,
                              .flags = r->rflags,
                              .cs = USER_CS,
                              .ss = USER_SS,
                              .err = t->trap_error,
                              .trapno = t->trap_number,
                              .oldmask = t->mask,
                              .cr2 = t->trap_address};
}

/* The FPU state at `at`, marked as extended where it is. */
static int frame_save_fpu(struct thread *t, uint64_t at, size_t bytes) {
  uint8_t *f = t->fpu;
  plat_fpu_save(t->process->plat, f);
  if (bytes <= FX_BYTES) return user_out(t, at, f, bytes);
  uint8_t mark[48] = {0}, end[4];
  bytes_put_le32(mark, FP_MAGIC1);
  bytes_put_le32(mark + 4, (uint32_t)bytes + 4);
  bytes_put_le64(mark + 8, bytes_le64(f + FX_BYTES) | 3);
  bytes_put_le32(mark + 16, (uint32_t)bytes);
  bytes_put_le32(end, FP_MAGIC2);
  memcpy(f + FX_SOFTWARE, mark, sizeof mark);
  int e = user_out(t, at, f, bytes);
  return e < 0 ? e : user_out(t, at + bytes, end, sizeof end);
}

bool frame_push(struct thread *t, int signal, const struct lx_sigaction *action) {
  struct lx_sigframe f;
  size_t fpu = plat_fpu_bytes(t->process->plat);
  bool alt = action->flags & LX_SA_ONSTACK && !(t->altstack.flags & (int)LX_SS_DISABLE) && !frame_on_altstack(t);
  uint64_t low = alt ? t->altstack.sp : 0;
  uint64_t top = alt ? t->altstack.sp + t->altstack.size : t->regs.rsp - RED_ZONE;
  uint64_t fpregs = (top - fpu - 4) & ~(uint64_t)63;
  uint64_t at = ((fpregs - sizeof f) & ~(uint64_t)15) - 8;
  if (!(action->flags & LX_SA_RESTORER) || at < low || at > top) return false;
  memset(&f, 0, sizeof f);
  f.pretcode = action->restorer;
  f.uc.flags = (fpu > FX_BYTES ? UC_FP_XSTATE : 0) | UC_SIGCONTEXT_SS | UC_STRICT_RESTORE_SS;
  f.uc.stack = t->altstack;
  if (frame_on_altstack(t)) f.uc.stack.flags |= LX_SS_ONSTACK;
  frame_save_registers(t, &f.uc.mc);
  f.uc.mc.fpstate = fpregs;
  f.uc.sigmask = t->mask_waits ? t->mask_after : t->mask;
  f.info = t->info[signal];
  if (frame_save_fpu(t, fpregs, fpu) < 0 || user_out(t, at, &f, sizeof f) < 0) return false;
  if (alt && (uint32_t)t->altstack.flags & LX_SS_AUTODISARM) t->altstack = (struct lx_stack){.flags = LX_SS_DISABLE};
  t->regs.rdi = (uint64_t)signal;
  t->regs.rsi = at + offsetof(struct lx_sigframe, info);
  t->regs.rdx = at + offsetof(struct lx_sigframe, uc);
  t->regs.rax = 0;
  t->regs.rip = action->handler;
  t->regs.rsp = at;
  t->regs.rflags &= ~(uint64_t)FLAGS_TF_DF_RF;
  return true;
}

static void frame_load_registers(struct thread *t, const struct lx_sigcontext *c) {
  struct plat_regs *r = &t->regs;
  r->r8 = c->r8, r->r9 = c->r9, r->r10 = c->r10, r->r11 = c->r11;
  r->r12 = c->r12, r->r13 = c->r13, r->r14 = c->r14, r->r15 = c->r15;
  r->rdi = c->di, r->rsi = c->si, r->rbp = c->bp, r->rbx = c->bx;
  r->rdx = c->dx, r->rax = c->ax, r->rcx = c->cx, r->rsp = c->sp;
  r->rip = c->ip;
  r->rflags = (c->flags & FLAGS_USER) | FLAGS_ALWAYS;
}

static bool frame_load_fpu(struct thread *t, uint64_t at) {
  struct plat *p = t->process->plat;
  if (!at) {
    plat_fpu_reset(p);
    return true;
  }
  if (user_in(t, t->fpu, at, plat_fpu_bytes(p)) < 0) return false;
  return plat_fpu_load(p, t->fpu);
}

bool frame_pop(struct thread *t) {
  struct lx_sigframe f;
  if (user_in(t, &f, t->regs.rsp - 8, sizeof f) < 0) return false;
  if (f.uc.mc.cs != USER_CS || f.uc.mc.ip >= t->process->vm->end) return false;
  if (!frame_load_fpu(t, f.uc.mc.fpstate)) return false;
  frame_load_registers(t, &f.uc.mc);
  signal_mask(t, f.uc.sigmask);
  frame_set_altstack(t, f.uc.stack); /* one that cannot be stays as it was, and is no error, as on Linux */
  return true;
}

void frame_again(struct thread *t, int64_t call) {
  t->regs.rip -= 2; /* syscall is two bytes */
  t->regs.rax = (uint64_t)call;
}

int frame_math_code(struct thread *t) {
  plat_fpu_save(t->process->plat, t->fpu);
  const uint8_t *f = t->fpu;
  uint32_t x87 = bytes_le16(f + 2) & ~(uint32_t)bytes_le16(f), mxcsr = bytes_le32(f + 24);
  uint32_t raised = (x87 | (mxcsr & ~(mxcsr >> 7))) & 0x3f;
  if (raised & 1) return LX_FPE_FLTINV;
  if (raised & 4) return LX_FPE_FLTDIV;
  if (raised & 8) return LX_FPE_FLTOVF;
  if (raised & 0x12) return LX_FPE_FLTUND;
  return raised & 0x20 ? LX_FPE_FLTRES : LX_FPE_FLTINV;
}
