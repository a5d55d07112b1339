/* mkimage/test/test_junit.c - results as JUnit's XML, as continuous integration reads it.
 *
 * XML has no way to write most control characters: they, and what is no UTF-8, stand escaped as the tool shows them
 * everywhere.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "formats/path.h"
#include "mkimage/lib/output.h"
#include "mkimage/test/test.h"

/* --- text ------------------------------------------------------------------------------- */

/* U+FFFE and U+FFFF are characters of UTF-8, but none of XML. */
static bool xml_none(const char *p) { return memcmp(p, "\xef\xbf\xbe", 3) == 0 || memcmp(p, "\xef\xbf\xbf", 3) == 0; }

static void xml_escape(FILE *to, const char *p, size_t n) {
  for (const char *end = p + n; p < end; p++) {
    if (end - p >= 3 && xml_none(p)) {
      fputs("\xef\xbf\xbd", to);
      p += 2;
    } else if (*p == '&')
      fputs("&amp;", to);
    else if (*p == '<')
      fputs("&lt;", to);
    else if (*p == '>')
      fputs("&gt;", to);
    else if (*p == '"')
      fputs("&quot;", to);
    else
      putc(*p, to);
  }
}

static void xml_text(FILE *to, const char *bytes, size_t n) {
  char *text = malloc(4 * n + 1);
  if (text == NULL) return;
  path_print(bytes, n, text, 4 * n + 1);
  xml_escape(to, text, strlen(text));
  free(text);
}

/* The same, its lines kept. */
static void xml_lines(FILE *to, const char *bytes, size_t n) {
  for (size_t at = 0; at < n;) {
    const char *end = memchr(bytes + at, '\n', n - at);
    size_t len = end != NULL ? (size_t)(end - bytes) - at : n - at;
    fputs("    ", to);
    xml_text(to, bytes + at, len);
    putc('\n', to);
    at += len + 1;
  }
}

/* --- the document ---------------------------------------------------------------------------- */

static void junit_failure(FILE *to, const struct test_fault *f) {
  fputs("      <failure message=\"", to);
  xml_text(to, f->what, strlen(f->what));
  fputs("\">", to);
  xml_text(to, f->what, strlen(f->what));
  fputs(": wanted\n", to);
  xml_lines(to, f->wanted, f->wanted_len);
  fputs("  found\n", to);
  xml_lines(to, f->found, f->found_len);
  fputs("      </failure>\n", to);
}

static void junit_case(FILE *to, const char *suite, const struct test_result *r) {
  fputs("    <testcase classname=\"", to);
  xml_text(to, suite, strlen(suite));
  fputs("\" name=\"", to);
  xml_text(to, r->name, strlen(r->name));
  fprintf(to, "\" time=\"%" PRIu64 ".%03" PRIu64 "\">\n", r->ms / 1000, r->ms % 1000);
  if (r->skipped != NULL) fprintf(to, "      <skipped message=\"%s\"/>\n", r->skipped);
  for (const struct test_fault *f = r->fault; f != NULL; f = f->next) junit_failure(to, f);
  fputs("    </testcase>\n", to);
}

static void junit_document(FILE *to, const char *suite, const struct test_result *r, size_t tests) {
  size_t failed = 0, skipped = 0;
  uint64_t ms = 0;
  for (size_t i = 0; i < tests; i++) {
    failed += r[i].fault != NULL;
    skipped += r[i].skipped != NULL;
    ms += r[i].ms;
  }
  fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n  <testsuite name=\"", to);
  xml_text(to, suite, strlen(suite));
  fprintf(to, "\" tests=\"%zu\" failures=\"%zu\" errors=\"0\" skipped=\"%zu\" time=\"%" PRIu64 ".%03" PRIu64 "\">\n",
          tests, failed, skipped, ms / 1000, ms % 1000);
  for (size_t i = 0; i < tests; i++) junit_case(to, suite, &r[i]);
  fputs("  </testsuite>\n</testsuites>\n", to);
}

int test_junit(const struct say *say, const char *file, const char *suite, const struct test_result *r, size_t tests) {
  struct output o;
  char *text = NULL;
  size_t n = 0;
  FILE *to = open_memstream(&text, &n);
  if (to != NULL) junit_document(to, suite, r, tests);
  if (to == NULL || fclose(to) != 0) {
    free(text);
    return say_error(say, EXIT_USAGE, "%s: no memory to write it", say_name(file).text);
  }
  int status = output_open(&o, say, file);
  if (status == EXIT_DONE) {
    status = output_write(&o, text, n, 0);
    if (status == EXIT_DONE) status = output_commit(&o, 0);
    output_drop(&o);
  }
  free(text);
  return status;
}
