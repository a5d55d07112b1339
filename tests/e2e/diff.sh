#!/bin/sh
# tests/e2e/diff.sh - diff, tree and hash: over images, archives and directories they say the same of the same tree.
. "$(dirname "$0")/lib.sh"
umask 022
export LC_ALL=C

# --- one tree in every packing
root=$W/root
mkdir -p "$root/bin" "$root/etc/deep" "$root/empty" "$root/a" "$root/a.b"
cp /bin/busybox "$root/bin/busybox"; chmod 4755 "$root/bin/busybox"
printf 'one\ntwo\n' >"$root/etc/conf"; ln "$root/etc/conf" "$root/a/again"; : >"$root/etc/nothing"
head -c 300000 /dev/urandom >"$root/etc/blob"; ln -s ../etc/conf "$root/a/link"; ln -s etc/deep "$root/way"; printf x >"$root/etc/deep/x"
mkfifo "$root/pipe"; printf z >"$root/a.b/z"; bad=$(printf 'bad\377\033name'); printf b >"$root/$bad"
find "$root" -depth -exec touch -h -d '2021-02-03 04:05:06 UTC' {} +
pack img "$root" /bin/busybox || exit 1
elf=$image
pack gz "$root" /bin/busybox 'rootfs = { compress = "gzip"; };'; gz=$image
(cd "$root" && find . | sort -r | cpio -o -H newc -R 0:0 2>/dev/null) >"$W/r.cpio" # another order
(cd "$root" && tar --owner 0 --group 0 --sort=name --format=posix -cf - .) | zstd -q >"$W/r.tar.zst"
(cd "$root" && tar --owner 0 --group 0 --sort=name --format=gnu -cf - .) | gzip >"$W/r.tar.gz"
cp -a "$root" "$W/copy"

# --- diff
alike() { "$MKIMAGE" diff "$1" "$2" >"$W/out" 2>"$W/err" && [ ! -s "$W/out" ] && [ ! -s "$W/err" ] || { cat "$W/out" "$W/err"; return 1; }; }
for b in "$gz" "$W/r.cpio" "$W/r.tar.zst" "$W/r.tar.gz" "$root"; do
  try "the image and $(basename "$b") are alike" alike "$elf" "$b"
  try "and the other way round" alike "$b" "$elf"
