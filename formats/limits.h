/* formats/limits.h - the bounds that hold on every floor, each in one place. */
#ifndef FORMATS_LIMITS_H
#define FORMATS_LIMITS_H

enum {
  LIMIT_NAME = 255,         /* bytes in one path component, without its NUL */
  LIMIT_PATH = 4096,        /* bytes in a path, with its NUL */
  LIMIT_TARGET = 4095,      /* bytes in a symlink target, without its NUL */
  LIMIT_ATTR_NAME = 255,    /* bytes in an extended attribute's name */
  LIMIT_ATTR_VALUE = 65536, /* in its value */
  LIMIT_ATTR_LIST = 65536,  /* in the names of all that one inode has, with their NULs */
  LIMIT_SYMLINKS = 40,      /* symlinks followed while one path is resolved */
  LIMIT_ARCHIVES = 8,       /* archives in one .initrd section */
  LIMIT_ARGS = 131072,      /* bytes of arguments plus environment given to a program */
  LIMIT_BOOT_LINE = 4096,   /* bytes of the boot line, with its NUL (QEMU q35/pc cut at 4154) */
  LIMIT_PAGE = 4096,        /* the page: alignment of the section, unit of memory */
};

#endif
