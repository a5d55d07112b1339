/* kernel/plat/host/plat_host.h - a machine inside a Linux process, for libtaproot and tests.
 *
 * Its RAM is a file in memory, mapped whole as the direct map and, page by page, into windows.  What
 * a process cannot or need not do (user mode, traps, the end of the machine) it does not have.
 */
#ifndef PLAT_HOST_H
#define PLAT_HOST_H

#include "kernel/plat/plat.h"

/* A machine with about `memory` bytes of RAM (whole pages).  wall_ns: what its clock shows for ever, -1: the host's
 * time.  NULL: the host refuses the memory. */
struct plat *plat_host_start(uint64_t memory, int64_t wall_ns);
/* The same with RAM at the addresses where some other machine has it: ranges as in struct machine. */
struct plat *plat_host_start_like(const struct range *ram, unsigned ram_count, int64_t wall_ns);
void plat_host_stop(struct plat *p); /* NULL is allowed */

#endif
