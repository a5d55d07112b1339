#!/bin/sh
# tests/e2e/look.sh - info, ls, cat, extract and verify: what they show is what was packed, and what the machine will see.
. "$(dirname "$0")/lib.sh"
umask 022
export LC_ALL=C

# --- a tree with everything in it
root=$W/root
mkdir -p "$root/bin" "$root/etc/deep/er" "$root/empty" "$root/tmp" "$root/a" "$root/a.b"
cat >"$W/hello.c" <<'EOF'
#include <stdio.h>
int main(void) { puts("hello"); return 0; }
EOF
musl-gcc -static -O2 "$W/hello.c" -o "$root/bin/hello"
printf 'one\ntwo\n' >"$root/etc/conf"; head -c 200000 /dev/urandom >"$root/etc/blob"; : >"$root/etc/nothing"
ln "$root/etc/conf" "$root/etc/conf.again"; ln "$root/etc/conf" "$root/a/conf.third"
ln -s conf "$root/etc/link"; ln -s /etc/deep "$root/abs"; ln -s nowhere "$root/dangling"; ln -s loop "$root/loop"
mkfifo "$root/tmp/pipe"
printf x >"$root/a/z"; printf x >"$root/a.b/z" # "a/z" comes before "a.b", for a parent's entries follow it at once
bad=$(printf 'bad\377name'); esc=$(printf 'esc\033[2Jape')
printf b >"$root/$bad"; printf e >"$root/$esc"; ln -s "$bad" "$root/to-bad"; printf u >"$root/caf$(printf '\303\251')"
chmod 1777 "$root/tmp"; chmod 4755 "$root/bin/hello"; chmod 600 "$root/etc/blob"; chmod 500 "$root/empty"
find "$root" -depth -exec touch -h -d '2021-02-03 04:05:06 UTC' {} +
files='rootfs = { files = ( { path = "/dev/null"; device = "c 1 3"; mode = "0666"; }, { path = "/dev/sda"; device = "b 8 0"; mode = "0660"; } ); };'
try "the tree is packed" pack all "$root" /bin/hello "$files"
all=$image

# --- ls
cat >"$W/lines.py" <<'EOF'
"""Compares `ls --json --hash` with a directory (lstat and SHA-256), entry for entry and in order."""
import base64, hashlib, json, os, stat, sys
top = os.fsencode(sys.argv[1]); rows = [json.loads(l) for l in open(sys.argv[2], encoding='utf-8')]
extra = set(sys.argv[3:])
def walk(path):
    yield path
    full = os.path.join(top, path)
    if stat.S_ISDIR(os.lstat(full).st_mode):
        for n in sorted(os.listdir(full)): yield from walk(n if path == b'.' else path + b'/' + n)
got = []
for r in rows:
    path = base64.b64decode(r['path_b64']) if 'path_b64' in r else r['path'].encode()
    if 'path_b64' in r: assert r['path'] == path.decode('utf-8', 'replace'), r
    if path.decode('latin-1') not in extra: got.append((path, r))
want = list(walk(b'.'))
assert [p for p, _ in got] == want, ([p for p, _ in got], want)
kinds = {stat.S_IFREG: 'file', stat.S_IFDIR: 'dir', stat.S_IFLNK: 'symlink', stat.S_IFIFO: 'fifo', stat.S_IFCHR: 'chr', stat.S_IFBLK: 'blk'}
for path, r in got:
    full = os.path.join(top, path); st = os.lstat(full); kind = kinds[stat.S_IFMT(st.st_mode)]
    assert r['type'] == kind and r['mtime'] == int(st.st_mtime), (path, r)
    if kind != 'symlink': assert r['mode'] == stat.S_IMODE(st.st_mode), (path, r, oct(st.st_mode))
    assert r['uid'] == 0 and r['gid'] == 0, r
    if kind != 'dir': assert r['nlink'] == st.st_nlink, (path, r)
    if kind == 'file':
        data = open(full, 'rb').read()
        assert r['size'] == len(data) and r['sha256'] == hashlib.sha256(data).hexdigest(), (path, r)
    if kind == 'symlink':
        target = base64.b64decode(r['target_b64']) if 'target_b64' in r else r['target'].encode()
        assert target == os.readlink(full) and r['size'] == len(target), r
