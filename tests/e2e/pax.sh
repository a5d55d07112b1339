# Archives of format pax: what newc cannot hold goes in, and comes out of GNU tar, bsdtar and the machine as it was.
. "$(dirname "$0")/lib.sh"
need_root "$@"
root=$W/root
long=$(printf '%0120d' 0) deep=$(printf '%0200d' 1)
mkdir -p "$root/bin" "$root/dev" "$root/dir" "$root/$long/$deep/$long" "$root/$(printf '\377%0150d' 3)"
compiles "$root/bin/list" "$TOP/tests/guest/list.c" && compiles "$root/bin/attrs" "$TOP/tests/guest/attrs.c"
devices "$root"; mkfifo "$root/fifo"; mknod "$root/dev/far" b 4095 1048575
seq 2000 >"$root/dir/f"; ln "$root/dir/f" "$root/a-first"; ln "$root/dir/f" "$root/$long/z"; ln -s dir/f "$root/l"; ln -s "$(printf '%0150d' 7)" "$root/far"
for n in 0 1 511 512 513 4095 4096 4097 70000; do head -c $n /dev/urandom >"$root/dir/size-$n"; done
echo deep >"$root/$long/$deep/$long/file"; echo x >"$root/$(printf 'new\nline \\ \377')"; : >"$root/$(printf '%0255d' 0)"
chown 3000000:4294967294 "$root/dir/size-1"; chmod 4711 "$root/dir/size-512"
touch -d @1234567890.123456789 "$root/dir/f"; touch -d @1.5 "$root/dir/size-513"; touch -h -d @-5 "$root/l"; touch -d @8589934592 "$root/fifo"
cat >"$W/attributes.py" <<'EOT'
import os, sys
def put(path, name, value): os.setxattr(os.path.join(sys.argv[1], path), name, value, follow_symlinks=False)
for path in ".", "dir", "dir/f": put(path, "user.of", path.encode())
for path in "l", "fifo", "dev/far": put(path, "trusted.of", path.encode())
put("dir/f", "user.any", bytes(range(256)) + b"\n20 user.x=1\n\n"); put("dir/f", "user.none", b""); put("dir/size-1", "user.large", b"v" * 3000)
EOT
# Everything that a tree is, for comparing two of them; "." only by its attributes: tools make it before.
cat >"$W/same.py" <<'EOT'
import os, stat, sys
def tree(root):
    found = {}
    for directory, names, files in os.walk(os.fsencode(root)):
        for path in [os.path.join(directory, n) for n in names + files] + ([directory] if directory == os.fsencode(root) else []):
            s, name = os.lstat(path), os.path.relpath(path, os.fsencode(root))
            attributes = sorted((n, os.getxattr(path, n, follow_symlinks=False)) for n in os.listxattr(path, follow_symlinks=False))
            about = (s.st_mode, s.st_uid, s.st_gid, s.st_mtime_ns, s.st_nlink, s.st_rdev)
            data = open(path, "rb").read() if stat.S_ISREG(s.st_mode) else os.readlink(path) if stat.S_ISLNK(s.st_mode) else b""
            found[name] = (attributes,) if name == b"." else (attributes, about, data)
    return found
a, b = tree(sys.argv[1]), tree(sys.argv[2])
for name in sorted(set(a) | set(b)):
    if a.get(name) != b.get(name): print(name, str(a.get(name))[:300], str(b.get(name))[:300], sep="\n  ")
sys.exit(a != b or len(a) < 25)
EOT
has=
python3 "$W/attributes.py" "$root" 2>/dev/null && has=1
cat >"$W/payload.py" <<'EOT'
import struct, sys
section = open(sys.argv[1], "rb").read()
offset, stored = struct.unpack_from("<QQ", section, 128 + 8)
open(sys.argv[2], "wb").write(section[offset:offset + stored])
EOT
archive() { objcopy --dump-section ".initrd=$W/section" "$1" "$W/ignored" && python3 "$W/payload.py" "$W/section" "$2"; }
as() { echo "rootfs = { owner = \"keep\"; compress = \"none\"; $1 };"; }

