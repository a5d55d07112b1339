/* kernel/plat/kvm-x86_64/idle.c - waiting without work: halted until input arrives or time is up.
 *
 * A byte that arrives between the caller's last look and the halt has left its edge in the interrupt controller, so it
 * ends the wait at once; what the caller has seen and left unread does not.
 */
#include "kernel/plat/kvm-x86_64/inner.h"

static void wait_once(struct plat *p, uint64_t deadline_ns, uint64_t now) {
  unsigned input = console_interrupt(p);
  if (deadline_ns != UINT64_MAX) {
    clock_alarm(p, deadline_ns - now);
    interrupt_allow(CLOCK_LINE);
  }
  if (input) interrupt_allow(input);
  gate_wait();
  interrupt_refuse(CLOCK_LINE);
  if (input) interrupt_refuse(input);
}

void plat_idle(struct plat *p, uint64_t deadline_ns) {
  uint64_t now = deadline_ns == UINT64_MAX ? 0 : plat_uptime_ns(p);
  if (now < deadline_ns) wait_once(p, deadline_ns, now);
}
