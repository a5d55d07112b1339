/* tests/fuzz/crc.c - any bytes as a cpio archive of the kind crc: see archive.h. */
#include "fuzz/archive.h"

ARCHIVE_FUZZ("crc")
