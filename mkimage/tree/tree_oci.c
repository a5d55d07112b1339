/* mkimage/tree/tree_oci.c - an OCI image layout: from index.json to the manifest for one machine, to its layers.
 *
 * https://github.com/opencontainers/image-spec: image-layout.md, image-index.md,
 * manifest.md.  An index may list manifests for several machines, other indexes,
 * and things that are no images (attestations); the one image for Linux on the
 * wanted CPU is taken, and several are an error that names them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mkimage/tree/tree_box.h"
#include "mkimage/tree/tree_layer.h"

enum { OCI_DEPTH = 4, OCI_SEEN_MAX = 10000 };

struct oci {
  const struct box *box;
  unsigned seen, found;
  bool plain;            /* of those found: has no variant, as the oldest CPU of its kind */
  struct box_blob blob;  /* of the manifest that was found */
  char names[BOX_LIST];  /* of several that were found */
  char others[BOX_LIST]; /* what else there is */
};

static bool oci_is(const char *type, const char *a, const char *b) {
  return type != NULL && (strcmp(type, a) == 0 || strcmp(type, b) == 0);
}
static bool oci_is_index(const char *type) {
  return oci_is(type, "application/vnd.oci.image.index.v1+json",
                "application/vnd.docker.distribution.manifest.list.v2+json");
}
static bool oci_is_manifest(const char *type) {
  return oci_is(type, "application/vnd.oci.image.manifest.v1+json",
                "application/vnd.docker.distribution.manifest.v2+json");
}
static bool oci_is_config(const char *type) {
  return oci_is(type, "application/vnd.oci.image.config.v1+json", "application/vnd.docker.container.image.v1+json");
}

/* --- manifest -------------------------------------------------------------------------- */

/* The manifest's configuration; json_decref both. */
static int oci_manifest(const struct box *b, const struct box_blob *blob, json_t **manifest, json_t **config,
                        struct box_blob *of) {
  *config = NULL;
  int status = box_json(b, blob, manifest);
  if (status != EXIT_DONE) return status;
  const json_t *d = json_object_get(*manifest, "config");
  if (!json_is_object(d) || !json_is_array(json_object_get(*manifest, "layers")))
    return box_error(b, EXIT_DAMAGED, blob->path, "a manifest without configuration or layers");
  const char *type = box_text(d, "mediaType");
  if (!oci_is_config(type))
    return box_error(b, EXIT_UNFIT, blob->path, "no container image: its configuration is of type '%s'",
                     say_name(type != NULL ? type : "").text);
  status = box_descriptor(b, blob->path, d, of);
  return status == EXIT_DONE ? box_json(b, of, config) : status;
}

static int oci_layers(const struct box *b, const char *file, const json_t *layers) {
  struct box_blob blob;
  int status = EXIT_DONE;
  for (size_t i = 0; i < json_array_size(layers) && status == EXIT_DONE; i++) {
    const json_t *d = json_array_get(layers, i);
    const char *type = box_text(d, "mediaType");
    if (type != NULL && strstr(type, "encrypted") != NULL)
      return box_error(b, EXIT_UNFIT, file, "its layer %zu is encrypted", i + 1);
    status = box_descriptor(b, file, d, &blob);
    if (status == EXIT_DONE) status = box_layer(b, &blob, (uint32_t)i + 1, NULL);
  }
  layers_end(b->t);
  return status;
}

static int oci_image(const struct box *b, const struct box_blob *blob) {
  json_t *manifest, *config;
  struct box_blob of;
  int status = oci_manifest(b, blob, &manifest, &config, &of);
  const json_t *layers = json_object_get(manifest, "layers");
  if (status == EXIT_DONE) status = box_config(b, of.path, config, json_array_size(layers), NULL);
  if (status == EXIT_DONE) status = oci_layers(b, blob->path, layers);
  json_decref(config);
  json_decref(manifest);
  return status;
}

/* --- index ------------------------------------------------------------------------------- */

/* What an image that its index tells nothing of is for, in `machine`; or what it is when it is no image. */
static int oci_ask(const struct box *b, const struct box_blob *blob, char machine[64]) {
  json_t *manifest, *config = NULL;
  struct box_blob of;
  int status = box_json(b, blob, &manifest);
  const json_t *d = json_object_get(manifest, "config");
  const char *type = box_text(d, "mediaType");
  bool image = oci_is_config(type);
  if (status == EXIT_DONE && image) status = box_descriptor(b, blob->path, d, &of);
  if (status == EXIT_DONE && image) status = box_json(b, &of, &config);
  const char *os = box_text(config, "os"), *arch = box_text(config, "architecture");
  if (image)
    snprintf(machine, 64, "%s/%s", os ? os : "linux", arch ? arch : b->arch);
  else
    snprintf(machine, 64, "%s", type ? type : "a thing without a type");
  json_decref(config);
  json_decref(manifest);
  return status;
}

