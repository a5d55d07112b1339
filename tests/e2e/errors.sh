# What the world does to files: one sentence, status 2, nothing left behind, and the target as it was.
. "$(dirname "$0")/lib.sh"
cat >"$W/p.c" <<'EOT'
int main(void) { return 0; }
EOT
mkdir -p "$W/root/bin" "$W/root/etc" "$W/t" "$W/tmp"
chmod 755 "$W"
compiles "$W/root/bin/p" "$W/p.c"
head -c 300000 /dev/urandom >"$W/root/etc/large"
app_cfg "$W/app.cfg" /bin/p 'rootfs = { compress = "none"; mtime = 0; };'
target=$W/t/app-kvm-x86_64.elf
"$MKIMAGE" -q -o "$W/t" "$W/app.cfg" "$W/root" && cp "$target" "$W/old"
TMPDIR=$W/tmp
export TMPDIR
# fails TEXT COMMAND...: status 2, one line with TEXT, the target as it was, nothing beside it and in $TMPDIR
fails() {
  want=$1; shift
  "$@" >"$W/said.out" 2>"$W/said"; got=$?
  [ "$got" = "${fails_status:-2}" ] || { echo "status $got"; cat "$W/said"; return 1; }
  [ "$(wc -l <"$W/said")" = 1 ] && grep -qF -- "$want" "$W/said" || { echo "wanted one line with: $want"; cat "$W/said"; return 1; }
  cmp "$target" "$W/old" && beside=$(ls -A "$W/t" "$W/tmp" | grep -v "^app-kvm-x86_64.elf$\|^$\|:$")
  [ -z "$beside" ] || { echo "left: $beside"; return 1; }
}
build() { "$MKIMAGE" -q -o "${out:-$W/t}" "$W/app.cfg" "$1"; }
cat >"$W/mk" <<EOT
#!/bin/sh
# the verbs that write, one after another: WHAT OUT ROOTFS
case \$1 in
build) exec "$MKIMAGE" -q -o "\$2" "$W/app.cfg" "\$3" ;;
pack) exec "$MKIMAGE" -q pack "\$3" -o "\$2" ;;
export) exec "$MKIMAGE" -q export "$target" -o "\$2" ;;
swap) exec "$MKIMAGE" -q swap "$target" "\$3" -o "\$2" ;;
append) exec "$MKIMAGE" -q append "$target" "\$3" -o "\$2" ;;
upgrade) exec "$MKIMAGE" -q upgrade "$target" -o "\$2" ;;
rm) exec "$MKIMAGE" -q rm "$target:/etc/large" -o "\$2" ;;
cpin) exec "$MKIMAGE" -q cp "$W/app.cfg" "$target:/etc" -o "\$2" ;;
cpout) exec "$MKIMAGE" -q cp "$target:/etc/large" "\$2" ;;
save) exec "$MKIMAGE" -q run --timeout 60 "$target" --save "\$2" ;;
esac
EOT
chmod 755 "$W/mk"
verbs="pack export swap append upgrade rm cpin cpout"

# --- inputs ---
ln -s loop "$W/loop"
try "a loop of links as rootfs" fails 'Too many levels' build "$W/loop"
try "  as app.cfg" fails 'Too many levels' "$MKIMAGE" -o "$W/t" "$W/loop" "$W/root"
try "  as image" fails 'Too many levels' "$MKIMAGE" swap "$W/loop" "$W/root"
try "no rootfs there" fails 'No such file' build "$W/none"
try "a directory as image" fails 'not a regular file' "$MKIMAGE" swap "$W/t" "$W/root"
try "a FIFO as image" fails 'not a regular file' sh -c 'mkfifo "$1/fifo"; exec "$2" append "$1/fifo" "$1/root"' - "$W" "$MKIMAGE"
vanishes() { # the file that is listed is gone when it is opened
  strace -f -qq -o /dev/null -P "$W/root/etc/large" -P etc/large -e trace=openat -e inject=openat:error=ENOENT "$MKIMAGE" -q -j1 -o "$W/t" "$W/app.cfg" "$W/root"
}
try "a file that vanishes" fails 'etc/large' vanishes
endless() { # a header of a tar member of 8 GiB less one byte, and zeros
  python3 - <<'EOT'
import sys, tarfile
i = tarfile.TarInfo('endless'); i.size = 0o77777777777
sys.stdout.buffer.write(i.tobuf(tarfile.USTAR_FORMAT))
try:
    while True: sys.stdout.buffer.write(bytes(1 << 16))
except BrokenPipeError: sys.stderr.close()
EOT
}
grows() { # while it is packed; on a busy machine the writer may not get its turn at once
  truncate -s 200M "$W/root/etc/grows"
  while :; do echo more >>"$W/root/etc/grows"; done & writer=$!
  for turn in 1 2 3 4 5; do build "$W/root"; got=$?; [ $got = 0 ] || break; done
  kill $writer 2>/dev/null; wait $writer 2>/dev/null
  rm -f "$W/root/etc/grows"
  return $got
}
fails_status=4
try "a file that grows" fails 'changed while it was read' grows
fails_status=3
try "no archive, without an end" fails 'standard input' sh -c 'yes | "$1" -o "$2" "$3" -' - "$MKIMAGE" "$W/t" "$W/app.cfg"
try "  as image" fails 'standard input' sh -c 'yes | "$1" info -' - "$MKIMAGE"
try "a sparse file's map that is none" fails 'damaged' "$MKIMAGE" -o "$W/t" "$W/app.cfg" "$TOP/tests/cases/bad/tar-sparse-pax-0-1-number"
fails_status=2

