# Guest programs: the same text on the host and on the machine, built by every libc and linker mode; equal outputs.
. "$(dirname "$0")/lib.sh"
need_root "$@"
G=$TOP/tests/guest
root=$W/root
mkdir -p "$root/etc" "$root/bin" "$root/home" "$root/tmp" "$root/zzz"
echo "the first file" >"$root/etc/first"
echo last >"$root/zzz/last"
head -c 6000000 /dev/zero | tr '\0' x >"$root/big"
seq 10000 | head -c 32768 >"$root/packed"

gcc_static="gcc -static" gcc_pie="gcc -static-pie -fPIE" musl="musl-gcc -static"
build() { # COMPILER NAME OUTPUT
  $1 -std=gnu11 -O1 -w -D_GNU_SOURCE -I"$G" "$G/$2.c" $(case $2 in files | random) echo "$G/fs_posix.c" ;; esac) -o "$3" -lm
}
build_all() {
  for name in files random memory mapping pointers edges signals frames process polls start constructor; do
    build "$musl" $name "$root/bin/$name.musl" && build "$gcc_static" $name "$root/bin/$name.glibc" || return 1
  done
  for name in start memory constructor; do build "$gcc_pie" $name "$root/bin/$name.pie" || return 1; done
  build "$musl" storm "$root/bin/storm" && build "$musl" mapped "$root/bin/mapped" && build "$musl" maps "$root/bin/maps" && build "$musl" hungry "$root/bin/hungry" || return 1
  g++ -O2 -static "$G/object.cc" -o "$root/bin/object.cxx" && g++ -O2 -static-pie -fPIE "$G/object.cc" -o "$root/bin/object.pie"
}
try "guest programs build with musl, glibc, static PIE and C++" build_all

nodes='files = (
  { path = "/dev"; dir = true; mode = "0755"; },
  { path = "/dev/null"; device = "c 1 3"; mode = "0666"; },
  { path = "/dev/zero"; device = "c 1 5"; mode = "0666"; } );'
try "the image packs" pack guest "$root" /bin/start.musl "rootfs = { $nodes };"

# The same program in a chroot with the same tree.
jail=$W/jail
cp -a "$root" "$jail"
devices "$jail"
host() { # DIR PROGRAM ARGUMENT...
  dir=$1; shift
  mkdir -p "$jail$dir"
  env -i TZ=UTC HOME=/home "$CHROOT" "$jail" /bin/enter "$dir" "$@"
}
cat >"$W/start.c" <<'EOT'
#include <stdio.h>
#include <unistd.h>
int main(int argc, char **argv) { return chdir(argv[1]) || execv(argv[2], argv + 2); }
EOT
musl-gcc -static "$W/start.c" -o "$jail/bin/enter"

# On the machine each program has a root of its own, so each is an image of its own, swapped from one description.
quoted() { printf '%s' "$1" | sed 's/[\\"]/\\&/g'; }
machine() { # DIR PROGRAM ARGUMENT...
  dir=$1 program=$2; shift 2
  printf 'name = "one";\nplatforms = [ "kvm-x86_64" ];\nprogram = { path = "%s"; cwd = "%s"; args = [ %s ]; env = [ "TZ=UTC", "HOME=/home" ]; };\n%s\n' \
    "$program" "$dir" "$(for a; do printf '%s"%s"' "$sep" "$(quoted "$a")"; sep=", "; done)" "rootfs = { $packing $nodes };" >"$W/one.cfg"
  mkdir -p "$root$dir" && "$MKIMAGE" -q -o "$W" "$W/one.cfg" "$root" && "$MKIMAGE" run --timeout 120 "$W/one-kvm-x86_64.elf"
}
sep= packing='compress = "none";'
same() { # PROGRAM ARGUMENT...: equal standard output and status on both
  rm -rf "${jail:?}/t"
  host /t "$@" >"$W/host.out" 2>"$W/host.err"; want=$?
  machine /t "$@" >"$W/machine.out" 2>"$W/machine.err"; got=$?
  [ $want = $got ] || { echo "status $got, on the host $want"; tail -n 5 "$W/machine.err"; tail -n 5 "$W/machine.out"; return 1; }
  diff "$W/host.out" "$W/machine.out" >"$W/diff" || { head -n 30 "$W/diff"; return 1; }
  ! grep -q '^FAILED' "$W/machine.out" || { grep FAILED "$W/machine.out"; return 1; }
}
for libc in musl glibc; do
  try "files, $libc: equal to the host's" same /bin/files.$libc
  try "20,000 random file calls, $libc" same /bin/random.$libc . 1
  try "memory, $libc" same /bin/memory.$libc
  try "bad pointers, $libc" same /bin/pointers.$libc
  try "mappings of files and of nothing, $libc" same /bin/mapping.$libc
  try "calls at their edges, $libc" same /bin/edges.$libc
  try "signals, $libc" same /bin/signals.$libc
  try "signal frames, masks and waits, $libc" same /bin/frames.$libc
  try "ids, limits and execve, $libc" same /bin/process.$libc
  try "pipes, polling and clocks, $libc" same /bin/polls.$libc
  try "start: arguments, environment, calls, $libc" same /bin/start.$libc "two words" "" 'a"b' 'c\d' 
  try "constructor, $libc" same /bin/constructor.$libc
