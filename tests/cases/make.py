#!/usr/bin/env python3
# tests/cases/make.py - writes tests/cases/good and tests/cases/bad: one small initrd per rule.
#
# Beside each bad one stands what must be said (NAME.says), beside each good one the tree it makes (NAME.tree).
# `UPDATE=1 build/tests/unit/cases` writes those anew: read the difference before you commit it.
import gzip, lzma, os, struct, subprocess, tempfile, zlib

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
good("two-links-one-name", entry("a", FILE, b"data", ino=5, nlink=2), END)
good("numbers-at-their-ends", entry("f", FILE, b"1", ino=0xffffffff, uid=0xfffffffe, gid=0xfffffffe, mtime=0xffffffff, nlink=1, check=0xffffffff), END)
good("odd-names", entry(b"\xff\n\\ \x7f", FILE, b"1"), entry("...", DIR), entry(".../..a", FILE), entry("n" * 255, FILE), END)
good("relative-symlink-parent", entry("usr/lib", DIR), entry("lib", LINK, b"usr/lib"), entry("lib/f", FILE, b"1"), END)
good("two-archives", SMALL, b"\0" * 512, entry("d/f", FILE, b"later\n"), entry("e", FIFO), END)
good("gzip", packed)
good("gzip-members", gzip.compress(SMALL[:100], mtime=0), gzip.compress(SMALL[100:], mtime=0))
good("lz4-frame", frame)
good("lz4-legacy", legacy)
good("zstd", zframe)
good("xz", xframe)
good("xz-streams", lzma.compress(SMALL[:100], check=lzma.CHECK_SHA256), lzma.compress(SMALL[100:], preset=0), b"\0" * 4)
good("lzma", lzma.compress(SMALL, format=lzma.FORMAT_ALONE, preset=0))
good("zstd-frames", zstd("--no-check", data=SMALL[:100]), b"\x5a\x2a\x4d\x18\4\0\0\0skip", zstd(data=SMALL[100:]), b"\0" * 8)
good("plain-then-packed", entry("microcode", FILE, b"m"), END, b"\0" * 12, packed, b"\0" * 3)
good("crc", crc("d", DIR), crc("d/f", FILE, bytes(range(128, 256)) * 9), crc("d/l", LINK, b"f", check=0), crc("m", LINK, b"d/f"),
     crc("e"), crc("a", ino=5, nlink=2, check=77), crc("b", FILE, b"data", ino=5, nlink=2), CRC_END)
good("odc", odc("d", DIR, mtime=0o77777777777), odc("d/f", FILE, b"hello", uid=0o777777, gid=0o777776), odc("l", LINK, b"d/f"),
     odc("c", CHR, rdev=0o405), odc("a", FILE, b"data", dev=1, ino=5, nlink=2), odc("b", FILE, b"data", dev=1, ino=5, nlink=2), ODC_END)
good("odc-then-others", odc("odds", FILE, b"1"), ODC_END, b"\0" * 3, SMALL, b"\0" * 8, crc("f", FILE, b"12"), CRC_END)

# --- what is refused: numbers, names, types, sizes
bad("empty")
bad("one-byte", b"0")
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
bad("no-trailer", first, entry("f", FILE, b"1"))

# --- the tree
bad("root-is-a-file", first, entry(".", FILE), END)
bad("parent-is-a-file", first, entry("first/f", FILE), END)
bad("parent-is-absolute-link", entry("l", LINK, b"/etc"), entry("l/f", FILE), END)
bad("parent-is-dotdot-link", entry("d", DIR), entry("d/l", LINK, b"../d"), entry("d/l/f", FILE), END)
bad("parent-is-a-loop", entry("l", LINK, b"m"), entry("m", LINK, b"l"), entry("l/f", FILE), END)
bad("full-directory-replaced", entry("d", DIR), entry("d/f", FILE), entry("d", FILE), END)

# --- around archives
bad("junk-behind", SMALL, b"\0" * 4, b"junk")
bad("junk-between", SMALL, b"j", b"\0" * 3, SMALL)
bad("junk-before", b"j\0\0\0", SMALL)

# --- codecs
bad("gzip-crc", bad_at(packed, len(packed) - 8, bytes([packed[-8] ^ 1])))
bad("gzip-length", bad_at(packed, len(packed) - 4, bytes([packed[-4] ^ 1])))
bad("gzip-cut", packed[:-9])
bad("gzip-cut-in-trailer", packed[:-1])
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
bad("xz-header-sum", bad_at(xframe, 8, bytes([xframe[8] ^ 1])))
bad("xz-check-unknown", xframe[:7], b"\2", struct.pack("<I", zlib.crc32(b"\0\2")), xframe[12:])
bad("xz-check", bad_at(xframe, len(xframe) - 12 - 8 - 4, bytes([xframe[-24] ^ 1])))
bad("xz-cut-in-block", xframe[:60])
bad("xz-cut-in-index", xframe[:-14])
bad("xz-cut-in-footer", xframe[:-1])
bad("xz-footer", bad_at(xframe, len(xframe) - 1, b"y"))
bad("xz-archive-cut", lzma.compress(SMALL[:-124], preset=0))
bad("xz-junk-behind", xframe, b"junk")
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
bad("zstd-skippable-cut", zframe, b"\x50\x2a\x4d\x18\x09\0\0\0skip")
bad("zstd-archive-cut", zstd(data=SMALL[:-124]))
bad("zstd-junk-behind", zframe, b"junk")
