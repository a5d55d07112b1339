/* tests/fuzz/tables.c - any bytes as each of the small formats: manifest, section header, ELF, newc, boot line, PVH.
 *
 * The first byte chooses.  A decoder may refuse anything, with a reason; it may not read beyond the end (ASan sees it,
 * the bytes are copied to a block of their own size) and what it accepts must keep its own promises.
 */
#include <stdlib.h>
#include <string.h>

#include "formats/archive.h"
#include "formats/elf.h"
#include "formats/initrd.h"
#include "formats/manifest.h"
#include "formats/path.h"
#include "kernel/plat/proto/line.h"
#include "kernel/plat/proto/pvh.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

struct block {
  const uint8_t *bytes;
  size_t n;
};

static void need(bool promise) {
  if (!promise) abort();
}

static void try_manifest(struct block b) {
  struct cursor records;
  struct manifest_record r;
  struct flaw flaw = {0};
  int rc = manifest_open(&records, b.bytes, b.n, &flaw);
  need(rc == 0 || (flaw.code == rc && flaw.reason));
  if (rc < 0) return;
  while ((rc = manifest_next(&records, &r)) == 1) need(r.bytes >= b.bytes && r.length <= b.n);
  need(rc == 0);
}

static void try_initrd(struct block b) {
  struct initrd h;
  struct flaw flaw = {0};
  size_t manifest = b.n < 64 ? 0 : 64;
  int rc = initrd_decode(&h, b.bytes + manifest, b.n - manifest, b.bytes, manifest, &flaw);
  need(rc == 0 || flaw.code == rc);
}

static void try_elf(struct block b) {
  struct elf e;
  struct flaw flaw = {0};
  struct elf_segment segment;
  struct elf_section section;
  int rc = elf_open(&e, b.bytes, b.n, b.n, &flaw);
  need(rc == 0 || flaw.code == rc);
  if (rc < 0) return;
  for (unsigned i = 0; i < e.phnum; i++)
    if (elf_segment(&e, i, &segment) == 0) need(segment.offset <= b.n && segment.filesz <= b.n - segment.offset);
  for (unsigned i = 0; i < e.shnum; i++)
    if (elf_section(&e, i, &section) == 0) need(strlen(section.title) < b.n);
  elf_find_section(&e, ".initrd", &section);
  elf_check_program(&e, ELF_X86_64, &flaw);
}

static void try_archive(struct block b) {
  struct stream in = stream_over(b.bytes, b.n);
  struct archive a;
  struct entry e;
  const uint8_t *data;
  if (archive_open(&a, &in, 0) < 0) return;
  int rc;
  while ((rc = archive_next(&a, &e)) == 1) {
    need((const uint8_t *)e.name >= b.bytes && e.name_len <= b.n);
    if (archive_data(&a, &e, &data) == 0)
      need(e.size <= b.n && data >= b.bytes && e.size <= b.n - (size_t)(data - b.bytes));
  }
  need(rc == 0 || (a.flaw.code == rc && a.flaw.reason));
}

static void count_unknown(void *owner, const char *word) { *(size_t *)owner += strlen(word); }

static void try_line(struct block b) {
  static struct line_words words;
  size_t unknown = 0;
  char word[64], *line = malloc(b.n + 1);
  memcpy(line, b.bytes, b.n);
  line[b.n] = 0;
  memset(&words, 0, sizeof words);
  const char *rest = line_read(line, &words, count_unknown, &unknown);
  need(unknown <= b.n && (!rest || (rest >= line && rest <= line + b.n)));
  if (rest)
    while (line_next(&rest, word, sizeof word) != 0) need(rest <= line + b.n);
  free(line);
}

static bool read_block(void *owner, phys_t at, void *to, size_t n) {
  const struct block *b = owner;
  if (at > b->n || n > b->n - at) return false;
  memcpy(to, b->bytes + at, n);
  return true;
}

static void try_pvh(struct block b) {
  static struct machine m;
  struct flaw flaw = {0};
  struct pvh_memory memory = {read_block, &b};
  memset(&m, 0, sizeof m);
  int rc = pvh_decode(&m, 0, &memory, &flaw);
  need(rc == 0 || flaw.code == rc);
  for (unsigned i = 0; i < m.ram_count; i++) {
    need(m.ram[i].bytes && m.ram[i].at % 4096 == 0 && m.ram[i].at + m.ram[i].bytes > m.ram[i].at);
    need(i == 0 || m.ram[i].at >= m.ram[i - 1].at + m.ram[i - 1].bytes);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
  static void (*const tries[])(struct block) = {try_manifest, try_initrd, try_elf, try_archive, try_line, try_pvh};
  if (n == 0) return 0;
  uint8_t *own = malloc(n - 1 ? n - 1 : 1);
  if (!own) return 0;
  memcpy(own, bytes + 1, n - 1);
  tries[bytes[0] % (sizeof tries / sizeof tries[0])]((struct block){own, n - 1});
  free(own);
  return 0;
}
