/* kernel/boot/tty.c - a terminal's line while it is typed. */
#include "kernel/boot/tty.h"

#include <assert.h>

enum { BACKSPACE = 8, DELETE = 0x7f, END_OF_FILE = 4, KILL_LINE = 0x15 };

static void echo(struct tty *t, const char *bytes, size_t n) {
  if (!t->silent) t->echo(t->owner, bytes, n);
}

static bool continues(char c) { return ((uint8_t)c & 0xc0) == 0x80; }

static void erase(struct tty *t) {
  if (t->have == 0) return;
  while (t->have > 1 && continues(t->line[t->have - 1])) t->have--;
  t->have--;
  echo(t, "\b \b", 3);
}

/* The last byte of the room is for the newline: a line that is too long can still be ended. */
static void add(struct tty *t, char c) {
  if (t->have >= TTY_LINE - (c != '\n')) return;
  t->line[t->have++] = c;
  if ((uint8_t)c >= ' ' || c == '\n' || c == '\t')
    echo(t, &c, 1);
  else
    echo(t, (char[2]){'^', (char)(c + '@')}, 2);
}

void tty_key(struct tty *t, char c) {
  assert(!t->complete);
  if (c == '\r' && !t->plain) c = '\n';
  if (t->raw) {
    add(t, c);
    t->complete = true;
    return;
  }
  if (c == BACKSPACE || c == DELETE) return erase(t);
  if (c == KILL_LINE) {
    while (t->have > 0) erase(t);
    return;
  }
  if (c != END_OF_FILE) add(t, c);
  t->complete = c == '\n' || c == END_OF_FILE;
  t->given = 0;
}

const char *tty_line(struct tty *t, size_t *n) {
  assert(t->complete);
  *n = t->have - t->given;
  return t->line + t->given;
}

void tty_used(struct tty *t, size_t n) {
  assert(t->complete && n <= t->have - t->given);
  t->given += n;
  if (t->given < t->have) return;
  t->have = t->given = 0;
  t->complete = false;
}
