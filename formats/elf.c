/* formats/elf.c - ELF headers out of bytes that may say anything.
 *
 * Floor 0.  Used by the machine to start the program, by mkimage to embed a
 * rootfs and to look at the program before any boot.  What makes a program
 * one that can run stands in elf_program.c.
 */
#include <stdbool.h>
#include <string.h>

#include "formats/bytes.h"
#include "formats/elf.h"
#include "formats/err.h"

enum { CLASS_64 = 2, DATA_LITTLE = 1, SHT_NOBITS = 8, NO_INDEX = 0 };

static int refuse(struct flaw *flaw, int code, uint64_t at, const char *reason) {
  return flaw_set_stored(flaw, code, at, reason);
}

/* Whether n rows of `row` bytes at `offset` lie within `bytes`. */
static bool table_fits(uint64_t offset, uint64_t n, uint64_t row, uint64_t bytes) {
  return offset <= bytes && n * row <= bytes - offset;
}

static int check_ident(const uint8_t *p, uint64_t have, struct flaw *flaw) {
  if (have >= 2 && p[0] == '#' && p[1] == '!')
    return refuse(flaw, ERR_MAGIC, 0, "a script, not an ELF file: a program must be the interpreter itself");
  if (have < 4 || memcmp(p, "\177ELF", 4) != 0) return refuse(flaw, ERR_MAGIC, 0, "not an ELF file");
  if (have < ELF_HEADER) return refuse(flaw, ERR_CUT, have, "the ELF file ends inside its header");
  if (p[4] != CLASS_64) return refuse(flaw, ERR_VERSION, 4, "an ELF file that is not 64-bit");
  if (p[5] != DATA_LITTLE) return refuse(flaw, ERR_VERSION, 5, "an ELF file that is not little-endian");
  if (p[6] != 1 || bytes_le32(p + 20) != 1) return refuse(flaw, ERR_VERSION, 6, "an ELF file of an unknown version");
  return 0;
}

static int check_tables(struct elf *e, struct flaw *flaw) {
  const uint8_t *p = e->bytes;
  if (e->phnum > 0 && bytes_le16(p + 54) != ELF_SEGMENT)
    return refuse(flaw, ERR_SIZE, 54, "ELF segment headers of an unknown size");
  if (e->phnum > ELF_SEGMENTS_MAX) return refuse(flaw, ERR_SIZE, 56, "more than 64 ELF segments");
  if (!table_fits(e->phoff, e->phnum, ELF_SEGMENT, e->size))
    return refuse(flaw, ERR_CUT, 32, "the ELF segment table reaches past the end of the file");
  if (!table_fits(e->phoff, e->phnum, ELF_SEGMENT, e->have))
    return refuse(flaw, ERR_SIZE, 32, "the ELF segment table is too far from the file's beginning");
  if (e->shnum > 0 && bytes_le16(p + 58) != ELF_SECTION)
    return refuse(flaw, ERR_SIZE, 58, "ELF section headers of an unknown size");
  if (e->shnum > 0 && !table_fits(e->shoff, e->shnum, ELF_SECTION, e->size))
    return refuse(flaw, ERR_CUT, 40, "the ELF section table reaches past the end of the file: it was cut");
  if (e->shnum > ELF_SECTIONS_MAX || !table_fits(e->shoff, e->shnum, ELF_SECTION, e->have)) e->shnum = 0;
  return 0;
}

int elf_open(struct elf *e, const uint8_t *bytes, uint64_t have, uint64_t size, struct flaw *flaw) {
  *e = (struct elf){.bytes = bytes, .have = have < size ? have : size, .size = size};
  int rc = check_ident(bytes, e->have, flaw);
  if (rc < 0) return rc;
  e->type = bytes_le16(bytes + 16);
  e->machine = bytes_le16(bytes + 18);
  e->entry = bytes_le64(bytes + 24);
  e->phoff = bytes_le64(bytes + 32);
  e->shoff = bytes_le64(bytes + 40);
  e->phnum = bytes_le16(bytes + 56);
  e->shnum = bytes_le16(bytes + 60);
  e->shstrndx = bytes_le16(bytes + 62);
  return check_tables(e, flaw);
}

int elf_segment(const struct elf *e, unsigned i, struct elf_segment *s) {
  if (i >= e->phnum) return ERR_NOENT;
  const uint8_t *p = e->bytes + e->phoff + i * (uint64_t)ELF_SEGMENT;
  s->type = bytes_le32(p);
  s->flags = bytes_le32(p + 4);
  s->offset = bytes_le64(p + 8);
  s->vaddr = bytes_le64(p + 16);
  s->paddr = bytes_le64(p + 24);
  s->filesz = bytes_le64(p + 32);
  s->memsz = bytes_le64(p + 40);
  s->align = bytes_le64(p + 48);
  if (!table_fits(s->offset, s->filesz, 1, e->size)) return ERR_SIZE;
  if (s->memsz > UINT64_MAX - s->vaddr || s->memsz > UINT64_MAX - s->paddr) return ERR_SIZE;
  return s->type == ELF_PT_LOAD && s->filesz > s->memsz ? ERR_SIZE : 0;
}

/* Section i without its title. */
static int section(const struct elf *e, unsigned i, struct elf_section *s) {
  if (i >= e->shnum) return ERR_NOENT;
  const uint8_t *p = e->bytes + e->shoff + i * (uint64_t)ELF_SECTION;
  s->name = bytes_le32(p);
  s->type = bytes_le32(p + 4);
  s->flags = bytes_le64(p + 8);
  s->addr = bytes_le64(p + 16);
  s->offset = bytes_le64(p + 24);
  s->size = bytes_le64(p + 32);
  s->align = bytes_le64(p + 48);
  s->title = "";
  if (s->size > UINT64_MAX - s->addr) return ERR_SIZE;
  return s->type == SHT_NOBITS || table_fits(s->offset, s->size, 1, e->size) ? 0 : ERR_SIZE;
}

int elf_section(const struct elf *e, unsigned i, struct elf_section *s) {
  struct elf_section strings;
  int rc = section(e, i, s);
  if (rc < 0 || e->shstrndx == NO_INDEX || section(e, e->shstrndx, &strings) < 0) return rc;
  if (strings.type == SHT_NOBITS || !table_fits(strings.offset, strings.size, 1, e->have)) return 0;
  if (s->name >= strings.size) return 0;
  const char *title = (const char *)e->bytes + strings.offset + s->name;
  if (memchr(title, 0, strings.size - s->name)) s->title = title;
  return 0;
}

int elf_find_section(const struct elf *e, const char *title, struct elf_section *s) {
  for (unsigned i = 0; i < e->shnum; i++) {
    int rc = elf_section(e, i, s);
    if (rc < 0) return rc;
    if (strcmp(s->title, title) == 0) return (int)i;
  }
  return ERR_NOENT;
}
