/* tests/fuzz/odc.c - any bytes as a cpio archive of the kind odc: see archive.h and cpio_repair.h. */
#include "fuzz/archive_target.h"

static const struct cpio_kind kind = {
    .magic = "070707", .base = 8, .header = 76, .align = 1, .size = {65, 11}, .name_size = {59, 6}};

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) { return cpio_target(bytes, n, "odc", &kind); }