done
try "another 20,000 random file calls" same /bin/random.musl . 77
maps() { cp "$root/packed" "$jail/packed" && same /bin/maps "$1" 3000; }
for seed in 1 2; do try "3,000 random calls on mappings, seed $seed" maps $seed; done
try "start, static PIE" same /bin/start.pie
try "memory, static PIE" same /bin/memory.pie
try "C++: static object, exception, streams" same /bin/object.cxx
try "C++ as static PIE" same /bin/object.pie

# The initrd's memory is free before the first constructor: free + what the tree holds is nearly all there is.
freed() { # PROGRAM
  machine / "$1" >/dev/null 2>"$W/memory" || return 1
  read -r _ total _ free <<EOT
$(grep '^total' "$W/memory")
EOT
  held=$((total - free))
  tree=$(du -sb "$root" | cut -f1)
  echo "total $total, free $free, held $held, the tree has $tree bytes"
  [ "$free" -gt 0 ] && [ $held -lt $((tree + 3000000)) ]
}
packing=
try "initrd memory is free in a C constructor" freed /bin/constructor.musl
try "and in a C++ static object" freed /bin/object.cxx

# A file's pages are mapped where they lie; only what is written to them is copied.
mapped() {
  machine / /bin/mapped /big >/dev/null 2>"$W/memory" || return 1
  grep took "$W/memory"
  read -r _ _ reading _ _ _ _ writing <<EOT
$(grep took "$W/memory" | tr -d ,)
EOT
  [ "$reading" -lt 100000 ] && [ "$writing" -ge 409600 ] && [ "$writing" -lt 500000 ]
}
try "pages of a file are mapped, not copied, until they are written" mapped

# No memory left.
hungry() {
  machine / /bin/hungry >"$W/machine.out" 2>"$W/machine.err"
  [ $? = 137 ] || { tail -n 5 "$W/machine.err"; return 1; }
  "$MKIMAGE" run -v "$W/one-kvm-x86_64.elf" 2>&1 </dev/null | grep "program: out of memory: wanted 4096, left"
}
try "a program that takes all memory ends with 137 and a line in the log" hungry
full() { machine / /bin/hungry file >"$W/machine.out" 2>"$W/machine.err" && cat "$W/machine.out" &&
  [ "$(cat "$W/machine.out")" = "No space left on device after a lot
then 1048576" ]; }
names() { machine / /bin/hungry names >"$W/machine.out" 2>"$W/machine.err" && cat "$W/machine.out" &&
  [ "$(cat "$W/machine.out")" = "No space left on device after many of them" ]; }
try "with nothing left at all a program can still say so" names
try "a file that takes all memory is an error, and its memory comes back" full

# Random calls with random arguments: the machine outlives them (70 would be a panic, 124 a wait without end).
storm() {
  machine / /bin/storm "$1" 60000 >/dev/null 2>"$W/machine.err"; got=$?
  [ $got = 0 ] || [ $got -gt 128 ] || { echo "status $got"; tail -n 15 "$W/machine.err"; return 1; }
}
for seed in 2 3 11 14; do try "60,000 random calls, seed $seed" storm $seed; done

# How a program can end.
packing='compress = "none";'
ends_like() { # STATUS ARGUMENT...
  want=$1; shift
  machine / /bin/signals.musl "$@" >/dev/null 2>"$W/machine.err"; got=$?
  [ $got = "$want" ] || { echo "status $got, wanted $want"; cat "$W/machine.err"; return 1; }
}
for case in 0:exit:0 1:exit:1 7:exit:7 70:exit:70 255:exit:255; do
  try "exit status ${case%%:*}" ends_like "${case%%:*}" exit "${case##*:}"
done
try "abort is 134" ends_like 134 abort
try "a bad address is 139" ends_like 139 segv
try "a stack overflow is 139" ends_like 139 overflow
try "an illegal instruction is 132" ends_like 132 ill
try "a division by zero is 136" ends_like 136 fpe
try "SIGTERM to itself is 143" ends_like 143 term
forever() {
  ends_like 137 wait && "$MKIMAGE" run -v "$W/one-kvm-x86_64.elf" 2>&1 </dev/null | grep "waits forever in system call"
}
try "a wait that nothing can end ends the program, and says so" forever

# The same file tests without a machine, over libtaproot.
over_library() { # NAME ARGUMENT...
  name=$1; shift
  gcc -std=gnu11 -O1 -w -D_GNU_SOURCE -fsanitize=address,undefined -I"$G" -I"$TOP/include" "$G/$name.c" "$G/fs_taproot.c" \
    "$B/san/libtaproot.a" -lz -ldeflate -lzstd -llzma -lbz2 -lmd -lpthread -o "$W/$name.lib" || return 1
  rm -rf "${jail:?}/t"
  host /t /bin/$name.musl "$@" >"$W/host.out"
  "$W/$name.lib" "$@" >"$W/library.out" 2>"$W/library.err" || { tail -n 20 "$W/library.err"; return 1; }
  diff "$W/host.out" "$W/library.out" >"$W/diff" || { head -n 30 "$W/diff"; return 1; }
}
try "files over libtaproot: equal to the host's" over_library files
try "random file calls over libtaproot" over_library random . 1
try "and from another seed" over_library random . 4711
done_testing
