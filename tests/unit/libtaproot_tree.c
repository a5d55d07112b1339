/* tests/unit/libtaproot_tree.c - the library's door: archives and images in, file calls, several instances. */
#include <fcntl.h>
#include <sys/stat.h>

#include "formats/bytes.h"
#include "formats/elf.h"
#include "formats/initrd.h"
#include "formats/manifest.h"
#include "taproot.h"
#include "unpack_kit.h"

static struct bytes some_archive(const char *text) {
  return ARCHIVE({.name = "etc", .mode = MODE_DIR | 0755, .nlink = 2, .mtime = 5},
                 {.name = "etc/text", .mode = MODE_FILE | 0640, .nlink = 1, .data = text, .uid = 7, .mtime = 9},
                 {.name = "way", .mode = MODE_LINK | 0777, .nlink = 1, .data = "etc"});
}

static struct taproot *start_with(struct bytes b) {
  struct taproot_options options = {.memory = 16 * MIB, .now_ns = NOW * INT64_C(1000000000)};
  struct taproot_flaw flaw;
  struct taproot *t = taproot_start(&options);
  assert_non_null(t);
  assert_int_equal(taproot_unpack(t, b.p, b.n, NULL, &flaw), 0);
  assert_string_equal(flaw.text, "");
  free(b.p);
  return t;
}

static void stop(struct taproot *t) {
  assert_null(taproot_check(t));
  taproot_stop(t);
}

static void expect_text(struct taproot *t, const char *path, const char *want) {
  char got[64] = "";
  int fd = taproot_open(t, path, O_RDONLY, 0);
  assert_true(fd >= 0);
  assert_int_equal(taproot_read(t, fd, got, sizeof got), strlen(want));
  assert_string_equal(got, want);
  assert_int_equal(taproot_close(t, fd), 0);
}

static void paths_lead_to_what_was_packed(void **state) {
  (void)state;
  struct taproot *t = start_with(gzip_of(some_archive("hello")));
  struct taproot_stat st;
  expect_text(t, "/way/text", "hello");
  assert_int_equal(taproot_stat(t, "way/text", &st), 0);
  assert_int_equal(st.mode, S_IFREG | 0640);
  assert_int_equal(st.uid, 7);
  assert_int_equal(st.size, 5);
  assert_int_equal(st.mtime_s, 9);
  assert_int_equal(st.ctime_s, NOW);
  assert_int_equal(taproot_lstat(t, "way", &st), 0);
  assert_int_equal(st.mode & S_IFMT, S_IFLNK);
  assert_int_equal(taproot_stat(t, "etc", &st), 0);
  assert_int_equal(st.mtime_s, 5);
  char target[8];
  assert_int_equal(taproot_readlink(t, "/way", target, sizeof target), 3);
  assert_memory_equal(target, "etc", 3);
  assert_int_equal(taproot_stat(t, "/etc/none", &st), -2);
  assert_string_equal(taproot_sentence(-2), "no such file or directory");
  assert_true(strlen(taproot_version()) > 0);
  stop(t);
}

static int count_names(void *arg, const struct taproot_dirent *d) {
  assert_int_equal(strlen(d->name), d->len);
  ++*(int *)arg;
  return 0;
}

