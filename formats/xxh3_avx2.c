/* formats/xxh3_avx2.c - XXH3 compiled with AVX2 (by the Makefile, on x86-64 alone).
 *
 * Floor 0, behind digest.c, which asks the processor before it calls in here.  What is gathered in pieces is
 * small or comes from a disk, so this set of instructions is for one run of bytes alone.
 */
#include "formats/xxh3_build.h"

const struct xxh3 xxh3_avx2 = {.over = over};
