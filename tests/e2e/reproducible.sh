# Same sources, same kernel: built a second time, in another directory.
. "$(dirname "$0")/lib.sh"
other=$W/some/other/directory
mkdir -p "$other"
tar -C "$TOP" --exclude=./build --exclude=./.git -cf - . | tar -C "$other" -xf -
again() { MAKEFLAGS= make -C "$other" -j"$(nproc)" build/kvm-x86_64/kernel.elf >"$W/make.log" 2>&1 || { tail "$W/make.log"; return 1; }; }
try "the kernel builds in another directory" again
try "and is the same, byte for byte" cmp "$KERNEL" "$other/build/kvm-x86_64/kernel.elf"
try "it names no directory of the machine it was built on" status 1 grep -qF "$other" "$other/build/kvm-x86_64/kernel.elf"
done_testing
