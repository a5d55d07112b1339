/* formats/err.h - the one list of errors, for every floor and for the host.
 *
 * A call returns 0 or a positive amount when it succeeds, a negative code from
 * this list when it fails.  Codes that Linux knows carry Linux's number, so the
 * system-call table hands them to the program unchanged; codes for bad bytes
 * start at 1000 and never reach a program.  Families: what is not there, the
 * caller's fault, bad bytes, no room, our own bug.
 */
#ifndef FORMATS_ERR_H
#define FORMATS_ERR_H

/* X(name, number, family, sentence) */
#define ERR_LIST(X)                                                                                                    \
  /* not there */                                                                                                      \
  X(NOENT, 2, ABSENT, "no such file or directory")                                                                     \
  X(SRCH, 3, ABSENT, "no such process")                                                                                \
  X(NXIO, 6, ABSENT, "no such device or address")                                                                      \
  X(CHILD, 10, ABSENT, "no child processes")                                                                           \
  X(NODEV, 19, ABSENT, "no such device")                                                                               \
  X(NOSYS, 38, ABSENT, "function not implemented")                                                                     \
  X(NODATA, 61, ABSENT, "no data available")                                                                           \
  X(OPNOTSUPP, 95, ABSENT, "operation not supported")                                                                  \
  /* the caller's fault */                                                                                             \
  X(PERM, 1, CALLER, "operation not permitted")                                                                        \
  X(INTR, 4, CALLER, "interrupted system call")                                                                        \
  X(IO, 5, CALLER, "input/output error")                                                                               \
  X(TOOBIG, 7, CALLER, "argument list too long")                                                                       \
  X(NOEXEC, 8, CALLER, "exec format error")                                                                            \
  X(BADF, 9, CALLER, "bad file descriptor")                                                                            \
  X(AGAIN, 11, CALLER, "resource temporarily unavailable")                                                             \
  X(ACCES, 13, CALLER, "permission denied")                                                                            \
  X(FAULT, 14, CALLER, "bad address")                                                                                  \
  X(BUSY, 16, CALLER, "device or resource busy")                                                                       \
  X(EXIST, 17, CALLER, "file exists")                                                                                  \
  X(XDEV, 18, CALLER, "invalid cross-device link")                                                                     \
  X(NOTDIR, 20, CALLER, "not a directory")                                                                             \
  X(ISDIR, 21, CALLER, "is a directory")                                                                               \
  X(INVAL, 22, CALLER, "invalid argument")                                                                             \
  X(NFILE, 23, CALLER, "too many open files in system")                                                                \
  X(MFILE, 24, CALLER, "too many open files")                                                                          \
  X(NOTTY, 25, CALLER, "inappropriate ioctl for device")                                                               \
  X(TXTBSY, 26, CALLER, "text file busy")                                                                              \
  X(FBIG, 27, CALLER, "file too large")                                                                                \
  X(SPIPE, 29, CALLER, "illegal seek")                                                                                 \
  X(ROFS, 30, CALLER, "read-only file system")                                                                         \
  X(MLINK, 31, CALLER, "too many links")                                                                               \
  X(PIPE, 32, CALLER, "broken pipe")                                                                                   \
  X(DOM, 33, CALLER, "argument out of domain")                                                                         \
  X(RANGE, 34, CALLER, "result out of range")                                                                          \
  X(NAMETOOLONG, 36, CALLER, "file name too long")                                                                     \
  X(NOTEMPTY, 39, CALLER, "directory not empty")                                                                       \
  X(LOOP, 40, CALLER, "too many levels of symbolic links")                                                             \
  X(OVERFLOW, 75, CALLER, "value too large")                                                                           \
  X(TIMEDOUT, 110, CALLER, "timed out")                                                                                \
  /* no room */                                                                                                        \
  X(NOMEM, 12, ROOM, "out of memory")                                                                                  \
  X(NOSPC, 28, ROOM, "no space left")                                                                                  \
  X(WANT_ROOM, 1100, ROOM, "more room is needed to go on")                                                             \
  /* bad bytes */                                                                                                      \
  X(CUT, 1000, BYTES, "the data ends too early")                                                                       \
  X(MAGIC, 1001, BYTES, "not of a known kind")                                                                         \
  X(NUMBER, 1002, BYTES, "a number field holds something else")                                                        \
  X(NAME, 1003, BYTES, "a name that is not allowed")                                                                   \
  X(TYPE, 1004, BYTES, "an unknown file type")                                                                         \
  X(SIZE, 1005, BYTES, "a size that cannot be")                                                                        \
  X(SUM, 1006, BYTES, "a checksum that does not match")                                                                \
  X(STREAM, 1007, BYTES, "a compressed stream that is damaged")                                                        \
  X(VERSION, 1008, BYTES, "a version this build does not know")                                                        \
  X(LAYOUT, 1009, BYTES, "parts that do not fit together")                                                             \
  X(JUNK, 1010, BYTES, "bytes where none should be")                                                                   \
  X(TREE, 1011, BYTES, "an entry that does not fit the tree")                                                          \
  /* our own bug */                                                                                                    \
  X(BUG, 1900, BUG, "an internal error")

enum err_family { ERR_ABSENT, ERR_CALLER, ERR_ROOM, ERR_BYTES, ERR_BUG_FAMILY };

#define ERR_ENUM(name, number, family, sentence) ERR_##name = -(number),
enum err { ERR_NONE = 0, ERR_LIST(ERR_ENUM) };
#undef ERR_ENUM

/* The sentence for a code ("unknown error" for one that is not in the list). */
const char *err_sentence(int code);

/* The family of a code; a code that is not in the list is our own bug. */
enum err_family err_family(int code);

#endif
