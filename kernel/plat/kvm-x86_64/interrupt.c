/* kernel/plat/kvm-x86_64/interrupt.c - the two 8259 controllers; every line is masked until somebody waits for it. */
#include "kernel/plat/kvm-x86_64/inner.h"
#include "kernel/plat/x86_64/cpu.h"

enum { MASTER = 0x20, SLAVE = 0xa0, FIRST_VECTOR = 32, CASCADE = 2, SPECIFIC_END = 0x60 };
enum { MSR_APIC_BASE = 0x1b, APIC_SPURIOUS = 0xf0, APIC_LVT0 = 0x350, APIC_ENABLE = 0x100, APIC_FROM_8259 = 0x700 };
enum { SPURIOUS_VECTOR = 47 };

static void set_up(uint16_t base, uint8_t vector, uint8_t wiring) {
  cpu_out8(base, 0x11);
  cpu_out8(base + 1, vector);
  cpu_out8(base + 1, wiring);
  cpu_out8(base + 1, 1);
  cpu_out8(base + 1, 0xff);
}

/* Firmware may leave the local APIC between controller and processor shut (qboot does): opens its first wire. */
static void open_apic(struct plat *p) {
  volatile uint8_t *apic;
  if (!(cpu_id(1, 0).d >> 9 & 1)) return;
  apic = paging_device(p, cpu_read_msr(MSR_APIC_BASE) & PTE_FRAME);
  *(volatile uint32_t *)(apic + APIC_SPURIOUS) = APIC_ENABLE | SPURIOUS_VECTOR;
  *(volatile uint32_t *)(apic + APIC_LVT0) = APIC_FROM_8259;
}

void interrupt_start(struct plat *p) {
  set_up(MASTER, FIRST_VECTOR, 1 << CASCADE);
  set_up(SLAVE, FIRST_VECTOR + 8, CASCADE);
  open_apic(p);
}

static uint16_t mask_port(unsigned line) { return (line < 8 ? MASTER : SLAVE) + 1; }

void interrupt_allow(unsigned line) {
  cpu_out8(mask_port(line), cpu_in8(mask_port(line)) & (uint8_t) ~(1u << (line & 7)));
}

void interrupt_refuse(unsigned line) {
  cpu_out8(mask_port(line), cpu_in8(mask_port(line)) | (uint8_t)(1u << (line & 7)));
}

void interrupt_done(unsigned line) {
  if (line >= 8) cpu_out8(SLAVE, SPECIFIC_END | (line & 7));
  cpu_out8(MASTER, SPECIFIC_END | (line < 8 ? line : CASCADE));
}
