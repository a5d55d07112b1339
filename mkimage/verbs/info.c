/* mkimage/verbs/info.c - the verb info: what an image or archive is, and what it will take.
 *
 * Everything is gathered into one JSON object first; the lines for people are
 * printed from the same numbers.
 */
#include <string.h>

#include "formats/bytes.h"
#include "formats/err.h"
#include "mkimage/image/decoders.h"
#include "mkimage/lib/progress.h"
#include "mkimage/look/look.h"
#include "mkimage/look/raw.h"
#include "mkimage/look/show.h"
#include "mkimage/verbs/verbs.h"

static const struct verb_option info_options[] = {{0, "json", NULL, "one JSON object"}, {0, NULL, NULL, NULL}};

struct info {
  struct look look;
  struct raw_total total; /* of a bare archive */
  uint64_t kernel;        /* bytes the kernel itself takes in memory */
  const char *decoders;   /* names of the codecs it reads, or NULL */
  const char *version;    /* its own, or NULL */
  const char *format[LIMIT_ARCHIVES];
  uint64_t stored, unpacked, entries;
  uint64_t needs;          /* bytes of memory, of an image; 0: it cannot be unpacked, */
  struct taproot_flaw why; /* because of this */
};

/* --- gathering -------------------------------------------------------------------------- */

/* Memory of the segments in front of the payload. */
static uint64_t info_kernel(const struct image *im) {
  uint64_t n = 0;
  for (unsigned i = 0; i < im->payload_index; i++) {
    struct elf_segment s;
    if (elf_segment(&im->elf, i, &s) == 0 && s.type == ELF_PT_LOAD) n += s.memsz;
  }
  return n;
}

/* A damaged archive has all the rest to tell. */
static void info_need(struct info *f, const struct say *say) {
  progress_start(say, "unpacking", 0);
  taproot_need(f->look.im.bytes, f->look.im.size, &f->needs, &f->why);
  progress_end(say);
}

/* The format of each archive, from its first entry on; nothing more is read than that takes. */
static int info_format(void *arg, const struct raw *r, const struct entry *e) {
  struct info *f = arg;
  if (r->archive < LIMIT_ARCHIVES && f->format[r->archive] == NULL) f->format[r->archive] = archive_name(r->in);
  return r->archive + 1 == f->look.im.header.archives;
}

static int info_gather(struct info *f, const struct say *say, const char *path) {
  struct flaw flaw = {0};
  const struct image *im = &f->look.im;
  int status = look_open(&f->look, say, path);
  if (status != EXIT_DONE) return status;
  if (im->kind == IMAGE_BARE) {
    progress_start(say, "unpacking", 0);
    int rc = raw_walk(im, &f->total, &flaw, NULL, NULL);
    progress_end(say);
    if (rc < 0) return say_flaw(say, im->name, &flaw);
    f->stored = im->size;
    f->unpacked = f->total.unpacked;
    f->entries = f->total.entries;
  } else
    f->kernel = info_kernel(im);
  f->decoders = decoders_of(im);
  f->version = decoders_version(im);
  for (unsigned i = 0; im->kind == IMAGE_PACKED && i < im->header.archives; i++) {
    f->stored += im->header.archive[i].stored;
    f->unpacked += im->header.archive[i].unpacked;
    f->entries += im->header.archive[i].entries;
  }
  if (im->kind == IMAGE_PACKED) info_need(f, say);
  if (im->kind == IMAGE_PACKED) raw_walk(im, &f->total, &flaw, info_format, f); /* damage is told by `needs` */
  return EXIT_DONE;
}

/* --- for people ------------------------------------------------------------------------------- */

/* One label and bytes from the manifest. */
static void info_line(const char *label, const void *bytes, size_t n) {
  printf("%-10s ", label);
  show_name(stdout, bytes, n);
  putchar('\n');
}

static const struct info_tag {
  uint16_t tag;
  const char *label, *key; /* key: in JSON; lists end with "s" there */
  bool list;
} info_tags[] = {
    {MANIFEST_NAME, "name", "name", false},
    {MANIFEST_PLATFORM, "platform", "platform", false},
    {MANIFEST_PROGRAM, "program", "program", false},
    {MANIFEST_ARG, "argument", "args", true},
    {MANIFEST_ENV, "env", "env", true},
    {MANIFEST_CWD, "cwd", "cwd", false},
    {MANIFEST_STDIN, "stdin", "stdin", false},
    {MANIFEST_EXTERNAL, "external", "external", false},
    {MANIFEST_TOOL, "written by", "tool", false},
};

