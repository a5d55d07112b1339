#!/usr/bin/env python3
# tests/cases/make.py - writes tests/cases/good and tests/cases/bad: one small initrd per rule.
#
# Beside each bad one stands what must be said (NAME.says), beside each good one the tree it makes (NAME.tree).
# `UPDATE=1 build/tests/unit/cases` writes those anew: read the difference before you commit it.
import bz2, gzip, lzma, os, struct, subprocess, tempfile, zlib

here = os.path.dirname(os.path.abspath(__file__))
FILE, DIR, LINK, FIFO, CHR, SOCK = 0o100644, 0o40755, 0o120777, 0o10644, 0o20666, 0o140777


def pad(b, fill=b"\0"):
    return b + fill * (-len(b) % 4)


def entry(name, mode=FILE, data=b"", ino=0, nlink=1, uid=0, gid=0, mtime=0, major=0, minor=0, magic=b"070701",
          name_size=None, size=None, fill=b"\0", check=0):
    name = name if isinstance(name, bytes) else name.encode()
    raw = name if name_size is not None else name + b"\0"
    numbers = (ino, mode, uid, gid, nlink, mtime, len(data) if size is None else size, 0, 0, major, minor,
               len(raw) if name_size is None else name_size, check)
    return pad(pad(magic + b"".join(b"%08x" % n for n in numbers) + raw, fill) + data, fill)


def crc(name, mode=FILE, data=b"", check=None, **more):
    return entry(name, mode, data, magic=b"070702", check=sum(data) & 0xffffffff if check is None else check, **more)


def odc(name, mode=FILE, data=b"", dev=0, ino=0, uid=0, gid=0, nlink=1, rdev=0, mtime=0, name_size=None, size=None):
    raw = name.encode() + (b"\0" if name_size is None else b"")
    numbers = (dev, ino, mode, uid, gid, nlink, rdev)
    return b"070707" + b"".join(b"%06o" % n for n in numbers) + b"%011o%06o%011o" % (
        mtime, len(raw) if name_size is None else name_size, len(data) if size is None else size) + raw + data


def block(b):
    return b + b"\0" * (-len(b) % 512)


def tar(name, kind="0", data=b"", mode=0o644, uid=0, gid=0, mtime=0, link="", magic=b"ustar\00000", major=0, minor=0, prefix="",
        size=None, fields=(), checksum=None):
    """One entry; fields: what stands at which offset instead, before the sum is made."""
    as_bytes = lambda t: t if isinstance(t, bytes) else t.encode()
    h = as_bytes(name).ljust(100, b"\0") + b"%07o\0%07o\0%07o\0%011o\0%011o\0" % (
        mode, uid, gid, len(data) if size is None else size, mtime) + b" " * 8
    h += kind.encode() + as_bytes(link).ljust(100, b"\0") + magic
    h = h.ljust(329, b"\0") + (b"%07o\0%07o\0" % (major, minor) + as_bytes(prefix) if magic[:5] == b"ustar" else b"")
    h = block(h)
    for at, b in fields:
        h = bad_at(h, at, b)
    return bad_at(h, 148, b"%06o\0 " % (sum(h) if checksum is None else checksum)) + block(data)


def record(key, value):
    value = as_value(value)
    n = len(key) + len(value) + 3
    length = next(l for l in range(n, n + 9) if l == n + len(str(l)))
    return b"%d %s=%s\n" % (length, key.encode(), value)


def as_value(v): return v if isinstance(v, bytes) else str(v).encode()
def v7(name, kind="\0", *a, **k): return tar(name, kind, *a, magic=b"", **k)
def gnu(name, *a, **k): return tar(name, *a, magic=b"ustar  \0", **k)
def pax(kind="x", **keys): return tar("pax", kind, b"".join(record(k, v) for k, v in keys.items()))
def sparse_pax(name, size, map, data, stored=None, version=("1", "0"), **k):
    text = map if isinstance(map, bytes) else b"".join(b"%d\n" % n for n in [len(map)] + [n for piece in map for n in piece])
    keys = {"GNU.sparse.major": version[0], "GNU.sparse.minor": version[1], "GNU.sparse.name": name, "GNU.sparse.realsize": size}
    return pax(**{k: v for k, v in keys.items() if v is not None}) + tar("GNUSparseFile.0/" + name, data=block(text) + data, size=stored, **k)


def sparse_gnu(name, size, map, data, stored=None, extended=None, blocks=None):
    slots = [b"%011o\0%011o\0" % piece for piece in map]
    more = [slots[i:i + 21] for i in range(4, len(slots), 21)]
    h = gnu(name, "S", b"", size=len(data) if stored is None else stored,
            fields=[(386, b"".join(slots[:4])), (482, bytes([bool(more) if extended is None else extended])), (483, b"%011o\0" % size)])
    for i, part in enumerate(more if blocks is None else blocks):
        h += b"".join(part).ljust(504, b"\0") + bytes([i + 1 < len(more)]) + b"\0" * 7
    return h + block(data)


def raw_pax(data): return tar("pax", "x", data)


ZEROS = b"\0" * 512
TAR_END = ZEROS * 2
END = entry("TRAILER!!!", 0)
CRC_END, ODC_END = crc("TRAILER!!!", 0), odc("TRAILER!!!", 0)
SMALL = entry("d", DIR) + entry("d/f", FILE, b"hello\n") + END


def bad_at(blob, at, b):
    return blob[:at] + b + blob[at + len(b):]


def lz4(*options, data=SMALL):
    with tempfile.NamedTemporaryFile() as f: # a file, for its size goes into the frame
        f.write(data)
        f.flush()
        return subprocess.run(["lz4", "-q", "-c", *options, f.name], stdout=subprocess.PIPE, check=True).stdout


def zstd(*options, data=SMALL):
    return subprocess.run(["zstd", "-q", "-c", *options], input=data, stdout=subprocess.PIPE, check=True).stdout


def case(kind, name, *parts):
    os.makedirs(os.path.join(here, kind), exist_ok=True)
    with open(os.path.join(here, kind, name), "wb") as f:
        f.write(b"".join(parts))


def good(name, *parts): case("good", name, *parts)
def bad(name, *parts): case("bad", name, *parts)


