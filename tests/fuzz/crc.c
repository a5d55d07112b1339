/* tests/fuzz/crc.c - any bytes as a cpio archive of the kind crc: see archive.h and cpio_repair.h. */
#include "fuzz/archive_target.h"

static const struct cpio_kind kind = {
    .magic = "070702", .base = 16, .header = 110, .align = 4, .size = {54, 8}, .name_size = {94, 8}, .sum = {102, 8}};

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) { return cpio_target(bytes, n, "crc", &kind); }