static const struct info_tag *info_tag(uint16_t tag) {
  for (size_t i = 0; i < sizeof info_tags / sizeof info_tags[0]; i++)
    if (info_tags[i].tag == tag) return &info_tags[i];
  return NULL;
}

static void info_size(const char *label, uint64_t bytes) {
  if (bytes < 1024)
    printf("%-10s %s\n", label, say_size(bytes).text);
  else
    printf("%-10s %llu bytes (%s)\n", label, (unsigned long long)bytes, say_size(bytes).text);
}

static void info_print_manifest(const struct image *im) {
  struct cursor records = im->records;
  struct manifest_record r;
  while (manifest_next(&records, &r) == 1) {
    const struct info_tag *t = info_tag(r.tag);
    if (t != NULL) info_line(t->label, r.bytes, r.length);
    if (r.tag == MANIFEST_MEMORY && r.length == 8) info_size("memory", bytes_le64(r.bytes));
  }
}

/* Unpacked over stored, in hundredths; 0: nothing stored. */
static unsigned long long info_ratio(uint64_t unpacked, uint64_t stored) {
  return stored == 0 || unpacked > UINT64_MAX / 100 ? 0 : unpacked * 100 / stored;
}

static void info_print_archive(const char *codec, uint64_t stored, uint64_t unpacked, uint64_t entries) {
  unsigned long long ratio = info_ratio(unpacked, stored);
  printf("%-10s %s, %llu entries, %llu bytes stored, %llu unpacked (%llu.%02llu:1)\n", "archive", codec,
         (unsigned long long)entries, (unsigned long long)stored, (unsigned long long)unpacked, ratio / 100,
         ratio % 100);
}

static void info_print_digest(const struct initrd_archive *a) {
  char hex[2 * DIGEST_BYTES + 1];
  show_hex(a->digest, a->check == DIGEST_XXH3 ? 16 : DIGEST_BYTES, hex);
  printf("%-10s %s%s%s\n", "digest", digest_name(a->check), a->check == DIGEST_NONE ? "" : " ",
         a->check == DIGEST_NONE ? "" : hex);
}

static void info_print(const struct info *f) {
  const struct image *im = &f->look.im;
  static const char *const kinds[] = {
      [IMAGE_PACKED] = "image", [IMAGE_KERNEL] = "kernel without an archive", [IMAGE_BARE] = "bare archive"};
  info_line("file", im->name, strlen(im->name));
  printf("%-10s %s\n", "kind", kinds[im->kind]);
  info_size("size", im->size);
  if (im->kind != IMAGE_BARE) info_size("kernel", f->kernel);
  if (f->version != NULL) info_line("version", f->version, strlen(f->version));
  if (f->decoders != NULL) info_line("decoders", f->decoders, strlen(f->decoders));
  if (im->kind == IMAGE_PACKED) info_print_manifest(im);
  for (unsigned i = 0; im->kind == IMAGE_PACKED && i < im->header.archives; i++) {
    const struct initrd_archive *a = &im->header.archive[i];
    info_print_archive(codec_name((enum codec_id)a->codec), a->stored, a->unpacked, a->entries);
    info_print_digest(a);
    if (f->format[i] != NULL) info_line("format", f->format[i], strlen(f->format[i]));
  }
  if (im->kind == IMAGE_BARE) {
    info_print_archive(codec_name(f->total.codec), f->stored, f->unpacked, f->entries);
    printf("%-10s %llu, in %llu stream%s\n", "archives", (unsigned long long)f->total.archives,
           (unsigned long long)f->total.streams, f->total.streams == 1 ? "" : "s");
  }
  if (im->kind == IMAGE_BARE && f->total.format != NULL) info_line("format", f->total.format, strlen(f->total.format));
  if (im->kind == IMAGE_PACKED && f->needs > 0)
    printf("%-10s %llu bytes of memory (%s: -m %llu), and what the program takes for itself\n", "needs",
           (unsigned long long)f->needs, say_size(f->needs).text,
           (unsigned long long)bytes_round_up(f->needs, 1 << 20) >> 20);
  if (im->kind == IMAGE_PACKED && f->needs == 0) printf("%-10s not known: %s\n", "needs", f->why.text);
}

/* --- JSON ------------------------------------------------------------------------------------------ */

static void info_number(json_t *o, const char *key, uint64_t n) {
  json_object_set_new(o, key, json_integer((json_int_t)n));
}