done
try "two archives" alike "$W/r.cpio" "$W/r.tar.zst"
try "two directories" alike "$root" "$W/copy"
try "standard input" eval '"$MKIMAGE" diff - "$root" <"$elf"'
cat >"$W/many.cfg" <<'EOF'
name = "many"; program = { path = "/bin/busybox"; };
rootfs = { exclude = [ "/empty" ]; files = ( { path = "/dev/null"; device = "c 1 3"; }, { path = "etc/conf"; mode = "0600"; } ); };
EOF
"$MKIMAGE" -q -o "$W" "$W/many.cfg" "$root"; many=$W/many-kvm-x86_64.elf
try "a directory is taken as the image's recipe packs it" alike "$many" "$root"
try "on either side" alike "$root" "$many"
says_so() { "$MKIMAGE" diff "$many" "$W/copy" >"$W/out"; [ $? = 1 ] && [ "$(tail -n 1 "$W/out")" = "($W/copy as the recipe of $many packs it; --raw: as it is)" ] && ! "$MKIMAGE" diff -q "$many" "$W/copy" | grep -q recipe; }
try "which is said where they differ" eval 'rm "$W/copy/a/link" && says_so && rm -rf "$W/copy" && cp -a "$root" "$W/copy"'
raw() { "$MKIMAGE" diff --raw "$many" "$root" >"$W/out"; [ $? = 1 ] && [ "$(cat "$W/out")" = "\
! a/again: mode 0600 -> 0644
- dev (dir)
- dev/null (chr)
+ empty (dir)
! etc/conf: mode 0600 -> 0644" ] || { cat "$W/out"; return 1; }; }
[ "$(id -u)" = 0 ] && try "and with --raw as it is" raw

differs() { # WHAT LINE COMMANDS: the one line, and what --json says of it
  what=$1 line=$2; shift 2
  rm -rf "$W/copy" && cp -a "$root" "$W/copy" && (cd "$W/copy" && eval "$*" && find . -type d -exec touch -d '2021-02-03 04:05:06 UTC' {} +) || return 1
  "$MKIMAGE" diff "$root" "$W/copy" >"$W/out" 2>"$W/err"; got=$?
  [ $got = 1 ] && [ "$(cat "$W/out")" = "$line" ] && [ ! -s "$W/err" ] || { echo "status $got"; cat "$W/out" "$W/err"; return 1; }
  "$MKIMAGE" diff --json "$root" "$W/copy" | head -n 1 | python3 -c '
import json, sys
o = json.loads(sys.stdin.readline()); what = sys.argv[1]
assert what in (o["change"], *o.get("differs", [])), o
assert ("a" in o) == (o["change"] != "added") and ("b" in o) == (o["change"] != "removed"), o' "$what"
}
back='touch -h -d "2021-02-03 04:05:06 UTC"'
try "an entry more" differs added "+ new (file, 3 bytes)" "printf new >new"
try "an entry less" differs removed "- a.b/z (file, 1 byte)" "rm a.b/z"
try "a mode" differs mode "! bin/busybox: mode 4755 -> 0755" "chmod 755 bin/busybox"
try "a time" differs mtime "! etc/blob: mtime 1612325106 -> 1612325107" "touch -d '2021-02-03 04:05:07 UTC' etc/blob"
try "a target" differs target "! a/link: target ../etc/conf -> /etc/conf" "ln -sfn /etc/conf a/link; $back a/link"
try "a type" differs type "! empty: type dir -> file" "rmdir empty; : >empty"
try "a broken hard link" differs links "! etc/conf: links a/again -> etc/conf" "cp -p etc/conf t; mv t etc/conf"
for at in 0 1 65535 65536 299999; do
  try "one byte at $at" differs content "! etc/blob: content, differs from offset $at on" \
    "python3 -c 'f=open(\"etc/blob\",\"r+b\"); f.seek($at); b=f.read(1)[0]; f.seek($at); f.write(bytes([b^1]))'; $back etc/blob"
done
try "a size, and where it begins" differs size "! etc/blob: size 300000 -> 300001, differs from offset 300000 on" "printf x >>etc/blob; $back etc/blob"
try "cut to nothing" differs size "! etc/blob: size 300000 -> 0, differs from offset 0 on" ": >etc/blob; $back etc/blob"
try "a name that is no text" differs removed '- bad\xff\x1bname (file, 1 byte)' 'rm bad*'
if [ "$(id -u)" = 0 ]; then
  try "an owner" differs owner "! etc/nothing: owner 0:0 -> 7:8" "chown 7:8 etc/nothing"
  mknod "$root/n" c 1 3; touch -d '2021-02-03 04:05:06 UTC' "$root" "$root/n"
  try "a device" differs device "! n: device 1:3 -> 1:5" "rm n; mknod n c 1 5; $back n"
  rm -f "$root/n"; touch -d '2021-02-03 04:05:06 UTC' "$root"
fi
xattr() { python3 -c 'import os, sys; os.setxattr(sys.argv[1], sys.argv[2], sys.argv[3].encode())' "$@"; }
: >"$W/x"
if xattr "$W/x" user.note x 2>/dev/null; then
  attrs=yes
  try "an extended attribute" differs xattrs "! etc/nothing: xattrs none -> user.note" "xattr etc/nothing user.note value"
  xattr "$root/etc/nothing" user.note value; xattr "$root/etc/nothing" user.more more
  try "another value" differs xattrs "! etc/nothing: xattrs user.note -> another value" "xattr etc/nothing user.note other"
  pack pax "$root" /bin/busybox 'rootfs = { format = "pax"; };'; pax=$image
  try "an image that holds them is like its directory" alike "$pax" "$root"
  try "and not like one without" eval '"$MKIMAGE" diff "$pax" "$elf" >"$W/out"; [ $? = 1 ] && [ "$(cat "$W/out")" = "! etc/nothing: xattrs user.more -> none" ]'
  try "verify sees them, too" eval 'xattr "$root/etc/nothing" user.more less && "$MKIMAGE" verify "$pax" "$root" >"$W/out"; [ $? = 1 ] && grep -q "etc/nothing: xattrs: image user.more" "$W/out"'
  xattr "$root/etc/nothing" user.more more
  try "fractions count where both have them" eval 'touch -d "2021-02-03 04:05:06.5 UTC" "$W/copy/etc/conf" "$W/copy/etc/nothing"; rm -rf "$W/c3"; cp -a "$W/copy" "$W/c3"; touch -d "2021-02-03 04:05:06.25 UTC" "$W/c3/etc/conf";
    "$MKIMAGE" diff "$W/copy" "$W/c3" >"$W/out"; grep -q "etc/conf: mtime 1612325106.500000000 -> 1612325106.250000000" "$W/out" && ! grep -q nothing "$W/out"'
else skip "extended attributes" "no file system for them in TMPDIR"; fi

sums() {
  rm -rf "$W/copy"; cp -a "$root" "$W/copy"; rm "$W/copy/a.b/z"; printf 12345 >"$W/copy/p5"; chmod 700 "$W/copy/etc/blob"
  "$MKIMAGE" diff --stat "$root" "$W/copy" >"$W/out"; [ $? = 1 ] && grep -q '^added  *1  5 bytes' "$W/out" && grep -q '^removed  *1  1 byte' "$W/out" &&
    grep -q '^  mode  *1' "$W/out" && grep -q "^bytes " "$W/out" || { cat "$W/out"; return 1; }
  "$MKIMAGE" diff --stat --json "$root" "$W/copy" | python3 -c '
import json, sys
o = json.loads(sys.stdin.read())
assert o["added"] == o["removed"] == 1 and o["attributes"]["mode"] == 1 and o["bytes"]["b"] == o["bytes"]["a"] + 4, o'
}
try "--stat" sums
trouble() { "$@" >"$W/out" 2>"$W/err"; got=$?; [ $got = 2 ] && [ -s "$W/err" ] || { echo "status $got"; cat "$W/out" "$W/err"; return 1; }; }
head -c 5000 "$W/r.cpio" >"$W/cut"; head -c 100 /dev/urandom >"$W/noise"; head -c $(($(stat -c %s "$elf") - 9000)) "$elf" >"$W/cut.elf"
try "trouble is 2: nothing there" trouble "$MKIMAGE" diff "$root" "$W/none"
try "a damaged archive" trouble "$MKIMAGE" diff "$W/cut" "$root"
try "a damaged image" trouble "$MKIMAGE" diff "$root" "$W/cut.elf"
try "what is no archive" trouble "$MKIMAGE" diff "$root" "$W/noise"
try "two standard inputs" trouble "$MKIMAGE" diff - -
try "one operand" trouble "$MKIMAGE" diff "$root"
try "-- ends the options" eval 'cd "$W" && cp -a root ./-r && "$MKIMAGE" diff -- -r root'

# --- hash: mkimage(1) says how, and this is that, from a directory
cat >"$W/hash.py" <<'EOF'
import hashlib, os, stat, sys
top = os.fsencode(sys.argv[1]); owner = 'no-owner' not in sys.argv; mtime = 'no-mtime' not in sys.argv
out = []; first = {}
def walk(path):
    full = os.path.join(top, path); st = os.lstat(full)
    put(path, full, st)
    if stat.S_ISDIR(st.st_mode):
        for n in sorted(os.listdir(full)): walk(n if path == b'.' else path + b'/' + n)
def put(path, full, st):
    f = [path]; key = (st.st_dev, st.st_ino)
    if not stat.S_ISDIR(st.st_mode) and key in first: f += [b'link', first[key]]
    else:
        first[key] = path
        kind = {stat.S_IFREG: b'file', stat.S_IFDIR: b'dir', stat.S_IFLNK: b'symlink', stat.S_IFIFO: b'fifo'}[stat.S_IFMT(st.st_mode)]
        f += [kind, b'%04o' % stat.S_IMODE(st.st_mode)]
        if owner: f.append(b'%d:%d' % (st.st_uid, st.st_gid))
        if mtime: f.append(b'%d' % int(st.st_mtime))
        if kind == b'file': f.append(hashlib.sha256(open(full, 'rb').read()).hexdigest().encode())
        if kind == b'symlink': f.append(os.readlink(full))
        for n in sorted(os.listxattr(full, follow_symlinks=False)):
            if n.startswith('user.'): f += [n.encode(), hashlib.sha256(os.getxattr(full, n)).hexdigest().encode()]
    out.extend(f + [b''])
out.append(b'taproot tree 1')
if not owner: out.append(b'no owner')
if not mtime: out.append(b'no mtime')
out.append(b'')
walk(b'.')
print(hashlib.sha256(b''.join(x + b'\0' for x in out)).hexdigest())
EOF
rm -rf "$W/copy"; cp -a "$root" "$W/copy"
hash() { "$MKIMAGE" hash "$@" | cut -d ' ' -f 1; }
same() { want=$(python3 "$W/hash.py" "$root" $1); shift; [ -n "$want" ] && for f in "$root" "$W/copy" "$@"; do got=$(hash $opt "$f"); [ "$got" = "$want" ] || { echo "$f: $got, wanted $want"; return 1; }; done; }
if [ -n "${attrs:-}" ]; then opt=--no-owner; try "the hash of what has attributes" same no-owner "$pax"; fi
if [ -n "${attrs:-}" ]; then python3 -c 'import os, sys; [os.removexattr(f, n) for f in sys.argv[1:] for n in ("user.note", "user.more")]' "$root/etc/nothing" "$W/copy/etc/nothing"; fi
opt= ; try "the hash is what the manual says" same ""
if [ "$(id -u)" = 0 ]; then try "and the same of every packing" same "" "$elf" "$gz" "$W/r.cpio" "$W/r.tar.zst" "$W/r.tar.gz"; fi
if [ -n "${attrs:-}" ]; then
  opt= ; try "attributes count" eval 'xattr "$W/copy/etc/conf" user.note x && [ "$(hash "$W/copy")" = "$(python3 "$W/hash.py" "$W/copy")" ] && [ "$(hash "$W/copy")" != "$(hash "$root")" ]'
  rm -rf "$W/copy"; cp -a "$root" "$W/copy"
fi
opt=--no-owner; try "without owners" same no-owner "$elf" "$W/r.cpio"
opt="--no-owner --no-mtime"; try "nor times" same "no-owner no-mtime" "$elf"
try "a directory as app.cfg packs it" eval '[ "$(hash -r "$W/many.cfg" "$root")" = "$(hash "$many")" ]'
try "or as an image does" eval '[ "$(hash -r "$many" "$root")" = "$(hash "$many")" ]'
try "which is not the directory itself" eval '[ "$(hash "$root")" != "$(hash "$many")" ]'
each_counts() { # every attribute changes the hash
  was=$(hash "$W/copy")
  for change in 'chmod 600 etc/conf' 'touch -d "2021-02-03 04:05:09 UTC" etc/conf' 'printf x >>etc/conf; touch -d "2021-02-03 04:05:09 UTC" etc/conf' 'mv etc/conf etc/conf2' \
    'ln etc/blob etc/blob2' 'ln -sfn nowhere way' 'cp -p a/again t; mv t a/again'; do
    (cd "$W/copy" && eval "$change"); now=$(hash "$W/copy"); [ "$now" != "$was" ] || { echo "$change"; return 1; }; was=$now
  done
}
try "each attribute counts" each_counts
try "several at once, as sha256sum prints them" eval '[ "$("$MKIMAGE" hash "$elf" "$gz" | wc -l)" = 2 ]'
try "hash --json" eval '"$MKIMAGE" hash --json "$elf" | python3 -c "import json,sys; o=json.loads(sys.stdin.read()); assert len(o[\"hash\"])==64 and o[\"entries\"]>10"'
try "the hash of what is damaged" eval '"$MKIMAGE" hash "$W/cut" "$elf" >"$W/out" 2>"$W/err"; [ $? = 3 ] && [ "$(wc -l <"$W/out")" = 1 ]'

# --- tree
plain() { "$MKIMAGE" tree "$W/r.cpio" >"$W/out" && cat >"$W/want" <<EOF
$W/r.cpio  $(python3 -c "import sys; n=int(sys.argv[1]); print('%d.%d MiB' % (n >> 20, n * 10 // (1 << 20) % 10))" $(($(stat -c %s "$root/bin/busybox") + 300011)))
|-- a/  8 bytes
|   |-- again  8 bytes
|   \`-- link -> ../etc/conf
|-- a.b/  1 byte
|   \`-- z  1 byte
|-- bad\\xff\\x1bname  1 byte
EOF
  head -n 7 "$W/out" | diff "$W/want" - && grep -qx '|-- pipe  fifo' "$W/out" && grep -qx '|   |-- conf  same as a/again' "$W/out" && grep -qx '`-- way -> etc/deep' "$W/out" &&
    tail -n 1 "$W/out" | grep -q '^6 directories, 8 files, 2 symlinks, 1 other, '; }
try "tree" plain
try "the same of the image and of the directory" eval 'for f in "$elf" "$root"; do "$MKIMAGE" tree "$f" | tail -n +2 >"$W/t.$(basename "$f")"; done; tail -n +2 "$W/out" | diff - "$W/t.$(basename "$elf")" && diff "$W/t.root" "$W/t.$(basename "$elf")"'
try "with lines where the locale has them" eval 'LC_ALL=C.UTF-8 "$MKIMAGE" tree "$elf" | grep -q "^│   ├── again"'
try "tree -L" eval ' "$MKIMAGE" tree -L 1 "$elf" | grep -q "a/  8 bytes" && ! "$MKIMAGE" tree -L 1 "$elf" | grep -q again'
try "tree -d" eval '! "$MKIMAGE" tree -d "$elf" | grep -q busybox && "$MKIMAGE" tree -d "$elf" | grep -q "^    \?.*deep"'
for t in "$elf" "$root"; do
  try "a path through a symlink ($(basename "$t"))" eval '"$MKIMAGE" tree "$t" /way/../deep/ | grep -q "x  1 byte"'
  try "a symlink itself ($(basename "$t"))" eval '"$MKIMAGE" tree "$t" way | grep -qx "way -> etc/deep"'
  try "a path that is not there ($(basename "$t"))" trouble "$MKIMAGE" tree "$t" way/none
done
nested() { "$MKIMAGE" tree --json "$1" $2 | python3 -c '
import json, sys
o = json.loads(sys.stdin.read()); n = {"dir": 0}
def walk(o):
    n[o["type"]] = n.get(o["type"], 0) + 1
    if o["type"] == "dir": assert o["bytes"] >= sum(c["bytes"] if c["type"] == "dir" else c["size"] if c["type"] == "file" and "same_as" not in c else 0 for c in o["children"]), o
    for c in o.get("children", []): walk(c)
walk(o); assert n == json.loads(sys.argv[1]), n' "$3"; }
try "tree --json" nested "$elf" "" '{"dir":7,"file":8,"symlink":2,"fifo":1}'
try "cut at a level" nested "$root" "-L 1" '{"dir":6,"file":1,"symlink":1,"fifo":1}'
try "directories alone" nested "$root" "-d" '{"dir":7}'
try "no colour in a pipe" eval '! "$MKIMAGE" tree "$elf" | grep -q "$(printf "\033")"'
if command -v script >/dev/null; then
  try "colour on a terminal" eval 'TERM=xterm NO_COLOR= script -qec "$MKIMAGE tree $elf" /dev/null </dev/null | grep -q "$(printf "\033\\[1;34m")"'
  try "not with NO_COLOR" eval '! TERM=xterm NO_COLOR=1 script -qec "$MKIMAGE tree $elf" /dev/null </dev/null | grep -q "$(printf "\033")"'
else skip "colour on a terminal" "no script(1)"; fi
try "a full disk is an error" eval '"$MKIMAGE" tree "$elf" >/dev/full 2>"$W/err"; [ $? = 2 ]'
done_testing
