/* tests/unit/plat_proto_pvh.c - the PVH decoder over made-up physical memory: good, torn and absurd. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "formats/bytes.h"
#include "formats/err.h"
#include "kernel/plat/proto/pvh.h"

enum { INFO = 0x100, LINE = 0x200, MAP = 0x1400, MODULES = 0x3000, SIZE = 0x4000 };

struct memory {
  uint8_t bytes[SIZE];
  uint64_t end; /* nothing can be read from here on */
};

static bool read_memory(void *owner, phys_t at, void *to, size_t n) {
  struct memory *m = owner;
  assert_true(at + n >= at);
  if (at > m->end || n > m->end - at) return false;
  memcpy(to, m->bytes + at, n);
  return true;
}

static void put_row(struct memory *m, unsigned row, uint64_t at, uint64_t bytes, uint32_t type) {
  uint8_t *p = m->bytes + MAP + row * 24;
  bytes_put_le64(p, at), bytes_put_le64(p + 8, bytes), bytes_put_le32(p + 16, type);
  if (bytes_le32(m->bytes + INFO + 48) < row + 1) bytes_put_le32(m->bytes + INFO + 48, row + 1);
}

static void put_module(struct memory *m, unsigned row, uint64_t at, uint64_t bytes) {
  uint8_t *p = m->bytes + MODULES + row * 32;
  bytes_put_le64(p, at), bytes_put_le64(p + 8, bytes);
  bytes_put_le32(m->bytes + INFO + 12, row + 1);
}

static struct memory *fresh(const char *line) {
  static struct memory m;
  memset(&m, 0, sizeof m);
  m.end = SIZE;
  bytes_put_le32(m.bytes + INFO, 0x336ec578);
  bytes_put_le32(m.bytes + INFO + 4, 1);
  bytes_put_le64(m.bytes + INFO + 16, MODULES);
  bytes_put_le64(m.bytes + INFO + 24, LINE);
  bytes_put_le64(m.bytes + INFO + 32, 0xf5a00);
  bytes_put_le64(m.bytes + INFO + 40, MAP);
  strcpy((char *)m.bytes + LINE, line);
  return &m;
}

static int decode(struct memory *m, struct machine *out, struct flaw *flaw) {
  struct pvh_memory memory = {read_memory, m};
  memset(out, 0xa5, sizeof *out);
  memset(flaw, 0, sizeof *flaw);
  return pvh_decode(out, INFO, &memory, flaw);
}

/* The promises of machine.h, whatever the bytes were. */
static void keeps_promises(const struct machine *m) {
  phys_t before = 4096;
  assert_true(m->ram_count <= MACHINE_RAM && m->module_count <= MACHINE_MODULES);
  for (unsigned i = 0; i < m->ram_count; i++) {
    assert_int_equal(m->ram[i].at % 4096, 0);
    assert_int_equal(m->ram[i].bytes % 4096, 0);
    assert_true(m->ram[i].bytes > 0 && m->ram[i].at >= before);
    before = m->ram[i].at + m->ram[i].bytes;
    assert_true(before > m->ram[i].at);
  }
  assert_non_null(memchr(m->line, 0, sizeof m->line));
}

static void is_ram(const struct machine *m, unsigned i, phys_t from, phys_t to) {
  assert_int_equal(m->ram[i].at, from);
  assert_int_equal(m->ram[i].at + m->ram[i].bytes, to);
}

static void test_qemu(void **state) {
  struct memory *mem = fresh("log=e9 -- a \"b c\"");
  struct machine m;
  struct flaw flaw;
  put_row(mem, 0, 0, 0x9fc00, 1), put_row(mem, 1, 0x9fc00, 0x400, 2), put_row(mem, 2, 0xd0000, 0x20000, 4);
  put_row(mem, 3, 0x100000, 0x3ee0000, 1), put_row(mem, 4, 0xfd00000000, 0x300000000, 2), put_row(mem, 5, 0, 0, 0);
  put_module(mem, 0, 0x3f00000, 12345);
  assert_int_equal(decode(mem, &m, &flaw), 0);
  keeps_promises(&m);
  assert_int_equal(m.ram_count, 2);
  is_ram(&m, 0, 0x1000, 0x9f000), is_ram(&m, 1, 0x100000, 0x3fe0000);
  assert_int_equal(m.module_count, 1);
  assert_int_equal(m.module[0].at, 0x3f00000);
  assert_int_equal(m.module[0].bytes, 12345);
  assert_int_equal(m.rsdp, 0xf5a00);
  assert_string_equal(m.line, "log=e9 -- a \"b c\"");
  assert_string_equal(m.protocol, "pvh");
  assert_false(m.line_cut);
}

