/* mkimage/pack/build.c - streams the archive into the image and patches the sizes: see build.h.
 *
 * Order in time: manifest, archive (compressed and digested on the way), zeros
 * to the page, the section's header, and last the ELF headers in front.
 */
#include "mkimage/pack/build.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "formats/bytes.h"
#include "mkimage/image/embed.h"
#include "mkimage/lib/output.h"
#include "mkimage/pack/archive_write.h"
#include "mkimage/pack/cpio.h"
#include "mkimage/pack/pax.h"

/* The stored bytes go into the file, behind the section's header. */
struct store {
  struct sink sink;
  struct output *out;
  uint64_t at; /* in the file */
};

static int store_put(struct sink *sink, const uint8_t *bytes, size_t n) {
  struct store *s = (struct store *)sink;
  int status = output_write(s->out, bytes, n, s->at);
  s->at += n;
  return status;
}

/* Where the tree's archive begins in the section: behind those that are kept. */
static uint64_t build_offset(const struct build *b) {
  return b->kept != NULL ? b->kept->header.section_bytes : initrd_header_bytes();
}

static int build_archive(struct build *b, struct output *out, uint64_t section) {
  uint64_t offset = build_offset(b);
  struct store store = {.sink = {store_put}, .out = out, .at = section + offset};
  struct archive_write a = {.say = b->say,
                            .tree = b->tree,
                            .format = b->tree->pax ? &pax_format : &cpio_format,
                            .codec = (enum codec_id)b->recipe->codec,
                            .level = b->recipe->level,
                            .check = b->recipe->check};
  int status = archive_write(&a, &store.sink);
  b->archive = (struct initrd_archive){.codec = b->recipe->codec,
                                       .check = b->recipe->check,
                                       .offset = offset,
                                       .stored = a.stored,
                                       .unpacked = a.unpacked,
                                       .entries = b->tree->names};
  memcpy(b->archive.digest, a.digest, sizeof a.digest);
  return status;
}

/* What stands behind the header there stands behind it here, padding and all. */
static int build_kept(const struct build *b, struct output *out, uint64_t section) {
  uint64_t from = initrd_header_bytes();
  if (b->kept == NULL) return EXIT_DONE;
  return output_write(out, b->kept->initrd + from, (size_t)(b->kept->header.section_bytes - from), section + from);
}

/* --- the image ----------------------------------------------------------------------- */

static int build_zeros(struct output *out, uint64_t from, uint64_t to) {
  static const uint8_t zeros[LIMIT_PAGE];
  return to > from ? output_write(out, zeros, (size_t)(to - from), from) : EXIT_DONE;
}

/* A digest over the header that is no weaker than those of the archives, and never none. */
static uint32_t build_check(const struct initrd *h) {
  uint32_t check = DIGEST_XXH3;
  for (unsigned i = 0; i < h->archives; i++)
    if (h->archive[i].check == DIGEST_SHA256) check = DIGEST_SHA256;
  return check;
}

static void build_rows(const struct build *b, uint64_t section_bytes, struct initrd *h) {
  *h = (struct initrd){.header_bytes = (uint32_t)initrd_header_bytes(),
                       .section_bytes = section_bytes,
                       .manifest_bytes = b->manifest_bytes};
  for (unsigned i = 0; b->kept != NULL && i < b->kept->header.archives; i++)
    h->archive[h->archives++] = b->kept->header.archive[i];
  if (b->tree != NULL) h->archive[h->archives++] = b->archive;
  h->check = build_check(h);
}

static int build_header(const struct build *b, const struct initrd *h, struct output *out, uint64_t at) {
  uint8_t *raw = calloc(1, h->header_bytes);
  if (raw == NULL) return say_error(b->say, EXIT_USAGE, "out of memory");
  initrd_encode(h, b->manifest, raw);
  int status = output_write(out, raw, h->header_bytes, at);
  free(raw);
  return status;
}

static int build_fits(struct build *b, const struct initrd *h, uint64_t payload) {
  need_predict(b->base, h, payload, &b->need);
  if (b->memory == 0 || b->memory >= b->need.least) return EXIT_DONE;
  return say_error(b->say, EXIT_UNFIT, "memory = %s cannot hold this image: it needs more than %s",
                   say_size(b->memory).text, say_size(b->need.least).text);
}

static int build_write(struct build *b, struct embed *e, struct output *out) {
  struct flaw flaw = {0};
  struct initrd h;
  uint64_t section = e->size + b->manifest_bytes, end = section + build_offset(b);
  int status = output_write(out, b->manifest, b->manifest_bytes, e->size);
  if (status == EXIT_DONE) status = build_kept(b, out, section);
  if (status == EXIT_DONE && b->tree != NULL) status = build_archive(b, out, section);
  if (status != EXIT_DONE) return status;
  if (b->tree != NULL) end += b->archive.stored;
  uint64_t whole = bytes_round_up(end, LIMIT_PAGE);
  build_rows(b, whole - section, &h);
  status = build_fits(b, &h, whole - e->size);
  if (status == EXIT_DONE) status = build_zeros(out, end, whole);
  if (status == EXIT_DONE) status = build_header(b, &h, out, section);
  if (status != EXIT_DONE) return status;
  if (embed_patch(e, b->manifest_bytes, whole - section, &flaw) < 0) return say_flaw(b->say, b->base->name, &flaw);
  b->image_bytes = whole;
  return output_write(out, e->prefix, e->size, 0);
}

int build_image(struct build *b, const char *target) {
  struct embed e;
  struct output out;
  struct flaw flaw = {0};
  if (embed_open(&e, b->base, &flaw) < 0) {
    embed_close(&e);
    return say_flaw(b->say, b->base->name, &flaw);
  }
  int status = strcmp(target, "-") == 0 ? output_open_laid(&out, b->say) : output_open(&out, b->say, target);
  if (status == EXIT_DONE) {
    status = build_write(b, &e, &out);
    if (status == EXIT_DONE && b->look != NULL) status = b->look(b, out.fd);
    if (status == EXIT_DONE && (b->say->json || !b->say->quiet)) need_measure(out.fd, &b->need);
    if (status == EXIT_DONE)
      status = output_commit(&out, b->mode);
    else
      output_drop(&out);
  }
  embed_close(&e);
  return status;
}