first = entry("first", FILE, b"1234")  # 120 bytes: what is wrong does not stand at offset 0
packed = gzip.compress(SMALL, mtime=0)
frame, legacy = lz4("-BX", "--content-size"), lz4("-l")
zframe = zstd("-19") # size not told, checksum
bframe = bz2.compress(SMALL, 1)
xframe = lzma.compress(SMALL, check=lzma.CHECK_CRC32, preset=0)

# --- what is accepted
good("small", SMALL)
good("only-trailer", END)
good("upper-case-hex", *(e[:110].upper() + e[110:] for e in (entry("f", 0o100656, b"x" * 11, uid=0xabcdef), END)))
good("padding-not-zero", entry("ab", FILE, b"12345", fill=b"\xee"), entry("TRAILER!!!", 0, fill=b"\xee"))
good("name-padded-with-nuls", entry("f" + "\0" * 20, FILE, b"data"), END)
good("dots-and-slashes", entry(".", DIR), entry("./a", DIR), entry("/a//b", FILE, b"1"), entry("a/./c/", DIR), END)
good("missing-parents", entry("x/y/z", FILE, b"deep"), END)
good("same-entry-twice", entry("f", FILE, b"a longer text"), entry("f", 0o100600, b"short", uid=7), END)
good("replaced-by-another-type", entry("f", FILE, b"1"), entry("f", LINK, b"g"), entry("f", CHR, major=1, minor=3),
     entry("g", LINK, b"f"), entry("g", FILE, b"22"), END)
good("directory-repeated", entry("d", DIR), entry("d/f", FILE, b"1"), entry("d", 0o40700, uid=3, gid=4), END)
good("hard-links-data-last", entry("a", ino=5, nlink=3), entry("b", ino=5, nlink=3), entry("c", FILE, b"data", ino=5, nlink=3), END)
good("hard-links-data-first", entry("a", FILE, b"data", ino=5, nlink=2), entry("b", ino=5, nlink=2), END)
good("hard-links-data-between", entry("a", ino=5, nlink=3), entry("b", FILE, b"data", ino=5, nlink=3), entry("c", ino=5, nlink=3), END)
good("hard-links-data-on-all", *(entry(n, FILE, b"data", ino=5, nlink=3) for n in "abc"), END) # as bsdtar writes them
good("hard-links-many", gzip.compress(b"".join(entry("%c%d" % (c, i), FILE, b"" if c == 97 else b"%d" % i, ino=i, nlink=2)
                                                for c in (97, 98) for i in range(70)) + END, mtime=0))
good("two-links-one-name", entry("a", FILE, b"data", ino=5, nlink=2), END)
good("one-number-many-types", entry("d", DIR, ino=5, nlink=2), entry("l", LINK, b"d", ino=5, nlink=2), entry("f", FILE, b"1", ino=5, nlink=2),
     entry("p", FIFO, ino=5, nlink=2), entry("g", ino=5, nlink=2), END)
good("hard-links-of-fifos-and-devices", entry("a", FIFO, ino=5, nlink=3), entry("b", FIFO, ino=5, nlink=2), entry("c", CHR, ino=6, nlink=2, major=1, minor=3),
     entry("d", CHR, ino=6, nlink=2, major=1, minor=3), entry("e", ino=5, nlink=3), entry("l", LINK, b"x", ino=7, nlink=2), entry("m", LINK, b"x", ino=7, nlink=2), END)
good("links-within-one-archive", entry("a", FILE, b"1", ino=5, nlink=3), entry("b", ino=5, nlink=3), END, entry("c", FILE, b"2", ino=5, nlink=3), END)
good("numbers-at-their-ends", entry("f", FILE, b"1", ino=0xffffffff, uid=0xfffffffe, gid=0xfffffffe, mtime=0xffffffff, nlink=1, check=0xffffffff), END)
good("numbers-at-their-other-ends", entry("f", FILE, b"1", ino=0, uid=0xffffffff, gid=0xffffffff, mtime=0x80000000, nlink=0), entry("g", nlink=0xffffffff, ino=9),
     entry("h", ino=9, nlink=0xffffffff, mtime=0x7fffffff), entry("c", CHR, major=0xfff, minor=0xfffff), END)
good("name-of-every-byte", entry(bytes(set(range(1, 256)) - {0x2f})), entry(b"d/" + bytes(reversed(sorted(set(range(1, 256)) - {0x2f}))) + b"/f"), END)
good("name-of-4095-bytes", entry("n/" * 2047 + "f", FILE, b"deep"), END)
good("levels-2000", entry("d/" * 1999 + "d", 0o40700), entry("d/" * 2000 + "f", FILE, b"deep"), END)
good("target-4095", entry("l", LINK, b"t" * 4095), END)
good("links-40-in-a-row", entry("d", DIR), entry("l0", LINK, b"d"), *(entry("l%d" % i, LINK, b"l%d" % (i - 1)) for i in range(1, 40)), entry("l39/f", FILE, b"1"), END)
good("digits-of-both-cases", bad_at(entry("f", FILE, b"1", uid=0xabcdef, gid=0xfedcba), 22, b"00aBcDeF"), END)
good("odd-names", entry(b"\xff\n\\ \x7f", FILE, b"1"), entry("...", DIR), entry(".../..a", FILE), entry("n" * 255, FILE), END)
good("relative-symlink-parent", entry("usr/lib", DIR), entry("lib", LINK, b"usr/lib"), entry("lib/f", FILE, b"1"), END)
good("two-archives", SMALL, b"\0" * 512, entry("d/f", FILE, b"later\n"), entry("e", FIFO), END)
good("gzip", packed)
good("gzip-members", gzip.compress(SMALL[:100], mtime=0), gzip.compress(SMALL[100:], mtime=0))
good("lz4-frame", frame)
good("lz4-legacy", legacy)
good("zstd", zframe)
good("xz", xframe)
good("bzip2", bframe)
good("bzip2-streams", bz2.compress(SMALL[:100]), bz2.compress(SMALL[100:], 3), b"\0" * 8)
good("xz-streams", lzma.compress(SMALL[:100], check=lzma.CHECK_SHA256), lzma.compress(SMALL[100:], preset=0), b"\0" * 4)
good("lzma", lzma.compress(SMALL, format=lzma.FORMAT_ALONE, preset=0))
good("zstd-frames", zstd("--no-check", data=SMALL[:100]), b"\x5a\x2a\x4d\x18\4\0\0\0skip", zstd(data=SMALL[100:]), b"\0" * 8)
good("zstd-skippable-first", b"\x50\x2a\x4d\x18\4\0\0\0" + struct.pack("<I", len(zframe)), zframe, b"\x5f\x2a\x4d\x18\0\0\0\0", zstd(data=b""))  # as pzstd writes it
good("lz4-skippable-first", b"\x5a\x2a\x4d\x18\4\0\0\0skip" * 2, frame)
good("plain-then-packed", entry("microcode", FILE, b"m"), END, b"\0" * 12, packed, b"\0" * 3)
good("crc", crc("d", DIR), crc("d/f", FILE, bytes(range(128, 256)) * 9), crc("d/l", LINK, b"f", check=0), crc("m", LINK, b"d/f"),
     crc("e"), crc("a", ino=5, nlink=2, check=77), crc("b", FILE, b"data", ino=5, nlink=2), CRC_END)