static void files_are_made_changed_and_removed(void **state) {
  (void)state;
  struct taproot *t = start_with(lz4_of(some_archive("hello")));
  struct taproot_stat st;
  char got[16];
  int names = 0;
  assert_int_equal(taproot_mkdir(t, "/d", 0755), 0);
  assert_int_equal(taproot_chdir(t, "/d"), 0);
  int fd = taproot_open(t, "f", O_RDWR | O_CREAT | O_EXCL, 0644);
  assert_true(fd >= 0);
  assert_int_equal(taproot_open(t, "f", O_RDWR | O_CREAT | O_EXCL, 0644), -17);
  assert_int_equal(taproot_write(t, fd, "0123456789", 10), 10);
  assert_int_equal(taproot_pwrite(t, fd, "AB", 2, 4), 2);
  assert_int_equal(taproot_lseek(t, fd, 3, SEEK_SET), 3);
  assert_int_equal(taproot_read(t, fd, got, 4), 4);
  assert_memory_equal(got, "3AB6", 4);
  assert_int_equal(taproot_pread(t, fd, got, 16, 8), 2);
  assert_int_equal(taproot_ftruncate(t, fd, 4), 0);
  int two = taproot_dup(t, fd);
  assert_true(two >= 0 && two != fd);
  assert_int_equal(taproot_close(t, fd), 0);
  assert_int_equal(taproot_fstat(t, two, &st), 0);
  assert_int_equal(st.size, 4);
  assert_int_equal(taproot_close(t, two), 0);
  assert_int_equal(taproot_close(t, two), -9);
  assert_int_equal(taproot_link(t, "f", "g"), 0);
  assert_int_equal(taproot_symlink(t, "g", "s"), 0);
  assert_int_equal(taproot_rename(t, "f", "/h", 0), 0);
  assert_int_equal(taproot_chmod(t, "s", 0600), 0);
  assert_int_equal(taproot_chown(t, "s", 5, 6), 0);
  assert_int_equal(taproot_utimens(t, "s", -1, 2500000000, true), 0);
  assert_int_equal(taproot_truncate(t, "s", 2), 0);
  assert_int_equal(taproot_stat(t, "/h", &st), 0);
  assert_int_equal(st.nlink, 2);
  assert_int_equal(st.mode, S_IFREG | 0600);
  assert_int_equal(st.gid, 6);
  assert_int_equal(st.atime_s, -1);
  assert_int_equal(st.atime_ns, 999999999);
  assert_int_equal(st.size, 2);
  expect_text(t, "s", "01");
  assert_int_equal(taproot_mknod(t, "null", S_IFCHR | 0666, 1, 3), 0);
  fd = taproot_open(t, "null", O_WRONLY, 0);
  assert_int_equal(taproot_write(t, fd, "gone", 4), 4);
  assert_int_equal(taproot_close(t, fd), 0);
  fd = taproot_open(t, "/d", O_RDONLY | O_DIRECTORY, 0);
  assert_int_equal(taproot_readdir(t, fd, count_names, &names), 0);
  assert_int_equal(names, 5);
  assert_int_equal(taproot_close(t, fd), 0);
  assert_int_equal(taproot_rmdir(t, "/d"), -39);
  assert_int_equal(taproot_unlink(t, "g"), 0);
  assert_int_equal(taproot_unlink(t, "s"), 0);
  assert_int_equal(taproot_unlink(t, "null"), 0);
  assert_int_equal(taproot_rmdir(t, "/d"), 0);
  assert_int_equal(taproot_access(t, "/h", R_OK), 0);
  stop(t);
}

/* The file packed as a slice is rewritten in part: the rest stays what it was. */
static void packed_files_can_be_written(void **state) {
  (void)state;
  struct taproot *t = start_with(some_archive("hello"));
  int fd = taproot_open(t, "/etc/text", O_RDWR, 0);
  assert_int_equal(taproot_pwrite(t, fd, "J", 1, 0), 1);
  assert_int_equal(taproot_pwrite(t, fd, "y!", 2, 4), 2);
  assert_int_equal(taproot_close(t, fd), 0);
  expect_text(t, "/etc/text", "Jelly!");
  stop(t);
}

static void handles_live_while_they_are_looked_up(void **state) {
  (void)state;
  struct taproot *t = start_with(some_archive("hello"));
  struct taproot_stat st;
  taproot_ino etc, text, again;
  char got[8];
  int names = 0;
  assert_int_equal(taproot_lookup(t, taproot_root(t), "etc", &etc), 0);
  assert_int_equal(taproot_lookup(t, etc, "text", &text), 0);
  assert_int_equal(taproot_lookup(t, etc, "text", &again), 0);
  assert_int_equal(text, again);
  assert_int_equal(taproot_lookup(t, text, "x", &again), -20);
  assert_int_equal(taproot_lookup(t, etc, "none", &again), -2);
  assert_int_equal(taproot_unlink(t, "/etc/text"), 0);
  assert_int_equal(taproot_istat(t, text, &st), 0);
  assert_int_equal(st.nlink, 0);
  assert_int_equal(taproot_iread(t, text, got, sizeof got, 1), 4);
  assert_memory_equal(got, "ello", 4);
  taproot_forget(t, text, 2);
  assert_int_equal(taproot_ilist(t, taproot_root(t), count_names, &names), 0);
  assert_int_equal(names, 2);
  assert_int_equal(taproot_iread(t, etc, got, 1, 0), -21);
  taproot_forget(t, etc, 1);
  stop(t);
}

