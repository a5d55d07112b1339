/* mkimage/verbs/upgrade.c - mkimage upgrade IMAGE: a newer kernel, the same rootfs.
 *
 * The stored archives are copied byte by byte, and so is what app.cfg said.
 */
#include <stdlib.h>
#include <string.h>

#include "formats/err.h"
#include "mkimage/image/decoders.h"
#include "mkimage/image/kernels.h"
#include "mkimage/look/show.h"
#include "mkimage/pack/build.h"
#include "mkimage/pack/rebuild.h"
#include "mkimage/verbs/verbs.h"

static const struct verb_option upgrade_options[] = {
    {'k', "kernels", "DIR", "take the kernel of DIR/PLATFORM (default: $TAPROOT_KERNELS, or where mkimage lies)"},
    {'o', "output", "OUT", "write OUT (- is standard output) and leave IMAGE as it is (default: IMAGE itself)"},
    VERBS_REPORT,
    {0, NULL, NULL, NULL}};

/* --- which kernel ------------------------------------------------------------------ */

static bool upgrade_decodes(const struct image *kernel, const struct image *im) {
  const char *names = decoders_of(kernel);
  for (unsigned i = 0; names != NULL && i < im->header.archives; i++) {
    enum codec_id codec = (enum codec_id)im->header.archive[i].codec;
    if (codec != CODEC_NONE && !decoders_have(names, codec_name(codec))) return false;
  }
  return true;
}

/* The smallest that decodes every archive, and with external = "any" whatever comes. */
static int upgrade_kernel(const struct call *c, const struct image *im, struct image *kernel, char path[PATH_MAX]) {
  struct manifest_record r;
  char platform[LIMIT_NAME + 1] = "";
  if (manifest_find(im->records, MANIFEST_PLATFORM, &r) && r.length < sizeof platform)
    memcpy(platform, r.bytes, r.length);
  if (platform[0] == 0)
    return say_error(&c->say, EXIT_DAMAGED, "%s: its manifest names no platform", say_name(im->name).text);
  struct kernels_wish wish = {.platform = platform, .dir = call_option(c, "kernels")};
  wish.all = manifest_find(im->records, MANIFEST_EXTERNAL, &r) && r.length == 3 && memcmp(r.bytes, "any", 3) == 0;
  for (unsigned i = 0; i < im->header.archives; i++) {
    wish.codec = (enum codec_id)im->header.archive[i].codec;
    int status = kernels_open(kernel, &c->say, &wish, path);
    if (status != EXIT_DONE || upgrade_decodes(kernel, im)) return status;
    image_close(kernel);
  }
  wish.all = im->header.archives > 0;
  return kernels_open(kernel, &c->say, &wish, path);
}

/* --- is it another ----------------------------------------------------------------------- */

/* All that is loaded of a kernel but the payload; the first segment begins with the headers, which differ in sizes. */
static bool upgrade_same_segment(const struct image *a, const struct image *b, unsigned i) {
  struct elf_segment x, y;
  if (elf_segment(&a->elf, i, &x) < 0 || elf_segment(&b->elf, i, &y) < 0) return false;
  if (x.type != y.type || x.vaddr != y.vaddr || x.flags != y.flags) return false;
  if (i == a->payload_index) return true;
  if (x.filesz != y.filesz || x.memsz != y.memsz || x.offset != y.offset) return false;
  uint64_t from = x.offset == 0 ? ELF_HEADER + (uint64_t)ELF_SEGMENT * a->elf.phnum : 0;
  return x.filesz <= from ||
         memcmp(a->bytes + x.offset + from, b->bytes + y.offset + from, (size_t)(x.filesz - from)) == 0;
}

static bool upgrade_same(const struct image *a, const struct image *b) {
  if (a->elf.phnum != b->elf.phnum || a->payload_index != b->payload_index) return false;
  for (unsigned i = 0; i < a->elf.phnum; i++)
    if (!upgrade_same_segment(a, b, i)) return false;
  return true;
}

