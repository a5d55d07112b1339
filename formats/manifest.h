/* formats/manifest.h - what to run, and how the rootfs was packed.
 *
 * The `.manifest` section starts the image's last segment, page-aligned, and is
 * padded with zeros to a page.  A header of 16 bytes (magic "TAPMANIF", version
 * u32, bytes u32 with the header and without padding), then records: tag u16,
 * zero u16, length u32, that many bytes, zero padding to 8.  Unknown tags with
 * the high bit (0x8000) set may be skipped, others are refused by number.
 * The digest of the initrd header covers it.
 */
#ifndef FORMATS_MANIFEST_H
#define FORMATS_MANIFEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "formats/cursor.h"
#include "formats/flaw.h"

#define MANIFEST_MAGIC "TAPMANIF"
enum { MANIFEST_VERSION = 1, MANIFEST_HEADER = 16 };

/* X(tag, number, meaning); strings without NUL. ARG and ENV repeat, in order. */
#define MANIFEST_TAGS(X)                                                                                               \
  X(NAME, 1, "the application's name")                                                                                 \
  X(PLATFORM, 2, "such as kvm-x86_64")                                                                                 \
  X(MEMORY, 3, "bytes of memory app.cfg gives, u64")                                                                   \
  X(PROGRAM, 4, "absolute path of the program")                                                                        \
  X(ARG, 5, "one argument; the first is argv[0]")                                                                      \
  X(ENV, 6, "one NAME=value")                                                                                          \
  X(CWD, 7, "working directory")                                                                                       \
  X(STDIN, 8, "\"console\" or \"null\" or an absolute path")                                                           \
  X(EXTERNAL, 9, "\"replace\", \"any\", \"overlay\" or \"refuse\"")                                                    \
  X(RECIPE, 0x8001, "the packing recipe, mkimage's own; the machine skips it")                                         \
  X(TOOL, 0x8002, "version of the mkimage that wrote the image")

#define MANIFEST_ENUM(tag, number, meaning) MANIFEST_##tag = number,
enum manifest_tag { MANIFEST_TAGS(MANIFEST_ENUM) };
#undef MANIFEST_ENUM

struct manifest_record {
  uint16_t tag;
  const uint8_t *bytes;
  uint32_t length;
};

/* Checks the whole section once (0 or flaw's code; all bytes behind the records must be zero) and
 * leaves a cursor over its records. */
int manifest_open(struct cursor *records, const uint8_t *section, uint64_t n, struct flaw *flaw);

/* 1 with the next record, 0 at the end.  Cannot fail after manifest_open. */
int manifest_next(struct cursor *records, struct manifest_record *r);

/* Finds the first record with this tag; false when there is none. */
bool manifest_find(struct cursor records, enum manifest_tag tag, struct manifest_record *r);

/* Writing: a buffer that the caller owns and sizes.  manifest_add returns
 * ERR_NOSPC when it does not fit.  manifest_close pads to a page, sets the
 * length, and returns the size of the section. */
struct manifest_writer {
  uint8_t *out;
  size_t room;
  size_t used;
};
int manifest_begin(struct manifest_writer *w, uint8_t *out, size_t room);
int manifest_add(struct manifest_writer *w, enum manifest_tag tag, const void *bytes, size_t n);
int manifest_close(struct manifest_writer *w);

/* Bytes that a record of n bytes takes. */
size_t manifest_record_bytes(size_t n);

#endif