static void instances_are_apart(void **state) {
  (void)state;
  struct taproot *one = start_with(some_archive("one")), *two = start_with(some_archive("two"));
  expect_text(one, "/etc/text", "one");
  expect_text(two, "/etc/text", "two");
  assert_int_equal(taproot_unlink(one, "/etc/text"), 0);
  stop(one);
  expect_text(two, "/etc/text", "two");
  stop(two);
  struct taproot *all_defaults = taproot_start(NULL);
  struct taproot_memory m;
  taproot_memory(all_defaults, &m);
  assert_int_equal(m.total, UINT64_C(8) << 30);
  stop(all_defaults);
  taproot_stop(NULL);
}

/* --- images ------------------------------------------------------------------------ */

struct image {
  struct bytes file;
  size_t payload, section; /* offsets of the payload and of .initrd in it */
};

/* Every allocation behind the door is refused once: the caller hears of no memory, and the instance goes on. */
static void a_refused_allocation_is_said_and_survived(void **state) {
  (void)state;
  struct bytes b = gzip_of(some_archive("hello"));
  struct taproot *t = taproot_start(NULL);
  struct taproot_flaw flaw;
  int rc = -12, refused = 0;
  assert_non_null(t);
  for (uint64_t nth = 1; rc != 0; nth++) {
    taproot_refuse(t, nth);
    rc = taproot_unpack(t, b.p, b.n, NULL, &flaw);
    assert_true(rc == 0 || rc == -12);
    assert_int_equal(flaw.code, rc);
    if (rc != 0) assert_true(flaw.text[0] != 0 && ++refused < 1000);
    assert_null(taproot_check(t));
  }
  taproot_refuse(t, 0);
  assert_true(refused > 3);
  expect_text(t, "/way/text", "hello");
  free(b.p);
  stop(t);
}

static void put_elf(uint8_t *p, uint64_t payload_offset, uint64_t payload_bytes) {
  memcpy(p, "\177ELF\2\1\1", 7);
  bytes_put_le16(p + 16, ELF_EXEC);
  bytes_put_le16(p + 18, ELF_X86_64);
  bytes_put_le32(p + 20, 1);
  bytes_put_le64(p + 24, 0x100000);
  bytes_put_le64(p + 32, ELF_HEADER);
  bytes_put_le16(p + 52, ELF_HEADER);
  bytes_put_le16(p + 54, ELF_SEGMENT);
  bytes_put_le16(p + 56, 2);
  for (unsigned i = 0; i < 2; i++) {
    uint8_t *s = p + ELF_HEADER + i * ELF_SEGMENT;
    bytes_put_le32(s, ELF_PT_LOAD);
    bytes_put_le32(s + 4, ELF_PF_R);
    bytes_put_le64(s + 8, i ? payload_offset : 0);
    bytes_put_le64(s + 16, 0x100000 + (i ? payload_offset : 0));
    bytes_put_le64(s + 24, 0x100000 + (i ? payload_offset : 0));
    bytes_put_le64(s + 32, i ? payload_bytes : PAGE);
    bytes_put_le64(s + 40, i ? payload_bytes : PAGE);
    bytes_put_le64(s + 48, PAGE);
  }
}

/* An image as mkimage writes one: a page of headers, manifest, section with these archives. */
static struct image image_of(struct bytes *archives, uint32_t n, uint64_t unpacked) {
  static uint8_t manifest[2 * PAGE], header[4 * PAGE], page[PAGE];
  struct image im = {{NULL, 0}, PAGE, 0};
  struct initrd h = {.archives = n, .header_bytes = (uint32_t)initrd_header_bytes(), .check = DIGEST_XXH3};
  struct manifest_writer w;
  manifest_begin(&w, manifest, sizeof manifest);
  manifest_add(&w, MANIFEST_PROGRAM, "/bin/app", 8);
  h.manifest_bytes = (uint64_t)manifest_close(&w);
  bytes_add(&im.file, page, PAGE);
  bytes_add(&im.file, manifest, h.manifest_bytes);
  im.section = im.file.n;
  bytes_add(&im.file, header, h.header_bytes);
  for (uint32_t i = 0; i < n; i++) {
    const struct codec *codec = codec_sniff(archives[i].p, archives[i].n);
    h.archive[i] = (struct initrd_archive){.codec = codec ? codec->id : CODEC_NONE, .check = DIGEST_XXH3};
    h.archive[i].offset = im.file.n - im.section;
    h.archive[i].stored = h.archive[i].unpacked = archives[i].n;
    if (codec) h.archive[i].unpacked = unpacked;
    h.archive[i].entries = 3;
    digest_over(DIGEST_XXH3, archives[i].p, archives[i].n, h.archive[i].digest);
    bytes_add(&im.file, archives[i].p, archives[i].n);
    bytes_pad(&im.file, PAGE);
    free(archives[i].p);
  }
  h.section_bytes = im.file.n - im.section;
  initrd_encode(&h, manifest, im.file.p + im.section);
  put_elf(im.file.p, im.payload, im.file.n - im.payload);
  return im;
}

