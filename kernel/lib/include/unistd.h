/* kernel/lib/include/unistd.h - for zconf.h, which wants the names of the seek origins. */
#ifndef LIB_UNISTD_H
#define LIB_UNISTD_H

#include <sys/types.h>

enum { SEEK_SET = 0, SEEK_CUR = 1, SEEK_END = 2 };

#endif
