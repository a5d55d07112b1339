/* mkimage/config/config_tests.c - tests of app.cfg: what must be true of the tree, and of a boot. */
#include <regex.h>
#include <string.h>

#include "mkimage/config/config_parts.h"

enum { TEST_TIMEOUT = 60, TEST_TIMEOUT_MAX = 1000000 };

/* --- of either kind ------------------------------------------------------------------- */

static void tests_name(struct config_reader *r, config_setting_t *s) {
  r->test->name = config_text(r, s);
  if (r->test->name != NULL && *r->test->name == 0) config_error(r, config_line(s), "name is empty");
}

static void tests_equals(struct config_reader *r, config_setting_t *s) { r->test->equals = config_text(r, s); }

/* It is compiled here only to be told what is wrong with it. */
static void tests_matches(struct config_reader *r, config_setting_t *s) {
  char why[256];
  regex_t re;
  const char *text = config_text(r, s);
  if (text == NULL) return;
  int rc = regcomp(&re, text, REG_EXTENDED | REG_NOSUB | REG_NEWLINE);
  if (rc == 0) {
    r->test->matches = text;
    regfree(&re);
    return;
  }
  regerror(rc, &re, why, sizeof why);
  config_error(r, config_line(s), "matches is no extended regular expression: %s", why);
}

/* --- of the tree ------------------------------------------------------------------------ */

static void tests_path(struct config_reader *r, config_setting_t *s) { r->test->path = config_clean(r, s); }
static void tests_type(struct config_reader *r, config_setting_t *s) { r->test->type = config_type(r, s); }

static void tests_mode(struct config_reader *r, config_setting_t *s) {
  r->test->has_mode = config_mode(r, s, &r->test->mode);
}

static void tests_owner(struct config_reader *r, config_setting_t *s) {
  r->test->has_owner = config_owner(r, s, &r->test->uid, &r->test->gid);
}

static void tests_target(struct config_reader *r, config_setting_t *s) { r->test->target = config_text(r, s); }

static bool tests_bool(struct config_reader *r, config_setting_t *s, bool *out) {
  bool ok = config_setting_type(s) == CONFIG_TYPE_BOOL;
  if (ok)
    *out = config_setting_get_bool(s);
  else
    config_error(r, config_line(s), "%s must be true or false", config_setting_name(s));
  return ok;
}

static void tests_there(struct config_reader *r, config_setting_t *s, bool negated) {
  bool value;
  const char *other = negated ? "exists" : "absent";
  if (!tests_bool(r, s, &value)) return;
  if (config_setting_get_member(config_setting_parent(s), other) != NULL && !negated)
    config_error(r, config_line(s), "exists and absent say the same; one of them is enough");
  r->test->absent = value == negated;
}
static void tests_exists(struct config_reader *r, config_setting_t *s) { tests_there(r, s, false); }
static void tests_absent(struct config_reader *r, config_setting_t *s) { tests_there(r, s, true); }

static void tests_sha256(struct config_reader *r, config_setting_t *s) {
  const char *text = config_text(r, s);
  if (text == NULL) return;
  char *digits = pool_copy(&r->c->recipe.pool, text, strlen(text));
  if (digits == NULL) {
    config_no_memory(r);
    return;
  }
  for (char *p = digits; *p != 0; p++)
    if (*p >= 'A' && *p <= 'F') *p += 'a' - 'A';
  if (strlen(digits) == 64 && strspn(digits, "0123456789abcdef") == 64)
    r->test->sha256 = digits;
  else
    config_error(r, config_line(s), "sha256 must have 64 hexadecimal digits, as sha256sum(1) prints them");
}

/* --- of a boot ---------------------------------------------------------------------------- */

static void tests_args(struct config_reader *r, config_setting_t *s) {
  config_texts(r, s, &r->test->arg, &r->test->args);
  r->test->has_args = true;
}

static void tests_stdin(struct config_reader *r, config_setting_t *s) { r->test->input = config_text(r, s); }

/* One text, or a list of them. */
static void tests_parts(struct config_reader *r, config_setting_t *s, const char ***list, size_t *n) {
  unsigned before = r->errors;
  if (config_setting_type(s) != CONFIG_TYPE_STRING) {
    config_texts(r, s, list, n);
  } else if ((*list = pool_take(&r->c->recipe.pool, sizeof **list)) == NULL) {
    config_no_memory(r);
  } else if (((*list)[0] = config_text(r, s)) != NULL)
    *n = 1;
  bool empty = *n == 0;
  for (size_t i = 0; i < *n; i++) empty = empty || (*list)[i][0] == 0;
  if (r->errors == before && empty) config_error(r, config_line(s), "%s is empty", config_setting_name(s));
}