static struct image some_image(void) {
  struct bytes archives[] = {some_archive("first"), gzip_of(some_archive("second"))};
  return image_of(archives, 2, 1000); /* more than these archives have */
}

static int unpack_image(struct bytes file, struct taproot_report *report, struct taproot_flaw *flaw, const char *want) {
  struct taproot_options options = {.memory = 4 * MIB, .now_ns = 0};
  struct taproot_memory before, after;
  struct taproot *t = taproot_start(&options);
  taproot_memory(t, &before);
  int rc = taproot_unpack_image(t, file.p, file.n, report, flaw);
  taproot_memory(t, &after);
  assert_int_equal(rc, flaw->code);
  if (want) expect_text(t, "/etc/text", want);
  if (rc != 0) assert_true(before.free - after.free <= 64 * PAGE); /* tree and records, no input */
  stop(t);
  return rc;
}

static void an_image_is_found_checked_and_unpacked(void **state) {
  (void)state;
  struct image im = some_image();
  struct taproot_report report;
  struct taproot_flaw flaw;
  assert_int_equal(unpack_image(im.file, &report, &flaw, "second"), 0);
  assert_int_equal(report.archives, 2);
  assert_int_equal(report.entries, 6);
  free(im.file.p);
}

/* Kernel and payload lie in the first 32 KiB above 1 MiB, and all else fits below it. */
static void what_an_image_needs_is_found_by_unpacking_it(void **state) {
  (void)state;
  struct image im = some_image();
  struct taproot_flaw flaw;
  uint64_t small, large, again;
  assert_int_equal(taproot_need(im.file.p, im.file.n, &small, &flaw), 0);
  assert_true(small >= MIB + im.file.n && small < MIB + im.file.n + 2 * PAGE);
  free(im.file.p);
  char *data = calloc(1, 3 * MIB);
  struct item item = {.name = "zeros", .mode = MODE_FILE | 0600, .nlink = 1, .data = data, .size = 3 * MIB};
  struct bytes one = {NULL, 0};
  add_item(&one, &item);
  add_item(&one, &(struct item){.name = "a", .mode = MODE_FILE | 0600, .nlink = 1});
  add_item(&one, &(struct item){.name = "b", .mode = MODE_FILE | 0600, .nlink = 1});
  add_trailer(&one);
  uint64_t unpacked = one.n;
  struct bytes packed = gzip_of(one);
  im = image_of(&packed, 1, unpacked);
  assert_int_equal(taproot_need(im.file.p, im.file.n, &large, &flaw), 0);
  assert_int_equal(taproot_need(im.file.p, im.file.n, &again, NULL), 0);
  assert_int_equal(large, again);
  assert_true(large > 3 * MIB && large < 4 * MIB);
  im.file.p[im.section + initrd_header_bytes() + 1500] ^= 1; /* unchecked here, but the stream has its own sum */
  int rc = taproot_need(im.file.p, im.file.n, &large, &flaw);
  assert_true(rc < 0 && flaw.code == rc && flaw.text[0] != 0 && large == 0);
  free(im.file.p);
  free(data);
}

/* Bytes all over manifest and section: a flip is refused, with a sentence. */
static void flipped_bytes_are_refused(void **state) {
  (void)state;
  struct image im = some_image();
  struct taproot_flaw flaw;
  for (size_t at = im.payload; at < im.file.n; at += at % 512 < 300 ? 1 : 13) {
    im.file.p[at] ^= 0x20;
    if (unpack_image(im.file, NULL, &flaw, NULL) == 0) print_error("byte %zu\n", at);
    assert_true(flaw.code < 0);
    assert_true(flaw.text[0] != 0);
    im.file.p[at] ^= 0x20;
  }
  free(im.file.p);
}

