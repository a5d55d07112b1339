/* mkimage/pack/report.c - the lines at the end, and their JSON: see report.h. */
#include "mkimage/pack/report.h"

#include <string.h>

#include "formats/bytes.h"
#include "mkimage/look/show.h"

enum { REPORT_MIB = 1 << 20 };

struct report {
  const struct say *say;
  const char *target, *codec, *format;
  uint64_t entries, unpacked, stored;
};

/* Unpacked over stored, in hundredths; 0: nothing is stored. */
static uint64_t report_ratio(const struct report *r) {
  return r->stored == 0 || r->unpacked > UINT64_MAX / 100 ? 0 : r->unpacked * 100 / r->stored;
}

static uint64_t report_milliseconds(const struct say *say) {
  return say->began == 0 ? 0 : (say_clock() - say->began) / 1000000;
}

/* --- for people ------------------------------------------------------------------- */

/* `image` is the size of that, 0 for none. */
static void report_packed(const struct report *r, uint64_t image) {
  char sizes[160], whole[64] = "";
  uint64_t ratio = report_ratio(r), ms = report_milliseconds(r->say);
  if (strcmp(r->codec, "none") == 0)
    snprintf(sizes, sizeof sizes, "%s (%s, not compressed)", say_size(r->stored).text, r->format);
  else
    snprintf(sizes, sizeof sizes, "%s -> %s (%s, %s, %llu.%02llu : 1)", say_size(r->unpacked).text,
             say_size(r->stored).text, r->format, r->codec, (unsigned long long)ratio / 100,
             (unsigned long long)ratio % 100);
  if (image > 0) snprintf(whole, sizeof whole, ", image %s", say_size(image).text);
  say_info(r->say, "%s: %llu %s, %s%s, %llu.%03llu s", say_name(r->target).text, (unsigned long long)r->entries,
           r->entries == 1 ? "entry" : "entries", sizes, whole, (unsigned long long)ms / 1000,
           (unsigned long long)ms % 1000);
}

/* A machine's memory: "32 MiB"; as it is where it is no whole number of them. */
static struct say_size report_mib(uint64_t bytes) {
  struct say_size out = say_size(bytes);
  if (bytes % REPORT_MIB == 0) snprintf(out.text, sizeof out.text, "%llu MiB", (unsigned long long)bytes / REPORT_MIB);
  return out;
}

static void report_memory(const struct build *b) {
  uint64_t least = bytes_round_up(b->need.likely, REPORT_MIB);
  const char *about = b->need.exact ? "" : "about ";
  if (b->memory == 0)
    say_info(b->say, "boots in %s%s or more", about, report_mib(least).text);
  else
    say_info(b->say, "boots in %s%s or more; app.cfg gives %s", about, report_mib(least).text,
             report_mib(b->memory).text);
  if (b->memory != 0 && b->memory < b->need.likely)
    say_warn(b->say, "memory = %s in app.cfg %s too little: it boots in %s%s or more", report_mib(b->memory).text,
             b->need.exact ? "is" : "may be", about, report_mib(least).text);
}

/* --- JSON --------------------------------------------------------------------------- */

static bool report_number(json_t *o, const char *key, uint64_t n) {
  return json_object_set_new(o, key, json_integer((json_int_t)n)) == 0;
}

static bool report_fill(json_t *o, const struct report *r) {
  return report_number(o, "entries", r->entries) && report_number(o, "unpacked", r->unpacked) &&
         report_number(o, "stored", r->stored) &&
         json_object_set_new(o, "ratio", json_real((double)report_ratio(r) / 100)) == 0 &&
         json_object_set_new(o, "codec", json_string(r->codec)) == 0 &&
         json_object_set_new(o, "format", json_string(r->format)) == 0;
}

static bool report_need(json_t *o, const struct build *b) {
  bool ok = report_number(o, "size", b->image_bytes) && report_number(o, "needs", b->need.likely) &&
            json_object_set_new(o, "needs_exact", json_boolean(b->need.exact)) == 0;
  return ok && (b->memory == 0 || report_number(o, "memory", b->memory));
}

/* `b` is NULL for a bare archive. */
static int report_json(const struct report *r, const struct build *b) {
  json_t *o = json_object();
  bool ok = o != NULL && show_string(o, "file", r->target, strlen(r->target)) && report_fill(o, r) &&
            (b == NULL || report_need(o, b)) &&
            json_object_set_new(o, "seconds", json_real((double)report_milliseconds(r->say) / 1000)) == 0;
  if (ok && show_json(stdout, o)) return EXIT_DONE;
  if (!ok) json_decref(o);
  return say_error(r->say, EXIT_USAGE, "out of memory");
}

/* --- both ------------------------------------------------------------------------------ */

int report_image(const struct build *b, const char *target) {
  const struct initrd_archive *a = &b->archive;
  const struct report r = {.say = b->say,
                           .target = target,
                           .codec = codec_name((enum codec_id)a->codec),
                           .format = b->tree->pax ? "pax" : "newc",
                           .entries = a->entries,
                           .unpacked = a->unpacked,
                           .stored = a->stored};
  if (strcmp(target, "-") == 0) return EXIT_DONE;
  if (b->say->json) return report_json(&r, b);
  report_packed(&r, b->image_bytes);
  report_memory(b);
  say_info(b->say, "next: mkimage run %s", say_name(target).text);
  return EXIT_DONE;
}

int report_archive(const struct archive_write *a, const char *target) {
  const struct report r = {.say = a->say,
                           .target = target,
                           .codec = codec_name(a->codec),
                           .format = a->format->name,
                           .entries = a->tree->names,
                           .unpacked = a->unpacked,
                           .stored = a->stored};
  if (strcmp(target, "-") == 0) return EXIT_DONE;
  if (a->say->json) return report_json(&r, NULL);
  report_packed(&r, 0);
  return EXIT_DONE;
}