static void tests_expect(struct config_reader *r, config_setting_t *s) {
  tests_parts(r, s, &r->test->expect, &r->test->expects);
}

static void tests_stderr(struct config_reader *r, config_setting_t *s) {
  tests_parts(r, s, &r->test->expect_error, &r->test->expect_errors);
}

static void tests_status(struct config_reader *r, config_setting_t *s) { config_whole(r, s, 0, 255, &r->test->status); }

static void tests_timeout(struct config_reader *r, config_setting_t *s) {
  int64_t seconds = TEST_TIMEOUT;
  if (config_whole(r, s, 1, TEST_TIMEOUT_MAX, &seconds)) r->test->timeout = (uint64_t)seconds;
}

/* --- the list -------------------------------------------------------------------------------- */

/* The first of these settings that is there, or NULL. */
static const config_setting_t *tests_has(const config_setting_t *s, const char *const *names) {
  const config_setting_t *found = NULL;
  for (; found == NULL && *names != NULL; names++) found = config_setting_get_member(s, *names);
  return found;
}

/* Which settings may stand together. */
static void tests_whole(struct config_reader *r, const config_setting_t *s) {
  static const char *const boot[] = {"args", "stdin", "expect", "stderr", "status", "timeout", NULL};
  static const char *const there[] = {"type", "mode", "owner", "target", "sha256", NULL};
  static const char *const either[] = {"equals", "matches", NULL};
  const config_setting_t *of_boot = tests_has(s, boot), *of_tree = tests_has(s, there), *of_both = tests_has(s, either);
  bool path = config_setting_get_member(s, "path") != NULL;
  if (of_tree == NULL) of_tree = config_setting_get_member(s, "exists");
  if (of_tree == NULL) of_tree = config_setting_get_member(s, "absent");
  if (path && of_boot != NULL)
    config_error(r, config_line(of_boot), "%s is said of a boot, and a test with a path of what is in the tree",
                 config_setting_name(of_boot));
  else if (!path && of_tree != NULL)
    config_error(r, config_line(of_tree), "%s needs a path", config_setting_name(of_tree));
  else if (!path && of_boot == NULL && of_both == NULL)
    config_error(r, config_line(s), "a test needs a path, or what is to come of a boot (args, expect, status ...)");
  else if (path && r->test->absent && (tests_has(s, there) != NULL || of_both != NULL))
    config_error(r, config_line(s), "what is absent has no other attributes");
}

static void tests_one(struct config_reader *r, config_setting_t *s) {
  static const struct config_row rows[] = {
      {"name", tests_name},     {"path", tests_path},       {"exists", tests_exists},
      {"absent", tests_absent}, {"type", tests_type},       {"mode", tests_mode},
      {"owner", tests_owner},   {"equals", tests_equals},   {"matches", tests_matches},
      {"sha256", tests_sha256}, {"target", tests_target},   {"args", tests_args},
      {"stdin", tests_stdin},   {"expect", tests_expect},   {"stderr", tests_stderr},
      {"status", tests_status}, {"timeout", tests_timeout}, {NULL, NULL}};
  unsigned before = r->errors;
  *r->test = (struct config_test){.timeout = TEST_TIMEOUT};
  config_group(r, s, rows, "an entry of tests");
  if (r->errors == before) tests_whole(r, s);
}

void config_tests(struct config_reader *r, config_setting_t *s) {
  if (config_setting_type(s) != CONFIG_TYPE_LIST) {
    config_error(r, config_line(s), "tests must be a list of groups: ( { ... }, { ... } )");
    return;
  }
  size_t count = (size_t)config_setting_length(s);
  r->c->test = pool_take(&r->c->recipe.pool, (count + 1) * sizeof *r->c->test);
  for (size_t i = 0; r->c->test != NULL && i < count; i++) {
    r->test = &r->c->test[r->c->tests++];
    tests_one(r, config_setting_get_elem(s, (unsigned)i));
  }
  if (r->c->test == NULL) config_no_memory(r);
}
