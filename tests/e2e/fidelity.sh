# All that a file system can hold, packed, and unpacked by our machine, by Linux and by the usual tools: each tree equal to
# the source in all that the format holds.  The same tree gives the same bytes, however it lies on the disk.
. "$(dirname "$0")/lib.sh"
need_root "$@"
root=$W/root
mkdir -m 755 "$root" "$root/dev"; mkdir -m 700 "$root/root"
compiles "$root/init" "$TOP/tests/guest/list.c"
devices "$root"
try "a tree of all kinds" python3 "$TOP/tests/e2e/fidelity.py" "$root" "$W/outside"
list() { "$CHROOT" "$1" /init | LC_ALL=C sort; }
list "$root" >"$W/as-it-lies"
# One of the names of a file lies elsewhere: in an archive it is the only one.
sed 's|^\(LIST /links/kept [^ ]* [^ ]* [^ ]*\) 2 |\1 1 |' "$W/as-it-lies" >"$W/want"
try "it lists itself" test "$(wc -l <"$W/want")" -gt 7000

app_cfg "$W/all.cfg" /init 'rootfs = { owner = "keep"; compress = "zstd"; level = 1; };'
image=$W/all-kvm-x86_64.elf
try "it is packed" "$MKIMAGE" -q -o "$W" "$W/all.cfg" "$root"
try "verify finds every entry" "$MKIMAGE" verify -q "$image" "$root"
for format in newc pax; do try "a bare archive, $format" "$MKIMAGE" pack -q -f $format -z none -c "$W/all.cfg" -o "$W/$format" "$root"; done

# --- each unpacks it ---
same() { diff "$W/$1" - | head -n 20 >"$W/diff"; cat "$W/diff"; [ ! -s "$W/diff" ]; }
# These set no times of directories that they enter again, and not all of them those of symlinks.
timeless() { awk '$3 ~ /^(4|12)/ {$5 = "-"} {print}' "$@"; }
timeless "$W/want" >"$W/timeless"
extracted() { "$MKIMAGE" extract -q -C "$W/ours" "$1" && list "$W/ours" | same want; }
try "extract: the machine's own code" extracted "$image"
rm -rf "$W/ours"
try "extract, of the pax archive" extracted "$W/pax"
again() { "$MKIMAGE" -q -o "$W/o" "$W/all.cfg" "$W/ours" && cmp "$image" "$W/o/${image##*/}"; }
mkdir "$W/o"
try "what came out gives the same bytes again" again
machine() { timeout 200 "$MKIMAGE" run -m 192 "$image" </dev/null >"$W/m.list" 2>"$W/m.err" || { tail -n 5 "$W/m.err"; return 1; }; LC_ALL=C sort "$W/m.list" | same want; }
try "the machine shows the same tree" machine
by() { # ARCHIVE WANTED COMMAND...
  rm -rf "$W/x"; mkdir "$W/x"; archive=$1 wanted=$2; shift 2
  (cd "$W/x" && "$@" <"$W/$archive") || return 1
  if [ "$wanted" = timeless ]; then list "$W/x" | timeless | same timeless; else list "$W/x" | grep -v '^LIST / ' | same rootless; fi
}
grep -v '^LIST / ' "$W/want" >"$W/rootless" # they leave the directory where they begin as it is
try "GNU cpio, newc" by newc timeless cpio --quiet -idmu --no-absolute-filenames
try "bsdtar, newc" by newc timeless bsdtar -xpf -
try "GNU tar, pax" by pax rootless tar -xpf - --same-owner
try "bsdtar, pax" by pax rootless bsdtar -xpf -
rm -rf "$W/x"
kernel=$(apt-cache depends linux-image-cloud-amd64 2>/dev/null | sed -n 's/.*Depends: \(linux-image-[0-9].*\)/\1/p' | head -n 1)
grep -v '^LIST /dev/console ' "$W/want" >"$W/consoleless"
linux() {
  "$TOP/tests/debian" "$B" "${kernel:-linux-image-cloud-amd64}" && vmlinuz=$(ls "$B/cache/$kernel"/boot/vmlinuz-*) || return 1
  timeout -k 5 200 "${QEMU:-qemu-system-x86_64}" -display none -nodefaults -no-reboot -M pc -cpu max -m 384 -serial stdio \
    -kernel "$vmlinuz" -initrd "$W/newc" -append "console=ttyS0 quiet panic=-1 rdinit=/init" </dev/null >"$W/linux.out" 2>&1
  tr -d '\r' <"$W/linux.out" | grep -a '^LIST ' | grep -v '^LIST /dev/console ' | LC_ALL=C sort | same consoleless # which is written to meanwhile
}
try "Linux, newc" linux

