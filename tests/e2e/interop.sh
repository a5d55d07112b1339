# Archives are standard both ways: Linux boots ours, we boot those of GNU cpio and bsdtar, the tools read ours.
. "$(dirname "$0")/lib.sh"
need_root "$@"
root=$W/root
mkdir -p "$root/bin" "$root/dev" "$root/root" "$root/proc" "$root/sys" "$root/deep/er/and/deep er" "$root/many"
chmod 700 "$root/root"; chmod 755 "$root" "$root/dev"
compiles "$root/init" "$TOP/tests/guest/list.c"
devices "$root"; chmod 600 "$root/dev/console"
mknod "$root/dev/block" b 8 17; mkfifo "$root/deep/fifo"
cp /bin/busybox "$root/bin/busybox"
ln -s busybox "$root/bin/sh"; ln -s "../no where/$(printf 'n\303\266\n')" "$root/deep/dangling"
seq 1000 >"$root/deep/er/hard1"; ln "$root/deep/er/hard1" "$root/deep/hard2"; ln "$root/deep/er/hard1" "$root/many/hard3"
: >"$root/deep/empty"; : >"$root/deep/empty2"
for n in 1 107 108 109 110 111 112 113 4095 4096 4097 8192 70000; do head -c $n /dev/urandom >"$root/deep/size-$n"; done
i=0; while [ $i -lt 300 ]; do echo "file $i" >"$root/many/$(printf '%0*d' $((1 + i % 60)) $i)"; i=$((i + 1)); done
printf 'odd' >"$root/deep/$(printf 'new\nline \\ \377')"
touch "$root/deep/$(printf '%0255d' 0)"
for i in 1 3 4 9 12 13 20; do printf "piece $i" | dd of="$root/deep/holes" bs=1 seek=$((i * 20000)) conv=notrunc status=none; done
truncate -s 500000 "$root/deep/holes"
chmod 4755 "$root/deep/size-1"; chmod 1777 "$root/many"; chown 12:34 "$root/deep/size-107"; chown 65534:65534 "$root/many"
find "$root" -exec touch -h -d @1234567890 {} +
touch -d @0 "$root/deep/size-108"; touch -d @4294967295 "$root/deep/size-109"

# What the tree is, by the same program in a chroot.
cp -a "$root" "$W/jail"
"$CHROOT" "$W/jail" /init | LC_ALL=C sort >"$W/want"
try "the tree lists itself" test "$(wc -l <"$W/want")" -gt 330
keep='rootfs = { owner = "keep"; compress = "%s"; };'

# --- Linux boots what we pack ------------------------------------------------------
kernel=$(apt-cache depends linux-image-cloud-amd64 2>/dev/null | sed -n 's/.*Depends: \(linux-image-[0-9].*\)/\1/p' | head -n 1)
try "Debian's cloud kernel is there: ${kernel:-apt-cache knows none}" "$TOP/tests/debian" "$B" "${kernel:-linux-image-cloud-amd64}"
vmlinuz=$(ls "$B/cache/$kernel"/boot/vmlinuz-* 2>/dev/null)

# The archive inside an image: the first row of the section's header says where (docs/format.md).
cat >"$W/payload.py" <<'EOT'
import struct, sys
section = open(sys.argv[1], "rb").read()
assert section[:8] == b"TAPROOT\x1a"
offset, stored = struct.unpack_from("<QQ", section, 128 + 8)
open(sys.argv[2], "wb").write(section[offset:offset + stored])
EOT
payload() { # CODEC: the archive as it stands in an image of our tree, in $W/CODEC.archive
  pack "l$1" "$root" /init "$(printf "$keep" "$1")" || return 1
  objcopy --dump-section ".initrd=$W/$1.section" "$image" "$W/ignored" && python3 "$W/payload.py" "$W/$1.section" "$W/$1.archive"
}
linux() { # ARCHIVE: the listing of Linux after booting with it
  timeout -k 5 180 "${QEMU:-qemu-system-x86_64}" -display none -nodefaults -no-reboot -M pc -cpu max -m 256 -serial stdio \
    -kernel "$vmlinuz" -initrd "$1" -append "console=ttyS0 quiet panic=-1 rdinit=/init" </dev/null >"$W/linux.out" 2>&1
  tr -d '\r' <"$W/linux.out" | grep -a '^LIST ' | LC_ALL=C sort >"$W/linux.list"
  diff "$W/want" "$W/linux.list" >"$W/diff" || { head -n 20 "$W/diff"; tail -n 5 "$W/linux.out"; return 1; }
}
for codec in none gzip lz4 zstd xz; do try "our archive packs with owners kept, $codec" payload $codec; done
try "Linux boots our archive, none" linux "$W/none.archive"
try "Linux boots our archive, gzip" linux "$W/gzip.archive"
try "Linux boots our archive, zstd" linux "$W/zstd.archive"
try "Linux boots our archive, xz" linux "$W/xz.archive"
lz4 -q -d "$W/lz4.archive" "$W/lz4.plain"
try "all five are one archive" sh -c 'gzip -dc "$1/gzip.archive" | cmp - "$1/none.archive" && xz -dc "$1/xz.archive" | cmp - "$1/none.archive" && zstd -qdc "$1/zstd.archive" | cmp - "$1/none.archive" && cmp "$1/lz4.plain" "$1/none.archive"' - "$W"
lz4 -q -l -9 "$W/lz4.plain" "$W/lz4l.archive"
try "Linux boots it as lz4 legacy" linux "$W/lz4l.archive"