static const char *upgrade_version(const struct image *im) {
  const char *version = decoders_version(im);
  return version != NULL ? version : "of unknown version";
}

/* --- the image ------------------------------------------------------------------------------ */

static bool upgrade_object(json_t *o, const char *file, const char *before, const char *now, bool changed) {
  return o != NULL && show_string(o, "file", file, strlen(file)) && show_string(o, "before", before, strlen(before)) &&
         show_string(o, "version", now, strlen(now)) && json_object_set_new(o, "changed", json_boolean(changed)) == 0;
}

/* Nothing is told of what went to standard output, which is alone there. */
static int upgrade_tell(const struct say *say, const struct image *im, const struct image *kernel,
                        const struct rebuild_target *target, bool changed) {
  const char *before = upgrade_version(im), *now = upgrade_version(kernel);
  if (strcmp(target->name, "-") == 0) return EXIT_DONE;
  if (say->json) {
    json_t *o = json_object();
    if (upgrade_object(o, target->name, before, now, changed) && show_json(stdout, o)) return EXIT_DONE;
    return say_error(say, EXIT_USAGE, "out of memory");
  }
  if (changed)
    say_info(say, "%s: kernel %s -> %s, the rootfs as it was", say_name(target->name).text, say_name(before).text,
             say_name(now).text);
  else
    say_info(say, "%s: it has this kernel already (%s)", say_name(target->name).text, say_name(now).text);
  return EXIT_DONE;
}

static int upgrade_write(const struct call *c, const struct image *im, const struct image *kernel,
                         const struct rebuild_target *target) {
  struct build b = {.say = &c->say, .base = kernel, .kept = im, .memory = rebuild_memory(im), .mode = target->mode};
  struct flaw flaw = {0};
  uint8_t *manifest;
  size_t n = 0;
  for (unsigned i = 0; i < im->header.archives; i++)
    if (initrd_check(&im->header, i, im->initrd, &flaw) < 0) return say_flaw(&c->say, im->name, &flaw);
  int status = rebuild_manifest(&c->say, im, NULL, &manifest, &n);
  b.manifest = manifest;
  b.manifest_bytes = n;
  if (status == EXIT_DONE) status = build_image(&b, target->path);
  free(manifest);
  return status == EXIT_DONE ? upgrade_tell(&c->say, im, kernel, target, true) : status;
}

static int upgrade_image(const struct call *c, const struct image *im, const struct rebuild_target *target) {
  struct image kernel;
  char path[PATH_MAX];
  int status = upgrade_kernel(c, im, &kernel, path);
  if (status != EXIT_DONE) return status;
  if (upgrade_same(im, &kernel) && call_option(c, "output") == NULL)
    status = upgrade_tell(&c->say, im, &kernel, target, false);
  else if (kernel.elf.machine != im->elf.machine)
    status = say_error(&c->say, EXIT_UNFIT, "%s: made for another processor than the image", say_name(path).text);
  else
    status = upgrade_write(c, im, &kernel, target);
  image_close(&kernel);
  return status;
}

static int upgrade_run(struct call *c) {
  struct image im;
  struct rebuild_target target;
  int status = rebuild_target(&target, &c->say, c->operand[0], call_option(c, "output"));
  if (status == EXIT_DONE) status = rebuild_open(&im, &c->say, c->operand[0]);
  if (status != EXIT_DONE) return status;
  status = upgrade_image(c, &im, &target);
  image_close(&im);
  return status;
}

const struct verb verb_upgrade = {.name = "upgrade",
                                  .operands = "IMAGE",
                                  .summary = "Gives a finished image the kernel of this mkimage; the rootfs stays",
                                  .options = upgrade_options,
                                  .operands_min = 1,
                                  .operands_max = 1,
                                  .run = upgrade_run};