good("odc", odc("d", DIR, mtime=0o77777777777), odc("d/f", FILE, b"hello", uid=0o777777, gid=0o777776), odc("l", LINK, b"d/f"),
     odc("c", CHR, rdev=0o405), odc("a", FILE, b"data", dev=1, ino=5, nlink=2), odc("b", FILE, b"data", dev=1, ino=5, nlink=2), ODC_END)
good("odc-then-others", odc("odds", FILE, b"1"), ODC_END, b"\0" * 3, SMALL, b"\0" * 8, crc("f", FILE, b"12"), CRC_END)
good("tar-v7", v7("d/"), v7("d/f", data=b"hello"), v7("a", "1", link="d/f"), v7("l", "2", link="d/f"), v7("/x//./y", mode=0o100600), TAR_END)
good("tar-ustar", tar("d", "5", mode=0o1755, uid=3, gid=4), tar("f" * 100, data=b"1" * 513, prefix="p/" + "q" * 153), tar("file", prefix="d"),
     tar("c", "3", major=1, minor=3), tar("b", "4", major=8, minor=17), tar("fifo", "6"), tar("l", "2", link="t" * 100), tar("o", "7", b"2"), TAR_END)
good("tar-names-of-two-parts", *(tar(n, data=n.encode(), prefix=p) for p in ("aa", "bb", "aa/cc", "aa") for n in ("f", "g", "h/i", "h/j")), TAR_END)
good("tar-gnu", gnu("label", "V"), gnu("././@LongLink", "L", b"g" * 120 + b"/f\0"), gnu("x", data=b"1"), gnu("././@LongLink", "K", b"g" * 120 + b"/f\0\0\0"),
     gnu("././@LongLink", "L", b"h" * 120 + b"/h\0"), gnu("h", "1", link="g"), gnu("././@LongLink", "K", b"t" * 4095 + b"\0"), gnu("l", "2", link="t"),
     gnu("n", fields=[(108, b"\x80\0\0\0\xff\xff\xff\xff"), (136, b"\x80" + b"\0" * 6 + b"\1\0\0\0\0")]), TAR_END)
good("tar-numbers", tar("f", data=b"123", fields=[(100, b"   644 \0"), (108, b"     7  "), (116, b"\0" * 8), (124, b"00000000003 ")]), TAR_END)
good("tar-pax", pax("g", uid=5, comment="c"), pax(path="p" * 120 + "/f", mtime="1234567890.123456789", gid=4294967295, nobody="knows"), tar("short", data=b"data"),
     pax(linkpath="p" * 120 + "/f", uid=""), tar("hard", "1", link="x"), pax(linkpath="t" * 200), tar("l", "2", link="x"), pax(mtime="-1.5", size=3),
     tar("s", data=b"123", size=7, fields=[(136, b"\xff" * 12)]), pax("g", uid="", gid=9), tar("last"), TAR_END)
good("tar-global-alone", pax("g", comment="0123456789abcdef"), TAR_END) # git archive of an empty tree
good("tar-no-zeros", tar("f", data=b"1"))
good("tar-one-zero-block", tar("f", data=b"1"), ZEROS)
good("tar-many-zeros", tar("f", data=b"1"), ZEROS * 20, b"\0" * 7)
good("tar-junk-behind", tar("f", data=b"1"), TAR_END, b"\0" * 5, b"junk that nobody reads")
good("tar-then-others", tar("f", data=b"1"), TAR_END, SMALL, b"\0" * 4, tar("g", data=b"2"), TAR_END, b"\0" * 8, tar("h"), ZEROS, packed)
good("tar-then-packed", tar("f", data=b"1"), TAR_END, packed, gzip.compress(tar("g") + TAR_END + SMALL, mtime=0))
good("tar-lz4-junk-inside", lz4(data=tar("f", data=b"1") + TAR_END + b"junk" * 50000), frame)
good("tar-gzip-junk-inside", gzip.compress(tar("f", data=b"1") + TAR_END + b"junk", mtime=0), SMALL)
MANY = [(i * 8192 + 4096, 3) for i in range(30)] + [(300000, 0)]
good("tar-sparse-gnu", sparse_gnu("f", 300000, MANY, b"abc" * 30), sparse_gnu("dense", 6, [(0, 2), (2, 4)], b"abcdef"),
     sparse_gnu("hole", 1 << 33, [(1 << 32, 0)], b""), sparse_gnu("empty", 0, [], b""), gnu("g", data=b"g"), TAR_END)
def sparse_0(name, size, records, data, **k): # versions 0.1, with one record, and 0.0, with two for each piece
    head = {"GNU.sparse.size": size, "GNU.sparse.numblocks": 1, "GNU.sparse.name": name}
    return raw_pax(b"".join(record(a, b) for a, b in list(head.items()) + records if b is not None)) + tar("GNUSparseFile.0/" + name, data=data, **k)


def pairs(map): return [("GNU.sparse." + what, n) for piece in map for what, n in zip(("offset", "numbytes"), piece)]
def commas(map): return [("GNU.sparse.map", ",".join(str(n) for piece in map for n in piece))]


