/* tests/unit/unpack_kit.h - archives made by hand, and a machine to unpack them in. */
#ifndef TESTS_UNPACK_KIT_H
#define TESTS_UNPACK_KIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <lz4frame.h>
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

#include "formats/newc.h"
#include "kernel/boot/unpack.h"
#include "kernel/mem/heap_inner.h"
#include "kernel/mem/pages_inner.h"
#include "kernel/ramfs/ramfs.h"
#include "plat_host.h"

enum { MIB = 1 << 20, NOW = 1000 };

/* --- archives ---------------------------------------------------------------- */

struct bytes {
  uint8_t *p;
  size_t n;
};

static inline void bytes_add(struct bytes *b, const void *p, size_t n) {
  b->p = realloc(b->p, b->n + n + 1);
  if (n) memcpy(b->p + b->n, p, n);
  b->n += n;
}

static inline void bytes_pad(struct bytes *b, size_t unit) {
  static const uint8_t zeros[PAGE];
  bytes_add(b, zeros, (unit - b->n % unit) % unit);
}

/* One entry; what matters to a test is set by it, the rest is 0. */
struct item {
  const char *name;
  uint32_t mode;
  const char *data;
  uint32_t size; /* 0: strlen(data) */
  uint32_t uid, gid, nlink, ino, mtime, rdev_major, rdev_minor;
};

static inline void add_item(struct bytes *b, const struct item *i) {
  uint8_t header[NEWC_HEADER];
  uint32_t size = i->size ? i->size : i->data ? (uint32_t)strlen(i->data) : 0;
  struct newc h = {.ino = i->ino, .mode = i->mode, .uid = i->uid, .gid = i->gid, .nlink = i->nlink, .mtime = i->mtime};
  h.size = size;
  h.rdev_major = i->rdev_major;
  h.rdev_minor = i->rdev_minor;
  h.name_size = (uint32_t)strlen(i->name) + 1;
  newc_encode(&h, header);
  bytes_add(b, header, sizeof header);
  bytes_add(b, i->name, h.name_size);
  bytes_pad(b, 4);
  bytes_add(b, i->data, size);
  bytes_pad(b, 4);
}

static inline void add_trailer(struct bytes *b) { add_item(b, &(struct item){.name = NEWC_TRAILER, .nlink = 1}); }

static inline struct bytes archive_of(const struct item *items, size_t n) {
  struct bytes b = {NULL, 0};
  for (size_t i = 0; i < n; i++) add_item(&b, &items[i]);
  add_trailer(&b);
  return b;
}
#define ARCHIVE(...)                                                                                                   \
  archive_of((const struct item[]){__VA_ARGS__}, sizeof((const struct item[]){__VA_ARGS__}) / sizeof(struct item))

static inline struct bytes gzip_of(struct bytes plain) {
  struct bytes out = {malloc(plain.n + 1000 + plain.n / 100), plain.n + 1000 + plain.n / 100};
  z_stream z = {.next_in = plain.p, .avail_in = (uInt)plain.n, .next_out = out.p, .avail_out = (uInt)out.n};
  assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
  assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
  out.n = z.total_out;
  deflateEnd(&z);
  free(plain.p);
  return out;
}

static inline struct bytes lz4_blocks_of(struct bytes plain, LZ4F_blockSizeID_t blocks) {
  LZ4F_preferences_t prefs = {.frameInfo = {.blockSizeID = blocks, .contentChecksumFlag = LZ4F_contentChecksumEnabled}};
  size_t most = LZ4F_compressFrameBound(plain.n, &prefs);
  struct bytes out = {malloc(most), 0};
  out.n = LZ4F_compressFrame(out.p, most, plain.p, plain.n, &prefs);
  assert_false(LZ4F_isError(out.n));
  free(plain.p);
  return out;
}

static inline struct bytes lz4_of(struct bytes plain) { return lz4_blocks_of(plain, LZ4F_default); }

static inline void join(struct bytes *to, struct bytes more) {
  bytes_add(to, more.p, more.n);
  free(more.p);
}

static inline struct bytes zstd_of(struct bytes plain) {
  struct bytes out = {malloc(ZSTD_compressBound(plain.n)), 0};
  out.n = ZSTD_compress(out.p, ZSTD_compressBound(plain.n), plain.p, plain.n, 1);
  assert_false(ZSTD_isError(out.n));
  free(plain.p);
  return out;
}

