/* mkimage/look/raw.c - walks the archives of an initrd without unpacking them: see raw.h.
 *
 * An initrd is a run of streams, plain or compressed, with zeros between; a
 * stream holds archives, with zeros between.
 */
#include "mkimage/look/raw.h"

#include <sys/mman.h>

#include "formats/err.h"

enum { RAW_RESERVE_LOG = 36 }; /* at most 64 GiB of one stream; only what is decoded costs memory */

struct walk {
  struct raw at;
  struct raw_total *total;
  struct flaw *flaw;
  bool open_end; /* of the archive before */
  int (*each)(void *arg, const struct raw *r, const struct entry *e);
  void *arg;
};

/* --- streams --------------------------------------------------------------------------- */

/* Decodes on demand into one reserve. */
struct unpacked {
  struct stream stream;
  struct codec_memory memory;
  struct decoder decoder;
  struct source in;
  uint8_t *out;
  uint64_t room;
  void *work;
};

static int unpacked_need(struct stream *s, uint64_t upto, struct flaw *flaw) {
  struct unpacked *u = s->owner;
  int rc = decoder_run(&u->decoder, upto);
  s->have = u->decoder.have;
  if (rc == ERR_WANT_ROOM) return flaw_set(flaw, ERR_NOMEM, s->have, "a stream that unpacks to more than fits here");
  if (rc < 0) {
    if (flaw->code == 0) *flaw = u->decoder.flaw;
    return flaw_set(flaw, rc, s->have, err_sentence(rc));
  }
  return s->have >= upto ? 0 : ERR_CUT;
}

static void *raw_reserve(uint64_t n) {
  void *p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return p == MAP_FAILED ? NULL : p;
}

static void unpacked_close(struct unpacked *u) {
  if (u->out != NULL) munmap(u->out, u->room);
  if (u->decoder.memory != NULL) decoder_stop(&u->decoder);
  if (u->work != NULL) munmap(u->work, u->decoder.codec->workspace);
}

static int unpacked_open(struct unpacked *u, const struct codec *codec, const uint8_t *p, uint64_t n,
                         struct flaw *flaw) {
  *u = (struct unpacked){.in = source_over(p, n), .decoder.codec = codec};
  u->work = raw_reserve(codec->workspace);
  for (int log = RAW_RESERVE_LOG; u->out == NULL && log >= 24; log--) {
    u->room = (uint64_t)1 << log;
    u->out = raw_reserve(u->room);
  }
  u->stream = (struct stream){.base = u->out, .need = unpacked_need, .owner = u};
  if (u->work == NULL || u->out == NULL) {
    unpacked_close(u);
    return flaw_set(flaw, ERR_NOMEM, FLAW_NOWHERE, "no memory to unpack into");
  }
  int rc = decoder_start(&u->decoder, codec, &u->in, u->work, u->out, u->room);
  u->memory = image_memory();
  u->decoder.memory = &u->memory;
  if (rc == 0) return 0;
  *flaw = u->decoder.flaw;
  unpacked_close(u);
  return flaw_set(flaw, rc, 0, err_sentence(rc));
}

/* --- archives in a stream ------------------------------------------------------------------ */

static int walk_archive(struct walk *w, struct archive *a) {
  struct entry e;
  int rc;
  w->at.in = a;
  if (w->total->format == NULL) w->total->format = archive_name(a);
  while ((rc = archive_next(a, &e)) == 1) {
    w->total->entries++;
    w->total->data += e.size - e.holes;
    rc = w->each != NULL ? w->each(w->arg, &w->at, &e) : 0;
    if (rc < 0 && a->flaw.code != 0) *w->flaw = a->flaw; /* its data was not to be had */
    if (rc != 0) return rc;
  }
  if (rc < 0) *w->flaw = a->flaw;
  w->open_end = a->open_end;
  w->at.archive++;
  w->total->archives++;
  return rc;
}

