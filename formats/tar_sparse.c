/* formats/tar_sparse.c - which pieces of a sparse file a tar holds.
 *
 * Floor 0.  A map lies in the stream as GNU tar wrote it, in one of two forms; it is read twice: to look at all of it
 * before the entry is handed out, and by whoever unpacks the file.
 */
#include "formats/tar_sparse.h"

#include <string.h>

#include "formats/archive_parts.h"
#include "formats/bytes.h"
#include "formats/err.h"

enum { FIRST_SLOTS = 4, BLOCK_SLOTS = 21 };
enum { MAP_GNU, MAP_LINES, MAP_TEXT, MAP_RECORDS };

/* --- GNU's old format: slots of two numbers, in the header and in blocks behind it ------------------------- */

static const uint8_t *slot_at(const uint8_t *map, uint64_t i) {
  if (i < FIRST_SLOTS) return ((const struct tar_gnu *)map)->slots + i * TAR_SLOT;
  const struct tar_slots *block = (const struct tar_slots *)map + 1 + (i - FIRST_SLOTS) / BLOCK_SLOTS;
  return block->slots + (i - FIRST_SLOTS) % BLOCK_SLOTS * TAR_SLOT;
}

static uint64_t slots_in(uint64_t limit) { return FIRST_SLOTS + (limit / TAR_BLOCK - 1) * BLOCK_SLOTS; }

/* A slot without its second number is behind the last one. */
static int gnu_piece(const uint8_t *map, uint64_t limit, struct archive_piece *p) {
  const uint8_t *slot = p->at < slots_in(limit) ? slot_at(map, p->at) : NULL;
  if (!slot || slot[TAR_SLOT_LENGTH] == 0) return 0;
  p->at++;
  int rc = tar_number(slot, TAR_SLOT_LENGTH, &p->offset);
  if (rc == 0) rc = tar_number(slot + TAR_SLOT_LENGTH, TAR_SLOT - TAR_SLOT_LENGTH, &p->length);
  return rc < 0 ? rc : 1;
}

/* --- pax 1.0: lines of one decimal number each, the first of them how many pieces there are ------------------ */

/* A decimal number and one of two bytes behind it. */
static bool take_number(const uint8_t *map, uint64_t limit, char end, uint64_t *at, uint64_t *value) {
  uint64_t from = *at;
  *value = 0;
  for (; *at < limit && map[*at] >= '0' && map[*at] <= '9'; ++*at) {
    if (*value > INT64_MAX / 10 - 1) return false;
    *value = *value * 10 + (uint64_t)(map[*at] - '0');
  }
  if (*at == from || *at >= limit) return false;
  uint8_t behind = map[(*at)++];
  return behind == '\n' || behind == end;
}

static bool take_line(const uint8_t *map, uint64_t limit, uint64_t *at, uint64_t *value) {
  return take_number(map, limit, '\n', at, value);
}

static int pax_piece(const uint8_t *map, uint64_t limit, struct archive_piece *p) {
  if (p->at == 0 && !take_line(map, limit, &p->at, &p->left)) return ERR_NUMBER;
  if (p->left == 0) return 0;
  p->left--;
  return take_line(map, limit, &p->at, &p->offset) && take_line(map, limit, &p->at, &p->length) ? 1 : ERR_NUMBER;
}

/* --- pax 0.1: all numbers in one record, commas between them, its newline behind -------------------------------- */

static int text_piece(const uint8_t *map, uint64_t limit, struct archive_piece *p) {
  if (p->at > 0 && map[p->at - 1] == '\n') return 0;
  bool ok = take_number(map, limit, ',', &p->at, &p->offset) && map[p->at - 1] == ',' &&
            take_number(map, limit, ',', &p->at, &p->length);
  return ok ? 1 : ERR_NUMBER;
}

/* --- pax 0.0: two records for each piece ------------------------------------------------------------------------ */

static bool key_is(struct pax_text key, const char *name) {
  return key.len == strlen(name) && memcmp(key.at, name, key.len) == 0;
}

/* By turns an offset and a number of bytes; the map is all records of the header in front of it. */
static int record_piece(const uint8_t *map, uint64_t limit, struct archive_piece *p) {
  const struct tar_header *h = (const struct tar_header *)(map - TAR_BLOCK);
  struct pax_record r;
  const char *reason;
  uint64_t n = 0, at;
  bool half = false;
  if (tar_number(h->size, sizeof h->size, &n) < 0) return ERR_NUMBER;
  struct cursor records = cursor_over(map + p->at, n - p->at);
  while (pax_next(&records, &r, &reason) == 1) {
    bool offset = key_is(r.key, "GNU.sparse.offset"), length = key_is(r.key, "GNU.sparse.numbytes");
    if (!offset && !length) continue;
    at = 0;
    bool whole = take_line((const uint8_t *)r.value.at, r.value.len + 1, &at, half ? &p->length : &p->offset);
    if (length != half || !whole || at != r.value.len + 1) return ERR_NUMBER;
    p->at = (uint64_t)(records.at - map);
    if (half) return 1;
    half = true;
  }
  return half ? ERR_NUMBER : 0;
}