# --- a full disk ---
if [ "$(id -u)" = 0 ] && mkdir "$W/small" "$W/ro" && mount -t tmpfs -o size=200k none "$W/small" 2>/dev/null; then
  trap 'umount "$W/small" "$W/ro" 2>/dev/null; rm -rf "$W"' EXIT
  TMPDIR=$W/small
  out=$W/small
  small() { fails "$@" && [ -z "$(ls -A "$W/small")" ]; }
  try "a full disk: build" small 'No space left' build "$W/root"
  for verb in $verbs save; do
    [ $verb != rm ] || continue # what it leaves fits
    TMPDIR=$W/tmp
    try "a full disk: $verb" small 'No space left' "$W/mk" $verb "$W/small/out" "$W/root"
  done
  TMPDIR=$W/small
  archive() { endless | "$MKIMAGE" -q -o "$W/t" "$W/app.cfg" -; }
  try "an archive without an end, as far as the disk goes" small 'No space left' archive
  image() { endless | "$MKIMAGE" -q ls -; }
  try "  as image" small 'No space left' image
  TMPDIR=$W/tmp
  mount -t tmpfs -o ro none "$W/ro"
  out=$W/ro
  try "a read-only place: build" fails 'Read-only' build "$W/root"
  for verb in $verbs save; do try "a read-only place: $verb" fails 'Read-only' "$W/mk" $verb "$W/ro/out" "$W/root"; done
  out=$W/t
else skip "a full disk, a read-only place" "no tmpfs can be mounted"; fi

# --- outputs ---
out=$W/none
try "no directory for the output: build" fails 'No such file' build "$W/root"
mkdir "$W/out.d"
for verb in $verbs save; do
  try "no directory for the output: $verb" fails 'No such file' "$W/mk" $verb "$W/none/out" "$W/root"
  [ $verb = cpout ] || try "a directory as the output: $verb" fails 'not a regular file' "$W/mk" $verb "$W/out.d" "$W/root"
done
mkdir -p "$W/out.d/app-kvm-x86_64.elf"
out=$W/out.d
try "a directory as the output: build" fails 'not a regular file' build "$W/root"
out=$W/t

# --- another user ---
as_user() { setpriv --reuid=12345 --regid=12345 --clear-groups "$@"; }
if [ "$(id -u)" = 0 ] && as_user test -x "$MKIMAGE" -a -x "$W"; then
  chmod -R a+rX "$W/root" "$W/app.cfg" "$W/mk" "$target"
  chmod 777 "$W/tmp"
  try "no permission to write: build" fails 'Permission denied' as_user "$MKIMAGE" -o "$W/t" "$W/app.cfg" "$W/root"
  for verb in $verbs; do try "no permission to write: $verb" fails 'Permission denied' as_user "$W/mk" $verb "$W/t/out" "$W/root"; done
  try "nor in place" fails 'Permission denied' as_user "$MKIMAGE" swap "$target" "$W/root"
  chmod 000 "$W/root/etc/large"
  mkdir -m 777 "$W/free"
  try "a file that cannot be read" fails 'etc/large' as_user "$MKIMAGE" -o "$W/free" "$W/app.cfg" "$W/root"
  chmod 644 "$W/root/etc/large" && chmod 000 "$W/root/etc"
  try "a directory that cannot be read" fails 'etc' as_user "$MKIMAGE" -o "$W/free" "$W/app.cfg" "$W/root"
  chmod 755 "$W/root/etc"
  try "  and nothing was left" [ -z "$(ls -A "$W/free")" ]
