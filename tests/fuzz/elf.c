/* tests/fuzz/elf.c - ELF files: what is handed out lies inside the file, and a program that passes can be mapped. */
#include <assert.h>
#include <stdbool.h>
#include <string.h>

#include "formats/elf.h"
#include "formats/err.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

enum { SHT_NOBITS = 8 };

static void check_rows(const struct elf *e, const uint8_t *bytes, size_t have) {
  struct elf_segment s;
  struct elf_section t;
  for (unsigned i = 0; i <= e->phnum; i++)
    if (elf_segment(e, i, &s) == 0) {
      assert(i < e->phnum && s.offset <= e->size && s.filesz <= e->size - s.offset);
      assert(s.vaddr + s.memsz >= s.vaddr && s.paddr + s.memsz >= s.paddr);
    }
  for (unsigned i = 0; i <= e->shnum; i++)
    if (elf_section(e, i, &t) == 0) {
      assert(i < e->shnum && strlen(t.title) < have + 1);
      if (t.type != SHT_NOBITS) assert(t.offset <= e->size && t.size <= e->size - t.offset);
    }
  (void)bytes;
}

/* A section is found by each title that one has, unless one before it is damaged. */
static void check_titles(const struct elf *e) {
  struct elf_section s, found;
  for (unsigned i = 0; i < e->shnum && i < 8 && elf_section(e, i, &s) == 0; i++) {
    int at = elf_find_section(e, s.title, &found);
    assert(at >= 0 && at <= (int)i && strcmp(found.title, s.title) == 0);
  }
  int rc = elf_find_section(e, ".no such title", &found);
  assert(rc < 0 || strcmp(found.title, ".no such title") == 0);
}

static void check_program(const struct elf *e) {
  struct flaw flaw = {0}, other = {0};
  struct elf_segment s;
  bool arm = elf_check_program(e, ELF_AARCH64, &other) == 0;
  if (elf_check_program(e, ELF_X86_64, &flaw) < 0) {
    assert(flaw.code == ERR_NOEXEC && flaw.reason);
    return;
  }
  assert(!arm);
  for (unsigned i = 0; i < e->phnum; i++) {
    assert(elf_segment(e, i, &s) == 0 && s.type != ELF_PT_INTERP);
    if (s.type == ELF_PT_LOAD && s.memsz > 0)
      assert(s.vaddr + s.memsz < UINT64_C(1) << 47 && s.filesz <= s.memsz && (s.vaddr - s.offset) % 4096 == 0);
  }
}

static void check(const uint8_t *bytes, size_t have, size_t size) {
  struct flaw flaw = {0};
  struct elf e;
  if (elf_open(&e, bytes, have, size, &flaw) < 0) {
    assert(flaw.code < 0 && flaw.reason && flaw.packed <= size);
    return;
  }
  check_rows(&e, bytes, have);
  check_titles(&e);
  check_program(&e);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
  check(bytes, n, n);
  check(bytes, n, n + (1 << 20)); /* the beginning of a longer file */
  return 0;
}