# --- tools read what we pack ---------------------------------------------------------
# These tools do not set the times of directories they enter again, nor all of them those of symlinks.
timeless() { awk '$3 ~ /^(4|12)/ {$5 = "-"} {print}' "$@"; }
read_by() { # COMMAND...: unpacks $W/none.archive into the current directory
  rm -rf "$W/x"; mkdir "$W/x"
  (cd "$W/x" && "$@" <"$W/none.archive") || return 1
  timeless "$W/want" >"$W/want.timeless"
  "$CHROOT" "$W/x" /init | LC_ALL=C sort | timeless | diff "$W/want.timeless" - | head -n 20 >"$W/diff"
  cat "$W/diff"; [ ! -s "$W/diff" ]
}
try "GNU cpio reads it" read_by cpio --quiet -idmu --no-absolute-filenames
try "bsdcpio reads it" read_by bsdcpio --quiet -idmu
try "bsdtar reads it" read_by bsdtar -xpf -

# --- we boot what others pack ----------------------------------------------------------
ours() { # IMAGE [OPTION...]
  "$MKIMAGE" run -m 128 --timeout 120 "$@" >"$W/our.out" 2>"$W/our.err" || { tail -n 5 "$W/our.err"; return 1; }
  LC_ALL=C sort "$W/our.out" | diff "$W/want" - >"$W/diff" || { head -n 20 "$W/diff"; return 1; }
}
for codec in none gzip lz4 zstd xz; do try "our machine shows the same tree, $codec" ours "$W/l$codec-kvm-x86_64.elf"; done
host=$W/lnone-kvm-x86_64.elf
(cd "$root" && find . -print0 | LC_ALL=C sort -z | cpio --quiet -0 -o -H newc --reproducible) >"$W/sorted.cpio"
(cd "$root" && bsdtar --format newc -cf - .) >"$W/bsd.cpio"
lz4 -q -l "$W/bsd.cpio" "$W/bsd.lz4l"; lz4 -q -B4 "$W/bsd.cpio" "$W/bsd.lz4"; gzip -1 -k "$W/bsd.cpio"
for form in sorted.cpio bsd.cpio bsd.lz4 bsd.lz4l bsd.cpio.gz; do try "we boot $form" ours "$host" --initrd "$W/$form"; done
zstd -q -19 "$W/bsd.cpio" -o "$W/bsd.19.zst"; zstd -q -1 --no-check "$W/sorted.cpio" -o "$W/sorted.zst"
try "an image with every decoder packs" pack any "$root" /init 'external = "any"; rootfs = { owner = "keep"; compress = "gzip"; };'
any=$image
bzip2 -9 -k "$W/bsd.cpio"; xz -0 -k "$W/bsd.cpio"; xz -6 -F lzma -k "$W/sorted.cpio"; xz -1 -C sha256 -c "$W/sorted.cpio" >"$W/sorted.xz"
for form in bsd.19.zst sorted.zst bsd.cpio.gz bsd.cpio.xz sorted.cpio.lzma sorted.xz bsd.cpio.bz2; do try "it boots $form" ours "$any" --initrd "$W/$form"; done
refuses() { status 71 "$MKIMAGE" run -m 128 --timeout 60 --initrd "$W/bsd.19.zst" "$host" >"$W/our.out" 2>&1; says "without the decoder of zstd" cat "$W/our.out"; }
try "the smaller kernel names the decoder that it lacks" refuses
for form in crc odc; do (cd "$root" && find . -print0 | cpio --quiet -0 -o -H $form 2>/dev/null) >"$W/gnu.$form"; done
(cd "$root" && bsdtar --format odc -cf - .) >"$W/bsd.odc"; lz4 -q "$W/bsd.odc" "$W/bsd.odc.lz4"; gzip -1 -k "$W/gnu.crc"
for form in gnu.crc gnu.crc.gz gnu.odc bsd.odc.lz4; do try "we boot $form" ours "$host" --initrd "$W/$form"; done
for form in gnutar pax; do (cd "$root" && bsdtar --format $form -cf - .) >"$W/bsd.$form" 2>/dev/null; done
for form in gnu oldgnu posix; do (cd "$root" && tar --format $form -S -cf - .) >"$W/tar.$form"; done
lz4 -q "$W/bsd.pax" "$W/bsd.pax.lz4"; gzip -1 -k "$W/tar.gnu"
for form in bsd.gnutar bsd.pax.lz4 tar.gnu.gz tar.oldgnu tar.posix; do try "we boot $form" ours "$host" --initrd "$W/$form"; done
# Names, types and numbers that older headers cannot hold stay out; what the machine makes in an empty /dev is not looked at.
older() { # WHAT-STAYS-OUT ARCHIVE
  "$MKIMAGE" run -m 128 --timeout 120 "$host" --initrd "$2" >"$W/our.out" 2>"$W/our.err" || { tail -n 5 "$W/our.err"; return 1; }
  grep -a -v "$1" "$W/want" >"$W/want.older"
  LC_ALL=C sort "$W/our.out" | grep -a -v "$1" | diff "$W/want.older" - >"$W/diff" || { head -n 20 "$W/diff"; return 1; }
}
long=$(printf '%0255d' 0)
(cd "$root" && tar --format ustar --exclude "*$long" -cf - .) >"$W/tar.ustar"
(cd "$root" && bsdtar --format ustar --exclude "*$long" -cf - .) >"$W/bsd.ustar" 2>/dev/null
(cd "$root" && tar --format v7 --exclude "*$long" --exclude './dev/*' --exclude ./deep/fifo -cf - .) >"$W/tar.v7"
for form in tar.ustar bsd.ustar; do try "we boot $form" older "/$long " "$W/$form"; done
try "we boot tar.v7" older "/$long \|^LIST /dev[/ ]\|/deep/fifo " "$W/tar.v7"

