/* mkimage/image/embed.c - the prefix of an image: see embed.h.  Fields: System V gABI, chapter 4. */
#include "mkimage/image/embed.h"

#include <stdlib.h>
#include <string.h>

#include "formats/bytes.h"
#include "formats/err.h"

/* Offsets of the fields that are written, in header, section header and program header. */
enum {
  EHDR_SHOFF = 40,
  EHDR_SHNUM = 60,
  EHDR_SHSTRNDX = 62,
  SHDR_NAME = 0,
  SHDR_TYPE = 4,
  SHDR_FLAGS = 8,
  SHDR_ADDR = 16,
  SHDR_OFFSET = 24,
  SHDR_SIZE = 32,
  SHDR_LINK = 40,
  SHDR_ALIGN = 48,
  PHDR_OFFSET = 8,
  PHDR_FILESZ = 32,
  PHDR_MEMSZ = 40,
  SHT_STRTAB_TYPE = 3,
  SHF_ALLOC_FLAG = 2,
};

struct embed_names {
  char *bytes;
  size_t used, room;
};

static uint32_t embed_name(struct embed_names *names, const char *title) {
  size_t n = strlen(title) + 1, at = names->used;
  if (n > names->room - names->used) return 0;
  memcpy(names->bytes + at, title, n);
  names->used += n;
  return (uint32_t)at;
}

/* What the sections that stay need for their names. */
static size_t embed_names_room(const struct elf *elf) {
  size_t n = 1 + sizeof ".shstrtab";
  for (unsigned i = 0; i < elf->shnum; i++) {
    struct elf_section s;
    if (elf_section(elf, i, &s) >= 0) n += strlen(s.title) + 1;
  }
  return n;
}

/* The raw header of a section that stays; `out` has room for it. */
static void embed_section(const struct elf *elf, unsigned i, const struct elf_section *s, struct embed_names *names,
                          uint8_t *out) {
  memcpy(out, elf->bytes + elf->shoff + (uint64_t)i * ELF_SECTION, ELF_SECTION);
  bytes_put_le32(out + SHDR_NAME, embed_name(names, s->title));
  bytes_put_le64(out + SHDR_LINK, 0); /* link and info: no section that stays refers to another */
}

/* Section headers and names of a kernel, rebuilt at the payload's old place: what is loaded stays, the rest goes. */
static int embed_sections(struct embed *e, const struct image *base, struct embed_names *names, struct flaw *flaw) {
  uint8_t *table = e->prefix + base->payload.offset;
  unsigned count = 1;
  names->used = 1; /* the empty name */
  for (unsigned i = 1; i < base->elf.shnum; i++) {
    struct elf_section s;
    int rc = elf_section(&base->elf, i, &s);
    if (rc < 0) return flaw_set(flaw, rc, FLAW_NOWHERE, "a section of the kernel reaches beyond the file");
    if (s.flags & SHF_ALLOC_FLAG) embed_section(&base->elf, i, &s, names, table + ELF_SECTION * count++);
  }
  uint8_t *last = table + ELF_SECTION * count;
  uint32_t title = embed_name(names, ".shstrtab");
  uint64_t at = base->payload.offset + ELF_SECTION * (count + 1);
  bytes_put_le32(last + SHDR_NAME, title);
  bytes_put_le32(last + SHDR_TYPE, SHT_STRTAB_TYPE);
  bytes_put_le64(last + SHDR_OFFSET, at);
  bytes_put_le64(last + SHDR_SIZE, names->used);
  bytes_put_le64(last + SHDR_ALIGN, 1);
  memcpy(e->prefix + at, names->bytes, names->used);
  bytes_put_le64(e->prefix + EHDR_SHOFF, base->payload.offset);
  bytes_put_le16(e->prefix + EHDR_SHNUM, (uint16_t)(count + 1));
  bytes_put_le16(e->prefix + EHDR_SHSTRNDX, (uint16_t)count);
  return 0;
}

