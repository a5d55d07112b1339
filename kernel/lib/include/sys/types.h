/* kernel/lib/include/sys/types.h - for the headers of the static libraries. */
#ifndef LIB_SYS_TYPES_H
#define LIB_SYS_TYPES_H

#include <stddef.h>
#include <stdint.h>

typedef long ssize_t;
typedef int64_t off_t;

#endif
