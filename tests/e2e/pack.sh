# Packing: same input, same bytes; what cannot be packed is said; the target is the old file or the whole new one.
. "$(dirname "$0")/lib.sh"
chmod 755 "$W"
cat >"$W/p.c" <<'EOT'
int main(void) { return 0; }
EOT
mkdir -p "$W/root/bin" "$W/root/dir/deep"
compiles "$W/root/bin/p" "$W/p.c"
for i in 1 2 3 4 5 6 7 8 9; do echo "$i" >"$W/root/dir/file$i"; done
seq 60000 >"$W/root/dir/deep/large"
ln "$W/root/dir/file1" "$W/root/dir/deep/link"
ln -s ../bin/p "$W/root/dir/sym"
find "$W/root" -exec touch -h -d @1000000000 {} +
app_cfg "$W/app.cfg" /bin/p
target=app-kvm-x86_64.elf
try "packs" "$MKIMAGE" -q -o "$W" "$W/app.cfg" "$W/root"
first=$W/$target

# --- the same bytes ---
same() { mkdir -p "$W/other" && "$@" && cmp "$first" "$W/other/$target"; }
# A copy made in another order, in a directory of another name, by another umask and time zone.
(cd "$W/root" && umask 077 && mkdir -p "$W/copy of it" && find . -depth ! -path ./dir/deep/link | sort -r | cpio -pdm --quiet "$W/copy of it") &&
  ln "$W/copy of it/dir/file1" "$W/copy of it/dir/deep/link"
chmod 755 "$W/copy of it" && find "$W/copy of it" -exec touch -h -d @1000000000 {} +
elsewhere() (cd "$W/copy of it" && umask 077 && TZ=Asia/Tokyo LC_ALL=C.UTF-8 "$MKIMAGE" -q -o "$W/other" "$W/app.cfg" .)
try "another copy, umask, time zone and directory: the same bytes" same elsewhere
by_user() {
  chmod -R a+rX "$W/root" && chmod 777 "$W/other" && rm -f "$W/other/$target" &&
    setpriv --reuid 12345 --regid 12345 --clear-groups "$MKIMAGE" -q -o "$W/other" "$W/app.cfg" "$W/root"
}
if [ "$(id -u)" = 0 ] && setpriv --reuid 12345 --regid 12345 --clear-groups test -x "$MKIMAGE"; then try "another user: the same bytes" same by_user
else skip "another user: the same bytes" "needs root, and a build that others may read"; fi
rm -rf "$W/other"
for form in "tar -cf" "bsdtar -cf" "bsdtar -czf" "bsdtar --format=cpio --zstd -cf" "bsdtar --format=newc --xz -cf"; do
  from_archive() { (cd "$W/root" && $form "$W/archive" .) && "$MKIMAGE" -q -o "$W/other" "$W/app.cfg" - <"$W/archive"; }
  # Names of links, and so where the content lies, follow from the sorted tree alone.
  try "from '$form': the same bytes" same from_archive
done
clamped() { SOURCE_DATE_EPOCH=$1 "$MKIMAGE" -q -o "$W/clamp$1" "$W/app.cfg" "$W/root"; }
mkdir "$W/clamp900000000" "$W/clamp1100000000"
try "SOURCE_DATE_EPOCH before the files" clamped 900000000
try "makes every time that one" test "$("$MKIMAGE" ls --json "$W/clamp900000000/$target" | grep -c '"mtime": *900000000')" = "$("$MKIMAGE" ls "$W/clamp900000000/$target" | wc -l)"
try "a later one" clamped 1100000000
try "leaves the times alone" test "$("$MKIMAGE" ls --json "$W/clamp1100000000/$target" | grep -c '"mtime": *1000000000')" -gt 10
try "verify applies the clamp of the recipe" "$MKIMAGE" verify "$W/clamp900000000/$target" "$W/root"

