/* mkimage/run/run_fit.c - what QEMU would hang on or cut silently, refused before it starts.
 *
 * QEMU loads an image that is larger than RAM with its tail missing, and lays
 * an initrd over the kernel without a word.  The rules here are those of its
 * x86 boards (hw/i386: x86_load_linux, pc_init1, pc_q35_init, microvm).
 */
#include <string.h>

#include "formats/bytes.h"
#include "formats/err.h"
#include "mkimage/run/run.h"

static const uint64_t MIB = 1 << 20;

/* Where RAM below 4 GiB ends: a board that is given `from` bytes or more moves what lies above `low` to 4 GiB. */
static const struct fit_board {
  const char *name;
  uint64_t from, low;
  uint64_t acpi; /* bytes at the top that the initrd leaves free for ACPI tables */
} fit_boards[] = {
    {"microvm", 0xc0000000, 0xc0000000, 0},
    {"q35", 0xb0000000, 0x80000000, 0x28000},
    {"pc", 0xe0000000, 0xc0000000, 0x28000},
};

static const struct fit_board *fit_board(const char *name) {
  for (size_t i = 0; i < sizeof fit_boards / sizeof fit_boards[0]; i++)
    if (strcmp(fit_boards[i].name, name) == 0) return &fit_boards[i];
  return NULL;
}

static uint64_t fit_low_end(const struct fit_board *b, uint64_t memory) { return memory < b->from ? memory : b->low; }

uint64_t run_low_end(const char *machine, uint64_t memory) { return fit_low_end(fit_board(machine), memory); }

/* The whole layout for one size of RAM; false when it does not fit. */
static bool fit_try(struct run_fit *f, const struct fit_board *b, uint64_t memory) {
  f->ram_end = fit_low_end(b, memory);
  f->initrd_at = f->ram_end;
  f->sentence = "the image is larger than the memory of the machine";
  if (f->kernel_end > f->ram_end) return false;
  if (f->initrd == 0) return true;
  f->sentence = "the initrd is larger than the memory of the machine";
  uint64_t room = f->ram_end > b->acpi + 1 ? f->ram_end - b->acpi - 1 : 0;
  if (f->initrd >= room) return false;
  f->initrd_at = (room - f->initrd) & ~(uint64_t)(LIMIT_PAGE - 1);
  f->sentence = "the initrd would lie over the end of the image";
  return f->kernel_end <= f->initrd_at;
}

int run_fit(struct run_fit *f) {
  const struct fit_board *b = fit_board(f->machine);
  struct run_fit trial = *f;
  if (fit_try(f, b, f->memory)) {
    f->sentence = NULL;
    f->wanted_mib = f->memory / MIB;
    return 0;
  }
  /* Both sums are of sizes of files and of addresses below 4 GiB. */
  uint64_t least = bytes_round_up(f->kernel_end, LIMIT_PAGE) + f->initrd + b->acpi + 1;
  f->wanted_mib = 0;
  for (uint64_t m = least / MIB; m <= least / MIB + 2 && f->wanted_mib == 0; m++)
    if (m > 0 && fit_try(&trial, b, m * MIB)) f->wanted_mib = m;
  return ERR_NOSPC;
}

int run_kernel_end(const struct elf *e, uint64_t *end, struct flaw *flaw) {
  uint64_t loaded = 0;
  *end = 0;
  for (unsigned i = 0; i < e->phnum; i++) {
    struct elf_segment s;
    int rc = elf_segment(e, i, &s);
    if (rc < 0) return flaw_set(flaw, rc, e->size, "the file ends before its segments do");
    if (s.type != ELF_PT_LOAD) continue;
    if (s.paddr > UINT32_MAX || s.memsz > UINT32_MAX)
      return flaw_set(flaw, ERR_SIZE, FLAW_NOWHERE, "a segment that lies above 4 GiB");
    if (s.memsz > INT32_MAX - loaded)
      return flaw_set(flaw, ERR_TOOBIG, FLAW_NOWHERE,
                      "QEMU loads no image of 2 GiB or more: compress it, or give the archive with --initrd");
    loaded += s.memsz;
    if (s.paddr + s.memsz > *end) *end = s.paddr + s.memsz;
  }
  return *end > 0 ? 0 : flaw_set(flaw, ERR_LAYOUT, FLAW_NOWHERE, "an ELF file without a loadable segment");
}
