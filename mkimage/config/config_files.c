/* mkimage/config/config_files.c - rootfs.files of app.cfg: entries that the directory does not hold. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "formats/err.h"
#include "formats/limits.h"
#include "formats/path.h"
#include "mkimage/config/config_parts.h"

/* What an entry is follows from one of its settings; two that disagree are an error. */
static bool files_type(struct config_reader *r, const config_setting_t *s, uint32_t type) {
  uint32_t before = r->entry->mode & S_IFMT;
  if (before != 0 && before != type) {
    config_error(r, config_line(s), "%s contradicts what this entry was said to be before", config_setting_name(s));
    return false;
  }
  r->entry->mode |= type;
  return true;
}

const char *config_clean(struct config_reader *r, config_setting_t *s) {
  char clean[LIMIT_PATH];
  const char *text = config_text(r, s), *copy = NULL;
  if (text == NULL) return NULL;
  int rc = path_clean(text, strlen(text), clean, sizeof clean);
  if (rc < 0)
    config_error(r, config_line(s), "path \"%s\": %s", say_name(text).text,
                 rc == ERR_NAMETOOLONG ? "too long" : "not allowed (\"..\" leads out of the tree)");
  else if ((copy = pool_copy(&r->c->recipe.pool, clean, strlen(clean))) == NULL)
    config_no_memory(r);
  return copy;
}

static void files_path(struct config_reader *r, config_setting_t *s) {
  const char *clean = config_clean(r, s);
  if (clean != NULL) r->entry->path = clean;
}

uint32_t config_type(struct config_reader *r, config_setting_t *s) {
  static const struct {
    const char *name;
    uint32_t type;
  } known[] = {{"file", S_IFREG}, {"dir", S_IFDIR}, {"symlink", S_IFLNK},
               {"fifo", S_IFIFO}, {"chr", S_IFCHR}, {"blk", S_IFBLK}};
  const char *text = config_text(r, s);
  for (size_t i = 0; text != NULL && i < sizeof known / sizeof known[0]; i++)
    if (strcmp(known[i].name, text) == 0) return known[i].type;
  if (text != NULL)
    config_error(r, config_line(s),
                 "type must be \"file\", \"dir\", \"symlink\", \"fifo\", \"chr\" or \"blk\", not \"%s\"",
                 say_name(text).text);
  return 0;
}

static void files_kind(struct config_reader *r, config_setting_t *s) {
  uint32_t type = config_type(r, s);
  if (type != 0) files_type(r, s, type);
}

bool config_mode(struct config_reader *r, config_setting_t *s, uint32_t *bits) {
  if (config_setting_type(s) != CONFIG_TYPE_STRING) {
    config_error(r, config_line(s),
                 "mode must be an octal number in quotes, like \"0644\": without them it would be read as decimal");
    return false;
  }
  const char *text = config_setting_get_string(s);
  if (*text == 0 || strspn(text, "01234567") != strlen(text) || strlen(text) > 5 || strtol(text, NULL, 8) > 07777) {
    config_error(r, config_line(s), "mode must be an octal number up to \"7777\", not \"%s\"", say_name(text).text);
    return false;
  }
  *bits = (uint32_t)strtol(text, NULL, 8);
  return true;
}

static void files_mode(struct config_reader *r, config_setting_t *s) {
  uint32_t bits = 0;
  r->entry->has_mode = config_mode(r, s, &bits);
  r->entry->mode |= bits;
}

static void files_owner(struct config_reader *r, config_setting_t *s) {
  r->entry->has_owner = config_owner(r, s, &r->entry->uid, &r->entry->gid);
}

static void files_mtime(struct config_reader *r, config_setting_t *s) {
  r->entry->has_mtime = config_whole(r, s, 0, UINT32_MAX, &r->entry->mtime);
}

static void files_content(struct config_reader *r, config_setting_t *s) {
  const char *text = config_text(r, s);
  if (text == NULL || !files_type(r, s, S_IFREG)) return;
  if (r->entry->content != NULL) config_error(r, config_line(s), "content and source exclude each other");
  r->entry->content = (const uint8_t *)text;
  r->entry->size = strlen(text);
}

/* All of an open file, in memory of the recipe's pool. */
static const uint8_t *files_read(struct config_reader *r, int fd, uint64_t size) {
  uint8_t *bytes = pool_take(&r->c->recipe.pool, (size_t)size + 1);
  for (uint64_t have = 0; bytes != NULL && have < size;) {
    ssize_t n = pread(fd, bytes + have, (size_t)(size - have), (off_t)have);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return NULL;
    have += (uint64_t)n;
  }
  return bytes;
}

static void files_source_open(struct config_reader *r, config_setting_t *s, const char *path) {
  struct stat st;
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
  if (fd < 0 || fstat(fd, &st) != 0) {
    config_error(r, config_line(s), "source %s: %s", say_name(path).text, strerror(errno));
  } else if (!S_ISREG(st.st_mode) || (uint64_t)st.st_size > UINT32_MAX) {
    config_error(r, config_line(s), "source %s: not a regular file below 4 GiB", say_name(path).text);
  } else if ((r->entry->content = files_read(r, fd, (uint64_t)st.st_size)) == NULL) {
    config_error(r, config_line(s), "source %s: cannot read it", say_name(path).text);
  } else {
    r->entry->size = r->entry->source_size = (uint64_t)st.st_size;
    digest_over(DIGEST_SHA256, r->entry->content, r->entry->size, r->entry->digest);
  }
  if (fd >= 0) close(fd);
}