cp "$first" "$W/rewritten.elf"
try "objcopy writes the image anew" objcopy --dump-section ".initrd=$W/section" "$W/rewritten.elf"
try "with its section headers elsewhere" sh -c '! cmp -s "$1" "$2"' - "$first" "$W/rewritten.elf"
try "it is still good" "$MKIMAGE" verify "$W/rewritten.elf" "$W/root"
try "and can be swapped" "$MKIMAGE" -q swap "$W/rewritten.elf" "$W/root"
try "with the result of any other" "$MKIMAGE" verify "$W/rewritten.elf" "$W/root"
try "and its headers in front again" test "$(readelf -h "$W/rewritten.elf" | sed -n 's/.*Start of section headers: *//p')" = "$(readelf -h "$first" | sed -n 's/.*Start of section headers: *//p')"

# --- many threads ---
mkdir "$W/wide" && seq 2500000 >"$W/wide/numbers" && head -c 5000000 /dev/urandom >"$W/wide/noise" && cp -R "$W/root/." "$W/wide"
threads() { # CODEC: the same bytes by one, two and seven
  for n in 1 2 7; do "$MKIMAGE" pack -q -j $n -z "$1" -o "$W/wide.$n" "$W/wide" || return 1; done
  cmp "$W/wide.1" "$W/wide.2" && cmp "$W/wide.1" "$W/wide.7"
}
for codec in none gzip lz4 lz4:1 zstd zstd:9 xz:1; do try "any number of threads, the same bytes: $codec" threads $codec; done
truncate -s 500M "$W/wide/hole"
peak() { # CODEC KIB: packing 500 MB takes no more memory than that
  took=$(python3 -c 'import resource, subprocess, sys
subprocess.run(["env"] + sys.argv[1:], check=True); print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)' "$MKIMAGE" pack -q -z "$1" -o "$W/wide.1" "$W/wide") || return 1
  echo "$took KiB"; [ "$took" -le "$2" ]
}
for codec in none gzip lz4; do try "memory does not grow with the rootfs: $codec" peak $codec 65536; done
try "nor beyond what libzstd takes" peak zstd 131072
rm -rf "$W/wide" "$W"/wide.*

# --- what cannot be packed ---
refused() { # TEXT STATUS: packing $W/root says TEXT, ends with STATUS, and leaves the image alone
  says "$1" "$MKIMAGE" -o "$W" "$W/app.cfg" "$W/root" || return 1
  status "$2" "$MKIMAGE" -q -o "$W" "$W/app.cfg" "$W/root" || return 1
  cmp "$first" "$W/kept.elf"
}
cp "$first" "$W/kept.elf"
spoil() { # FILE TEXT STATUS COMMAND...: after COMMAND made FILE it is refused
  file=$W/root/$1 text=$2 want=$3; shift 3
  try "refused: $text" sh -c '"$@"' - "$@"
  try "named, and the old image stays" refused "$text" "$want"
  rm -rf "$file"
}
spoil big "'big': 4 GiB or more" 4 truncate -s 4G "$W/root/big"
spoil 'TRAILER!!!' "'TRAILER!!!'" 4 touch "$W/root/TRAILER!!!"
spoil old "'old': its time of change" 4 touch -d @-1 "$W/root/old"
spoil late "'late': its time of change" 4 touch -d @4294967296 "$W/root/late"
spoil sock "'sock': a socket" 4 python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$W/root/sock"
bell=$(printf 'be\all')
spoil "$bell" "'be\x07ll': 4 GiB or more" 4 truncate -s 5G "$W/root/$bell"
attributes() { setfattr -n user.taproot -v 1 "$W/root/dir/file2" 2>/dev/null || python3 -c 'import os, sys; os.setxattr(sys.argv[1], "user.taproot", b"1")' "$W/root/dir/file2"; }
of_the_root() { # in a directory and, once, in an archive
  python3 -c 'import os, sys; os.setxattr(sys.argv[1], "user.top", b"1")' "$W/root" && (cd "$W/root" && bsdtar --xattrs --format pax -cf "$W/attributes.tar" .) || return 1
  for tree in "$W/root" "$W/attributes.tar"; do
    "$MKIMAGE" -o "$W/other" "$W/app.cfg" "$tree" 2>"$W/err"; grep -qx "mkimage: warning: '.': its extended attributes are not packed: user.top" "$W/err" || { cat "$W/err"; return 1; }
  done
}
# A warning must not go into whatever file got the number of a closed standard error.
closed_error() {
  (cd "$W/root" && bsdtar --xattrs --format pax -cf "$W/attributes.tar" bin dir/file2) || return 1
  "$MKIMAGE" -o "$W/other" "$W/app.cfg" "$W/attributes.tar" >"$W/out" 2>&- && "$MKIMAGE" cat "$W/other/$target" bin/p | cmp - "$W/root/bin/p"
}
if attributes 2>/dev/null; then try "attributes are warned of by name" says "'dir/file2': its extended attributes are not packed: user.taproot" "$MKIMAGE" -o "$W" "$W/app.cfg" "$W/root"
  try "those of the root, too" of_the_root
  try "with standard error closed the warning goes nowhere" closed_error
