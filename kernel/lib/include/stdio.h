/* kernel/lib/include/stdio.h - printing into memory: %d i u x X o c s p %, flags 0 - + # and blank, width, precision,
 * lengths hh h l ll z j t.  There are no files and no floating point here.
 */
#ifndef LIB_STDIO_H
#define LIB_STDIO_H

#include <stdarg.h>
#include <stddef.h>

int snprintf(char *out, size_t n, const char *format, ...) __attribute__((format(printf, 3, 4)));
int vsnprintf(char *out, size_t n, const char *format, va_list args) __attribute__((format(printf, 3, 0)));

#endif
