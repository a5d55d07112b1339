/* tests/unit/formats_elf.c - real programs from the compilers, and one small file bent in every way. */
#include <elf.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "formats/elf.h"
#include "formats/err.h"

struct file {
  uint8_t *p;
  size_t n;
};

static struct file file_read(const char *path) {
  struct file f = {malloc(16 << 20), 0};
  FILE *in = fopen(path, "rb");
  assert_non_null(in);
  f.n = fread(f.p, 1, 16 << 20, in);
  fclose(in);
  f.p = realloc(f.p, f.n);
  return f;
}

/* Compiles an empty program with these options. */
static struct file built(const char *compiler, const char *options) {
  char dir[] = "/tmp/formats_elf.XXXXXX", command[512], path[64];
  assert_non_null(mkdtemp(dir));
  snprintf(path, sizeof path, "%s/out", dir);
  snprintf(command, sizeof command, "echo 'int main(void){return 0;}' | %s -xc - %s -o %s", compiler, options, path);
  assert_int_equal(system(command), 0);
  struct file f = file_read(path);
  unlink(path);
  rmdir(dir);
  return f;
}

static int check(struct file f, uint16_t machine, char *line, size_t room) {
  struct elf e;
  struct flaw flaw = {0};
  int rc = elf_open(&e, f.p, f.n, f.n, &flaw);
  if (rc == 0) rc = elf_check_program(&e, machine, &flaw);
  line[0] = 0;
  if (rc < 0) flaw_print(&flaw, line, room);
  assert_int_equal(rc, flaw.code);
  return rc;
}

static void verdict(struct file f, int code, const char *sentence) {
  char line[256];
  int rc = check(f, ELF_X86_64, line, sizeof line);
  assert_string_equal(line, sentence);
  assert_int_equal(rc, code);
  free(f.p);
}

static void real_programs(void **state) {
  verdict(built("gcc", "-static"), 0, "");
  verdict(built("gcc", "-static-pie"), 0, "");
  verdict(built("gcc", "-static -Wl,-z,noseparate-code"), 0, "");
  verdict(built("musl-gcc", "-static"), 0, "");
  verdict(file_read("/bin/busybox"), 0, "");
  verdict(built("gcc", ""), ERR_NOEXEC,
          "a dynamic program: link it with -static, for there is no interpreter /lib64/ld-linux-x86-64.so.2");
  verdict(built("gcc", "-shared -fPIC"), ERR_NOEXEC, "a shared library, not a program");
  verdict(built("gcc", "-shared -fPIC -Wl,--no-as-needed -Wl,-e,main"), ERR_NOEXEC,
          "a program or library that needs shared libraries: link it with -static");
  verdict(built("gcc", "-c"), ERR_NOEXEC, "an object file, not a program: it has not been linked");
  verdict(built("aarch64-linux-gnu-gcc", "-static -nostdlib -Wl,-e,main"), ERR_NOEXEC,
          "a program for another processor: built for aarch64, this machine is x86_64");
  verdict(built("gcc", "-static -nostdlib -Wl,-N -Wl,-e,main -Wl,--no-warn-rwx-segments"), ERR_NOEXEC,
          "a program with a segment that is writable and executable: link it without -N");
}

static void not_programs(void **state) {
  struct file script = {(uint8_t *)strdup("#!/bin/sh\n"), 10}, text = {(uint8_t *)strdup("hello"), 5};
  verdict(script, ERR_MAGIC, "at stored offset 0: a script, not an ELF file: a program must be the interpreter itself");
  verdict(text, ERR_MAGIC, "at stored offset 0: not an ELF file");
  struct file cut = built("gcc", "-static");
  cut.n = 40;
  verdict(cut, ERR_CUT, "at stored offset 40: the ELF file ends inside its header");
  cut = built("gcc", "-static");
  cut.n -= 1;
  verdict(cut, ERR_CUT, "at stored offset 40: the ELF section table reaches past the end of the file: it was cut");
  cut = built("gcc", "-static -Wl,-s");
  ((Elf64_Ehdr *)(void *)cut.p)->e_shnum = 0;
  cut.n = 5000;
  verdict(cut, ERR_NOEXEC, "a program with a segment beyond its end: the file was cut");
}

/* One header and two segments, made by hand. */
struct small {
  Elf64_Ehdr e;
  Elf64_Phdr p[2];
  uint8_t rest[8192 - sizeof(Elf64_Ehdr) - 2 * sizeof(Elf64_Phdr)];
};

