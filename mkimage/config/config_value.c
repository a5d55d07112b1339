/* mkimage/config/config_value.c - values of app.cfg out of libconfig's settings, with their errors. */
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mkimage/config/config_parts.h"
#include "mkimage/lib/near.h"

unsigned config_line(const config_setting_t *s) {
  unsigned line = config_setting_source_line(s);
  return line > 0 ? line : 1;
}

void config_error(struct config_reader *r, unsigned line, const char *format, ...) {
  va_list args;
  va_start(args, format);
  fprintf(stderr, "%s:%u: ", say_name(r->file).text, line);
  vfprintf(stderr, format, args);
  putc('\n', stderr);
  va_end(args);
  r->errors++;
}

bool config_no_memory(struct config_reader *r) {
  config_error(r, 1, "out of memory");
  return false;
}

/* --- groups -------------------------------------------------------------------------- */

static void config_unknown(struct config_reader *r, const config_setting_t *s, const struct config_row *rows,
                           const char *title) {
  const char *name = config_setting_name(s);
  struct near n = near_start(name);
  for (; rows->name != NULL; rows++) near_try(&n, rows->name);
  if (n.nearest != NULL)
    config_error(r, config_line(s), "unknown setting '%s' in %s; is '%s' meant?", name, title, n.nearest);
  else
    config_error(r, config_line(s), "unknown setting '%s' in %s", name, title);
}

void config_group(struct config_reader *r, config_setting_t *group, const struct config_row *rows, const char *title) {
  if (config_setting_type(group) != CONFIG_TYPE_GROUP) {
    config_error(r, config_line(group), "%s must be a group: { ... }", title);
    return;
  }
  for (int i = 0; i < config_setting_length(group); i++) {
    config_setting_t *s = config_setting_get_elem(group, (unsigned)i);
    const struct config_row *row = rows;
    while (row->name != NULL && strcmp(row->name, config_setting_name(s)) != 0) row++;
    if (row->name != NULL)
      row->take(r, s);
    else
      config_unknown(r, s, rows, title);
  }
}

/* --- values --------------------------------------------------------------------------- */

/* A list's element has no name of its own. */
static const char *config_name(const config_setting_t *s) {
  const char *name = config_setting_name(s);
  if (name != NULL) return name;
  const config_setting_t *parent = config_setting_parent(s);
  return parent != NULL && config_setting_name(parent) != NULL ? config_setting_name(parent) : "it";
}

const char *config_text(struct config_reader *r, config_setting_t *s) {
  if (config_setting_type(s) != CONFIG_TYPE_STRING) {
    config_error(r, config_line(s), "%s must be text in quotes", config_name(s));
    return NULL;
  }
  const char *value = config_setting_get_string(s);
  const char *copy = pool_copy(&r->c->recipe.pool, value, strlen(value));
  if (copy == NULL) config_no_memory(r);
  return copy;
}

/* Decimal digits in quotes, for what does not fit into libconfig's integers. */
static bool config_digits(const char *text, int64_t *out) {
  int64_t n = 0;
  if (*text == 0 || strlen(text) > 18) return false;
  for (; isdigit((unsigned char)*text); text++) n = n * 10 + (*text - '0');
  *out = n;
  return *text == 0;
}

/* Has an integer of this line been said to wrap?  What libconfig made of it is of no interest. */
static bool config_wrapped(const struct config_reader *r, unsigned line) {
  for (unsigned i = 0; i < r->wraps; i++)
    if (r->wrapped[i] == line) return true;
  return false;
}

bool config_whole(struct config_reader *r, config_setting_t *s, int64_t min, int64_t max, int64_t *out) {
  bool ok = true;
  int type = config_setting_type(s);
  if (type == CONFIG_TYPE_INT)
    *out = config_setting_get_int(s);
  else if (type == CONFIG_TYPE_INT64)
    *out = config_setting_get_int64(s);
  else
    ok = type == CONFIG_TYPE_STRING && config_digits(config_setting_get_string(s), out);
  if (!ok)
    config_error(r, config_line(s), "%s must be a whole number", config_name(s));
  else if ((*out < min || *out > max) && !config_wrapped(r, config_line(s)))
    config_error(r, config_line(s), "%s is %lld; it must be from %lld to %lld", config_name(s), (long long)*out,
                 (long long)min, (long long)max);
  return ok && *out >= min && *out <= max;
}

void config_texts(struct config_reader *r, config_setting_t *s, const char ***list, size_t *n) {
  int type = config_setting_type(s);
  if (type != CONFIG_TYPE_LIST && type != CONFIG_TYPE_ARRAY) {
    config_error(r, config_line(s), "%s must be a list of texts: [ \"...\", \"...\" ]", config_name(s));
    return;
  }
  int count = config_setting_length(s);
  *n = 0;
  *list = pool_take(&r->c->recipe.pool, ((size_t)count + 1) * sizeof **list);
  if (*list == NULL) {
    config_no_memory(r);
    return;
  }
  for (int i = 0; i < count; i++) {
    const char *text = config_text(r, config_setting_get_elem(s, (unsigned)i));
    if (text != NULL) (*list)[(*n)++] = text;
  }
}

bool config_owner(struct config_reader *r, config_setting_t *s, uint32_t *uid, uint32_t *gid) {
  const char *text = config_text(r, s);
  if (text == NULL) return false;
  const char *colon = strchr(text, ':');
  char first[24];
  int64_t u = -1, g = -1;
  if (colon != NULL && (size_t)(colon - text) < sizeof first) {
    memcpy(first, text, (size_t)(colon - text));
    first[colon - text] = 0;
    if (!config_digits(first, &u)) u = -1;
    if (!config_digits(colon + 1, &g)) g = -1;
  }
  if (u < 0 || u > (int64_t)UINT32_MAX || g < 0 || g > (int64_t)UINT32_MAX) {
    config_error(r, config_line(s), "owner must be \"UID:GID\", two numbers up to 4294967295, not \"%s\"",
                 say_name(text).text);
    return false;
  }
  *uid = (uint32_t)u;
  *gid = (uint32_t)g;
  return true;
}