static void what_is_no_image_is_refused(void **state) {
  (void)state;
  struct image im = some_image();
  struct taproot_flaw flaw;
  struct bytes short_file = im.file;
  uint64_t needs;
  assert_true(unpack_image((struct bytes){(uint8_t *)"", 0}, NULL, &flaw, NULL) < 0);
  for (size_t n = 1; n < im.file.n; n += 411) {
    short_file.n = n;
    assert_true(unpack_image(short_file, NULL, &flaw, NULL) < 0);
    assert_true(taproot_need(short_file.p, n, &needs, NULL) < 0 && needs == 0);
  }
  memset(im.file.p + im.payload, 0, im.file.n - im.payload);
  assert_int_equal(unpack_image(im.file, NULL, &flaw, NULL), ERR_NOENT);
  assert_string_equal(flaw.text, "the image carries no archive");
  free(im.file.p);
}

/* --- for servers ------------------------------------------------------------------------- */

static void callers_have_their_own_rights(void **state) {
  static const uint32_t group = 7;
  const struct taproot_caller stranger = {.uid = 100, .gid = 100}, member = {100, 100, 0, &group, 1},
                              owner = {.uid = 7, .gid = 100}, root = {0};
  struct taproot *t = start_with(some_archive("hello")); /* etc/text is 7:0 0640 */
  taproot_ino etc, text, other;
  assert_int_equal(taproot_lookup(t, taproot_root(t), "etc", &etc), 0);
  assert_int_equal(taproot_resolveat(t, etc, "text", false, &text), 0);
  taproot_become(t, &stranger);
  assert_int_equal(taproot_iopen(t, text, O_RDONLY), -13);
  assert_int_equal(taproot_iaccess(t, text, 4), -13);
  assert_int_equal(taproot_unlinkat(t, etc, "text", false), -13);
  assert_int_equal(taproot_ichmod(t, text, 0666), -1);
  assert_int_equal(taproot_itruncate(t, text, 0), -13);
  taproot_become(t, &root);
  assert_int_equal(taproot_ichown(t, text, UINT32_MAX, 7), 0);
  taproot_become(t, &member);
  int fd = taproot_iopen(t, text, O_RDONLY);
  assert_true(fd >= 0);
  assert_int_equal(taproot_close(t, fd), 0);
  assert_int_equal(taproot_iopen(t, text, O_RDWR), -13);
  taproot_become(t, &owner);
  assert_int_equal(taproot_ichmod(t, text, 0), 0);
  assert_int_equal(taproot_iopen(t, text, O_RDONLY), -13);
  taproot_become(t, &root);
  assert_int_equal(taproot_unlinkat(t, etc, "text", false), 0);
  assert_int_equal(taproot_resolveat(t, etc, "text", false, &other), -2);
  assert_int_equal(taproot_ilink(t, text, etc, "again"), -2); /* what has no name gets none */
  fd = taproot_iopen(t, text, O_RDWR);
  assert_true(fd >= 0);
  assert_int_equal(taproot_pwrite(t, fd, "still", 5, 0), 5);
  assert_int_equal(taproot_close(t, fd), 0);
  taproot_forget(t, text, 1);
  taproot_forget(t, etc, 1);
  stop(t);
}

struct seen {
  unsigned times[64];
  int most;
  uint64_t next;
};

static int see_some(void *arg, const struct taproot_dirent *d) {
  struct seen *s = arg;
  if (s->most-- == 0) return 1;
  if (d->name[0] == 'n') s->times[atoi(d->name + 1)]++;
  s->next = d->next;
  return 0;
}

