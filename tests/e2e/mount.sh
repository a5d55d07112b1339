#!/bin/sh
# tests/e2e/mount.sh - mount: what is in an image, as a directory of the host; changes, --commit, callers, refusals.
. "$(dirname "$0")/lib.sh"
umask 022
export LC_ALL=C
# Nothing of ours stays mounted, whatever happens.
trap 'for m in "$W"/m*; do mountpoint -q "$m" 2>/dev/null && umount -l "$m"; done; rm -rf "$W"' EXIT

root=$W/root
mkdir -p "$root/bin" "$root/etc/deep" "$root/a" "$root/tmp" "$W/m"
cp /bin/busybox "$root/bin/busybox"; printf 'one\ntwo\n' >"$root/etc/conf"; ln "$root/etc/conf" "$root/a/again"; chmod 1777 "$root/tmp"
ln -s ../etc/conf "$root/a/link"; ln -s /etc "$root/abs"; mkfifo "$root/a/pipe"; head -c 300000 /dev/urandom >"$root/etc/blob"
bad=$(printf 'bad\377name'); printf b >"$root/$bad"; printf 's' >"$root/etc/secret"; chmod 600 "$root/etc/secret"
find "$root" -depth -exec touch -h -d '2021-02-03 04:05:06 UTC' {} +
pack img "$root" /bin/busybox 'rootfs = { files = ( { path = "/dev/null"; device = "c 1 3"; mode = "0666"; }, { path = "etc/made"; content = "made\n"; } ); };' || exit 1
elf=$image

# --- refusals need no FUSE
refused() { text=$1; shift; "$MKIMAGE" mount "$@" >"$W/out" 2>"$W/err"; got=$?; [ $got = 2 ] && grep -qF -- "$text" "$W/err" && [ "$(wc -l <"$W/err")" = 1 ] || { echo "status $got"; cat "$W/err"; return 1; }; }
(cd "$root" && find . | cpio -o -H newc -R 0:0 2>/dev/null) >"$W/r.cpio"
try "a place that is not there" refused "cannot be mounted on" "$elf" "$W/nowhere"
try "a file to mount on" refused "not a directory" "$elf" "$elf"
try "an image that is not there" refused "cannot open" "$W/nothing" "$W/m"
try "--commit of an archive" refused "finished images only" --commit "$W/r.cpio" "$W/m"
try "--commit and --ro" refused "exclude each other" --commit --ro "$elf" "$W/m"
try "--commit in the background" refused "status" --commit -b "$elf" "$W/m"
try "no command" refused "a command is missing" "$elf" "$W/m" --
try "memory that is no number" refused "--memory" -m none "$elf" "$W/m"
head -c $(($(stat -c %s "$elf") - 9000)) "$elf" >"$W/cut.elf"
try "a damaged image" status 3 "$MKIMAGE" mount "$W/cut.elf" "$W/m"
try "a damaged image, in the background" status 3 "$MKIMAGE" mount -b "$W/cut.elf" "$W/m"

if [ ! -r /dev/fuse ] || [ ! -w /dev/fuse ] || ! { "$MKIMAGE" mount -b "$elf" "$W/m" 2>"$W/err" && umount "$W/m"; }; then
  skip "everything that is mounted" "no FUSE here ($(cat "$W/err" 2>/dev/null))"
  done_testing; exit 0
fi

# mounts [OPTION...] IMAGE: in the background of the shell, ready when this returns; unmounts: the status of the mount
mounts() { : >"$W/said"; "$MKIMAGE" mount "$@" "$W/m" >"$W/said" 2>"$W/err" & pid=$!; i=0; until grep -q 'is mounted on' "$W/said"; do kill -0 $pid 2>/dev/null && [ $i -lt 100 ] || { cat "$W/err"; return 1; }; i=$((i + 1)); sleep 0.05; done; }
unmounts() { umount "$W/m" && wait $pid; }

