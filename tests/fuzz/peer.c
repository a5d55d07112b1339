/* tests/fuzz/peer.c - what the reader accepts, libarchive lists in the same way, through its own filters where the
 * bytes are compressed.
 *
 * Entry for entry: name, type, permissions, owner, time, size, device, targets of links, attributes, content.  Where
 * libarchive itself gives up, nothing is compared.  What may differ stands in docs/fuzzing.md, and here with "differs".
 * Its header cannot stand beside ours, so what is called of it is declared here.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include "formats/archive.h"
#include "formats/bytes.h"
#include "formats/limits.h"
#include "formats/path.h"
#include "fuzz/cpio_repair.h"
#include "fuzz/tar_sums.h"
#include "unit/codec_memory.h"

struct archive_entry;
void *archive_read_new(void);
int archive_read_free(void *peer);
int archive_read_support_filter_all(void *peer);
int archive_read_support_format_cpio(void *peer);
int archive_read_support_format_tar(void *peer);
int archive_read_open_memory(void *peer, const void *bytes, size_t n);
int archive_read_next_header(void *peer, struct archive_entry **e);
ssize_t archive_read_data(void *peer, void *to, size_t n);
const char *archive_entry_pathname(struct archive_entry *e);
const char *archive_entry_hardlink(struct archive_entry *e);
const char *archive_entry_symlink(struct archive_entry *e);
mode_t archive_entry_mode(struct archive_entry *e);
int64_t archive_entry_size(struct archive_entry *e);
int64_t archive_entry_uid(struct archive_entry *e);
int64_t archive_entry_gid(struct archive_entry *e);
int64_t archive_entry_mtime(struct archive_entry *e);
long archive_entry_mtime_nsec(struct archive_entry *e);
dev_t archive_entry_rdevmajor(struct archive_entry *e);
dev_t archive_entry_rdevminor(struct archive_entry *e);
int archive_entry_xattr_reset(struct archive_entry *e);
int archive_entry_xattr_next(struct archive_entry *e, const char **name, const void **value, size_t *n);

enum { PEER_OK = 0, MOST = 256, ROOM = 1 << 20, CONTENT = 1 << 16 };

/* The plain bytes and, when they were compressed, how many stored ones they are. */
struct input {
  const uint8_t *stored;
  size_t stored_bytes;
  uint8_t *plain; /* to be freed */
  size_t n;
  bool packed;
};

static bool unpack(struct input *in, const struct codec *codec, const uint8_t *bytes, size_t n) {
  struct source source = source_over(bytes, n);
  struct decoder d;
  struct counted_memory memory = counted_memory();
  void *work = aligned_alloc(16, bytes_round_up(codec->workspace, 16));
  in->plain = malloc(ROOM);
  int rc = decoder_start(&d, codec, &source, work, in->plain, ROOM);
  d.memory = &memory.memory;
  for (int asked = 0; rc == 0 && !d.ended && asked < 2; asked++)
    if ((rc = decoder_run(&d, UINT64_MAX)) == ERR_WANT_ROOM) rc = 0;
  decoder_stop(&d);
  free(work);
  *in = (struct input){bytes, (size_t)source.offset, in->plain, (size_t)d.have, true};
  return rc == 0 && d.ended;
}

/* Dictionaries that a machine for tests has no room for are left out. */
static bool is_modest(const struct codec *codec, const uint8_t *bytes, size_t n) {
  return codec->id != CODEC_LZMA || n < 5 || bytes_le32(bytes + 1) <= 1 << 24;
}

static bool open_input(struct input *in, const uint8_t *bytes, size_t n) {
  const struct codec *codec = codec_sniff(bytes, n);
  *in = (struct input){0};
  if (codec) return is_modest(codec, bytes, n) && unpack(in, codec, bytes, n);
  const struct cpio_kind *cpio = cpio_kind_of(bytes, n);
  in->n = n;
  in->plain = cpio ? cpio_repair(bytes, &in->n, cpio) : tar_sums_set(bytes, n);
  in->stored = in->plain;
  return true;
}

/* --- ours ---------------------------------------------------------------------------- */

struct listed {
  struct entry e;
  char path[LIMIT_PATH + 1];
  const uint8_t *data;
};

/* How many entries there are; -1: not an archive that is good to its end. */
static int list(struct archive *a, struct stream *s, struct listed *out) {
  int rc = archive_open(a, s, 0), count = 0;
  for (struct listed *l = out; rc == 0 && count < MOST; l++, count++) {
    if ((rc = archive_next(a, &l->e)) != 1 || (rc = archive_data(a, &l->e, &l->data)) < 0) break;
    if (l->e.name == a->name) l->e.name = NULL; /* which does not last */
    const char *name = l->e.name ? l->e.name : a->name;
    if (path_clean(name, l->e.name_len, l->path, sizeof l->path) < 0) abort();
  }
  return rc == 0 ? count : -1;
}

/* --- differs ---------------------------------------------------------------------------- */

/* Global pax headers are passed over by libarchive. */
static bool has_global(const struct archive *a) {
  static const struct pax nothing;
  return memcmp(&a->global, &nothing, sizeof nothing) != 0;
}

/* The header that says what the entry is; only of tar. */
static const struct tar_header *header_of(const struct archive *a, const struct listed *l) {
  uint64_t at = l->e.offset;
  for (;;) {
    const struct tar_header *h = (const struct tar_header *)(a->in->base + at);
    uint64_t size = 0;
    if (!strchr("xgLKV", h->type[0]) || h->type[0] == 0) return h;
    tar_number(h->size, sizeof h->size, &size);
    at += TAR_BLOCK + bytes_round_up(size, TAR_BLOCK);
  }
}

