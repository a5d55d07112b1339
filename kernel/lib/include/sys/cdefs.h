/* kernel/lib/include/sys/cdefs.h - for the headers of the static libraries. */
#ifndef LIB_SYS_CDEFS_H
#define LIB_SYS_CDEFS_H

#define __BEGIN_DECLS
#define __END_DECLS

#endif
