# What a rootfs may be: archives of every kind and compression, zip, another image, a pipe.
. "$(dirname "$0")/lib.sh"
cat >"$W/p.c" <<'EOT'
int main(void) { return 0; }
EOT
root=$W/root
mkdir -p "$root/bin" "$root/dir/deep"
compiles "$root/bin/p" "$W/p.c"
seq 30000 >"$root/dir/deep/large"; : >"$root/dir/empty"; echo text >"$root/dir/text"; chmod 640 "$root/dir/text"
chmod 1777 "$root/dir"; ln -s deep/large "$root/dir/sym"
find "$root" -exec touch -h -d @1000000001 {} +
app_cfg "$W/app.cfg" /bin/p
target=app-kvm-x86_64.elf
try "the directory packs" "$MKIMAGE" -q -o "$W" "$W/app.cfg" "$root"
whole=$W/$target
mkdir "$W/o"
as() { rm -f "$W/o/$target"; "$MKIMAGE" -q -o "$W/o" "$W/app.cfg" "$@" && cmp "$whole" "$W/o/$target"; }
piped() { as - <"$1" && cat "$1" | as -; }

# --- compression: every one that libarchive decodes ---
(cd "$root" && bsdtar --format newc -cf "$W/a.cpio" .)
for c in gzip bzip2 xz lzma zstd lz4 lzip compress uuencode; do
  packed() { bsdtar --"$c" --format pax -cf "$W/a.tar.$c" -C "$root" . && as "$W/a.tar.$c" && piped "$W/a.tar.$c"; }
  if bsdtar --"$c" -cf /dev/null -T /dev/null 2>/dev/null; then try "tar, $c" packed; else skip "tar, $c" "bsdtar has it not"; fi
done
twofold() { bsdtar --format pax -cf - -C "$root" . | zstd -q | gzip -1 >"$W/twofold" && as "$W/twofold" && piped "$W/twofold"; }
try "a compression inside another" twofold

# --- zip: its table stands at the end ---
# It has no entry for the root.
rootless() { "$MKIMAGE" ls --json "$1" | grep -v '"path": *"\."'; }
rootless "$whole" >"$W/rootless"
from_zip() { "$MKIMAGE" -q -o "$W/o" "$W/app.cfg" "$@" && rootless "$W/o/$target" | diff "$W/rootless" - && "$MKIMAGE" cat "$W/o/$target" dir/sym | cmp - "$root/dir/deep/large"; }
zipped() { rm -f "$W/a.zip"; (cd "$root" && zip -qry "$@" "$W/a.zip" .) && from_zip "$W/a.zip" && from_zip - <"$W/a.zip" && cat "$W/a.zip" | from_zip -; }
try "zip" zipped
try "zip, stored" zipped -0
try "zip, compressed once more" sh -c 'gzip -c "$1/a.zip" >"$1/a.zip.gz"' - "$W"
try "is read, too" from_zip "$W/a.zip.gz"
# Without the extra fields there are local times of two seconds: UTC here, wherever it is read.
zones() {
  rm -f "$W/dos.zip"; (cd "$root" && TZ=UTC zip -qryX "$W/dos.zip" .)
  mkdir -p "$W/z1" "$W/z2" && TZ=Asia/Tokyo "$MKIMAGE" -q -o "$W/z1" "$W/app.cfg" "$W/dos.zip" && TZ=America/Lima "$MKIMAGE" -q -o "$W/z2" "$W/app.cfg" "$W/dos.zip" &&
    cmp "$W/z1/$target" "$W/z2/$target" && "$MKIMAGE" ls --json "$W/z1/$target" | grep -q '"mtime": *1000000002'
}
try "times in a zip file do not depend on the time zone" zones
secret() { (cd "$root" && zip -qrP word "$W/secret.zip" dir/text) && status 3 as "$W/secret.zip"; }
try "an encrypted zip file is refused" secret
cut_zip() { head -c "$2" "$W/a.zip" >"$W/cut.zip"; status "$1" "$MKIMAGE" -q -o "$W/o" "$W/app.cfg" "$W/cut.zip"; }
try "a zip file that is cut" cut_zip 3 5000
cat >"$W/evil.py" <<'EOT'
import sys, zipfile, stat
def make(name, *entries):
    with zipfile.ZipFile(f"{sys.argv[1]}/{name}.zip", "w") as z:
        for path, data, mode in entries:
            i = zipfile.ZipInfo(path); i.external_attr = mode << 16; i.create_system = 3; z.writestr(i, data)
make("up", ("a/../../evil", "x", stat.S_IFREG | 0o644))
make("through", ("d", "/etc", stat.S_IFLNK | 0o777), ("d/x", "x", stat.S_IFREG | 0o644))
EOT
python3 "$W/evil.py" "$W"
try "a name in a zip file that leads out" says "an unsafe name" as "$W/up.zip"
try "an entry below a symlink" says "what it should lie in is not a directory" as "$W/through.zip"