static void test_overlaps(void **state) {
  struct memory *mem = fresh("");
  struct machine m;
  struct flaw flaw;
  put_row(mem, 0, 0x500000, 0x100000, 1);  /* 5..6 MiB */
  put_row(mem, 1, 0x200000, 0x100000, 1);  /* 2..3 */
  put_row(mem, 2, 0x100000, 0x800000, 1);  /* 1..9, over both */
  put_row(mem, 3, 0x8fffff, 0x100002, 1);  /* ragged, overlapping its end */
  put_row(mem, 4, 0x200000, 0x1000, 1);    /* inside */
  put_row(mem, 5, 0xa00800, 0x400, 1);     /* no whole page */
  put_row(mem, 6, UINT64_MAX - 5, 100, 1); /* wraps */
  put_row(mem, 7, (uint64_t)1 << 51, UINT64_MAX, 1);
  assert_int_equal(decode(mem, &m, &flaw), 0);
  keeps_promises(&m);
  is_ram(&m, 0, 0x100000, 0x200000), is_ram(&m, 1, 0x200000, 0x300000), is_ram(&m, 2, 0x300000, 0x500000);
  is_ram(&m, 3, 0x500000, 0x600000), is_ram(&m, 4, 0x600000, 0x900000), is_ram(&m, 5, 0x900000, 0xa00000);
  is_ram(&m, 6, (uint64_t)1 << 51, (uint64_t)1 << 52);
  assert_int_equal(m.ram_count, 7);
}

static void refuses(struct memory *mem, int code, const char *reason) {
  struct machine m;
  struct flaw flaw;
  assert_int_equal(decode(mem, &m, &flaw), code);
  assert_int_equal(flaw.code, code);
  assert_string_equal(flaw.reason, reason);
  keeps_promises(&m);
}

static void test_refusals(void **state) {
  struct memory *mem = fresh("x");
  mem->bytes[INFO]++;
  refuses(mem, ERR_MAGIC, "the start info is not PVH's");
  mem = fresh("x"), mem->end = INFO + 39;
  refuses(mem, ERR_CUT, "no PVH start info");
  mem = fresh("x"), mem->end = INFO + 55;
  refuses(mem, ERR_CUT, "the PVH start info is cut");
  mem = fresh("x"), bytes_put_le32(mem->bytes + INFO + 4, 0);
  refuses(mem, ERR_NODATA, "the loader gave no memory map");
  mem = fresh("x");
  refuses(mem, ERR_NODATA, "the loader gave no memory map");
  mem = fresh("x"), put_row(mem, 0, 0, 0x100000, 2);
  refuses(mem, ERR_NODATA, "the memory map has no RAM");
  mem = fresh("x"), put_row(mem, 0, 0, 0x100000, 1), bytes_put_le32(mem->bytes + INFO + 48, UINT32_MAX);
  refuses(mem, ERR_SIZE, "a memory map of impossible length");
  mem = fresh("x"), put_row(mem, 0, 0, 0x100000, 1), bytes_put_le64(mem->bytes + INFO + 40, SIZE - 23);
  refuses(mem, ERR_CUT, "the memory map is cut");
  mem = fresh("x"), put_row(mem, 0, 0, 0x100000, 1), bytes_put_le64(mem->bytes + INFO + 40, UINT64_MAX - 5);
  refuses(mem, ERR_CUT, "the memory map is cut");
  mem = fresh("x"), put_row(mem, 0, 0, 0x100000, 1), bytes_put_le64(mem->bytes + INFO + 24, SIZE + 1);
  refuses(mem, ERR_CUT, "the boot line has no end");
  mem = fresh("x"), put_row(mem, 0, 0, 0x100000, 1), put_module(mem, 0, 1, UINT64_MAX - 2);
  refuses(mem, ERR_SIZE, "a loader module that wraps");
  mem = fresh("x"), put_row(mem, 0, 0, 0x100000, 1), bytes_put_le32(mem->bytes + INFO + 12, MACHINE_MODULES + 1);
  refuses(mem, ERR_SIZE, "too many loader modules");
  mem = fresh("x"), put_row(mem, 0, 0, 0x100000, 1), put_module(mem, 0, 0, 1), mem->end = MODULES + 31;
  refuses(mem, ERR_CUT, "the table of loader modules is cut");
}

