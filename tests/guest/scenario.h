/* tests/guest/scenario.h - what scenario.c and scenario_more.c share. */
#ifndef SCENARIO_H
#define SCENARIO_H

#include "calls.h"

#define HERE       AT_FDCWD
#define SHOW(call) fprintf(out, "%s = %ld\n", #call, (long)(call))

int scenario_opens(const struct calls *k, int dir, const char *path, int flags); /* 0 or the error */
int scenario_put(const struct calls *k, const char *path, const char *text);
void scenario_show(const struct calls *k, FILE *out, const char *path);
void scenario_show_bytes(const struct calls *k, FILE *out, const char *path);
void scenario_more(const struct calls *k, FILE *out); /* the second half */

#endif
