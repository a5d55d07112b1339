/* mkimage/lib/say.h - everything the tool tells people, and the statuses it ends with.
 *
 * Messages go to standard error, one line each, "mkimage: " in front.  Names
 * that come from files go through say_name, so that no control character of
 * theirs reaches a terminal.  There is no file-level state: -q, -v and -j
 * travel in a struct say.
 */
#ifndef MKIMAGE_SAY_H
#define MKIMAGE_SAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "formats/flaw.h"

enum status {
  EXIT_DONE = 0,    /* done */
  EXIT_DIFFERS = 1, /* verify: the trees differ */
  EXIT_USAGE = 2,   /* usage, configuration, input or output error */
  EXIT_DAMAGED = 3, /* damaged image or archive */
  EXIT_UNFIT = 4,   /* not representable, or does not fit */
};

struct progress;

/* The first error of a thread that may not speak yet: whether it counts is known when what came before is done. */
struct say_held {
  char text[1024]; /* "": none */
};

struct say {
  bool quiet;                /* -q: errors only */
  bool verbose;              /* -v */
  bool json;                 /* --json: what is told on standard output are objects, by those who have them */
  unsigned jobs;             /* -j: threads; 0: one for each processor that may be used */
  bool aside;                /* infos go to standard error: standard output is a program's */
  uint64_t began;            /* say_clock, when the work began */
  struct progress *progress; /* NULL: none is shown */
  struct say_held *held;     /* NULL: errors are printed at once */
};

/* Prints an error and returns `status`, so that a failure is `return say_error(...)`. */
int say_error(const struct say *s, int status, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Warnings are printed unless -q; infos likewise, on standard output, without a prefix, but not beside JSON; details
 * only with -v. */
void say_warn(const struct say *s, const char *format, ...) __attribute__((format(printf, 2, 3)));
void say_info(const struct say *s, const char *format, ...) __attribute__((format(printf, 2, 3)));
void say_detail(const struct say *s, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A line of somebody's file, set off below an error; already escaped. */
void say_quote(const char *text);

/* "mkimage: FILE: FLAW" (FILE NULL: left out); returns the flaw's status. */
int say_flaw(const struct say *s, const char *file, const struct flaw *flaw);

/* "mkimage: FILE: strerror(error)" and EXIT_USAGE. */
int say_errno(const struct say *s, const char *file, const char *doing, int error);

/* The status for a code of formats/err.h: bad bytes EXIT_DAMAGED, all others EXIT_USAGE. */
int say_status(int code);

/* A name for a message, escaped, its middle left out when it is very long:
 * say_error(s, EXIT_USAGE, "%s: is gone", say_name(path).text).  Lives until the end of the full expression. */
struct say_name {
  char text[1100];
};
struct say_name say_bytes(const char *name, size_t len);
struct say_name say_name(const char *name);

/* Nanoseconds of a clock that only goes forward. */
uint64_t say_clock(void);

/* "1.5 MiB", "12 bytes". */
struct say_size {
  char text[32];
};
struct say_size say_size(uint64_t bytes);

#endif
