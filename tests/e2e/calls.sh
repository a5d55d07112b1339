# The file calls of a program in the machine, line by line beside Linux's tmpfs: errors, permissions, holes, times.
. "$(dirname "$0")/lib.sh"
G=$TOP/tests/guest
root=$W/root
mkdir -p "$root/bin" "$root/work"
build() {
  musl-gcc -static -std=gnu11 -O1 -w -D_GNU_SOURCE -I"$G" "$G/calls.c" "$G/calls_linux.c" "$G/scenario.c" \
    "$G/scenario_more.c" "$G/scenario_random.c" "$G/scenario_attrs.c" -o "$root/bin/calls"
}
try "the program builds" build

# Sizes in blocks and holes are tmpfs' own, so the host's side needs a tmpfs; other users need root.
jail=
if [ "$(id -u)" = 0 ] && [ "$(stat -f -c %T /dev/shm 2>/dev/null)" = tmpfs ]; then
  jail=$(mktemp -d /dev/shm/taproot.XXXXXX) && trap 'rm -rf "$W" "$jail"' EXIT
  mkdir "$jail/bin" && cp "$root/bin/calls" "$jail/bin" && chmod 755 "$jail"
fi
host() { # ARGUMENT...
  rm -rf "$jail/work" && mkdir "$jail/work" && PATH=$PATH:/usr/sbin chroot "$jail" /bin/calls /work "$@"
}
machine() { # ARGUMENT...
  list='"/work"'
  for a; do list="$list, \"$a\""; done
  printf 'name = "one";\nplatforms = [ "kvm-x86_64" ];\nmemory = 128;\nprogram = { path = "/bin/calls"; args = [ %s ]; };\n' \
    "$list" >"$W/one.cfg"
  "$MKIMAGE" -q -o "$W" "$W/one.cfg" "$root" && "$MKIMAGE" run --timeout 120 "$W/one-kvm-x86_64.elf" </dev/null
}
same() { # ARGUMENT...
  host "$@" >"$W/host.out" || return 1
  machine "$@" >"$W/machine.out" || return 1
  [ "$(wc -l <"$W/host.out")" -gt 1000 ] && diff "$W/host.out" "$W/machine.out"
}
for run in "" "1 20000" "2 20000" "3 20000"; do
  what="file calls${run:+, drawn from seed $run}: equal to Linux's"
  # shellcheck disable=SC2086
  if [ -n "$jail" ]; then try "$what" same $run; else skip "$what" "needs root and a tmpfs at /dev/shm"; fi
done
# Attributes user.* are on tmpfs since Linux 6.6.
attrs() { machine attrs "$1" >"$W/machine.out" && diff "$W/attrs.$1" "$W/machine.out"; }
for seed in 1 2; do
  what="extended attributes, drawn from seed $seed: equal to Linux's"
  if [ -n "$jail" ] && host attrs $seed >"$W/attrs.$seed"; then try "$what" attrs $seed; else skip "$what" "needs root and a tmpfs with extended attributes"; fi
done
done_testing
