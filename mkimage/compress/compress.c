/* mkimage/compress/compress.c - the door: which codec, and what is the same for all of them. */
#include "mkimage/compress/compress.h"

#include "mkimage/compress/compress_kind.h"

static const struct compress_kind *const compress_kinds[] = {&compress_none, &compress_gzip, &compress_lz4,
                                                             &compress_zstd, &compress_xz};

static const struct compress_kind *compress_find(enum codec_id codec) {
  for (size_t i = 0; i < sizeof compress_kinds / sizeof compress_kinds[0]; i++)
    if (compress_kinds[i]->id == codec) return compress_kinds[i];
  return NULL;
}

int compress_failed(const struct say *say, const char *what) {
  return say_error(say, EXIT_USAGE, "the compressor failed: %s", what);
}

int compress_no_memory(const struct say *say) { return say_error(say, EXIT_USAGE, "out of memory for the compressor"); }

bool compress_levels(enum codec_id codec, unsigned *min, unsigned *max, unsigned *usual) {
  const struct compress_kind *k = compress_find(codec);
  if (k == NULL || k->max == 0) return false;
  *min = k->min;
  *max = k->max;
  *usual = k->usual;
  return true;
}

bool compress_knows(enum codec_id codec, unsigned level) {
  const struct compress_kind *k = compress_find(codec);
  return k != NULL && level <= k->max;
}

/* Among many files of a page's size and less, matches are short and near: to look farther takes time and gains nothing.
 * Where there is little in all, it takes no time. */
enum { COMPRESS_SMALL = 2048, COMPRESS_LITTLE = 1 << 20 };

int compress_open(struct compress *c, const struct say *say, const struct compress_plan *plan, struct sink *to) {
  *c = (struct compress){.say = say,
                         .to = to,
                         .kind = compress_find(plan->codec),
                         .level = plan->level,
                         .jobs = plan->jobs,
                         .content = plan->content,
                         .small = plan->content > COMPRESS_LITTLE && plan->entries > plan->content / COMPRESS_SMALL};
  if (c->kind == NULL) return say_error(say, EXIT_USAGE, "no way to compress with codec %u", (unsigned)plan->codec);
  c->block = c->kind->block;
  c->before = c->kind->before;
  return c->kind->start != NULL ? c->kind->start(c) : EXIT_DONE;
}

bool compress_in_blocks(const struct compress *c) { return c->kind->pack != NULL; }

void *compress_worker(const struct compress *c) { return c->kind->worker != NULL ? c->kind->worker(c) : NULL; }

void compress_worker_close(const struct compress *c, void *worker) {
  if (worker != NULL) c->kind->worker_end(c, worker);
}

int compress_block(const struct compress *c, const struct say *say, void *worker, struct compress_block *b) {
  if (c->kind->pack == NULL) return EXIT_DONE;
  if (c->kind->worker != NULL && worker == NULL) return compress_no_memory(say);
  return c->kind->pack(c, say, worker, b);
}

int compress_put(struct compress *c, const struct compress_block *b) {
  c->put += b->n;
  if (c->kind->put != NULL) return c->kind->put(c, b);
  return c->kind->pack != NULL ? sink_put(c->to, b->packed, b->packed_n) : sink_put(c->to, b->plain, b->n);
}

int compress_end(struct compress *c) { return c->kind->end != NULL ? c->kind->end(c) : EXIT_DONE; }

void compress_close(struct compress *c) {
  if (c->kind != NULL && c->kind->stop != NULL && c->stream != NULL) c->kind->stop(c);
  *c = (struct compress){0};
}
