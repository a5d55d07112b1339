/* kernel/plat/x86_64/cpu.h - the processor's instructions that C has no words for. */
#ifndef X86_CPU_H
#define X86_CPU_H

#include <stddef.h>
#include <stdint.h>

struct cpu_id {
  uint32_t a, b, c, d;
};

static inline struct cpu_id cpu_id(uint32_t leaf, uint32_t sub) {
  struct cpu_id r;
  __asm__ volatile("cpuid" : "=a"(r.a), "=b"(r.b), "=c"(r.c), "=d"(r.d) : "a"(leaf), "c"(sub));
  return r;
}

static inline uint64_t cpu_ticks(void) {
  uint32_t lo, hi;
  __asm__ volatile("rdtsc" : "=a"(lo), "=d"(hi));
  return (uint64_t)hi << 32 | lo;
}

static inline void cpu_out8(uint16_t port, uint8_t v) { __asm__ volatile("outb %0, %1" : : "a"(v), "Nd"(port)); }
static inline void cpu_out16(uint16_t port, uint16_t v) { __asm__ volatile("outw %0, %1" : : "a"(v), "Nd"(port)); }
static inline void cpu_out32(uint16_t port, uint32_t v) { __asm__ volatile("outl %0, %1" : : "a"(v), "Nd"(port)); }
static inline uint8_t cpu_in8(uint16_t port) {
  uint8_t v;
  __asm__ volatile("inb %1, %0" : "=a"(v) : "Nd"(port));
  return v;
}
static inline void cpu_out_run(uint16_t port, const void *p, size_t n) {
  __asm__ volatile("rep outsb" : "+S"(p), "+c"(n) : "d"(port) : "memory");
}

static inline void cpu_write_msr(uint32_t msr, uint64_t v) {
  __asm__ volatile("wrmsr" : : "c"(msr), "a"((uint32_t)v), "d"((uint32_t)(v >> 32)) : "memory");
}
static inline uint64_t cpu_read_msr(uint32_t msr) {
  uint32_t lo, hi;
  __asm__ volatile("rdmsr" : "=a"(lo), "=d"(hi) : "c"(msr));
  return (uint64_t)hi << 32 | lo;
}

static inline uint64_t cpu_cr2(void) {
  uint64_t v;
  __asm__ volatile("movq %%cr2, %0" : "=r"(v));
  return v;
}
static inline uint64_t cpu_cr3(void) {
  uint64_t v;
  __asm__ volatile("movq %%cr3, %0" : "=r"(v));
  return v;
}
static inline void cpu_set_cr3(uint64_t v) { __asm__ volatile("movq %0, %%cr3" : : "r"(v) : "memory"); }
static inline uint64_t cpu_cr4(void) {
  uint64_t v;
  __asm__ volatile("movq %%cr4, %0" : "=r"(v));
  return v;
}
static inline void cpu_set_cr4(uint64_t v) { __asm__ volatile("movq %0, %%cr4" : : "r"(v) : "memory"); }
static inline void cpu_set_xcr0(uint64_t v) {
  __asm__ volatile("xsetbv" : : "c"(0), "a"((uint32_t)v), "d"((uint32_t)(v >> 32)));
}
static inline void cpu_forget_page(uintptr_t at) { __asm__ volatile("invlpg (%0)" : : "r"(at) : "memory"); }
static inline void cpu_clac(void) { __asm__ volatile("clac" : : : "memory"); }

struct cpu_table { /* what lgdt and lidt take */
  uint16_t limit;
  uint64_t base;
} __attribute__((packed));
static inline void cpu_load_idt(const struct cpu_table *t) { __asm__ volatile("lidt %0" : : "m"(*t)); }
static inline void cpu_load_task(uint16_t selector) { __asm__ volatile("ltr %0" : : "r"(selector)); }

#endif
