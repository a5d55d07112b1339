/* mkimage/pack/archive_write.c - a crew fills and packs blocks of the archive, and writes them in order: see
 * archive_write.h.
 *
 * Memory: each worker has room for a block of plain bytes, each piece on its way for a packed one (where blocks are
 * packed as they are written, room for the plain one).  How many there are follows from the number of
 * threads alone, not from the size of the rootfs.
 */
#include "mkimage/pack/archive_write.h"

#include <stdlib.h>
#include <string.h>

#include "mkimage/compress/compress.h"
#include "mkimage/lib/crew.h"
#include "mkimage/lib/progress.h"
#include "mkimage/pack/layout.h"

enum {
  ARCHIVE_GATHER = 128 << 10, /* smaller pieces are written together */
  ARCHIVE_PER_FILLER = 4,     /* where a library packs on its own: so many of its threads for one that fills */
  ARCHIVE_AHEAD = 1,          /* pieces more than threads */
};

/* Buffers of blocks under way, at most, where it is not told how many threads there are to be. */
#define ARCHIVE_MEMORY ((uint64_t)48 << 20)

/* What comes out of the compressor: counted, digested, handed on in pieces of a size that files like. */
struct archive_out {
  struct sink sink;
  struct sink *to;
  struct digest digest;
  uint64_t stored;
  size_t gathered;
  uint8_t piece[ARCHIVE_GATHER];
};

/* The memory of a piece on its way. */
struct archive_slot {
  uint8_t *bytes;
  struct compress_block block;
  struct say say;
  struct say_held held;
};

struct archive_worker {
  uint8_t *plain;
  void *state;
};

struct archive_job {
  const struct archive_write *a;
  struct layout layout;
  struct archive_out out;
  struct compress c;
  struct crew crew;
  struct archive_worker *worker;
  struct archive_slot *slot;
};

/* --- out -------------------------------------------------------------------------------- */

static int archive_pass(struct archive_out *o, const uint8_t *bytes, size_t n) {
  digest_add(&o->digest, bytes, n);
  o->stored += n;
  return sink_put(o->to, bytes, n);
}

static int archive_flush(struct archive_out *o) {
  size_t n = o->gathered;
  o->gathered = 0;
  return archive_pass(o, o->piece, n);
}

static int archive_put(struct sink *sink, const uint8_t *bytes, size_t n) {
  struct archive_out *o = (struct archive_out *)sink;
  int status = EXIT_DONE;
  if (n > sizeof o->piece - o->gathered) status = archive_flush(o);
  if (status != EXIT_DONE) return status;
  if (n >= sizeof o->piece) return archive_pass(o, bytes, n);
  memcpy(o->piece + o->gathered, bytes, n);
  o->gathered += n;
  return EXIT_DONE;
}

/* --- pieces ------------------------------------------------------------------------------ */

static int archive_work(void *arg, unsigned worker, unsigned slot, uint64_t piece) {
  struct archive_job *j = arg;
  struct archive_worker *w = &j->worker[worker];
  struct archive_slot *s = &j->slot[slot];
  uint64_t size = layout_size(&j->layout), at = piece * j->c.block;
  size_t before = at > j->c.before ? j->c.before : (size_t)at;
  size_t n = size - at < j->c.block ? (size_t)(size - at) : j->c.block;
  uint8_t *plain = compress_in_blocks(&j->c) ? w->plain : s->bytes;
  s->block = (struct compress_block){
      .plain = plain + before, .n = n, .before = before, .last = at + n == size, .packed = s->bytes};
  s->held.text[0] = 0;
  int status = layout_fill(&j->layout, &s->say, at - before, plain, before + n);
  if (status == EXIT_DONE) status = compress_block(&j->c, &s->say, w->state, &s->block);
  progress_add(j->a->say, n);
  return status;
}

static int archive_hand(void *arg, unsigned slot, int status) {
  struct archive_job *j = arg;
  struct archive_slot *s = &j->slot[slot];
  if (status != EXIT_DONE) return say_error(j->a->say, status, "%s", s->held.text);
  return compress_put(&j->c, &s->block);
}

/* --- memory ------------------------------------------------------------------------------ */

/* So many threads, that what they need is within ARCHIVE_MEMORY; of the machine's, where nothing was said. */
static unsigned archive_jobs(const struct archive_job *j) {
  uint64_t each = j->c.block + j->c.before + j->c.room, all = crew_processors();
  if (j->a->say->jobs > 0) return j->a->say->jobs;
  if (all > ARCHIVE_MEMORY / each - ARCHIVE_AHEAD) all = ARCHIVE_MEMORY / each - ARCHIVE_AHEAD;
  return (unsigned)all;
}

