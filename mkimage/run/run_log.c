/* mkimage/run/run_log.c - the machine's log on standard error: see run_log.h. */
#include "mkimage/run/run_log.h"

#include <stdio.h>
#include <string.h>

#include "mkimage/lib/say.h"

static void log_line(struct run_log *l, const char *line, size_t n) {
  fprintf(stderr, "%s%s\n", l->inside ? "\n" : "", say_bytes(line, n).text);
  l->inside = false;
}

static void log_wait(struct run_log *l, const char *line, size_t n) {
  if (n + 1 > sizeof l->wait - l->waiting) run_log_show(l, false);
  memcpy(l->wait + l->waiting, line, n);
  l->waiting += n;
  l->wait[l->waiting++] = '\n';
}

/* The stages' lines, and the last one before the program, begin with "boot: ". */
static void log_whole(struct run_log *l) {
  static const char boot[] = "boot: ";
  size_t n = l->have;
  l->have = 0;
  if (l->waiting == 0 && n >= sizeof boot - 1 && memcmp(l->line, boot, sizeof boot - 1) == 0)
    log_line(l, l->line, n);
  else
    log_wait(l, l->line, n);
}

void run_log_take(struct run_log *l, const char *bytes, size_t n) {
  for (size_t i = 0; i < n; i++) {
    if (bytes[i] != '\n') l->line[l->have++] = bytes[i];
    if (bytes[i] == '\n' || l->have == sizeof l->line) log_whole(l); /* a line without an end goes in pieces */
  }
}

void run_log_beside(struct run_log *l, const char *bytes, size_t n) {
  if (n > 0) l->inside = bytes[n - 1] != '\n';
}

void run_log_show(struct run_log *l, bool end) {
  for (size_t at = 0; at < l->waiting;) {
    const char *line = l->wait + at, *stop = memchr(line, '\n', l->waiting - at);
    log_line(l, line, (size_t)(stop - line));
    at += (size_t)(stop - line) + 1;
  }
  l->waiting = 0;
  if (end && l->have > 0) log_line(l, l->line, l->have);
  if (end) l->have = 0;
}
