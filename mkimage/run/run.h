/* mkimage/run/run.h - boots an image under QEMU as if its program ran here.
 *
 * The machine is given one isa-debugcon port for each stream that leaves it and
 * a second serial port for the one that enters it, so that the program's bytes
 * and the kernel's log never meet:
 *
 *   log, out, err, status   one byte per outb (or rep outsb), to pipes that we read
 *   in                      a 16550.  The machine asks for input by sending one byte (any
 *                           value) and gets one frame for it: length u16 little-endian, then that
 *                           many bytes; length 0 is the end of the input.  Nothing is sent unasked:
 *                           a byte that arrives before the FIFOs are enabled would be lost, and
 *                           what the program never reads stays in our standard input, for others.
 *                           With the receive trigger at 14 bytes (FCR 0xc7) QEMU hands over bytes
 *                           about ten times as fast as with the trigger at 1.
 *   save                    with --save: an archive of what the program left, in pieces (docs/boot.md)
 *   exit                    isa-debug-exit, behind the status line
 *
 * The status line tells how it ended; a machine that ends without one failed.
 */
#ifndef MKIMAGE_RUN_H
#define MKIMAGE_RUN_H

#include <stdint.h>
#include <sys/types.h>

#include "formats/elf.h"
#include "formats/limits.h"
#include "mkimage/lib/say.h"

/* Ends that are not the program's own. */
enum { RUN_EXIT_SIGNALLED = 128, RUN_EXIT_PANIC = 70, RUN_EXIT_STOPPED = 71, RUN_EXIT_TIMEOUT = 124 };

/* X(name, port): the streams that leave the machine, in this order everywhere. */
#define RUN_STREAMS(X)       X(log, 0xe9) X(out, 0xea) X(err, 0xeb) X(status, 0xec) X(save, 0xed)
#define RUN_ENUM(name, port) RUN_##name,
enum run_stream { RUN_STREAMS(RUN_ENUM) RUN_STREAM_COUNT };
#undef RUN_ENUM
enum { RUN_PORT_IN = 0x2f8, RUN_PORT_EXIT = 0xf4 };

/* --- what the program left ------------------------------------------------- */

/* The archive comes in pieces, and most of it is not sent: it lies in the machine's memory, which is a file of ours. */
struct run_save {
  const struct say *say;
  char *const *keep; /* paths, `keeps` of them; none: all of / */
  int keeps;
  int ram;          /* the file */
  uint64_t low_end; /* of the memory below 4 GiB: what lies above it in the file begins at 4 GiB */
  uint64_t ram_bytes;
  const uint8_t *bytes; /* of the memory */
  int spool;            /* the archive so far */
  uint64_t size;        /* of it */
  int attrs;            /* extended attributes, as they came */
  uint64_t attrs_size;
  int status; /* what went wrong, said; nothing is taken from then on */

  /* run_save.c's own */
  uint8_t head[17];
  size_t have;
  uint64_t left; /* bytes of the piece at hand that are still to be sent */
};

/* An extended attribute, where it lies. */
struct run_attr {
  const char *path, *name; /* not NUL-terminated; the path is that of the archive, "" for the root */
  size_t path_len, name_len;
  const uint8_t *value;
  uint64_t size;
};

/* A memory for a machine with ram_bytes and low_end set, and an empty archive.  EXIT_DONE, or the status with the error
 * said.  Close it in either case. */
int run_save_open(struct run_save *s, const struct say *say);
void run_save_take(struct run_save *s, const uint8_t *bytes, size_t n);
void run_save_close(struct run_save *s);

/* The next of those that lie in p[*at .. n).  1; 0 at the end; -1 when it is none. */
int run_save_attr(const uint8_t *p, uint64_t n, uint64_t *at, struct run_attr *a);

/* --- what to start ------------------------------------------------------- */

struct run_plan {
  const char *qemu;    /* the program */
  const char *image;   /* path of the image */
  const char *initrd;  /* path, or NULL */
  const char *machine; /* microvm, q35 or pc */
  const char *cpu;
  const char *extra; /* further words for QEMU, separated by blanks; NULL: none */
  uint64_t memory_mib;
  uint64_t timeout_ms;        /* 0: none */
  bool joined;                /* our standard output and error are one file: what goes there stays in order */
  struct run_save *save;      /* NULL: nothing is saved */
  char line[LIMIT_BOOT_LINE]; /* the boot line */
};