static int oci_machine(const struct box *b, const json_t *d, const struct box_blob *blob, char machine[64]) {
  const json_t *platform = json_object_get(d, "platform");
  if (!json_is_object(platform)) return oci_ask(b, blob, machine);
  const char *os = box_text(platform, "os"), *arch = box_text(platform, "architecture");
  snprintf(machine, 64, "%s/%s", os ? os : "?", arch ? arch : "?");
  return EXIT_DONE;
}

static void oci_found(struct oci *o, const json_t *d, const struct box_blob *blob) {
  const char *variant = box_text(json_object_get(d, "platform"), "variant");
  const char *name = box_text(json_object_get(d, "annotations"), "org.opencontainers.image.ref.name");
  bool plain = variant == NULL || strcmp(variant, "v1") == 0 || strcmp(variant, "v8") == 0;
  if (o->found > 0 && strcmp(o->blob.hex, blob->hex) == 0) return;
  if (o->found > 0 && o->plain && !plain) return;
  if (o->found > 0 && plain && !o->plain) o->found = 0, o->names[0] = 0;
  box_list(o->names, name != NULL ? name : blob->hex);
  o->found++;
  o->plain = plain;
  o->blob = *blob;
}

static int oci_index(struct oci *o, const char *file, const json_t *index, unsigned depth);

static int oci_nested(struct oci *o, const struct box_blob *blob, unsigned depth) {
  json_t *index;
  if (depth == OCI_DEPTH) return box_error(o->box, EXIT_DAMAGED, blob->path, "indexes of indexes, too deep");
  int status = box_json(o->box, blob, &index);
  if (status == EXIT_DONE) status = oci_index(o, blob->path, index, depth + 1);
  json_decref(index);
  return status;
}

static int oci_entry(struct oci *o, const char *file, const json_t *d, unsigned depth) {
  struct box_blob blob;
  char machine[64], wanted[64];
  const char *type = box_text(d, "mediaType");
  if (++o->seen > OCI_SEEN_MAX) return box_error(o->box, EXIT_DAMAGED, file, "too many descriptors");
  int status = box_descriptor(o->box, file, d, &blob);
  if (status != EXIT_DONE) return status;
  if (oci_is_index(type)) return oci_nested(o, &blob, depth);
  if (!oci_is_manifest(type)) return box_list(o->others, type != NULL ? type : "things without a type"), EXIT_DONE;
  status = oci_machine(o->box, d, &blob, machine);
  if (status != EXIT_DONE) return status;
  snprintf(wanted, sizeof wanted, "linux/%s", o->box->arch);
  if (strcmp(machine, wanted) == 0)
    oci_found(o, d, &blob);
  else if (strcmp(machine, "unknown/unknown") != 0) /* attestations */
    box_list(o->others, machine);
  return EXIT_DONE;
}

static int oci_index(struct oci *o, const char *file, const json_t *index, unsigned depth) {
  const json_t *list = json_object_get(index, "manifests");
  int status = EXIT_DONE;
  if (!json_is_array(list)) return box_error(o->box, EXIT_DAMAGED, file, "an index without manifests");
  for (size_t i = 0; i < json_array_size(list) && status == EXIT_DONE; i++)
    status = oci_entry(o, file, json_array_get(list, i), depth);
  return status;
}

static int oci_choose(struct oci *o, const json_t *index) {
  const struct box *b = o->box;
  int status = oci_index(o, "index.json", index, 0);
  if (status != EXIT_DONE || o->found == 1) return status;
  if (o->found > 1)
    return box_error(b, EXIT_USAGE, "index.json",
                     "several images for linux/%s (%s); put the one that is meant into a layout of its own, as with "
                     "skopeo copy oci:DIR:NAME oci:ONE",
                     b->arch, o->names);
  return box_error(b, EXIT_UNFIT, "index.json", "no image for linux/%s%s%s", b->arch, o->others[0] ? "; there is " : "",
                   o->others);
}

static int oci_version(const struct box *b) {
  struct box_blob blob = {.path = "oci-layout", .size = UINT64_MAX};
  json_t *layout;
  int status = box_json(b, &blob, &layout);
  const char *version = box_text(layout, "imageLayoutVersion");
  if (status == EXIT_DONE && (version == NULL || strncmp(version, "1.", 2) != 0))
    status = box_error(b, EXIT_UNFIT, blob.path, "an image layout of version '%s', and only 1.x is known",
                       say_name(version != NULL ? version : "").text);
  json_decref(layout);
  return status;
}

int box_oci(const struct box *b) {
  struct box_blob blob = {.path = "index.json", .size = UINT64_MAX};
  json_t *index = NULL;
  struct oci *o = calloc(1, sizeof *o);
  if (o == NULL) return say_error(b->say, EXIT_USAGE, "out of memory");
  o->box = b;
  int status = oci_version(b);
  if (status == EXIT_DONE) status = box_json(b, &blob, &index);
  if (status == EXIT_DONE) status = oci_choose(o, index);
  if (status == EXIT_DONE) status = oci_image(b, &o->blob);
  b->t->by_machine = o->seen > 1;
  json_decref(index);
  free(o);
  return status;
}
