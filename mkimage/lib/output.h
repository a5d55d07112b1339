/* mkimage/lib/output.h - a file that appears whole or not at all.
 *
 * It is written without a name in the target's directory (where the file
 * system cannot do that: with a temporary name), and takes the target's name
 * when it is complete.  Between open and commit the signals that would end the
 * tool are held back and looked at with each write, so that nothing is left behind.
 *
 * A temporary name follows from the target's alone, and whoever has one holds a
 * lock on the file: what a run left that was killed is nobody's, and the next run
 * takes it away.
 */
#ifndef MKIMAGE_OUTPUT_H
#define MKIMAGE_OUTPUT_H

#include <limits.h>
#include <signal.h>
#include <sys/types.h>

#include "mkimage/lib/say.h"

struct output {
  const struct say *say;
  const char *target;
  int fd;                   /* -1: not open */
  char temporary[PATH_MAX]; /* "" while the file has no name */
  int lock;                 /* another descriptor of the file, that keeps it locked; -1: none */
  sigset_t before;
  bool standard;    /* standard output: nothing of the above */
  bool laid;        /* what is written is laid down first, and goes there with the commit */
  uint64_t written; /* there */
};

/* All return a status, the error said.  "-" is refused: nobody means a file of this name. */
int output_open(struct output *o, const struct say *say, const char *target);
/* The same over standard output, which gets what is written as it comes: in order, and it stays there.  A terminal is
 * refused. */
int output_open_standard(struct output *o, const struct say *say);
/* That too, of what is not written in order: nothing goes there before the commit. */
int output_open_laid(struct output *o, const struct say *say);
int output_write(struct output *o, const void *bytes, size_t n, uint64_t at);
/* Gives the file this mode (or what the umask leaves of 0666 when mode is 0) and the target's name. */
int output_commit(struct output *o, mode_t mode);
/* After a failure, or after commit: nothing stays. */
void output_drop(struct output *o);

#endif