/* run_line.c: the kernel's words, those of `save` unless it is NULL, and, when there are any, the program's arguments
 * (args NULL: leave those of the image).  ERR_TOOBIG when it does not fit. */
int run_line(char line[LIMIT_BOOT_LINE], const struct run_save *save, char *const *args, int n);

/* run_fit.c: where QEMU puts things, and what it would not notice. */
struct run_fit {
  uint64_t kernel_end;  /* physical address behind the last segment's last byte */
  uint64_t initrd;      /* bytes of the file given as -initrd; 0: none */
  uint64_t memory;      /* -m in bytes */
  const char *machine;  /* microvm, q35 or pc */
  uint64_t ram_end;     /* out: end of the RAM below 4 GiB */
  uint64_t initrd_at;   /* out: where the initrd will lie */
  uint64_t wanted_mib;  /* out: the smallest -m that would do; 0: none would */
  const char *sentence; /* out: why it does not fit */
};
int run_fit(struct run_fit *f); /* 0 or ERR_NOSPC */

/* Where RAM below 4 GiB ends on a board with so many bytes of it. */
uint64_t run_low_end(const char *machine, uint64_t memory);

/* The physical end of the image's segments.  0 or flaw's code. */
int run_kernel_end(const struct elf *e, uint64_t *end, struct flaw *flaw);

/* --- QEMU ------------------------------------------------------------------- */

struct run_qemu {
  pid_t pid;                    /* 0: not running */
  int ended;                    /* pidfd: readable when it has ended */
  int stream[RUN_STREAM_COUNT]; /* read ends, not blocking; -1: err when it is joined to out, save when nothing is */
  int said;                     /* QEMU's own standard output and error, not blocking */
  int input;                    /* socket of the serial port, not blocking */
};

/* run_qemu.c: 0, or a status with the error said. */
int run_qemu_start(struct run_qemu *q, const struct run_plan *plan, const struct say *say);
void run_qemu_kill(struct run_qemu *q);
/* Reaps it (kills it first when it still runs); the wait status; closes everything. */
int run_qemu_stop(struct run_qemu *q);

/* --- how it ended --------------------------------------------------------------- */

enum run_how {
  RUN_NOT,     /* the machine said nothing */
  RUN_EXIT,    /* the program ended: status */
  RUN_SIGNAL,  /* the program was ended by signal `status` */
  RUN_STOPPED, /* the boot stopped before the program: text */
  RUN_PANIC,   /* the kernel gave up: text */
  RUN_TIMEOUT,
  RUN_OUTPUT,      /* our own output `status` (1 or 2) failed with errno `error` */
  RUN_INTERRUPTED, /* we got signal `status` */
  RUN_REFUSED,     /* nothing was booted; our status is `status` */
};

struct run_end {
  enum run_how how;
  int status, error;
  uint64_t wall_ms;
  int qemu;         /* QEMU's wait status */
  bool inside;      /* what went to our standard error ends within a line */
  char text[1024];  /* from the machine, escaped */
  char said[2048];  /* the end of what QEMU itself said, NUL-terminated */
  char log[16384];  /* the end of the log */
  uint32_t log_len; /* bytes of it */
};

/* run_channels.c: carries all streams until the machine has ended and everything is delivered. */
int run_carry(struct run_qemu *q, const struct run_plan *plan, const struct say *say, struct run_end *end);

/* The machine's status line: "exit N", "signal N", "stopped TEXT", "panic TEXT".  RUN_NOT for anything else. */
void run_parse(const char *line, size_t n, struct run_end *end);

/* run_result.c: the status for an end, said in one line where it is not the program's own. */
int run_tell(const struct run_plan *plan, const struct run_end *end, const struct say *say);
/* --result FILE: one JSON object, the whole file or none. EXIT_DONE, or a status with the error said. */
int run_result(const char *file, const struct run_end *end, const struct say *say);

#endif
