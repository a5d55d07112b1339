/* mkimage/test/test_tell.c - results as TAP version 14, or as JSON, one line each.
 *
 * What is wrong stands below a failed test as YAML, of which JSON is a part: no byte of a program's output can be taken
 * for something else.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "formats/path.h"
#include "mkimage/look/show.h"
#include "mkimage/test/test.h"

static json_t *tell_fault(const struct test_fault *f) {
  json_t *o = json_object();
  bool ok = o != NULL && json_object_set_new(o, "what", json_string(f->what)) == 0 &&
            show_string(o, "wanted", f->wanted, f->wanted_len) && show_string(o, "found", f->found, f->found_len);
  if (ok) return o;
  json_decref(o);
  return NULL;
}

/* --- TAP ------------------------------------------------------------------------------- */

/* In a name # would begin a directive. */
static void tap_name(const char *name) {
  size_t n = strlen(name);
  char *text = malloc(4 * n + 1);
  if (text == NULL) return;
  path_print(name, n, text, 4 * n + 1);
  for (const char *p = text; *p != 0; p++) {
    if (*p == '#') putchar('\\');
    putchar(*p);
  }
  free(text);
}

static void tap_fault(const struct test_fault *f) {
  fputs("    - ", stdout);
  if (!show_json(stdout, tell_fault(f))) putchar('\n');
}

static void tap_result(size_t number, const struct test_result *r) {
  printf("%sok %zu - ", r->fault != NULL ? "not " : "", number);
  tap_name(r->name);
  if (r->skipped != NULL) printf(" # SKIP %s", r->skipped);
  putchar('\n');
  if (r->fault == NULL) return;
  puts("  ---\n  faults:");
  for (const struct test_fault *f = r->fault; f != NULL; f = f->next) tap_fault(f);
  printf("  milliseconds: %" PRIu64 "\n  ...\n", r->ms);
}

/* --- JSON -------------------------------------------------------------------------------- */

static bool json_fill(json_t *o, size_t number, const struct test_result *r) {
  const char *result = r->skipped != NULL ? "skipped" : r->fault != NULL ? "failed" : "passed";
  json_t *faults = json_array();
  for (const struct test_fault *f = r->fault; f != NULL; f = f->next) json_array_append_new(faults, tell_fault(f));
  bool ok = json_object_set_new(o, "test", json_integer((json_int_t)number)) == 0 &&
            show_string(o, "name", r->name, strlen(r->name)) &&
            json_object_set_new(o, "result", json_string(result)) == 0 &&
            json_object_set_new(o, "milliseconds", json_integer((json_int_t)r->ms)) == 0;
  if (ok && r->skipped != NULL) ok = json_object_set_new(o, "reason", json_string(r->skipped)) == 0;
  return json_object_set_new(o, "faults", faults) == 0 && ok;
}

static void json_result(size_t number, const struct test_result *r) {
  json_t *o = json_object();
  if (o != NULL && json_fill(o, number, r))
    show_json(stdout, o);
  else
    json_decref(o);
}

static void json_sum(const struct test_result *r, size_t tests) {
  json_int_t passed = 0, failed = 0, skipped = 0;
  for (size_t i = 0; i < tests; i++) {
    skipped += r[i].skipped != NULL;
    failed += r[i].fault != NULL;
    passed += r[i].skipped == NULL && r[i].fault == NULL;
  }
  show_json(stdout, json_pack("{s:I, s:I, s:I}", "passed", passed, "failed", failed, "skipped", skipped));
}

/* --- either ---------------------------------------------------------------------------------- */

void test_tell_plan(enum test_format f, size_t tests) {
  if (f == TEST_TAP) printf("TAP version 14\n1..%zu\n", tests);
}

void test_tell(enum test_format f, size_t number, const struct test_result *r) {
  if (f == TEST_TAP)
    tap_result(number, r);
  else
    json_result(number, r);
  fflush(stdout); /* a boot takes its time */
}

void test_tell_sum(enum test_format f, const struct test_result *r, size_t tests) {
  if (f == TEST_JSON) json_sum(r, tests);
}
