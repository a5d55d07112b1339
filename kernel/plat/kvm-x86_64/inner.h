/* kernel/plat/kvm-x86_64/inner.h - struct plat, and what the files of this folder know of each other. */
#ifndef KVM_INNER_H
#define KVM_INNER_H

#include "formats/flaw.h"
#include "kernel/plat/kvm-x86_64/layout.h"
#include "kernel/plat/plat.h"
#include "kernel/plat/proto/line.h"
#include "plat_regs.h"

/* A page-table entry. */
enum {
  PTE_P = 1,
  PTE_W = 2,
  PTE_U = 4,
  PTE_UNCACHED = 0x18,
  PTE_LARGE = 0x80,
  PTE_KEPT = 0x200, /* not present, but the frame is remembered: a page nobody may touch now */
};
#define PTE_NX    ((uint64_t)1 << 63)
#define PTE_FRAME 0x000ffffffffff000u

struct features {
  bool nx, smep, smap, umip, xsave, rdrand, pages_1g;
  uint64_t xcr0;
  size_t fpu_bytes;
  uint32_t mxcsr_mask;
};

struct console {
  bool terminal;       /* the program's channels share the serial line with the log */
  uint16_t serial;     /* base of the 16550 that input comes from; 0: none */
  bool framed;         /* input comes in frames */
  bool ended;          /* the frame of length 0 was read */
  uint32_t frame_left; /* bytes of the frame in hand */
  unsigned header_have;
  uint8_t header[2];
  bool asked; /* a frame was asked for and has not begun */
};

struct clock {
  uint64_t start;                 /* ticks when the clock was started */
  uint64_t pit_before, pit_after; /* ticks around the moment when the PIT began to count down from 65536 */
  uint64_t hz;                    /* ticks a second; 0: not known yet */
  bool running;                   /* the program runs: time moves on */
  uint64_t ran;                   /* ticks when it began */
  int64_t wall;                   /* seconds since 1970 at start; 0 without an RTC */
};

struct chance { /* the generator for processors without RDRAND */
  uint32_t key[8];
  uint64_t counter;
  unsigned bits; /* of entropy behind the key */
  bool seeded;
};

struct plat {
  struct machine machine;
  struct line_words words;
  struct flaw capture;  /* what the boot protocol's decoder said */
  phys_t load;          /* where the kernel's first byte was loaded */
  uint64_t entry_ticks; /* the TSC at the kernel's first instructions */
  struct features features;
  struct console console;
  struct clock clock;
  struct chance chance;
  uint64_t *root; /* the kernel's own top table */
  struct space *in_use;
  struct frames *frames;
  unsigned pool_used;    /* tables taken of the static pool */
  uintptr_t window;      /* the next free window */
  uintptr_t window_last; /* the window reserved last */
  uint64_t fs_base, gs_base;
  bool panicking;
};

/* entry.S, kernel.lds */
extern uint8_t kernel_text[], kernel_text_end[], kernel_end[];
extern uint8_t entry_tables[], entry_pool[], entry_stack_guard[], entry_stack_top[], entry_fault_stack_top[],
    entry_nmi_stack_top[], entry_trap_stack_top[];
extern uint64_t entry_gdt[];

/* start.c: the machine that runs us; only traps and assertions, which nobody hands a plat, look here. */
extern struct plat the_plat;
_Noreturn void start_kernel(phys_t info, phys_t load, uint64_t entry_ticks);

/* features.c */
void features_start(struct features *f);

/* paging.c: at 4 KiB; the table entries' bits, not enum plat_prot */
void paging_start(struct plat *p);
int paging_set(struct plat *p, uint64_t *root, uintptr_t at, uint64_t entry);
uint64_t *paging_table(struct plat *p, uint64_t entry); /* the table an entry points to */
phys_t paging_phys(struct plat *p, const void *table);
uint64_t *paging_make_table(struct plat *p);
/* A page of any physical memory, readable until the next peek. */
const uint8_t *paging_peek(struct plat *p, phys_t at);
void *paging_device(struct plat *p, phys_t at); /* device registers, until the next call */

/* direct.c */
void direct_start(struct plat *p);

/* trap.c */
void trap_start(void);

/* interrupt.c */
void interrupt_start(struct plat *p);
void interrupt_allow(unsigned line);
void interrupt_refuse(unsigned line);
void interrupt_done(unsigned line);

/* console.c */
void console_start(struct plat *p);
unsigned console_interrupt(const struct plat *p); /* the interrupt line of the input, 0: none */

/* clock.c */
enum { CLOCK_LINE = 0 };
void clock_start(struct plat *p);
void clock_run(struct plat *p);                      /* the program begins: time moves on from here */
void clock_alarm(struct plat *p, uint64_t after_ns); /* one interrupt of CLOCK_LINE, at the latest in 50 ms */

/* panic.c */
struct panic_frame;
_Noreturn void panic(const struct panic_frame *f, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* gate.S */
struct panic_frame { /* what a trap of the kernel leaves on its stack */
  uint64_t rax, rbx, rcx, rdx, rsi, rdi, rbp, unused, r8, r9, r10, r11, r12, r13, r14, r15;
  uint64_t number, error, rip, cs, rflags, rsp, ss;
};
extern const uintptr_t gate_vectors[48];
struct gate_fixup {
  uintptr_t fault, resume;
};
extern const struct gate_fixup gate_fixups[], gate_fixups_end[];
extern uint64_t gate_error, gate_smap;
unsigned gate_enter(struct plat_regs *r);
void gate_call(void);
size_t gate_copy(void *to, const void *from, size_t n);
size_t gate_fill(void *to, size_t n);
void gate_wait(void);
void trap_kernel(struct panic_frame *f);

#endif