/* The payload must be the last thing that is loaded, in memory and in the file. */
static int embed_check(const struct image *base, struct flaw *flaw) {
  for (unsigned i = 0; i < base->elf.phnum; i++) {
    struct elf_segment s;
    int rc = elf_segment(&base->elf, i, &s);
    if (rc < 0) return flaw_set(flaw, rc, FLAW_NOWHERE, "a program header reaches beyond the file");
    if (i == base->payload_index || s.type != ELF_PT_LOAD) continue;
    if (s.offset + s.filesz > base->payload.offset || s.paddr + s.memsz > base->payload.paddr)
      return flaw_set(flaw, ERR_LAYOUT, FLAW_NOWHERE, "the payload is not the last segment of the image");
  }
  if (base->elf.phoff > base->payload.offset ||
      (uint64_t)base->elf.phnum * ELF_SEGMENT > base->payload.offset - base->elf.phoff)
    return flaw_set(flaw, ERR_LAYOUT, FLAW_NOWHERE, "the program headers stand behind the payload");
  return 0;
}

int embed_open(struct embed *e, const struct image *base, struct flaw *flaw) {
  *e = (struct embed){0};
  int rc = embed_check(base, flaw);
  if (rc < 0) return rc;
  /* Behind the payload: a kernel, or an image that objcopy has written anew. */
  bool behind = base->elf.shoff >= base->payload.offset;
  size_t room = base->kind == IMAGE_KERNEL || behind ? embed_names_room(&base->elf) : 0;
  uint64_t more = room > 0 ? ELF_SECTION * ((uint64_t)base->elf.shnum + 2) + room : 0;
  e->size = bytes_round_up(base->payload.offset + more, LIMIT_PAGE);
  e->prefix = calloc(1, (size_t)e->size);
  struct embed_names names = {calloc(1, room + 1), 0, room};
  if (e->prefix == NULL || names.bytes == NULL) {
    rc = flaw_set(flaw, ERR_NOMEM, FLAW_NOWHERE, "no memory for the image's beginning");
  } else {
    memcpy(e->prefix, base->bytes, (size_t)base->payload.offset);
    if (room > 0) rc = embed_sections(e, base, &names, flaw);
  }
  free(names.bytes);
  return rc;
}

static uint8_t *embed_header_of(struct embed *e, const char *title, struct flaw *flaw) {
  struct elf elf;
  struct elf_section s;
  if (elf_open(&elf, e->prefix, e->size, UINT64_MAX / 2, flaw) < 0) return NULL;
  int i = elf_find_section(&elf, title, &s);
  if (i >= 0) return e->prefix + elf.shoff + (uint64_t)i * ELF_SECTION;
  flaw_set(flaw, ERR_LAYOUT, FLAW_NOWHERE, "the image's section headers do not stand before its payload");
  return NULL;
}

static void embed_place(uint8_t *header, uint64_t addr, uint64_t offset, uint64_t size) {
  bytes_put_le64(header + SHDR_ADDR, addr);
  bytes_put_le64(header + SHDR_OFFSET, offset);
  bytes_put_le64(header + SHDR_SIZE, size);
}

int embed_patch(struct embed *e, uint64_t manifest, uint64_t section, struct flaw *flaw) {
  struct elf elf;
  struct elf_segment s = {0}, last = {0};
  unsigned index = 0;
  uint8_t *m = embed_header_of(e, ".manifest", flaw), *i = embed_header_of(e, ".initrd", flaw);
  if (m == NULL || i == NULL) return flaw->code;
  int rc = elf_open(&elf, e->prefix, e->size, UINT64_MAX / 2, flaw);
  for (unsigned k = 0; rc >= 0 && k < elf.phnum; k++)
    if ((rc = elf_segment(&elf, k, &s)) >= 0 && s.type == ELF_PT_LOAD) last = s, index = k;
  if (rc < 0) return rc;
  uint8_t *header = e->prefix + elf.phoff + (uint64_t)index * ELF_SEGMENT;
  bytes_put_le64(header + PHDR_OFFSET, e->size);
  bytes_put_le64(header + PHDR_FILESZ, manifest + section);
  bytes_put_le64(header + PHDR_MEMSZ, manifest + section);
  embed_place(m, last.vaddr, e->size, manifest);
  embed_place(i, last.vaddr + manifest, e->size + manifest, section);
  return 0;
}

void embed_close(struct embed *e) {
  free(e->prefix);
  *e = (struct embed){0};
}
