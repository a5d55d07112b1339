/* kernel/plat/proto/pvh.h - the PVH boot protocol: start info → struct machine.
 *
 * Specification: Xen docs/misc/pvh.pandoc and xen/include/public/arch-x86/hvm/start_info.h.
 * Nothing is trusted but that `read` knows which physical addresses can be read.
 */
#ifndef PROTO_PVH_H
#define PROTO_PVH_H

#include "formats/flaw.h"
#include "kernel/plat/machine.h"

struct pvh_memory {
  /* Copies n bytes of physical memory (at + n does not wrap); false when they cannot be read. */
  bool (*read)(void *owner, phys_t at, void *to, size_t n);
  void *owner;
};

/* 0 or flaw's code: ERR_MAGIC, ERR_CUT (a table or a string cannot be read), ERR_NODATA (no memory map),
 * ERR_SIZE (more rows than MACHINE_RAM or MACHINE_MODULES can hold, or a module that wraps).  On
 * failure `m` holds what was read before it, the boot line first. */
int pvh_decode(struct machine *m, phys_t info, const struct pvh_memory *memory, struct flaw *flaw);

#endif
