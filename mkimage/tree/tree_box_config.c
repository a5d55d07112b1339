/* mkimage/tree/tree_box_config.c - the configuration of a container image: whom it is for, and what it runs.
 *
 * https://github.com/opencontainers/image-spec/blob/main/config.md.  Entrypoint
 * and Cmd make argv, Env and WorkingDir are taken, and rootfs.diff_ids are the
 * layers.  User is not: the program runs as root, and that is said.
 */
#include <string.h>

#include "mkimage/tree/tree_box.h"

/* What the configuration is read into. */
struct says {
  const struct box *b;
  const char *file;
  struct launch *to;
};

/* Entries of an array of texts; -1, said, when it is anything else.  Missing, null: none. */
static long says_count(const struct says *s, const json_t *list, const char *what) {
  size_t n = json_array_size(list);
  bool ok = list == NULL || json_is_null(list) || json_is_array(list);
  for (size_t i = 0; i < n && ok; i++) ok = json_is_string(json_array_get(list, i));
  if (ok) return (long)n;
  box_error(s->b, EXIT_DAMAGED, s->file, "%s is no list of texts", what);
  return -1;
}

static bool says_copy(const struct says *s, const json_t *list, const char **to) {
  for (size_t i = 0; i < json_array_size(list); i++) {
    const char *text = json_string_value(json_array_get(list, i));
    if ((to[i] = pool_copy(&s->b->t->pool, text, strlen(text))) == NULL) return false;
  }
  return true;
}

static int says_no_memory(const struct says *s) { return say_error(s->b->say, EXIT_USAGE, "out of memory"); }

static int says_arguments(const struct says *s, const json_t *c) {
  const json_t *entry = json_object_get(c, "Entrypoint"), *cmd = json_object_get(c, "Cmd");
  long fixed = says_count(s, entry, "Entrypoint"), more = fixed >= 0 ? says_count(s, cmd, "Cmd") : -1;
  if (more < 0) return EXIT_DAMAGED;
  s->to->args = (size_t)(fixed + more);
  s->to->fixed = fixed > 0 ? (size_t)fixed : 1;
  s->to->arg = pool_take(&s->b->t->pool, (s->to->args + 1) * sizeof *s->to->arg);
  if (s->to->arg == NULL || !says_copy(s, entry, s->to->arg) || !says_copy(s, cmd, s->to->arg + fixed))
    return says_no_memory(s);
  return EXIT_DONE;
}

static int says_environment(const struct says *s, const json_t *c) {
  const json_t *env = json_object_get(c, "Env");
  long n = says_count(s, env, "Env");
  if (n < 0) return EXIT_DAMAGED;
  s->to->envs = (size_t)n;
  s->to->env = pool_take(&s->b->t->pool, (s->to->envs + 1) * sizeof *s->to->env);
  if (s->to->env == NULL || !says_copy(s, env, s->to->env)) return says_no_memory(s);
  for (size_t i = 0; i < s->to->envs; i++)
    if (s->to->env[i][0] == '=' || strchr(s->to->env[i], '=') == NULL)
      return box_error(s->b, EXIT_DAMAGED, s->file, "Env: '%s' is not of the form NAME=value",
                       say_name(s->to->env[i]).text);
  return EXIT_DONE;
}

/* A directory that is not absolute is one below the root. */
static int says_directory(const struct says *s, const json_t *c) {
  const char *dir = box_text(c, "WorkingDir");
  if (dir == NULL || *dir == 0) return EXIT_DONE;
  size_t front = dir[0] != '/', len = strlen(dir);
  if (front + len >= LIMIT_PATH) return box_error(s->b, EXIT_UNFIT, s->file, "WorkingDir is too long");
  char *cwd = pool_take(&s->b->t->pool, front + len + 1);
  if (cwd == NULL) return says_no_memory(s);
  cwd[0] = '/';
  memcpy(cwd + front, dir, len + 1);
  s->to->cwd = cwd;
  return EXIT_DONE;
}

static int says_launch(const struct says *s, const json_t *c) {
  const char *user = box_text(c, "User");
  *s->to = (struct launch){.of = "the container image"};
  int status = says_arguments(s, c);
  if (status == EXIT_DONE) status = says_environment(s, c);
  if (status == EXIT_DONE) status = says_directory(s, c);
  if (status == EXIT_DONE && user != NULL && *user != 0 && strcmp(user, "root") != 0 && strcmp(user, "0") != 0 &&
      strcmp(user, "0:0") != 0 && strcmp(user, "root:root") != 0)
    say_warn(s->b->say, "%s: its user '%s' is not taken: the program will run as root", say_name(s->b->name).text,
             say_name(user).text);
  return status;
}

/* --- the whole ---------------------------------------------------------------------------- */

static int config_machine(const struct box *b, const char *file, const json_t *config) {
  const char *os = box_text(config, "os"), *arch = box_text(config, "architecture");
  if ((os == NULL || strcmp(os, "linux") == 0) && (arch == NULL || strcmp(arch, b->arch) == 0)) return EXIT_DONE;
  return box_error(b, EXIT_UNFIT, file, "the image is for %s/%s, and linux/%s is wanted",
                   say_name(os ? os : "linux").text, say_name(arch ? arch : b->arch).text, b->arch);
}

static int config_layers(const struct box *b, const char *file, const json_t *config, size_t layers,
                         const char **diff) {
  const json_t *ids = json_object_get(json_object_get(config, "rootfs"), "diff_ids");
  if (json_array_size(ids) != layers)
    return box_error(b, EXIT_DAMAGED, file, "it tells of %zu layers, and there are %zu", json_array_size(ids), layers);
  if (layers > BOX_LAYERS_MAX) return box_error(b, EXIT_UNFIT, file, "more than %d layers", BOX_LAYERS_MAX);
  for (size_t i = 0; i < layers; i++) {
    const char *id = json_string_value(json_array_get(ids, i));
    if (id == NULL || strncmp(id, "sha256:", 7) != 0 || strlen(id) != 7 + BOX_HEX)
      return box_error(b, EXIT_DAMAGED, file, "diff_ids holds what is no SHA-256");
    if (diff != NULL) diff[i] = id + 7;
  }
  return EXIT_DONE;
}

int box_config(const struct box *b, const char *file, const json_t *config, size_t layers, const char **diff) {
  const struct says s = {b, file, &b->t->launch};
  const json_t *c = json_object_get(config, "config");
  int status = config_machine(b, file, config);
  if (status == EXIT_DONE) status = config_layers(b, file, config, layers, diff);
  return status == EXIT_DONE ? says_launch(&s, c) : status;
}
