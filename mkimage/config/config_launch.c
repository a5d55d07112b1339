/* mkimage/config/config_launch.c - what a rootfs says of its program, where app.cfg is silent: see config.h. */
#include <string.h>

#include "formats/limits.h"
#include "mkimage/config/config_parts.h"

struct launch_merge {
  struct config_reader *r;
  struct pool *pool;
  struct config *c;
  const struct launch *l;
};

/* argv[0] and, where app.cfg gives arguments, what stays in front of them; else all of the rootfs's. */
static bool launch_arguments(struct launch_merge *m) {
  struct config *c = m->c;
  const struct launch *l = m->l;
  size_t keep = c->has_args && l->fixed < l->args ? l->fixed : l->args, more = c->has_args ? c->args : 0;
  const char **all = pool_take(m->pool, (keep + more + 1) * sizeof *all);
  if (all == NULL) return config_no_memory(m->r);
  memcpy(all, l->arg, keep * sizeof *all);
  if (more > 0) memcpy(all + keep, c->arg, more * sizeof *all);
  c->program = l->program != NULL ? l->program : all[0];
  c->argv0 = all[0];
  c->arg = all + 1;
  c->args = keep + more - 1;
  return true;
}

static bool launch_names(const char *variable, const char *other) {
  size_t n = strcspn(variable, "=");
  return strncmp(variable, other, n) == 0 && other[n] == '=';
}

/* The variables of the rootfs that app.cfg does not name, then those of app.cfg. */
static bool launch_environment(struct launch_merge *m) {
  struct config *c = m->c;
  size_t n = 0;
  const char **all = pool_take(m->pool, (m->l->envs + c->envs + 1) * sizeof *all);
  if (all == NULL) return config_no_memory(m->r);
  for (size_t i = 0; i < m->l->envs; i++) {
    bool named = false;
    for (size_t k = 0; k < c->envs && !named; k++) named = launch_names(c->env[k], m->l->env[i]);
    if (!named) all[n++] = m->l->env[i];
  }
  for (size_t i = 0; i < c->envs; i++) all[n++] = c->env[i];
  c->env = all;
  c->envs = n;
  return true;
}

static void launch_missing(struct config_reader *r, const struct launch *l) {
  if (l->of == NULL)
    config_error(r, 1, "the setting program is missing: program = { path = \"/PATH\"; };");
  else
    config_error(r, 1, "the setting program is missing, and %s names none, neither entrypoint nor command", l->of);
}

static void launch_limit(struct config_reader *r, const struct config *c) {
  size_t bytes = strlen(c->program) + 1;
  for (size_t i = 0; i < c->args; i++) bytes += strlen(c->arg[i]) + 1;
  for (size_t i = 0; i < c->envs; i++) bytes += strlen(c->env[i]) + 1;
  if (bytes > LIMIT_ARGS)
    config_error(r, 1, "arguments and environment have %zu bytes together, with those of the rootfs; %d is the limit",
                 bytes, LIMIT_ARGS);
}

int config_launch(const struct config *c, const struct say *say, const struct launch *l, struct pool *pool,
                  struct config *out) {
  struct config_reader r = {.say = say, .file = c->file, .c = out};
  struct launch_merge m = {&r, pool, out, l};
  *out = *c;
  if (c->program == NULL && l->args == 0) {
    launch_missing(&r, l);
    return EXIT_USAGE;
  }
  if (c->program == NULL && !launch_arguments(&m)) return EXIT_USAGE;
  if (l->envs > 0 && !launch_environment(&m)) return EXIT_USAGE;
  if (!c->has_cwd && l->cwd != NULL) out->cwd = l->cwd;
  if (!c->has_input && l->input != NULL) out->input = l->input;
  launch_limit(&r, out);
  return r.errors > 0 ? EXIT_USAGE : EXIT_DONE;
}