for version, form in ("0-0", pairs), ("0-1", commas):
    good("tar-sparse-pax-" + version, sparse_0("f", 300000, form(MANY), b"abc" * 30), sparse_0("d/dense", 6, form([(0, 2), (2, 4)]), b"abcdef"),
         sparse_0("hole", (1 << 63) - 1, form([(10, 0)]), b""), pax(mtime=7), sparse_0("begin", 9, form([(0, 3)]), b"abc"), tar("g", data=b"g"), TAR_END)
good("tar-sparse-pax", sparse_pax("f", 300000, MANY, b"abc" * 30), sparse_pax("d/dense", 6, [(0, 2), (2, 4)], b"abcdef"),
     sparse_pax("hole", (1 << 63) - 1, [(10, 0)], b""), sparse_pax("begin", 9, [(0, 3)], b"abc"), tar("g", data=b"g"), TAR_END)
good("tar-hard-links", tar("d", "5"), tar("d/f", data=b"data", mode=0o4711), tar("a", "1", link="./d/f", mode=0), tar("d/f", "1", link="a"), tar("a", "1", link="a"),
     tar("e"), tar("e", "1", link="a"), tar("s", "2", link="nowhere"), tar("t", "1", link="s"), TAR_END)
XATTR = "SCHILY.xattr."
ANY = bytes(range(256)) + b"7 a=b\n\n"
good("tar-xattrs", pax(**{XATTR + "user.root": "r"}), tar("./", "5"), pax(**{XATTR + "user.any": ANY, "mtime": 9, XATTR + "trusted.empty": ""}), tar("f", data=b"1"),
     pax(**{XATTR + "user.25%25 is %3D100%3d%": "%25"}), gnu("././@LongLink", "L", b"d/" + b"n" * 120 + b"\0"), pax(**{XATTR + "user.two": "headers", "uid": 7}), tar("short"),
     tar("plain"), pax(**{XATTR + "security.capability": b"\1\0\0\2" + b"\xff" * 16}), tar("hard", "1", link="f"), pax(**{XATTR + "trusted.link": "l"}), tar("l", "2", link="f"),
     pax(**{XATTR + "trusted.fifo": "p", "LIBARCHIVE.xattr.user.x": "aa"}), tar("p", "6"), raw_pax(record(XATTR + "user.twice", 1) + record(XATTR + "user.other", 2) + record(XATTR + "user.twice", 3)),
     tar("twice"), pax(**{XATTR + "com.apple.x": "a", XATTR + "system.posix_acl_access": b"\2\0\0\0"}), tar("other-spaces"), TAR_END)
good("tar-xattrs-replaced", *(pax(**{XATTR + "user.old": "1"}) + e for e in (tar("./", "5"), tar("d", "5"), tar("f"), tar("g"))), pax(**{XATTR + "user.new": "2"}), tar("d", "5"),
     pax(**{XATTR + "user.new": "2"}), tar("f"), tar("g"), tar("./", "5"), TAR_END)
good("tar-xattrs-at-their-limits", pax(**{XATTR + "user." + "n" * 250: "1"}), tar("name"), pax(**{XATTR + "user.%s" % ("%3D" * 250): "1"}), tar("name-written-longer"),
     pax(**{XATTR + "user.v": b"\n" * 65536}), tar("value"), pax(**{XATTR + "user.%02x" % i + "n" * 248: "" for i in range(256)}), tar("names"), TAR_END)

# --- what is refused: numbers, names, types, sizes
bad("empty")
bad("one-byte", b"0")
bad("zeros-alone", b"\0" * 1024)
bad("too-few-bytes", b"0707")
bad("magic-070703", b"070703" + SMALL[6:])
bad("magic-old-binary", b"\xc7\x71" + SMALL[2:])
bad("magic-bad-behind", first, b"0808" + entry("f")[4:], END)
bad("unknown-kind", b"hello, world")
bad("magic-crc", first, entry("f", magic=b"070702"), END)
bad("magic-odc", first, odc("f"), END)
bad("crc-sum", crc("first", FILE, b"1234"), crc("f", FILE, b"hello", check=sum(b"hello") + 1), CRC_END)
bad("crc-sum-signed", crc("f", FILE, b"\xff", check=0xffffffff), CRC_END)
bad("crc-sum-of-nothing", crc("f", check=1), CRC_END)
bad("crc-sum-target", crc("l", LINK, b"f", check=1), CRC_END)
bad("crc-magic-inside", crc("f"), END)
bad("odc-digit-8", odc("first", FILE, b"1234"), bad_at(odc("f"), 20, b"8"), ODC_END)
bad("odc-digit-blank", bad_at(odc("f"), 48, b" "), ODC_END)
bad("odc-name-length-0", odc("", name_size=0), ODC_END)
bad("odc-name-length-4097", odc("n/" * 2048 + "\0", name_size=4097), ODC_END)
bad("odc-name-without-nul", odc("abc", name_size=3), ODC_END)
bad("odc-name-length-1", odc("", name_size=1), b"\0", ODC_END)
bad("odc-name-behind-its-nul", odc("a\0b\0", name_size=4), ODC_END)
bad("odc-name-dotdot", odc("a/../b"), ODC_END)
bad("odc-name-component-256", odc("n" * 256), ODC_END)
bad("odc-name-slash-file", odc("a/"), ODC_END)
bad("odc-target-empty", odc("l", LINK), ODC_END)
bad("odc-target-nul", odc("l", LINK, b"a\0b"), ODC_END)
bad("odc-type-socket", odc("s", SOCK), ODC_END)
bad("odc-magic-inside", odc("f"), END)
bad("crc-digit", bad_at(crc("f"), 102, b"0000000g"), CRC_END)
bad("crc-name-dotdot", crc("a/../b"), CRC_END)
bad("crc-cut-in-data", crc("f", FILE, b"x" * 100)[:150])
bad("crc-no-trailer", crc("f", FILE, b"1"))
bad("odc-size-past-end", odc("f", size=0o77777777777), ODC_END)
bad("odc-padded", odc("ab"), b"\0", ODC_END)
bad("odc-cut-in-header", odc("f")[:70])
bad("odc-no-trailer", odc("f", FILE, b"1"))
bad("magic-misaligned", first, b"\0", entry("f"), END)
bad("digit-blank", bad_at(SMALL, 13, b" "))
bad("digit-plus", bad_at(SMALL, 14, b"+"))
bad("digit-x", bad_at(SMALL, 15, b"x"))
bad("name-length-0", first, entry("", name_size=0), END)
bad("name-length-1", first, entry("", name_size=1) , END)
bad("name-length-4097", first, entry("n/" * 2048 + "\0", name_size=4097), END)
bad("name-without-nul", first, entry("abc", name_size=3), END)
bad("name-behind-its-nul", first, entry(b"a\0b\0", name_size=4), END)
bad("name-component-256", first, entry("n" * 256), END)
bad("name-dotdot", first, entry("a/../b"), END)
bad("name-dotdot-last", first, entry("a/..", DIR), END)
bad("name-slash-file", first, entry("a/", FILE, b"1"), END)
bad("type-socket", first, entry("s", SOCK), END)
bad("type-none", first, entry("s", 0o644), END)
bad("type-unknown", first, entry("s", 0o170644), END)
bad("mode-17-bits", first, entry("s", 0o300644), END)
bad("directory-with-data", first, entry("d", DIR, b"1234"), END)
bad("trailer-with-data", first, entry("TRAILER!!!", 0, b"1234"))
bad("target-empty", first, entry("l", LINK), END)
bad("target-4096", first, entry("l", LINK, b"t" * 4096), END)
bad("target-nul", first, entry("l", LINK, b"a\0b"), END)
bad("size-past-end", first, entry("f", FILE, b"1234", size=0xffffffff))
bad("cut-in-header", first, entry("f")[:50])
bad("cut-in-name", first, entry("a-long-name")[:115])
bad("cut-in-data", first, entry("f", FILE, b"x" * 100)[:150])
bad("cut-in-padding", first, entry("f", FILE, b"12345")[:-1])
bad("cut-in-trailer", SMALL[:-20])
bad("root-is-a-symlink", entry(".", LINK, b"d"), END)
bad("root-is-a-device", entry("/.", CHR), END)
bad("no-trailer", first, entry("f", FILE, b"1"))

