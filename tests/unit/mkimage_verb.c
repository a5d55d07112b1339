/* tests/unit/mkimage_verb.c - one parser for the options of all verbs. */
#include "mkimage_kit.h"

#include "mkimage/lib/verb.h"

static const struct verb_option options[] = {
    {'o', "output", "FILE", "where to"}, {'f', "force", NULL, "no matter what"}, {0, "long", "N", "only long"}, {0}};
static const struct verb verb = {
    .name = "try", .operands = "A [B]", .summary = "s", .options = options, .operands_min = 1, .operands_max = 2};

static int parse(struct call *c, const struct verb *v, int n, const char *const *words) {
  static char text[16][64];
  static char *argv[16];
  bool ended;
  for (int i = 0; i < n; i++) {
    snprintf(text[i], sizeof text[i], "%s", words[i]);
    argv[i] = text[i];
  }
  return call_parse(c, v, n, argv, &ended);
}
#define PARSE(v, ...)                                                                                                  \
  parse(&c, v, (int)(sizeof((const char *[]){__VA_ARGS__}) / sizeof(char *)), (const char *[]){__VA_ARGS__})

static void test_forms(void **state) {
  struct call c;
  assert_int_equal(PARSE(&verb, "-o", "x", "a"), EXIT_DONE);
  assert_string_equal(call_option(&c, "output"), "x");
  assert_null(call_option(&c, "force"));
  assert_string_equal(c.operand[0], "a");
  assert_int_equal(PARSE(&verb, "a", "-fox", "b"), EXIT_DONE);
  assert_string_equal(call_option(&c, "output"), "x");
  assert_string_equal(call_option(&c, "force"), "");
  assert_int_equal(c.operands, 2);
  assert_string_equal(c.operand[1], "b");
  assert_int_equal(PARSE(&verb, "--output=", "--long=5", "-", "-qv"), EXIT_DONE);
  assert_string_equal(call_option(&c, "output"), "");
  assert_string_equal(call_option(&c, "long"), "5");
  assert_string_equal(c.operand[0], "-");
  assert_true(c.say.quiet && c.say.verbose);
  assert_int_equal(PARSE(&verb, "a", "-fj3"), EXIT_DONE);
  assert_int_equal(c.say.jobs, 3);
  assert_int_equal(PARSE(&verb, "-j", "16", "a"), EXIT_DONE);
  assert_int_equal(c.say.jobs, 16);
  assert_int_equal(PARSE(&verb, "a", "--jobs=2"), EXIT_DONE);
  assert_int_equal(c.say.jobs, 2);
  assert_int_equal(PARSE(&verb, "--", "-o", "--"), EXIT_DONE);
  assert_int_equal(c.say.jobs, 0);
  assert_string_equal(c.operand[0], "-o");
  assert_string_equal(c.operand[1], "--");
}

static void test_refused(void **state) {
  struct call c;
  assert_int_equal(PARSE(&verb, "a", "-x"), EXIT_USAGE);
  assert_int_equal(PARSE(&verb, "a", "--outpu=x"), EXIT_USAGE);
  assert_int_equal(PARSE(&verb, "a", "-o"), EXIT_USAGE);
  assert_int_equal(PARSE(&verb, "a", "--force=1"), EXIT_USAGE);
  assert_int_equal(PARSE(&verb, "a", "b", "c"), EXIT_USAGE);
  assert_int_equal(PARSE(&verb, "-f"), EXIT_USAGE);
  assert_int_equal(PARSE(&verb, "a", "-j"), EXIT_USAGE);
  assert_int_equal(PARSE(&verb, "a", "-j0"), EXIT_USAGE);
  assert_int_equal(PARSE(&verb, "a", "-j1025"), EXIT_USAGE);
  assert_int_equal(PARSE(&verb, "a", "--jobs=two"), EXIT_USAGE);
}

static void test_rest(void **state) {
  struct call c;
  struct verb v = verb;
  v.rest = true;
  assert_int_equal(PARSE(&v, "a", "--", "-o", "b"), EXIT_DONE);
  assert_true(c.has_rest);
  assert_int_equal(c.operands, 1);
  assert_int_equal(c.rests, 2);
  assert_string_equal(c.rest[0], "-o");
  assert_int_equal(PARSE(&v, "a"), EXIT_DONE);
  assert_false(c.has_rest);
  assert_int_equal(PARSE(&v, "a", "--"), EXIT_DONE);
  assert_true(c.has_rest && c.rests == 0);
}

static void test_number(void **state) {
  uint64_t n = 7;
  assert_true(call_number("0", 0, &n) && n == 0);
  assert_true(call_number("18446744073709551615", UINT64_MAX, &n) && n == UINT64_MAX);
  assert_false(call_number("18446744073709551616", UINT64_MAX, &n));
  assert_false(call_number("101", 100, &n));
  assert_true(call_number("100", 100, &n));
  assert_false(call_number("9", 5, &n));
  assert_false(call_number("", 5, &n));
  assert_false(call_number("-1", 5, &n));
  assert_false(call_number("1x", 5, &n));
}

/* No name, however long or odd, gets a control character onto the terminal or out of its room. */
static void test_names(void **state) {
  char name[5000];
  memset(name, 27, sizeof name - 1);
  name[sizeof name - 1] = 0;
  struct say_name out = say_name(name);
  assert_true(strlen(out.text) < sizeof out.text);
  assert_null(strchr(out.text, 27));
  assert_non_null(strstr(out.text, "..."));
  assert_string_equal(say_name("a\nb").text, "a\\nb");
  assert_string_equal(say_size(1).text, "1 byte");
  assert_string_equal(say_size(1536).text, "1.5 KiB");
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_forms), cmocka_unit_test(test_refused),
                                     cmocka_unit_test(test_rest), cmocka_unit_test(test_number),
                                     cmocka_unit_test(test_names)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