static bool is_tar(const struct archive *a) { return strcmp(archive_name(a), "tar") == 0; }

/* libarchive reads the sparse fields of a GNU header whatever its type says; tar and we, of type 'S' alone. */
static bool leftovers(const struct tar_header *h) {
  const struct tar_gnu *g = (const struct tar_gnu *)h;
  return tar_kind(h) == TAR_GNU && h->type[0] != 'S' && (g->slots[0] || g->real_size[0]);
}

/* --- both --------------------------------------------------------------------------------- */

static void compare_numbers(const struct archive *a, const struct listed *l, struct archive_entry *e) {
  const struct entry *o = &l->e;
  assert((archive_entry_mode(e) & MODE_BITS) == (o->mode & MODE_BITS));
  assert((uint32_t)archive_entry_uid(e) == o->uid && (uint32_t)archive_entry_gid(e) == o->gid);
  assert(archive_entry_mtime(e) == o->mtime && (uint32_t)archive_entry_mtime_nsec(e) == o->mtime_ns);
  (void)a;
}

static void compare_content(const struct archive *a, const struct listed *l, void *peer) {
  uint64_t size = l->e.size;
  if (size > CONTENT || l->e.holes > CONTENT) return;
  uint8_t *ours = calloc(1, size + 1), *theirs = calloc(1, size + 1);
  struct archive_piece p = {0};
  if (l->e.holes == 0)
    memcpy(ours, l->data, size);
  else
    while (archive_piece(a, &l->e, &p) == 1) memcpy(ours + p.offset, l->data + p.data, p.length);
  ssize_t n = archive_read_data(peer, theirs, size);
  if (l->e.holes && n >= 0) n = (ssize_t)size; /* it ends before the last hole */
  assert(n < 0 || ((uint64_t)n == size && memcmp(ours, theirs, size) == 0));
  free(ours);
  free(theirs);
}

/* Each of ours is one of theirs.  GNU tar and we read %3D and %25 in their names, libarchive does not. */
static void compare_attributes(const struct archive *a, const struct listed *l, struct archive_entry *e) {
  struct archive_attr x = {.at = 0};
  while (l->e.attrs && archive_attr(a, &l->e, &x) == 1) {
    const char *name;
    const void *value;
    size_t n;
    bool found = memchr(x.name, '=', x.name_len) || memchr(x.name, '%', x.name_len);
    archive_entry_xattr_reset(e);
    while (!found && archive_entry_xattr_next(e, &name, &value, &n) == PEER_OK)
      found = strlen(name) == x.name_len && memcmp(name, x.name, x.name_len) == 0 && n == x.size &&
              memcmp(value, x.value, n) == 0;
    assert(found);
  }
}

static void compare_kind(const struct archive *a, const struct listed *l, struct archive_entry *e, void *peer) {
  uint32_t type = l->e.mode & MODE_TYPE;
  assert((archive_entry_mode(e) & MODE_TYPE) == type);
  if (type == MODE_LINK) {
    const char *target = archive_entry_symlink(e);
    assert(!target || (strlen(target) == l->e.size && memcmp(target, l->data, l->e.size) == 0));
  }
  if (type == MODE_CHR || type == MODE_BLK)
    assert(archive_entry_rdevmajor(e) == l->e.rdev_major && archive_entry_rdevminor(e) == l->e.rdev_minor);
  if (type != MODE_FILE || (is_tar(a) && leftovers(header_of(a, l)))) return;
  assert((uint64_t)archive_entry_size(e) == l->e.size);
  compare_content(a, l, peer);
}

static void compare(const struct archive *a, const struct listed *l, struct archive_entry *e, void *peer) {
  char path[LIMIT_PATH + 1];
  const char *name = archive_entry_pathname(e), *link = archive_entry_hardlink(e);
  if (!name) return; /* it cannot say it in this locale */
  assert(path_clean(name, strlen(name), path, sizeof path) > 0 && strcmp(path, l->path) == 0);
  compare_numbers(a, l, e);
  compare_attributes(a, l, e);
  if (l->e.link) assert(link && strlen(link) == l->e.link_len && memcmp(link, l->e.link, l->e.link_len) == 0);
  if (!link) compare_kind(a, l, e, peer);
}

/* -1: nothing was compared. */
static int compare_all(const struct archive *a, const struct listed *ours, int count, const void *bytes, size_t n) {
  struct archive_entry *e;
  int i = 0, rc = PEER_OK;
  void *peer = archive_read_new();
  archive_read_support_filter_all(peer);
  archive_read_support_format_cpio(peer);
  archive_read_support_format_tar(peer);
  if (archive_read_open_memory(peer, bytes, n) == PEER_OK) {
    for (; i < count && (rc = archive_read_next_header(peer, &e)) == PEER_OK; i++) compare(a, &ours[i], e, peer);
    if (i == count) assert((rc = archive_read_next_header(peer, &e)) != PEER_OK);
  }
  archive_read_free(peer);
  return i > 0 ? 0 : -1;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
  struct input in;
  struct archive a;
  int rc = -1;
  if (open_input(&in, bytes, n)) {
    struct listed *ours = malloc(MOST * sizeof *ours);
    struct stream s = stream_over(in.plain, in.n);
    int count = list(&a, &s, ours);
    if (count > 0 && !has_global(&a))
      rc = compare_all(&a, ours, count, in.stored, in.packed ? in.stored_bytes : (size_t)a.at);
    free(ours);
  }
  free(in.plain);
  return rc;
}
