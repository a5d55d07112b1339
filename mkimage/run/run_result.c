/* mkimage/run/run_result.c - how a run ended: the machine's status line, our status, one sentence, --result. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "formats/path.h"
#include "mkimage/lib/output.h"
#include "mkimage/run/run.h"

/* --- the machine's line --------------------------------------------------------- */

static bool parse_word(const char **at, const char *end, const char *word) {
  size_t n = strlen(word);
  if ((size_t)(end - *at) < n || memcmp(*at, word, n) != 0) return false;
  *at += n;
  return true;
}

static bool parse_number(const char *at, const char *end, int max, int *out) {
  int n = 0;
  if (at == end) return false;
  for (; at < end; at++) {
    if (*at < '0' || *at > '9') return false;
    n = n * 10 + (*at - '0');
    if (n > max) return false;
  }
  *out = n;
  return true;
}

void run_parse(const char *line, size_t n, struct run_end *end) {
  const char *at = line, *stop = line + n;
  if (parse_word(&at, stop, "exit ") && parse_number(at, stop, 255, &end->status)) {
    end->how = RUN_EXIT;
    return;
  }
  at = line;
  if (parse_word(&at, stop, "signal ") && parse_number(at, stop, 127, &end->status)) {
    end->how = RUN_SIGNAL;
    return;
  }
  at = line;
  if (parse_word(&at, stop, "stopped "))
    end->how = RUN_STOPPED;
  else if (parse_word(&at, stop, "panic "))
    end->how = RUN_PANIC;
  else
    at = line;
  path_print(at, (size_t)(stop - at), end->text, sizeof end->text);
}

/* --- what it means ---------------------------------------------------------------- */

static const struct ending {
  const char *name; /* in --result */
  int status;
} endings[] = {
    [RUN_NOT] = {"panic", RUN_EXIT_PANIC},
    [RUN_EXIT] = {"exit", 0},
    [RUN_SIGNAL] = {"signal", 0},
    [RUN_STOPPED] = {"stopped", RUN_EXIT_STOPPED},
    [RUN_PANIC] = {"panic", RUN_EXIT_PANIC},
    [RUN_TIMEOUT] = {"timeout", RUN_EXIT_TIMEOUT},
    [RUN_OUTPUT] = {"output", EXIT_USAGE},
    [RUN_INTERRUPTED] = {"interrupted", 0},
    [RUN_REFUSED] = {"refused", 0},
};

static int ending_status(const struct run_end *end) {
  switch (end->how) {
  case RUN_EXIT:
  case RUN_REFUSED:
    return end->status;
  case RUN_SIGNAL:
  case RUN_INTERRUPTED:
    return RUN_EXIT_SIGNALLED + end->status;
  default:
    return endings[end->how].status;
  }
}

/* A machine that ends without a word: what QEMU did and said. */
static void ending_silent(const struct run_end *end, char *out, size_t n) {
  char how[64], said[1024] = "";
  const char *text = end->said;
  size_t len = strcspn(text, "\n");
  if (WIFSIGNALED(end->qemu))
    snprintf(how, sizeof how, "QEMU was ended by signal %d", WTERMSIG(end->qemu));
  else
    snprintf(how, sizeof how, "QEMU ended with status %d", WEXITSTATUS(end->qemu));
  while (text[len] != 0 && text[len + 1] != 0) { /* the last line says the most */
    text += len + 1;
    len = strcspn(text, "\n");
  }
  path_print(text, len, said, sizeof said);
  snprintf(out, n, "the machine ended without a word (%s%s%s)%s%s", how, said[0] ? ": " : "", said,
           end->text[0] ? "; its status line: " : "", end->text);
}

static void ending_text(const struct run_plan *plan, const struct run_end *end, char *out, size_t n) {
  const char *name = end->how == RUN_SIGNAL ? strsignal(end->status) : "";
  switch (end->how) {
  case RUN_NOT:
    ending_silent(end, out, n);
    break;
  case RUN_SIGNAL:
    snprintf(out, n, "the program was ended by signal %d (%s)", end->status, name != NULL ? name : "unknown");
    break;
  case RUN_STOPPED:
    snprintf(out, n, "the boot stopped before the program: %s", end->text);
    break;
  case RUN_PANIC:
    snprintf(out, n, "the kernel panicked: %s", end->text);
    break;
  case RUN_TIMEOUT:
    snprintf(out, n, "the machine was stopped after %llu.%03llu s (--timeout)",
             (unsigned long long)plan->timeout_ms / 1000, (unsigned long long)plan->timeout_ms % 1000);
    break;
  case RUN_OUTPUT:
    snprintf(out, n, "standard %s: cannot write: %s", end->status == 1 ? "output" : "error", strerror(end->error));
    break;
  default:
    out[0] = 0;
  }
}

/* Is the end of the log of use, and not shown by -v already? */
static bool ending_shows_log(const struct run_end *end, const struct say *say) {
  bool shows = end->how == RUN_STOPPED || end->how == RUN_PANIC || end->how == RUN_NOT || end->how == RUN_TIMEOUT;
  return shows && end->log_len > 0 && !say->verbose && !say->quiet;
}

static void ending_log(const struct run_end *end) {
  enum { LINES = 12 };
  const char *stop = end->log + end->log_len, *at = stop;
  for (int lines = 0; at > end->log && (at[-1] != '\n' || at == stop || ++lines < LINES);) at--;
  while (at < stop) {
    const char *line_end = memchr(at, '\n', (size_t)(stop - at));
    if (line_end == NULL) line_end = stop;
    fprintf(stderr, "  | %s\n", say_bytes(at, (size_t)(line_end - at)).text);
    at = line_end + 1;
  }
}

int run_tell(const struct run_plan *plan, const struct run_end *end, const struct say *say) {
  char text[4096];
  bool log = ending_shows_log(end, say);
  ending_text(plan, end, text, sizeof text);
  if (end->inside && (log || text[0] != 0)) putc('\n', stderr); /* the program left a line without its end */
  if (log) ending_log(end);
  if (text[0] != 0) say_error(say, 0, "%s", text);
  return ending_status(end);
}

/* --- --result ------------------------------------------------------------------------- */

static char *result_json(const struct run_end *end) {
  json_t *o = json_pack("{s:s, s:i, s:s, s:I}", "end", endings[end->how].name, "status", ending_status(end), "text",
                        end->text, "wall_ms", (json_int_t)end->wall_ms);
  if (o != NULL && end->how == RUN_SIGNAL) json_object_set_new(o, "signal", json_integer(end->status));
  if (o != NULL && end->how == RUN_NOT) {
    char text[4096];
    ending_silent(end, text, sizeof text);
    json_object_set_new(o, "text", json_string(text));
  }
  char *text = o != NULL ? json_dumps(o, JSON_COMPACT) : NULL;
  json_decref(o);
  return text;
}

int run_result(const char *file, const struct run_end *end, const struct say *say) {
  struct output o;
  char *text = result_json(end);
  if (text == NULL) return say_error(say, EXIT_USAGE, "%s: no memory to write it", say_name(file).text);
  size_t n = strlen(text);
  text[n] = '\n'; /* where the NUL stood */
  int status = output_open(&o, say, file);
  if (status == EXIT_DONE) {
    status = output_write(&o, text, n + 1, 0);
    if (status == EXIT_DONE) status = output_commit(&o, 0);
    output_drop(&o);
  }
  free(text);
  return status;
}
