/* kernel/plat/kvm-x86_64/panic.c - the last thing a kernel says when it is wrong: cause, registers, where from. */
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "kernel/plat/kvm-x86_64/inner.h"
#include "kernel/plat/x86_64/cpu.h"

enum { CAUSE_BYTES = 200, TRACE_LINES = 12, TRACE_WORDS = 4096 };

static void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void say(const char *format, ...) {
  char line[CAUSE_BYTES + 64];
  va_list args;
  va_start(args, format);
  vsnprintf(line, sizeof line, format, args);
  va_end(args);
  plat_log(&the_plat, line, strlen(line));
}

static void say_registers(const struct panic_frame *f) {
  say("rip %016lx rsp %016lx flags %08lx cr2 %016lx\n", f->rip, f->rsp, f->rflags, cpu_cr2());
  say("rax %016lx rbx %016lx rcx %016lx rdx %016lx\n", f->rax, f->rbx, f->rcx, f->rdx);
  say("rsi %016lx rdi %016lx rbp %016lx r8  %016lx\n", f->rsi, f->rdi, f->rbp, f->r8);
  say("r9  %016lx r10 %016lx r11 %016lx r12 %016lx\n", f->r9, f->r10, f->r11, f->r12);
  say("r13 %016lx r14 %016lx r15 %016lx cr3 %016lx\n", f->r13, f->r14, f->r15, cpu_cr3());
}

/* Words on the stack that point into the kernel's text: the return addresses are among them. */
static void say_trace(uintptr_t sp) {
  const uintptr_t bottom = (uintptr_t)entry_stack_guard + PAGE, top = (uintptr_t)entry_stack_top;
  unsigned found = 0;
  sp = (sp + 7) & ~(uintptr_t)7;
  if (sp < bottom) sp = bottom;
  say("from");
  for (unsigned n = 0; n < TRACE_WORDS && sp < top && found < TRACE_LINES; n++, sp += 8) {
    uintptr_t word = *(const uintptr_t *)sp;
    if (word <= (uintptr_t)kernel_text || word >= (uintptr_t)kernel_text_end) continue;
    say(" %lx", word);
    found++;
  }
  say("\n");
}

_Noreturn void panic(const struct panic_frame *f, const char *format, ...) {
  char cause[CAUSE_BYTES], status[CAUSE_BYTES + 8];
  va_list args;
  va_start(args, format);
  vsnprintf(cause, sizeof cause, format, args);
  va_end(args);
  if (!the_plat.panicking) {
    the_plat.panicking = true;
    snprintf(status, sizeof status, "panic %s", cause);
    plat_status(&the_plat, status, strlen(status));
    say("panic: %s\n", cause);
    if (f) say_registers(f);
    say_trace(f ? f->rsp : (uintptr_t)__builtin_frame_address(0));
  }
  plat_end(&the_plat, END_PANIC, 0);
}

_Noreturn void assert_failed(const char *what, const char *file, int line, const char *function) {
  panic(NULL, "%s:%d: %s: '%s' does not hold", file, line, function, what);
}
