/* tests/fuzz/odc.c - any bytes as a cpio archive of the kind odc: see archive.h. */
#include "fuzz/archive.h"

ARCHIVE_FUZZ("odc")
