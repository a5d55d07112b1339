/* kernel/plat/kvm-x86_64/clock.c - time: the TSC, measured against the PIT at the first need; the date from the RTC.
 *
 * Start-up waits for nothing: the PIT counts down while the kernel boots, and whoever first asks for a duration finds
 * the two counters' ratio (waiting 2 ms at most, when the PIT has run out or has hardly begun).  Until the
 * program runs, both clocks stand still, so that the boot needs no ratio.
 */
#include "kernel/plat/kvm-x86_64/inner.h"
#include "kernel/plat/x86_64/cpu.h"

#define NS 1000000000u
enum { PIT_DATA = 0x40, PIT_COMMAND = 0x43, PIT_HZ = 1193182, PIT_ONCE = 0x30, PIT_READ_BACK = 0xc2, PIT_OUT = 0x80 };
enum { PIT_FULL = 65536, PIT_ENOUGH = 2400, PIT_MOST_MS = 50, PIT_DOUBT_SHIFT = 7 };
enum { RTC_INDEX = 0x70, RTC_DATA = 0x71, RTC_TRIES = 100000 };
enum { RTC_S, RTC_MIN = 2, RTC_H = 4, RTC_DAY = 7, RTC_MONTH, RTC_YEAR, RTC_A, RTC_B, RTC_CENTURY = 0x32 };

uint64_t plat_ticks(struct plat *p) { return cpu_ticks() - p->entry_ticks; }

static void pit_once(uint16_t count) {
  cpu_out8(PIT_COMMAND, PIT_ONCE);
  cpu_out8(PIT_DATA, (uint8_t)count);
  cpu_out8(PIT_DATA, (uint8_t)(count >> 8));
}

/* PIT ticks since pit_once(0); PIT_FULL when it has run out. */
static uint32_t pit_elapsed(void) {
  uint8_t status, low, high;
  cpu_out8(PIT_COMMAND, PIT_READ_BACK);
  status = cpu_in8(PIT_DATA);
  low = cpu_in8(PIT_DATA);
  high = cpu_in8(PIT_DATA);
  return status & PIT_OUT ? PIT_FULL : (PIT_FULL - (low | (uint32_t)high << 8)) % PIT_FULL;
}

static void start_measure(struct plat *p) {
  p->clock.pit_before = cpu_ticks();
  pit_once(0);
  p->clock.pit_after = cpu_ticks();
}

/* The processor may say it: its crystal and ratio, or what a hypervisor knows. */
static uint64_t told_hz(void) {
  struct cpu_id r;
  if (cpu_id(0, 0).a >= 0x15) {
    r = cpu_id(0x15, 0);
    if (r.a && r.b && r.c) return (uint64_t)r.c * r.b / r.a;
  }
  if ((cpu_id(1, 0).c >> 31 & 1) && cpu_id(0x40000000, 0).a >= 0x40000010) {
    r = cpu_id(0x40000010, 0);
    if (r.a) return (uint64_t)r.a * 1000;
  }
  return 0;
}

/* A host may stop this processor between any two instructions, for many milliseconds.  So both ends of the measure are
 * bracketed, and it counts only when the doubt is a 128th of it; each time the PIT runs out, twice that is allowed. */
static uint64_t measured_hz(struct plat *p) {
  const struct clock *c = &p->clock;
  for (unsigned tries = 0;;) {
    uint64_t before = cpu_ticks(), after, total;
    uint32_t elapsed = pit_elapsed();
    after = cpu_ticks();
    if (elapsed == PIT_FULL) {
      start_measure(p);
      tries += tries < PIT_DOUBT_SHIFT;
      continue;
    }
    total = (before - c->pit_before) / 2 + (after - c->pit_after) / 2;
    if (elapsed < PIT_ENOUGH || after - before + (c->pit_after - c->pit_before) > total >> (PIT_DOUBT_SHIFT - tries))
      continue;
    return total * PIT_HZ / elapsed;
  }
}

