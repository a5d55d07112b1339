/* mkimage/verbs/append.c - mkimage append IMAGE ROOTFS: another archive behind those of a finished image.
 *
 * What is stored already stays byte by byte; later entries win.  The result is
 * unpacked with the kernel's own code before it takes its name.
 */
#include <stdlib.h>
#include <string.h>

#include "mkimage/image/decoders.h"
#include "mkimage/pack/bare.h"
#include "mkimage/pack/build.h"
#include "mkimage/pack/rebuild.h"
#include "mkimage/pack/report.h"
#include "mkimage/tree/tree_edit.h"
#include "mkimage/tree/tree_image.h"
#include "mkimage/verbs/verbs.h"

static const struct verb_option append_options[] = {
    {'z', "compress", "CODEC[:LEVEL]", "of the new archive (default: what app.cfg said)"},
    {'f', "format", "FORMAT", "of the new archive: newc, pax or auto (default: what app.cfg said)"},
    {'o', "output", "OUT", "write OUT (- is standard output) and leave IMAGE as it is (default: IMAGE itself)"},
    VERBS_REPORT,
    {0, NULL, NULL, NULL}};

/* The kernel must decode it, and the header have room for it. */
static int append_possible(const struct say *say, const struct image *im, const struct recipe *r) {
  const char *names = decoders_of(im), *codec = codec_name((enum codec_id)r->codec);
  if (im->header.archives == LIMIT_ARCHIVES)
    return say_error(say, EXIT_UNFIT, "%s: it has %d archives, as many as there can be; swap or cp makes them one",
                     say_name(im->name).text, LIMIT_ARCHIVES);
  if (r->codec == CODEC_NONE || names == NULL || decoders_have(names, codec)) return EXIT_DONE;
  return say_error(say, EXIT_UNFIT, "%s: its kernel does not decode %s, but: none %s (-z takes one of these)",
                   say_name(im->name).text, codec, names);
}

/* The whole image as the machine will see it. */
static int append_look(struct build *b, int fd) {
  struct look l = {.im.name = b->base->name};
  struct tree t = {.root_fd = -1, .spool_fd = -1};
  struct flaw flaw = {0};
  const uint8_t *bytes;
  uint64_t size;
  int status = image_map_fd(b->say, l.im.name, fd, &bytes, &size);
  if (status != EXIT_DONE) return status;
  if (image_recognise(&l.im, b->base->name, bytes, size, &flaw) < 0) status = say_flaw(b->say, b->base->name, &flaw);
  if (status == EXIT_DONE) status = look_unpack(&l, b->say);
  if (status == EXIT_DONE) status = look_list(&l, b->say);
  if (status == EXIT_DONE) status = tree_of_look(&t, b->say, &l);
  if (status == EXIT_DONE) status = tree_edit_done(&t, b->say);
  if (status == EXIT_DONE) status = rebuild_check(b->say, b->base, &t);
  tree_drop(&t);
  look_close(&l);
  return status;
}

static int append_write(const struct say *say, const struct image *im, const struct tree *t, const struct recipe *r,
                        const struct rebuild_target *target) {
  struct build b = {.say = say,
                    .base = im,
                    .kept = im,
                    .tree = t,
                    .recipe = r,
                    .memory = rebuild_memory(im),
                    .mode = target->mode,
                    .look = append_look};
  uint8_t *manifest;
  size_t n = 0;
  int status = rebuild_manifest(say, im, NULL, &manifest, &n);
  b.manifest = manifest;
  b.manifest_bytes = n;
  if (status == EXIT_DONE) status = build_image(&b, target->path);
  if (status == EXIT_DONE) status = report_image(&b, target->name);
  free(manifest);
  return status;
}

/* What app.cfg said of the rootfs holds for this one, too, but the files that it added are there already. */
static int append_image(const struct call *c, const struct image *im, const struct rebuild_target *target) {
  struct recipe r;
  struct tree t = {.root_fd = -1, .spool_fd = -1};
  int status = recipe_of_image(&r, &c->say, im);
  if (status == EXIT_DONE) {
    r.files = 0;
    status = bare_options(&r, &c->say, call_option(c, "format"), call_option(c, "compress"));
  }
  if (status == EXIT_DONE) status = recipe_clamp(&r, &c->say);
  if (status == EXIT_DONE) status = append_possible(&c->say, im, &r);
  if (status == EXIT_DONE) status = tree_load(&t, &c->say, c->operand[1], &r);
  if (status == EXIT_DONE) status = append_write(&c->say, im, &t, &r, target);
  tree_drop(&t);
  recipe_drop(&r);
  return status;
}

static int append_run(struct call *c) {
  struct image im;
  struct rebuild_target target;
  int status = rebuild_target(&target, &c->say, c->operand[0], call_option(c, "output"));
  if (status == EXIT_DONE) status = rebuild_open(&im, &c->say, c->operand[0]);
  if (status != EXIT_DONE) return status;
  status = append_image(c, &im, &target);
  image_close(&im);
  return status;
}

const struct verb verb_append = {.name = "append",
                                 .operands = "IMAGE ROOTFS",
                                 .summary = "Adds a second archive to a finished image; the first stays as it is",
                                 .options = append_options,
                                 .operands_min = 2,
                                 .operands_max = 2,
                                 .run = append_run};
