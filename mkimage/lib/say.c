/* mkimage/lib/say.c - messages: see say.h. */
#include "mkimage/lib/say.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "formats/err.h"
#include "formats/path.h"
#include "mkimage/lib/progress.h"

static void say_line(const struct say *s, FILE *to, const char *front, const char *format, va_list args) {
  progress_hide(s);
  flockfile(to);
  fputs(front, to);
  vfprintf(to, format, args);
  putc('\n', to);
  funlockfile(to);
}

int say_error(const struct say *s, int status, const char *format, ...) {
  va_list args;
  va_start(args, format);
  if (s->held == NULL)
    say_line(s, stderr, "mkimage: ", format, args);
  else if (s->held->text[0] == 0)
    vsnprintf(s->held->text, sizeof s->held->text, format, args);
  va_end(args);
  return status;
}

void say_warn(const struct say *s, const char *format, ...) {
  if (s->quiet) return;
  va_list args;
  va_start(args, format);
  say_line(s, stderr, "mkimage: warning: ", format, args);
  va_end(args);
}

void say_info(const struct say *s, const char *format, ...) {
  if (s->quiet || s->json) return;
  va_list args;
  va_start(args, format);
  say_line(s, s->aside ? stderr : stdout, "", format, args);
  va_end(args);
}

void say_detail(const struct say *s, const char *format, ...) {
  if (!s->verbose) return;
  va_list args;
  va_start(args, format);
  say_line(s, stderr, "mkimage: ", format, args);
  va_end(args);
}

void say_quote(const char *text) { fprintf(stderr, "    %s\n", text); }

int say_flaw(const struct say *s, const char *file, const struct flaw *flaw) {
  char text[512];
  flaw_print(flaw, text, sizeof text);
  int status = say_status(flaw->code);
  if (file == NULL) return say_error(s, status, "%s", text);
  return say_error(s, status, "%s: %s", say_name(file).text, text);
}

int say_errno(const struct say *s, const char *file, const char *doing, int error) {
  return say_error(s, EXIT_USAGE, "%s: %s: %s", say_name(file).text, doing, strerror(error));
}

int say_status(int code) {
  if (code >= 0) return EXIT_DONE;
  return err_family(code) == ERR_BYTES ? EXIT_DAMAGED : EXIT_USAGE;
}

struct say_name say_bytes(const char *name, size_t len) {
  enum { KEPT = 125 }; /* four times that, twice, and the dots fit */
  struct say_name out;
  out.text[0] = 0;
  if (path_print(name, len, out.text, sizeof out.text) < sizeof out.text) return out;
  size_t used = path_print(name, KEPT, out.text, sizeof out.text);
  memcpy(out.text + used, "...", 3);
  path_print(name + len - KEPT, KEPT, out.text + used + 3, sizeof out.text - used - 3);
  return out;
}

struct say_name say_name(const char *name) {
  return say_bytes(name, strlen(name));
}

uint64_t say_clock(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

struct say_size say_size(uint64_t bytes) {
  static const char *const unit[] = {"bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  struct say_size out;
  unsigned u = 0;
  uint64_t tenths = bytes * 10;
  if (bytes < 1024) {
    snprintf(out.text, sizeof out.text, "%u %s", (unsigned)bytes, bytes == 1 ? "byte" : unit[0]);
    return out;
  }
  for (; bytes >= 1024; bytes /= 1024, u++) tenths = bytes * 10 / 1024;
  snprintf(out.text, sizeof out.text, "%llu.%llu %s", (unsigned long long)tenths / 10, (unsigned long long)tenths % 10,
           unit[u]);
  return out;
}
