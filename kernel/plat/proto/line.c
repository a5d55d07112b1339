/* kernel/plat/proto/line.c - the boot line, word by word. */
#include "kernel/plat/proto/line.h"

#include <stdlib.h>
#include <string.h>

#include "formats/err.h"

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

int line_next(const char **at, char *out, size_t n) {
  const char *p = *at;
  size_t used = 0;
  bool quoted = false, any = false;
  while (is_blank(*p)) p++;
  for (; *p && (quoted || !is_blank(*p)); p++) {
    any = true;
    if (*p == '"') {
      quoted = !quoted;
      continue;
    }
    if (quoted && *p == '\\' && (p[1] == '"' || p[1] == '\\')) p++;
    if (used + 1 < n) out[used] = *p;
    used++;
  }
  *at = p;
  if (n) out[used < n ? used : n - 1] = 0;
  if (quoted) return ERR_INVAL;
  if (any && used >= n) return ERR_RANGE;
  return any;
}

static bool read_port(const char *text, uint16_t *port) {
  char *end;
  unsigned long v = strtoul(text, &end, 16);
  if (!*text || *end || v == 0 || v > UINT16_MAX) return false;
  *port = (uint16_t)v;
  return true;
}

static const struct {
  const char *name;
  size_t member;
} ports[] = {
#define LINE_ROW(word, meaning) {#word "=", offsetof(struct line_words, word)},
    LINE_PORTS(LINE_ROW)
#undef LINE_ROW
};

static bool read_word(struct line_words *w, const char *word) {
  if (strcmp(word, "quiet") == 0) return w->quiet = true;
  if (strcmp(word, "ram") == 0) return w->ram = true;
  if (strncmp(word, "keep=/", 6) == 0) return true;
  if (strncmp(word, "init=/", 6) == 0) {
    memcpy(w->init, word + 5, strlen(word + 5) + 1);
    return true;
  }
  for (size_t i = 0; i < sizeof ports / sizeof ports[0]; i++) {
    size_t n = strlen(ports[i].name);
    if (strncmp(word, ports[i].name, n) == 0) return read_port(word + n, (uint16_t *)((char *)w + ports[i].member));
  }
  return false;
}

const char *line_read(const char *line, struct line_words *w, void (*unknown)(void *owner, const char *word),
                      void *owner) {
  char word[LIMIT_BOOT_LINE];
  int code;
  _Static_assert((int)LIMIT_BOOT_LINE <= (int)LIMIT_PATH, "a word fits into init");
  memset(w, 0, sizeof *w);
  while ((code = line_next(&line, word, sizeof word)) != 0) {
    if (code == 1 && strcmp(word, "--") == 0) return line;
    if ((code < 0 || !read_word(w, word)) && unknown) unknown(owner, word);
  }
  return NULL;
}