packed() { pack pax "$root" /bin/list "$(as 'format = "pax"; xattrs = [ "*" ];')" && cp "$image" "$W/pax.elf" && archive "$image" "$W/pax.tar"; }
try "a tree that newc cannot hold is packed as pax" packed
again() { pack pax "$root" /bin/list "$(as 'format = "pax"; xattrs = [ "*" ];')" && cmp "$image" "$W/pax.elf"; }
try "the same tree gives the same bytes" again
gnu() { mkdir "$W/gnu" && tar -C "$W/gnu" --xattrs "--xattrs-include=*" -xpf "$W/pax.tar" && python3 "$W/same.py" "$root" "$W/gnu"; }
try "GNU tar unpacks it: all of the tree is there" gnu
bsd() { mkdir "$W/bsd" && bsdtar -C "$W/bsd" --xattrs -xpf "$W/pax.tar" && python3 "$W/same.py" "$root" "$W/bsd"; }
try "so does bsdtar" bsd
machine() { # PROGRAM IMAGE WANTED
  "$MKIMAGE" run -m 128 --timeout 60 "$2" >"$W/machine.out" 2>"$W/machine.err" || { tail -n 5 "$W/machine.err"; return 1; }
  LC_ALL=C sort "$W/machine.out" | diff "$3" - >"$W/diff" || { head -n 20 "$W/diff"; return 1; }
}
cp -a "$root" "$W/jail"
"$CHROOT" "$W/jail" /bin/list | LC_ALL=C sort >"$W/want"; "$CHROOT" "$W/jail" /bin/attrs | LC_ALL=C sort >"$W/want.attrs"
try "the machine shows the same tree" machine list "$W/pax.elf" "$W/want"
shown() { [ "$(wc -l <"$W/want.attrs")" -ge 9 ] && pack attrs "$root" /bin/attrs "$(as 'format = "pax"; xattrs = [ "*" ];')" && machine attrs "$image" "$W/want.attrs"; }
if [ -n "$has" ]; then try "and its attributes" shown; else skip "and its attributes" "this file system keeps none"; fi
try "verify finds the rootfs in it" "$MKIMAGE" verify "$W/pax.elf" "$root"
from_tar() { pack again "$W/pax.tar" /bin/list "$(as 'format = "pax"; xattrs = [ "*" ];')" && archive "$image" "$W/again.tar" && cmp "$W/again.tar" "$W/pax.tar"; }
try "packed from that archive it is the same archive" from_tar
swapped() { cp "$W/pax.elf" "$W/swap.elf" && "$MKIMAGE" -q swap "$W/swap.elf" "$root" && archive "$W/swap.elf" "$W/swap.tar" && cmp "$W/swap.tar" "$W/pax.tar"; }
try "swap keeps the format" swapped

