/* kernel/plat/kvm-x86_64/console.c - the log, the program's three channels, and the status line.
 *
 * With the ports of the boot line each goes its own way: debug consoles take a run of bytes in one instruction, input
 * comes through a 16550 in frames that are asked for, and whose length of zero is its end.  Without them all share COM1
 * as a terminal.
 */
#include <string.h>

#include "kernel/plat/kvm-x86_64/inner.h"
#include "kernel/plat/x86_64/cpu.h"

enum { COM1 = 0x3f8, COM2 = 0x2f8, COM3 = 0x3e8, COM4 = 0x2e8, FIFO = 16 };
enum { UART_DATA = 0, UART_IER = 1, UART_FCR = 2, UART_LCR = 3, UART_MCR = 4, UART_LSR = 5, UART_SCRATCH = 7 };
enum { FCR_ENABLE = 0xc1 }; /* receive trigger at 14 bytes */
enum { LSR_READY = 1, LSR_EMPTY = 0x20, ABSENT = 0xff };

static bool uart_there(uint16_t base) {
  cpu_out8(base + UART_SCRATCH, 0x5a);
  return cpu_in8(base + UART_SCRATCH) == 0x5a && cpu_in8(base + UART_LSR) != ABSENT;
}

/* 115200 bits a second, 8 bits, no parity, FIFOs; interrupts when bytes arrive.  QEMU hands over as many bytes at once
 * as the trigger level has: with 14 input is ten times as fast as with 1. */
static void uart_start(uint16_t base) {
  cpu_out8(base + UART_IER, 0);
  cpu_out8(base + UART_LCR, 0x80);
  cpu_out8(base + UART_DATA, 1);
  cpu_out8(base + UART_IER, 0);
  cpu_out8(base + UART_LCR, 3);
  cpu_out8(base + UART_FCR, FCR_ENABLE);
  cpu_out8(base + UART_MCR, 0x0b);
}

static void uart_write(const uint8_t *p, size_t n) {
  while (n > 0) {
    size_t part = n < FIFO ? n : FIFO;
    while (!(cpu_in8(COM1 + UART_LSR) & LSR_EMPTY)) {
    }
    cpu_out_run(COM1 + UART_DATA, p, part);
    p += part, n -= part;
  }
}

/* A terminal wants a carriage return before each newline. */
static void terminal_write(const uint8_t *p, size_t n) {
  while (n > 0) {
    const uint8_t *newline = memchr(p, '\n', n);
    size_t part = newline ? (size_t)(newline - p) : n;
    uart_write(p, part);
    if (newline) uart_write((const uint8_t *)"\r\n", 2), part++;
    p += part, n -= part;
  }
}

void console_start(struct plat *p) {
  const struct line_words *w = &p->words;
  p->console.terminal = !w->log && !w->out && !w->in;
  p->console.framed = w->in != 0;
  uart_start(COM1);
  if (w->in && w->in != COM1) uart_start(w->in);
  p->console.serial = w->in ? w->in : COM1;
  if (!uart_there(p->console.serial)) p->console.serial = 0;
  if (p->console.serial) cpu_out8(p->console.serial + UART_IER, 1);
}

unsigned console_interrupt(const struct plat *p) {
  uint16_t base = p->console.serial;
  return base == COM1 || base == COM3 ? 4 : base == COM2 || base == COM4 ? 3 : 0;
}

static void write_to(struct plat *p, uint16_t port, const void *bytes, size_t n) {
  if (port)
    cpu_out_run(port, bytes, n);
  else if (p->console.terminal)
    terminal_write(bytes, n);
  else
    uart_write(bytes, n);
}

void plat_log(struct plat *p, const char *text, size_t n) { write_to(p, p->words.log, text, n); }

void plat_write(struct plat *p, int channel, const void *bytes, size_t n) {
  const uint16_t ports[] = {0, p->words.out, p->words.err, p->words.save};
  write_to(p, ports[channel] ? ports[channel] : p->words.log, bytes, n);
}

void plat_status(struct plat *p, const char *text, size_t n) {
  if (!p->words.status) return;
  cpu_out_run(p->words.status, text, n);
  cpu_out8(p->words.status, '\n');
}

static bool byte_waits(const struct console *c) { return cpu_in8(c->serial + UART_LSR) & LSR_READY; }

/* Asks for one frame, by any byte: nobody sends before, so what the program never reads stays outside, and no byte
 * comes before the FIFOs are on (QEMU would lose it). */
static void ask(struct console *c) {
  if (c->asked) return;
  cpu_out8(c->serial + UART_DATA, '?');
  c->asked = true;
}

/* Reads the header of the next frame as far as it has come. */
static void read_header(struct console *c) {
  if (!c->ended && c->frame_left == 0) ask(c);
  while (!c->ended && c->frame_left == 0 && byte_waits(c)) {
    c->header[c->header_have++] = cpu_in8(c->serial + UART_DATA);
    if (c->header_have < sizeof c->header) continue;
    c->header_have = 0;
    c->frame_left = c->header[0] | (uint32_t)c->header[1] << 8;
    c->ended = c->frame_left == 0;
    c->asked = false;
  }
}

bool plat_readable(struct plat *p) {
  struct console *c = &p->console;
  if (!c->serial) return true;
  if (!c->framed) return byte_waits(c);
  read_header(c);
  return c->ended || (c->frame_left > 0 && byte_waits(c));
}

int64_t plat_read(struct plat *p, void *bytes, size_t n) {
  struct console *c = &p->console;
  uint8_t *to = bytes;
  size_t done = 0;
  while (c->serial && done < n && plat_readable(p) && !c->ended) {
    to[done++] = cpu_in8(c->serial + UART_DATA);
    if (c->framed) c->frame_left--;
  }
  if (done > 0 || n == 0) return (int64_t)done;
  return !c->serial || c->ended ? 0 : ERR_AGAIN;
}

bool plat_is_terminal(struct plat *p) { return p->console.terminal; }
