/* mkimage/pack/bare.c - the archive writer over a file, or over standard output: see bare.h. */
#include "mkimage/pack/bare.h"

#include <string.h>

#include "mkimage/compress/compress.h"
#include "mkimage/lib/output.h"
#include "mkimage/lib/verb.h"
#include "mkimage/pack/archive_write.h"
#include "mkimage/pack/cpio.h"
#include "mkimage/pack/pax.h"
#include "mkimage/pack/report.h"

/* --- the codec ------------------------------------------------------------------- */

static const enum codec_id bare_codecs[] = {CODEC_NONE, CODEC_GZIP, CODEC_LZ4, CODEC_ZSTD, CODEC_XZ};

static bool bare_find(const char *text, size_t len, uint32_t *codec) {
  for (size_t i = 0; i < sizeof bare_codecs / sizeof bare_codecs[0]; i++) {
    const char *name = codec_name(bare_codecs[i]);
    if (strlen(name) != len || memcmp(name, text, len) != 0) continue;
    *codec = bare_codecs[i];
    return true;
  }
  return false;
}

static int bare_codec(struct recipe *r, const struct say *say, const char *text) {
  const char *colon = strchr(text, ':');
  unsigned min, max, usual = 0;
  uint64_t level;
  if (!bare_find(text, colon != NULL ? (size_t)(colon - text) : strlen(text), &r->codec))
    return say_error(say, EXIT_USAGE, "no codec '%s': none, gzip, lz4, zstd or xz, with a level as zstd:19",
                     say_name(text).text);
  bool has = compress_levels((enum codec_id)r->codec, &min, &max, &usual);
  r->level = usual;
  if (colon == NULL) return EXIT_DONE;
  if (!has) return say_error(say, EXIT_USAGE, "%s has no levels", codec_name((enum codec_id)r->codec));
  if (!call_number(colon + 1, max, &level) || level < min)
    return say_error(say, EXIT_USAGE, "%s has levels from %u to %u, not '%s'", codec_name((enum codec_id)r->codec), min,
                     max, say_name(colon + 1).text);
  r->level = (uint32_t)level;
  return EXIT_DONE;
}

int bare_options(struct recipe *r, const struct say *say, const char *format, const char *codec) {
  if (format != NULL && !recipe_format_by_name(format, &r->format))
    return say_error(say, EXIT_USAGE, "no format '%s': newc, pax or auto", say_name(format).text);
  return codec != NULL ? bare_codec(r, say, codec) : EXIT_DONE;
}

int bare_recipe(struct recipe *r, const struct say *say, const char *format, const char *codec) {
  recipe_start(r);
  r->codec = CODEC_NONE;
  r->level = 0;
  r->format = RECIPE_AUTO;
  int status = bare_options(r, say, format, codec);
  if (status != EXIT_DONE || r->format == RECIPE_NEWC) return status; /* which holds no attributes, and says so */
  r->has_xattrs = true;
  return recipe_add_xattr(r, "*") ? EXIT_DONE : say_error(say, EXIT_USAGE, "out of memory");
}

/* --- the file ------------------------------------------------------------------------ */

struct bare_sink {
  struct sink sink;
  struct output *out;
  uint64_t at;
};

static int bare_put(struct sink *sink, const uint8_t *bytes, size_t n) {
  struct bare_sink *s = (struct bare_sink *)sink;
  int status = output_write(s->out, bytes, n, s->at);
  s->at += n;
  return status;
}

int bare_write(const struct say *say, const struct tree *t, const struct recipe *r, const char *target) {
  struct output out;
  struct bare_sink sink = {{bare_put}, &out, 0};
  struct archive_write a = {.say = say,
                            .tree = t,
                            .format = t->pax ? &pax_format : &cpio_format,
                            .codec = (enum codec_id)r->codec,
                            .level = r->level,
                            .check = DIGEST_NONE};
  bool standard = strcmp(target, "-") == 0;
  int status = standard ? output_open_standard(&out, say) : output_open(&out, say, target);
  if (status != EXIT_DONE) return status;
  status = archive_write(&a, &sink.sink);
  if (status == EXIT_DONE) status = output_commit(&out, 0);
  output_drop(&out);
  return status == EXIT_DONE ? report_archive(&a, target) : status;
}