# --- the same bytes, however it lies on the disk ---
another() { # made in another order, so with other inode numbers and another order of reading; on another file system, too
  for copy in "$W/$(printf '%0200d' 0)/copy" /dev/shm/taproot.$$; do
    mkdir -p "$copy" && (cd "$root" && find . -print0 | LC_ALL=C sort -rz | tar --no-recursion --null --warning=no-timestamp -cf - -T -) | tar -C "$copy" --warning=no-timestamp --same-owner -xpf - &&
      (cd "$copy/kinds" && ln -f fifo fifo2 && ln -f c c2 && touch -d @1234567890 .) && # tar forgets links of these
      (umask 077 && cd "$copy" && TZ=Asia/Kolkata LC_ALL=C.UTF-8 "$MKIMAGE" -q -o "$W/o" "$W/all.cfg" .)
    rc=$?; rm -rf "$copy"
    [ $rc = 0 ] && cmp "$image" "$W/o/${image##*/}" || return 1
  done
}
try "another order, file system, path beyond 4096 bytes, umask, zone, locale: the same bytes" another
threads() { for jobs in 1 2 7; do "$MKIMAGE" -q -j $jobs -o "$W/o" "$W/all.cfg" "$root" && cmp "$image" "$W/o/${image##*/}" || return 1; done; }
try "any number of threads: the same bytes" threads

# --- what is beyond ---
beyond() {
  python3 -c '
import os, sys
os.chdir(sys.argv[1])
for _ in range(2100): os.mkdir("d"); os.chdir("d")' "$W/beyond.tree" && says "a path above 4095 bytes" "$MKIMAGE" -o "$W/o" "$W/all.cfg" "$W/beyond.tree" && status 4 "$MKIMAGE" -q -o "$W/o" "$W/all.cfg" "$W/beyond.tree"
}
mkdir "$W/beyond.tree"
try "a path beyond 4096 bytes is refused" beyond
printf 'name = "nodes"; program = { path = "/init"; }; rootfs = { files = ( { path = "/n/null"; device = "c 1 3"; mode = "0666"; owner = "7:4294967294"; }, { path = "/n/big"; device = "b 4095 1048575"; mtime = 4294967295L; }, { path = "/n/pipe"; fifo = true; mode = "0622"; } ); };' >"$W/nodes.cfg"
nodes() { # by anybody, from app.cfg
  mkdir -m 777 "$W/user" && mkdir -m 755 "$W/small" && cp "$root/init" "$W/small/" && chmod 755 "$W" && setpriv --reuid 12345 --regid 12345 --clear-groups "$MKIMAGE" -q -o "$W/user" "$W/nodes.cfg" "$W/small" &&
    timeout 60 "$MKIMAGE" run "$W/user/nodes-kvm-x86_64.elf" </dev/null | grep '^LIST /n/' | LC_ALL=C sort >"$W/nodes.list" &&
    printf '%s\n' 'LIST /n/big 60600 0:0 4294967295 1 0 4095:1048575' 'LIST /n/null 20666 7:4294967294 0 1 0 1:3' 'LIST /n/pipe 10622 0:0 0 1 0' | diff - "$W/nodes.list"
}
if setpriv --reuid 12345 --regid 12345 --clear-groups test -x "$MKIMAGE"; then try "device nodes need no privileges" nodes; else skip "device nodes need no privileges" "the build may not be read by others"; fi
done_testing