# --- reading
try "it mounts" mounts --ro "$elf"
try "and is the rootfs, byte for byte" diff -r --no-dereference --exclude=pipe --exclude=dev --exclude=made "$root" "$W/m"
same_stat() { (cd "$root" && find . ! -type d ! -name . -exec stat -c '%n %f %Y %h %s' {} + | sort) >"$W/s1"; (cd "$W/m" && find . ! -type d ! -path './dev*' ! -name made -exec stat -c '%n %f %Y %h %s' {} + | sort) >"$W/s2"; diff "$W/s1" "$W/s2"; }
try "modes, times, links and sizes, too" same_stat
try "the device of app.cfg" eval '[ "$(stat -c "%F %t:%T %a" "$W/m/dev/null")" = "character special file 1:3 666" ]'
try "two names, one inode number, the same each time" eval '[ "$(stat -c %i "$W/m/etc/conf" "$W/m/a/again" "$W/m/etc/conf" | sort -u | wc -l)" = 1 ]'
try "--ro writes nothing" eval '! touch "$W/m/new" 2>/dev/null && ! rm "$W/m/etc/conf" 2>/dev/null && ! chmod 700 "$W/m/etc" 2>/dev/null'
try "its name stands in the table of mounts" eval 'grep -q "fuse.mkimage" /proc/mounts && grep -qF "$elf $W/m" /proc/mounts'
try "a program of it runs" eval '[ "$("$W/m/bin/busybox" echo yes)" = yes ]'
try "it unmounts" unmounts
try "a bare archive" eval 'mounts "$W/r.cpio" && diff -r --no-dereference --exclude=pipe "$root" "$W/m" && unmounts'
try "standard input" eval '"$MKIMAGE" mount -b - "$W/m" <"$W/r.cpio" && diff "$root/etc/conf" "$W/m/etc/conf" && umount "$W/m"'
try "over and over, nothing is lost of memory's records" eval 'for i in 1 2 3; do mounts "$elf" && find "$W/m" | wc -l && unmounts || return 1; done'

# --- writing, which the image does not see
before=$(sha256sum <"$elf")
cat >"$W/calls.py" <<'EOF'
import os, stat, sys, mmap, time
m = sys.argv[1]; p = lambda n: os.path.join(m, n)
def put(n, b): open(p(n), 'wb').write(b)
def get(n): return open(p(n), 'rb').read()
# unlinked, but open
f = open(p('gone'), 'w+b'); f.write(b'x' * 100000); f.flush(); os.unlink(p('gone'))
assert os.fstat(f.fileno()).st_nlink == 0 and os.fstat(f.fileno()).st_size == 100000
f.seek(99999); assert f.read() == b'x'; f.truncate(5); f.seek(0); assert f.read() == b'xxxxx'; f.close()
# renamed over what is open
put('one', b'1'); put('two', b'2'); f = open(p('two'), 'rb'); os.rename(p('one'), p('two'))
assert f.read() == b'2' and get('two') == b'1' and os.fstat(f.fileno()).st_nlink == 0
# a name taken away and made again is another inode
first = os.stat(p('two')).st_ino; os.unlink(p('two')); put('two', b'again'); assert os.stat(p('two')).st_ino != first
# hard links show each change at once
os.link(p('two'), p('three')); put('two', b'longer than before'); assert os.stat(p('three')).st_size == 18 and os.stat(p('three')).st_nlink == 2
os.chmod(p('three'), 0o600); assert stat.S_IMODE(os.stat(p('two')).st_mode) == 0o600; os.unlink(p('two')); assert os.stat(p('three')).st_nlink == 1
# append, holes, truncation
a = os.open(p('log'), os.O_WRONLY | os.O_CREAT | os.O_APPEND); b = os.open(p('log'), os.O_WRONLY | os.O_APPEND)
for i in range(100): os.write(a, b'a'); os.write(b, b'b')
assert get('log') == b'ab' * 100
os.truncate(p('log'), 1 << 30); assert os.stat(p('log')).st_blocks < 100 and get('log')[-1:] == b'\0'; os.truncate(p('log'), 3); assert get('log') == b'aba'
h = os.open(p('hole'), os.O_RDWR | os.O_CREAT); os.pwrite(h, b'end', 1 << 20); assert os.lseek(h, 0, os.SEEK_DATA) == 1 << 20 and os.lseek(h, 1 << 20, os.SEEK_HOLE) == (1 << 20) + 3
os.posix_fallocate(h, 0, 8192); assert os.fstat(h).st_size == (1 << 20) + 3
# a mapping that is written to, and an append beside it
put('map', b'm' * 8192); fd = os.open(p('map'), os.O_RDWR | os.O_APPEND); mm = mmap.mmap(fd, 8192); mm[5000:5003] = b'XYZ'; mm.flush(); mm.close(); os.write(fd, b'tail'); os.close(fd)
assert get('map') == b'm' * 5000 + b'XYZ' + b'm' * 3189 + b'tail'
# names: 255 bytes, every byte, and one too long
put('n' * 255, b''); os.unlink(p('n' * 255)); every = os.path.join(os.fsencode(m), bytes(i for i in range(1, 256) if i != 47)); open(every, 'w').close(); assert os.path.basename(every) in os.listdir(os.fsencode(m))
try: put('n' * 256, b''); assert False
except OSError as e: assert e.errno == 36, e
# nodes, directories
os.mkfifo(p('fifo')); assert stat.S_ISFIFO(os.lstat(p('fifo')).st_mode)
r = os.open(p('fifo'), os.O_RDONLY | os.O_NONBLOCK); w = os.open(p('fifo'), os.O_WRONLY); os.write(w, b'through'); assert os.read(r, 100) == b'through'
os.makedirs(p('d/e/f')); os.rename(p('d/e'), p('e')); assert os.stat(p('d')).st_nlink == 2 and os.listdir(p('d')) == []
for n, what in (('e', 39), ('two/x', 20), ('none', 2)):
    try: os.rmdir(p(n)); assert False
    except OSError as e: assert e.errno in (what, 2), e
