/* formats/archive.c - the archive reader's door: which format it is, and one entry after another.
 *
 * Floor 0.  The unpacker, `ls`, `extract` and the fuzzers all read through it, so a rule on entries that is kept
 * behind it is kept everywhere.  A format is a row of the table.
 */
#include "formats/archive_parts.h"
#include "formats/bytes.h"
#include "formats/err.h"

static const struct archive_format *const formats[] = {&archive_newc, &archive_crc, &archive_odc, &archive_tar};
enum { FORMATS = sizeof formats / sizeof formats[0], ALIGN = 4, LEAST = 6 };

bool archive_sniff(const uint8_t *p, size_t n) {
  for (size_t i = 0; i < FORMATS; i++)
    if (n >= formats[i]->magic && formats[i]->sniff(p)) return true;
  return false;
}

const char *archive_name(const struct archive *a) { return a->format->name; }

/* Rows stand in the order of the bytes that they need: no more is pulled than it takes to tell. */
static int find_format(struct archive *a) {
  for (size_t i = 0; i < FORMATS; i++) {
    int rc = stream_need(a->in, a->at + formats[i]->magic, &a->flaw);
    if (rc == ERR_CUT) break;
    if (rc < 0) return rc;
    if (!formats[i]->sniff(a->in->base + a->at)) continue;
    a->format = formats[i];
    return 0;
  }
  if (a->in->have <= a->at)
    return archive_refuse(
        a, ERR_MAGIC, a->at > 0 ? "there is no archive: nothing but zeros" : "there is no archive: no bytes at all");
  if (a->in->have - a->at < LEAST) return archive_refuse(a, ERR_MAGIC, "too few bytes for an archive");
  return archive_refuse(a, ERR_MAGIC, "not an archive of a known kind");
}

int archive_open(struct archive *a, struct stream *in, uint64_t at) {
  *a = (struct archive){.in = in, .at = at};
  if (at % ALIGN != 0) return archive_refuse(a, ERR_MAGIC, "an archive must begin at a multiple of four");
  return find_format(a);
}

int archive_next(struct archive *a, struct entry *e) {
  if (a->flaw.code != 0) return a->flaw.code;
  int rc = a->ended ? 0 : archive_step(a);
  if (rc == 1) *e = a->entry;
  return rc;
}

int archive_data_wait(struct archive *a, const struct entry *e, const uint8_t *data) {
  int rc = stream_need(a->in, e->data + e->size - e->holes, &a->flaw);
  if (rc == 0 && a->format->verify) rc = a->format->verify(a, e, data);
  if (rc == 0) return 0;
  if (rc == ERR_CUT) rc = flaw_set(&a->flaw, rc, e->offset, "its data reaches past the end of the archive");
  flaw_entry(&a->flaw, e->name, e->name_len);
  return rc;
}
