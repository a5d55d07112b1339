# Files into an image and out of one, entries removed, archives alone: cp, rm, pack, export.
. "$(dirname "$0")/lib.sh"
cat >"$W/p.c" <<'EOT'
#include <stdio.h>
#include <sys/stat.h>
int main(int argc, char **argv) {
  char line[100];
  struct stat st;
  for (int i = 1; i < argc; i++) {
    FILE *f = fopen(argv[i], "r");
    if (f == NULL || fgets(line, sizeof line, f) == NULL || fstat(fileno(f), &st)) return 1;
    printf("%o %u %ju %s", st.st_mode & 07777, st.st_uid, (uintmax_t)st.st_nlink, line);
  }
  return 0;
}
EOT
mkdir -p "$W/root/bin" "$W/root/etc/deep" "$W/root/run" "$W/root/var"
compiles "$W/root/bin/p" -include stdint.h "$W/p.c"
echo old >"$W/root/etc/motd"
ln "$W/root/etc/motd" "$W/root/etc/deep/motd"
ln -s motd "$W/root/etc/link"
ln -s nowhere "$W/root/etc/dangling"
ln -s ../run "$W/root/var/run"
ln -s / "$W/root/etc/up"
try "packs" pack app "$W/root" /bin/p 'rootfs = { compress = "zstd"; files = ( { path = "made"; content = "by app.cfg\n"; } ); };'
cp "$image" "$W/first.elf"
kernel_of() { head -c 4096 "$1" | tail -c +300; }

# --- cp into ---
echo new >"$W/new"
chmod 640 "$W/new"
touch -d @1200000000 "$W/new"
try "cp over a file" "$MKIMAGE" -q cp "$W/new" "$image:/etc/motd"
shown() { # WANTED PATH...
  wanted=$1; shift
  "$MKIMAGE" run --timeout 60 "$image" -- "$@" >"$W/out" 2>"$W/err" || { cat "$W/err" "$W/out"; return 1; }
  printf "$wanted" | diff - "$W/out"
}
try "the machine sees the new one under both of its names" shown '640 0 2 new\n640 0 2 new\n' /etc/motd /etc/deep/motd
listed() { "$MKIMAGE" ls -l "$image" "$1" | grep -qF -- "$2" || { "$MKIMAGE" ls -l "$image" "$1"; return 1; }; }
try "with the file's time" listed /etc/motd '2008-01-10 21:20:00'
try "through a symlink to a directory" "$MKIMAGE" -q cp "$W/new" "$image:/var/run/one"
try "  as the machine walks it" shown '640 0 1 new\n' /run/one
try "through a symlink to a file" "$MKIMAGE" -q cp "$W/new" "$image:/etc/link"
try "  which stays one" listed /etc/link 'link -> motd'
try "into a directory" "$MKIMAGE" -q cp "$W/new" "$W/new" "$image:/run"
try "  under its name" listed /run/new 'new'
try "a trailing slash wants a directory" says 'not a directory' status 2 "$MKIMAGE" cp "$W/new" "$image:/etc/motd/"
try "several want one, too" says 'not a directory' status 2 "$MKIMAGE" cp "$W/new" "$W/new" "$image:/etc/motd"
try "no directory on the way" says 'no such file' status 2 "$MKIMAGE" cp "$W/new" "$image:/none/new"
try "a dangling symlink" says 'leads nowhere' status 2 "$MKIMAGE" cp "$W/new" "$image:/etc/dangling"
try "a directory without -r" says '-r copies it' status 2 "$MKIMAGE" cp "$W/root" "$image:/run"
echo file >"$W/deep"
try "a file over a directory" says 'a directory of this name' status 2 "$MKIMAGE" cp "$W/deep" "$image:/etc"
mkdir -p "$W/tree/sub/empty"
echo one >"$W/tree/one"
ln "$W/tree/one" "$W/tree/sub/again"
ln -s one "$W/tree/sym"
mkfifo "$W/tree/fifo"
try "cp -r to a new name" "$MKIMAGE" -q cp -r "$W/tree" "$image:/copied"
try "  hard links are kept" shown '644 0 2 one\n644 0 2 one\n' /copied/one /copied/sub/again
try "  symlinks and FIFOs too" listed /copied/fifo 'prw-'
try "cp -r into a directory" "$MKIMAGE" -q cp -r "$W/tree" "$image:/run"
try "  under its name" listed /run/tree/sub/empty drwx
try "cp -r of what is in it" "$MKIMAGE" -q cp -r "$W/tree/." "$image:/run"
try "  beside what is there" listed /run/sub/again 'again'
try "  which stayed" listed /run/one one
try "what app.cfg made is still there" shown '644 0 1 by app.cfg\n' /made
try "the image verifies" "$MKIMAGE" -q verify "$image"
cp "$image" "$W/before.elf"
try "-o leaves the image" "$MKIMAGE" -q cp "$W/new" "$image:/run/other" -o "$W/other.elf"
try "  as it was" cmp "$image" "$W/before.elf"
try "a program that the machine cannot run is refused" says 'program' status 4 "$MKIMAGE" cp "$W/new" "$image:/bin/p"
try "  and the image stays" cmp "$image" "$W/before.elf"
if [ "$(id -u)" = 0 ]; then
  chown 7:8 "$W/new"
  try "-p keeps the owner" "$MKIMAGE" -q cp -p "$W/new" "$image:/run/mine"
  try "  in the image" listed /run/mine ' 7     8 '
  chown 0:0 "$W/new"
