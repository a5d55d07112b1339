/* kernel/plat/kvm-x86_64/start.c - from entry.S to the boot list.
 *
 * What the loader left lies in memory that will be used for something else, so it is decoded first, in silence; then
 * the console can speak, the processor is set up, and all RAM becomes visible.
 */
#include <string.h>

#include "kernel/plat/kvm-x86_64/inner.h"
#include "kernel/plat/proto/pvh.h"
#include "kernel/plat/x86_64/cpu.h"

struct plat the_plat;

static bool read_physical(void *owner, phys_t at, void *to, size_t n) {
  struct plat *p = owner;
  uint8_t *out = to;
  if (at + n > PTE_FRAME) return false;
  while (n > 0) {
    size_t in_page = PAGE - at % PAGE, part = n < in_page ? n : in_page;
    memcpy(out, paging_peek(p, at) + at % PAGE, part);
    out += part, at += part, n -= part;
  }
  return true;
}

static void read_loader(struct plat *p, phys_t info) {
  struct pvh_memory memory = {read_physical, p};
  pvh_decode(&p->machine, info, &memory, &p->capture);
  line_read(p->machine.line, &p->words, NULL, NULL);
}

_Noreturn void start_kernel(phys_t info, phys_t load, uint64_t entry_ticks) {
  struct plat *p = &the_plat;
  p->entry_ticks = entry_ticks;
  p->load = load;
  features_start(&p->features);
  trap_start();
  paging_start(p);
  read_loader(p, info);
  console_start(p);
  interrupt_start(p);
  clock_start(p);
  direct_start(p);
  plat_main(p);
}

const struct machine *plat_machine(struct plat *p) { return &p->machine; }

int plat_loader(struct plat *p, struct flaw *flaw) {
  *flaw = p->capture;
  return flaw->code;
}

uint8_t *plat_direct(struct plat *p) { return (void)p, (uint8_t *)LAYOUT_DIRECT; }

void plat_frames(struct plat *p, struct frames *f) { p->frames = f; }
