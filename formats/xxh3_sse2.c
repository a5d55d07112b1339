/* formats/xxh3_sse2.c - XXH3 for every x86-64 processor, and the portable build elsewhere.
 *
 * Floor 0, behind digest.c.
 */
#include "formats/xxh3_build.h"

const struct xxh3 xxh3_sse2 = {start, add, final, over};
