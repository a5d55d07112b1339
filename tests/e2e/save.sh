# What a program left in / comes out as an archive: run --save.
. "$(dirname "$0")/lib.sh"
cat >"$W/p.c" <<'EOT'
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>
static void text(const char *path, const char *bytes, size_t n) {
  int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0640);
  if (fd < 0 || write(fd, bytes, n) != (ssize_t)n || close(fd)) exit(99);
}
int main(int argc, char **argv) {
  static char large[3 << 20];
  if (argc < 2) return 0;
  if (strcmp(argv[1], "odd") == 0) {
    struct timespec early[2] = {{0, 0}, {-5, 0}};
    text("/early", "x", 1);
    if (utimensat(AT_FDCWD, "/early", early, 0) || mknod("/sock", S_IFSOCK | 0600, 0)) return 98;
    text("/with", "y", 1);
    return setxattr("/with", "user.a", "b", 1, 0) ? 97 : 0;
  }
  if (strcmp(argv[1], "hang") == 0)
    for (volatile int i = 0;; i++) {
    }
  for (size_t i = 0; i < sizeof large; i++) large[i] = (char)(i * 2654435761u >> 24);
  mkdir("/var", 0755), mkdir("/var/out", 0710), mkdir("/dev/mine", 0700);
  text("/var/out/large", large, sizeof large);
  text("/var/out/small", "small", 5);
  text("/etc/motd", "rewritten", 9); /* in the archive's own pages, and beyond them */
  if (link("/var/out/small", "/also") || symlink("small", "/var/out/link") || mkfifo("/var/out/fifo", 0600)) return 96;
  if (unlink("/etc/gone") || rename("/etc/old", "/etc/new") || chown("/etc/new", 5, 6)) return 95;
  int fd = open("/var/sparse", O_CREAT | O_WRONLY, 0600);
  if (pwrite(fd, "end", 3, 40 << 20) != 3 || close(fd)) return 94;
  open("/var/unlinked", O_CREAT | O_RDWR, 0600), unlink("/var/unlinked");
  if (strcmp(argv[1], "signal") == 0) raise(SIGKILL);
  return 7;
}
EOT
mkdir -p "$W/root/bin" "$W/root/etc"
compiles "$W/root/bin/p" "$W/p.c"
echo "a message of the day" >"$W/root/etc/motd"
echo gone >"$W/root/etc/gone"
seq 3000 >"$W/root/etc/old"
find "$W/root" -exec touch -h -d @1000000000 {} +
left=$W/left.cpio
save() { "$MKIMAGE" -q run --timeout 60 --save "$left" "$@"; }
for codec in none gzip lz4; do
  try "packs with $codec" pack "$codec" "$W/root" /bin/p "rootfs = { compress = \"$codec\"; };"
  try "a program that changes nothing leaves what was packed" save "$image"
  try "  to the last attribute" "$MKIMAGE" diff "$image" "$left"
done

# The same changes made here.
cp -a "$W/root" "$W/want"
mkdir -m 710 -p "$W/want/var/out" && chmod 755 "$W/want/var" && chmod 710 "$W/want/var/out"
mkdir -p "$W/want/dev" && mkdir -m 700 "$W/want/dev/mine"
python3 -c 'import sys; sys.stdout.buffer.write(bytes((i * 2654435761 >> 24) & 255 for i in range(3 << 20)))' >"$W/want/var/out/large"
printf small >"$W/want/var/out/small"
printf rewritten >"$W/want/etc/motd"
ln "$W/want/var/out/small" "$W/want/also"
ln -s small "$W/want/var/out/link"
mkfifo "$W/want/var/out/fifo"
rm "$W/want/etc/gone"
mv "$W/want/etc/old" "$W/want/etc/new"
truncate -s $((40 << 20)) "$W/want/var/sparse"
printf end >>"$W/want/var/sparse"
is_wanted() { # what the archive holds
  rm -rf "$W/have" && mkdir "$W/have" && "$MKIMAGE" -q extract -C "$W/have" "$left" &&
    diff -r -x fifo --no-dereference "$W/want" "$W/have" && [ -p "$W/have/var/out/fifo" ] && [ "$W/have/also" -ef "$W/have/var/out/small" ] &&
    [ "$(stat -c %a "$W/have/var/out" "$W/have/var/out/small" "$W/have/dev/mine" | tr '\n' ' ')" = '710 640 700 ' ]
}
try "what it changed" status 7 save "$image" -- some
try "  is there, and what it did not" is_wanted
owned() { "$MKIMAGE" ls -l "$left" etc/new | grep -q ' 5  *6 '; }
try "  with owners" owned
try "a signal is an end, too" status 137 save "$image" -- signal
try "  with the same tree" is_wanted
for board in pc q35; do
  rm "$left"
  try "on $board" status 7 save --machine "$board" "$image" -- some
  try "  the same tree" is_wanted
