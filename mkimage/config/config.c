/* mkimage/config/config.c - reads app.cfg: the file, its outer settings, the manifest they become. */
#include "mkimage/config/config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "formats/limits.h"
#include "formats/manifest.h"
#include "mkimage/config/config_parts.h"

enum { CONFIG_BYTES_MAX = 64 << 20 };

/* --- settings ------------------------------------------------------------------------ */

/* Names become parts of file names. */
static bool config_plain(struct config_reader *r, const config_setting_t *s, const char *text) {
  static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-+";
  bool ok = *text != 0 && *text != '.' && *text != '-' && strspn(text, letters) == strlen(text) && strlen(text) <= 100;
  if (!ok)
    config_error(r, config_line(s),
                 "\"%s\" must be letters, digits and . _ - +, begin with a letter or digit, and "
                 "have at most 100 bytes",
                 say_name(text).text);
  return ok;
}

static void take_name(struct config_reader *r, config_setting_t *s) {
  const char *text = config_text(r, s);
  if (text != NULL && config_plain(r, s, text)) r->c->name = text;
}

static void take_platforms(struct config_reader *r, config_setting_t *s) {
  unsigned before = r->errors;
  config_texts(r, s, &r->c->platform, &r->c->platforms);
  if (r->errors == before && r->c->platforms == 0) config_error(r, config_line(s), "platforms is empty");
  for (size_t i = 0; i < r->c->platforms; i++) {
    config_plain(r, s, r->c->platform[i]);
    for (size_t k = 0; k < i; k++)
      if (strcmp(r->c->platform[i], r->c->platform[k]) == 0)
        config_error(r, config_line(s), "platforms names \"%s\" twice", say_name(r->c->platform[i]).text);
  }
}

/* A number is MiB; text may say the unit: "64M", "1 GiB". */
static void take_memory(struct config_reader *r, config_setting_t *s) {
  static const struct {
    char letter;
    unsigned shift;
  } units[] = {{'K', 10}, {'M', 20}, {'G', 30}};
  int64_t n;
  if (config_setting_type(s) != CONFIG_TYPE_STRING) {
    if (config_whole(r, s, 1, 1 << 20, &n)) r->c->memory = (uint64_t)n << 20;
    return;
  }
  char *end;
  const char *text = config_setting_get_string(s);
  errno = 0;
  unsigned long long value = strtoull(text, &end, 10);
  unsigned shift = *end == 0 ? 20 : 0;
  bool ok = errno == 0 && text[0] >= '0' && text[0] <= '9' && value > 0;
  end += strspn(end, " ");
  for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
    if (*end == units[i].letter && (end[1] == 0 || strcmp(end + 1, "iB") == 0)) shift = units[i].shift;
  if (!ok || shift == 0 || value > ((uint64_t)1 << 40) >> shift)
    config_error(r, config_line(s), "memory must be a number of MiB, or text like \"64M\" or \"1G\", up to 1 TiB");
  else
    r->c->memory = (uint64_t)value << shift;
}

static void take_external(struct config_reader *r, config_setting_t *s) {
  const char *text = config_text(r, s);
  if (text == NULL) return;
  bool known = strcmp(text, "replace") == 0 || strcmp(text, "any") == 0 || strcmp(text, "overlay") == 0;
  if (!known && strcmp(text, "refuse") != 0)
    config_error(r, config_line(s), "external must be \"replace\", \"any\", \"overlay\" or \"refuse\", not \"%s\"",
                 say_name(text).text);
  r->c->external = text;
}

static const char *config_absolute(struct config_reader *r, config_setting_t *s) {
  const char *text = config_text(r, s);
  if (text == NULL || (text[0] == '/' && strlen(text) < LIMIT_PATH)) return text;
  config_error(r, config_line(s), "%s must be an absolute path below %d bytes, not \"%s\"", config_setting_name(s),
               LIMIT_PATH, say_name(text).text);
  return NULL;
}

static void take_path(struct config_reader *r, config_setting_t *s) { r->c->program = config_absolute(r, s); }
static void take_args(struct config_reader *r, config_setting_t *s) {
  config_texts(r, s, &r->c->arg, &r->c->args);
  r->c->has_args = true;
}

static void take_env(struct config_reader *r, config_setting_t *s) {
  config_texts(r, s, &r->c->env, &r->c->envs);
  for (size_t i = 0; i < r->c->envs; i++)
    if (r->c->env[i][0] == '=' || strchr(r->c->env[i], '=') == NULL)
      config_error(r, config_line(s), "env: \"%s\" is not of the form NAME=value", say_name(r->c->env[i]).text);
}

static void take_cwd(struct config_reader *r, config_setting_t *s) {
  const char *text = config_absolute(r, s);
  if (text != NULL) r->c->cwd = text;
  r->c->has_cwd = true;
}