static void test_too_many_ranges(void **state) {
  struct memory *mem = fresh("x");
  struct machine m;
  struct flaw flaw;
  for (unsigned i = 0; i < MACHINE_RAM; i++) put_row(mem, i, 0x100000 + i * 0x4000, 0x2000, 1);
  assert_int_equal(decode(mem, &m, &flaw), 0);
  assert_int_equal(m.ram_count, MACHINE_RAM);
  put_row(mem, MACHINE_RAM, 0x10000, 0x2000, 1);
  refuses(mem, ERR_SIZE, "too many ranges of RAM");
}

static void test_line_too_long(void **state) {
  struct memory *mem = fresh("");
  struct machine m;
  struct flaw flaw;
  put_row(mem, 0, 0, 0x100000, 1);
  memset(mem->bytes + LINE, 'x', LIMIT_BOOT_LINE - 1);
  bytes_put_le64(mem->bytes + INFO + 40, 0x2000), memcpy(mem->bytes + 0x2000, mem->bytes + MAP, 24);
  memset(mem->bytes + LINE, 'x', LIMIT_BOOT_LINE - 1), mem->bytes[LINE + LIMIT_BOOT_LINE - 1] = 0;
  assert_int_equal(decode(mem, &m, &flaw), 0);
  assert_false(m.line_cut);
  assert_int_equal(strlen(m.line), LIMIT_BOOT_LINE - 1);
  mem->bytes[LINE + LIMIT_BOOT_LINE - 1] = 'y';
  assert_int_equal(decode(mem, &m, &flaw), 0);
  assert_true(m.line_cut);
  assert_int_equal(strlen(m.line), LIMIT_BOOT_LINE - 1);
}

/* A model of the memory map, page by page, against random rows in random order. */
static void test_random_maps(void **state) {
  enum { PAGES = 64, ROUNDS = 3000 };
  srand(7);
  for (int round = 0; round < ROUNDS; round++) {
    bool model[PAGES] = {false};
    struct memory *mem = fresh("");
    struct machine m;
    struct flaw flaw;
    int rows = 1 + rand() % 12, code;
    for (int i = 0; i < rows; i++) {
      uint64_t at = (uint64_t)rand() % (PAGES * 4096), n = (uint64_t)rand() % (PAGES * 4096 - at);
      uint32_t type = rand() % 5 ? 1 : (uint32_t)(rand() % 6);
      put_row(mem, (unsigned)i, at, n, type);
      for (uint64_t page = 1; page < PAGES; page++)
        if (type == 1 && page * 4096 >= at && (page + 1) * 4096 <= at + n) model[page] = true;
    }
    code = decode(mem, &m, &flaw);
    keeps_promises(&m);
    for (unsigned i = 0; i < m.ram_count; i++)
      for (phys_t page = m.ram[i].at / 4096; page < (m.ram[i].at + m.ram[i].bytes) / 4096; page++) {
        assert_true(model[page]);
        model[page] = false;
      }
    for (int page = 0; page < PAGES; page++) assert_false(model[page]);
    assert_true(code == 0 || (code == ERR_NODATA && m.ram_count == 0));
  }
}

/* Any byte of it turned into any other: an answer that keeps its promises. */
static void test_torn(void **state) {
  struct memory *good = fresh("one two"), mem;
  struct machine m;
  struct flaw flaw;
  int code;
  put_row(good, 0, 0, 0x9fc00, 1), put_row(good, 1, 0x100000, 0x4000000, 1), put_module(good, 0, 0x200000, 77);
  for (int at = INFO; at < INFO + 56; at++)
    for (int v = 0; v < 256; v++) {
      mem = *good;
      mem.bytes[at] = (uint8_t)v;
      code = decode(&mem, &m, &flaw);
      assert_int_equal(code, flaw.code);
      keeps_promises(&m);
    }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_qemu),          cmocka_unit_test(test_overlaps),
      cmocka_unit_test(test_refusals),      cmocka_unit_test(test_too_many_ranges),
      cmocka_unit_test(test_line_too_long), cmocka_unit_test(test_random_maps),
      cmocka_unit_test(test_torn),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
