# Whatever happens at whichever system call: the target is the old image or the new one, whole, and nothing else is left.
. "$(dirname "$0")/lib.sh"
cat >"$W/p.c" <<'EOT'
int main(void) { return 0; }
EOT
mkdir -p "$W/root/bin" "$W/root/etc" "$W/two/bin" "$W/t"
compiles "$W/root/bin/p" "$W/p.c"
cp "$W/root/bin/p" "$W/two/bin"
echo one >"$W/root/etc/motd"
echo three >"$W/file"
app_cfg "$W/app.cfg" /bin/p 'rootfs = { compress = "gzip"; mtime = 0; };'
target=$W/t/app-kvm-x86_64.elf
"$MKIMAGE" -q -o "$W/t" "$W/app.cfg" "$W/two" && mv "$target" "$W/old"
faults() { # COMMAND... with a clean run for the new image first
  cp "$W/old" "$target" && "$@" && mv "$target" "$W/new" && ! cmp -s "$W/old" "$W/new" &&
    python3 "$TOP/tests/e2e/inject.py" "$target" "$W/new" "$W/old" -- "$@"
}
# A file system without files that have no name, and one that writes half of what it is given.
cat >"$W/poor.c" <<'EOT'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <unistd.h>
int open64(const char *path, int flags, ...) {
  va_list args;
  va_start(args, flags);
  mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(args, mode_t) : 0;
  va_end(args);
  if ((flags & O_TMPFILE) == O_TMPFILE) return errno = EOPNOTSUPP, -1;
  return openat64(AT_FDCWD, path, flags, mode);
}
ssize_t pwrite64(int fd, const void *bytes, size_t n, off64_t at) {
  ssize_t (*real)(int, const void *, size_t, off64_t) = (ssize_t (*)(int, const void *, size_t, off64_t))dlsym(RTLD_NEXT, "pwrite64");
  return real(fd, bytes, n > 1 ? n / 2 : n, at);
}
EOT
gcc -shared -fPIC -O1 "$W/poor.c" -o "$W/poor.so"
try "build: a fault at every call" faults "$MKIMAGE" -q -j1 -o "$W/t" "$W/app.cfg" "$W/root"
try "swap" faults "$MKIMAGE" swap -q -j1 "$target" "$W/root"
try "cp" faults "$MKIMAGE" cp -q -j1 "$W/file" "$target:/motd"
try "append" faults "$MKIMAGE" append -q -j1 "$target" "$W/root"
INJECT_PRELOAD=$W/poor.so
export INJECT_PRELOAD
try "swap with a temporary name, and short writes" faults "$MKIMAGE" swap -q -j1 "$target" "$W/root"
unset INJECT_PRELOAD

# --- two at once ---
cp "$W/old" "$W/t/one" && "$MKIMAGE" -q swap "$W/t/one" "$W/root" && mv "$W/t/one" "$W/new.one"
cp "$W/old" "$W/t/one" && "$MKIMAGE" -q cp "$W/file" "$W/t/one:/other" && mv "$W/t/one" "$W/new.two"
both() { # [LIBRARY]
  for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
    cp "$W/old" "$target"
    LD_PRELOAD=${1:-} "$MKIMAGE" -q swap "$target" "$W/root" & first=$!
    LD_PRELOAD=${1:-} "$MKIMAGE" -q swap "$target" "$W/root" & second=$!
    LD_PRELOAD=${1:-} "$MKIMAGE" -q cp "$W/file" "$target:/other" & third=$!
    wait $first && wait $second && wait $third || { echo "a run failed"; return 1; }
    cmp -s "$target" "$W/new.one" || cmp -s "$target" "$W/new.two" || "$MKIMAGE" verify "$target" || return 1
    [ "$(ls -A "$W/t")" = app-kvm-x86_64.elf ] || { ls -A "$W/t"; return 1; }
  done
}
try "three at once on one target: one wins, whole, and nothing is left" both
try "with temporary names, too" both "$W/poor.so"
done_testing
