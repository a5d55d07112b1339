/* mkimage/verbs/verify.c - the verb verify: is an image whole, can the machine unpack it, and does it hold this rootfs?
 *
 * First the digests, then the kernel's own unpacker and ramfs through libtaproot,
 * then the tree compared with ROOTFS as the image's recipe packs it.
 */
#include <stdlib.h>
#include <string.h>

#include "formats/err.h"
#include "mkimage/diff/compare.h"
#include "mkimage/lib/progress.h"
#include "mkimage/look/show.h"
#include "mkimage/verbs/verbs.h"

static const struct verb_option verify_options[] = {
    {0, "json", NULL, "one JSON object a line: each difference, then the verdict"}, {0, NULL, NULL, NULL}};

struct verify {
  struct look look;
  const struct say *say;
  bool json;
  uint64_t differences;
};

/* --- telling -------------------------------------------------------------------------------- */

/* One line: path, what differs, and what each side has. */
struct verify_line {
  const char *path, *what;
  const char *image, *rootfs; /* NULL: does not apply */
  size_t image_len, rootfs_len;
  uint64_t at; /* UINT64_MAX: does not apply */
};

static void verify_print_side(const char *side, const char *bytes, size_t len) {
  if (bytes == NULL) return;
  printf(" %s ", side);
  show_name(stdout, bytes, len);
}

static void verify_print(const struct verify_line *d) {
  show_name(stdout, d->path, strlen(d->path));
  if (strcmp(d->what, "extra") == 0)
    printf(": only in the image (%s)", d->image);
  else if (strcmp(d->what, "missing") == 0)
    printf(": not in the image (%s)", d->rootfs);
  else if (d->image == NULL)
    printf(": %s differs", d->what);
  else {
    printf(": %s:", d->what);
    verify_print_side("image", d->image, d->image_len);
    verify_print_side("rootfs", d->rootfs, d->rootfs_len);
  }
  if (d->at != UINT64_MAX) printf(", from offset %llu on", (unsigned long long)d->at);
  putchar('\n');
}

static void verify_line(struct verify *v, const struct verify_line *d) {
  v->differences++;
  progress_hide(v->say);
  if (!v->json) {
    verify_print(d);
    return;
  }
  json_t *o = json_object();
  bool ok = o != NULL && show_string(o, "path", d->path, strlen(d->path)) &&
            json_object_set_new(o, "differs", json_string(d->what)) == 0;
  if (ok && d->image != NULL) ok = show_string(o, "image", d->image, d->image_len);
  if (ok && d->rootfs != NULL) ok = show_string(o, "rootfs", d->rootfs, d->rootfs_len);
  if (ok && d->at != UINT64_MAX) ok = json_object_set_new(o, "offset", json_integer((json_int_t)d->at)) == 0;
  if (ok)
    show_json(stdout, o);
  else
    json_decref(o);
}

static void verify_alone(struct verify *v, const struct view_entry *image, const struct view_entry *rootfs) {
  const struct view_entry *e = image != NULL ? image : rootfs;
  const char *type = show_type(e->mode);
  struct verify_line d = {.path = e->path, .what = image != NULL ? "extra" : "missing", .at = UINT64_MAX};
  if (image != NULL)
    d.image = type, d.image_len = strlen(type);
  else
    d.rootfs = type, d.rootfs_len = strlen(type);
  verify_line(v, &d);
}

static void verify_each(void *arg, const struct compare_entry *e) {
  if (e->a == NULL || e->b == NULL) verify_alone(arg, e->a, e->b);
  for (unsigned i = 0; i < e->attributes; i++) {
    const struct compare_attribute *a = &e->attribute[i];
    bool content = a->what == COMPARE_SIZE || a->what == COMPARE_CONTENT;
    const struct verify_line d = {e->a->path, compare_word(a->what),       a->a, a->b, a->a_len,
                                  a->b_len,   content ? e->at : UINT64_MAX};
    verify_line(arg, &d);
  }
}

static const char *verify_verdict(int status) {
  switch (status) {
  case EXIT_DONE:
    return "good";
  case EXIT_DIFFERS:
    return "differs";
  case EXIT_DAMAGED:
    return "damaged";
  default:
    return "error";
  }
}

static void verify_number(json_t *o, const char *key, uint64_t n) {
  if (n != FLAW_NOWHERE) json_object_set_new(o, key, json_integer((json_int_t)n));
}