else skip "attributes are warned of by name" "this file system has none"; fi

# --- archives as rootfs ---
cat >"$W/tar.py" <<'EOT'
import io, sys, tarfile
directory, program = sys.argv[1], open(sys.argv[2], "rb").read()
def make(name, *entries):
    with tarfile.open(f"{directory}/{name}.tar", "w") as tar:
        for path, data, more in [("bin/p", program, {"mode": 0o755}), *entries]:
            info = tarfile.TarInfo(path)
            info.size = len(data)
            for key, value in more.items(): setattr(info, key, value)
            tar.addfile(info, io.BytesIO(data))
link, symlink, directory_type = tarfile.LNKTYPE, tarfile.SYMTYPE, tarfile.DIRTYPE
make("odd", ("z/y/x", b"first", {}), ("z/y/x", b"second", {}), ("/a//b/./c", b"", {}), ("l", b"", {"type": link, "linkname": "z/y/x"}),
     ("z", b"", {"type": directory_type, "mode": 0o700}), ("n\u00e9", b"", {"mtime": 1.75}))
make("up", ("../evil", b"x", {}))
make("link", ("l", b"", {"type": link, "linkname": "nowhere"}))
make("through", ("d", b"", {"type": symlink, "linkname": "bin"}), ("d/x", b"", {}))
make("owner", ("o", b"", {"uid": 2 ** 33}))
make("early", ("o", b"", {"mtime": -7}))
EOT
python3 "$W/tar.py" "$W" "$W/root/bin/p"
from() { "$MKIMAGE" -q -o "$W/other" "$W/app.cfg" "$W/$1"; }
odd() {
  LC_ALL=C from odd.tar && "$MKIMAGE" ls "$W/other/$target" >"$W/list" &&
    printf '%s\n' . a a/b a/b/c bin bin/p l né z z/y z/y/x | diff - "$W/list" && [ "$("$MKIMAGE" cat "$W/other/$target" l)" = second ] &&
    "$MKIMAGE" ls -l "$W/other/$target" z/y/x | grep -q ' 2  *0  *0 ' && "$MKIMAGE" verify "$W/other/$target" "$W/odd.tar"
}
try "entries unsorted, repeated, without their directories, linked" odd
try "a name that leads out" status 3 from up.tar
try "a hard link to nothing" status 3 from link.tar
try "an entry below a symlink" status 4 from through.tar
try "an owner beyond 32 bits" status 4 from owner.tar
try "a time before 1970" status 4 from early.tar
twice() { gzip -c "$W/odd.tar" >"$W/twice" && gzip -c "$W/odd.tar" >>"$W/twice" && status 4 from twice && says "more stands behind" from twice; }
try "two archives in one file are not passed over" twice

