/* kernel/plat/plat.h - the seam to the machine.  One folder per machine fulfils it.
 *
 * Preconditions of all calls: one processor, not from a trap handler.  `struct
 * plat` is one machine: the real one in a kernel, one per instance in libtaproot
 * (plat/host).  Nobody above this seam knows page tables, ports, or registers.
 *
 * Memory: all RAM the page allocator may hand out is visible at
 * plat_direct() + physical address, writable, never executable.  Mapping beyond that needs frames for tables; they come
 * from `struct frames`, given once by plat_frames().
 */
#ifndef KERNEL_PLAT_PLAT_H
#define KERNEL_PLAT_PLAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "formats/err.h"
#include "formats/flaw.h"
#include "kernel/plat/machine.h"

struct plat;
struct space; /* an address space for a program; NULL stands for the kernel's own */

enum { PAGE = 4096, PAGE_SHIFT = 12 };

enum plat_prot { PROT_R = 1, PROT_W = 2, PROT_X = 4, PROT_USER = 8 };

/* Where frames for page tables come from: one page at a time, any content. */
struct frames {
  phys_t (*take)(struct frames *f); /* PHYS_NONE when there is none */
  void (*give)(struct frames *f, phys_t frame);
};
#define PHYS_NONE UINT64_MAX

/* --- the machine ------------------------------------------------------- */

/* What the machine's folder calls once all calls below work (those that need frames: after plat_frames): the boot
 * list fulfils it. */
_Noreturn void plat_main(struct plat *p);

const struct machine *plat_machine(struct plat *p);
/* 0, or what was wrong with what the loader told (machine then holds what was read before it). */
int plat_loader(struct plat *p, struct flaw *flaw);
uint8_t *plat_direct(struct plat *p);
void plat_frames(struct plat *p, struct frames *f);

/* The kernel's own image in RAM (code, data, boot tables): never free. */
struct range plat_kernel(struct plat *p);

/* The image's last segment as loaded: `.manifest` and `.initrd` begin here, page-aligned;
 * bytes 0 when the image carries none.  ERR_NOMEM when it does not lie in RAM wholly. */
int plat_payload(struct plat *p, struct range *payload);

/* --- console and end --------------------------------------------------- */

/* The kernel's log. */
void plat_log(struct plat *p, const char *text, size_t n);

/* The program's three channels; without separate devices 1 and 2 go where the log goes,
 * and 0 is the serial line.  PLAT_SAVE: what the program left, where the boot line has a port for that.  write takes
 * everything.  read returns bytes (at most n), ERR_AGAIN when nothing is there yet, 0 at the end of input. */
enum { PLAT_SAVE = 3 };
void plat_write(struct plat *p, int channel, const void *bytes, size_t n);
int64_t plat_read(struct plat *p, void *bytes, size_t n);
bool plat_readable(struct plat *p);

/* Is the program's console a terminal that echoes and edits (plain serial line), or a byte channel? */
bool plat_is_terminal(struct plat *p);

/* The machine's last words (without a newline) to whoever runs it: goes to the status channel when there is one. */
void plat_status(struct plat *p, const char *text, size_t n);

/* Ends the machine. */
enum plat_end { END_PROGRAM, END_SIGNAL, END_STOPPED, END_PANIC };
_Noreturn void plat_end(struct plat *p, enum plat_end how, int status);

/* --- time and chance --------------------------------------------------- */

uint64_t plat_ticks(struct plat *p);     /* instruction-like counter (TSC) since kernel entry, for costs */
uint64_t plat_uptime_ns(struct plat *p); /* monotonic; may stand at 0 until the program runs */
int64_t plat_wall_ns(struct plat *p);    /* since 1970, from the RTC; may stand until the program runs */

/* Waits until input may be there or the deadline (uptime in ns, UINT64_MAX: none) is past, or
 * less: whoever waits for something asks again.  What was there before the call does not end it. */
