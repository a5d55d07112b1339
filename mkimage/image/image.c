/* mkimage/image/image.c - recognises finished images and bare archives: see image.h. */
#include "mkimage/image/image.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "formats/archive.h"
#include "formats/bytes.h"
#include "formats/err.h"
#include "mkimage/image/foreign.h"

/* --- recognise ------------------------------------------------------------- */

/* The last loadable segment is the one that holds manifest and archive. */
static int image_find_payload(struct image *im, struct flaw *flaw) {
  bool found = false;
  for (unsigned i = 0; i < im->elf.phnum; i++) {
    struct elf_segment s;
    int rc = elf_segment(&im->elf, i, &s);
    if (rc < 0) return flaw_set(flaw, rc, FLAW_NOWHERE, "a program header reaches beyond the file");
    if (s.type != ELF_PT_LOAD) continue;
    im->payload = s;
    im->payload_index = i;
    found = true;
  }
  return found ? 0 : flaw_set(flaw, ERR_LAYOUT, FLAW_NOWHERE, "an ELF file without a loadable segment");
}

static int image_find_section(const struct image *im, const char *title, struct elf_section *s, struct flaw *flaw) {
  int rc = elf_find_section(&im->elf, title, s);
  if (rc == ERR_NOENT)
    return flaw_set(flaw, ERR_LAYOUT, FLAW_NOWHERE,
                    "an ELF file, but no Taproot image: no section .manifest or .initrd");
  if (rc < 0) return flaw_set(flaw, rc, FLAW_NOWHERE, "a section reaches beyond the file");
  if (s->size > im->size || s->offset > im->size - s->size)
    return flaw_set(flaw, ERR_CUT, im->size, "the file ends before its archive does");
  return 0;
}

/* The running kernel sees segments only; the file's sections must say the same. */
static int image_check_layout(const struct image *im, struct flaw *flaw) {
  const struct elf_segment *p = &im->payload;
  const struct elf_section *m = &im->manifest_part, *i = &im->initrd_part;
  uint64_t manifest = bytes_round_up(m->size, LIMIT_PAGE);
  bool ok = m->offset == p->offset && m->addr == p->vaddr && p->offset % LIMIT_PAGE == 0 &&
            p->vaddr % LIMIT_PAGE == 0 && manifest <= p->filesz && i->offset == p->offset + manifest &&
            i->addr == p->vaddr + manifest && i->size <= p->filesz - manifest && p->filesz == p->memsz;
  return ok ? 0 : flaw_set(flaw, ERR_LAYOUT, FLAW_NOWHERE, "sections and segments of the image disagree");
}

static int image_decode(struct image *im, struct flaw *flaw) {
  im->manifest = im->bytes + im->manifest_part.offset;
  im->initrd = im->bytes + im->initrd_part.offset;
  if (im->initrd_part.size >= 8 && bytes_are_zero(im->initrd, 8) &&
      bytes_are_zero(im->manifest, im->manifest_part.size)) {
    im->kind = IMAGE_KERNEL;
    return 0;
  }
  im->kind = IMAGE_PACKED;
  int rc = initrd_decode(&im->header, im->initrd, im->initrd_part.size, im->manifest, im->manifest_part.size, flaw);
  if (rc < 0) return rc;
  if (im->header.archives > 0) im->codec = (enum codec_id)im->header.archive[0].codec;
  return manifest_open(&im->records, im->manifest, im->manifest_part.size, flaw);
}

static int image_recognise_elf(struct image *im, struct flaw *flaw) {
  int rc = elf_open(&im->elf, im->bytes, im->size, im->size, flaw);
  if (rc < 0) return rc;
  if ((rc = image_find_payload(im, flaw)) < 0) return rc;
  if ((rc = image_find_section(im, ".manifest", &im->manifest_part, flaw)) < 0) return rc;
  if ((rc = image_find_section(im, ".initrd", &im->initrd_part, flaw)) < 0) return rc;
  if ((rc = image_check_layout(im, flaw)) < 0) return rc;
  return image_decode(im, flaw);
}

static int image_recognise_bare(struct image *im, struct flaw *flaw) {
  uint64_t zeros = 0;
  while (zeros < im->size && im->bytes[zeros] == 0) zeros++;
  const uint8_t *p = im->bytes + zeros;
  size_t left = (size_t)(im->size - zeros);
  const struct codec *codec = codec_sniff(p, left);
  im->kind = IMAGE_BARE;
  im->codec = codec != NULL ? codec->id : CODEC_NONE;
  if (codec != NULL || archive_sniff(p, left)) return 0;
  const char *foreign = foreign_sentence(im->bytes, im->size);
  if (foreign != NULL) return flaw_set(flaw, ERR_MAGIC, FLAW_NOWHERE, foreign);
  return flaw_set(flaw, ERR_MAGIC, im->size == 0 ? FLAW_NOWHERE : zeros,
                  im->size == 0 ? "an empty file" : "neither an image nor an archive that is known here");
}

int image_recognise(struct image *im, const char *name, const uint8_t *bytes, uint64_t size, struct flaw *flaw) {
  *im = (struct image){.name = name, .bytes = bytes, .size = size};
  if (size >= 4 && memcmp(bytes, "\177ELF", 4) == 0) return image_recognise_elf(im, flaw);
  return image_recognise_bare(im, flaw);
}

