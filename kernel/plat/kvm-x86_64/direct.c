/* kernel/plat/kvm-x86_64/direct.c - the direct map of all RAM, and the kernel's own protections.
 *
 * RAM is mapped never executable with the largest pages that fit inside a range; the direct view of the kernel's
 * text and constants is read-only.  Tables come from the static pool; RAM so large that the
 * pool does not last gives a few pages of its own.
 */
#include <string.h>

#include "kernel/plat/kvm-x86_64/inner.h"
#include "kernel/plat/x86_64/cpu.h"

enum { LARGE_SHIFT = 21, HUGE_SHIFT = 30 };
#define LARGE      ((uint64_t)1 << LARGE_SHIFT)
#define HUGE       ((uint64_t)1 << HUGE_SHIFT)
#define DIRECT_END ((uint64_t)1 << 46)

static uint64_t data_bits(struct plat *p) { return PTE_P | PTE_W | (p->features.nx ? PTE_NX : 0); }

static bool overlaps(uint64_t a, uint64_t n, uint64_t b, uint64_t m) { return a < b + m && b < a + n; }

/* Text and constants: what must not be written through any mapping. */
static struct range read_only(struct plat *p) {
  return (struct range){p->load, (uint64_t)(kernel_text_end - (uint8_t *)LAYOUT_LINK_BASE)};
}

static bool is_free(struct plat *p, phys_t at) {
  struct range taken[MACHINE_MODULES + 2] = {plat_kernel(p)};
  unsigned n = 1;
  plat_payload(p, &taken[n++]);
  for (unsigned i = 0; i < p->machine.module_count; i++) taken[n++] = p->machine.module[i];
  for (unsigned i = 0; i < n; i++)
    if (overlaps(at, PAGE, taken[i].at, taken[i].bytes)) return false;
  return true;
}

/* A page from the end of RAM that is mapped already; it leaves the map of the machine. */
static uint64_t *carve(struct plat *p, unsigned mapped) {
  for (unsigned i = 0; i < mapped; i++) {
    struct range *r = &p->machine.ram[i];
    if (r->bytes < HUGE / 4 || !is_free(p, r->at + r->bytes - PAGE)) continue;
    r->bytes -= PAGE;
    return memset((void *)(LAYOUT_DIRECT + r->at + r->bytes), 0, PAGE);
  }
  return NULL;
}

static uint64_t *below(struct plat *p, uint64_t *entry, unsigned mapped) {
  if (!(*entry & PTE_P)) {
    uint64_t *t = p->pool_used < LAYOUT_POOL - 4 ? paging_make_table(p) : carve(p, mapped);
    if (!t) t = paging_make_table(p);
    if (!t) return NULL;
    *entry = paging_phys(p, t) | PTE_P | PTE_W;
  }
  return paging_table(p, *entry);
}

/* Maps one page at `at`, as large as alignment, the range and the read-only kernel allow.  Bytes mapped, 0: no memory.
 */
static uint64_t map_one(struct plat *p, phys_t at, uint64_t left, unsigned mapped) {
  struct range ro = read_only(p);
  uint64_t bits = data_bits(p);
  uint64_t *t = below(p, &p->root[256 + (at >> 39)], mapped);
  if (!t) return 0;
  if (p->features.pages_1g && at % HUGE == 0 && left >= HUGE && !overlaps(at, HUGE, ro.at, ro.bytes)) {
    t[at >> HUGE_SHIFT & 511] = at | bits | PTE_LARGE;
    return HUGE;
  }
  if (!(t = below(p, &t[at >> HUGE_SHIFT & 511], mapped))) return 0;
  if (at % LARGE == 0 && left >= LARGE && !overlaps(at, LARGE, ro.at, ro.bytes)) {
    t[at >> LARGE_SHIFT & 511] = at | bits | PTE_LARGE;
    return LARGE;
  }
  if (!(t = below(p, &t[at >> LARGE_SHIFT & 511], mapped))) return 0;
  if (overlaps(at, PAGE, ro.at, ro.bytes)) bits &= ~(uint64_t)PTE_W;
  t[at >> PAGE_SHIFT & 511] = at | bits;
  return PAGE;
}

/* A range that cannot be mapped is cut: RAM that nobody can see is not RAM. */
static void map_range(struct plat *p, unsigned i) {
  struct range *r = &p->machine.ram[i];
  uint64_t done = 0, step = 1, end = r->at + r->bytes;
  if (end > DIRECT_END) r->bytes = r->at < DIRECT_END ? DIRECT_END - r->at : 0;
  for (; done < r->bytes && step > 0; done += step) step = map_one(p, r->at + done, r->bytes - done, i);
  r->bytes = done;
}

static void protect(struct plat *p, const uint8_t *from, const uint8_t *to, uint64_t bits) {
  for (; from < to; from += PAGE) paging_set(p, p->root, (uintptr_t)from, bits ? paging_phys(p, from) | bits : 0);
}

static void protect_kernel(struct plat *p) {
  const uint8_t *base = (const uint8_t *)LAYOUT_LINK_BASE;
  uint64_t nx = p->features.nx ? PTE_NX : 0;
  protect(p, base, kernel_text, PTE_P | nx);
  protect(p, kernel_text, kernel_text_end, PTE_P);
  protect(p, kernel_text_end, kernel_end, PTE_P | PTE_W | nx);
  protect(p, entry_stack_guard, entry_stack_guard + PAGE, 0);
}

void direct_start(struct plat *p) {
  for (unsigned i = 0; i < p->machine.ram_count; i++) map_range(p, i);
  protect_kernel(p);
}
