/* kernel/plat/proto/pvh.c - decodes the PVH start info, which may lie anywhere and say anything.
 *
 * The boot line comes first: it says where to complain.  RAM rows are cut to whole pages, ordered, and trimmed where
 * they overlap; rows of other types, empty ones and ones that wrap are not RAM.
 */
#include "kernel/plat/proto/pvh.h"

#include <string.h>

#include "formats/bytes.h"
#include "formats/err.h"

#define PVH_MAGIC 0x336ec578u
enum { INFO_BYTES = 56, INFO_BYTES_V0 = 40, ROW_RAM = 24, ROW_MODULE = 32, RAM_TYPE = 1, ROWS_MOST = 1024 };

struct info {
  uint32_t version, modules, map_rows;
  phys_t module_table, line, map, rsdp;
};

/* Row `row` of a table of rows of n bytes. */
static bool read_row(const struct pvh_memory *memory, phys_t table, uint32_t row, void *to, size_t n) {
  uint64_t before = (uint64_t)row * n;
  return table <= UINT64_MAX - before - n && memory->read(memory->owner, table + before, to, n);
}

static int read_info(struct info *i, phys_t at, const struct pvh_memory *memory, struct flaw *flaw) {
  uint8_t b[INFO_BYTES] = {0};
  if (!read_row(memory, at, 0, b, INFO_BYTES_V0)) return flaw_set(flaw, ERR_CUT, FLAW_NOWHERE, "no PVH start info");
  if (bytes_le32(b) != PVH_MAGIC) return flaw_set(flaw, ERR_MAGIC, FLAW_NOWHERE, "the start info is not PVH's");
  i->version = bytes_le32(b + 4);
  if (i->version >= 1 && !read_row(memory, at, 0, b, INFO_BYTES))
    return flaw_set(flaw, ERR_CUT, FLAW_NOWHERE, "the PVH start info is cut");
  i->modules = bytes_le32(b + 12);
  i->module_table = bytes_le64(b + 16);
  i->line = bytes_le64(b + 24);
  i->rsdp = bytes_le64(b + 32);
  i->map = bytes_le64(b + 40);
  i->map_rows = bytes_le32(b + 48);
  return 0;
}

/* Byte by byte: the page behind the string may not be readable. */
static int read_line(struct machine *m, phys_t at, const struct pvh_memory *memory, struct flaw *flaw) {
  for (uint32_t n = 0; at; n++) {
    char c;
    if (!read_row(memory, at, n, &c, 1)) return flaw_set(flaw, ERR_CUT, FLAW_NOWHERE, "the boot line has no end");
    if (!c) break;
    if (n == sizeof m->line - 1) {
      m->line_cut = true;
      break;
    }
    m->line[n] = c;
  }
  return 0;
}

static int read_modules(struct machine *m, const struct info *i, const struct pvh_memory *memory, struct flaw *flaw) {
  if (i->modules > MACHINE_MODULES) return flaw_set(flaw, ERR_SIZE, FLAW_NOWHERE, "too many loader modules");
  for (uint32_t n = 0; n < i->modules; n++) {
    uint8_t b[ROW_MODULE];
    struct range r;
    if (!read_row(memory, i->module_table, n, b, sizeof b))
      return flaw_set(flaw, ERR_CUT, FLAW_NOWHERE, "the table of loader modules is cut");
    r = (struct range){bytes_le64(b), bytes_le64(b + 8)};
    if (r.at > UINT64_MAX - LIMIT_PAGE || r.bytes > UINT64_MAX - LIMIT_PAGE - r.at)
      return flaw_set(flaw, ERR_SIZE, FLAW_NOWHERE, "a loader module that wraps");
    m->module[m->module_count++] = r;
  }
  return 0;
}

/* Whole pages without page 0; what is too high for a page table to name is not ours. */
static struct range whole_pages(phys_t at, uint64_t bytes) {
  const phys_t top = (phys_t)1 << 52;
  phys_t end = at >= top || bytes > top - at ? top : at + bytes;
  at = at < LIMIT_PAGE ? LIMIT_PAGE : bytes_round_up(at < top ? at : top, LIMIT_PAGE);
  end &= ~(phys_t)(LIMIT_PAGE - 1);
  return (struct range){at, end > at ? end - at : 0};
}

/* Keeps the list ascending and without overlap: of a new row only what no earlier row covers is added, piece by piece.
 */
static int add_ram(struct machine *m, struct range r) {
  unsigned i = 0;
  while (r.bytes > 0) {
    phys_t end = r.at + r.bytes, piece_end;
    while (i < m->ram_count && m->ram[i].at + m->ram[i].bytes <= r.at) i++;
    if (i < m->ram_count && m->ram[i].at <= r.at) {
      phys_t covered = m->ram[i].at + m->ram[i].bytes;
      if (covered >= end) return 0;
      r = (struct range){covered, end - covered};
      continue;
    }
    piece_end = i < m->ram_count && m->ram[i].at < end ? m->ram[i].at : end;
    if (m->ram_count == MACHINE_RAM) return ERR_SIZE;
    memmove(&m->ram[i + 1], &m->ram[i], (m->ram_count - i) * sizeof m->ram[0]);
    m->ram[i] = (struct range){r.at, piece_end - r.at};
    m->ram_count++;
    r = (struct range){piece_end, end - piece_end};
  }
  return 0;
}

static int read_ram(struct machine *m, const struct info *i, const struct pvh_memory *memory, struct flaw *flaw) {
  if (i->version < 1 || i->map_rows == 0)
    return flaw_set(flaw, ERR_NODATA, FLAW_NOWHERE, "the loader gave no memory map");
  if (i->map_rows > ROWS_MOST) return flaw_set(flaw, ERR_SIZE, FLAW_NOWHERE, "a memory map of impossible length");
  for (uint32_t n = 0; n < i->map_rows; n++) {
    uint8_t b[ROW_RAM];
    if (!read_row(memory, i->map, n, b, sizeof b))
      return flaw_set(flaw, ERR_CUT, FLAW_NOWHERE, "the memory map is cut");
    if (bytes_le32(b + 16) == RAM_TYPE && add_ram(m, whole_pages(bytes_le64(b), bytes_le64(b + 8))) < 0)
      return flaw_set(flaw, ERR_SIZE, FLAW_NOWHERE, "too many ranges of RAM");
  }
  return m->ram_count ? 0 : flaw_set(flaw, ERR_NODATA, FLAW_NOWHERE, "the memory map has no RAM");
}

int pvh_decode(struct machine *m, phys_t at, const struct pvh_memory *memory, struct flaw *flaw) {
  struct info i = {0};
  int code;
  memset(m, 0, sizeof *m);
  m->protocol = "pvh";
  if ((code = read_info(&i, at, memory, flaw)) < 0) return code;
  m->rsdp = i.rsdp;
  if ((code = read_line(m, i.line, memory, flaw)) < 0) return code;
  if ((code = read_ram(m, &i, memory, flaw)) < 0) return code;
  return read_modules(m, &i, memory, flaw);
}