else skip "permissions" "needs root, and a build that others may read"; fi

# --- out of an image, and never elsewhere: cp and extract, as root and as a user ---
mkdir "$W/trap" "$W/trap/sub"
echo evil >"$W/trap/file"
echo evil >"$W/trap/sub/file"
ln "$W/trap/file" "$W/trap/zlink"
ln -s "$W/outside" "$W/trap/way"
(cd "$W/trap" && find . | LC_ALL=C sort | cpio --quiet -o -H newc) >"$W/trap.cpio"
chmod 644 "$W/trap.cpio"
lures() { # what stands in DIR already leads elsewhere
  rm -rf "$W/outside" "$W/dir"
  mkdir -m 777 "$W/outside" "$W/dir" && echo kept >"$W/outside/file" && chmod 666 "$W/outside/file"
  ln -s "$W/outside/file" "$W/dir/file" && ln -s "$W/outside" "$W/dir/sub" && ln "$W/outside/file" "$W/dir/zlink" && ln -s "$W/outside/new" "$W/dir/way"
  [ -z "${1:-}" ] || chown -hR "$1:$1" "$W/outside" "$W/dir"
}
kept() { [ "$(cat "$W/outside/file")" = kept ] && [ "$(ls -A "$W/outside")" = file ] && [ "$(cat "$W/dir/sub/file")" = evil ] && [ ! -L "$W/dir/sub" ]; }
confined() { # USER COMMAND...
  lures "$1"; user=$1; shift
  if [ -n "$user" ]; then setpriv --reuid="$user" --regid="$user" --clear-groups "$@"; else "$@"; fi
  kept || { echo "outside:"; ls -lA "$W/outside" "$W/dir"; return 1; }
}
for user in "" 12345; do
  if [ -n "$user" ] && ! { [ "$(id -u)" = 0 ] && as_user test -x "$MKIMAGE" -a -x "$W"; }; then
    skip "confined as a user" "needs root, and a build that others may read"; continue
  fi
  try "extract is confined ${user:+as a user}" confined "$user" "$MKIMAGE" -q extract -C "$W/dir" "$W/trap.cpio"
  try "cp -r, too ${user:+as a user}" confined "$user" "$MKIMAGE" -q cp -r "$W/trap.cpio:/." "$W/dir"
  try "cp -rp ${user:+as a user}" confined "$user" "$MKIMAGE" -q cp -rp "$W/trap.cpio:/" "$W/dir"
  each() { "$MKIMAGE" -q cp "$W/trap.cpio:/file" "$W/trap.cpio:/zlink" "$W/dir" && "$MKIMAGE" -q cp -r "$W/trap.cpio:/way" "$W/trap.cpio:/sub" "$W/dir"; }
  [ -n "$user" ] || try "cp one by one" confined "$user" each
done
# Two archives, the second of which writes through a link of the first; a hard link outward; names that climb.
python3 - "$W" <<'EOT'
import sys, tarfile, io
w = sys.argv[1]
def tar(name, *entries):
    with tarfile.open(f'{w}/{name}', 'w', format=tarfile.USTAR_FORMAT) as t:
        for kind, path, target in entries:
            i = tarfile.TarInfo(path); i.type = kind; i.linkname = target
            data = b'evil\n' if kind == tarfile.REGTYPE else b''
            i.size = len(data); t.addfile(i, io.BytesIO(data))
tar('climb.tar', (tarfile.REGTYPE, '../outside/new', ''))
tar('hard.tar', (tarfile.LNKTYPE, 'link', f'{w}/outside/file'))
tar('hard2.tar', (tarfile.LNKTYPE, 'link', '../outside/file'))
tar('one.tar', (tarfile.SYMTYPE, 'way', f'{w}/outside'))
tar('two.tar', (tarfile.REGTYPE, 'way/new', ''))
tar('absolute.tar', (tarfile.REGTYPE, f'{w}/outside/new', ''))
EOT
cat "$W/one.tar" "$W/two.tar" >"$W/both.tar"
quiet() { # an archive that may be refused; nothing is written elsewhere
  lures; rm -rf "$W/dir"; mkdir "$W/dir"
  for verb in "extract -C $W/dir $1" "cp -r $1:/. $W/dir"; do "$MKIMAGE" -q $verb; done
  [ "$(ls -A "$W/outside")" = file ] && [ "$(cat "$W/outside/file")" = kept ] && [ "$(stat -c %h "$W/outside/file")" = 1 ]
}
for trick in climb hard hard2 both absolute; do try "$trick.tar writes nothing elsewhere" quiet "$W/$trick.tar"; done
done_testing
