/* mkimage/config/config_parts.h - what the files of the app.cfg reader share. */
#ifndef MKIMAGE_CONFIG_PARTS_H
#define MKIMAGE_CONFIG_PARTS_H

#include <libconfig.h>

#include "mkimage/config/config.h"

enum { CONFIG_WRAPS = 16 };

struct config_reader {
  const struct say *say;
  const char *file; /* as it was named */
  char *text;       /* NUL-terminated */
  size_t size;
  config_t cfg;
  struct config *c;
  struct recipe_file *entry; /* of `files`, while it is read */
  struct config_test *test;  /* of `tests`, likewise */
  unsigned errors;
  unsigned wrapped[CONFIG_WRAPS], wraps; /* lines of integers that libconfig reads as others: they have been said */
};

/* One row of a group: a setting's name and what takes its value. */
struct config_row {
  const char *name;
  void (*take)(struct config_reader *r, config_setting_t *s);
};

/* "FILE:LINE: message"; counted. */
void config_error(struct config_reader *r, unsigned line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
unsigned config_line(const config_setting_t *s);

/* Each setting of a group goes to its row; unknown ones are errors, with the nearest name. */
void config_group(struct config_reader *r, config_setting_t *group, const struct config_row *rows, const char *title);

/* The value, copied where it is text; an error and NULL/false when it is of another type or out of range. */
const char *config_text(struct config_reader *r, config_setting_t *s);
bool config_whole(struct config_reader *r, config_setting_t *s, int64_t min, int64_t max, int64_t *out);
void config_texts(struct config_reader *r, config_setting_t *s, const char ***list, size_t *n);
bool config_owner(struct config_reader *r, config_setting_t *s, uint32_t *uid, uint32_t *gid);
bool config_mode(struct config_reader *r, config_setting_t *s, uint32_t *bits);
uint32_t config_type(struct config_reader *r, config_setting_t *s);     /* "file" ... as S_IF*; 0 */
const char *config_clean(struct config_reader *r, config_setting_t *s); /* a path of the tree, "a/b" */
bool config_no_memory(struct config_reader *r);

/* Before libconfig: integers that it would wrap, what it would cut or read elsewhere. */
void config_scan(struct config_reader *r);

/* rootfs { } and its files ( ). */
void config_rootfs(struct config_reader *r, config_setting_t *s);
void config_files(struct config_reader *r, config_setting_t *s);

/* tests ( ). */
void config_tests(struct config_reader *r, config_setting_t *s);

#endif
