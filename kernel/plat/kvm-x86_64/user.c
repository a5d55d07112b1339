/* kernel/plat/kvm-x86_64/user.c - running the program, and touching its memory. */
#include <assert.h>

#include "kernel/plat/kvm-x86_64/inner.h"
#include "kernel/plat/x86_64/cpu.h"

enum { FLAGS_OF_PROGRAM = 0x240dd5, FLAGS_ALWAYS = 2 }; /* CF PF AF ZF SF TF DF OF AC ID */
enum { FLAGS_IF = 0x200 };
enum { NUMBER_PAGE = 14, NUMBER_LINES = 32, NUMBER_LINES_END = 48, TRAP_NUMBER_CALL = 256 };
enum { FAULT_PRESENT = 1, FAULT_WRITE = 2, FAULT_FETCH = 16 };

/* The kernel's own libraries find their canary behind FS, too, but they run only before the program. */
static void load_bases(struct plat *p, const struct plat_regs *r) {
  assert(r->fs_base < LAYOUT_USER_END && r->gs_base < LAYOUT_USER_END);
  if (p->fs_base != r->fs_base) cpu_write_msr(MSR_FS_BASE, p->fs_base = r->fs_base);
  if (p->gs_base != r->gs_base) cpu_write_msr(MSR_GS_BASE, p->gs_base = r->gs_base);
}

static void begin(struct plat *p) {
  if (p->clock.running) return;
  clock_run(p);
  p->fs_base = p->gs_base = UINT64_MAX;
}

static void page_trap(struct trap *t) {
  t->kind = TRAP_PAGE;
  t->address = cpu_cr2();
  t->present = gate_error & FAULT_PRESENT;
  t->access = gate_error & FAULT_FETCH ? PROT_X : gate_error & FAULT_WRITE ? PROT_W : PROT_R;
}

static const struct {
  uint8_t number, kind;
} kinds[] = {
    {0, TRAP_MATH},        {1, TRAP_BREAK},       {3, TRAP_BREAK},      {4, TRAP_PROTECTION},  {5, TRAP_PROTECTION},
    {6, TRAP_ILLEGAL},     {7, TRAP_ILLEGAL},     {9, TRAP_PROTECTION}, {10, TRAP_PROTECTION}, {11, TRAP_PROTECTION},
    {12, TRAP_PROTECTION}, {13, TRAP_PROTECTION}, {16, TRAP_MATH},      {17, TRAP_ALIGN},      {19, TRAP_MATH},
};

/* The one line that is open while the program runs, and what comes without one being asked for. */
static void line_trap(unsigned number, struct trap *t) {
  interrupt_done(number - NUMBER_LINES);
  t->kind = TRAP_TIME;
}

/* False for what is no doing of the program: NMI, double fault, machine check. */
static bool describe(unsigned number, const struct plat_regs *r, struct trap *t) {
  *t = (struct trap){.kind = TRAP_CALL, .address = r->rip, .code = (int)number};
  if (number == TRAP_NUMBER_CALL) return true;
  if (number >= NUMBER_LINES && number < NUMBER_LINES_END) return line_trap(number, t), true;
  if (number == NUMBER_PAGE) return page_trap(t), true;
  for (unsigned i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
    if (kinds[i].number != number) continue;
    t->kind = kinds[i].kind;
    return true;
  }
  return false;
}

/* Runs it with the timer's line open. */
static unsigned enter_until(struct plat *p, struct plat_regs *r, uint64_t until_ns) {
  uint64_t now = plat_uptime_ns(p);
  unsigned number;
  clock_alarm(p, until_ns > now ? until_ns - now : 0);
  interrupt_allow(CLOCK_LINE);
  r->rflags |= FLAGS_IF;
  number = gate_enter(r);
  interrupt_refuse(CLOCK_LINE);
  return number;
}

void plat_run(struct plat *p, struct plat_regs *r, uint64_t until_ns, struct trap *t) {
  unsigned number;
  begin(p);
  if (r->rip >= LAYOUT_USER_END) { /* the return itself would fault, in the kernel */
    *t = (struct trap){.kind = TRAP_PAGE, .address = r->rip, .access = PROT_X, .code = NUMBER_PAGE};
    return;
  }
  load_bases(p, r);
  r->rflags = (r->rflags & FLAGS_OF_PROGRAM) | FLAGS_ALWAYS;
  number = until_ns == UINT64_MAX ? gate_enter(r) : enter_until(p, r, until_ns);
  if (p->features.smap) cpu_clac(); /* the program may have set AC, which a trap leaves as it is */
  if (!describe(number, r, t)) panic(NULL, "trap %u while the program ran at 0x%lx", number, r->rip);
}

/* What of n bytes at a user address lies in the program's half. */
static size_t in_user_half(uintptr_t user, size_t n) {
  if (user >= LAYOUT_USER_END) return 0;
  return n < LAYOUT_USER_END - user ? n : LAYOUT_USER_END - user;
}

size_t plat_copy_in(struct plat *p, void *to, uintptr_t user, size_t n) {
  n = in_user_half(user, n);
  return n - gate_copy(to, (const void *)user, n);
}

size_t plat_copy_out(struct plat *p, uintptr_t user, const void *from, size_t n) {
  n = in_user_half(user, n);
  return n - gate_copy((void *)user, from, n);
}

size_t plat_zero_out(struct plat *p, uintptr_t user, size_t n) {
  n = in_user_half(user, n);
  return n - gate_fill((void *)user, n);
}