/* A list of strings; an element that is no UTF-8 stands as {"text": ..., "text_b64": ...}. */
static void info_append(json_t *o, const char *key, const struct manifest_record *r) {
  json_t *list = json_object_get(o, key), *item = json_object();
  if (list == NULL) json_object_set_new(o, key, list = json_array());
  if (!show_string(item, "text", (const char *)r->bytes, r->length)) return json_decref(item);
  if (json_object_get(item, "text_b64") == NULL)
    json_array_append(list, json_object_get(item, "text"));
  else
    json_array_append(list, item);
  json_decref(item);
}

static void info_json_manifest(json_t *o, const struct image *im) {
  struct cursor records = im->records;
  struct manifest_record r;
  while (manifest_next(&records, &r) == 1) {
    const struct info_tag *t = info_tag(r.tag);
    if (t != NULL && t->list) info_append(o, t->key, &r);
    if (t != NULL && !t->list) show_string(o, t->key, (const char *)r.bytes, r.length);
    if (r.tag == MANIFEST_MEMORY && r.length == 8) info_number(o, "memory", bytes_le64(r.bytes));
  }
}

static json_t *info_json_archive(const char *codec, uint64_t stored, uint64_t unpacked, uint64_t entries) {
  json_t *a = json_object();
  json_object_set_new(a, "codec", json_string(codec));
  info_number(a, "stored", stored);
  info_number(a, "unpacked", unpacked);
  info_number(a, "entries", entries);
  return a;
}

static json_t *info_json_archives(const struct info *f) {
  const struct image *im = &f->look.im;
  json_t *list = json_array();
  for (unsigned i = 0; im->kind == IMAGE_PACKED && i < im->header.archives; i++) {
    const struct initrd_archive *a = &im->header.archive[i];
    char hex[2 * DIGEST_BYTES + 1];
    json_t *o = info_json_archive(codec_name((enum codec_id)a->codec), a->stored, a->unpacked, a->entries);
    json_object_set_new(o, "check", json_string(digest_name(a->check)));
    show_hex(a->digest, a->check == DIGEST_XXH3 ? 16 : DIGEST_BYTES, hex);
    if (a->check != DIGEST_NONE) json_object_set_new(o, "digest", json_string(hex));
    if (f->format[i] != NULL) json_object_set_new(o, "format", json_string(f->format[i]));
    json_array_append_new(list, o);
  }
  if (im->kind == IMAGE_BARE) {
    json_t *o = info_json_archive(codec_name(f->total.codec), f->stored, f->unpacked, f->entries);
    if (f->total.format != NULL) json_object_set_new(o, "format", json_string(f->total.format));
    json_array_append_new(list, o);
  }
  return list;
}

static json_t *info_json(const struct info *f) {
  static const char *const kinds[] = {[IMAGE_PACKED] = "image", [IMAGE_KERNEL] = "kernel", [IMAGE_BARE] = "archive"};
  const struct image *im = &f->look.im;
  json_t *o = json_object();
  if (!show_string(o, "file", im->name, strlen(im->name))) return json_decref(o), NULL;
  json_object_set_new(o, "kind", json_string(kinds[im->kind]));
  info_number(o, "size", im->size);
  if (im->kind != IMAGE_BARE) info_number(o, "kernel", f->kernel);
  if (f->version != NULL) json_object_set_new(o, "version", json_string(f->version));
  if (f->decoders != NULL) json_object_set_new(o, "decoders", json_string(f->decoders));
  if (im->kind == IMAGE_PACKED) info_json_manifest(o, im);
  json_object_set_new(o, "archives", info_json_archives(f));
  if (im->kind == IMAGE_PACKED && f->needs > 0) info_number(o, "needs", f->needs);
  if (im->kind == IMAGE_PACKED && f->needs == 0) show_string(o, "needs_unknown", f->why.text, strlen(f->why.text));
  return o;
}

static int info_verb(struct call *c) {
  struct info f = {0};
  int status = info_gather(&f, &c->say, c->operand[0]);
  if (status == EXIT_DONE && call_option(c, "json") == NULL)
    info_print(&f);
  else if (status == EXIT_DONE && !show_json(stdout, info_json(&f)))
    status = say_error(&c->say, EXIT_USAGE, "no memory");
  look_close(&f.look);
  return status;
}

const struct verb verb_info = {
    .name = "info",
    .operands = "IMAGE",
    .summary = "Tells what an image or archive is, and the memory it will take",
    .options = info_options,
    .operands_min = 1,
    .operands_max = 1,
    .run = info_verb,
};
