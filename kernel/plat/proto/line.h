/* kernel/plat/proto/line.h - the boot line: kernel words, then `--`, then the program's arguments.
 *
 * Words are separated by blanks; one with blanks inside is quoted "...", with \" and \\ inside.  Pure text.
 */
#ifndef PROTO_LINE_H
#define PROTO_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "formats/limits.h"

/* X(word, meaning): hexadecimal I/O ports */
#define LINE_PORTS(X)                                                                                                  \
  X(log, "the kernel's log, an isa-debugcon")                                                                          \
  X(out, "the program's standard output, an isa-debugcon")                                                             \
  X(err, "the program's standard error, an isa-debugcon")                                                              \
  X(status, "one line on how it ended, an isa-debugcon")                                                               \
  X(in, "the program's standard input in frames, a 16550")                                                             \
  X(save, "what the program left in /, an archive, an isa-debugcon")                                                   \
  X(exit, "isa-debug-exit")

struct line_words {
#define LINE_MEMBER(word, meaning) uint16_t word;
  LINE_PORTS(LINE_MEMBER)
#undef LINE_MEMBER
  bool ram;              /* `ram`: whoever takes what is saved can look into the machine's memory */
  bool quiet;            /* `quiet`: the log says only what goes wrong */
  char init[LIMIT_PATH]; /* `init=/path`: the program, before the manifest's; "" when not told */
};

/* The next word of a line, unquoted, into out[0..n) with its NUL.  1; 0 at the end; ERR_INVAL for a quote
 * that is not closed, ERR_RANGE when it does not fit (*at then stands behind the word all the same). */
int line_next(const char **at, char *out, size_t n);

/* Reads the kernel words; `keep=/path` is one, for whoever saves.  `unknown` (may be NULL) is told every word that
 * means nothing here.  Returns where the program's arguments begin, or NULL when the line has no `--`. */
const char *line_read(const char *line, struct line_words *w, void (*unknown)(void *owner, const char *word),
                      void *owner);

#endif