/* --- all ------------------------------------------------------------------------------------------------- */

/* The map is what lies before the data, from its first byte on. */
int archive_piece(const struct archive *a, const struct entry *e, struct archive_piece *p) {
  static int (*const kinds[])(const uint8_t *map, uint64_t limit, struct archive_piece *p) = {
      [MAP_GNU] = gnu_piece, [MAP_LINES] = pax_piece, [MAP_TEXT] = text_piece, [MAP_RECORDS] = record_piece};
  const uint8_t *map = a->in->base + e->map;
  p->data += p->length;
  return kinds[e->map_kind](map, e->data - e->map, p);
}

/* Looks at every piece; *p is then the last one, *stored the bytes of all. */
static int check_pieces(struct archive *a, const struct entry *e, uint64_t size, struct archive_piece *p,
                        uint64_t *stored) {
  uint64_t end = 0;
  int rc;
  *stored = 0;
  while ((rc = archive_piece(a, e, p)) == 1) {
    if (p->offset < end) return archive_refuse(a, ERR_LAYOUT, "a sparse file's map is not in order");
    if (p->offset > size || p->length > size - p->offset)
      return archive_refuse(a, ERR_LAYOUT, "a sparse file's map reaches past the end of the file");
    end = p->offset + p->length;
    *stored += p->length;
  }
  return rc < 0 ? archive_refuse(a, rc, "a sparse file's map holds something else than numbers") : 0;
}

static int finish(struct archive *a, struct entry *e, uint64_t size, uint64_t in_map, uint64_t in_stream) {
  if (in_map != in_stream) return archive_refuse(a, ERR_LAYOUT, "a sparse file's map is not that of the data it has");
  e->size = size;
  e->holes = size - in_map;
  return 0;
}

/* Pulls the blocks that each say that another one follows. */
static int pull_blocks(struct archive *a, uint64_t *more) {
  const struct tar_gnu *h = (const struct tar_gnu *)(a->in->base + a->at);
  uint8_t extended = h->extended[0];
  for (*more = 0; extended != 0; *more += TAR_BLOCK) {
    uint64_t at = a->at + TAR_BLOCK + *more;
    int rc = stream_need(a->in, at + TAR_BLOCK, &a->flaw);
    if (rc == ERR_CUT) return archive_refuse(a, rc, "a sparse file's map reaches past the end of the archive");
    if (rc < 0) return rc;
    extended = ((const struct tar_slots *)(a->in->base + at))->extended[0];
  }
  return 0;
}

int sparse_gnu(struct archive *a, struct entry *e, uint64_t *more) {
  const struct tar_gnu *h = (const struct tar_gnu *)(a->in->base + a->at);
  struct archive_piece p = {0};
  uint64_t size, stored;
  if (tar_number(h->real_size, sizeof h->real_size, &size) < 0)
    return archive_refuse(a, ERR_NUMBER, "the size of a sparse file is not a number that can be");
  int rc = pull_blocks(a, more);
  if (rc < 0) return rc;
  e->map = a->at, e->map_kind = MAP_GNU;
  e->data = a->at + TAR_BLOCK + *more;
  if ((rc = check_pieces(a, e, size, &p, &stored)) < 0) return rc;
  for (; p.at < slots_in(TAR_BLOCK + *more); p.at++)
    if (slot_at(a->in->base + e->map, p.at)[TAR_SLOT_LENGTH] != 0)
      return archive_refuse(a, ERR_LAYOUT, "a sparse file's map goes on behind its end");
  return finish(a, e, size, stored, e->size);
}

int sparse_pax(struct archive *a, struct entry *e, uint64_t real_size) {
  struct archive_piece p = {0};
  uint64_t stored, all = e->size;
  int rc = stream_need(a->in, e->data + all, &a->flaw);
  if (rc == ERR_CUT) return archive_refuse(a, rc, "its data reaches past the end of the archive");
  if (rc < 0) return rc;
  e->map = e->data, e->map_kind = MAP_LINES;
  e->data += all;
  if ((rc = check_pieces(a, e, real_size, &p, &stored)) < 0) return rc;
  uint64_t map = bytes_round_up(p.at, TAR_BLOCK);
  if (map > all) return archive_refuse(a, ERR_LAYOUT, "a sparse file's map is not that of the data it has");
  e->data = e->map + map;
  return finish(a, e, real_size, stored, all - map);
}

int sparse_records(struct archive *a, struct entry *e, const struct pax *x) {
  struct archive_piece p = {0};
  uint64_t stored;
  e->map_kind = x->map.at ? MAP_TEXT : MAP_RECORDS;
  e->map = (uint64_t)((const uint8_t *)(x->map.at ? x->map.at : x->pieces.at) - a->in->base);
  int rc = check_pieces(a, e, x->real_size, &p, &stored);
  return rc < 0 ? rc : finish(a, e, x->real_size, stored, e->size);
}
