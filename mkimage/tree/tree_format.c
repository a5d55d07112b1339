/* mkimage/tree/tree_format.c - which format of archive holds a tree, and what that one leaves out.
 *
 * newc has 32 bits for sizes and times and knows no extended attributes.  What would be another file without is an
 * error; attributes are warned of, unless app.cfg asked for them.
 */
#include <stdio.h>
#include <string.h>

#include "formats/newc.h"
#include "mkimage/tree/tree_parts.h"

/* --- attributes: those that the recipe wants stay ------------------------------------ */

struct format_names {
  char text[1024];
  size_t used;
};

static void format_note(struct format_names *l, const char *name) {
  struct say_name n = say_name(name);
  int more = snprintf(l->text + l->used, sizeof l->text - l->used, "%s%s", l->used ? ", " : "", n.text);
  if (more > 0 && (size_t)more < sizeof l->text - l->used)
    l->used += (size_t)more;
  else
    l->text[l->used] = 0;
}

/* Whether one is to be packed. */
static bool format_wants(const struct recipe *r, const struct tree_inode *n) {
  for (const struct attr *x = n->attrs; x != NULL; x = x->next)
    if (recipe_wants_xattr(r, x->name)) return true;
  return false;
}

/* What is not wanted, or not held, goes; with a warning, unless app.cfg told what is wanted. */
static void format_filter(struct tree *t, const struct say *say, const struct recipe *r, const struct tree_name *name) {
  struct format_names out = {.used = 0};
  for (struct attr **at = &name->inode->attrs; *at != NULL;)
    if (t->pax && recipe_wants_xattr(r, (*at)->name)) {
      at = &(*at)->next;
    } else {
      format_note(&out, (*at)->name);
      *at = (*at)->next;
    }
  if (out.used > 0 && !r->has_xattrs)
    say_warn(say, "'%s': its extended attributes are not packed: %s", say_name(name->path).text, out.text);
}

/* --- what newc cannot hold -------------------------------------------------------------- */

/* With the hint that the first one gets, and no other: there may be thousands. */
static void format_refuse(struct tree *t, const struct say *say, const char *path, const char *what) {
  bool first = t->status < EXIT_UNFIT;
  tree_error(t, say, EXIT_UNFIT, path, "%s", what);
  if (first) say_error(say, EXIT_UNFIT, "format \"pax\" or \"auto\" holds it (rootfs.format in app.cfg, or -f)");
}

static bool format_needs_pax(const struct recipe *r, const struct tree_name *name) {
  const struct tree_inode *n = name->inode;
  return n->size > UINT32_MAX || n->mtime < 0 || n->mtime > (int64_t)UINT32_MAX || format_wants(r, n) ||
         strcmp(name->path, NEWC_TRAILER) == 0;
}

static void format_newc(struct tree *t, const struct say *say, const struct recipe *r, const struct tree_name *name) {
  struct tree_inode *n = name->inode;
  char time[128];
  snprintf(time, sizeof time, "its time of change, %lld, is outside of 0 to 4294967295", (long long)n->mtime);
  if (strcmp(name->path, NEWC_TRAILER) == 0)
    format_refuse(t, say, name->path, "this name means the end of a cpio archive");
  if (n->size > UINT32_MAX) format_refuse(t, say, name->path, "4 GiB or more do not fit into a cpio archive");
  if (n->mtime < 0 || n->mtime > (int64_t)UINT32_MAX) format_refuse(t, say, name->path, time);
  if (r->has_xattrs && format_wants(r, n))
    format_refuse(t, say, name->path, "its extended attributes do not fit into a cpio archive");
  n->mtime_ns = 0;
}

int tree_format(struct tree *t, const struct say *say, const struct recipe *r) {
  t->pax = r->format == RECIPE_PAX;
  for (size_t i = 0; !t->pax && r->format == RECIPE_AUTO && i < t->names; i++)
    t->pax = format_needs_pax(r, &t->name[i]);
  for (size_t i = 0; i < t->names; i++) {
    if (!t->pax) format_newc(t, say, r, &t->name[i]);
    format_filter(t, say, r, &t->name[i]);
  }
  return t->status;
}
