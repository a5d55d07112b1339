/* formats/path.h - a name from an archive, as safe relative components.
 *
 * Leading, repeated and trailing slashes and `.` components vanish; `..`,
 * components above LIMIT_NAME bytes and NULs are refused.  Nothing is copied.
 */
#ifndef FORMATS_PATH_H
#define FORMATS_PATH_H

#include <stdbool.h>
#include <stddef.h>

#include "formats/cursor.h"

/* The next component of a name.  1 with *part, *len; 0 at the end of the name;
 * ERR_NAME for `..` or a NUL, ERR_NAMETOOLONG for a component that is too long. */
int path_next(struct cursor *name, const char **part, size_t *len);

/* Whether every component may be used: 0, or the code that path_next would stop with. */
int path_check(const char *name, size_t len);

/* Whether it is one component, neither empty nor "." or "..", that may be used as it stands. */
bool path_plain(const char *part, size_t len);

/* Writes the canonical form ("a/b/c"; "." for the root) with its NUL to
 * out[0..n); returns its length, ERR_NAME, or ERR_NAMETOOLONG. */
int path_clean(const char *name, size_t len, char *out, size_t n);

/* Writes bytes for people: printable ASCII and valid UTF-8 as they are, control
 * characters, backslash and the rest as \n, \t, \\ or \xNN.  NUL-terminated; returns the
 * length it would have with enough room. */
size_t path_print(const char *name, size_t len, char *out, size_t n);

#endif