/* --- open and close ----------------------------------------------------------- */

int image_map_fd(const struct say *say, const char *path, int fd, const uint8_t **bytes, uint64_t *size) {
  struct stat st;
  int status = EXIT_DONE;
  *bytes = NULL;
  *size = 0;
  if (fstat(fd, &st) != 0)
    status = say_errno(say, path, "cannot look at it", errno);
  else if (S_ISDIR(st.st_mode))
    status = say_error(say, EXIT_USAGE, "%s: not a regular file but a directory; an image or archive is wanted",
                       say_name(path).text);
  else if (!S_ISREG(st.st_mode))
    status = say_error(say, EXIT_USAGE, "%s: not a regular file", say_name(path).text);
  else if (st.st_size > 0) {
    void *p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (p == MAP_FAILED)
      status = say_errno(say, path, "cannot map", errno);
    else
      *bytes = p, *size = (uint64_t)st.st_size;
  }
  return status;
}

int image_map(const struct say *say, const char *path, const uint8_t **bytes, uint64_t *size) {
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (fd < 0) return say_errno(say, path, "cannot open", errno);
  int status = image_map_fd(say, path, fd, bytes, size);
  close(fd);
  return status;
}

int image_open(struct image *im, const struct say *say, const char *path) {
  const uint8_t *bytes;
  uint64_t size;
  struct flaw flaw = {0};
  *im = (struct image){.name = path};
  int status = image_map(say, path, &bytes, &size);
  if (status != EXIT_DONE) return status;
  if (image_recognise(im, path, bytes, size, &flaw) < 0) {
    status = say_flaw(say, path, &flaw);
    image_close(im);
  }
  return status;
}

void image_close(struct image *im) {
  if (im->bytes != NULL) munmap((void *)(uintptr_t)im->bytes, (size_t)im->size);
  im->bytes = NULL;
  im->size = 0;
}

/* --- unpack ------------------------------------------------------------------------ */

/* A decoder may want a whole block's room beyond what turns out to be the end. */
enum { IMAGE_SLACK = 8 << 20 };

static uint64_t image_room(uint64_t n) { return bytes_round_up(n, LIMIT_PAGE) + IMAGE_SLACK; }

static void *memory_take(struct codec_memory *m, size_t n) { return malloc(n + !n); }
static void memory_give(struct codec_memory *m, void *p) { free(p); }
struct codec_memory image_memory(void) {
  return (struct codec_memory){memory_take, memory_give};
}

static int image_decompress(const struct codec *codec, struct source *in, uint8_t *out, uint64_t unpacked,
                            struct flaw *flaw) {
  struct decoder d = {0};
  void *work = mmap(NULL, codec->workspace + 1, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (work == MAP_FAILED) return flaw_set(flaw, ERR_NOMEM, FLAW_NOWHERE, "no memory for the decoder");
  struct codec_memory memory = image_memory();
  int rc = decoder_start(&d, codec, in, work, out, image_room(unpacked));
  d.memory = &memory;
  if (rc == 0) rc = decoder_run(&d, unpacked + 1);
  if (rc == ERR_WANT_ROOM || (rc == 0 && d.have != unpacked)) {
    rc = flaw_set(flaw, ERR_SIZE, d.have, "the archive unpacks to another size than its header says");
  } else if (rc < 0) {
    *flaw = d.flaw;
  } else if (!d.ended) {
    rc = flaw_set(flaw, ERR_CUT, d.have, "the compressed stream has no end");
  }
  decoder_stop(&d);
  munmap(work, codec->workspace + 1);
  return rc;
}

int image_unpack(const struct image *im, unsigned i, uint8_t **bytes, struct flaw *flaw) {
  const struct initrd_archive *a = &im->header.archive[i];
  *bytes = NULL;
  int rc = initrd_check(&im->header, i, im->initrd, flaw);
  if (rc < 0) return rc;
  if (a->unpacked > (uint64_t)1 << 46) return flaw_set(flaw, ERR_SIZE, FLAW_NOWHERE, "an unpacked size that cannot be");
  if (a->codec == CODEC_NONE && a->unpacked != a->stored)
    return flaw_set(flaw, ERR_SIZE, FLAW_NOWHERE, "an archive as it is, but of two sizes");
  const struct codec *codec = codec_by_id((enum codec_id)a->codec);
  if (a->codec != CODEC_NONE && codec == NULL)
    return flaw_set(flaw, ERR_VERSION, FLAW_NOWHERE, "a codec this build does not know");
  uint8_t *out =
      mmap(NULL, image_room(a->unpacked), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (out == MAP_FAILED) return flaw_set(flaw, ERR_NOMEM, FLAW_NOWHERE, "no memory to unpack into");
  struct source in = source_over(im->initrd + a->offset, a->stored);
  if (codec == NULL)
    memcpy(out, im->initrd + a->offset, a->stored);
  else
    rc = image_decompress(codec, &in, out, a->unpacked, flaw);
  if (rc < 0)
    image_release(out, a->unpacked);
  else
    *bytes = out;
  return rc;
}

void image_release(uint8_t *bytes, uint64_t n) {
  if (bytes != NULL) munmap(bytes, image_room(n));
}
