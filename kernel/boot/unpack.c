/* kernel/boot/unpack.c - which archives an initrd holds, one after another.
 *
 * The stored bytes are a row of parts with zeros between: uncompressed archives, used where they lie, and compressed
 * streams, each decoded into an arena of its own, which hold archives in a row.  Every part is read by the one archive
 * reader; entries go into the tree as they come.
 */
#include <string.h>

#include "kernel/boot/unpack_inner.h"

struct unpacker {
  struct fs *fs;
  struct plat *plat;
  struct heap *heap;
  const struct unpack_input *in;
  struct unpack_source source;
  struct stamp now;
  struct unpack_report *report;
  struct flaw *flaw;
  uint64_t decoded; /* bytes of all compressed streams until now */
  bool open_end;    /* of the archive before: see archive.h */
};

static int read_entries(struct unpacker *u, struct archive *a, struct unpack_tree *tree) {
  const uint8_t *data;
  uint64_t n = 0;
  int rc;
  for (; (rc = archive_step(a)) > 0; n++) {
    if ((rc = archive_data(a, &a->entry, &data)) < 0) break;
    if ((rc = unpack_tree_place(tree, &a->entry, data)) < 0) break;
  }
  u->report->entries += n;
  return rc;
}

/* Where an archive may begin, and none does.  A header that only stands where it must not has its own sentence. */
static int refuse_junk(struct unpacker *u, struct archive *a) {
  struct flaw lack = {0};
  if (stream_need(a->in, a->at + ARCHIVE_SNIFF, &lack) == ERR_NOMEM) {
    a->flaw = lack;
    return ERR_NOMEM;
  }
  const uint8_t *p = a->in->base + a->at;
  uint64_t n = a->in->have - a->at;
  if (archive_sniff(p, n)) return ERR_MAGIC;
  if (codec_sniff(p, n)) a->flaw.reason = "a compressed stream inside another one";
  if (codec_sniff(p, n) || u->report->archives == 0) return ERR_MAGIC;
  a->flaw.reason = "bytes behind an archive that do not begin another one";
  return a->flaw.code = ERR_JUNK;
}

/* One archive of the stream, from *at on, which moves behind it. */
static int read_archive(struct unpacker *u, struct stream *s, struct arena *arena, uint64_t *at) {
  struct archive a;
  struct unpack_tree tree = {.archive = &a, .fs = u->fs, .heap = u->heap, .flaw = &a.flaw};
  tree.how = (struct fs_make){.arena = arena, .now = u->now, .mtime = &tree.mtime};
  tree.dir_name = "";
  int rc = archive_open(&a, s, *at);
  if (rc == ERR_MAGIC) rc = refuse_junk(u, &a);
  if (rc == 0) rc = read_entries(u, &a, &tree);
  unpack_links_drop(&tree.links, u->heap);
  if (rc < 0) {
    *u->flaw = a.flaw;
    return rc;
  }
  u->report->archives++;
  u->open_end = a.open_end;
  u->report->unpacked += a.at - *at;
  *at = a.at;
  return 0;
}

/* An archive as it lies in the input; offsets are the input's. */
static int unpack_plain(struct unpacker *u) {
  struct unpack_source *in = &u->source;
  uint64_t begin = in->source.offset, at = begin;
  struct arena *arena = heap_take(u->heap, sizeof *arena);
  if (!arena || unpack_source_adopt(in) < 0) {
    heap_give(u->heap, arena);
    return unpack_no_memory(u->flaw, in->pages, begin, PAGE, "not enough memory for the archive's records");
  }
  arena_adopt(arena, u->plat, u->heap, u->in->at, u->in->bytes);
  struct stream s = stream_over(in->base, u->in->bytes);
  int rc = read_archive(u, &s, arena, &at);
  arena_seal(arena);
  source_used(&in->source, at - begin);
  return rc;
}

/* Does an archive begin there? */
static bool is_archive(const uint8_t *p, uint64_t n, uint64_t at) { return at % 4 == 0 && archive_sniff(p, n); }

/* Behind an open end: the stream's rest, decoded for its checksums alone, when no archive begins at *at. */
static int skip_rest(struct unpacker *u, struct stream *s, uint64_t *at, bool *ended) {
  int rc = stream_need(s, *at + ARCHIVE_SNIFF, u->flaw);
  if (rc < 0 && rc != ERR_CUT) return rc;
  if (is_archive(s->base + *at, s->have - *at, *at)) return 0;
  while ((rc = stream_need(s, s->have + 1, u->flaw)) == 0) continue;
  *at = s->have;
  *ended = true;
  return rc == ERR_CUT ? u->flaw->code : rc;
}

/* The archives of a compressed stream, to its end and its checksums. */
static int read_stream(struct unpacker *u, struct unpack_stream *s) {
  uint64_t at = 0;
  for (;;) {
    bool ended = false;
    int rc = at == 0 ? 0 : unpack_stream_skip_zeros(&s->stream, &at, &ended, u->flaw);
    if (rc == 0 && !ended && at > 0 && u->open_end) rc = skip_rest(u, &s->stream, &at, &ended);
    if (rc == 0 && !ended) rc = read_archive(u, &s->stream, s->arena, &at);
    if (rc < 0 || ended) return rc;
  }
}

static int unpack_packed(struct unpacker *u, const struct codec *codec) {
  struct unpack_stream s;
  uint64_t limit = u->in->unpacked ? u->in->unpacked - u->decoded : UINT64_MAX;
  int rc = unpack_stream_open(&s, &u->source, u->plat, u->heap, codec, limit, u->flaw);
  if (rc < 0) return rc;
  rc = read_stream(u, &s);
  u->decoded += s.decoder.have;
  unpack_stream_close(&s, u->heap);
  return rc;
}

static int unpack_parts(struct unpacker *u) {
  struct source *in = &u->source.source;
  for (;;) {
    source_skip_zeros(in);
    if (in->have == 0 && u->report->archives > 0) return 0;
    const struct codec *codec = codec_sniff(in->at, in->have);
    if (u->open_end && !codec && !is_archive(in->at, in->have, in->offset)) {
      source_used(in, in->have);
      return 0;
    }
    int rc = codec ? unpack_packed(u, codec) : unpack_plain(u);
    if (rc < 0) return rc;
  }
}

static struct stamp stamp_now(struct plat *plat) {
  int64_t ns = plat_wall_ns(plat), s = ns / 1000000000;
  return (struct stamp){s, (uint32_t)(ns - s * 1000000000)};
}

void unpack_report_add(struct unpack_report *sum, const struct unpack_report *r) {
  sum->entries += r->entries;
  sum->unpacked += r->unpacked;
  sum->stored += r->stored;
  sum->given_back += r->given_back;
  sum->adopted += r->adopted;
  sum->archives += r->archives;
}

int unpack(struct fs *fs, struct plat *plat, struct heap *heap, const struct unpack_input *in,
           struct unpack_report *report, struct flaw *flaw) {
  struct unpacker u = {.fs = fs, .plat = plat, .heap = heap, .in = in, .report = report, .flaw = flaw};
  memset(report, 0, sizeof *report);
  memset(flaw, 0, sizeof *flaw);
  u.now = stamp_now(plat);
  unpack_source_open(&u.source, in, heap, plat_direct(plat), report);
  int rc = unpack_parts(&u);
  unpack_source_close(&u.source);
  return rc;
}
