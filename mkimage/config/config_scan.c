/* mkimage/config/config_scan.c - what libconfig 1.5 does silently, seen in the text before it does it.
 *
 * It reads integers with atoi, so that 4294967297 becomes 1, drops a \x00 from a string, and opens what @include names.
 * tests/unit/mkimage_config.c will say when these may go.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "mkimage/config/config_parts.h"

struct scan {
  struct config_reader *r;
  const char *at;
  unsigned line;
};

static void scan_step(struct scan *s) {
  if (*s->at == '\n') s->line++;
  s->at++;
}

/* Moves behind the next occurrence of `end`, or to the end of the text. */
static void scan_past(struct scan *s, const char *end) {
  while (*s->at != 0 && strncmp(s->at, end, strlen(end)) != 0) scan_step(s);
  for (size_t i = strlen(end); i > 0 && *s->at != 0; i--) scan_step(s);
}

static void scan_string(struct scan *s) {
  for (scan_step(s); *s->at != 0 && *s->at != '"'; scan_step(s)) {
    if (*s->at != '\\' || s->at[1] == 0) continue;
    if (strncmp(s->at, "\\x00", 4) == 0)
      config_error(s->r, s->line, "a string cannot hold \\x00; put such content into a file and name it as `source`");
    scan_step(s);
  }
  if (*s->at != 0) scan_step(s);
}

/* A number: sign, digits or 0x, then perhaps L or LL; floats are left to libconfig. */
static void scan_number(struct scan *s) {
  const char *begin = s->at, *digits = begin + (*begin == '-' || *begin == '+');
  bool hex = digits[0] == '0' && (digits[1] == 'x' || digits[1] == 'X');
  const char *end =
      hex ? digits + 2 + strspn(digits + 2, "0123456789abcdefABCDEF") : digits + strspn(digits, "0123456789");
  s->at = end;
  if (!hex && (*end == '.' || *end == 'e' || *end == 'E')) {
    s->at += strspn(end, ".0123456789eE+-");
    return;
  }
  bool wide = *end == 'L';
  errno = 0;
  long long value = strtoll(begin, NULL, hex ? 16 : 10);
  bool narrow = value >= INT32_MIN && value <= INT32_MAX;
  s->at += strspn(end, "L");
  if (errno != ERANGE && (wide || narrow)) return;
  config_error(s->r, s->line, "%.*s does not fit into %d bits%s", (int)(end - begin > 40 ? 40 : end - begin), begin,
               errno == ERANGE ? 64 : 32, errno == ERANGE ? "" : "; write it with an L behind it");
  if (s->r->wraps < CONFIG_WRAPS) s->r->wrapped[s->r->wraps++] = s->line;
}

/* Does libconfig take it?  Only at a line's beginning. */
static bool scan_is_include(const struct scan *s) {
  const char *from = s->at;
  while (from > s->r->text && (from[-1] == ' ' || from[-1] == '\t')) from--;
  return (from == s->r->text || from[-1] == '\n') && strncmp(s->at, "@include", 8) == 0;
}

/* What libconfig would open goes out of its sight. */
static void scan_include(struct scan *s) {
  config_error(s->r, s->line, "@include is not taken here; an app.cfg is one file");
  if (scan_is_include(s))
    for (char *p = s->r->text + (s->at - s->r->text); *p != 0 && *p != '\n'; p++) *p = ' ';
  scan_past(s, "\n");
}

static void scan_one(struct scan *s) {
  const char *p = s->at;
  bool sign = (*p == '-' || *p == '+') && isdigit((unsigned char)p[1]);
  if (*p == '#' || (p[0] == '/' && p[1] == '/'))
    scan_past(s, "\n");
  else if (p[0] == '/' && p[1] == '*')
    scan_past(s, "*/");
  else if (*p == '"')
    scan_string(s);
  else if (*p == '@')
    scan_include(s);
  else if (sign || isdigit((unsigned char)*p))
    scan_number(s);
  else if (isalpha((unsigned char)*p) || *p == '*')
    while (isalnum((unsigned char)*s->at) || (*s->at != 0 && strchr("-_*", *s->at) != NULL)) scan_step(s);
  else
    scan_step(s);
}

void config_scan(struct config_reader *r) {
  struct scan s = {r, r->text, 1};
  if (strlen(r->text) != r->size) {
    for (size_t i = 0; i < strlen(r->text); i++) s.line += r->text[i] == '\n';
    config_error(r, s.line, "a NUL byte; this is no text file");
    return;
  }
  while (*s.at != 0) scan_one(&s);
}
