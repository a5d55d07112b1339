/* mkimage/verbs/left.h - run --save: what a program left, as an archive. */
#ifndef MKIMAGE_LEFT_H
#define MKIMAGE_LEFT_H

#include "mkimage/lib/verb.h"
#include "mkimage/run/run.h"

/* Before anything runs: can FILE be written, as far as one sees now?  EXIT_DONE, or the status with the error said. */
int left_check(const struct call *c);

/* After the end: looks at what came with the kernel's own unpacker, and writes FILE, whole or not at all.  What is not
 * in it is said.  The same returns. */
int left_write(const struct call *c, const struct run_save *s, const struct run_end *end);

#endif