else skip "-p keeps the owner" "needs root"; fi
printf 'changed\n' >"$W/made"
try "what app.cfg made can be changed" "$MKIMAGE" -q cp "$W/made" "$image:/made"
try "and survives a swap" "$MKIMAGE" -q swap "$image" "$W/root" -o "$W/swapped.elf"
survived() { [ "$("$MKIMAGE" cat "$W/swapped.elf" made)" = changed ]; }
try "  with the change" survived

piped() { echo piped | "$MKIMAGE" -q cp - "$image:$1"; }
try "standard input over a file" piped /etc/motd
try "  which keeps its mode and its names" shown '640 0 2 piped\n640 0 2 piped\n' /etc/motd /etc/deep/motd
try "standard input as a new file" piped /run/piped
try "  of the usual mode" shown '644 0 1 piped\n' /run/piped
try "it has no name of its own" says 'has no name' status 2 piped /run
"$MKIMAGE" -q cp "$W/new" "$image:/etc/motd"

# --- cp out of ---
mkdir "$W/out.d"
out() { "$MKIMAGE" cp "$@"; }
try "cp out to a name" out "$image:/etc/motd" "$W/got"
try "  the same bytes" cmp "$W/new" "$W/got"
try "cp out into a directory" out "$image:/etc/motd" "$image:/made" "$W/out.d"
try "  under its name" cmp "$W/made" "$W/out.d/made"
try "a symlink is followed inside the image" out "$image:/etc/up/etc/link" "$W/out.d/l"
try "  to its file" cmp "$W/new" "$W/out.d/l"
modes() { umask 027; out "$image:/bin/p" "$W/out.d/p" && [ "$(stat -c %a "$W/out.d/p")" = 750 ]; }
try "the umask counts" modes
exact() { out -p "$image:/etc/motd" "$W/out.d/exact" && [ "$(stat -c '%a %Y' "$W/out.d/exact")" = '640 1200000000' ]; }
try "not with -p" exact
try "a directory without -r" says '-r copies it' status 2 out "$image:/etc" "$W/out.d"
try "cp -r out" out -rp "$image:/copied" "$W/out.d"
try "  is the tree" diff -r --no-dereference "$W/tree/sub" "$W/out.d/copied/sub"
links() { [ "$W/out.d/copied/one" -ef "$W/out.d/copied/sub/again" ] && [ "$(readlink "$W/out.d/copied/sym")" = one ] && [ -p "$W/out.d/copied/fifo" ]; }
try "  with links and FIFOs" links
try "cp -r out of a part of it, to a new name" out -r "$image:/copied/sub" "$W/out.d/part"
try "  whose link's other name is outside" cmp "$W/tree/one" "$W/out.d/part/again"
try "cp -r out of a symlink" out -r "$image:/copied/sym" "$W/out.d/copied-link"
copied_link() { [ "$(readlink "$W/out.d/copied-link")" = one ]; }
try "  is the symlink" copied_link
whole() { mkdir "$W/whole" && out -rp "$image:/" "$W/whole" && "$MKIMAGE" extract -C "$W/extracted" "$image" && diff -r -x fifo --no-dereference "$W/whole" "$W/extracted"; }
try "cp -r of all is what extract makes" whole
ln -s "$W/outside" "$W/out.d/trap"
try "a symlink in DIR is replaced, never written through" out "$W/other.elf:/run/other" "$W/out.d/trap"
trapped() { [ -e "$W/outside" ] && ! [ -L "$W/outside" ]; }
mkdir -p "$W/out.d/into" "$W/away"
ln -s "$W/away" "$W/out.d/into/sub"
try "nor one to a directory" out -r "$image:/copied/." "$W/out.d/into"
try "  outside of it" sh -c '[ -z "$(ls -A "$1")" ]' - "$W/away"
try "what is not there" says 'no such file' status 2 out "$image:/none" "$W/out.d"
try "neither side an image" says 'IMAGE:/path' status 2 out "$W/new" "$W/out.d"
try "a host name with a colon" out "$W/other.elf:/run/other" "$W/a:b"
try "  may be given" "$MKIMAGE" -q cp "$W/a:b" "$image:/run"
mkdir "$W/c:"
try "so may a directory whose name ends in one" out "$image:/made" "$W/c:/made"
try "  which is no image" cmp "$W/made" "$W/c:/made"

