# fidelity.py DIR OUTSIDE - a tree of all that a file system can hold; a second name of one file goes to OUTSIDE.
import os, subprocess, sys

root, outside = os.fsencode(sys.argv[1]), os.fsencode(sys.argv[2])
os.umask(0)
os.chdir(root)


def put(path, data=b"", mode=0o644):
    with open(path, "wb") as f: f.write(data)
    os.chmod(path, mode)


os.mkdir(b"names")
for b in range(1, 256):
    if b not in b"./": put(b"names/" + bytes([b]), bytes([b]))
for b in (b"x", b"\xff", b"\x01", b" "): put(b"names/" + b * 255, b)
for name in (b"a\nb", b"a b ", b"-rf", b"...", b"..x", b"TRAILER!!!", b"\xc3\xbc", b"%25", b"a=b", b"\\012"): put(b"names/" + name, name)

os.mkdir(b"links")
put(b"links/0000", b"a thousand names")
for n in range(1, 1000): os.link(b"links/0000", b"links/%04d" % n)
put(b"links/kept", b"other names lie elsewhere"); os.link(b"links/kept", outside)

os.mkdir(b"modes")
for mode in range(0o10000): put(b"modes/%04o" % mode, mode=mode)
os.mkdir(b"modes/none"); os.chmod(b"modes/none", 0)
os.mkdir(b"modes/all"); os.chmod(b"modes/all", 0o7777)

os.mkdir(b"ids")
for n in (0, 1, 65534, 65535, 65536, 2**31 - 1, 2**31, 2**32 - 2):
    put(b"ids/u%d" % n, mode=0o6755); os.chown(b"ids/u%d" % n, n, 0); os.chmod(b"ids/u%d" % n, 0o6755)
    put(b"ids/g%d" % n); os.chown(b"ids/g%d" % n, 7, n)
    os.mkdir(b"ids/d%d" % n); os.chown(b"ids/d%d" % n, n, n)
    os.symlink(b"u", b"ids/s%d" % n); os.lchown(b"ids/s%d" % n, n, n)

os.mkdir(b"sizes")
around = {b * n + d for b, most in ((4, 2), (512, 9), (4096, 5), (65536, 3), (1 << 20, 1)) for n in range(1, most) for d in (-1, 0, 1)}
for n in sorted({0, 1, 2, (2 << 20) - 1, 2 << 20, (2 << 20) + 1} | around):
    put(b"sizes/%d" % n, (b"%d " % n * (n // 2 + 1))[:n])
with open(b"sizes/hole", "wb") as f:
    for at in (0, 1 << 20, 3000001): f.seek(at); f.write(b"data")
    f.truncate(5000000)
with open(b"sizes/all-hole", "wb") as f: f.truncate(1 << 20)

os.mkdir(b"kinds")
os.mkfifo(b"kinds/fifo", 0o622)
for name, kind, major, minor in ((b"c", 0o020000, 1, 3), (b"b", 0o060000, 8, 17), (b"cl", 0o020000, 4095, 255), (b"bl", 0o060000, 255, 1048575)):
    os.mknod(b"kinds/" + name, kind | 0o640, os.makedev(major, minor))
os.link(b"kinds/fifo", b"kinds/fifo2"); os.link(b"kinds/c", b"kinds/c2")
os.mkdir(b"kinds/empty")
for name, target in ((b"dangling", b"no where"), (b"long", b"t" * 4095), (b"odd", bytes(range(1, 256))), (b"self", b"self"), (b"up", b"../../../../etc")):
    os.symlink(target, b"kinds/" + name)

os.mkdir(b"deep")
os.chdir(b"deep")
for level in range(1998):
    os.mkdir(b"d"); os.chdir(b"d")
put(b"f", b"at the bottom")
os.chdir(root)

os.mkdir(b"times")
times = (0, 1, 2**31 - 1, 2**31, 2**32 - 1)
subprocess.run(["find", ".", "-exec", "touch", "-h", "-d", "@1234567890", "{}", "+"], check=True)
for n in times:
    put(b"times/%d" % n); os.utime(b"times/%d" % n, (n, n))
    os.mkdir(b"times/d%d" % n); os.utime(b"times/d%d" % n, (n, n))
    os.symlink(b"t", b"times/s%d" % n); os.utime(b"times/s%d" % n, (n, n), follow_symlinks=False)
os.utime(b"times", (99, 99))
