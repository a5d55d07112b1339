# No flipped byte of the initrd section escapes: not mkimage verify, not the library, not the machine.
. "$(dirname "$0")/lib.sh"
printf 'int main(void) { return 0; }\n' >"$W/true.c"
root=$W/root
mkdir -p "$root/bin" "$root/etc"
compiles "$root/bin/true" "$W/true.c" -Os -s
seq 200 >"$root/etc/numbers"; ln -s numbers "$root/etc/link"

# section NAME: offset and size in the file, as readelf has them
section() { readelf -SW "$image" | sed 's/^ *\[ *[0-9]*\] //' | awk -v name="$1" '$1 == name {print "0x" $4, "0x" $5}'; }
gcc -O2 -I"$TOP/include" "$TOP/tests/e2e/damage.c" "$B/libtaproot.a" -lz -ldeflate -lzstd -llzma -lbz2 -lmd -lpthread -o "$W/damage"

for codec in none gzip lz4 zstd xz; do
  try "packs with $codec" pack $codec "$root" /bin/true "rootfs = { compress = \"$codec\"; };"
  try "every byte of .initrd, $codec" "$W/damage" "$image" $(section .initrd)
done
try "every byte of .manifest" "$W/damage" "$image" $(section .manifest)
try "packs with check = sha256" pack sha256 "$root" /bin/true 'rootfs = { compress = "gzip"; check = "sha256"; };'
try "every byte of .initrd, sha256" "$W/damage" "$image" $(section .initrd)

# The real tool and the real machine, on a sample.
image=$W/lz4-kvm-x86_64.elf
read -r from bytes <<EOT
$(section .initrd)
EOT
flip() { # OFFSET OUTPUT
  cp "$image" "$2"
  byte=$(od -An -tu1 -j $((from + $1)) -N1 "$2")
  printf "\\$(printf %o $((byte ^ 16)))" | dd of="$2" bs=1 seek=$((from + $1)) conv=notrunc status=none
}
sample="0 9 13 24 33 48 60 100 127 128 136 144 160 170 200 4000 4096 4097 4500 5000 $((bytes - 4096)) $((bytes - 100)) $((bytes - 1))"
verifies() {
  "$MKIMAGE" verify "$image" || return 1
  for at in $sample; do flip "$at" "$W/bad.elf"; status 3 "$MKIMAGE" verify "$W/bad.elf" || { echo "byte $at"; return 1; }; done
}
try "mkimage verify ends with 3 for each of a sample" verifies
machine_stops() {
  for at in $sample; do
    flip "$at" "$W/bad.elf"
    boot microvm max 64 "$W/bad.elf"
    ends 'stopped*' || { echo "byte $at"; return 1; }
  done
}
try "and the machine stops before the program" machine_stops
flip 4600 "$W/bad.elf"
try "mkimage run: status 71" status 71 "$MKIMAGE" run --timeout 60 "$W/bad.elf"
done_testing