static void take_stdin(struct config_reader *r, config_setting_t *s) {
  const char *text = config_setting_get_string(s);
  r->c->has_input = true;
  bool word = text != NULL && (strcmp(text, "console") == 0 || strcmp(text, "null") == 0);
  if (text != NULL && !word && text[0] != '/')
    config_error(r, config_line(s), "stdin must be \"console\", \"null\" or an absolute path, not \"%s\"",
                 say_name(text).text);
  else if ((text = config_text(r, s)) != NULL)
    r->c->input = text;
}

static void take_program(struct config_reader *r, config_setting_t *s) {
  static const struct config_row rows[] = {{"path", take_path}, {"args", take_args},   {"env", take_env},
                                           {"cwd", take_cwd},   {"stdin", take_stdin}, {NULL, NULL}};
  config_group(r, s, rows, "program");
  size_t bytes = r->c->program != NULL ? strlen(r->c->program) + 1 : 0;
  for (size_t i = 0; i < r->c->args; i++) bytes += strlen(r->c->arg[i]) + 1;
  for (size_t i = 0; i < r->c->envs; i++) bytes += strlen(r->c->env[i]) + 1;
  if (bytes > LIMIT_ARGS)
    config_error(r, config_line(s), "args and env have %zu bytes together; %d is the limit", bytes, LIMIT_ARGS);
}

/* --- the file ------------------------------------------------------------------------------ */

/* "file:line: message", and the line itself. */
static void config_syntax(struct config_reader *r) {
  unsigned line = (unsigned)config_error_line(&r->cfg);
  const char *at = r->text;
  bool syntax = strcmp(config_error_text(&r->cfg), "syntax error") == 0;
  config_error(r, line, "%s%s", config_error_text(&r->cfg),
               syntax ? " here or just before: NAME = VALUE; with a text in \"\", a list in [ ], groups in { }" : "");
  for (unsigned i = 1; i < line && at != NULL; i++) at = (at = strchr(at, '\n')) != NULL ? at + 1 : NULL;
  if (at != NULL && strcspn(at, "\r\n") > 0) say_quote(say_bytes(at, strcspn(at, "\r\n")).text);
}

static void config_settings(struct config_reader *r) {
  static const struct config_row rows[] = {
      {"name", take_name},       {"platforms", take_platforms}, {"memory", take_memory}, {"program", take_program},
      {"rootfs", config_rootfs}, {"external", take_external},   {"tests", config_tests}, {NULL, NULL}};
  config_setting_t *root = config_root_setting(&r->cfg);
  config_group(r, root, rows, "app.cfg");
  if (config_setting_get_member(root, "name") == NULL) config_error(r, 1, "the setting name is missing");
}

static int config_slurp(struct config_reader *r) {
  struct stat st;
  int fd = open(r->file, O_RDONLY | O_CLOEXEC), status = EXIT_DONE;
  if (fd < 0 || fstat(fd, &st) != 0)
    status = say_errno(r->say, r->file, "cannot open", errno);
  else if (S_ISDIR(st.st_mode))
    status = say_error(r->say, EXIT_USAGE,
                       "%s: not a regular file but a directory; app.cfg comes first: mkimage app.cfg ROOTFS",
                       say_name(r->file).text);
  else if (!S_ISREG(st.st_mode))
    status = say_error(r->say, EXIT_USAGE, "%s: not a regular file", say_name(r->file).text);
  else if (st.st_size > CONFIG_BYTES_MAX)
    status = say_error(r->say, EXIT_USAGE, "%s: too large for an app.cfg", say_name(r->file).text);
  else if ((r->text = calloc(1, (size_t)st.st_size + 1)) == NULL)
    status = say_error(r->say, EXIT_USAGE, "out of memory");
  else {
    ssize_t n = read(fd, r->text, (size_t)st.st_size);
    if (n < 0)
      status = say_errno(r->say, r->file, "cannot read", errno);
    else
      r->size = (size_t)n;
  }
  if (fd >= 0) close(fd);
  return status;
}

int config_load(struct config *c, const struct say *say, const char *path) {
  static const char *usual[] = {"kvm-x86_64"};
  struct config_reader r = {.say = say, .file = path, .c = c};
  *c = (struct config){
      .file = path, .platform = usual, .platforms = 1, .cwd = "/", .input = "console", .external = "replace"};
  recipe_start(&c->recipe);
  int status = config_slurp(&r);
  if (status == EXIT_DONE) {
    config_init(&r.cfg);
    config_scan(&r);
    if (r.size == strlen(r.text)) {
      if (config_read_string(&r.cfg, r.text))
        config_settings(&r);
      else
        config_syntax(&r);
    }
    config_destroy(&r.cfg);
    if (r.errors > 0) status = EXIT_USAGE;
  }
  free(r.text);
  return status;
}

void config_drop(struct config *c) { recipe_drop(&c->recipe); }