# --- words ---
try "an unknown verb is called one" status 2 "$MKIMAGE" frobnicate "$W/root"
try "by its name" says "'frobnicate' is no verb" "$MKIMAGE" frobnicate
try "and the nearest" says "is 'verify' meant?" "$MKIMAGE" -q verfy x
try "-o without a name is not the root directory" status 2 "$MKIMAGE" -o "" "$W/app.cfg" "$W/root"
try "an empty TAPROOT_KERNELS is none" env TAPROOT_KERNELS= "$MKIMAGE" -q -o "$W/other" "$W/app.cfg" "$W/root"
try "no platform twice" says 'platforms names "kvm-x86_64" twice' eval 'sed "s/\[.*\]/[ \"kvm-x86_64\", \"kvm-x86_64\" ]/" "$W/app.cfg" >"$W/double.cfg"; "$MKIMAGE" "$W/double.cfg" "$W/root"'

# --- the program ---
program() { app_cfg "$W/bad.cfg" "$1" && status 4 "$MKIMAGE" -q -o "$W" "$W/bad.cfg" "$W/root" && says "$2" "$MKIMAGE" -o "$W" "$W/bad.cfg" "$W/root"; }
cp /bin/true "$W/root/bin/dynamic"
printf '#!/bin/nothing\n' >"$W/root/bin/script"; chmod 755 "$W/root/bin/script"
cp "$W/root/bin/p" "$W/root/bin/plain"; chmod 644 "$W/root/bin/plain"
cp "$W/root/bin/p" "$W/root/bin/arm"; printf '\267' | dd of="$W/root/bin/arm" bs=1 seek=18 conv=notrunc 2>/dev/null
try "no program" program /bin/missing "is not in the rootfs"
try "one that is nearly there" program /sbin/scrpt "no such file or directory; is '/bin/script' meant?"
try "a dynamic program" program /bin/dynamic "'/bin/dynamic' cannot run"
try "a program for another CPU" program /bin/arm "'/bin/arm' cannot run"
try "a program without x" program /bin/plain "is not executable"
try "a script without its interpreter" program /bin/script "'/bin/nothing' is not in the rootfs"
try "a directory" program /dir "is not a regular file"
around() { # SETTING TEXT: a warning, when packing and when swapping
  printf 'name = "around"; program = { path = "/bin/p"; %s };\n' "$1" >"$W/around.cfg"
  "$MKIMAGE" -o "$W" "$W/around.cfg" "$W/root" >"$W/said" 2>&1 && grep -F "warning: $2" "$W/said" || { cat "$W/said"; return 1; }
  "$MKIMAGE" swap "$W/around-kvm-x86_64.elf" "$W/root" >"$W/said" 2>&1 && grep -F "warning: $2" "$W/said"
}
try "a working directory that is not there is warned of" around 'cwd = "/none";' "the working directory '/none' is not in the rootfs"
try "one that is none" around 'cwd = "/bin/p";' "the working directory '/bin/p' is no directory"
try "a standard input that is not there" around 'stdin = "/none";' "standard input '/none' is not in the rootfs"
try "what the machine makes itself is not" eval '! around "cwd = \"/dev\"; stdin = \"/dev/zero\";" "the" && ! grep "will stop" "$W/said"'
try "through a symlink it is found" sh -c 'printf "name = \"ok\"; program = { path = \"/dir/sym\"; };" >"$1/ok.cfg" && "$2" -q -o "$1" "$1/ok.cfg" "$1/root"' - "$W" "$MKIMAGE"
app_cfg "$W/small.cfg" /bin/p 'memory = 1;'
try "memory that cannot hold it" status 4 "$MKIMAGE" -q -o "$W" "$W/small.cfg" "$W/root"
try "a damaged archive as rootfs" status 3 sh -c 'head -c 3000 "$1/archive" | "$2" -q -o "$1" "$1/app.cfg" -' - "$W" "$MKIMAGE"
printf 'nome = "x";\nmemory = "lots";\nprogram = { pth = 3; };\n' >"$W/wrong.cfg"
try "a wrong app.cfg" status 2 "$MKIMAGE" "$W/wrong.cfg" "$W/root"
for text in "wrong.cfg:1: unknown setting 'nome'" "wrong.cfg:2: memory must be" "wrong.cfg:3: unknown setting 'pth' in program; is 'path' meant?"; do
  try "says: $text" says "$text" "$MKIMAGE" "$W/wrong.cfg" "$W/root"