static uint64_t hz_of(struct plat *p) {
  if (!p->clock.hz) p->clock.hz = told_hz();
  if (!p->clock.hz) p->clock.hz = measured_hz(p);
  return p->clock.hz;
}

static uint64_t ns_since(struct plat *p, uint64_t start) {
  uint64_t hz = hz_of(p), ticks = cpu_ticks() - start;
  return ticks / hz * NS + ticks % hz * NS / hz;
}

uint64_t plat_uptime_ns(struct plat *p) { return p->clock.running ? ns_since(p, p->clock.ran) : 0; }

int64_t plat_wall_ns(struct plat *p) {
  return p->clock.wall * (int64_t)NS + (p->clock.running ? (int64_t)ns_since(p, p->clock.start) : 0);
}

void clock_alarm(struct plat *p, uint64_t after_ns) {
  uint64_t most = PIT_MOST_MS * (NS / 1000), n = after_ns < most ? after_ns : most;
  uint64_t count = n * PIT_HZ / NS + 1;
  hz_of(p); /* this is the end of the PIT as a measure */
  pit_once((uint16_t)count);
}

static uint8_t rtc_read(uint8_t index) {
  cpu_out8(RTC_INDEX, index);
  return cpu_in8(RTC_DATA);
}

struct date {
  unsigned s, min, h, day, month, year, century, mode;
};

static struct date rtc_date(void) {
  return (struct date){rtc_read(RTC_S),     rtc_read(RTC_MIN),  rtc_read(RTC_H),       rtc_read(RTC_DAY),
                       rtc_read(RTC_MONTH), rtc_read(RTC_YEAR), rtc_read(RTC_CENTURY), rtc_read(RTC_B)};
}

static unsigned from_bcd(unsigned v) { return (v >> 4) * 10 + (v & 15); }

static bool decode_date(struct date *d) {
  bool evening = d->h & 0x80, half_days = !(d->mode & 2);
  d->h &= 0x7f;
  if (!(d->mode & 4)) {
    d->s = from_bcd(d->s), d->min = from_bcd(d->min), d->h = from_bcd(d->h), d->day = from_bcd(d->day);
    d->month = from_bcd(d->month), d->year = from_bcd(d->year), d->century = from_bcd(d->century);
  }
  if (half_days) d->h = d->h % 12 + (evening ? 12 : 0);
  d->year += d->century >= 19 && d->century <= 21 ? d->century * 100 : 2000;
  return d->s < 61 && d->min < 60 && d->h < 24 && d->day - 1 < 31 && d->month - 1 < 12;
}

/* Days since 1970 of a day in the Gregorian calendar, counting years from March. */
static int64_t days_of(const struct date *d) {
  int64_t y = d->month <= 2 ? d->year - 1 : d->year, m = d->month > 2 ? d->month - 3 : d->month + 9;
  return y * 365 + y / 4 - y / 100 + y / 400 + (m * 153 + 2) / 5 + d->day - 1 - 719468;
}

/* Two equal readings: none was taken while the clock moved on. */
static int64_t rtc_seconds(void) {
  struct date d, again;
  for (unsigned tries = 0; tries < RTC_TRIES; tries++) {
    if (rtc_read(RTC_A) & 0x80) continue;
    d = rtc_date(), again = rtc_date();
    if (d.s != again.s || d.min != again.min || d.h != again.h || d.day != again.day) continue;
    return decode_date(&d) ? days_of(&d) * 86400 + d.h * 3600 + d.min * 60 + d.s : 0;
  }
  return 0;
}

void clock_start(struct plat *p) {
  p->clock.wall = rtc_seconds();
  start_measure(p);
  p->clock.start = p->clock.pit_after;
}

void clock_run(struct plat *p) {
  p->clock.running = true;
  p->clock.ran = cpu_ticks();
}