# --- tar
head = tar("first", data=b"1234")
bad("tar-sum", head, tar("f", checksum=1), TAR_END)
bad("tar-sum-signed", head, tar("f\u00e9", checksum=sum(c - 256 if c > 127 else c for c in tar("f\u00e9", checksum=0)) + 256 - 6 * 48 - 32), TAR_END)
bad("tar-magic-unknown", head, tar("f", magic=b"ustar\xff00", prefix="d"), TAR_END)
bad("tar-digit-8", head, tar("f", fields=[(100, b"0000648\0")]), TAR_END)
bad("tar-digit-plus", head, tar("f", fields=[(136, b"+0000000000\0")]), TAR_END)
bad("tar-digit-behind", head, tar("f", fields=[(108, b"0 1\0\0\0\0\0")]), TAR_END)
bad("tar-size-negative", head, gnu("f", fields=[(124, b"\xff" * 12)]), TAR_END)
bad("tar-size-overflow", head, gnu("f", fields=[(124, b"\x80\0\0\0\x80" + b"\0" * 7)]), TAR_END)
bad("tar-size-most", head, gnu("f", fields=[(124, b"\x80\0\0\0\x7f" + b"\xff" * 7)]), TAR_END)
bad("tar-time-negative", head, gnu("f", fields=[(136, b"\xff" * 12)]), TAR_END)
bad("tar-uid-above-32-bits", head, gnu("f", fields=[(108, b"\x80\0\0\1\0\0\0\0")]), TAR_END)
bad("tar-device-number", head, tar("f", "3", fields=[(329, b"x")]), TAR_END)
bad("tar-name-empty", head, tar(""), TAR_END)
bad("tar-name-behind-its-nul", head, tar(b"a\0b"), TAR_END)
bad("tar-name-dotdot", head, tar("..", prefix="a"), TAR_END)
bad("tar-name-component-256", head, pax(path="n" * 256), tar("f"), TAR_END)
bad("tar-name-slash-file", head, tar("a/"), TAR_END)
bad("tar-name-slash-fifo", head, tar("a/", "6"), TAR_END)
bad("tar-long-name-4097", head, gnu("L", "L", b"n/" * 2048 + b"\0"), gnu("f"), TAR_END)
bad("tar-long-name-without-nul", head, gnu("L", "L", b"name"), gnu("f"), TAR_END)
bad("tar-long-name-behind-its-nul", head, gnu("L", "L", b"a\0b\0"), gnu("f"), TAR_END)
bad("tar-long-name-empty", head, gnu("L", "L", b"\0"), gnu("f"), TAR_END)
bad("tar-long-name-cut", head, gnu("L", "L", b"n" * 500, size=600))
bad("tar-long-name-last", head, gnu("L", "L", b"name\0"), TAR_END)
bad("tar-long-link-last", head, gnu("K", "K", b"name\0"))
bad("tar-pax-last", head, pax(path="name"), TAR_END)
bad("tar-pax-last-of-all", head, pax(path="name"))
bad("tar-pax-empty-record", head, raw_pax(b"0 a=b\n"), tar("f"), TAR_END)
bad("tar-pax-negative-length", head, raw_pax(b"-6 a=b\n"), tar("f"), TAR_END)
bad("tar-pax-huge-length", head, raw_pax(b"99999999999999999999999 a=b\n"), tar("f"), TAR_END)
bad("tar-pax-long-length", head, raw_pax(b"7 a=b\n"), tar("f"), TAR_END)
bad("tar-pax-short-length", head, raw_pax(b"2 a=b\n"), tar("f"), TAR_END)
bad("tar-pax-no-length", head, raw_pax(b"a=b\n"), tar("f"), TAR_END)
bad("tar-pax-length-alone", head, raw_pax(b"6"), tar("f"), TAR_END)
bad("tar-pax-no-equals", head, raw_pax(b"6 abc\n"), tar("f"), TAR_END)
bad("tar-pax-no-key", head, raw_pax(b"6 =bc\n"), tar("f"), TAR_END)
bad("tar-pax-no-newline", head, raw_pax(b"6 a=bc"), tar("f"), TAR_END)
bad("tar-pax-second-record", head, raw_pax(b"6 a=b\n6 a-b\n"), tar("f"), TAR_END)
bad("tar-pax-cut", head, tar("pax", "x", b"", size=10))
bad("tar-pax-size-negative", head, pax(size=-1), tar("f"), TAR_END)
bad("tar-pax-size-overflow", head, pax(size=1 << 63), tar("f"), TAR_END)
bad("tar-pax-size-past-end", head, pax(size=(1 << 63) - 1), tar("f"), TAR_END)
bad("tar-pax-uid-above-32-bits", head, pax(uid=1 << 32), tar("f"), TAR_END)
bad("tar-pax-gid-octal", head, pax(gid="0x1"), tar("f"), TAR_END)
bad("tar-pax-time", head, pax(mtime="1.2.3"), tar("f"), TAR_END)
bad("tar-pax-time-overflow", head, pax(mtime=(1 << 63) - 1), tar("f"), TAR_END)
bad("tar-pax-path-nul", head, pax(path="a\0b"), tar("f"), TAR_END)
bad("tar-pax-path-dotdot", head, pax(path="a/../b"), tar("f"), TAR_END)
bad("tar-pax-global-behind-local", head, pax(path="a"), pax("g", uid=1), tar("f"), TAR_END)
bad("tar-xattr-no-name", head, pax(**{XATTR: "1"}), tar("f"), TAR_END)
bad("tar-xattr-name-256", head, pax(**{XATTR + "user." + "n" * 251: "1"}), tar("f"), TAR_END)
bad("tar-xattr-name-nul", head, pax(**{XATTR + "user.a\0b": "1"}), tar("f"), TAR_END)
bad("tar-xattr-value-65537", head, pax(**{XATTR + "user.v": b"v" * 65537}), tar("f"), TAR_END)
bad("tar-xattr-names-65537", head, pax(**{XATTR + "user.%02x" % i + "n" * 248: "" for i in range(256)}), pax(**{XATTR + "n": 1}), tar("f"), TAR_END)
bad("tar-xattr-cut", head, raw_pax(b"30 SCHILY.xattr.user.a=1\n"), tar("f"), TAR_END)
bad("tar-xattr-global", head, pax("g", **{XATTR + "user.all": "1"}), tar("f"), TAR_END)
bad("tar-type-unknown", head, tar("f", "Q"), TAR_END)
bad("tar-type-v7-device", head, v7("f", "3"), TAR_END)
for kind, what in zip("ADMNX", ("acl", "dumpdir", "volume", "old-long-name", "solaris-pax")):
    bad("tar-type-" + what, head, gnu("f", kind), TAR_END)
