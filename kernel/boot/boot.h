/* kernel/boot/boot.h - what the stages of the boot know of each other.
 *
 * The list of stages and its runner stand in boot.c; each stage is a function here, in the file of its subject.  A
 * stage returns 0 or a negative code; it may say a detail for its line in the log, or why it stops.
 */
#ifndef KERNEL_BOOT_BOOT_H
#define KERNEL_BOOT_BOOT_H

#include "formats/manifest.h"
#include "kernel/boot/section.h"
#include "kernel/boot/tty.h"
#include "kernel/mem/heap_inner.h"
#include "kernel/mem/pages_inner.h"
#include "kernel/plat/plat.h"
#include "kernel/plat/proto/line.h"
#include "kernel/program/program.h"
#include "kernel/vfscore/vfs_inner.h"

enum { BOOT_SENTENCE = 512, BOOT_CHANNELS = 3, BOOT_BUSY = MACHINE_MODULES + 2 };

struct boot;

/* X(name, need, another need): reading order is running order, and a stage that stands before one of its needs
 * does not compile. */
#define BOOT_STAGES(X)                                                                                                 \
  X(console, nothing, nothing)                                                                                         \
  X(machine, console, nothing)                                                                                         \
  X(kctors, machine, nothing)                                                                                          \
  X(pages, machine, nothing)                                                                                           \
  X(heap, pages, nothing)                                                                                              \
  X(clock, machine, nothing)                                                                                           \
  X(vfs, heap, clock)                                                                                                  \
  X(root, vfs, nothing)                                                                                                \
  X(find, heap, nothing)                                                                                               \
  X(check, find, kctors)                                                                                               \
  X(unpack, check, root)                                                                                               \
  X(release, unpack, nothing)                                                                                          \
  X(devices, unpack, nothing)                                                                                          \
  X(program, devices, release)

#define BOOT_DECLARE(name, need, need2) int boot_##name(struct boot *b);
BOOT_STAGES(BOOT_DECLARE)
#undef BOOT_DECLARE

/* Where page tables' frames come from. */
struct boot_frames {
  struct frames frames;
  struct pages *pages;
};

/* One of the program's channels as a character device. */
struct boot_channel {
  struct device device;
  struct plat *plat;
  struct tty *tty; /* NULL: bytes as they are */
  int channel;     /* of plat_write */
};

/* What to run, in heap memory. */
struct boot_command {
  char *path, *cwd, *input;
  const char **argv, **envp;
};

struct boot {
  struct plat *plat;
  struct line_words words;
  const char *arguments; /* in the machine's boot line, behind `--`; NULL: none */

  char detail[BOOT_SENTENCE];   /* of the stage that runs: for its line in the log */
  char sentence[BOOT_SENTENCE]; /* why it stops */

  struct pages pages;
  struct heap heap;
  struct boot_frames frames;
  struct vfs vfs;
  struct fs *fs;

  struct range payload;
  struct section section; /* what is in the payload; manifest NULL: nothing */
  bool embedded;          /* what is embedded is unpacked, and then, */
  bool external;          /* the loader's first module */
  struct unpack_report report;
  uint64_t accepted; /* bytes of payload and modules that `release` gave back */

  struct tty tty;
  struct boot_channel channel[BOOT_CHANNELS]; /* standard input, output, error */
  struct boot_channel console;                /* /dev/console and /dev/tty */
  struct device terminal;
  unsigned made; /* bits: the nodes of /dev that `devices` made */
  bool made_dev; /* and /dev itself */
  struct boot_command command;
};

/* Text for the log's line of the stage that runs; one after another, joined by ", ". */
void boot_detail(struct boot *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Why the stage stops; returns code. */
int boot_why(struct boot *b, int code, const char *format, ...) __attribute__((format(printf, 3, 4)));
int boot_flaw(struct boot *b, const struct flaw *flaw);
/* A line of its own in the log, whatever `quiet` says. */
void boot_say(struct boot *b, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* command.c: what the manifest and the boot line want to be run, copied to the heap. */
int command_read(struct boot *b);

/* last.c: a node in /dev that `devices` made and that is as it made it. */
bool devices_made(const struct boot *b, const char *name, size_t len, const struct inode *i);

/* left.c: when the boot line asks for it. */
void left_save(struct boot *b);

/* console.c */
void console_channel(struct boot *b, struct boot_channel *c, int channel, const char *name);

#endif