done
names() { "$MKIMAGE" ls "$left" | tr '\n' ' '; }
paths() { status 7 save "$image" /var/out/ /etc/../etc/new also /var/out/small -- some; names; [ "$(names)" = '. also var var/out var/out/fifo var/out/large var/out/link var/out/small ' ]; }
try "a path with .. is none" says 'not a path' paths
only() { status 7 save "$image" /var/out/small etc/new -- some && [ "$(names)" = '. etc etc/new var var/out var/out/small ' ]; }
try "paths alone, with the directories on the way" only
blank() { status 0 save "$image" '/bin/p' '/etc/motd' && [ "$(names)" = '. bin bin/p etc etc/motd ' ]; }
try "several" blank
missing() { status 4 save "$image" /etc /none && [ "$(names)" = '. etc etc/gone etc/motd etc/old ' ]; }
try "one that is not there is said, and the rest is saved" says "'/none': not there" missing
odd() { status 4 save "$image" -- odd; "$MKIMAGE" cat "$left" with | grep -q y && ! "$MKIMAGE" -q ls "$left" sock 2>/dev/null; }
try "what an archive cannot hold is said" says "'/sock': a socket" odd
try "but extended attributes are kept, in pax" grep -aq 'SCHILY.xattr.user.a=b' "$left"
newc() { status 4 "$MKIMAGE" run --timeout 60 --save "$left" -f newc "$image" -- odd && cpio --quiet -t <"$left" | grep -qx with; }
try "  and said where newc is asked for" says 'user.a' newc
try "  a time before 1970" says "'/early': left out" odd
try "compressed" status 7 save -z zstd:3 "$image" -- some
packed() { zstd -t -q "$left" && is_wanted; }
try "  is the same tree" packed
cp "$left" "$W/before"
try "a program that does not end saves nothing" says 'nothing is saved' status 124 "$MKIMAGE" run --timeout 3 --save "$left" "$image" -- hang
try "  and the file stays" cmp "$left" "$W/before"
try "nor does a boot that stops" says 'nothing is saved' status 71 "$MKIMAGE" run --save "$left" --initrd "$W/p.c" "$image"
try "  and the file stays" cmp "$left" "$W/before"
try "PATH without --save" says 'behind --' status 2 "$MKIMAGE" run "$image" /etc
try "a directory as FILE" says 'not a regular file' status 2 "$MKIMAGE" run --save "$W" "$image"
try "no directory for FILE" says 'No such file' status 2 "$MKIMAGE" run --save "$W/none/left" "$image"

# By hand, without mkimage: the archive alone.
by_hand() {
  words="log=0xe9 out=0xea err=0xeb status=0xec exit=0xf4 save=0xed keep=/etc" arguments= \
    boot pc max 64 "$image" -chardev file,id=save,path="$W/m.save" -device isa-debugcon,iobase=0xed,chardev=save
  ends 'exit 0' && cpio --quiet -t <"$W/m.save" | sort | tr '\n' ' ' | grep -qx '. etc etc/gone etc/motd etc/old ' &&
    cpio --quiet -i --to-stdout etc/motd <"$W/m.save" | cmp - "$W/root/etc/motd"
}
try "QEMU's own isa-debugcon" by_hand
try "no debris" sh -c '! ls -A "$1" | grep -F .mkimage' - "$W"
done_testing
