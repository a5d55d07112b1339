/* mkimage/run/run_line.c - the boot line: kernel words, then "--" and the program's arguments.
 *
 * The kernel splits it again in kernel/boot; an argument that blanks or quotes
 * could break stands in double quotes, with \" and \\ inside.
 */
#include <stdio.h>
#include <string.h>

#include "formats/err.h"
#include "mkimage/run/run.h"

struct line {
  char *out;
  size_t used; /* bytes it has, or would have */
};

static void line_byte(struct line *l, char c) {
  if (l->used < LIMIT_BOOT_LINE - 1) l->out[l->used] = c;
  l->used++;
}

static void line_text(struct line *l, const char *text) {
  for (; *text != 0; text++) line_byte(l, *text);
}

static void line_word(struct line *l, const char *name, unsigned port) {
  char word[32];
  snprintf(word, sizeof word, "%s%s=0x%x", l->used ? " " : "", name, port);
  line_text(l, word);
}

/* Blanks and control characters separate; quotes and backslashes mean something. */
static bool line_is_plain(const char *arg) {
  if (*arg == 0) return false;
  for (; *arg != 0; arg++)
    if ((unsigned char)*arg <= ' ' || *arg == 0x7f || *arg == '"' || *arg == '\\') return false;
  return true;
}

static void line_argument(struct line *l, const char *arg) {
  line_byte(l, ' ');
  if (line_is_plain(arg)) {
    line_text(l, arg);
    return;
  }
  line_byte(l, '"');
  for (; *arg != 0; arg++) {
    if (*arg == '"' || *arg == '\\') line_byte(l, '\\');
    line_byte(l, *arg);
  }
  line_byte(l, '"');
}

static void line_keep(struct line *l, const char *path) {
  char word[LIMIT_BOOT_LINE + 8]; /* one that is cut here is too long for the line as well */
  snprintf(word, sizeof word, "keep=%s%s", *path == '/' ? "" : "/", path);
  line_argument(l, word);
}

int run_line(char line[LIMIT_BOOT_LINE], const struct run_save *save, char *const *args, int n) {
  struct line l = {line, 0};
#define LINE_STREAM(name, port)                                                                                        \
  if (RUN_##name != RUN_save || save != NULL) line_word(&l, #name, port);
  RUN_STREAMS(LINE_STREAM)
#undef LINE_STREAM
  if (save != NULL) line_text(&l, " ram");
  for (int i = 0; save != NULL && i < save->keeps; i++) line_keep(&l, save->keep[i]);
  line_word(&l, "in", RUN_PORT_IN);
  line_word(&l, "exit", RUN_PORT_EXIT);
  if (args != NULL) line_text(&l, " --");
  for (int i = 0; args != NULL && i < n; i++) line_argument(&l, args[i]);
  if (l.used > LIMIT_BOOT_LINE - 1) return ERR_TOOBIG;
  line[l.used] = 0;
  return 0;
}
