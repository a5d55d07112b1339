/* kernel/plat/kvm-x86_64/trap.c - descriptor tables, and traps of the kernel itself.
 *
 * The program's traps come back through gate_enter.  Here arrive interrupts (only while the kernel waits), faults of
 * copies to and from the program (which go on at their fixup), and faults that end the machine.
 */
#include "kernel/plat/kvm-x86_64/inner.h"
#include "kernel/plat/x86_64/cpu.h"

enum { VECTORS = 48, FIRST_LINE = 32, NMI = 2, BREAKPOINT = 3, DOUBLE_FAULT = 8, PAGE_FAULT = 14, MACHINE_CHECK = 18 };
enum { FAULT_PRESENT = 1, FAULT_WRITE = 2, FAULT_FETCH = 16 };
enum { FLAGS_CLEARED_BY_CALL = 0x57700 }; /* TF IF DF IOPL NT RF AC */

/* The processor's own tables: it reads them whenever it likes, so they have a place for ever. */
static struct { uint64_t low, high; } idt[VECTORS];
static struct { uint32_t words[26]; } task;

static void set_gate(unsigned n, uintptr_t to, unsigned stack, unsigned level) {
  idt[n].low = (to & 0xffff) | SELECTOR_CODE << 16 | (uint64_t)stack << 32 | (uint64_t)(0x8e | level << 5) << 40 |
               (to >> 16 & 0xffff) << 48;
  idt[n].high = to >> 32;
}

static void set_stack(unsigned word, const uint8_t *top) {
  task.words[word] = (uint32_t)(uintptr_t)top;
  task.words[word + 1] = (uint32_t)((uintptr_t)top >> 32);
}

static void start_task(void) {
  uintptr_t at = (uintptr_t)&task;
  set_stack(1, entry_trap_stack_top);  /* from user mode */
  set_stack(9, entry_fault_stack_top); /* IST 1 */
  set_stack(11, entry_nmi_stack_top);  /* IST 2 */
  task.words[25] = sizeof task << 16;  /* no I/O permissions */
  entry_gdt[SELECTOR_TSS / 8] =
      (sizeof task - 1) | (at & 0xffffff) << 16 | (uint64_t)0x89 << 40 | (at >> 24 & 0xff) << 56;
  entry_gdt[SELECTOR_TSS / 8 + 1] = at >> 32;
  cpu_load_task(SELECTOR_TSS);
}

void trap_start(void) {
  struct cpu_table t = {sizeof idt - 1, (uintptr_t)idt};
  for (unsigned n = 0; n < VECTORS; n++) set_gate(n, gate_vectors[n], 0, n == BREAKPOINT ? 3 : 0);
  set_gate(DOUBLE_FAULT, gate_vectors[DOUBLE_FAULT], 1, 0);
  set_gate(NMI, gate_vectors[NMI], 2, 0);
  set_gate(MACHINE_CHECK, gate_vectors[MACHINE_CHECK], 2, 0);
  cpu_load_idt(&t);
  start_task();
  cpu_write_msr(MSR_STAR, (uint64_t)SELECTOR_USER_BASE << 48 | (uint64_t)SELECTOR_CODE << 32);
  cpu_write_msr(MSR_LSTAR, (uintptr_t)gate_call);
  cpu_write_msr(MSR_SFMASK, FLAGS_CLEARED_BY_CALL);
}

static const char *const causes[] = {
    [0] = "division by zero",     [1] = "debug trap",          [2] = "non-maskable interrupt",
    [3] = "breakpoint",           [6] = "invalid instruction", [7] = "no floating point",
    [8] = "double fault",         [10] = "invalid task",       [11] = "segment not present",
    [12] = "stack segment fault", [13] = "general protection", [16] = "floating point error",
    [17] = "alignment check",     [18] = "machine check",      [19] = "vector floating point error",
};

static bool in_guard(uintptr_t at) {
  return at >= (uintptr_t)entry_stack_guard && at < (uintptr_t)entry_stack_guard + PAGE;
}

static _Noreturn void die(struct panic_frame *f) {
  uintptr_t at = cpu_cr2();
  if ((f->number == PAGE_FAULT || f->number == DOUBLE_FAULT) && in_guard(at)) panic(f, "the kernel's stack overflowed");
  if (f->number == PAGE_FAULT)
    panic(f, "page fault: cannot %s address 0x%lx, which is %s",
          f->error & FAULT_FETCH   ? "run"
          : f->error & FAULT_WRITE ? "write"
                                   : "read",
          at, f->error & FAULT_PRESENT ? "protected" : "not mapped");
  if (f->number < sizeof causes / sizeof causes[0] && causes[f->number])
    panic(f, "%s (error code 0x%lx)", causes[f->number], f->error);
  panic(f, "trap %lu (error code 0x%lx)", f->number, f->error);
}

void trap_kernel(struct panic_frame *f) {
  if (f->number >= FIRST_LINE) {
    interrupt_done((unsigned)f->number - FIRST_LINE);
    return;
  }
  for (const struct gate_fixup *x = gate_fixups; f->number == PAGE_FAULT && x < gate_fixups_end; x++) {
    if (f->rip != x->fault || cpu_cr2() >= LAYOUT_USER_END) continue;
    f->rip = x->resume;
    return;
  }
  die(f);
}