done

# --- memory: what is predicted is enough, and not much more than enough ---
mkdir -p "$W/heavy/bin" "$W/heavy/many"
cp "$W/root/bin/p" "$W/heavy/bin"
head -c 9000000 /dev/urandom >"$W/heavy/noise"; head -c 9000000 /dev/zero >"$W/heavy/zeros"
i=0; while [ $i -lt 3000 ]; do echo $i >"$W/heavy/many/$i"; i=$((i + 1)); done
for codec in none gzip lz4 zstd xz; do
  predicted() {
    pack "heavy-$codec" "$W/heavy" /bin/p "rootfs = { compress = \"$codec\"; };" || return 1
    needs=$("$MKIMAGE" info --json "$image" | python3 -c 'import json, sys; print(json.load(sys.stdin)["needs"])') || return 1
    enough=$(((needs + 1048575) / 1048576))
    "$MKIMAGE" run --timeout 60 -m $enough "$image" || return 1
less=$((enough * 7 / 10))
    ! "$MKIMAGE" run --timeout 60 -m $less "$image" || { echo "$less MiB are enough, too"; return 1; }
  }
  try "boots with the memory that is predicted, $codec" predicted
done

# --- whole or not at all ---
head -c 60000000 /dev/urandom | base64 >"$W/root/noise" # packs slowly, and stays large
app_cfg "$W/slow.cfg" /bin/p 'rootfs = { compress = "gzip"; level = 9; };'
mkdir "$W/slow"; slow=$W/slow/slow-kvm-x86_64.elf
killed() { # SIGNAL: the target is as it was, and nothing lies beside it
  echo old >"$slow"
  env --default-signal=INT "$MKIMAGE" -q -j1 -o "$W/slow" "$W/slow.cfg" "$W/root" & pid=$! # a shell ignores SIGINT for what runs behind
  sleep 0.4; kill "-$1" $pid || return 1
  wait $pid; [ "$(cat "$slow")" = old ] && [ "$(ls -A "$W/slow" | wc -l)" = 1 ] || { ls -lA "$W/slow"; return 1; }
}
for signal in KILL TERM INT; do try "killed by SIG$signal: the old file, alone" killed $signal; done
nohupped() ( # a signal that is ignored does not end it
  trap '' HUP; rm -f "$slow"
  "$MKIMAGE" -q -j1 -o "$W/slow" "$W/slow.cfg" "$W/root" & pid=$!
  sleep 0.4; kill -HUP $pid && wait $pid && "$MKIMAGE" verify "$slow"
)
try "under nohup a hangup means nothing" nohupped
full() { # a disk of 8 MiB: status 2, the old file, nothing beside it
  unshare -m sh -c 'mount -t tmpfs -o size=8m none "$1/slow" && echo old >"$1/slow/slow-kvm-x86_64.elf" || exit 99
    "$2" -q -o "$1/slow" "$1/slow.cfg" "$1/root"; [ $? = 2 ] && [ "$(cat "$1/slow/slow-kvm-x86_64.elf")" = old ] && [ "$(ls -A "$1/slow" | wc -l)" = 1 ]' - "$W" "$MKIMAGE"
}
if unshare -m mount -t tmpfs none "$W/slow" 2>/dev/null; then try "a full disk" full
else skip "a full disk" "cannot mount a small one here"; fi
limited() (trap '' XFSZ; ulimit -f 2000; echo old >"$slow"; status 2 "$MKIMAGE" -q -o "$W/slow" "$W/slow.cfg" "$W/root"; [ "$(cat "$slow")" = old ] && [ "$(ls -A "$W/slow" | wc -l)" = 1 ])
try "a file size limit: the old file, alone" limited
into_nothing() { "$MKIMAGE" --help >/dev/full; [ $? = 2 ]; }
try "standard output that is full is an error" into_nothing
done_testing
