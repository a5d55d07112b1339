/* mkimage/run/run_save.c - what the program left, as the machine tells it: an archive in pieces, into a spool.
 *
 * 'b' length and bytes; 'z' length, of zeros; 'm' length and the physical address
 * where they lie; 'x' length, an extended attribute.  Nothing that a machine says is believed: an address outside of
 * its memory ends it.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "formats/bytes.h"
#include "formats/cursor.h"
#include "mkimage/lib/spool.h"
#include "mkimage/run/run.h"

enum { SAVE_SHORT = 9, SAVE_LONG = 17 };
static const uint64_t save_high = (uint64_t)1 << 32, save_most = (uint64_t)1 << 46;

int run_save_open(struct run_save *s, const struct say *say) {
  s->say = say;
  s->spool = s->attrs = -1;
  s->bytes = NULL;
  s->ram = memfd_create("ram", MFD_CLOEXEC);
  if (s->ram < 0 || ftruncate(s->ram, (off_t)s->ram_bytes) != 0)
    return say_errno(say, "the machine's memory", "cannot make it", errno);
  void *p = mmap(NULL, s->ram_bytes, PROT_READ, MAP_SHARED, s->ram, 0);
  if (p == MAP_FAILED) return say_errno(say, "the machine's memory", "cannot map it", errno);
  s->bytes = p;
  int status = spool_open(say, &s->spool);
  return status == EXIT_DONE ? spool_open(say, &s->attrs) : status;
}

void run_save_close(struct run_save *s) {
  if (s->bytes != NULL) munmap((void *)(uintptr_t)s->bytes, s->ram_bytes);
  if (s->ram >= 0) close(s->ram);
  if (s->spool >= 0) close(s->spool);
  if (s->attrs >= 0) close(s->attrs);
  s->bytes = NULL;
  s->ram = s->spool = s->attrs = -1;
}

static void save_refuse(struct run_save *s) {
  s->status = say_error(s->say, EXIT_DAMAGED, "what the machine says of the tree it left cannot be understood");
}

static void save_bytes(struct run_save *s, const uint8_t *bytes, uint64_t n) {
  s->status = spool_write(s->say, s->spool, bytes, n, s->size);
  s->size += n;
}

/* Attributes stand one behind another, each behind its length. */
static void save_attr(struct run_save *s, const uint8_t *bytes, uint64_t n) {
  s->status = spool_write(s->say, s->attrs, bytes, n, s->attrs_size);
  s->attrs_size += n;
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
  if (n > save_most - s->size || n > save_most - s->attrs_size)
    save_refuse(s);
  else if (s->head[0] == 'b')
    s->left = n;
  else if (s->head[0] == 'x')
    s->left = n, save_attr(s, s->head + 1, SAVE_SHORT - 1);
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
      if (s->head[0] == 'x')
        save_attr(s, bytes, some);
      else
        save_bytes(s, bytes, some);
      s->left -= some;
    } else {
      s->head[s->have++] = *bytes;
      if (s->have == 1 && memchr("bzmx", s->head[0], 4) == NULL)
        save_refuse(s);
      else if (s->have > 1 && s->have == save_head_bytes(s))
        save_piece(s);
    }
    bytes += some;
    n -= some;
  }
}

int run_save_attr(const uint8_t *p, uint64_t n, uint64_t *at, struct run_attr *a) {
  struct cursor c = cursor_over(p + *at, (size_t)(n - *at));
  if (n == *at) return 0;
  const uint8_t *length = cursor_take(&c, 8);
  const uint8_t *bytes = length != NULL ? cursor_take(&c, bytes_le64(length)) : NULL;
  if (bytes == NULL || bytes_le64(length) < 4) return -1;
  uint64_t rest = bytes_le64(length) - 4;
  a->path_len = bytes_le16(bytes);
  a->name_len = bytes_le16(bytes + 2);
  if (a->path_len + a->name_len > rest) return -1;
  a->path = (const char *)bytes + 4;
  a->name = a->path + a->path_len;
  a->value = bytes + 4 + a->path_len + a->name_len;
  a->size = rest - a->path_len - a->name_len;
  *at += 8 + bytes_le64(length);
  return 1;
}