# a listing while names come and go: what stays is seen once
os.mkdir(p('many')); [open(p('many/%04d' % i), 'w').close() for i in range(2000)]
seen = []
with os.scandir(p('many')) as it:
    for k, e in enumerate(it):
        seen.append(e.name)
        if k % 10 == 0 and os.path.exists(p('many/%04d' % k)): os.unlink(p('many/%04d' % k))
        if k % 10 == 5: open(p('many/x%04d' % k), 'w').close()
stays = {'%04d' % i for i in range(2000)} & set(os.listdir(p('many')))
assert len(seen) == len(set(seen)) and stays <= set(seen), (len(seen), len(stays - set(seen)))
# times, to the nanosecond; attributes are never old ones
os.utime(p('log'), ns=(123456789, 987654321987654321)); assert os.stat(p('log')).st_mtime_ns == 987654321987654321 and os.stat(p('log')).st_atime_ns == 123456789
t = os.stat(p('e')).st_mtime_ns; time.sleep(0.01); put('e/new', b''); assert os.stat(p('e')).st_mtime_ns > t
# extended attributes
os.setxattr(p('log'), 'user.note', b'value'); assert os.getxattr(p('log'), 'user.note') == b'value' and 'user.note' in os.listxattr(p('log')); os.removexattr(p('log'), 'user.note')
assert 'user.note' not in os.listxattr(p('log'))
# exchange and no-replace
import ctypes; libc = ctypes.CDLL(None, use_errno=True)
put('x', b'x'); put('y', b'y')
assert libc.renameat2(-100, p('x').encode(), -100, p('y').encode(), 2) == 0 and get('x') == b'y' and get('y') == b'x'
assert libc.renameat2(-100, p('x').encode(), -100, p('y').encode(), 1) != 0 and ctypes.get_errno() == 17
s = os.statvfs(m); assert s.f_bfree < s.f_blocks and s.f_namemax == 255 and s.f_ffree > 0
print('fine')
EOF
try "mounted to be written to" mounts "$elf"
try "calls of all kinds" says fine python3 "$W/calls.py" "$W/m"
try "a tree of many files" eval 'cp -a /usr/include/linux "$W/m/linux" && diff -r /usr/include/linux "$W/m/linux" && rm -r "$W/m/linux"'
try "it unmounts again" unmounts
try "the image is as it was" eval '[ "$(sha256sum <"$elf")" = "$before" ]'
full() { # a file system of 16 MiB fills up, and goes on
  mounts -m 16 "$elf" || return 1
  dd if=/dev/zero of="$W/m/big" bs=1M count=100 2>"$W/out" && return 1
  grep -q 'No space left' "$W/out" && rm "$W/m/big" && printf x >"$W/m/small" && [ "$(cat "$W/m/small")" = x ] && unmounts
}
try "memory that ends is ENOSPC" full