static bool archive_take_slots(struct archive_job *j) {
  size_t room = compress_in_blocks(&j->c) ? j->c.room : j->c.block;
  j->slot = calloc(j->crew.slots, sizeof *j->slot);
  for (unsigned i = 0; j->slot != NULL && i < j->crew.slots; i++) {
    j->slot[i].say = *j->a->say;
    j->slot[i].say.held = &j->slot[i].held;
    if ((j->slot[i].bytes = malloc(room)) == NULL) return false;
  }
  return j->slot != NULL;
}

/* A library's state is taken here already: a failure is seen when the first block is packed. */
static bool archive_take_workers(struct archive_job *j) {
  j->worker = calloc(j->crew.jobs, sizeof *j->worker);
  for (unsigned i = 0; j->worker != NULL && compress_in_blocks(&j->c) && i < j->crew.jobs; i++) {
    j->worker[i].state = compress_worker(&j->c);
    if ((j->worker[i].plain = malloc(j->c.before + j->c.block)) == NULL) return false;
  }
  return j->worker != NULL;
}

static bool archive_take(struct archive_job *j) {
  uint64_t pieces = (layout_size(&j->layout) + j->c.block - 1) / j->c.block;
  unsigned jobs = archive_jobs(j);
  if (!compress_in_blocks(&j->c)) jobs = (jobs + ARCHIVE_PER_FILLER - 1) / ARCHIVE_PER_FILLER;
  if (jobs > pieces) jobs = (unsigned)pieces;
  unsigned slots = jobs > 1 ? jobs + ARCHIVE_AHEAD : 1;
  j->crew = (struct crew){.pieces = pieces, .jobs = jobs, .slots = slots, .work = archive_work, .hand = archive_hand};
  return archive_take_slots(j) && archive_take_workers(j);
}

static void archive_give(struct archive_job *j) {
  for (unsigned i = 0; j->worker != NULL && i < j->crew.jobs; i++) {
    compress_worker_close(&j->c, j->worker[i].state);
    free(j->worker[i].plain);
  }
  for (unsigned i = 0; j->slot != NULL && i < j->crew.slots; i++) free(j->slot[i].bytes);
  free(j->worker);
  free(j->slot);
}

/* --- the whole --------------------------------------------------------------------------- */

static int archive_blocks(struct archive_job *j) {
  int status = archive_take(j) ? EXIT_DONE : say_error(j->a->say, EXIT_USAGE, "out of memory for the archive");
  if (status == EXIT_DONE) {
    progress_start(j->a->say, "packing", layout_size(&j->layout));
    status = crew_run(&j->crew, j);
    if (status == EXIT_DONE) status = compress_end(&j->c);
    if (status == EXIT_DONE) status = archive_flush(&j->out);
    progress_end(j->a->say);
  }
  archive_give(j);
  return status;
}

static int archive_run(struct archive_job *j) {
  const struct archive_write *a = j->a;
  int status = layout_make(&j->layout, a->say, a->tree, a->format);
  if (status == EXIT_DONE) {
    struct compress_plan plan = {.codec = a->codec,
                                 .level = a->level,
                                 .jobs = a->say->jobs > 0 ? a->say->jobs : crew_processors(),
                                 .content = layout_size(&j->layout),
                                 .entries = a->tree->names};
    status = compress_open(&j->c, a->say, &plan, &j->out.sink);
    if (status == EXIT_DONE) status = archive_blocks(j);
    compress_close(&j->c);
  }
  return status;
}

int archive_write(struct archive_write *a, struct sink *to) {
  struct archive_job *j = aligned_alloc(_Alignof(struct archive_job), sizeof *j);
  if (j == NULL) return say_error(a->say, EXIT_USAGE, "out of memory for the archive");
  memset(j, 0, sizeof *j);
  j->a = a;
  j->out.sink = (struct sink){archive_put};
  j->out.to = to;
  digest_start(&j->out.digest, a->check);
  int status = archive_run(j);
  if (status == EXIT_DONE) a->unpacked = layout_size(&j->layout);
  a->stored = j->out.stored;
  digest_final(&j->out.digest, a->digest);
  layout_drop(&j->layout);
  free(j);
  return status;
}
