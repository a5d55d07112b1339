/* kernel/plat/kvm-x86_64/features.c - what the processor has, asked once, and switched on.
 *
 * CPUID alone decides: under QEMU a control bit that the processor lacks wedges the machine instead of faulting.
 */
#include "kernel/plat/kvm-x86_64/inner.h"
#include "kernel/plat/x86_64/cpu.h"

enum { CR4_OSFXSR = 1 << 9, CR4_OSXMMEXCPT = 1 << 10, CR4_UMIP = 1 << 11, CR4_OSXSAVE = 1 << 18 };
enum { CR4_SMEP = 1 << 20, CR4_SMAP = 1 << 21 };
enum { XCR0_X87_SSE = 3, XCR0_AVX = 4, XCR0_AVX512 = 0xe0, FXSAVE_BYTES = 512, MXCSR_MASK_AT = 28 };

static void ask(struct features *f) {
  uint32_t most = cpu_id(0, 0).a;
  struct cpu_id one = cpu_id(1, 0), seven = most >= 7 ? cpu_id(7, 0) : (struct cpu_id){0};
  struct cpu_id extended = cpu_id(0x80000001, 0);
  f->nx = extended.d >> 20 & 1;
  f->pages_1g = extended.d >> 26 & 1;
  f->xsave = (one.c >> 26 & 1) && most >= 13;
  f->rdrand = one.c >> 30 & 1;
  f->smep = seven.b >> 7 & 1;
  f->smap = seven.b >> 20 & 1;
  f->umip = seven.c >> 2 & 1;
}

/* The states that programs may use: x87, SSE, AVX, and AVX-512 when all of its three parts are there. */
static uint64_t wanted_states(void) {
  uint64_t there = cpu_id(13, 0).a, wanted = XCR0_X87_SSE;
  if (there & XCR0_AVX) wanted |= XCR0_AVX;
  if ((there & XCR0_AVX) && (there & XCR0_AVX512) == XCR0_AVX512) wanted |= XCR0_AVX512;
  return wanted;
}

static uint32_t ask_mxcsr_mask(void) {
  _Alignas(16) uint8_t block[FXSAVE_BYTES] = {0};
  uint32_t mask;
  __asm__ volatile("fxsave64 %0" : "=m"(block));
  mask = *(uint32_t *)(block + MXCSR_MASK_AT);
  return mask ? mask : 0xffbf;
}

void features_start(struct features *f) {
  uint64_t cr4 = cpu_cr4() | CR4_OSFXSR | CR4_OSXMMEXCPT;
  ask(f);
  if (f->smep) cr4 |= CR4_SMEP;
  if (f->smap) cr4 |= CR4_SMAP;
  if (f->umip) cr4 |= CR4_UMIP;
  if (f->xsave) cr4 |= CR4_OSXSAVE;
  cpu_set_cr4(cr4);
  gate_smap = f->smap;
  f->fpu_bytes = FXSAVE_BYTES;
  if (f->xsave) {
    f->xcr0 = wanted_states();
    cpu_set_xcr0(f->xcr0);
    f->fpu_bytes = cpu_id(13, 0).b;
  }
  f->mxcsr_mask = ask_mxcsr_mask();
}