# --- --commit
cp -p "$elf" "$W/c.elf"
change() { printf 'three\n' >>"$W/m/etc/conf"; rm "$W/m/etc/blob"; mkdir "$W/m/new"; printf 'new\n' >"$W/m/new/file"; ln "$W/m/new/file" "$W/m/new/name"; ln -s file "$W/m/new/link"; chmod 750 "$W/m/etc/deep"; mkfifo "$W/m/new/pipe"; printf 'edited\n' >"$W/m/etc/made"; }
try "changed and committed" eval 'mounts --commit "$W/c.elf" && change && unmounts'
committed() {
  "$MKIMAGE" verify "$W/c.elf" && "$MKIMAGE" diff "$elf" "$W/c.elf" | grep -v mtime | cut -d ' ' -f 1-2 >"$W/out"
  diff - "$W/out" <<'EOF' || return 1
- etc/blob
! etc/deep:
+ new
+ new/file
+ new/link
+ new/name
+ new/pipe
EOF
  [ "$("$MKIMAGE" cat "$W/c.elf" etc/conf)" = "$(printf 'one\ntwo\nthree')" ] && [ "$("$MKIMAGE" ls --json "$W/c.elf" new/name | grep -c '"nlink":2')" = 1 ] && [ "$("$MKIMAGE" cat "$W/c.elf" etc/made)" = edited ]
}
try "the image has it, and nothing else" committed
try "hard links too" eval '[ "$("$MKIMAGE" cat "$W/c.elf" a/again | tail -n 1)" = three ]'
try "the image's mode stays" eval '[ "$(stat -c %a "$W/c.elf")" = "$(stat -c %a "$elf")" ]'
if command -v qemu-system-x86_64 >/dev/null; then
  try "it boots" eval 'says "multi-call" timeout 60 "$MKIMAGE" run "$W/c.elf" </dev/null'
fi
before=$(sha256sum <"$W/c.elf"); inode=$(stat -c %i "$W/c.elf")
try "nothing changed, nothing written" eval 'mounts --commit "$W/c.elf" && cat "$W/m/etc/conf" && unmounts && [ "$(stat -c %i "$W/c.elf")" = "$inode" ] && grep -q "nothing was changed" "$W/said"'
stays() { # what is wrong with the tree: an error that says so, and the old image
  mounts --commit "$W/c.elf" && eval "$2" || return 1
  umount "$W/m"; wait $pid; got=$?
  [ $got = "$3" ] && grep -qF -- "$1" "$W/err" && grep -q 'is not in the image' "$W/err" && [ "$(sha256sum <"$W/c.elf")" = "$before" ] || { echo "status $got"; cat "$W/err"; return 1; }
}
try "a program that is gone is an error" stays "/bin/busybox" 'rm "$W/m/bin/busybox"' 4
try "a time that no archive holds" stays "time of change" 'touch -d 1960-01-01 "$W/m/etc/conf"' 4
try "a socket" stays "socket" 'python3 -c "import socket,sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])" "$W/m/sock"' 4
try "an image that somebody else has changed" stays "somebody else" 'printf x >"$W/m/x"; cp -p "$W/c.elf" "$W/c2" && mv "$W/c2" "$W/c.elf"' 2
if [ "$(id -u)" = 0 ] && mkdir "$W/small" && mount -t tmpfs -o size=2m tmpfs "$W/small" 2>/dev/null; then
  cp "$W/c.elf" "$W/small/s.elf"
  no_room() { mounts --commit "$W/small/s.elf" && head -c 3000000 /dev/urandom >"$W/m/big" && umount "$W/m"; wait $pid; got=$?; [ $got = 2 ] && cmp "$W/c.elf" "$W/small/s.elf" && [ "$(ls "$W/small")" = s.elf ] || { echo "status $got"; cat "$W/err"; return 1; }; }
  try "a disk that is full" no_room
  umount "$W/small"
else skip "a disk that is full" "no tmpfs can be mounted"; fi
ended() { mounts --commit "$W/c.elf" && printf y >"$W/m/y" && kill -$1 $pid && wait $pid && ! mountpoint -q "$W/m" && [ "$("$MKIMAGE" cat "$W/c.elf" y)" = y ] && "$MKIMAGE" verify -q "$W/c.elf"; }
try "SIGTERM unmounts and commits" ended TERM
killed() { before=$(sha256sum <"$W/c.elf"); mounts --commit "$W/c.elf" && printf z >"$W/m/z" && kill -9 $pid; wait $pid; umount -l "$W/m"; [ "$(sha256sum <"$W/c.elf")" = "$before" ]; }
try "killed, it leaves the old image" killed

# --- a command
with() { cp -p "$elf" "$W/w.elf"; "$MKIMAGE" -q mount --commit "$W/w.elf" "$W/m" -- sh -c 'echo "$1" >"$0/etc/said"' "$W/m" "two words" && [ "$("$MKIMAGE" cat "$W/w.elf" etc/said)" = "two words" ] && ! mountpoint -q "$W/m"; }
try "a command, and its changes" with
try "a command of the image itself" eval '[ "$("$MKIMAGE" mount "$elf" "$W/m" -- "$W/m/bin/busybox" echo inside)" = inside ]'
failing() { before=$(sha256sum <"$W/w.elf"); "$MKIMAGE" mount --commit "$W/w.elf" "$W/m" -- sh -c 'echo x >"$0/x"; exit 9' "$W/m" 2>"$W/err"; [ $? = 9 ] && grep -q "nothing was written" "$W/err" && [ "$(sha256sum <"$W/w.elf")" = "$before" ] && ! mountpoint -q "$W/m"; }
try "one that fails commits nothing" failing
try "one that is not there" eval '"$MKIMAGE" mount "$elf" "$W/m" -- /no/such/command 2>"$W/err"; [ $? = 127 ] && grep -q "/no/such/command" "$W/err" && ! mountpoint -q "$W/m"'
try "one that a signal ends" status 143 "$MKIMAGE" mount "$elf" "$W/m" -- sh -c 'kill $$'

