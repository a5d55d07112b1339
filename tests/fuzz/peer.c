/* tests/fuzz/peer.c - what the reader accepts, libarchive lists in the same way.
 *
 * Names, types, permissions and sizes, entry for entry; where libarchive itself gives up, nothing is compared.  Its
 * header cannot stand beside ours, so what is called of it is declared here.  Global pax headers, which it passes
 * over, are left out.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include "formats/archive.h"
#include "formats/limits.h"
#include "formats/path.h"
#include "fuzz/tar_sums.h"

struct archive_entry;
void *archive_read_new(void);
int archive_read_free(void *peer);
int archive_read_support_format_cpio(void *peer);
int archive_read_support_format_tar(void *peer);
int archive_read_open_memory(void *peer, const void *bytes, size_t n);
int archive_read_next_header(void *peer, struct archive_entry **e);
const char *archive_entry_pathname(struct archive_entry *e);
const char *archive_entry_hardlink(struct archive_entry *e);
mode_t archive_entry_mode(struct archive_entry *e);
int64_t archive_entry_size(struct archive_entry *e);

enum { PEER_OK = 0, MOST = 256 };

struct listed {
  char path[LIMIT_PATH + 1];
  uint32_t mode;
  uint64_t size;
  bool link, leftovers;
};

/* libarchive reads the sparse fields of a GNU header whatever its type says; tar and we, of type 'S' alone. */
static bool leftovers(const uint8_t *bytes, const struct entry *e) {
  enum { BLOCK = 512, TYPE = 156, MAGIC = 257, SPARSE = 386, REAL_SIZE = 483 };
  const uint8_t *h = bytes + e->data - BLOCK;
  return e->data >= BLOCK && memcmp(h + MAGIC, "ustar  ", 8) == 0 && h[TYPE] != 'S' && (h[SPARSE] || h[REAL_SIZE]);
}

/* How many entries there are; -1: not an archive that is good to its end. */
static int list(const uint8_t *bytes, size_t n, struct listed *out, uint64_t *end) {
  struct stream in = stream_over(bytes, n);
  struct archive a;
  struct entry e;
  const uint8_t *data;
  int rc = archive_open(&a, &in, 0), count = 0;
  static const struct pax nothing;
  for (; rc == 0 && (rc = archive_next(&a, &e)) == 1 && count < MOST; count++) {
    if ((rc = archive_data(&a, &e, &data)) < 0) break;
    if (path_clean(e.name, e.name_len, out[count].path, sizeof out[count].path) < 0) abort();
    out[count].mode = e.mode, out[count].size = e.size, out[count].link = e.link != NULL;
    out[count].leftovers = leftovers(bytes, &e);
  }
  *end = a.at;
  return rc == 0 && memcmp(&a.global, &nothing, sizeof nothing) == 0 ? count : -1;
}

static void compare(const struct listed *ours, struct archive_entry *e) {
  char path[LIMIT_PATH + 1];
  const char *name = archive_entry_pathname(e);
  uint32_t mode = archive_entry_mode(e);
  if (!name) return; /* it cannot say it in this locale */
  assert(path_clean(name, strlen(name), path, sizeof path) > 0 && strcmp(path, ours->path) == 0);
  assert((mode & MODE_BITS) == (ours->mode & MODE_BITS));
  if (ours->link) assert(archive_entry_hardlink(e));
  if (archive_entry_hardlink(e)) return;
  assert((mode & MODE_TYPE) == (ours->mode & MODE_TYPE));
  if ((mode & MODE_TYPE) == MODE_FILE && !ours->leftovers) assert((uint64_t)archive_entry_size(e) == ours->size);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
  struct listed *ours = malloc(MOST * sizeof *ours);
  uint8_t *copy = tar_sums_set(bytes, n);
  struct archive_entry *e;
  uint64_t end;
  int count = list(copy, n, ours, &end), i = 0, rc = PEER_OK;
  void *peer = archive_read_new();
  archive_read_support_format_cpio(peer);
  archive_read_support_format_tar(peer);
  if (count > 0 && archive_read_open_memory(peer, copy, end) == PEER_OK) {
    for (; i < count && (rc = archive_read_next_header(peer, &e)) == PEER_OK; i++) compare(&ours[i], e);
    if (i == count) assert((rc = archive_read_next_header(peer, &e)) != PEER_OK);
  }
  archive_read_free(peer);
  free(ours);
  free(copy);
  return count > 0 && i > 0 ? 0 : -1;
}