bare() { "$MKIMAGE" -q pack -c "$W/pax.cfg" "$root" -o "$W/bare.tar" && cmp "$W/bare.tar" "$W/pax.tar"; }
try "pack writes the same archive" bare
exported() { "$MKIMAGE" -q export "$W/pax.elf" -o "$W/export.tar" && cmp "$W/export.tar" "$W/pax.tar"; }
try "so does export of the image" exported
extracted() { rm -rf "$W/out"; "$MKIMAGE" extract -C "$W/out" "$W/pax.elf" && python3 "$W/same.py" "$root" "$W/out"; }
try "extract makes the same tree" extracted
told() { "$MKIMAGE" info "$W/pax.elf" | grep -qx "format     tar" && "$MKIMAGE" info --json "$W/pax.elf" | grep -q '"format":"tar"'; }
try "info tells the format" told
if [ -n "$has" ]; then
  lines() { "$MKIMAGE" ls --xattrs "$W/pax.elf" "$1" >"$W/ls" && sed -n 2p "$W/ls" | grep -qxF "    $2" || { cat "$W/ls"; return 1; }; }
  copied() { # one file and a whole directory, out of the image
    rm -rf "$W/f" "$W/copies" && "$MKIMAGE" cp -p "$W/pax.elf:/dir/f" "$W/f" && "$MKIMAGE" cp -rp "$W/pax.elf:/dir" "$W/copies" &&
      python3 -c 'import os, sys
for path in sys.argv[1:]: assert len(os.listxattr(path)) == 3 and os.stat(path).st_mtime_ns == 1234567890123456789, path' "$W/f" "$W/copies/f"
  }
  try "cp -p keeps attributes and times" copied
  put() { # into it, and out again with nothing else changed
    cp "$W/pax.elf" "$W/put.elf" && "$MKIMAGE" -q cp -p "$W/f" "$W/put.elf:/dir/again" && "$MKIMAGE" ls --json "$W/put.elf" dir/again | grep -q '"mtime_ns":123456789,"xattrs":\[{"name":"user.any"' &&
      "$MKIMAGE" -q rm "$W/put.elf:/dir/again" && "$MKIMAGE" -q export "$W/put.elf" -o "$W/put.tar" && cmp "$W/put.tar" "$W/pax.tar"
  }
  try "cp into the image, too, and rm leaves what was there" put
  try "ls --xattrs shows attributes" lines l 'trusted.of 1 l'
  json() { "$MKIMAGE" ls --json $1 "$W/pax.elf" | python3 -c '
import base64, json, sys
f = [e for e in map(json.loads, sys.stdin) if e["type"] == "file" and len(e.get("xattrs", [])) == 3][0]
of = {a["name"]: base64.b64decode(a["value_b64"]) if "value_b64" in a else a["value"].encode() for a in f["xattrs"]}
assert f["mtime_ns"] == 123456789 and of == {"user.of": b"dir/f", "user.any": bytes(range(256)) + b"\n20 user.x=1\n\n", "user.none": b""}, f'; }
  try "and ls --json" json ""
  try "of the archive itself, too" json --raw
  changed() { status 1 "$MKIMAGE" -q verify "$W/pax.elf" "$W/out" >"$W/said" && diff - "$W/said"; }
  python3 -c 'import os, sys
os.setxattr(sys.argv[1] + "/dir", "user.new", b"1"); os.setxattr(sys.argv[1] + "/dir/size-1", "user.large", b"2"); os.removexattr(sys.argv[1] + "/l", "trusted.of", follow_symlinks=False)' "$W/out"
  try "verify tells attributes that differ" changed <<'EOT'
dir: xattrs: image none rootfs user.new
dir/size-1: xattrs: image user.large rootfs another value
l: xattrs: image trusted.of rootfs none
EOT
  hashed() { "$MKIMAGE" hash -r "$W/pax.elf" "$W/pax.elf" "$W/pax.tar" "$root" "$W/out" | cut -d ' ' -f 1 | uniq -c | awk '{printf "%s ", $1}' | grep -x "3 1 "; }
  try "hash counts them" hashed
  others() { # who is not root gets what it may have, and is told of the rest
    mkdir "$W/user" && chmod 777 "$W/user" && chmod 755 "$W" && cp "$MKIMAGE" "$W/mkimage" && chmod 755 "$W/mkimage" && chmod 644 "$W/pax.elf"
    status 2 setpriv --reuid=65534 --regid=65534 --clear-groups "$W/mkimage" extract --skip-devices -C "$W/user/x" "$W/pax.elf" >"$W/said" 2>&1
    grep -q "cannot set the extended attribute trusted.of (as root, or leave them out with --skip-xattrs)" "$W/said" || { cat "$W/said"; return 1; }
    status 0 setpriv --reuid=65534 --regid=65534 --clear-groups "$W/mkimage" extract --skip-devices --skip-xattrs -C "$W/user/y" "$W/pax.elf" &&
      python3 -c 'import os, sys; assert os.getxattr(sys.argv[1] + "/x/dir", "user.of") == b"dir" and not os.listxattr(sys.argv[1] + "/y/dir")' "$W/user"
  }
  try "extract without privileges names what it cannot set" others
else
  skip "attributes are shown, extracted and compared" "this file system keeps none"
fi

# --- which format it is ---
small=$W/small
mkdir -p "$small/bin" && cp "$root/bin/list" "$small/bin/list" && touch -d @1.5 "$small/bin/list"
kind() { # MAGIC FORMAT: what auto takes
  pack kind "$small" /bin/list "rootfs = { compress = \"none\"; $2 };" && archive "$image" "$W/kind" || return 1
  case $1 in newc) [ "$(head -c 6 "$W/kind")" = 070701 ] ;; pax) [ "$(head -c 262 "$W/kind" | tail -c 5)" = ustar ] ;; esac
}
try "newc unless told" kind newc ""
try "auto is newc where that holds all" kind newc 'format = "auto";'
touch -d @-1 "$small/early"
refused() { status 4 pack kind "$small" /bin/list "$1" >"$W/said" 2>&1 && grep -F "$2" "$W/said" && grep -F 'format "pax" or "auto" holds it' "$W/said"; }
try "newc refuses a time before 1970, and says what packs it" refused "" "'early': its time of change, -1"
try "auto is pax for it" kind pax 'format = "auto";'
rm "$small/early"; touch "$small/TRAILER!!!"
try "auto is pax for a name that ends a cpio" kind pax 'format = "auto";'
rm "$small/TRAILER!!!"
if [ -n "$has" ]; then
  python3 -c 'import os, sys; os.setxattr(sys.argv[1], "user.a", b"1"); os.setxattr(sys.argv[1], "trusted.b", b"1")' "$small/bin"
  try "auto is pax for an attribute" kind pax 'format = "auto";'
  try "but not for one that is not to be packed" kind newc 'format = "auto"; xattrs = [ "user.b" ];'
  try "newc refuses an attribute that was asked for" refused 'rootfs = { xattrs = [ "user.*" ]; };' "'bin': its extended attributes"
  warned() { app_cfg "$W/warn.cfg" /bin/list "$1" && says "warning: 'bin': its extended attributes are not packed: $2" "$MKIMAGE" -o "$W" "$W/warn.cfg" "$small" && [ "$(grep -c warning "$W/.said")" = 1 ]; }
  try "and warns of others" warned "" "trusted.b, user.a"
  anybody() { chmod 755 "$W" && cp "$MKIMAGE" "$W/mkimage" && "$MKIMAGE" -q pack -f pax "$small" -o "$W/root.tar" && setpriv --reuid=65534 --regid=65534 --clear-groups \
    "$W/mkimage" -q pack -f pax "$small" -o - >"$W/nobody.tar" && cmp "$W/root.tar" "$W/nobody.tar" && [ "$(tar --xattrs -tvvf "$W/root.tar" | grep -c '  x: .* user.a')" = 1 ]; }
  try "root and nobody pack the same bytes" anybody
  try "pax warns of those it leaves out" warned 'rootfs = { format = "pax"; };' trusted.b
else
  skip "attributes in newc and auto" "this file system keeps none"
fi
for bad in "name-256 an extended attribute's name" "value-65537 an extended attribute of more than 64 KiB"; do
  unfit() { status 4 "$MKIMAGE" pack -f pax "$TOP/tests/cases/bad/tar-xattr-${bad%% *}" -o "$W/o.tar" >"$W/said" 2>&1 && grep -F "'f': ${bad#* }" "$W/said"; }
  try "what the machine would refuse is not packed: ${bad#* }" unfit
done
done_testing
