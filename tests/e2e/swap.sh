# Another rootfs in a finished image, or behind it: without a compiler, a linker, or any other program.
. "$(dirname "$0")/lib.sh"
cat >"$W/show.c" <<'EOT'
#include <stdio.h>
int main(void) {
  char line[100] = "no file\n";
  FILE *f = fopen("/etc/which", "r");
  if (f && !fgets(line, sizeof line, f)) return 1;
  fputs(line, stdout);
  return 0;
}
EOT
for tree in one two three; do
  mkdir -p "$W/$tree/bin" "$W/$tree/etc"
  compiles "$W/$tree/bin/show" "$W/show.c"
  echo "tree $tree" >"$W/$tree/etc/which"
done
seq 300000 >"$W/two/etc/more"
try "packs" pack app "$W/one" /bin/show
runs() { # WHAT IMAGE [OPTION...]
  what=$1; shift
  "$MKIMAGE" run --timeout 60 "$@" >"$W/out" 2>"$W/err" || { cat "$W/err"; return 1; }
  echo "$what" | diff - "$W/out"
}
try "and runs" runs "tree one" "$image"

# No command but the tool itself is executed.
alone() { # COMMAND...
  strace -f -qq -e trace=execve,execveat -o "$W/trace" "$@" || return 1
  [ "$(grep -c 'execve' "$W/trace")" = 1 ] || { cat "$W/trace"; return 1; }
}
cp "$image" "$W/before.elf"
try "swap -o runs no other program" alone "$MKIMAGE" swap "$image" "$W/two" -o "$W/two.elf"
try "the given image is as it was" cmp "$image" "$W/before.elf"
try "the new one boots with the new tree" runs "tree two" "$W/two.elf"
try "and verifies against it" "$MKIMAGE" verify "$W/two.elf" "$W/two"
try "against the old tree it differs" status 1 "$MKIMAGE" verify "$W/two.elf" "$W/one"
try "swap in place" alone "$MKIMAGE" swap "$W/two.elf" "$W/one"
try "back to the first tree: the same bytes" cmp "$W/two.elf" "$W/before.elf"
try "packing runs no other program either" alone "$MKIMAGE" -q -o "$W" "$W/app.cfg" "$W/three"
try "a third tree boots" runs "tree three" "$image"
cp "$image" "$W/three.elf"
rm "$W/two/bin/show"
try "a tree without the program is refused" says "/bin/show" "$MKIMAGE" swap "$W/three.elf" "$W/two"
try "and the image is as it was" cmp "$W/three.elf" "$image"
compiles "$W/two/bin/show" "$W/show.c"
try "section tools can take the archive out" objcopy --dump-section ".initrd=$W/section" "$image" "$W/ignored"
try "it is what mkimage wrote" grep -q TAPROOT "$W/section"

# A foreign archive at boot.
(cd "$W/two" && find . | LC_ALL=C sort | cpio --quiet -o -H newc) >"$W/two.cpio"
lz4 -q -9 "$W/two.cpio" "$W/two.cpio.lz4"
lz4 -q -l -9 "$W/two.cpio" "$W/two.cpio.lz4l"
gzip -k "$W/two.cpio"
for form in cpio cpio.lz4 cpio.lz4l cpio.gz; do
  try "--initrd two.$form" runs "tree two" "$image" --initrd "$W/two.$form"
done
by_hand() { boot pc max 64 "$image" -initrd "$W/two.cpio.lz4"; ends 'exit 0' && echo "tree two" | diff - "$W/m.out"; }
try "QEMU's own -initrd, no mkimage between" by_hand
app_cfg "$W/fixed.cfg" /bin/show 'external = "refuse";'
try "external = refuse packs" "$MKIMAGE" -q -o "$W" "$W/fixed.cfg" "$W/one"
refuses() { boot microvm max 64 "$W/fixed-kvm-x86_64.elf" -initrd "$W/two.cpio"; ends 'stopped*' && [ ! -s "$W/m.out" ]; }
try "and then a loader's archive stops the machine" refuses

# A foreign archive over the embedded one: what it names is replaced, the rest stays.
mkdir -p "$W/base/bin" "$W/base/etc/kept" "$W/over/etc" "$W/over/new"
cat >"$W/look.c" <<'EOT'
#include <stdio.h>
#include <unistd.h>
static void show(const char *path) {
  char line[64] = "not there";
  FILE *f = fopen(path, "r");
  if (f && !fgets(line, sizeof line, f)) line[0] = 0;
  printf("%s: %s\n", path, line);
}
int main(void) {
  show("/etc/both"), show("/etc/kept/base"), show("/etc/link"), show("/new/over");
  return access("/bin/look", X_OK) ? 1 : 0;
}
EOT
compiles "$W/base/bin/look" "$W/look.c"
printf 'a longer text from the base' >"$W/base/etc/both"
printf 'from the base' >"$W/base/etc/kept/base"
printf 'from the base' >"$W/base/etc/link"
printf 'from over' >"$W/over/etc/both"
printf 'from over' >"$W/over/new/over"
ln -s both "$W/over/etc/link"
(cd "$W/over" && find . | LC_ALL=C sort | cpio --quiet -o -H newc) >"$W/over.cpio"
gzip -k "$W/over.cpio"
app_cfg "$W/overlay.cfg" /bin/look 'external = "overlay";'
try "external = overlay packs" "$MKIMAGE" -q -o "$W" "$W/overlay.cfg" "$W/base"
overlay=$W/overlay-kvm-x86_64.elf
shows() { # ONE LINE OF EACH FILE, IMAGE [OPTION...]
  printf '/etc/both: %s\n/etc/kept/base: %s\n/etc/link: %s\n/new/over: %s\n' "$1" "$2" "$3" "$4" >"$W/shown"
  shift 4
  "$MKIMAGE" run -m 64 --timeout 60 "$@" | diff "$W/shown" -
}
try "without a foreign archive, the base" shows 'a longer text from the base' 'from the base' 'from the base' 'not there' "$overlay"
for form in cpio cpio.gz; do
  try "over.$form over it" shows 'from over' 'from the base' 'from over' 'from over' "$overlay" --initrd "$W/over.$form"
done
head -c 300 "$W/over.cpio" >"$W/cut.cpio"
halted() { boot microvm max 64 "$overlay" -initrd "$W/cut.cpio"; ends 'stopped*' && [ ! -s "$W/m.out" ]; }
try "a cut archive over it stops the machine" halted
damaged() {
  cp "$overlay" "$W/damaged.elf"
  printf X | dd of="$W/damaged.elf" bs=1 seek=$(($(wc -c <"$overlay") - 5000)) conv=notrunc status=none
  boot microvm max 64 "$W/damaged.elf" -initrd "$W/over.cpio"; ends 'stopped*' && [ ! -s "$W/m.out" ]
}
try "so does damage below it" damaged
given_back() { boot microvm max 64 "$overlay" -initrd "$W/over.cpio"; grep -q '^boot: release .* bytes given back' "$W/m.log" && ends 'exit 0'; }
try "and both are given back" given_back
done_testing
