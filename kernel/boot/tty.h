/* kernel/boot/tty.h - the line discipline of a terminal: echo, erase, kill, end of file.  Pure bytes.
 *
 * Canonical input as termios(3) has it at start-up: a line is read when it is complete.  ^H and DEL erase a
 * character (a UTF-8 sequence is one), ^U the line, ^D ends it where it is (an empty line then reads as the end of
 * input), carriage return becomes newline.  A program may turn each of it off.
 */
#ifndef KERNEL_BOOT_TTY_H
#define KERNEL_BOOT_TTY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TTY_LINE = 4096 };

struct tty {
  bool raw;    /* no lines: each byte can be read at once, none edits */
  bool silent; /* no echo */
  bool plain;  /* a carriage return stays one */
  char line[TTY_LINE];
  size_t have;  /* bytes in line */
  size_t given; /* of them read, once the line is complete */
  bool complete;
  void (*echo)(void *owner, const char *bytes, size_t n);
  void *owner;
};

/* One byte from the keyboard; must not be called while a line is complete. */
void tty_key(struct tty *t, char c);

/* The rest of the complete line: *n bytes at the returned pointer (0: end of input). */
const char *tty_line(struct tty *t, size_t *n);
/* n bytes of it were read; the line is over when all were. */
void tty_used(struct tty *t, size_t n);

#endif
