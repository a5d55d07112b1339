/* tests/fuzz/newc.c - any bytes as a cpio archive of the kind newc: see archive.h. */
#include "fuzz/archive.h"

ARCHIVE_FUZZ("newc")
