/* formats/elf.h - ELF64 little-endian: what a loader and an embedder need.
 *
 * Specification: System V gABI, chapters 4 and 5; x86-64 psABI.  Everything is
 * read by value out of bytes that may be hostile; nothing is cast.
 */
#ifndef FORMATS_ELF_H
#define FORMATS_ELF_H

#include <stddef.h>
#include <stdint.h>

#include "formats/flaw.h"

enum { ELF_EXEC = 2, ELF_DYN = 3, ELF_X86_64 = 62, ELF_AARCH64 = 183, ELF_RISCV = 243 };
enum {
  ELF_PT_LOAD = 1,
  ELF_PT_DYNAMIC = 2,
  ELF_PT_INTERP = 3,
  ELF_PT_NOTE = 4,
  ELF_PT_TLS = 7,
  ELF_PT_GNU_STACK = 0x6474e551
};
enum { ELF_PF_X = 1, ELF_PF_W = 2, ELF_PF_R = 4 };
enum { ELF_HEADER = 64, ELF_SEGMENT = 56, ELF_SECTION = 64, ELF_SEGMENTS_MAX = 64, ELF_SECTIONS_MAX = 256 };

struct elf {
  const uint8_t *bytes;
  uint64_t have; /* bytes of the file that stand at `bytes` */
  uint64_t size; /* of the file */
  uint16_t type, machine;
  uint64_t entry;
  uint64_t phoff, shoff;
  uint16_t phnum, shnum, shstrndx;
};

struct elf_segment {
  uint32_t type, flags;
  uint64_t offset, vaddr, paddr, filesz, memsz, align;
};

struct elf_section {
  uint32_t name, type; /* name: offset in the string table */
  uint64_t flags, addr, offset, size, align;
  const char *title; /* NUL-terminated inside the file, or "" */
};

/* Checks the header and that both tables lie inside the file.  `have` may be
 * less than `size` (the beginning of a file) as long as the segments' table is
 * in it; a section table beyond it, or one of more than ELF_SECTIONS_MAX, is
 * left out (shnum 0): running a program needs no sections. */
int elf_open(struct elf *e, const uint8_t *bytes, uint64_t have, uint64_t size, struct flaw *flaw);

/* Segment or section i; ERR_NOENT behind the last, ERR_SIZE when it reaches beyond the file or wraps. */
int elf_segment(const struct elf *e, unsigned i, struct elf_segment *s);
int elf_section(const struct elf *e, unsigned i, struct elf_section *s);

/* The index of the section with this title, ERR_NOENT, or ERR_SIZE when one before it is damaged. */
int elf_find_section(const struct elf *e, const char *title, struct elf_section *s);

/* Is this a program our machine can run: static (no PT_INTERP), ET_EXEC or
 * static PIE, for `machine`, page-aligned W^X-able segments inside the lower
 * half?  0 or flaw's code (ERR_NOEXEC) with a reason a user understands. */
int elf_check_program(const struct elf *e, uint16_t machine, struct flaw *flaw);

#endif