bad("tar-label-past-end", head, gnu("label", "V", size=1 << 32), TAR_END)
bad("tar-directory-with-data", head, tar("d", "5", b"1234"), TAR_END)
bad("tar-symlink-with-data", head, tar("l", "2", b"1234", link="f"), TAR_END)
bad("tar-target-empty", head, tar("l", "2"), TAR_END)
bad("tar-target-4096", head, gnu("K", "K", b"t" * 4096 + b"\0"), gnu("l", "2"), TAR_END)
bad("tar-target-nul", head, pax(linkpath="a\0b"), tar("l", "2"), TAR_END)
bad("tar-link-with-data", head, tar("l", "1", b"1234", link="first"), TAR_END)
bad("tar-link-empty", head, tar("l", "1"), TAR_END)
bad("tar-link-dotdot", head, tar("l", "1", link="a/../first"), TAR_END)
bad("tar-link-4097", head, gnu("K", "K", b"n/" * 2048 + b"\0"), gnu("l", "1"), TAR_END)
bad("tar-link-to-nothing", head, tar("l", "1", link="nothing"), TAR_END)
bad("tar-link-to-later", head, tar("l", "1", link="f"), tar("f"), TAR_END)
bad("tar-link-to-directory", head, tar("d", "5"), tar("l", "1", link="d/"), TAR_END)
bad("tar-link-to-root", head, tar("l", "1", link="."), TAR_END)
bad("tar-link-below-file", head, tar("l", "1", link="first/f"), TAR_END)
bad("tar-link-through-symlink", head, tar("d/f"), tar("s", "2", link="d"), tar("l", "1", link="s/f"), TAR_END)
bad("tar-link-over-directory", head, tar("d/f"), tar("d", "1", link="first"), TAR_END)
for kind, sparse in ("gnu", sparse_gnu), ("pax", sparse_pax):
    bad("tar-sparse-%s-order" % kind, head, sparse("f", 100, [(10, 2), (0, 2)], b"abcd"), TAR_END)
    bad("tar-sparse-%s-overlap" % kind, head, sparse("f", 100, [(10, 2), (11, 2)], b"abcd"), TAR_END)
    bad("tar-sparse-%s-offset" % kind, head, sparse("f", 100, [(101, 0)], b""), TAR_END)
    bad("tar-sparse-%s-length" % kind, head, sparse("f", 100, [(98, 3)], b"abc"), TAR_END)
    bad("tar-sparse-%s-less-data" % kind, head, sparse("f", 100, [(10, 4)], b"abc"), TAR_END)
    bad("tar-sparse-%s-more-data" % kind, head, sparse("f", 100, [(10, 2)], b"abc"), TAR_END)
for kind, form in ("0-0", pairs), ("0-1", commas):
    for what, map, data in (("order", [(10, 2), (0, 2)], b"abcd"), ("overlap", [(10, 2), (11, 2)], b"abcd"), ("offset", [(101, 0)], b""), ("length", [(98, 3)], b"abc"),
                            ("less-data", [(10, 4)], b"abc"), ("more-data", [(10, 2)], b"abc"), ("number", [("0x", 1)], b"a"), ("huge", [("9" * 20, 1)], b"a")):
        bad("tar-sparse-pax-%s-%s" % (kind, what), head, sparse_0("f", 100, form(map), data), TAR_END)
    bad("tar-sparse-pax-%s-half" % kind, head, sparse_0("f", 100, form([(0, 1), (5,)]), b"a"), TAR_END)
    bad("tar-sparse-pax-%s-no-size" % kind, head, sparse_0("f", None, form([(0, 1)]), b"a"), TAR_END)
    bad("tar-sparse-pax-%s-and-1-0" % kind, head, sparse_0("f", 100, form([(0, 1)]) + [("GNU.sparse.major", 1)], b"a"), TAR_END)
