/* mkimage/verbs/test.c - the verb test: what app.cfg says must be true of an image, and of its boots. */
#include "mkimage/test/test.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "mkimage/verbs/verbs.h"

static const struct verb_option test_options[] = {
    {'C', "directory", "DIR", "where the images of app.cfg lie (default: the current directory)"},
    {0, "no-boot", NULL, "skip what needs a machine"},
    {0, "junit", "FILE", "write the results as JUnit's XML, too"},
    {0, "json", NULL, "one JSON object a line instead of TAP"},
    {0, NULL, NULL, NULL}};

struct testing {
  const struct call *c;
  struct config config;
  struct pool pool;
  struct test_result *result;
  size_t tests, done;
  enum test_format format;
  struct test_place place; /* of images that are packed for the tests */
};

/* --- names ------------------------------------------------------------------------------- */

static const char *test_arguments(const struct config_test *t, struct pool *pool) {
  char text[256] = "boot";
  size_t used = 4;
  for (size_t i = 0; i < t->args && used < sizeof text; i++)
    used += (size_t)snprintf(text + used, sizeof text - used, " %s", t->arg[i]);
  return pool_copy(pool, text, strlen(text));
}

/* Its own, or one of what it is about; with the platform where there are several. */
static const char *test_name(struct testing *m, const struct config_test *t, const char *platform) {
  char text[LIMIT_PATH + 512];
  const char *name = t->name != NULL ? t->name : t->path != NULL ? t->path : test_arguments(t, &m->pool);
  if (name == NULL || platform == NULL) return name;
  snprintf(text, sizeof text, "%s (%s)", name, platform);
  return pool_copy(&m->pool, text, strlen(text));
}

/* --- one image ----------------------------------------------------------------------------- */

static uint64_t test_now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static void test_one(struct testing *m, const struct config_test *t, const char *platform, const char *image,
                     struct look *l) {
  struct test_result *r = &m->result[m->done];
  const char *name = test_name(m, t, platform);
  uint64_t start = test_now();
  test_result_start(r, t, name != NULL ? name : "out of memory", &m->pool);
  if (t->path != NULL)
    test_content(r, l);
  else if (call_option(m->c, "no-boot") != NULL)
    r->skipped = "--no-boot";
  else if (l->im.kind != IMAGE_PACKED)
    r->skipped = "an archive does not boot";
  else
    test_boot(r, image);
  r->ms = test_now() - start;
  test_tell(m->format, ++m->done, r);
}

static int test_image(struct testing *m, const char *platform, const char *path) {
  struct look l;
  char image[PATH_MAX];
  /* A name that looks like an option is none. */
  if (snprintf(image, sizeof image, "%s%s", path[0] == '-' && path[1] != 0 ? "./" : "", path) >= (int)sizeof image)
    return say_error(&m->c->say, EXIT_USAGE, "%s: the path is too long", say_name(path).text);
  int status = look_open(&l, &m->c->say, image);
  if (status == EXIT_DONE) status = look_unpack(&l, &m->c->say);
  for (size_t i = 0; status == EXIT_DONE && i < m->config.tests && !test_interrupted(); i++)
    test_one(m, &m->config.test[i], platform, image, &l);
  look_close(&l);
  return status;
}

/* --- all ---------------------------------------------------------------------------------------- */

static int test_platform(struct testing *m, const char *platform) {
  char path[PATH_MAX];
  const char *dir = m->place.made ? m->place.dir : call_option(m->c, "directory");
  int n = snprintf(path, sizeof path, "%s%s%s-%s.elf", dir != NULL ? dir : "", dir != NULL ? "/" : "", m->config.name,
                   platform);
  if (n >= (int)sizeof path)
    return say_error(&m->c->say, EXIT_USAGE, "%s: the path is too long", say_name(m->config.name).text);
  return test_image(m, m->config.platforms > 1 ? platform : NULL, path);
}

static bool test_is_rootfs(const char *path) {
  struct stat st;
  return path != NULL && stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static int test_all(struct testing *m, const char *image) {
  int status = EXIT_DONE;
  test_tell_plan(m->format, m->tests);
  if (image != NULL) status = test_image(m, NULL, image);
  for (size_t i = 0; image == NULL && status == EXIT_DONE && i < m->config.platforms; i++)
    status = test_platform(m, m->config.platform[i]);
  if (status != EXIT_DONE && m->format == TEST_TAP) puts("Bail out! the image cannot be tested");
  test_tell_sum(m->format, m->result, m->done);
  return status;
}

static int test_end(struct testing *m) {
  const char *file = call_option(m->c, "junit");
  int status = EXIT_DONE;
  for (size_t i = 0; i < m->done; i++)
    if (m->result[i].fault != NULL) status = EXIT_DIFFERS;
  if (file == NULL) return status;
  int written = test_junit(&m->c->say, file, m->config.name, m->result, m->done);
  return written != EXIT_DONE ? written : status;
}

static int test_run(struct testing *m) {
  const struct call *c = m->c;
  const char *image = c->operands > 1 ? c->operand[1] : NULL;
  if (m->config.tests == 0)
    return say_error(&c->say, EXIT_USAGE, "%s: there are no tests in it (app.cfg(5) tells how to write some)",
                     say_name(c->operand[0]).text);
  if (image != NULL && strcmp(image, "-") == 0)
    return say_error(&c->say, EXIT_USAGE, "what comes on standard input cannot be booted");
  if (image != NULL && call_option(c, "directory") != NULL)
    return say_error(&c->say, EXIT_USAGE, "--directory and an image exclude each other");
  if (test_is_rootfs(image)) {
    int packed = test_pack(&m->place, &c->say, c->operand[0], image);
    if (packed != EXIT_DONE) return packed;
    image = NULL;
  }
  m->tests = m->config.tests * (image != NULL ? 1 : m->config.platforms);
  m->result = calloc(m->tests, sizeof *m->result);
  if (m->result == NULL) return say_error(&c->say, EXIT_USAGE, "no memory for the results");
  int status = test_all(m, image);
  return status == EXIT_DONE ? test_end(m) : status;
}

static int test_verb(struct call *c) {
  struct testing m = {.c = c, .format = call_option(c, "json") != NULL ? TEST_JSON : TEST_TAP};
  int status = call_file(c, "junit");
  if (status == EXIT_DONE) status = config_load(&m.config, &c->say, c->operand[0]);
  if (status == EXIT_DONE) status = test_run(&m);
  test_unpack(&m.place, &m.config);
  free(m.result);
  pool_drop(&m.pool);
  config_drop(&m.config);
  return status;
}

const struct verb verb_test = {
    .name = "test",
    .operands = "app.cfg [IMAGE|ROOTFS]",
    .summary = "Checks what app.cfg says of the tree and of boots, and reports as TAP",
    .options = test_options,
    .operands_min = 1,
    .operands_max = 2,
    .run = test_verb,
};
