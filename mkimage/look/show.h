/* mkimage/look/show.h - how entries are printed, for people and as JSON.
 *
 * For people, names go through path_print: no control character of theirs
 * reaches a terminal.  JSON is UTF-8: bytes that are none become U+FFFD, and the exact bytes stand beside
 * it in base64 (`path_b64`, `target_b64`).
 */
#ifndef MKIMAGE_SHOW_H
#define MKIMAGE_SHOW_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "mkimage/lib/attr.h"

/* What is shown of an entry, whether it comes from the tree or from the archive itself. */
struct show {
  const char *path, *target; /* target: NULL when it is no symlink */
  size_t path_len, target_len;
  uint32_t mode, uid, gid, major, minor;
  uint64_t size, nlink;
  int64_t mtime;
  uint32_t mtime_ns;
  const struct attr *attrs;
};

/* "file", "dir", "symlink", "fifo", "chr", "blk"; "unknown". */
const char *show_type(uint32_t mode);

/* "drwxr-xr-x" with set-id and sticky, as ls has it. */
void show_mode(uint32_t mode, char out[11]);

/* "2026-11-20 12:34:56", UTC; the seconds themselves when no calendar has them. */
void show_time(int64_t seconds, char *out, size_t n);

/* Names of any length, escaped. */
void show_name(FILE *to, const char *name, size_t len);

/* A line for each extended attribute, as under a line of the entry: name, length, value. */
void show_attrs(FILE *to, const struct attr *list);

/* One line as of ls -l (details), or the name alone. */
void show_line(FILE *to, const struct show *s, bool details);

/* The entry's JSON object, with `sha256` unless it is NULL; NULL: no memory. */
json_t *show_object(const struct show *s, const char *sha256);

/* Sets o[key] to a string of bytes that may be no UTF-8, and then key_b64. */
bool show_string(json_t *o, const char *key, const char *bytes, size_t len);

/* Prints an object in one line and drops it. False: no memory. */
bool show_json(FILE *to, json_t *o);

/* n bytes as 2n lower-case digits and a NUL. */
void show_hex(const uint8_t *bytes, size_t n, char *out);

#endif
