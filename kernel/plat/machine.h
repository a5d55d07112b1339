/* kernel/plat/machine.h - what a boot protocol told us, in one shape.
 *
 * The decoders in plat/proto/ are pure functions from captured bytes to this
 * struct; they copy what they keep, because the loader's memory is reused.
 */
#ifndef KERNEL_PLAT_MACHINE_H
#define KERNEL_PLAT_MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "formats/limits.h"

typedef uint64_t phys_t; /* a physical address */

struct range {
  phys_t at;
  uint64_t bytes;
};

enum { MACHINE_RAM = 32, MACHINE_MODULES = 4 };

struct machine {
  const char *protocol;          /* "pvh", ... */
  struct range ram[MACHINE_RAM]; /* usable RAM, ascending, page-aligned, not overlapping */
  unsigned ram_count;
  struct range module[MACHINE_MODULES]; /* what the loader put beside us; the first is an external initrd */
  unsigned module_count;
  phys_t rsdp;                /* ACPI root, 0 when not told */
  char line[LIMIT_BOOT_LINE]; /* the boot line, NUL-terminated */
  bool line_cut;              /* it was longer */
};

#endif