EOF
# The devices come from app.cfg, and with them their directory.
as_packed() { "$MKIMAGE" ls --json --hash "$1" >"$W/json" && python3 "$W/lines.py" "$root" "$W/json" dev dev/null dev/sda; }
try "ls --json --hash tells what lstat and sha256 tell, parents first, in byte order" as_packed "$all"
device() { "$MKIMAGE" ls --json "$all" dev/sda | python3 -c '
import json,sys; r = json.loads(sys.stdin.read()); assert (r["type"], r["major"], r["minor"], r["mode"]) == ("blk", 8, 0, 0o660), r'; }
try "devices have their numbers" device
line() { "$MKIMAGE" ls -l "$all" "$1" >"$W/out" && grep -qxE -- "$2" "$W/out" || { cat "$W/out"; return 1; }; }
try "ls -l of a set-id program" line bin/hello '-rwsr-xr-x +1 +0 +0 +[0-9]+ 2021-02-03 04:05:06 bin/hello'
try "ls -l of a sticky directory" line tmp 'drwxrwxrwt +[0-9]+ +0 +0 +[0-9]+ 2021-02-03 04:05:06 tmp'
try "ls -l of a hard link" line etc/conf.again '-rw-r--r-- +3 +0 +0 +8 2021-02-03 04:05:06 etc/conf\.again'
try "ls -l of a symlink" line abs 'lrwxrwxrwx +1 +0 +0 +9 2021-02-03 04:05:06 abs -> /etc/deep'
try "ls -l of a device" line /dev/null 'crw-rw-rw- +1 +0 +0 +1, +3 .* dev/null'
try "a name that is no UTF-8 is escaped" says 'bad\xffname' "$MKIMAGE" ls "$all"
raw_control() { "$MKIMAGE" ls -l "$all" >"$W/out"; grep -q 'esc.x1b' "$W/out" && ! grep -q "$(printf '\033')" "$W/out"; }
try "no control character of a name reaches the terminal" raw_control
below() { "$MKIMAGE" ls "$all" "$1" >"$W/out" && [ "$(tr '\n' ' ' <"$W/out")" = "$2" ] || { cat "$W/out"; return 1; }; }
try "ls PATH shows what is below" below etc/deep "etc/deep etc/deep/er "
try "whatever slashes it has" below /etc//deep/ "etc/deep etc/deep/er "
try "through symlinks" below abs/er "etc/deep/er "
try "ls of what is not there" says "no such file" "$MKIMAGE" ls "$all" nowhere
status2() { "$@" >"$W/out" 2>"$W/err"; [ $? = 2 ] && [ ! -s "$W/out" ] && [ -s "$W/err" ]; }
try "is status 2 and nothing else" status2 "$MKIMAGE" ls "$all" nowhere
try "a loop of symlinks is said" status2 "$MKIMAGE" cat "$all" loop

# --- bare archives
(cd "$root" && find . | sort | cpio -o -H newc -R 0:0 --reproducible 2>/dev/null) >"$W/bare.cpio"
(cd "$root" && bsdtar -cf - --format newc --uid 0 --gid 0 .) >"$W/bsd.cpio"
gzip -c "$W/bare.cpio" >"$W/bare.gz"; lz4 -qc "$W/bare.cpio" >"$W/bare.lz4"; lz4 -lqc "$W/bare.cpio" >"$W/legacy.lz4"
for f in bare.cpio bsd.cpio bare.gz bare.lz4 legacy.lz4; do try "ls of $f" as_packed "$W/$f"; done
for f in crc odc; do (cd "$root" && find . | sort | cpio -o -H $f -R 0:0 2>/dev/null) >"$W/bare.$f"; done
for f in gnu posix; do (cd "$root" && tar -cf - --sort=name --owner 0 --group 0 --format $f .) >"$W/$f.tar"; done
for f in bare.crc bare.odc gnu.tar posix.tar; do try "ls of $f" as_packed "$W/$f"; done
formats() { # what info and ls --raw call each of them
  for f in bare.cpio=newc bare.crc=crc bare.odc=odc gnu.tar=tar bare.gz=newc; do
    "$MKIMAGE" info --json "$W/${f%=*}" | grep -q "\"format\":\"${f#*=}\"" || return 1
    "$MKIMAGE" info "$W/${f%=*}" | grep -qx "format *${f#*=}" && "$MKIMAGE" ls --raw --json "$W/${f%=*}" >"$W/raw" || return 1
    [ "$(grep -c "\"format\":\"${f#*=}\"" "$W/raw")" = "$(wc -l <"$W/raw")" ] || return 1
  done
  "$MKIMAGE" ls --raw -l "$W/gnu.tar" | grep -q ' -> \./a/conf.third$'
}
try "info and ls --raw tell the format, and a hard link's path" formats
try "ls of standard input" eval '"$MKIMAGE" ls - <"$W/bare.gz" >"$W/out" && "$MKIMAGE" ls "$W/bare.cpio" | cmp - "$W/out"'
offsets() { # each offset is that of a header with this name
  "$MKIMAGE" ls --raw --json "$W/$1" >"$W/raw" && python3 - "$W/bare.cpio" "$W/raw" <<'EOF'
import base64, json, sys
data = open(sys.argv[1], 'rb').read(); n = 0
for l in open(sys.argv[2]):
    r = json.loads(l); at = r['offset']; n += 1
    name = base64.b64decode(r['path_b64']) if 'path_b64' in r else r['path'].encode()
    assert data[at:at+6] == b'070701' and data[at+110:at+111+len(name)] == name + b'\0', r
assert n == data.count(b'070701') - 1, n
EOF
}
try "ls --raw has every entry and its offset" offsets bare.cpio
try "in the decompressed stream too" offsets bare.lz4
head -c 4096 /dev/zero >"$W/zeros"
mkdir "$W/over"; printf 'later\n' >"$W/over/late"; mkdir "$W/over/etc"; printf 'three\n' >"$W/over/etc/conf"
(cd "$W/over" && find . | sort | cpio -o -H newc -R 0:0 2>/dev/null) | gzip -c >"$W/over.gz"
cat "$W/bare.cpio" "$W/zeros" "$W/over.gz" >"$W/several"
later() { [ "$("$MKIMAGE" cat "$W/several" etc/conf)" = three ] && [ "$("$MKIMAGE" cat "$W/several" late)" = later ]; }
try "of several archives the later entry wins" later
twice() { [ "$("$MKIMAGE" ls --raw "$W/several" | grep -c 'etc/conf$')" = 2 ] && [ "$("$MKIMAGE" ls "$W/several" | grep -c 'etc/conf$')" = 1 ]; }
try "and --raw shows both" twice

# --- cat
try "cat is exact" eval '"$MKIMAGE" cat "$all" etc/blob | cmp - "$root/etc/blob"'
try "follows symlinks" eval '"$MKIMAGE" cat "$all" etc/link | cmp - "$root/etc/conf"'
cat "$root/etc/conf" "$root/etc/conf" >"$W/twice"
try "of several files" eval '"$MKIMAGE" cat "$all" /etc/conf etc/nothing etc/conf | cmp - "$W/twice"'
ln -s /../../../../etc/passwd "$root/out"; touch -h -d '2021-02-03 04:05:06 UTC' "$root/out" "$root"
try "a tree with a way out is packed" pack all "$root" /bin/hello "$files"
try "a symlink leads nowhere outside the tree" status2 "$MKIMAGE" cat "$all" out
try "cat of a directory" status2 "$MKIMAGE" cat "$all" etc
try "cat of a device" status2 "$MKIMAGE" cat "$all" dev/null
try "cat of what is not there" status2 "$MKIMAGE" cat "$all" etc/conf2
try "a full disk is an error" eval '"$MKIMAGE" cat "$all" etc/blob >/dev/full 2>"$W/err"; [ $? = 2 ]'

# --- info
try "info tells codec and program" eval 'says "lz4" "$MKIMAGE" info "$all" && says "/bin/hello" "$MKIMAGE" info "$all" && says "xxh3" "$MKIMAGE" info "$all"'
info() { "$MKIMAGE" info --json "$all" | python3 -c '
import json, os, sys
o = json.loads(sys.stdin.read()); a = o["archives"][0]
assert o["kind"] == "image" and o["platform"] == "kvm-x86_64" and o["program"] == "/bin/hello" and o["size"] == os.stat(sys.argv[1]).st_size, o
assert a["codec"] == "lz4" and a["check"] == "xxh3" and len(a["digest"]) == 32 and a["entries"] == int(sys.argv[2]), a
assert a["unpacked"] > 200000 and a["stored"] < o["size"] < a["stored"] + (1 << 20) and o["needs"] > a["unpacked"], o' "$all" "$("$MKIMAGE" ls "$all" | wc -l)"; }
try "info --json" info
try "info of a bare archive" eval '"$MKIMAGE" info "$W/bare.gz" | grep -q gzip'

# --- extract
try "extract" "$MKIMAGE" extract --skip-devices -C "$W/x" "$all"
try "gives the tree again" "$MKIMAGE" verify "$all" "$W/x"
try "byte for byte" diff -r --no-dereference --exclude=pipe --exclude=dev "$root" "$W/x"
same_stat() { (cd "$root" && find . ! -name . -exec stat -c '%n %f %Y %h' {} + | sort) >"$W/s1"; (cd "$W/x" && find . ! -name . ! -path './dev*' -exec stat -c '%n %f %Y %h' {} + | sort) >"$W/s2"; diff "$W/s1" "$W/s2"; }
try "modes, times and links too" same_stat
again() { # a directory that held something keeps its own attributes
  "$MKIMAGE" extract --skip-devices -C "$W/x" "$all" && "$MKIMAGE" verify "$all" "$W/x" >"$W/out"
  [ "$(grep -vc '^\.: mtime' "$W/out")" = 1 ] && diff -r --no-dereference --exclude=pipe --exclude=dev "$root" "$W/x"
}
try "over itself once more" again
# What stands there already must lead nowhere: a directory symlink, a file symlink, a hard link, a file that is open.
outside() {
  mkdir -p "$W/y" "$W/outside/deep" && printf keep >"$W/outside/conf" && printf keep >"$W/kept"
  ln -s "$W/outside" "$W/y/etc"; ln -s "$W/kept" "$W/y/dangling"; mkdir "$W/y/a"; ln "$W/kept" "$W/y/a/z"
  "$MKIMAGE" extract --skip-devices -C "$W/y" "$all" || return 1
  [ "$(cat "$W/outside/conf")$(cat "$W/kept")" = keepkeep ] && [ "$(ls "$W/outside")" = "$(printf 'conf\ndeep')" ] &&
    [ ! -L "$W/y/etc" ] && cmp "$W/y/etc/conf" "$root/etc/conf" && [ "$(readlink "$W/y/dangling")" = nowhere ]
}
try "existing symlinks and hard links are replaced, never followed" outside
without() { # the same where there is no openat2
  strace -o "$W/out" true 2>/dev/null || return 0
  for error in ENOSYS EPERM; do
    rm -rf "$W/y" "$W/kept" "$W/outside" "$W/plain"
    strace -o "$W/out" -e trace=openat2 -e inject=openat2:error=$error "$MKIMAGE" extract --skip-devices -C "$W/plain" "$all" && "$MKIMAGE" verify "$all" "$W/plain" || return 1
    grep -q INJECTED "$W/out" || return 1
  done
  plain=$MKIMAGE; MKIMAGE="strace_it"; strace_it() { strace -o "$W/out" -e trace=openat2 -e inject=openat2:error=ENOSYS "$plain" "$@"; }
  outside; got=$?; MKIMAGE=$plain; return $got
}
try "without openat2 too" without
# An archive whose own symlink is then used as a directory: the unpacker refuses it or keeps it inside; nothing gets out.
through() {
  mkdir "$W/t1" "$W/t2" "$W/t2/way" && ln -s "$W/outside" "$W/t1/way" && printf bad >"$W/t2/way/new"
  { (cd "$W/t1" && echo way | cpio -o -H newc 2>/dev/null); (cd "$W/t2" && echo way/new | cpio -o -H newc 2>/dev/null); } >"$W/through"
  "$MKIMAGE" extract -C "$W/z" "$W/through" 2>"$W/err"; [ $? = 3 ] && grep -q "way/new" "$W/err" && [ ! -e "$W/outside/new" ]
}
try "a symlink of the archive leads nowhere outside" through
dotdot() {
  python3 - "$W/dots" <<'EOF'
import sys
def entry(name, mode, data):
    h = '070701' + ''.join('%08x' % v for v in (1, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name) + 1, 0))
    b = h.encode() + name + b'\0'; b += b'\0' * (-len(b) % 4) + data
    return b + b'\0' * (-len(b) % 4)
open(sys.argv[1], 'wb').write(entry(b'../escaped', 0o100644, b'x') + entry(b'TRAILER!!!', 0, b''))
EOF
  "$MKIMAGE" extract -C "$W/z/in" "$W/dots" 2>"$W/err"; [ $? = 3 ] && [ ! -e "$W/z/escaped" ] && grep -q escaped "$W/err"
}
mkdir -p "$W/z"
try "a name with .. is refused" dotdot
if [ "$(id -u)" = 0 ]; then
  try "devices as root" eval '"$MKIMAGE" extract -C "$W/d" "$all" && [ "$(stat -c %F:%t:%T:%a "$W/d/dev/null")" = "character special file:1:3:666" ] && "$MKIMAGE" verify "$all" "$W/d"'
  nobody() { chmod 711 "$W"; mkdir -m 777 "$W/open"; chmod 755 "$(dirname "$all")"; setpriv --reuid=65534 --regid=65534 --clear-groups "$MKIMAGE" extract -C "$W/open/n" - <"$all" 2>"$W/err"; }
  as_nobody() { nobody; [ $? = 2 ] && grep -q 'dev/sda' "$W/err" && [ "$(cat "$W/open/n/etc/conf")" = "$(cat "$root/etc/conf")" ]; }
  if setpriv --reuid=65534 --regid=65534 --clear-groups "$MKIMAGE" --version >/dev/null 2>&1; then
    try "without root each device is named, and all else is there" as_nobody
  else skip "without root each device is named" "nobody may not run the tool here"; fi
else
  plain() { "$MKIMAGE" extract -C "$W/d" "$all" 2>"$W/err"; [ $? = 2 ] && grep -q 'dev/sda' "$W/err" && cmp "$W/d/etc/conf" "$root/etc/conf"; }
  try "without root each device is named, and all else is there" plain
fi
deep() { mkdir "$W/deep" && (cd "$W/deep" && python3 -c '
import os
for i in range(300): os.mkdir("d%d" % i); os.chdir("d%d" % i)
open("f","w").write("x")') && (cd "$W/deep" && find . | cpio -o -H newc -R 0:0 2>/dev/null) >"$W/deep.cpio" && "$MKIMAGE" extract -C "$W/deep.x" "$W/deep.cpio" && diff -r "$W/deep" "$W/deep.x"; }
try "300 directories deep" deep

# --- verify
try "verify alone" "$MKIMAGE" verify "$all"
one_difference() { rm -rf "$W/one"; cp -a "$root" "$W/one" && chmod 640 "$W/one/etc/blob" && says "all-kvm-x86_64.elf: 1 difference" "$MKIMAGE" verify "$all" "$W/one" && ! grep -q "1 differences" "$W/.said"; }
try "one difference is one" one_difference
try "verify --json" eval '"$MKIMAGE" verify --json "$all" | tail -n 1 | grep -q "\"verdict\":\"good\""'
cp -a "$root" "$W/other"
differs() { # the difference, then back to what it was
  kind=$1 text=$2; shift 2
  rm -rf "$W/other" && cp -a "$root" "$W/other" && (cd "$W/other" && eval "$*") || return 1
  "$MKIMAGE" verify "$all" "$W/other" >"$W/out" 2>"$W/err"; got=$?
  [ $got = 1 ] && grep -qF -- "$text" "$W/out" || { echo "status $got"; cat "$W/out" "$W/err"; return 1; }
  "$MKIMAGE" verify --json "$all" "$W/other" | grep -q "\"differs\":\"$kind\"" || { "$MKIMAGE" verify --json "$all" "$W/other"; return 1; }
}
back='touch -d "2021-02-03 04:05:06 UTC"'
try "a mode" differs mode "etc/conf: mode: image 0644 rootfs 0640" "chmod 640 etc/conf"
try "a size" differs size "etc/blob: size: image 200000 rootfs 200001" "echo >>etc/blob; $back etc/blob"
try "one byte" differs content "etc/blob: content" "printf Z | dd of=etc/blob bs=1 seek=150000 conv=notrunc 2>/dev/null; cmp -s etc/blob '$root/etc/blob' && printf Y | dd of=etc/blob bs=1 seek=150000 conv=notrunc 2>/dev/null; $back etc/blob"
try "a time" differs mtime "etc/conf: mtime: image 1612325106 rootfs 1612325107" "touch -d '2021-02-03 04:05:07 UTC' etc/conf"
try "a target" differs target "abs: target: image /etc/deep rootfs /etc/door" "ln -sfn /etc/door abs"
try "a type" differs type "empty: type: image dir rootfs file" "rmdir empty && : >empty"
try "something missing" differs missing "new: not in the image" ": >new"
try "something more" differs extra "etc/deep/er: only in the image" "rmdir etc/deep/er"
try "a broken hard link" differs links "etc/conf.again: links: image a/conf.third rootfs etc/conf.again" "cp -p etc/conf t && mv t etc/conf.again"
try "a changed owner, where owners are kept" eval '(cd "$root" && find etc | sort | cpio -o -H newc -R 7:8 2>/dev/null) >"$W/owned" && mkdir "$W/o" && cp -a "$root/etc" "$W/o/" && "$MKIMAGE" verify "$W/owned" "$W/o" >"$W/out"; [ $? = 1 ] && grep -q "etc/conf: owner: image 7:8" "$W/out"'

try "one standard input is not two things" status2 "$MKIMAGE" verify - - <"$all"

# --- on a terminal work of more than a second shows how far it is; a system call that is delayed makes it slow
if command -v script >/dev/null && strace -o "$W/out" true 2>/dev/null; then
  slow() { # TEXT CALL VERB...: the text was shown, and taken away
    text=$1 call=$2; shift 2
    script -qec "strace -f -o '$W/out' -e trace=${call%%:*} -e inject=$call '$MKIMAGE' $*" /dev/null </dev/null >"$W/tty"
    grep -qF "$text" "$W/tty" && tr '\r' '\n' <"$W/tty" | grep -qF "$(printf '\033[K')" || { head -c 500 "$W/tty"; return 1; }
  }
  try "packing shows its progress" slow "packing: " pwrite64:delay_exit=1600000:when=2 -o "$W" "$W/all.cfg" "$root"
  try "reading the rootfs" slow "reading the rootfs: 1 s" readlinkat:delay_exit=1600000:when=1 -o "$W" "$W/all.cfg" "$root"
  try "extracting" slow "extracting: " fchmod:delay_exit=1600000:when=1 extract --skip-devices -C "$W/slow" "$all"
  try "comparing" slow "comparing: " pread64:delay_exit=300000 verify "$all" "$root"
  try "not with -q" eval '! slow "comparing: " pread64:delay_exit=300000 verify -q "$all" "$root"'
else skip "progress on a terminal" "no script(1) or no strace"; fi

# --- damage
flip() { cp "$1" "$2" && python3 - "$2" "$3" <<'EOF'
import sys
f = open(sys.argv[1], 'r+b'); at = int(sys.argv[2]); f.seek(at); b = f.read(1)[0]; f.seek(at); f.write(bytes([b ^ 0x40]))
EOF
}
size=$(stat -c %s "$all")
flip "$all" "$W/payload.elf" $((size - 100000)); flip "$all" "$W/manifest.elf" "$(python3 -c 'import sys; print(open(sys.argv[1],"rb").read().rindex(b"TAPMANIF") + 40)' "$all")"
flip "$all" "$W/header.elf" "$(python3 -c 'import sys; print(open(sys.argv[1],"rb").read().rindex(b"TAPROOT\x1a") + 140)' "$all")"
head -c $((size - 5000)) "$all" >"$W/cut.elf"; head -c 300 "$all" >"$W/head.elf"; head -c 100000 "$W/bare.gz" >"$W/cut.gz"; : >"$W/none"
three() { "$@" >"$W/out" 2>"$W/err"; got=$?; [ $got = 3 ] && [ "$(wc -l <"$W/err")" = 1 ] || { echo "status $got"; cat "$W/err"; return 1; }; }
for f in payload.elf manifest.elf header.elf cut.elf head.elf cut.gz none; do
  for verb in verify ls "extract -C $W/dmg"; do try "$verb of a damaged file ($f)" three "$MKIMAGE" $verb "$W/$f"; done
  try "cat of a damaged file ($f)" three "$MKIMAGE" cat "$W/$f" etc/conf
done
try "a flipped byte is a matter of the digest" says "digest" "$MKIMAGE" verify "$W/payload.elf"
try "verify --json tells it" eval '"$MKIMAGE" verify --json "$W/payload.elf" 2>/dev/null | grep -q "\"verdict\":\"damaged\".*\"reason\""'
try "ls --raw checks the digest too" three "$MKIMAGE" ls --raw "$W/payload.elf"
try "info of a damaged header" three "$MKIMAGE" info "$W/header.elf"
try "what is not there is no damage" status2 "$MKIMAGE" info "$W/not-there"
try "nor is a directory" status2 "$MKIMAGE" info "$root"
done_testing