bad("tar-sparse-pax-0-0-turns", head, sparse_0("f", 100, pairs([(0, 1)])[::-1], b"a"), TAR_END)
bad("tar-sparse-pax-0-0-two-headers", head, raw_pax(b"".join(record(*r) for r in pairs([(0, 1)]))), sparse_0("f", 100, pairs([(5, 1)]), b"ab"), TAR_END)
bad("tar-sparse-pax-two-maps", head, sparse_0("f", 100, commas([(0, 1)]) + pairs([(0, 1)]), b"a"), TAR_END)
bad("tar-sparse-pax-0-1-ends", head, sparse_0("f", 100, [("GNU.sparse.map", "0,1,")], b"a"), TAR_END)
bad("tar-sparse-pax-0-1-odd", head, sparse_0("f", 100, [("GNU.sparse.map", "0\n1")], b"a"), TAR_END)
bad("tar-sparse-gnu-digit", head, gnu("g", "S", fields=[(386, b"00000000009\0" * 2)]), TAR_END)
bad("tar-sparse-gnu-size", head, gnu("f", "S", fields=[(483, b"\xff" * 12)]), TAR_END)
bad("tar-sparse-gnu-behind-end", head, gnu("f", "S", fields=[(386 + 24, b"%011o\0%011o\0" % (1, 0)), (483, b"%011o\0" % 9)]), TAR_END)
bad("tar-sparse-gnu-no-block", head, sparse_gnu("f", 100, [(0, 1)], b"a", extended=1)[:512])
bad("tar-sparse-gnu-in-posix", head, tar("f", "S"), TAR_END)
bad("tar-sparse-pax-count", head, sparse_pax("f", 100, b"2\n0\n1\n", b"a"), TAR_END)
bad("tar-sparse-pax-count-huge", head, sparse_pax("f", 100, b"99999999999999999999\n", b""), TAR_END)
bad("tar-sparse-pax-number", head, sparse_pax("f", 100, b"1\n0x\n1\n", b"a"), TAR_END)
bad("tar-sparse-pax-empty-map", head, pax(**{"GNU.sparse.major": 1, "GNU.sparse.minor": 0, "GNU.sparse.realsize": 9}), tar("f"), TAR_END)
bad("tar-sparse-pax-map-alone", head, sparse_pax("f", 100, [(0, 1)], b"", stored=6), TAR_END)
bad("tar-sparse-pax-past-end", head, sparse_pax("f", 100, [(0, 99)], b"a", stored=4096), TAR_END)
bad("tar-sparse-pax-size", head, sparse_pax("f", -1, [], b""), TAR_END)
bad("tar-sparse-pax-no-size", head, sparse_pax("f", None, [], b""), TAR_END)
bad("tar-sparse-pax-no-version", head, sparse_pax("f", 100, [], b"", version=(None, None)), TAR_END)
bad("tar-sparse-pax-version-0", head, sparse_pax("f", 100, [], b"", version=("0", "1")), TAR_END)
bad("tar-sparse-pax-version-1-1", head, sparse_pax("f", 100, [], b"", version=("1", "1")), TAR_END)
bad("tar-sparse-pax-old-map", head, pax(**{"GNU.sparse.map": "0,1"}), tar("f"), TAR_END)
bad("tar-size-past-end", head, tar("f", data=b"1" * 100, size=1000), TAR_END[:100])
bad("tar-cut-in-header", head, tar("f")[:300])
bad("tar-cut-in-padding", head, tar("f", data=b"12")[:600])
bad("tar-zero-block-then-junk", head, ZEROS, b"junk")
bad("tar-zero-block-then-more", head, ZEROS, b"j" * 512, tar("f"))
bad("tar-junk-then-zeros", head, b"j" * 512, TAR_END)
bad("tar-gzip-junk-behind", gzip.compress(tar("f") + ZEROS, mtime=0), b"junk")
bad("tar-gzip-sum-behind-junk", gzip.compress(tar("f") + TAR_END + b"junk", mtime=0)[:-8], b"\0" * 8)

# --- the tree
bad("root-is-a-file", first, entry(".", FILE), END)
bad("parent-is-a-file", first, entry("first/f", FILE), END)
bad("parent-is-absolute-link", entry("l", LINK, b"/etc"), entry("l/f", FILE), END)
bad("parent-is-dotdot-link", entry("d", DIR), entry("d/l", LINK, b"../d"), entry("d/l/f", FILE), END)
bad("parent-is-a-loop", entry("l", LINK, b"m"), entry("m", LINK, b"l"), entry("l/f", FILE), END)
bad("parent-is-a-device", entry("c", CHR), entry("c/f"), END)
bad("parent-is-a-link-to-a-file", first, entry("l", LINK, b"first"), entry("l/f"), END)
bad("links-41-in-a-row", entry("d", DIR), entry("l0", LINK, b"d"), *(entry("l%d" % i, LINK, b"l%d" % (i - 1)) for i in range(1, 41)), entry("l40/f", FILE, b"1"), END)
bad("full-directory-replaced-by-a-symlink", entry("d", DIR), entry("d/f", FILE), entry("d", LINK, b"f"), END)
bad("full-directory-replaced", entry("d", DIR), entry("d/f", FILE), entry("d", FILE), END)

# --- around archives
bad("junk-behind", SMALL, b"\0" * 4, b"junk")
bad("junk-between", SMALL, b"j", b"\0" * 3, SMALL)
bad("junk-before", b"j\0\0\0", SMALL)
bad("archive-behind-misaligned", SMALL, b"\0", SMALL)
bad("archive-behind-cut", SMALL, b"\0" * 4, b"0707")

