/* mkimage/run/run_save.c - what the program left, as the machine tells it: an archive in pieces, into a spool.
 *
 * 'b' length and bytes; 'z' length, of zeros; 'm' length and the physical address
 * where they lie.  Nothing that a machine says is believed: an address outside of
 * its memory ends it.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "formats/bytes.h"
#include "mkimage/lib/spool.h"
#include "mkimage/run/run.h"

enum { SAVE_SHORT = 9, SAVE_LONG = 17 };
static const uint64_t save_high = (uint64_t)1 << 32, save_most = (uint64_t)1 << 46;

int run_save_open(struct run_save *s, const struct say *say) {
  s->say = say;
  s->spool = -1;
  s->bytes = NULL;
  s->ram = memfd_create("ram", MFD_CLOEXEC);
  if (s->ram < 0 || ftruncate(s->ram, (off_t)s->ram_bytes) != 0)
    return say_errno(say, "the machine's memory", "cannot make it", errno);
  void *p = mmap(NULL, s->ram_bytes, PROT_READ, MAP_SHARED, s->ram, 0);
  if (p == MAP_FAILED) return say_errno(say, "the machine's memory", "cannot map it", errno);
  s->bytes = p;
  return spool_open(say, &s->spool);
}

void run_save_close(struct run_save *s) {
  if (s->bytes != NULL) munmap((void *)(uintptr_t)s->bytes, s->ram_bytes);
  if (s->ram >= 0) close(s->ram);
  if (s->spool >= 0) close(s->spool);
  s->bytes = NULL;
  s->ram = s->spool = -1;
}

static void save_refuse(struct run_save *s) {
  s->status = say_error(s->say, EXIT_DAMAGED, "what the machine says of the tree it left cannot be understood");
}

static void save_bytes(struct run_save *s, const uint8_t *bytes, uint64_t n) {
  s->status = spool_write(s->say, s->spool, bytes, n, s->size);
  s->size += n;
}

/* Zeros are a hole of the spool. */
static void save_zeros(struct run_save *s, uint64_t n) {
  s->size += n;
  if (ftruncate(s->spool, (off_t)s->size) != 0) s->status = spool_full(s->say);
}

static void save_memory(struct run_save *s, uint64_t at, uint64_t n) {
  uint64_t low = s->low_end < s->ram_bytes ? s->low_end : s->ram_bytes, end = low;
  if (at >= save_high) at = at - save_high + low, end = s->ram_bytes;
  if (at > end || n > end - at || (end != low && at < low))
    save_refuse(s);
  else
    save_bytes(s, s->bytes + at, n);
}

/* A head is whole. */
static void save_piece(struct run_save *s) {
  uint64_t n = bytes_le64(s->head + 1);
  s->have = 0;
  if (n > save_most - s->size)
    save_refuse(s);
  else if (s->head[0] == 'b')
    s->left = n;
  else if (s->head[0] == 'z')
    save_zeros(s, n);
  else
    save_memory(s, bytes_le64(s->head + SAVE_SHORT), n);
}

static size_t save_head_bytes(const struct run_save *s) {
  return s->have == 0 ? 1 : s->head[0] == 'm' ? SAVE_LONG : SAVE_SHORT;
}

void run_save_take(struct run_save *s, const uint8_t *bytes, size_t n) {
  while (n > 0 && s->status == EXIT_DONE) {
    size_t some = s->left > 0 ? s->left < n ? (size_t)s->left : n : 1;
    if (s->left > 0) {
      save_bytes(s, bytes, some);
      s->left -= some;
    } else {
      s->head[s->have++] = *bytes;
      if (s->have == 1 && memchr("bzm", s->head[0], 3) == NULL)
        save_refuse(s);
      else if (s->have > 1 && s->have == save_head_bytes(s))
        save_piece(s);
    }
    bytes += some;
    n -= some;
  }
}
