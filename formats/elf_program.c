/* formats/elf_program.c - whether an ELF file is a program our machine can run, said so that a user can act on it.
 *
 * Floor 0.  mkimage asks when packing and swapping, the machine asks again
 * before it maps anything.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "formats/bytes.h"
#include "formats/cursor.h"
#include "formats/elf.h"
#include "formats/err.h"
#include "formats/limits.h"

enum { TYPE_OBJECT = 1, TYPE_CORE = 4, DT_NULL = 0, DT_NEEDED = 1, DYNAMIC_ROW = 16 };
#define LOWER_HALF 0x0000800000000000u /* the first address above it, on every processor we know */

static int refuse(struct flaw *flaw, const char *reason) { return flaw_set(flaw, ERR_NOEXEC, FLAW_NOWHERE, reason); }

static const char *machine_name(uint16_t machine) {
  switch (machine) {
  case 3:
    return "i386";
  case 40:
    return "arm";
  case ELF_X86_64:
    return "x86_64";
  case ELF_AARCH64:
    return "aarch64";
  case ELF_RISCV:
    return "riscv";
  default:
    return "an unknown processor";
  }
}

static int check_kind(const struct elf *e, uint16_t machine, struct flaw *flaw) {
  char detail[64];
  if (e->type == TYPE_OBJECT) return refuse(flaw, "an object file, not a program: it has not been linked");
  if (e->type == TYPE_CORE) return refuse(flaw, "a core dump, not a program");
  if (e->type != ELF_EXEC && e->type != ELF_DYN) return refuse(flaw, "an ELF file that is not a program");
  if (e->type == ELF_DYN && e->entry == 0) return refuse(flaw, "a shared library, not a program");
  if (e->machine == machine) return 0;
  refuse(flaw, "a program for another processor: built for");
  snprintf(detail, sizeof detail, "%s, this machine is %s", machine_name(e->machine), machine_name(machine));
  flaw_detail(flaw, detail, strlen(detail));
  return flaw->code;
}

static int refuse_dynamic(const struct elf *e, const struct elf_segment *s, struct flaw *flaw) {
  refuse(flaw, "a dynamic program: link it with -static, for there is no interpreter");
  if (s->offset > e->have || s->filesz > e->have - s->offset) return flaw->code;
  const char *path = (const char *)e->bytes + s->offset;
  const char *end = memchr(path, 0, s->filesz);
  flaw_detail(flaw, path, end ? (size_t)(end - path) : s->filesz);
  return flaw->code;
}

/* A static PIE has a dynamic section too, but it needs nobody. */
static int check_dynamic(const struct elf *e, const struct elf_segment *s, struct flaw *flaw) {
  if (s->offset > e->have || s->filesz > e->have - s->offset) return 0;
  struct cursor rows = cursor_over(e->bytes + s->offset, s->filesz);
  const uint8_t *row;
  while ((row = cursor_take(&rows, DYNAMIC_ROW)) != NULL && bytes_le64(row) != DT_NULL)
    if (bytes_le64(row) == DT_NEEDED)
      return refuse(flaw, "a program or library that needs shared libraries: link it with -static");
  return 0;
}

/* A loadable segment: *end is the end of the pages of the one before it. */
static int check_load(const struct elf *e, const struct elf_segment *s, uint64_t *end, struct flaw *flaw) {
  if (s->memsz == 0) return 0;
  uint64_t first = s->vaddr & ~(uint64_t)(LIMIT_PAGE - 1);
  if ((s->vaddr - s->offset) % LIMIT_PAGE != 0)
    return refuse(flaw, "a program with a segment that is not aligned to pages");
  if (s->flags & ELF_PF_W && s->flags & ELF_PF_X)
    return refuse(flaw, "a program with a segment that is writable and executable: link it without -N");
  if (e->type == ELF_EXEC && first == 0) return refuse(flaw, "a program that wants to lie at address 0");
  if (s->vaddr >= LOWER_HALF || s->memsz > LOWER_HALF - LIMIT_PAGE - s->vaddr)
    return refuse(flaw, "a program that reaches beyond the lower half of the address space");
  if (first < *end) return refuse(flaw, "a program whose segments share a page or are not in ascending order");
  *end = bytes_round_up(s->vaddr + s->memsz, LIMIT_PAGE);
  return 0;
}

static bool holds_entry(const struct elf *e, const struct elf_segment *s) {
  return s->type == ELF_PT_LOAD && s->flags & ELF_PF_X && e->entry >= s->vaddr && e->entry - s->vaddr < s->memsz;
}

static int check_segment(const struct elf *e, const struct elf_segment *s, uint64_t *end, struct flaw *flaw) {
  switch (s->type) {
  case ELF_PT_INTERP:
    return refuse_dynamic(e, s, flaw);
  case ELF_PT_DYNAMIC:
    return check_dynamic(e, s, flaw);
  case ELF_PT_LOAD:
    return check_load(e, s, end, flaw);
  case ELF_PT_TLS:
    if (s->filesz > s->memsz) return refuse(flaw, "a program with thread-local data larger than its room");
    return 0;
  default:
    return 0;
  }
}

int elf_check_program(const struct elf *e, uint16_t machine, struct flaw *flaw) {
  struct elf_segment s;
  uint64_t end = 0;
  bool entry = false;
  int rc = check_kind(e, machine, flaw);
  for (unsigned i = 0; rc == 0 && i < e->phnum; i++) {
    if (elf_segment(e, i, &s) < 0) return refuse(flaw, "a program with a segment beyond its end: the file was cut");
    rc = check_segment(e, &s, &end, flaw);
    entry |= holds_entry(e, &s);
  }
  if (rc < 0) return rc;
  return entry ? 0 : refuse(flaw, "a program whose entry point is in none of its executable segments");
}