# --- codecs
bad("gzip-crc", bad_at(packed, len(packed) - 8, bytes([packed[-8] ^ 1])))
bad("gzip-length", bad_at(packed, len(packed) - 4, bytes([packed[-4] ^ 1])))
bad("gzip-cut", packed[:-9])
bad("gzip-cut-in-trailer", packed[:-1])
bad("gzip-header-crc", bad_at(packed, 3, b"\2")[:10], b"\0\0", packed[10:])
bad("gzip-method", bad_at(packed, 2, b"\7"))
bad("gzip-second-member", packed, bad_at(packed, len(packed) - 8, b"\0"))
bad("gzip-reserved-flag", bad_at(packed, 3, b"\x20"))
bad("gzip-damaged", bad_at(packed, 10, b"\xff\xff"))
bad("gzip-archive-cut", gzip.compress(SMALL[:-124], mtime=0))
bad("gzip-junk-behind", packed, b"junk")
bad("lz4-header-sum", bad_at(frame, 14, bytes([frame[14] ^ 1])))
bad("lz4-block-sum", bad_at(frame, len(frame) - 9, bytes([frame[-9] ^ 1])))
bad("lz4-content-size", lz4("-BX", "--content-size", data=SMALL[:-1])[:15], frame[15:])
bad("lz4-content-sum", bad_at(frame, len(frame) - 1, bytes([frame[-1] ^ 1])))
bad("lz4-no-end-mark", frame[:-8])
bad("lz4-cut-in-block", frame[:30])
bad("lz4-dictionary", b"\x04\x22\x4d\x18\x61\x40\1\2\3\4\0" + frame[15:])
bad("lz4-version", bad_at(frame, 4, bytes([frame[4] ^ 0xc0])))
bad("lz4-legacy-block-size", legacy[:4], struct.pack("<I", 0x7fffffff), legacy[8:])
bad("lz4-legacy-cut", legacy[:-1])
bad("lz4-legacy-damaged", legacy[:4], struct.pack("<I", 20), b"\x1f" + b"\xff" * 19)
bad("bzip2-block-sum", bad_at(bframe, 10, bytes([bframe[10] ^ 1])))
bad("bzip2-sum", bad_at(bframe, len(bframe) - 3, bytes([bframe[-3] ^ 1])))
bad("bzip2-cut", bframe[:50])
bad("bzip2-cut-in-sum", bframe[:-1])
bad("bzip2-damaged", bad_at(bframe, 40, b"\xff" * 8))
bad("bzip2-archive-cut", bz2.compress(SMALL[:-124]))
bad("bzip2-junk-behind", bframe, b"junk")
bad("xz-header-sum", bad_at(xframe, 8, bytes([xframe[8] ^ 1])))
bad("xz-check-unknown", xframe[:7], b"\2", struct.pack("<I", zlib.crc32(b"\0\2")), xframe[12:])
bad("xz-check", bad_at(xframe, len(xframe) - 12 - 8 - 4, bytes([xframe[-24] ^ 1])))
for name, check in ("crc64", lzma.CHECK_CRC64), ("sha256", lzma.CHECK_SHA256):
    stream = lzma.compress(SMALL, check=check, preset=0)
    bad("xz-" + name, bad_at(stream, len(stream) - 12 - 8 - 4, bytes([stream[-24] ^ 1])))
bad("xz-block-header-sum", bad_at(xframe, 20, bytes([xframe[20] ^ 1])))
bad("xz-index-sum", bad_at(xframe, len(xframe) - 13, bytes([xframe[-13] ^ 1])))
bad("xz-cut-in-block", xframe[:60])
bad("xz-cut-in-index", xframe[:-14])
bad("xz-cut-in-footer", xframe[:-1])
bad("xz-footer", bad_at(xframe, len(xframe) - 1, b"y"))
bad("xz-archive-cut", lzma.compress(SMALL[:-124], preset=0))
bad("xz-junk-behind", xframe, b"junk")
def xz_block_header(at, b): # of xframe, with a sum that fits
    header = bad_at(xframe, at, b)[12:12 + (xframe[12] + 1) * 4 - 4]
    return xframe[:12] + header + struct.pack("<I", zlib.crc32(header)) + xframe[16 + len(header):]


bad("xz-filter-unknown", xz_block_header(14, b"\x7f"))
bad("lzma-cut", lzma.compress(SMALL, format=lzma.FORMAT_ALONE, preset=0)[:-1])
bad("lzma-damaged", b"\x5d\0\0\4\0" + b"\xff" * 8 + b"\1" + b"\0" * 20)
bad("zstd-checksum", bad_at(zframe, len(zframe) - 1, bytes([zframe[-1] ^ 1])))
bad("zstd-cut-in-checksum", zframe[:-1])
bad("zstd-cut-in-block", zframe[:-20])
bad("zstd-cut-in-header", zframe[:5])
bad("zstd-dictionary", bad_at(zframe, 4, bytes([zframe[4] | 1, zframe[5], 7])), zframe[6:])
bad("zstd-window", bad_at(zframe, 5, b"\x90"))
bad("zstd-reserved-bit", bad_at(zframe, 4, bytes([zframe[4] | 8])))
bad("zstd-damaged", bad_at(zframe, 12, b"\xff\xff\xff\xff"))
bad("zstd-content-size", b"\x28\xb5\x2f\xfd\x20\x09\1\0\0")
bad("skippable-alone", b"\x50\x2a\x4d\x18\4\0\0\0skip")
bad("skippable-before-gzip", b"\x50\x2a\x4d\x18\4\0\0\0skip", gzip.compress(SMALL, mtime=0))
bad("zstd-skippable-cut", zframe, b"\x50\x2a\x4d\x18\x09\0\0\0skip")
bad("zstd-archive-cut", zstd(data=SMALL[:-124]))
bad("zstd-junk-behind", zframe, b"junk")

# A codec that ends late: behind the archive's end, but inside what is compressed.
PACK = {"gzip": lambda b: gzip.compress(b, mtime=0), "lz4": lambda b: lz4(data=b), "lz4-legacy": lambda b: lz4("-l", data=b), "zstd": lambda b: zstd(data=b),
        "xz": lambda b: lzma.compress(b, preset=0), "lzma": lambda b: lzma.compress(b, format=lzma.FORMAT_ALONE, preset=0), "bzip2": lambda b: bz2.compress(b, 1)}
for name, pack in PACK.items():
    bad(name + "-junk-inside", pack(SMALL + b"junk"))
    bad(name + "-of-nothing", pack(b""))
bad("lz4-archive-cut", PACK["lz4"](SMALL[:-124]))
bad("lz4-junk-behind", frame, b"junk")
bad("lz4-legacy-archive-cut", PACK["lz4-legacy"](SMALL[:-124]))
bad("lz4-legacy-junk-behind", legacy, b"junk")
bad("lzma-archive-cut", PACK["lzma"](SMALL[:-124]))
bad("lzma-junk-behind", PACK["lzma"](SMALL), b"junk")
bad("gzip-in-gzip", PACK["gzip"](packed))
bad("zstd-in-gzip-behind", PACK["gzip"](SMALL + zframe))
