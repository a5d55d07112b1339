/* mkimage/lib/spool.h - a temporary file without a name, in $TMPDIR, for contents that cannot be read twice. */
#ifndef MKIMAGE_SPOOL_H
#define MKIMAGE_SPOOL_H

#include "mkimage/lib/say.h"

/* Both return a status, the error said. */
int spool_open(const struct say *say, int *fd);
int spool_write(const struct say *say, int fd, const uint8_t *bytes, size_t n, uint64_t at);

/* Says that writing there failed, as errno has it; EXIT_USAGE. */
int spool_full(const struct say *say);

#endif
