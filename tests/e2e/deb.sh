# `make deb`: packages that lintian has nothing to object to, and that a clean Debian installs, uses and removes.
. "$(dirname "$0")/lib.sh"
need_root "$@"
PATH=$PATH:/usr/sbin:/sbin
D=$W/deb
builds() { MAKEFLAGS= make -C "$TOP" B="$D" deb >"$W/make.log" 2>&1 || { tail "$W/make.log"; return 1; }; }
sane() { lintian --fail-on error,warning --allow-root "$D"/deb/taproot_*.deb "$D"/deb/libtaproot-dev_*.deb; }
try "make deb" builds
try "lintian has no error and no warning" sane

# A clean Debian, from the mirror that this machine uses.  Nothing is shared with it but the packages.
root=$W/debian
mirror=$(awk '$1 == "deb" && /main/ {for (i = 2; i <= NF; i++) if ($i ~ /^http/) {print $i; exit}} /^URIs:/ {print $2; exit}' \
  /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null)
bootstraps() {
  debootstrap --variant=minbase "$(. /etc/os-release; echo "$VERSION_CODENAME")" "$root" "$mirror" >"$W/strap.log" 2>&1 ||
    { tail "$W/strap.log"; return 1; }
  cp -R /etc/apt/apt.conf.d/. "$root/etc/apt/apt.conf.d/" && cp "$D"/deb/*.deb "$root/root/"
}
inside() { timeout 300 chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root DEBIAN_FRONTEND=noninteractive sh -ec "$1"; }
try "a clean Debian is set up" bootstraps
try "the tool installs with what it needs" inside "apt-get install -y -q --no-install-recommends /root/taproot_*.deb"
try "it packs, with the installed kernel" inside "cd /root && taproot-mkimage init a && cd a && taproot-mkimage app.cfg rootfs/"
try "it verifies" inside "cd /root/a && taproot-mkimage verify hello-kvm-x86_64.elf rootfs/"
try "it says what running needs" says "qemu-system-x86_64" inside "cd /root/a && taproot-mkimage run hello-kvm-x86_64.elf"
try "its manual is there" inside "test -s /usr/share/man/man1/taproot-mkimage.1.gz || grep -q path-exclude -r /etc/dpkg"
boots() { timeout 60 "$MKIMAGE" run "$root/root/a/hello-kvm-x86_64.elf" | grep -q "Hello from a machine"; }
try "what it packed boots" boots
try "the library installs" inside "apt-get install -y -q --no-install-recommends /root/libtaproot-dev_*.deb pkg-config gcc libc6-dev"
links() {
  inside 'printf "#include <taproot.h>\nint main(void) { taproot_stop(taproot_start(0)); return 0; }\n" >/root/t.c
    gcc /root/t.c $(pkg-config --cflags --libs libtaproot) -o /root/t && /root/t'
}
try "a program links with it through pkg-config" links
try "both are removed" inside "apt-get purge -y -q taproot libtaproot-dev"
left() { test -z "$(find "$root/usr" -name '*taproot*')" || find "$root/usr" -name '*taproot*' | grep .; }
try "and leave nothing" left
done_testing
