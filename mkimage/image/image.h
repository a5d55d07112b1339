/* mkimage/image/image.h - a finished image, or a bare archive, open for reading.
 *
 * The file is mapped and recognised: an ELF image with `.manifest` and
 * `.initrd` (header decoded and its digest checked), or a bare initrd, plain or
 * compressed, as it may stand behind QEMU's -initrd.
 */
#ifndef MKIMAGE_IMAGE_H
#define MKIMAGE_IMAGE_H

#include "formats/elf.h"
#include "formats/initrd.h"
#include "formats/manifest.h"
#include "mkimage/lib/say.h"

enum image_kind {
  IMAGE_PACKED, /* a finished image */
  IMAGE_KERNEL, /* a kernel without manifest and archive (zeros in both sections) */
  IMAGE_BARE,   /* a bare archive: none of the fields below `size` but codec are set */
};

struct image {
  enum image_kind kind;
  const char *name; /* the path it was opened by */
  const uint8_t *bytes;
  uint64_t size;

  enum codec_id codec; /* of a bare archive's first member, of an image's first archive */

  struct elf elf;
  unsigned payload_index;           /* number of the last PT_LOAD ... */
  struct elf_segment payload;       /* ... which holds both sections */
  struct elf_section manifest_part; /* .manifest */
  struct elf_section initrd_part;   /* .initrd, as large as the file says */
  const uint8_t *manifest;          /* manifest_part.size bytes */
  const uint8_t *initrd;            /* initrd_part.size bytes */
  struct cursor records;            /* of the manifest; copy it and walk with manifest_next */
  struct initrd header;             /* decoded */
};

/* Maps the file and recognises it.  EXIT_DONE, or the status with the error said; nothing stays open then.
 * The archives' own digests are not checked here (initrd_check does it). */
int image_open(struct image *im, const struct say *say, const char *path);
void image_close(struct image *im); /* also after a failed open */

/* Maps a file (NULL and 0 for an empty one; munmap ends it).  EXIT_DONE, or the status with the error said. */
int image_map(const struct say *say, const char *path, const uint8_t **bytes, uint64_t *size);
/* The same of a file that is open; it may be closed then. */
int image_map_fd(const struct say *say, const char *path, int fd, const uint8_t **bytes, uint64_t *size);

/* image_open over bytes that lie in memory already; nothing is said, the code is the flaw's. */
int image_recognise(struct image *im, const char *name, const uint8_t *bytes, uint64_t size, struct flaw *flaw);

/* Unpacks archive i of an image into memory of its own (NULL and 0 for an empty one): *bytes has
 * header.archive[i].unpacked bytes, to be released with image_release.  Checks the archive's digest first. */
int image_unpack(const struct image *im, unsigned i, uint8_t **bytes, struct flaw *flaw);
void image_release(uint8_t *bytes, uint64_t n);

/* malloc as the memory of a decoder. */
struct codec_memory image_memory(void);

#endif