/* A relative path is relative to app.cfg. */
static void files_source(struct config_reader *r, config_setting_t *s) {
  char path[LIMIT_PATH];
  const char *text = config_text(r, s), *slash = strrchr(r->file, '/');
  if (text == NULL || !files_type(r, s, S_IFREG)) return;
  int dir = text[0] == '/' || slash == NULL ? 0 : (int)(slash - r->file) + 1;
  if (snprintf(path, sizeof path, "%.*s%s", dir, r->file, text) >= (int)sizeof path)
    config_error(r, config_line(s), "source: a path that is too long");
  else if (r->entry->content != NULL)
    config_error(r, config_line(s), "content and source exclude each other");
  else
    files_source_open(r, s, path);
  r->entry->source = text;
  r->entry->host = pool_copy(&r->c->recipe.pool, path, strlen(path));
}

static void files_target(struct config_reader *r, config_setting_t *s) {
  const char *text = config_text(r, s);
  if (text == NULL || !files_type(r, s, S_IFLNK)) return;
  if (*text == 0 || strlen(text) > LIMIT_TARGET)
    config_error(r, config_line(s), "target must have 1 to %d bytes", LIMIT_TARGET);
  r->entry->target = text;
}

static void files_true(struct config_reader *r, config_setting_t *s, uint32_t type) {
  if (config_setting_type(s) != CONFIG_TYPE_BOOL || !config_setting_get_bool(s))
    config_error(r, config_line(s), "%s can only be true", config_setting_name(s));
  else
    files_type(r, s, type);
}
static void files_dir(struct config_reader *r, config_setting_t *s) { files_true(r, s, S_IFDIR); }
static void files_fifo(struct config_reader *r, config_setting_t *s) { files_true(r, s, S_IFIFO); }

/* "c 1 3", or "1:3" beside a type. */
static void files_device(struct config_reader *r, config_setting_t *s) {
  char kind = 0, more;
  unsigned long long major = 0, minor = 0;
  const char *text = config_text(r, s);
  if (text == NULL) return;
  bool plain = strspn(text, "cb :0123456789") == strlen(text) && strlen(text) <= 24;
  bool letter = plain && sscanf(text, "%c %llu %llu%c", &kind, &major, &minor, &more) == 3;
  bool pair = plain && !letter && sscanf(text, "%llu:%llu%c", &major, &minor, &more) == 2;
  if ((letter && kind != 'c' && kind != 'b') || !(letter || pair) || major > UINT32_MAX || minor > UINT32_MAX) {
    config_error(r, config_line(s), "device must be like \"c 1 3\" or \"b 8 0\", not \"%s\"", say_name(text).text);
    return;
  }
  if (letter) files_type(r, s, kind == 'c' ? S_IFCHR : S_IFBLK);
  r->entry->major = (uint32_t)major;
  r->entry->minor = (uint32_t)minor;
}

/* What the settings of one entry must be together. */
static void files_whole(struct config_reader *r, config_setting_t *s) {
  static const struct config_row rows[] = {
      {"path", files_path},   {"type", files_kind},       {"mode", files_mode},     {"owner", files_owner},
      {"mtime", files_mtime}, {"content", files_content}, {"source", files_source}, {"target", files_target},
      {"dir", files_dir},     {"device", files_device},   {"fifo", files_fifo},     {NULL, NULL}};
  unsigned before = r->errors;
  config_group(r, s, rows, "an entry of files");
  if (r->errors != before) return;
  uint32_t type = r->entry->mode & S_IFMT;
  if (r->entry->path == NULL)
    config_error(r, config_line(s), "an entry of files needs a path");
  else if (type == S_IFLNK && r->entry->target == NULL)
    config_error(r, config_line(s), "a symlink needs a target");
  else if (type == S_IFLNK && r->entry->has_mode)
    config_error(r, config_line(s), "a symlink has no mode of its own");
  else if ((type == S_IFCHR || type == S_IFBLK) != (config_setting_get_member(s, "device") != NULL))
    config_error(r, config_line(s), "a device node needs device = \"c MAJOR MINOR\" or \"b MAJOR MINOR\"");
  else if (strcmp(r->entry->path, ".") == 0 && type != 0 && type != S_IFDIR)
    config_error(r, config_line(s), "the root can only be a directory");
}

void config_files(struct config_reader *r, config_setting_t *s) {
  if (config_setting_type(s) != CONFIG_TYPE_LIST) {
    config_error(r, config_line(s), "files must be a list of groups: ( { ... }, { ... } )");
    return;
  }
  for (int i = 0; i < config_setting_length(s); i++) {
    r->entry = recipe_add_file(&r->c->recipe);
    if (r->entry == NULL) {
      config_no_memory(r);
      return;
    }
    files_whole(r, config_setting_get_elem(s, (unsigned)i));
  }
}