static void verify_tell_json(const struct verify *v, int status) {
  const struct taproot_flaw *f = &v->look.flaw;
  json_t *o = json_object();
  json_object_set_new(o, "verdict", json_string(verify_verdict(status)));
  verify_number(o, "entries", v->look.report.entries);
  verify_number(o, "archives", v->look.report.archives);
  verify_number(o, "unpacked", v->look.report.unpacked);
  verify_number(o, "differences", v->differences);
  if (f->text[0] != 0) {
    show_string(o, "reason", f->text, strlen(f->text));
    verify_number(o, "offset", f->offset);
    verify_number(o, "stored_offset", f->stored_offset);
  }
  show_json(stdout, o);
}

static void verify_tell(const struct verify *v, int status, bool compared) {
  const struct taproot_report *r = &v->look.report;
  if (v->json) {
    verify_tell_json(v, status);
  } else if (status == EXIT_DONE) {
    say_info(v->say, "%s: good, %llu entries, %llu bytes unpacked%s", say_name(v->look.im.name).text,
             (unsigned long long)r->entries, (unsigned long long)r->unpacked, compared ? ", as in the rootfs" : "");
  } else if (status == EXIT_DIFFERS)
    say_info(v->say, "%s: %llu difference%s", say_name(v->look.im.name).text, (unsigned long long)v->differences,
             v->differences == 1 ? "" : "s");
}

/* --- checking ---------------------------------------------------------------------------------- */

/* Does it hold what newc cannot? */
static bool verify_is_pax(const struct view *v) {
  for (size_t i = 0; i < v->entries; i++) {
    const struct view_entry *e = &v->entry[i];
    if (e->mtime < 0 || e->mtime > (int64_t)UINT32_MAX || e->mtime_ns > 0) return true;
    if (e->attrs != NULL || e->size > UINT32_MAX) return true;
  }
  return false;
}

/* The recipe of an image; a bare archive has none, and its owners count as they are. */
static int verify_recipe(struct verify *v, const struct view *image, struct recipe *r) {
  if (v->look.im.kind == IMAGE_PACKED) return recipe_of_image(r, v->say, &v->look.im);
  recipe_start(r);
  r->keep_owner = true;
  r->format = verify_is_pax(image) ? RECIPE_PAX : RECIPE_NEWC;
  return EXIT_DONE;
}

static int verify_views(struct verify *v, const struct view *image, const char *rootfs, const struct recipe *r) {
  struct tree t;
  struct view packed = {0};
  struct compare c = {.a = image, .b = &packed, .say = v->say, .each = verify_each, .arg = v};
  int status = tree_load(&t, v->say, rootfs, r);
  if (status == EXIT_DONE) status = view_of_tree(&packed, v->say, &t, rootfs);
  if (status == EXIT_DONE) status = compare_views(&c);
  view_close(&packed);
  tree_drop(&t);
  return status;
}

static int verify_compare(struct verify *v, const char *rootfs) {
  struct recipe r;
  struct view image = {0};
  recipe_start(&r);
  int status = look_list(&v->look, v->say);
  if (status == EXIT_DONE) status = view_of_look(&image, v->say, &v->look);
  if (status == EXIT_DONE) status = verify_recipe(v, &image, &r);
  if (status == EXIT_DONE) status = verify_views(v, &image, rootfs, &r);
  view_close(&image);
  recipe_drop(&r);
  return status;
}

static int verify_verb(struct call *c) {
  struct verify v = {.say = &c->say, .json = call_option(c, "json") != NULL};
  const char *rootfs = c->operands > 1 ? c->operand[1] : NULL;
  if (rootfs != NULL && strcmp(rootfs, "-") == 0 && strcmp(c->operand[0], "-") == 0)
    return say_error(&c->say, EXIT_USAGE, "standard input cannot be both the image and the rootfs");
  int status = look_open(&v.look, &c->say, c->operand[0]);
  if (status == EXIT_DONE) status = look_digests(&v.look, &c->say);
  if (status == EXIT_DONE) status = look_unpack(&v.look, &c->say);
  if (status == EXIT_DONE && rootfs != NULL) status = verify_compare(&v, rootfs);
  verify_tell(&v, status, rootfs != NULL);
  look_close(&v.look);
  return status;
}

const struct verb verb_verify = {
    .name = "verify",
    .operands = "IMAGE [ROOTFS]",
    .summary = "Checks digests, unpacks as the machine will, and compares with ROOTFS",
    .options = verify_options,
    .operands_min = 1,
    .operands_max = 2,
    .run = verify_verb,
};
