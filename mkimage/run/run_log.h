/* mkimage/run/run_log.h - the log for people, with -v: beside the program's output, never in its middle.
 *
 * Log and output leave the machine by pipes of their own and often meet on one
 * terminal.  Boot lines stand before everything the program says and are shown
 * at once; a later line waits until the output that was written before it is
 * delivered, and begins a line of its own.
 */
#ifndef MKIMAGE_RUN_LOG_H
#define MKIMAGE_RUN_LOG_H

#include <stdbool.h>
#include <stddef.h>

enum { RUN_LOG_LINE = 250, RUN_LOG_WAIT = 16384 };

struct run_log {
  bool inside;             /* what shares standard error with the log stands within a line */
  size_t have, waiting;    /* bytes of the two below */
  char line[RUN_LOG_LINE]; /* a line that is not whole yet */
  char wait[RUN_LOG_WAIT]; /* lines that wait, each with its newline */
};

/* Takes bytes of the log as they come. */
void run_log_take(struct run_log *l, const char *bytes, size_t n);

/* Something else went where the log goes. */
void run_log_beside(struct run_log *l, const char *bytes, size_t n);

/* Shows what waits; at the end of all also a line without an end. */
void run_log_show(struct run_log *l, bool end);

#endif