/* Moves *at to the next byte that is not zero; 0 when the stream ends first, 1 when there is one. */
static int walk_zeros(struct stream *s, uint64_t *at, struct flaw *flaw) {
  for (;; ++*at) {
    int rc = stream_need(s, *at + 1, flaw);
    if (rc == ERR_CUT && flaw->code == 0) return 0;
    if (rc < 0) return rc;
    if (s->base[*at] != 0) return 1;
  }
}

/* All archives from *at on; ends at the stream's end, or where something stands that is no plain archive. */
static int walk_stream(struct walk *w, struct stream *s, uint64_t *at, bool plain) {
  int rc;
  while ((rc = walk_zeros(s, at, w->flaw)) == 1) {
    struct archive a;
    struct flaw ignored = {0};
    (void)stream_need(s, *at + ARCHIVE_SNIFF, &ignored);
    bool known = archive_sniff(s->base + *at, s->have - *at) && *at % 4 == 0;
    if (!known && (plain || w->open_end)) return 0;
    if ((rc = archive_open(&a, s, *at)) < 0) {
      *w->flaw = a.flaw;
      return flaw_set(w->flaw, rc, *at, "no archive begins here");
    }
    if ((rc = walk_archive(w, &a)) != 0) return rc;
    *at = a.at;
  }
  return rc;
}

static int walk_compressed(struct walk *w, const struct codec *codec, const uint8_t *p, uint64_t n, uint64_t *used) {
  struct unpacked u;
  uint64_t at = 0;
  int rc = unpacked_open(&u, codec, p, n, w->flaw);
  if (rc < 0) return rc;
  if (w->total->codec == CODEC_NONE) w->total->codec = codec->id;
  rc = walk_stream(w, &u.stream, &at, false);
  w->total->unpacked += u.stream.have;
  *used = u.in.offset;
  unpacked_close(&u);
  return rc;
}

static int walk_plain(struct walk *w, const uint8_t *p, uint64_t n, uint64_t *used) {
  struct stream s = stream_over(p, n);
  uint64_t at = 0;
  int rc = walk_stream(w, &s, &at, true);
  w->total->unpacked += at;
  *used = at;
  return rc;
}

static int walk_initrd(struct walk *w, const uint8_t *p, uint64_t n) {
  uint64_t at = 0;
  for (;;) {
    while (at < n && p[at] == 0) at++;
    if (at == n) return 0;
    const struct codec *codec = codec_sniff(p + at, n - at);
    uint64_t used = 0;
    w->at.stored_at = at;
    w->at.codec = codec != NULL ? codec->id : CODEC_NONE;
    int rc = codec != NULL ? walk_compressed(w, codec, p + at, n - at, &used) : walk_plain(w, p + at, n - at, &used);
    if (rc != 0) return rc;
    if (used == 0 && w->open_end) return 0; /* what follows belongs to nobody */
    if (used == 0) return flaw_set(w->flaw, ERR_MAGIC, at, "neither an archive nor a codec that is known here");
    at += used;
    w->at.stream++;
    w->total->streams++;
  }
}

int raw_walk(const struct image *im, struct raw_total *total, struct flaw *flaw,
             int (*each)(void *arg, const struct raw *r, const struct entry *e), void *arg) {
  *total = (struct raw_total){0};
  struct walk w = {.total = total, .flaw = flaw, .each = each, .arg = arg};
  if (im->kind == IMAGE_BARE) return walk_initrd(&w, im->bytes, im->size);
  for (unsigned i = 0; im->kind == IMAGE_PACKED && i < im->header.archives; i++) {
    const struct initrd_archive *a = &im->header.archive[i];
    int rc = initrd_check(&im->header, i, im->initrd, flaw);
    if (rc == 0) rc = walk_initrd(&w, im->initrd + a->offset, a->stored);
    if (rc != 0) return rc;
  }
  return 0;
}