# --- what libarchive takes and the machine does not ---
for name in mode-17-bits root-is-a-device root-is-a-symlink type-unknown; do
  odd() { "$MKIMAGE" -q -o "$W/o" "$W/app.cfg" "$TOP/tests/cases/bad/$name" 2>"$W/err"; got=$?; cat "$W/err"; [ $got = 3 ] || [ $got = 4 ]; }
  try "$name is refused" odd
done
deep() { # a tree as deep as a path can be takes no longer than others
  python3 -c '
import sys, tarfile
with tarfile.open(sys.argv[1], "w", format=tarfile.PAX_FORMAT) as t:
    for n in range(1, 2000):
        e = tarfile.TarInfo("d/" * n + "f"); t.addfile(e)' "$W/deep.tar" && says "is not in the rootfs" timeout 20 "$MKIMAGE" -q -o "$W/o" "$W/app.cfg" "$W/deep.tar"
}
try "2,000 levels in an archive" deep

# --- another image ---
try "another image" as "$whole"
try "an image on standard input" piped "$whole"
"$MKIMAGE" -q -o "$W/z1" "$W/app.cfg" "$whole"; printf 'x' | dd of="$W/z1/$target" bs=1 seek="$(($(stat -c %s "$W/z1/$target") - 5000))" conv=notrunc 2>/dev/null
try "a damaged one is not taken" status 3 as "$W/z1/$target"
try "a kernel without an archive" says "carries no archive yet" as "$KERNEL"
try "a program is no rootfs" says "no Taproot image" as "$root/bin/p"

# --- which of it ---
names() { "$MKIMAGE" ls "$1" | tr '\n' ' '; }
app_cfg "$W/some.cfg" /bin/p 'rootfs = { exclude = [ "dir" ]; include = [ "dir/deep/**", "bin/p" ]; };'
some() {
  "$MKIMAGE" -q -o "$W/o" "$W/some.cfg" "$root" && [ "$(names "$W/o/some-kvm-x86_64.elf")" = ". bin bin/p dir dir/deep dir/deep/large " ] &&
    "$MKIMAGE" verify "$W/o/some-kvm-x86_64.elf" "$root" && "$MKIMAGE" swap -q "$W/o/some-kvm-x86_64.elf" "$W/a.tar.gzip" && "$MKIMAGE" verify "$W/o/some-kvm-x86_64.elf" "$root"
}
try "include and exclude, when packing, swapping and verifying" some
ignored() {
  cp -a "$root" "$W/ignored" && printf '# not these\n/dir/*\n!deep\n' >"$W/ignored/.mkimageignore" && "$MKIMAGE" -q -o "$W/o" "$W/app.cfg" "$W/ignored" &&
    [ "$(names "$W/o/$target")" = ". bin bin/p dir dir/deep dir/deep/large " ] && "$MKIMAGE" verify "$W/o/$target" "$W/ignored" && "$MKIMAGE" swap -q "$W/o/$target" "$root" && cmp "$whole" "$W/o/$target"
}
try ".mkimageignore belongs to its directory" ignored
printf 'a\n!\n' >"$W/ignored/.mkimageignore"
try "a wrong one is told with its line" says "ignored/.mkimageignore:2: an empty pattern" "$MKIMAGE" "$W/app.cfg" "$W/ignored"

# --- neither ---
try "nothing on standard input" says "standard input: is empty" eval '"$MKIMAGE" "$W/app.cfg" - </dev/null'
endless() { timeout 60 "$MKIMAGE" -q -o "$W/o" "$W/app.cfg" - </dev/zero; }
try "zeros without end" says "standard input: goes on for more than 256.0 MiB" endless
try "an archive and zeros without end" status 2 sh -c 'cat "$1/a.tar.gzip" | gzip -dc | cat - /dev/zero | timeout 60 "$2" -q -o "$1/o" "$1/app.cfg" -' - "$W" "$MKIMAGE"
named() { mkfifo "$W/pipe" && { cat "$W/a.tar.gzip" >"$W/pipe" & as "$W/pipe"; }; }
try "a named pipe" named
try "words" status 3 eval '"$MKIMAGE" -q "$W/app.cfg" "$TOP/README.md"'
shut() { mkdir -m 0 "$W/shut"; chmod 755 "$W"; says "shut: cannot open" setpriv --reuid 12345 --regid 12345 --clear-groups "$MKIMAGE" -o "$W/o" "$W/app.cfg" "$W/shut"; }
if [ "$(id -u)" = 0 ] && setpriv --reuid 12345 --regid 12345 --clear-groups test -x "$MKIMAGE"; then try "a directory that is shut" shut
else skip "a directory that is shut" "needs root, and a build that others may read"; fi
try "a directory that is not there" says "none: cannot open" "$MKIMAGE" "$W/app.cfg" "$W/none"
try "the archive is not copied twice: no debris in TMPDIR" sh -c 'mkdir "$1/tmp" && TMPDIR=$1/tmp "$2" -q -o "$1/o" "$1/app.cfg" - <"$1/a.zip.gz" && rmdir "$1/tmp"' - "$W" "$MKIMAGE"
done_testing
