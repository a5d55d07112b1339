/* formats/archive_rules.c - what every entry must keep to, whatever the format of its archive.
 *
 * Floor 0.  Rules on the tree that entries make are the unpacker's (kernel/boot/unpack.h).
 */
#include <string.h>

#include "formats/archive_parts.h"
#include "formats/err.h"
#include "formats/limits.h"
#include "formats/path.h"

static int check_type(struct archive *a, const struct entry *e) {
  if (e->mode & ~(uint32_t)(MODE_TYPE | MODE_BITS))
    return archive_refuse(a, ERR_TYPE, "the mode has bits above the sixteen of a file mode");
  switch (e->mode & MODE_TYPE) {
  case MODE_FILE:
  case MODE_DIR:
  case MODE_LINK:
  case MODE_CHR:
  case MODE_BLK:
  case MODE_FIFO:
    return 0;
  case MODE_SOCK:
    return archive_refuse(a, ERR_TYPE, "a socket cannot come from an archive");
  case 0:
    return archive_refuse(a, ERR_TYPE, "the mode names no file type");
  default:
    return archive_refuse(a, ERR_TYPE, "an unknown file type");
  }
}

/* A name of nothing but slashes and dots is the root's. */
static bool is_root(const struct entry *e) {
  struct cursor c = cursor_over(e->name, e->name_len);
  const char *part;
  size_t len;
  return path_next(&c, &part, &len) == 0;
}

/* `rc` is what path_check said. */
static int check_name(struct archive *a, const struct entry *e, int rc) {
  if (rc == ERR_NAME) return archive_refuse(a, rc, "the name has a '..' component");
  if (rc < 0) return archive_refuse(a, rc, "the name has a component longer than 255 bytes");
  if ((e->mode & MODE_TYPE) == MODE_DIR) return 0;
  char last = e->name[e->name_len - 1];
  if (last == '/') return archive_refuse(a, ERR_NAME, "a name that ends in a slash, and not a directory");
  if (last == '.' && is_root(e)) return archive_refuse(a, ERR_TREE, "the root can only be a directory");
  return 0;
}

static int check_target(struct archive *a, const struct entry *e) {
  const uint8_t *target;
  if (e->size == 0) return archive_refuse(a, ERR_SIZE, "a symlink with an empty target");
  if (e->size > LIMIT_TARGET) return archive_refuse(a, ERR_SIZE, "a symlink target longer than 4095 bytes");
  int rc = archive_data(a, e, &target);
  if (rc < 0) return rc;
  if (memchr(target, 0, e->size)) return archive_refuse(a, ERR_NAME, "a symlink target with a NUL byte");
  return 0;
}

static int check_size(struct archive *a, const struct entry *e) {
  uint32_t type = e->mode & MODE_TYPE;
  if (type == MODE_LINK) return check_target(a, e);
  if (type != MODE_FILE && e->size != 0)
    return archive_refuse(a, ERR_SIZE, "data for what is neither a file nor a symlink");
  return 0;
}

int archive_check(struct archive *a, const struct entry *e, int path) {
  int rc = check_type(a, e);
  if (rc == 0) rc = check_name(a, e, path);
  if (rc == 0) rc = check_size(a, e);
  if (rc < 0) flaw_entry(&a->flaw, e->name, e->name_len);
  return rc;
}
