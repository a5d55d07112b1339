/* tests/unit/mkimage_kit.h - a scratch directory, files in it, and a kernel made by hand, for the tests of mkimage. */
#ifndef TESTS_MKIMAGE_KIT_H
#define TESTS_MKIMAGE_KIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "formats/bytes.h"
#include "formats/elf.h"

/* Makes an empty directory and goes there; each test begins with it. */
static inline int kit_begin(void **state) {
  char name[] = "/tmp/taproot-unit.XXXXXX";
  if (mkdtemp(name) == NULL || chdir(name) != 0) return -1;
  *state = strdup(name);
  return *state == NULL ? -1 : 0;
}

static inline int kit_end(void **state) {
  char command[100];
  snprintf(command, sizeof command, "rm -rf %s", (char *)*state);
  free(*state);
  return chdir("/") != 0 || system(command) != 0 ? -1 : 0;
}

static inline void kit_write(const char *path, const void *bytes, size_t n, mode_t mode) {
  int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  assert_true(fd >= 0);
  assert_int_equal(write(fd, bytes, n), n);
  assert_int_equal(fchmod(fd, mode), 0);
  close(fd);
}

static inline void kit_text(const char *path, const char *text) { kit_write(path, text, strlen(text), 0644); }

/* All of a file, from malloc. */
static inline uint8_t *kit_read(const char *path, size_t *n) {
  struct stat st;
  int fd = open(path, O_RDONLY);
  assert_true(fd >= 0);
  assert_int_equal(fstat(fd, &st), 0);
  uint8_t *bytes = malloc((size_t)st.st_size + 1);
  assert_non_null(bytes);
  assert_int_equal(read(fd, bytes, (size_t)st.st_size), st.st_size);
  close(fd);
  *n = (size_t)st.st_size;
  return bytes;
}

/* How many names the current directory has. */
static inline int kit_names(void) {
  int n = 0;
  DIR *d = opendir(".");
  assert_non_null(d);
  for (struct dirent *e; (e = readdir(d)) != NULL;) n += e->d_name[0] != '.' || strlen(e->d_name) > 2;
  closedir(d);
  return n;
}

/* An ELF with one page of "kernel" and the payload segment with its two placeholders, then section headers. */
enum { KIT_KERNEL = 4 * 4096 };
static inline void kit_kernel(uint8_t k[KIT_KERNEL]) {
  static const char names[] = "\0.text\0.manifest\0.initrd\0.comment\0.shstrtab";
  enum { SHOFF = 3 * 4096, NAMES = SHOFF + 6 * ELF_SECTION };
  static const uint64_t segment[2][4] = {{0, 0x100000, 4096, 5}, {4096, 0x101000, 8192, 4}};
  static const uint64_t section[6][5] = {{0},
                                         {1, 1, 2 | 4, 0x200, 0x100},
                                         {7, 1, 2, 4096, 4096},
                                         {17, 1, 2, 8192, 4096},
                                         {25, 1, 0, 0x300, 16},
                                         {34, 3, 0, NAMES, sizeof names}};
  memset(k, 0, KIT_KERNEL);
  memcpy(k, "\177ELF\2\1\1", 7);
  bytes_put_le16(k + 16, ELF_EXEC);
  bytes_put_le16(k + 18, ELF_X86_64);
  bytes_put_le32(k + 20, 1);
  bytes_put_le64(k + 24, 0xffffffff80100200);
  bytes_put_le64(k + 32, 64);
  bytes_put_le64(k + 40, SHOFF);
  bytes_put_le16(k + 52, 64);
  bytes_put_le16(k + 54, ELF_SEGMENT);
  bytes_put_le16(k + 56, 2);
  bytes_put_le16(k + 58, ELF_SECTION);
  bytes_put_le16(k + 60, 6);
  bytes_put_le16(k + 62, 5);
  for (int i = 0; i < 2; i++) {
    uint8_t *p = k + 64 + i * ELF_SEGMENT;
    bytes_put_le32(p, ELF_PT_LOAD);
    bytes_put_le32(p + 4, (uint32_t)segment[i][3]);
    bytes_put_le64(p + 8, segment[i][0]);
    bytes_put_le64(p + 16, 0xffffffff80000000 + segment[i][1]);
    bytes_put_le64(p + 24, segment[i][1]);
    bytes_put_le64(p + 32, segment[i][2]);
    bytes_put_le64(p + 40, segment[i][2]);
    bytes_put_le64(p + 48, 4096);
  }
  for (int i = 0; i < 6; i++) {
    uint8_t *p = k + SHOFF + i * ELF_SECTION;
    bytes_put_le32(p, (uint32_t)section[i][0]);
    bytes_put_le32(p + 4, (uint32_t)section[i][1]);
    bytes_put_le64(p + 8, section[i][2]);
    if (section[i][2] != 0) bytes_put_le64(p + 16, 0xffffffff80100000 + section[i][3]);
    bytes_put_le64(p + 24, section[i][3]);
    bytes_put_le64(p + 32, section[i][4]);
    bytes_put_le64(p + 48, 1);
  }
  memcpy(k + NAMES, names, sizeof names);
  memset(k + 0x200, 0x90, 0x100);
}

#endif