# --- rm ---
try "rm" "$MKIMAGE" -q rm "$image:/run/one" "$image:/copied/sym"
gone() { says 'no such file' "$MKIMAGE" cat "$image" "$1"; }
try "  is gone" gone /run/one
try "rm of one name of several leaves the others" "$MKIMAGE" -q rm "$image:/copied/one"
try "  whole" shown '644 0 1 one\n' /copied/sub/again
try "rm of a directory without -r" says '-r removes it' status 2 "$MKIMAGE" rm "$image:/copied"
try "rm -r" "$MKIMAGE" -q rm -r "$image:/copied" "$image:/copied/sub" "$image:/run/tree"
try "  is gone" gone /copied/sub/again
try "rm of a symlink leaves its target" "$MKIMAGE" -q rm "$image:/etc/link"
try "  whole" shown '640 0 2 new\n' /etc/motd
try "rm of what is not there" says 'no such file' status 2 "$MKIMAGE" rm "$image:/none"
cp "$image" "$W/before.elf"
try "rm -f says nothing of it" "$MKIMAGE" -q rm -f "$image:/none"
try "rm of the program is refused" says 'program' status 4 "$MKIMAGE" rm "$image:/bin/p"
try "rm of the root, too" status 2 "$MKIMAGE" rm -r "$image:/"
try "  and the image verifies" "$MKIMAGE" -q verify "$image"
try "rm of what app.cfg made" "$MKIMAGE" -q rm "$image:/made"
try "  survives a swap" "$MKIMAGE" -q swap "$image" "$W/root"
try "  without it" gone /made
try "the first bytes of the kernel are those of the first image" sh -c 'cmp -n 40 -i 64 "$1" "$2"' - "$image" "$W/first.elf"

# --- archives alone ---
try "pack" "$MKIMAGE" -q pack "$W/root" -o "$W/root.cpio"
try "  is a cpio archive" sh -c 'cpio --quiet -t <"$1" | grep -qx etc/deep/motd' - "$W/root.cpio"
try "  that mkimage compares" "$MKIMAGE" -q verify "$W/root.cpio" "$W/root"
for codec in gzip lz4 zstd:19 xz; do
  packed() { "$MKIMAGE" pack "$W/root" -z "$codec" -o - | "${codec%:*}" -dc | cmp - "$W/root.cpio"; }
  try "pack -z $codec -o -" packed
done
try "pack -c takes what app.cfg says" "$MKIMAGE" -q pack -c "$W/app.cfg" "$W/root" -o "$W/with.cpio"
with() { zstd -dc <"$W/with.cpio" | cpio --quiet -i --to-stdout made | grep -qx 'by app.cfg'; }
try "  its files and its codec" with
try "an image's archive boots as an initrd" "$MKIMAGE" -q run --timeout 60 --initrd "$W/with.cpio" "$image" -- /made
try "pack app.cfg ROOTFS tells how images are made" says "mkimage $W/app.cfg" status 2 "$MKIMAGE" pack "$W/app.cfg" "$W/root"
try "pack without -o" says '-o FILE' status 2 "$MKIMAGE" pack "$W/root"
try "no such codec" says 'zstd or xz' status 2 "$MKIMAGE" pack "$W/root" -z lzo -o "$W/x"
try "no such level" says 'levels from 1' status 2 "$MKIMAGE" pack "$W/root" -z gzip:100 -o "$W/x"
try "export" "$MKIMAGE" -q export "$W/first.elf" -o "$W/first.cpio"
exported() { "$MKIMAGE" -q diff "$W/first.elf" "$W/first.cpio"; }
try "  is the image's tree" exported
truncate -s 4G "$W/root/huge"
touch -d @1000000000 "$W/root/huge"
mv "$W/root/huge" "$W/huge" && mkdir "$W/large" && mv "$W/huge" "$W/large"
try "4 GiB do not fit into newc" says '4 GiB or more' status 4 "$MKIMAGE" pack "$W/large" -o "$W/large.tar"
huge() { "$MKIMAGE" pack "$W/large" -f auto -z zstd:1 -o - | zstd -dc | tar -tvf - | grep -q ' 4294967296 .* huge$'; }
try "but into pax, which auto takes then" huge
try "export -f pax" "$MKIMAGE" -q export "$W/first.elf" -f pax -o "$W/first.tar"
try "  is a tar archive" sh -c 'tar -tf "$1" | grep -qx etc/deep/motd' - "$W/first.tar"
try "  of the same tree" "$MKIMAGE" -q diff "$W/first.tar" "$W/first.elf"
try "no such format" says 'newc, pax or auto' status 2 "$MKIMAGE" export "$W/first.elf" -f odc -o "$W/x"
try "export of an archive into another codec" sh -c '"$1" export "$2" -z xz -o - | xz -dc | cmp - "$3"' - "$MKIMAGE" "$W/with.cpio" "$W/first.cpio"
try "no debris" sh -c '! ls -A "$1" | grep -F .mkimage' - "$W"
done_testing
