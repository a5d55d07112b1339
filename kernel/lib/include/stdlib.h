/* kernel/lib/include/stdlib.h - declarations that the headers of the static libraries ask for.
 *
 * The kernel allocates from heap.h; malloc and its kin only satisfy the linker: they have no memory to give
 * (kernel/lib/foreign.c), for every library is handed its workspace.
 */
#ifndef LIB_STDLIB_H
#define LIB_STDLIB_H

#include <stddef.h>

void *malloc(size_t n);
void *calloc(size_t n, size_t size);
void free(void *p);
_Noreturn void abort(void);

unsigned long strtoul(const char *s, char **end, int base);

#endif
