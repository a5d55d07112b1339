/* mkimage/tree/tree_docker.c - a `docker save` archive as it was before it also was an OCI layout: manifest.json.
 *
 * [ { "Config": FILE, "RepoTags": [ ... ], "Layers": [ FILE, ... ] }, ... ], where
 * the name of the configuration is its SHA-256, and the configuration has those
 * of the unpacked layers.  A layer may be a symbolic link to that of another image.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mkimage/tree/tree_box.h"
#include "mkimage/tree/tree_layer.h"

#define DOCKER_MANIFEST "manifest.json"

/* Length of the "HEX" or "sha256:HEX" that a component begins with; 0: it does not. */
static size_t docker_hex(const char *base) {
  size_t front = strncmp(base, "sha256:", 7) == 0 ? 7 : 0;
  return strspn(base + front, "0123456789abcdef") == BOX_HEX ? front + BOX_HEX : 0;
}

bool box_is_docker(const struct box *b) {
  const struct tree_name *manifest = tree_find(b->files, DOCKER_MANIFEST);
  if (manifest == NULL || !S_ISREG(manifest->inode->mode)) return false;
  if (tree_find(b->files, "repositories") != NULL) return true;
  for (size_t i = 0; i < b->files->names; i++)
    if (docker_hex(b->files->name[i].path) > 0) return true;
  return false;
}

static int docker_blob(const struct box *b, const char *path, struct box_blob *blob) {
  *blob = (struct box_blob){.size = UINT64_MAX};
  if (path == NULL || strlen(path) >= sizeof blob->path)
    return box_error(b, EXIT_DAMAGED, DOCKER_MANIFEST, "a layer or configuration that is no path");
  memcpy(blob->path, path, strlen(path) + 1);
  return EXIT_DONE;
}

/* "HEX.json", "blobs/sha256/HEX", "sha256:HEX": the name tells the digest.  Of another name nothing is known. */
static void docker_digest(struct box_blob *blob) {
  const char *slash = strrchr(blob->path, '/'), *base = slash != NULL ? slash + 1 : blob->path;
  size_t end = docker_hex(base);
  if (end > 0 && (base[end] == 0 || strcmp(base + end, ".json") == 0)) memcpy(blob->hex, base + end - BOX_HEX, BOX_HEX);
}

/* --- one image --------------------------------------------------------------------------- */

static int docker_layers(const struct box *b, const json_t *layers, const char *const *diff) {
  struct box_blob blob;
  int status = EXIT_DONE;
  for (size_t i = 0; i < json_array_size(layers) && status == EXIT_DONE; i++) {
    status = docker_blob(b, json_string_value(json_array_get(layers, i)), &blob);
    if (status == EXIT_DONE) status = box_layer(b, &blob, (uint32_t)i + 1, diff[i]);
  }
  layers_end(b->t);
  return status;
}

static int docker_one(const struct box *b, const json_t *image) {
  struct box_blob blob;
  json_t *config = NULL;
  const json_t *layers = json_object_get(image, "Layers");
  const char **diff = calloc(json_array_size(layers) + 1, sizeof *diff);
  int status = diff != NULL ? EXIT_DONE : say_error(b->say, EXIT_USAGE, "out of memory");
  if (status == EXIT_DONE && !json_is_array(layers))
    status = box_error(b, EXIT_DAMAGED, DOCKER_MANIFEST, "an image without layers");
  if (status == EXIT_DONE) status = docker_blob(b, box_text(image, "Config"), &blob);
  if (status == EXIT_DONE) {
    docker_digest(&blob);
    status = box_json(b, &blob, &config);
  }
  if (status == EXIT_DONE) status = box_config(b, blob.path, config, json_array_size(layers), diff);
  if (status == EXIT_DONE) status = docker_layers(b, layers, diff);
  json_decref(config);
  free(diff);
  return status;
}

/* --- the list ------------------------------------------------------------------------------ */

static void docker_names(const json_t *list, char names[BOX_LIST]) {
  names[0] = 0;
  for (size_t i = 0; i < json_array_size(list); i++) {
    const json_t *image = json_array_get(list, i);
    const char *tag = json_string_value(json_array_get(json_object_get(image, "RepoTags"), 0));
    if (tag == NULL) tag = box_text(image, "Config");
    box_list(names, tag != NULL ? tag : "?");
  }
}

int box_docker(const struct box *b) {
  struct box_blob blob = {.path = DOCKER_MANIFEST, .size = UINT64_MAX};
  json_t *list;
  char names[BOX_LIST];
  int status = box_json(b, &blob, &list);
  if (status == EXIT_DONE && json_array_size(list) == 0)
    status = box_error(b, EXIT_DAMAGED, DOCKER_MANIFEST, "names no image");
  if (status == EXIT_DONE && json_array_size(list) != 1) {
    docker_names(list, names);
    status = box_error(b, EXIT_USAGE, DOCKER_MANIFEST, "several images (%s); save the one that is meant alone", names);
  }
  if (status == EXIT_DONE) status = docker_one(b, json_array_get(list, 0));
  json_decref(list);
  return status;
}