/* With a dictionary of 256 KiB. */
static inline struct bytes xz_of(struct bytes plain) {
  struct bytes out = {malloc(lzma_stream_buffer_bound(plain.n)), 0};
  lzma_options_lzma options;
  lzma_filter filters[] = {{LZMA_FILTER_LZMA2, &options}, {LZMA_VLI_UNKNOWN, NULL}};
  assert_false(lzma_lzma_preset(&options, 0));
  assert_int_equal(lzma_stream_buffer_encode(filters, LZMA_CHECK_CRC32, NULL, plain.p, plain.n, out.p, &out.n,
                                             lzma_stream_buffer_bound(plain.n)),
                   LZMA_OK);
  free(plain.p);
  return out;
}

/* --- the machine --------------------------------------------------------------- */

struct kit {
  struct plat *plat;
  struct pages ps;
  struct heap heap;
  struct fs *fs;
  struct unpack_input in;
  struct unpack_report report;
  struct flaw flaw;
  uint64_t free_then; /* all that is free when file system and input are gone */
};

/* A machine of `memory` bytes with the input at its end, as a loader puts it. */
static inline void kit_start(struct kit *k, uint64_t memory, struct bytes initrd) {
  memset(k, 0, sizeof *k);
  k->plat = plat_host_start(memory, NOW * INT64_C(1000000000));
  assert_non_null(k->plat);
  const struct machine *m = plat_machine(k->plat);
  uint64_t whole = (initrd.n + PAGE - 1) / PAGE * PAGE;
  struct range busy = {m->ram[0].at + m->ram[0].bytes - whole, whole};
  assert_true(whole < m->ram[0].bytes);
  assert_int_equal(pages_start(&k->ps, plat_direct(k->plat), m->ram, 1, &busy, 1), 0);
  heap_start(&k->heap, &k->ps);
  if (initrd.n) memcpy(plat_direct(k->plat) + busy.at, initrd.p, initrd.n);
  k->in = (struct unpack_input){.at = busy.at, .bytes = initrd.n, .give_back = true};
  heap_give(&k->heap, heap_take(&k->heap, 1)); /* the first zone is laid out */
  k->free_then = pages_free(&k->ps) + whole;
  k->fs = ramfs_make(&k->heap, (struct stamp){NOW, 0});
  assert_non_null(k->fs);
  free(initrd.p);
}

static inline int kit_unpack(struct kit *k) {
  int rc = unpack(k->fs, k->plat, &k->heap, &k->in, &k->report, &k->flaw);
  assert_int_equal(rc, k->flaw.code);
  assert_null(pages_check(&k->ps));
  assert_null(heap_check(&k->heap));
  return rc;
}

/* Nothing may be left: heap empty, every page free but the records of zones laid out meanwhile. */
static inline void kit_stop(struct kit *k) {
  k->fs->ops->stop(k->fs);
  assert_int_equal(heap_used(&k->heap), 0);
  assert_null(pages_check(&k->ps));
  uint64_t zones = k->ps.zone_count;
  assert_true(pages_free(&k->ps) <= k->free_then && k->free_then - pages_free(&k->ps) <= zones * 3 * PAGE);
  plat_host_stop(k->plat);
}

/* The inode at a path of plain components, or NULL. */
static inline struct inode *kit_find(struct kit *k, const char *path) {
  struct inode *i = k->fs->root;
  while (*path) {
    size_t len = strcspn(path, "/");
    if ((i->mode & MODE_TYPE) != MODE_DIR || i->fs->ops->look(i, path, len, &i) < 0) return NULL;
    path += len + (path[len] == '/');
  }
  return i;
}

static inline struct inode *kit_get(struct kit *k, const char *path) {
  struct inode *i = kit_find(k, path);
  if (!i) print_error("%s is not there\n", path);
  assert_non_null(i);
  return i;
}

static inline void kit_expect_bytes(struct kit *k, const char *path, const void *want, size_t n) {
  struct inode *i = kit_get(k, path);
  assert_int_equal(i->size, n);
  for (size_t at = 0; at < n;) {
    uint64_t got;
    const uint8_t *p = i->fs->ops->span(i, at, n - at, &got);
    assert_true(p && got > 0);
    assert_memory_equal(p, (const uint8_t *)want + at, got);
    at += got;
  }
}

static inline void kit_expect_text(struct kit *k, const char *path, const char *want) {
  kit_expect_bytes(k, path, want, strlen(want));
}

/* Unpacks and expects a code and a piece of the sentence. */
static inline void expect_refused(struct bytes initrd, int code, const char *sentence) {
  struct kit k;
  char text[512];
  kit_start(&k, 16 * MIB, initrd);
  int rc = kit_unpack(&k);
  flaw_print(&k.flaw, text, sizeof text);
  if (rc != code || !strstr(text, sentence)) print_error("got %d: %s\n", rc, text);
  assert_int_equal(rc, code);
  assert_non_null(strstr(text, sentence));
  kit_stop(&k);
}

#endif
