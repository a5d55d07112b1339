/* mkimage/config/config_rootfs.c - rootfs = { ... } of app.cfg, but its `files`. */
#include <string.h>

#include "formats/codec.h"
#include "mkimage/compress/compress.h"
#include "mkimage/config/config_parts.h"

static const int64_t mtime_max = UINT32_MAX;

static void rootfs_compress(struct config_reader *r, config_setting_t *s) {
  static const struct {
    const char *name;
    enum codec_id codec;
  } known[] = {{"none", CODEC_NONE}, {"gzip", CODEC_GZIP}, {"lz4", CODEC_LZ4}, {"zstd", CODEC_ZSTD}, {"xz", CODEC_XZ}};
  const char *text = config_text(r, s);
  if (text == NULL) return;
  for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
    if (strcmp(known[i].name, text) == 0) {
      r->c->recipe.codec = known[i].codec;
      return;
    }
  config_error(r, config_line(s), "compress must be \"none\", \"gzip\", \"lz4\", \"zstd\" or \"xz\", not \"%s\"",
               say_name(text).text);
}

/* The level depends on compress, which may stand behind it: looked at when all is read. */
static void rootfs_level(struct config_reader *r, config_setting_t *s) {}

static void rootfs_level_late(struct config_reader *r, config_setting_t *group) {
  unsigned min, max, usual = 0;
  int64_t level;
  config_setting_t *s = config_setting_get_member(group, "level");
  bool has = compress_levels((enum codec_id)r->c->recipe.codec, &min, &max, &usual);
  r->c->recipe.level = usual;
  if (s == NULL) return;
  if (!has)
    config_error(r, config_line(s), "level has no meaning with compress = \"none\"");
  else if (config_whole(r, s, min, max, &level))
    r->c->recipe.level = (uint32_t)level;
}

static void rootfs_check(struct config_reader *r, config_setting_t *s) {
  const char *text = config_text(r, s);
  if (text != NULL && !digest_by_name(text, &r->c->recipe.check))
    config_error(r, config_line(s), "check must be \"xxh3\", \"sha256\" or \"none\", not \"%s\"", say_name(text).text);
}

static void rootfs_owner(struct config_reader *r, config_setting_t *s) {
  const char *text = config_setting_get_string(s);
  r->c->recipe.keep_owner = text != NULL && strcmp(text, "keep") == 0;
  if (!r->c->recipe.keep_owner) config_owner(r, s, &r->c->recipe.uid, &r->c->recipe.gid);
}

static void rootfs_mtime(struct config_reader *r, config_setting_t *s) {
  r->c->recipe.has_mtime = config_whole(r, s, 0, mtime_max, &r->c->recipe.mtime);
}

static void rootfs_patterns(struct config_reader *r, config_setting_t *s,
                            bool (*add)(struct recipe *to, const char *pattern)) {
  const char **list = NULL;
  size_t n = 0;
  config_texts(r, s, &list, &n);
  for (size_t i = 0; i < n; i++) {
    if (list[i][strspn(list[i], "/")] == 0)
      config_error(r, config_line(s), "%s: an empty pattern", config_setting_name(s));
    else if (!add(&r->c->recipe, list[i]))
      config_no_memory(r);
  }
}
static void rootfs_exclude(struct config_reader *r, config_setting_t *s) { rootfs_patterns(r, s, recipe_add_exclude); }
static void rootfs_include(struct config_reader *r, config_setting_t *s) { rootfs_patterns(r, s, recipe_add_include); }

static void rootfs_format(struct config_reader *r, config_setting_t *s) {
  const char *text = config_text(r, s);
  if (text != NULL && !recipe_format_by_name(text, &r->c->recipe.format))
    config_error(r, config_line(s), "format must be \"newc\", \"pax\" or \"auto\", not \"%s\"", say_name(text).text);
}

static void rootfs_xattrs(struct config_reader *r, config_setting_t *s) {
  const char **list = NULL;
  size_t n = 0;
  config_texts(r, s, &list, &n);
  r->c->recipe.has_xattrs = true;
  for (size_t i = 0; i < n; i++) {
    if (list[i][0] == 0)
      config_error(r, config_line(s), "xattrs: an empty pattern");
    else if (!recipe_add_xattr(&r->c->recipe, list[i]))
      config_no_memory(r);
  }
}

void config_rootfs(struct config_reader *r, config_setting_t *s) {
  static const struct config_row rows[] = {{"compress", rootfs_compress},
                                           {"level", rootfs_level},
                                           {"check", rootfs_check},
                                           {"owner", rootfs_owner},
                                           {"exclude", rootfs_exclude},
                                           {"include", rootfs_include},
                                           {"format", rootfs_format},
                                           {"xattrs", rootfs_xattrs},
                                           {"mtime", rootfs_mtime},
                                           {"files", config_files},
                                           {NULL, NULL}};
  config_group(r, s, rows, "rootfs");
  if (config_setting_type(s) == CONFIG_TYPE_GROUP) rootfs_level_late(r, s);
}
