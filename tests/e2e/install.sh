# `make install` puts the whole tool in place, and it works from there: packing finds the installed kernel.
. "$(dirname "$0")/lib.sh"
dest=$W/dest
installed() { MAKEFLAGS= make -C "$TOP" install DESTDIR="$dest" PREFIX=/usr >"$W/make.log" 2>&1 || { tail "$W/make.log"; return 1; }; }
have() { for f; do [ -s "$dest/usr/$f" ] || { echo "missing: $f"; return 1; }; done; }
try "make install DESTDIR= PREFIX=" installed
try "tool, library, header, kernel and manual are there" have bin/mkimage lib/libtaproot.a include/taproot.h \
  lib/taproot/kvm-x86_64/kernel.elf lib/taproot/kvm-x86_64/kernel-full.elf share/man/man1/mkimage.1 share/man/man5/app.cfg.5 share/man/man5/initrd-section.5 share/man/man7/taproot-boot.7 share/man/man1/mkimage-swap.1
beside() { MAKEFLAGS= make -C "$TOP" install DESTDIR="$W/beside" PREFIX=/usr PROGRAM_PREFIX=taproot- >"$W/make.log" 2>&1; }
try "PROGRAM_PREFIX puts it beside U-Boot's tool" beside
try "with manual and completions under that name" test -x "$W/beside/usr/bin/taproot-mkimage" -a ! -e "$W/beside/usr/bin/mkimage" \
  -a -s "$W/beside/usr/share/man/man1/taproot-mkimage.1" -a -s "$W/beside/usr/share/bash-completion/completions/taproot-mkimage"
try "pkg-config tells how to link" says "-ltaproot" env PKG_CONFIG_PATH="$dest/usr/lib/pkgconfig" pkg-config --libs libtaproot
cat >"$W/embed.c" <<'EOT'
#include <stdio.h>
#include <taproot.h>
int main(void) {
  struct taproot *t = taproot_start(NULL);
  int rc = t ? taproot_mkdir(t, "/d", 0755) : -1;
  if (rc) return 1;
  taproot_stop(t);
  return puts(taproot_version()) < 0;
}
EOT
link=$(sed -n 's/.*Link with \(-ltaproot.*\)\.$/\1/p' "$dest/usr/include/taproot.h")
embed() {
  for compiler in "gcc -xc" "g++ -xc++"; do
    $compiler -I"$dest/usr/include" "$W/embed.c" -xnone -L"$dest/usr/lib" $link -o "$W/embed" && "$W/embed" || return 1
  done
}
try "a program in C or C++ links with the installed library, as its header says" embed
packs() {
  mkdir -p "$W/root/bin" && printf '#include <stdio.h>\nint main(void) { return puts("hi") < 0; }\n' >"$W/hi.c" &&
    musl-gcc -static -o "$W/root/bin/hi" "$W/hi.c" &&
    printf 'name = "hi";\nplatforms = [ "kvm-x86_64" ];\nprogram = { path = "/bin/hi"; };\n' >"$W/app.cfg" &&
    cd "$W" && "$dest/usr/bin/mkimage" app.cfg root && cmp -n 4 hi-kvm-x86_64.elf "$KERNEL"
}
try "the installed mkimage packs with the installed kernel" packs
done_testing
