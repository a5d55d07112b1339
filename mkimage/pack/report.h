/* mkimage/pack/report.h - what was written, told to people in a few lines or, with --json, as one object a line.
 *
 * What went to standard output stays alone there: nothing is told then.
 */
#ifndef MKIMAGE_REPORT_H
#define MKIMAGE_REPORT_H

#include "mkimage/pack/archive_write.h"
#include "mkimage/pack/build.h"

/* Three lines: entries, sizes and time; memory; what to type next.  `target` as the user wrote it. */
int report_image(const struct build *b, const char *target);

/* The first of these lines, for a bare archive.  Both return a status, the error said. */
int report_archive(const struct archive_write *a, const char *target);

#endif