# Extended attributes: what the host sees of a tree, the machine sees of a tar of it.
attributes=$W/attributes
mkdir -p "$attributes/dev" "$attributes/dir" && compiles "$attributes/attrs" "$TOP/tests/guest/attrs.c"
echo 1 >"$attributes/dir/file"; ln "$attributes/dir/file" "$attributes/hard"; ln -s dir/file "$attributes/link"; mkfifo "$attributes/fifo"
cat >"$W/attributes.py" <<'EOT'
import os, sys
def put(path, name, value): os.setxattr(os.path.join(sys.argv[1], path), name, value, follow_symlinks=False)
for path in ".", "dir", "dir/file": put(path, "user.of", path.encode())
for path in "link", "fifo", "attrs": put(path, "trusted.of", path.encode())
put("dir/file", "user.any", bytes(range(256)) + b"\n20 user.x=1\n\n"); put("dir/file", "user.none", b"")
put("dir/file", "user.a=b%25", b"%25"); put("dir/file", "user.large", b"v" * 3000)
put("attrs", "security.capability", b"\1\0\0\2\0\4\0\0" + b"\0" * 12)
EOT
shown() { # COMMAND...: the attributes that the machine shows of what COMMAND writes
  (cd "$attributes" && "$@") >"$W/attributes.initrd" || return 1
  "$MKIMAGE" run -m 64 --timeout 60 "$shower" --initrd "$W/attributes.initrd" >"$W/our.out" 2>"$W/our.err" || { tail -n 5 "$W/our.err"; return 1; }
  [ "$(wc -l <"$W/attributes.want")" -ge 10 ] && diff "$W/attributes.want" "$W/our.out"
}
if python3 "$W/attributes.py" "$attributes" 2>/dev/null; then
  "$CHROOT" "$attributes" /attrs >"$W/attributes.want"
  pack shower "$attributes" /attrs 2>/dev/null; shower=$image
  try "the machine sees the attributes in GNU tar's archive" shown tar --xattrs "--xattrs-include=*" --format posix -cf - .
  try "and in one with a sparse file and names behind each other" shown tar -S --xattrs "--xattrs-include=*" --format posix --sort=name -b 1 -cf - .
  try "the machine sees the attributes in bsdtar's archive" shown bsdtar --xattrs --format pax -cf - .
else
  skip "attributes in archives of GNU tar and bsdtar" "this file system keeps none"
fi
several() { { cat "$W/sorted.cpio"; head -c 1024 /dev/zero; gzip -c "$W/bsd.cpio"; } >"$W/several"; ours "$host" --initrd "$W/several"; }
try "several archives one after another, one of them compressed" several
done_testing
