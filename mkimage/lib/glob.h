/* mkimage/lib/glob.h - the patterns of `exclude`.
 *
 * A pattern is matched component by component: `*`, `?` and `[...]` never match
 * a slash, a component `**` matches any number of components, none too.  A
 * pattern without a slash (but one at its end) matches the last component at any
 * depth; with a slash it is matched against the whole path, from the root.  A
 * slash at the end matches directories only.  Letters match as bytes.
 */
#ifndef MKIMAGE_GLOB_H
#define MKIMAGE_GLOB_H

#include <stdbool.h>

/* Does the pattern match this clean path ("a/b")? */
bool glob_match(const char *pattern, const char *path, bool is_dir);

#endif