static struct small *small_make(void) {
  struct small *s = calloc(1, sizeof *s);
  memcpy(s->e.e_ident, "\177ELF\2\1\1", 7);
  s->e.e_type = ET_EXEC, s->e.e_machine = EM_X86_64, s->e.e_version = 1;
  s->e.e_entry = 0x400100, s->e.e_phoff = 64, s->e.e_phnum = 2, s->e.e_phentsize = 56;
  s->p[0] = (Elf64_Phdr){PT_LOAD, PF_R | PF_X, 0, 0x400000, 0x400000, 4096, 4096, 4096};
  s->p[1] = (Elf64_Phdr){PT_LOAD, PF_R | PF_W, 4096, 0x402000, 0x402000, 100, 9000, 4096};
  return s;
}

static void bent(struct small *s, int code, const char *sentence) {
  verdict((struct file){(uint8_t *)s, sizeof *s}, code, sentence);
}

static void bent_programs(void **state) {
  struct small *s = small_make();
  bent(s, 0, "");
#define BENT(change, code, sentence) (s = small_make(), s->change, bent(s, code, sentence))
  BENT(e.e_ident[4] = 1, ERR_VERSION, "at stored offset 4: an ELF file that is not 64-bit");
  BENT(e.e_ident[5] = 2, ERR_VERSION, "at stored offset 5: an ELF file that is not little-endian");
  BENT(e.e_phnum = 65, ERR_SIZE, "at stored offset 56: more than 64 ELF segments");
  BENT(e.e_phoff = UINT64_MAX - 50, ERR_CUT,
       "at stored offset 32: the ELF segment table reaches past the end of the file");
  BENT(e.e_phentsize = 32, ERR_SIZE, "at stored offset 54: ELF segment headers of an unknown size");
  BENT(e.e_entry = 0x402000, ERR_NOEXEC, "a program whose entry point is in none of its executable segments");
  BENT(e.e_type = ET_CORE, ERR_NOEXEC, "a core dump, not a program");
  BENT(p[1].p_flags = 7, ERR_NOEXEC, "a program with a segment that is writable and executable: link it without -N");
  BENT(p[1].p_vaddr = 0x401000 - 4096, ERR_NOEXEC,
       "a program whose segments share a page or are not in ascending order");
  BENT(p[1].p_memsz = 50, ERR_NOEXEC, "a program with a segment beyond its end: the file was cut");
  BENT(p[1].p_memsz = UINT64_MAX, ERR_NOEXEC, "a program with a segment beyond its end: the file was cut");
  BENT(p[1].p_memsz = UINT64_C(1) << 47, ERR_NOEXEC,
       "a program that reaches beyond the lower half of the address space");
  BENT(p[1].p_vaddr = 0xffffffff80000000, ERR_NOEXEC,
       "a program that reaches beyond the lower half of the address space");
  BENT(p[0].p_vaddr = 0, ERR_NOEXEC, "a program that wants to lie at address 0");
  BENT(p[0].p_vaddr = 0x400010, ERR_NOEXEC, "a program with a segment that is not aligned to pages");
}

/* Sections of this very program; every one of them has a title, and a bent table gives none. */
static void sections(void **state) {
  struct file f = file_read("/proc/self/exe");
  struct flaw flaw = {0};
  struct elf e;
  struct elf_section s;
  assert_int_equal(elf_open(&e, f.p, f.n, f.n, &flaw), 0);
  assert_true(elf_find_section(&e, ".text", &s) > 0);
  assert_string_equal(s.title, ".text");
  assert_int_equal(elf_find_section(&e, ".manifest", &s), ERR_NOENT);
  assert_int_equal(elf_section(&e, e.shnum, &s), ERR_NOENT);
  e.have = e.shoff / 2;
  assert_int_equal(elf_section(&e, 1, &s), 0);
  free(f.p);
  f = file_read("/proc/self/exe");
  assert_int_equal(elf_open(&e, f.p, 8192, f.n, &flaw), 0);
  assert_int_equal(e.shnum, 0);
  free(f.p);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(real_programs),
      cmocka_unit_test(not_programs),
      cmocka_unit_test(bent_programs),
      cmocka_unit_test(sections),
  };
  return cmocka_run_group_tests_name("formats_elf", tests, NULL, NULL);
}