# --- callers
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then
  as() { who=$1; shift; setpriv --reuid="$who" --regid="$who" --clear-groups "$@"; }
  chmod 711 "$W" "$W/m"
  callers() {
    mounts -o allow_other "$elf" || return 1
    as 1000 cat "$W/m/etc/conf" >"$W/out" && cmp "$W/out" "$root/etc/conf" && ! as 1000 cat "$W/m/etc/secret" 2>"$W/out" && grep -q denied "$W/out" &&
      ! as 1000 touch "$W/m/etc/new" 2>/dev/null && as 1000 sh -c 'umask 027; echo x >"$1"' - "$W/m/tmp/mine" && [ "$(stat -c '%u:%g %a' "$W/m/tmp/mine")" = "1000:1000 640" ] &&
      ! as 1001 rm -f "$W/m/tmp/mine" 2>/dev/null && ! as 1001 cat "$W/m/tmp/mine" 2>/dev/null && as 1000 chmod 4755 "$W/m/tmp/mine" && ! as 1000 chown 0 "$W/m/tmp/mine" 2>/dev/null &&
      chgrp 2000 "$W/m/tmp/mine" && chmod 640 "$W/m/tmp/mine" && setpriv --reuid=1001 --regid=1001 --groups=2000 cat "$W/m/tmp/mine" >/dev/null && unmounts
  }
  try "the caller's ids, groups and umask count" callers
  strangers() { mounts "$elf" || return 1; ! as 1000 ls "$W/m" 2>/dev/null && unmounts; }
  try "without allow_other it is the mounter's alone" strangers
  fake() { mounts --fakeroot -o allow_other "$elf" || return 1; as 1000 sh -c 'cat "$1/etc/secret" && echo x >"$1/etc/new" && chown 5:6 "$1/etc/new"' - "$W/m" && [ "$(stat -c %u:%g "$W/m/etc/new")" = 5:6 ] && unmounts; }
  try "--fakeroot: everybody is user 0 of the image" fake
fi
# --- who is not root, through fusermount3; in a mount namespace of its own /dev/fuse is everybody's, as it is elsewhere
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null && command -v fusermount3 >/dev/null && unshare -m true 2>/dev/null && mknod -m 666 "$W/fuse" c 10 229 && (: <>"$W/fuse") 2>/dev/null; then
  mkdir "$W/u" "$W/u/m"; cp "$elf" "$W/u/i.elf"; cp "$MKIMAGE" "$W/u/mkimage"; chown -R 1000:1000 "$W/u"; chmod 755 "$W/u/mkimage"
  user() { unshare -m sh -c 'mount --bind "$1/fuse" /dev/fuse && cd "$1/u" && shift && exec setpriv --reuid=1000 --regid=1000 --clear-groups ./mkimage mount "$@"' - "$W" "$@"; }
  plain_user() { user i.elf m -- sh -c 'cmp m/etc/conf "$0" && ! cat m/etc/secret && ! touch m/x' "$root/etc/conf" 2>"$W/err" && grep -q "secret: Permission denied" "$W/err"; }
  chmod 755 "$W" "$root"
  try "who is not root mounts, and may what others may" plain_user
  user_commits() { user --commit --fakeroot i.elf m -- sh -c 'echo mine >m/etc/conf && chmod 600 m/etc/conf' && [ "$("$MKIMAGE" cat "$W/u/i.elf" etc/conf)" = mine ] && "$MKIMAGE" ls -l "$W/u/i.elf" etc/conf | grep -q '^-rw-------  *2  *0  *0 '; }
  try "and with --fakeroot changes what is root's" user_commits
else skip "who is not root mounts" "no setpriv, fusermount3, mount namespace or device nodes"; fi
try "an option that nobody knows" eval '"$MKIMAGE" mount -o nonsense "$elf" "$W/m" 2>"$W/err"; [ $? = 2 ] && grep -q nonsense "$W/err"'
done_testing
