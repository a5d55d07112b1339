# Debian's busybox, unmodified, over a real tree of thousands of files: each applet prints what it prints in a chroot.
. "$(dirname "$0")/lib.sh"
need_root "$@"
packages="libpython3.11-minimal libpython3.11-stdlib python3-pygments python3-docutils python3-setuptools tzdata"
try "the packages of the tree are there: $packages" "$TOP/tests/debian" "$B" $packages

root=$W/root
mkdir -p "$root/bin" "$root/tmp" "$root/home"
for package in $packages; do cp -a "$B/cache/$package/." "$root/"; done
cp /bin/busybox "$root/bin/busybox"
ln "$root/bin/busybox" "$root/bin/bb-hard"
ln -s busybox "$root/bin/ls"
chmod 1777 "$root/tmp"
(cd "$root" && find usr -type f | LC_ALL=C sort | xargs -d '\n' sha256sum | sed 's|  |  /|') >"$root/sums"
devices "$root"
find "$root" -exec touch -h -d @1600000000 {} +
files=$(find "$root" -type f | wc -l)
try "a real tree: $files files" test "$files" -gt 2000
jail=$W/jail
cp -a "$root" "$jail"

# One image; the program's arguments come from the boot line.
try "it packs" pack bb "$root" /bin/busybox
sed -i 's|path = "/bin/busybox";|path = "/bin/busybox"; args = [ "true" ]; env = [ "TZ=UTC", "PATH=/bin", "HOME=/home" ];|' "$W/bb.cfg"
try "with an environment" "$MKIMAGE" -q -o "$W" "$W/bb.cfg" "$root"
machine() { "$MKIMAGE" run -m 512 --timeout 300 "$image" -- "$@"; }
host() { env -i TZ=UTC PATH=/bin HOME=/home "$CHROOT" "$jail" /bin/busybox "$@"; }

# Each of these works without fork.  `sort` orders what readdir gives in its own order; sizes and blocks of directories,
# and the device number, are a file system's own.
plain() { cat; }
no_sizes() { sed -E 's/^(d[^ ]+ +[0-9]+ +[^ ]+ +[^ ]+) +[0-9]+/\1 -/; s/^total [0-9]+/total -/; s/^(d[^ ]+) +[0-9]+/\1 -/'; }
same() { # FILTER APPLET ARGUMENT...
  filter=$1; shift
  host "$@" 2>"$W/host.err" | $filter >"$W/host.out"
  machine "$@" 2>"$W/machine.err" | $filter >"$W/machine.out"
  [ -s "$W/host.out" ] || { echo "the host printed nothing"; cat "$W/host.err"; return 1; }
  diff "$W/host.out" "$W/machine.out" >"$W/diff" || { head -n 20 "$W/diff"; tail -n 5 "$W/machine.err"; return 1; }
}
try "ls -lR / (sorted by ls)" same no_sizes ls -lR /bin /etc /usr
try "find / -xdev, sorted" same sort find /
try "find by type, mode and time" same sort find / -type f -perm -111 -size +10k
try "cat" same plain cat /usr/lib/python3.11/os.py /usr/lib/python3.11/abc.py
try "sha256sum of a thousand files that the shell finds" same sort ash -c \
  'exec /bin/busybox sha256sum /usr/lib/python3.11/*.py /usr/lib/python3/dist-packages/*/*.py /usr/share/zoneinfo/*/*'
try "grep -r, sorted" same sort grep -r "import os" /usr/lib/python3.11
try "wc" same plain wc /usr/lib/python3.11/os.py /usr/lib/python3.11/json/decoder.py
try "stat" same plain stat -c '%n %a %h %u %g %s %F' /bin/busybox /bin/ls /usr/lib/python3.11/os.py
try "find with a test of every file" same sort find /usr -type f -mtime +30 -perm -004 -name "*.py"
try "awk" same plain awk '{n += length($0)} END {print NR, n, n / NR}' /usr/lib/python3.11/os.py
try "sort -u" same plain sort -u /usr/lib/python3.11/os.py
try "diff of two files" same plain diff /usr/lib/python3.11/os.py /usr/lib/python3.11/posixpath.py
try "md5sum" same plain md5sum /bin/busybox
try "readlink -f" same plain readlink -f /bin/ls

# Every file, by a list: `sha256sum -c` reads the names itself.
try "sha256sum of every file" same plain sha256sum -c /sums

# The whole tree as one stream, whose members the host takes apart.
digest_of_tar() { # COMMAND...
  rm -rf "$W/x"; mkdir "$W/x"
  "$@" tar -cf - /bin /usr /tmp 2>"$W/tar.err" | tar -xf - -C "$W/x" || return 1
  (cd "$W/x" && find . -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum && find . -mindepth 1 -printf '%p %y %m %U %G %T@ %l\n' | LC_ALL=C sort)
}
tar_equal() {
  digest_of_tar host >"$W/host.out" && digest_of_tar machine >"$W/machine.out" || return 1
  [ "$(wc -l <"$W/host.out")" -gt 4000 ] || { echo "the host's tar is short"; return 1; }
  diff "$W/host.out" "$W/machine.out" >"$W/diff" || { head -n 20 "$W/diff"; return 1; }
}
try "tar c: every file, mode, owner and time" tar_equal

# Changes to the tree.  There is no fork, so a run is one applet, which changes and says what it did.
changes() { # APPLET ARGUMENT...: status and both streams, their lines sorted
  rm -rf "$W/jail2"; cp -a "$root" "$W/jail2"
  env -i TZ=UTC PATH=/bin HOME=/home "$CHROOT" "$W/jail2" /bin/busybox "$@" >"$W/host.out" 2>&1; want=$?
  machine "$@" >"$W/machine.out" 2>&1; got=$?
  [ $want = $got ] || { echo "status $got, on the host $want"; cat "$W/machine.out"; return 1; }
  LC_ALL=C sort -o "$W/host.out" "$W/host.out"; LC_ALL=C sort "$W/machine.out" | diff "$W/host.out" -
}
try "cp -av" changes cp -av /usr/lib/python3.11/json /tmp/json
try "mv of a directory" changes mv -v /usr/lib/python3.11/json /tmp/moved
try "rm -r of a large tree" changes rm -r /usr/lib
try "sed -i" changes sed -i s/import/export/ /usr/lib/python3.11/os.py
try "mkdir -p" changes mkdir -pv /tmp/a/b/c
try "rm of what is not there" changes rm /nowhere
try "ln -sv" changes ln -sv target /tmp/link
try "ash built-ins, without fork" changes ash -c 'cd /usr/lib; pwd; for i in 1 2 3; do echo $i >>/tmp/n; done; while read x; do echo got $x; done </tmp/n; [ -d /tmp ] && echo $((6 * 7)); umask; exit 9'
try "ash ends with an applet that replaces it" changes ash -c 'echo one >/tmp/f; echo two >>/tmp/f; exec /bin/busybox cat /tmp/f'
try "ash: a change and its effect" changes ash -c 'exec /bin/busybox sed -n -e "/^def /p" /usr/lib/python3.11/os.py'
try "awk writes, reads back and removes" changes awk 'BEGIN {for (i = 0; i < 3000; i++) print i, i * i >"/tmp/f"; close("/tmp/f"); while ((getline l <"/tmp/f") > 0) n += length(l); print n}'
try "execve twice" changes env /bin/busybox ash -c 'exec /bin/busybox env A=b /bin/busybox ash -c "echo \$A; exec /bin/busybox ls /usr/lib/python3.11/json"'
done_testing
