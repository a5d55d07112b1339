# A second archive behind the first, and a newer kernel in front of both: what is stored stays byte by byte.
. "$(dirname "$0")/lib.sh"
cat >"$W/show.c" <<'EOT'
#include <stdio.h>
int main(int argc, char **argv) {
  for (int i = 1; i < argc; i++) {
    char line[100] = "not there\n";
    FILE *f = fopen(argv[i], "r");
    if (f && !fgets(line, sizeof line, f)) return 1;
    fputs(line, stdout);
  }
  return 0;
}
EOT
mkdir -p "$W/one/bin" "$W/one/etc" "$W/two/etc" "$W/two/new" "$W/none/dir"
compiles "$W/one/bin/show" "$W/show.c"
echo first >"$W/one/etc/both"
echo kept >"$W/one/etc/kept"
echo second >"$W/two/etc/both"
echo new >"$W/two/new/file"
try "packs" pack app "$W/one" /bin/show 'rootfs = { compress = "gzip"; files = ( { path = "made"; content = "made\n"; } ); };'
cp "$image" "$W/first.elf"
section() { objcopy --dump-section ".initrd=$2" "$1" "$W/ignored"; }
shown() { # WANTED PATH...
  wanted=$1; shift
  "$MKIMAGE" run --timeout 60 "$image" -- "$@" >"$W/out" 2>"$W/err" || { cat "$W/err" "$W/out"; return 1; }
  printf "$wanted" | diff - "$W/out"
}
try "append" "$MKIMAGE" -q append "$image" "$W/two"
try "later entries win" shown 'second\nkept\nnew\nmade\n' /etc/both /etc/kept /new/file /made
kept() { # the bytes of the first archive, behind the header's page
  section "$W/first.elf" "$W/s1" && section "$image" "$W/s2" &&
    cmp -i 4096 -n $(($(wc -c <"$W/s1") - 4096)) "$W/s1" "$W/s2"
}
try "the first archive's bytes are the same" kept
try "it verifies" "$MKIMAGE" -q verify "$image"
merged() { cp -a "$W/one" "$W/merged" && cp -a "$W/two/." "$W/merged" && "$MKIMAGE" verify "$image" "$W/merged"; }
try "  against both trees in one" merged
two() { "$MKIMAGE" info "$image" | tee "$W/info"; "$MKIMAGE" ls --raw --json "$image" | grep -q '"path":"new/file".*"archive":1'; }
try "there are two of them" two
try "ls shows one tree" says 'new/file' "$MKIMAGE" ls "$image"
exported() { "$MKIMAGE" -q export "$image" -o "$W/all.cpio" && "$MKIMAGE" diff "$image" "$W/all.cpio"; }
try "export makes them one" exported
try "in another codec" "$MKIMAGE" -q append -z lz4 "$image" "$W/none"
try "  of three, each boots" shown 'second\n' /etc/both
try "one that the small kernel lacks is refused" says 'its kernel does not decode zstd' status 4 "$MKIMAGE" append -z zstd "$image" "$W/none"
try "as pax" "$MKIMAGE" -q append -f pax "$image" "$W/none"
formats() { [ "$("$MKIMAGE" info "$image" | awk '$1 == "format" {printf "%s ", $2}')" = "newc newc newc tar " ] && "$MKIMAGE" info "$image" | grep -q '^version  *0.1.0$'; }
try "info tells each of them" formats
try "from standard input" sh -c 'tar -C "$1" -c . | "$2" -q append "$3" -' - "$W/none" "$MKIMAGE" "$image"
cp "$image" "$W/five.elf"
for i in 6 7 8; do "$MKIMAGE" -q append "$image" "$W/none"; done
cp "$image" "$W/eight.elf"
try "eight are the most" says 'as many as there can be' status 4 "$MKIMAGE" append "$image" "$W/none"
try "  and the image stays" cmp "$image" "$W/eight.elf"
try "  and boots" shown 'second\nkept\n' /etc/both /etc/kept
try "swap makes one of them" "$MKIMAGE" -q swap "$image" "$W/one"
try "  the first again" cmp "$image" "$W/first.elf"
try "cp, too" "$MKIMAGE" -q cp "$W/two/etc/both" "$W/five.elf:/added"
one() { "$MKIMAGE" ls --raw --json "$W/five.elf" | grep -v '"archive":0'; [ $? = 1 ]; }
try "  one archive" one
mkdir -p "$W/bad" "$W/worse/bin"
echo "no directory" >"$W/bad/etc"
echo 'no program' >"$W/worse/bin/show"
try "a file over a directory is refused as the machine would" says "'etc'" status 3 "$MKIMAGE" append "$image" "$W/bad"
try "so is a program that cannot run" says '/bin/show' status 4 "$MKIMAGE" append "$image" "$W/worse"
try "  and the image stays" cmp "$image" "$W/first.elf"
try "-o leaves it, too" "$MKIMAGE" -q append "$image" "$W/two" -o "$W/two.elf"
try "  as it was" cmp "$image" "$W/first.elf"
try "not to an archive" says 'not a finished image' status 2 "$MKIMAGE" append "$W/all.cpio" "$W/two"

# --- upgrade ---
try "the same kernel: nothing to do" says 'has this kernel already (0.1.0)' "$MKIMAGE" upgrade "$W/two.elf"
# An older kernel: another version in its note and in its log.
mkdir -p "$W/old/kvm-x86_64"
for k in kernel kernel-full; do
  python3 - "$B/kvm-x86_64/$k.elf" "$W/old/kvm-x86_64/$k.elf" <<'EOT'
import sys
b = open(sys.argv[1], 'rb').read()
assert b.count(b'Taproot\0000.1.0\0') == 1
open(sys.argv[2], 'wb').write(b.replace(b'Taproot\0000.1.0\0', b'Taproot\0000.0.9\0'))
EOT
done
for codec in gzip zstd; do
  app_cfg "$W/old.cfg" /bin/show "rootfs = { compress = \"$codec\"; };"
  image=$W/old-kvm-x86_64.elf
  try "an image with an older kernel, $codec" "$MKIMAGE" -q -k "$W/old" -o "$W" "$W/old.cfg" "$W/one"
  [ $codec = zstd ] || "$MKIMAGE" -q append "$image" "$W/two"
  section "$image" "$W/s1"
  try "upgrade tells from where to where" says 'kernel 0.0.9 -> 0.1.0' "$MKIMAGE" upgrade "$image"
  stays() { section "$image" "$W/s2" && cmp -i 4096 "$W/s1" "$W/s2"; }
  try "  the archives stay" stays
  try "  it boots" shown 'kept\n' /etc/kept
  try "  there is nothing to do again" says 'already' "$MKIMAGE" upgrade "$image"
  "$MKIMAGE" -q -o "$W" "$W/old.cfg" "$W/one"
  [ $codec = gzip ] || try "  the same image as one made now" cmp "$image" "$W/old-kvm-x86_64.elf"
done
try "from a directory without kernels" says 'there is no' status 2 "$MKIMAGE" upgrade -k "$W" "$image"
cp "$image" "$W/damaged.elf"
printf X | dd of="$W/damaged.elf" bs=1 seek=$(($(wc -c <"$image") - 5000)) conv=notrunc status=none
try "a damaged archive is no image to upgrade" status 3 "$MKIMAGE" upgrade -k "$W/old" "$W/damaged.elf"
try "no debris" sh -c '! ls -A "$1" | grep -F .mkimage' - "$W"
done_testing