/* As readers of a directory see it that others remove from and add to. */
static void a_listing_goes_on_where_it_was(void **state) {
  struct taproot *t = start_with(some_archive("x"));
  struct seen s = {.next = 0};
  char name[24];
  assert_int_equal(taproot_mkdirat(t, taproot_root(t), "d", 0755), 0);
  for (int i = 0; i < 60; i++) {
    snprintf(name, sizeof name, "d/n%d", i);
    assert_int_equal(taproot_mknodat(t, taproot_root(t), name, S_IFREG | 0644, 0, 0), 0);
  }
  int fd = taproot_openat(t, taproot_root(t), "d", O_RDONLY | O_DIRECTORY, 0);
  for (int round = 0; round < 20; round++) {
    s.most = 7;
    assert_int_equal(taproot_list_from(t, fd, s.next, see_some, &s), 0);
    snprintf(name, sizeof name, "d/n%d", (round * 7 + 3) % 60);
    taproot_unlinkat(t, taproot_root(t), name, false);
    snprintf(name, sizeof name, "d/made%d", round);
    assert_int_equal(taproot_symlinkat(t, "x", taproot_root(t), name), 0);
  }
  for (int i = 0; i < 60; i++) {
    taproot_ino there;
    snprintf(name, sizeof name, "d/n%d", i);
    bool stays = taproot_resolveat(t, taproot_root(t), name, false, &there) == 0;
    if (stays) taproot_forget(t, there, 1);
    assert_true(stays ? s.times[i] == 1 : s.times[i] <= 1);
  }
  assert_int_equal(taproot_close(t, fd), 0);
  stop(t);
}

/* By path and by handle, followed and not, as the calls of the same name. */
static void extended_attributes(void **state) {
  struct taproot *t = taproot_start(NULL);
  char out[64];
  taproot_ino ino;
  (void)state;
  assert_true(taproot_open(t, "f", 0102, 0644) >= 0 && taproot_symlink(t, "f", "l") == 0);
  assert_int_equal(taproot_setxattr(t, "l", "user.a", "va\0ue", 5, 0, true), 0);
  assert_int_equal(taproot_setxattr(t, "l", "user.a", "1", 1, 0, false), -1); /* EPERM */
  assert_int_equal(taproot_setxattr(t, "l", "trusted.l", "1", 1, 1, false), 0);
  assert_int_equal(taproot_setxattr(t, "f", "user.a", "1", 1, 1, true), -17); /* EEXIST */
  assert_int_equal(taproot_setxattr(t, "f", "user.b", "1", 1, 2, true), -61); /* ENODATA */
  assert_int_equal(taproot_setxattr(t, "f", "user.b", "1", 1, 4, true), -22); /* EINVAL */
  assert_int_equal(taproot_setxattr(t, "f", "user.b", NULL, 0, 0, true), 0);
  assert_int_equal(taproot_getxattr(t, "f", "user.a", NULL, 0, true), 5);
  assert_int_equal(taproot_getxattr(t, "f", "user.a", out, 4, true), -34); /* ERANGE */
  assert_int_equal(taproot_getxattr(t, "f", "user.a", out, 5, true), 5);
  assert_memory_equal(out, "va\0ue", 5);
  assert_int_equal(taproot_listxattr(t, "f", out, sizeof out, true), 14);
  assert_memory_equal(out, "user.a\0user.b", 14);
  assert_int_equal(taproot_listxattr(t, "f", out, 13, true), -34);
  assert_int_equal(taproot_listxattr(t, "l", NULL, 0, false), 10);
  assert_int_equal(taproot_lookup(t, taproot_root(t), "f", &ino), 0);
  assert_int_equal(taproot_igetxattr(t, ino, "user.b", out, 5), 0);
  assert_int_equal(taproot_ilistxattr(t, ino, out, sizeof out), 14);
  taproot_forget(t, ino, 1);
  assert_int_equal(taproot_removexattr(t, "f", "user.a", true), 0);
  assert_int_equal(taproot_removexattr(t, "f", "user.a", true), -61);
  assert_int_equal(taproot_removexattr(t, "nothing", "user.a", true), -2);
  assert_null(taproot_check(t));
  taproot_stop(t);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(paths_lead_to_what_was_packed),
      cmocka_unit_test(files_are_made_changed_and_removed),
      cmocka_unit_test(callers_have_their_own_rights),
      cmocka_unit_test(a_listing_goes_on_where_it_was),
      cmocka_unit_test(packed_files_can_be_written),
      cmocka_unit_test(handles_live_while_they_are_looked_up),
      cmocka_unit_test(instances_are_apart),
      cmocka_unit_test(a_refused_allocation_is_said_and_survived),
      cmocka_unit_test(an_image_is_found_checked_and_unpacked),
      cmocka_unit_test(what_an_image_needs_is_found_by_unpacking_it),
      cmocka_unit_test(flipped_bytes_are_refused),
      cmocka_unit_test(what_is_no_image_is_refused),
      cmocka_unit_test(extended_attributes),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
