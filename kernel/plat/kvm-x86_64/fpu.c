/* kernel/plat/kvm-x86_64/fpu.c - the program's vector and floating-point state: XSAVE, or FXSAVE where that is all.
 *
 * The kernel's own code never touches it.  Specification: Intel SDM volume 1, chapter 13.
 */
#include <assert.h>
#include <string.h>

#include "formats/bytes.h"
#include "kernel/plat/kvm-x86_64/inner.h"

enum { MXCSR_AT = 24, LEGACY = 512, HEADER = 64, MXCSR_FRESH = 0x1f80, CONTROL_FRESH = 0x37f };

size_t plat_fpu_bytes(struct plat *p) { return p->features.fpu_bytes; }

void plat_fpu_save(struct plat *p, void *block) {
  uint64_t states = p->features.xcr0;
  assert((uintptr_t)block % 64 == 0);
  memset(block, 0, p->features.fpu_bytes);
  if (p->features.xsave)
    __asm__ volatile("xsave64 (%0)" : : "r"(block), "a"((uint32_t)states), "d"((uint32_t)(states >> 32)) : "memory");
  else
    __asm__ volatile("fxsave64 (%0)" : : "r"(block) : "memory");
}

/* Only what the processor would refuse with a fault: reserved bits of MXCSR, of the header and of its state mask. */
static bool is_valid(const struct plat *p, const uint8_t *block) {
  if (bytes_le32(block + MXCSR_AT) & ~p->features.mxcsr_mask) return false;
  if (!p->features.xsave) return true;
  return !(bytes_le64(block + LEGACY) & ~p->features.xcr0) && bytes_are_zero(block + LEGACY + 8, HEADER - 8);
}

static void load(const struct plat *p, const void *block) {
  uint64_t states = p->features.xcr0;
  if (p->features.xsave)
    __asm__ volatile("xrstor64 (%0)" : : "r"(block), "a"((uint32_t)states), "d"((uint32_t)(states >> 32)) : "memory");
  else
    __asm__ volatile("fxrstor64 (%0)" : : "r"(block) : "memory");
}

bool plat_fpu_load(struct plat *p, const void *block) {
  assert((uintptr_t)block % 64 == 0);
  if (!is_valid(p, block)) return false;
  load(p, block);
  return true;
}

/* A block whose state mask is empty puts every state to its beginning. */
void plat_fpu_reset(struct plat *p) {
  _Alignas(64) uint8_t fresh[LEGACY + HEADER] = {0};
  bytes_put_le16(fresh, CONTROL_FRESH);
  bytes_put_le32(fresh + MXCSR_AT, MXCSR_FRESH);
  load(p, fresh);
}
