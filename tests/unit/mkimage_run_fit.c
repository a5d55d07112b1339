/* tests/unit/mkimage_run_fit.c - where QEMU puts an initrd (as seen with QEMU 7.2), and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "formats/bytes.h"
#include "formats/err.h"
#include "mkimage/run/run.h"

enum { MIB = 1 << 20 };

/* Start addresses that a machine was told by QEMU. */
static void test_places(void **state) {
  (void)state;
  static const struct {
    const char *machine;
    uint64_t mib, initrd, at;
  } seen[] = {
      {"microvm", 64, 1, 0x3fff000},  {"microvm", 64, 4096, 0x3ffe000}, {"microvm", 3200, 5000000, 0xbfb3b000},
      {"q35", 64, 1, 0x3fd7000},      {"q35", 2815, 4096, 0xafed6000},  {"q35", 2816, 5000000, 0x7fb13000},
      {"pc", 64, 5000000, 0x3b13000}, {"pc", 3583, 1, 0xdfed7000},      {"pc", 3584, 4096, 0xbffd6000},
  };
  for (size_t i = 0; i < sizeof seen / sizeof seen[0]; i++) {
    struct run_fit f = {
        .kernel_end = 2 * MIB, .initrd = seen[i].initrd, .memory = seen[i].mib * MIB, .machine = seen[i].machine};
    assert_int_equal(run_fit(&f), 0);
    assert_int_equal(f.initrd_at, seen[i].at);
  }
}

static int fit(const char *machine, uint64_t kernel_end, uint64_t initrd, uint64_t mib, uint64_t *wanted) {
  struct run_fit f = {.kernel_end = kernel_end, .initrd = initrd, .memory = mib * MIB, .machine = machine};
  int rc = run_fit(&f);
  *wanted = f.wanted_mib;
  if (rc < 0) assert_non_null(f.sentence);
  return rc;
}

static void test_image(void **state) {
  (void)state;
  uint64_t wanted;
  assert_int_equal(fit("microvm", 64 * MIB, 0, 64, &wanted), 0);
  assert_int_equal(fit("microvm", 64 * MIB + 1, 0, 64, &wanted), ERR_NOSPC);
  assert_int_equal(wanted, 65);
  assert_int_equal(fit("q35", (uint64_t)2500 * MIB, 0, 4096, &wanted), ERR_NOSPC); /* RAM ends at 2 GiB there ... */
  assert_int_equal(wanted, 2500);                                                  /* ... but not with less of it */
  assert_int_equal(fit("q35", (uint64_t)3000 * MIB, 0, 4096, &wanted), ERR_NOSPC);
  assert_int_equal(wanted, 0);
}

/* One page further and the initrd would lie over the kernel's end. */
static void test_overlap(void **state) {
  (void)state;
  uint64_t wanted, initrd = 20 * MIB;
  uint64_t at = 64 * MIB - 20 * MIB - 4096;
  assert_int_equal(fit("microvm", at, initrd, 64, &wanted), 0);
  assert_int_equal(fit("microvm", at + 1, initrd, 64, &wanted), ERR_NOSPC);
  assert_int_equal(wanted, 65);
  assert_int_equal(fit("pc", at, initrd, 64, &wanted), ERR_NOSPC); /* ACPI tables stand above it there */
  assert_int_equal(wanted, 65);
  assert_int_equal(fit("pc", 2 * MIB, 64 * MIB, 64, &wanted), ERR_NOSPC);
  assert_int_equal(fit("pc", 2 * MIB, 64 * MIB, wanted, &wanted), 0);
}

/* What is told to be enough is enough, and one less is not. */
static void test_least(void **state) {
  (void)state;
  static const char *const machines[] = {"microvm", "q35", "pc"};
  for (unsigned m = 0; m < 3; m++)
    for (uint64_t initrd = 1; initrd < 64 * MIB; initrd = initrd * 5 + 4095) {
      uint64_t wanted, again;
      if (fit(machines[m], 3 * MIB + initrd / 3, initrd, 1, &wanted) == 0) continue;
      assert_true(wanted > 0);
      assert_int_equal(fit(machines[m], 3 * MIB + initrd / 3, initrd, wanted, &again), 0);
      assert_int_equal(fit(machines[m], 3 * MIB + initrd / 3, initrd, wanted - 1, &again), ERR_NOSPC);
    }
}

/* The sum of the segments in memory is an int in QEMU. */
static void test_loadable(void **state) {
  (void)state;
  uint8_t file[2 * ELF_SEGMENT] = {0};
  struct elf e = {.bytes = file, .have = sizeof file, .size = UINT64_C(4) << 30, .phnum = 2};
  struct flaw flaw = {0};
  uint64_t end;
  for (unsigned i = 0; i < 2; i++) {
    uint8_t *s = file + i * ELF_SEGMENT;
    bytes_put_le32(s, ELF_PT_LOAD);
    bytes_put_le64(s + 24, (1 + i) * MIB);
    bytes_put_le64(s + 40, i ? INT32_MAX - MIB : MIB);
  }
  assert_int_equal(run_kernel_end(&e, &end, &flaw), 0);
  assert_int_equal(end, (uint64_t)INT32_MAX + MIB);
  bytes_put_le64(file + 40, MIB + 1);
  assert_int_equal(run_kernel_end(&e, &end, &flaw), ERR_TOOBIG);
  bytes_put_le64(file + 40, UINT64_MAX - MIB);
  assert_true(run_kernel_end(&e, &end, &flaw) < 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_places), cmocka_unit_test(test_image),
                                     cmocka_unit_test(test_overlap), cmocka_unit_test(test_least),
                                     cmocka_unit_test(test_loadable)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
