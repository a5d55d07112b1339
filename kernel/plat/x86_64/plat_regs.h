/* kernel/plat/x86_64/plat_regs.h - the registers of a thread on this processor, for every x86-64 machine. */
#ifndef PLAT_REGS_H
#define PLAT_REGS_H

#include <cpuid.h>
#include <stdint.h>

/* What the auxiliary vector says of the processor: AT_PLATFORM and AT_HWCAP. */
#define PLAT_REGS_NAME "x86_64"
static inline uint64_t plat_regs_hardware(void) {
  unsigned a, b, c, d;
  return __get_cpuid(1, &a, &b, &c, &d) ? d : 0;
}

struct plat_regs {
  uint64_t rax, rbx, rcx, rdx, rsi, rdi, rbp, rsp;
  uint64_t r8, r9, r10, r11, r12, r13, r14, r15;
  uint64_t rip, rflags;
  uint64_t fs_base, gs_base;
};

/* System call number and arguments 0..5, and the place of its result. */
static inline uint64_t plat_regs_call(const struct plat_regs *r) { return r->rax; }
static inline uint64_t plat_regs_arg(const struct plat_regs *r, unsigned i) {
  const uint64_t a[6] = {r->rdi, r->rsi, r->rdx, r->r10, r->r8, r->r9};
  return a[i];
}
static inline void plat_regs_result(struct plat_regs *r, int64_t v) { r->rax = (uint64_t)v; }

#endif