void plat_idle(struct plat *p, uint64_t deadline_ns);

/* Fills with random bytes; returns the bits of real entropy behind the generator (256 with RDRAND). */
unsigned plat_random(struct plat *p, void *bytes, size_t n);

/* --- mapping ------------------------------------------------------------ */

/* Reserves kernel virtual addresses (page-aligned).  NULL when there are none left. */
void *plat_window(struct plat *p, uint64_t bytes);
/* The window reserved last is cut to `bytes` (0: it goes as a whole); nothing is mapped beyond.  Of any other window
 * nothing comes back before the machine ends. */
void plat_window_cut(struct plat *p, void *window, uint64_t bytes);

struct space *plat_space_make(struct plat *p);         /* NULL: no memory */
void plat_space_drop(struct plat *p, struct space *s); /* tables only, not the frames mapped */
void plat_space_use(struct plat *p, struct space *s);

/* Maps `pages` frames from `frame` on at `at`; replaces what was there; may use large pages.
 * 0 or ERR_NOMEM (then nothing of it is mapped). */
int plat_map(struct plat *p, struct space *s, uintptr_t at, phys_t frame, size_t pages, unsigned prot);
/* Unmaps; pages that are not mapped are skipped. */
void plat_unmap(struct plat *p, struct space *s, uintptr_t at, size_t pages);
/* Changes protection of what is mapped in the range. */
void plat_protect(struct plat *p, struct space *s, uintptr_t at, size_t pages, unsigned prot);
/* The first page in [at, end) that a frame is mapped at, or end; what is empty is passed in large steps. */
uintptr_t plat_next(struct plat *p, struct space *s, uintptr_t at, uintptr_t end);
/* The frame mapped at `at`, or PHYS_NONE. */
phys_t plat_frame(struct plat *p, struct space *s, uintptr_t at);

/* The first address above the program's half: user addresses are in [PAGE, plat_user_end). */
uintptr_t plat_user_end(struct plat *p);

/* Copies between kernel memory and the space in use.  Returns bytes copied: fewer
 * than n when an address is not mapped for that access (never a fault). */
size_t plat_copy_in(struct plat *p, void *to, uintptr_t user, size_t n);
size_t plat_copy_out(struct plat *p, uintptr_t user, const void *from, size_t n);
size_t plat_zero_out(struct plat *p, uintptr_t user, size_t n);

/* --- user mode ----------------------------------------------------------- */

/* The registers of a thread, and its FPU state: struct plat_regs is defined by
 * the machine's folder in kernel/plat/ARCH/regs.h, reached as <plat/regs.h>. */
struct plat_regs;

enum trap_kind { TRAP_CALL, TRAP_PAGE, TRAP_ILLEGAL, TRAP_MATH, TRAP_BREAK, TRAP_PROTECTION, TRAP_ALIGN, TRAP_TIME };

struct trap {
  enum trap_kind kind;
  uintptr_t address; /* TRAP_PAGE: the address; else the instruction's */
  unsigned access;   /* TRAP_PAGE: PROT_R, PROT_W or PROT_X */
  bool present;      /* TRAP_PAGE: a mapping was there, the access was not allowed */
  int code;          /* the machine's own number, for messages */
};

/* Runs the program from these registers until it traps, or until about an uptime (TRAP_TIME, which may come early;
 * UINT64_MAX: as long as it likes); the registers are its own again then.
 * FPU state stays in the processor between runs and is not touched by the kernel. */
void plat_run(struct plat *p, struct plat_regs *r, uint64_t until_ns, struct trap *t);

/* FPU state: an opaque block of plat_fpu_bytes(), for signal frames and a fresh start. */
size_t plat_fpu_bytes(struct plat *p);
void plat_fpu_save(struct plat *p, void *block);       /* block is 64-byte aligned */
bool plat_fpu_load(struct plat *p, const void *block); /* false when the block is not a valid state */
void plat_fpu_reset(struct plat *p);

#endif
