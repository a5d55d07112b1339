/* kernel/plat/kvm-x86_64/direct.c - the direct map of all RAM, and the kernel's own protections.
 *
 * RAM is mapped never executable with the largest pages that fit inside a range; the direct view of the kernel's
 * text and constants is read-only.  Tables come from the static pool; RAM so large that the
 * pool does not last gives a few pages of its own.
 */
#include <string.h>

#include "kernel/plat/kvm-x86_64/inner.h"
#include "kernel/plat/x86_64/cpu.h"

enum { LARGE_SHIFT = 21, HUGE_SHIFT = 30, DIRECT_ENTRY = 256, SPARE_TABLES = 4 };
#define CARVE_LEAST ((uint64_t)256 << 20) /* a range this large does not miss a page */
#define DIRECT_END  ((uint64_t)1 << 46)

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
    if (r->bytes < CARVE_LEAST || !is_free(p, r->at + r->bytes - PAGE)) continue;
    r->bytes -= PAGE;
    return memset((void *)(LAYOUT_DIRECT + r->at + r->bytes), 0, PAGE);
  }
  return NULL;
}

static uint64_t *below(struct plat *p, uint64_t *entry, unsigned mapped) {
  if (!(*entry & PTE_P)) {
    uint64_t *t = p->pool_used < LAYOUT_POOL - SPARE_TABLES ? paging_make_table(p) : carve(p, mapped);
    if (!t) t = paging_make_table(p);
    if (!t) return NULL;
    *entry = paging_phys(p, t) | PTE_P | PTE_W;
  }
  return paging_table(p, *entry);
}

/* Fills one table from the entry of `at` on, as far as it, the range and (for large pages) the read-only kernel allow.
 * Bytes mapped. */
static uint64_t fill(struct plat *p, uint64_t *t, int shift, phys_t at, uint64_t left) {
  const uint64_t size = (uint64_t)1 << shift, bits = data_bits(p) | (shift > PAGE_SHIFT ? PTE_LARGE : 0);
  const struct range ro = read_only(p);
  uint64_t done = 0;
  for (unsigned i = at >> shift & 511; i < 512 && left - done >= size; i++, done += size) {
    bool hit = overlaps(at + done, size, ro.at, ro.bytes);
    if (hit && shift > PAGE_SHIFT) break;
    t[i] = (at + done) | (hit ? bits & ~(uint64_t)PTE_W : bits);
  }
  return done;
}

static bool fits(struct plat *p, int shift, phys_t at, uint64_t left) {
  const uint64_t size = (uint64_t)1 << shift;
  const struct range ro = read_only(p);
  return at % size == 0 && left >= size && !overlaps(at, size, ro.at, ro.bytes);
}

/* Maps from `at` on with one table's entries.  Bytes mapped, 0: no memory. */
static uint64_t map_run(struct plat *p, phys_t at, uint64_t left, unsigned mapped) {
  uint64_t *t = below(p, &p->root[DIRECT_ENTRY + (at >> 39)], mapped);
  if (!t) return 0;
  if (p->features.pages_1g && fits(p, HUGE_SHIFT, at, left)) return fill(p, t, HUGE_SHIFT, at, left);
  if (!(t = below(p, &t[at >> HUGE_SHIFT & 511], mapped))) return 0;
  if (fits(p, LARGE_SHIFT, at, left)) return fill(p, t, LARGE_SHIFT, at, left);
  t = below(p, &t[at >> LARGE_SHIFT & 511], mapped);
  return t ? fill(p, t, PAGE_SHIFT, at, left) : 0;
}

/* A range that cannot be mapped is cut: RAM that nobody can see is not RAM. */
static void map_range(struct plat *p, unsigned i) {
  struct range *r = &p->machine.ram[i];
  uint64_t done = 0, step = 1, end = r->at + r->bytes;
  if (end > DIRECT_END) r->bytes = r->at < DIRECT_END ? DIRECT_END - r->at : 0;
  for (; done < r->bytes && step > 0; done += step) step = map_run(p, r->at + done, r->bytes - done, i);
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
