# boxes.py OUT PROGRAM - container images as files, good and bad, for containers.sh: OUT/NAME is a directory or an archive.
# OUT/bad has a line for each that must be refused: NAME, status, what is said, separated by tabs.
import gzip, hashlib, io, json, os, subprocess, sys, tarfile

OUT, PROGRAM = sys.argv[1], open(sys.argv[2], "rb").read()
OCI = "application/vnd.oci.image."
DIR, LINK, SYM, CHAR = tarfile.DIRTYPE, tarfile.LNKTYPE, tarfile.SYMTYPE, tarfile.CHRTYPE


def tar(*entries):
    """An entry: path, bytes or (type, target), and attributes."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as t:
        for path, what, *more in entries:
            i = tarfile.TarInfo(path)
            i.mtime, i.mode = 1000000000, 0o644
            data = b""
            if isinstance(what, bytes): data, i.size = what, len(what)
            else: i.type, i.linkname = what; i.mode = 0o755
            for key, value in (more[0] if more else {}).items(): setattr(i, key, value)
            t.addfile(i, io.BytesIO(data))
    return out.getvalue()


def zstd(data): return subprocess.run(["zstd", "-q"], input=data, stdout=subprocess.PIPE, check=True).stdout
def sha(data): return hashlib.sha256(data).hexdigest()
def directory(path, **more): return (path, (DIR, ""), more)


BASE = tar(directory("bin"), ("bin/p", PROGRAM, {"mode": 0o755}), directory("usr"), directory("usr/lib"), ("lib", (SYM, "usr/lib")),
           ("usr/lib/old", b"old"), directory("gone"), ("gone/a", b"a"), directory("gone/b"), ("gone/b/c", b"c"), directory("opaque", mode=0o700),
           ("opaque/low", b"low"), ("file", b"file"), directory("dir"), ("dir/x", b"x"), ("one", b"linked"), ("two", (LINK, "one")), ("kept", b"kept"),
           ("turn", b"turn"))
SECOND = tar(("gone/new", b"new"), (".wh.gone", b""), ("opaque/high", b"high"), ("opaque/.wh..wh..opq", b""), ("lib/new", b"new"),
             ("lib/.wh.old", b""), ("three", (LINK, "two")), ("dir", b"now a file"), ("file", (DIR, "")), ("file/in", b"in"), (".wh.nothing", b""),
             (".wh..wh.aufs", b""))
THIRD = tar((".wh.one", b""), directory("turn"), ("turn/in", b"in"), ("dir", b"third", {"mode": 0o600}), ("lib/abs", (SYM, "/bin/p")),
            ("tty", (CHAR, ""), {"devmajor": 5, "devminor": 1}))
CONFIG = {"Entrypoint": ["p", "fixed"], "Cmd": ["one", "two words"], "Env": ["PATH=/usr/bin:/bin", "A=image", "B=image"], "WorkingDir": "usr"}


class Layout:
    def __init__(self, name):
        self.dir = f"{OUT}/{name}"
        os.makedirs(f"{self.dir}/blobs/sha256")
        self.put("oci-layout", {"imageLayoutVersion": "1.0.0"})

    def put(self, path, what):
        data = what if isinstance(what, bytes) else json.dumps(what).encode()
        with open(f"{self.dir}/{path}", "wb") as f: f.write(data)
        return data

    def blob(self, what, kind, **more):
        data = what if isinstance(what, bytes) else json.dumps(what).encode()
        self.put(f"blobs/sha256/{sha(data)}", data)
        return {"mediaType": kind, "digest": f"sha256:{sha(data)}", "size": len(data), **more}

    def image(self, layers, config=CONFIG, arch="amd64", diff=None, kind=OCI + "config.v1+json", extra=None, manifest=None, **more):
        stored = [(l, OCI + "layer.v1.tar") if isinstance(l, bytes) else l for l in layers]
        plain = diff if diff is not None else [f"sha256:{sha(gzip.decompress(d) if k.endswith('gzip') else d)}" for d, k in stored]
        c = {"os": "linux", "architecture": arch, "config": config, "rootfs": {"type": "layers", "diff_ids": plain}, **(extra or {})}
        m = {"schemaVersion": 2, "mediaType": OCI + "manifest.v1+json", "config": self.blob(c, kind),
             "layers": [self.blob(d, k) for d, k in stored], **(manifest or {})}
        return self.blob(m, OCI + "manifest.v1+json", **more)

    def index(self, *manifests): return {"schemaVersion": 2, "mediaType": OCI + "index.v1+json", "manifests": list(manifests)}
    def done(self, *manifests): self.put("index.json", self.index(*manifests)); return self


def archive(name, files, links=()):
    with tarfile.open(f"{OUT}/{name}", "w") as t:
        for path, data in files:
            i = tarfile.TarInfo(path); i.size = len(data); t.addfile(i, io.BytesIO(data))
        for path, to in links:
            i = tarfile.TarInfo(path); i.type, i.linkname = SYM, to; t.addfile(i)


def platform(arch, **more): return {"platform": {"os": "linux", "architecture": arch, **more}}


THREE = [(gzip.compress(BASE, mtime=0), OCI + "layer.v1.tar+gzip"), (zstd(SECOND), OCI + "layer.v1.tar+zstd"), THIRD]
IDS = [f"sha256:{sha(l)}" for l in (BASE, SECOND, THIRD)]
WRONG = tar(("bin/p", b"wrong", {"mode": 0o755}))

# --- good ---
one = Layout("one"); one.done(one.image(THREE, diff=IDS))
again = Layout("two-names"); d = again.image(THREE, diff=IDS)
again.done({**d, "annotations": {OCI: "a"}}, {**d, "annotations": {"org.opencontainers.image.ref.name": "b"}})
many = Layout("many")
inner = many.blob(many.index(many.image([WRONG], arch="arm64", **platform("arm64", variant="v8")), many.image([WRONG], config={"Cmd": ["v3"]}, **platform("amd64", variant="v3")),
                             many.image(THREE, diff=IDS, **platform("amd64")), many.image([WRONG], arch="unknown", **platform("unknown", os="unknown")),
                             {"mediaType": "application/x-else", "digest": "sha256:" + "0" * 64, "size": 3}), OCI + "index.v1+json")
many.done(many.blob(many.index(inner), OCI + "index.v1+json"))
silent = Layout("no-platform"); silent.done(silent.image([WRONG], arch="arm64"), silent.image(THREE, diff=IDS))
old = [("a/layer.tar", BASE), ("b/VERSION", b"1.0"), ("c/layer.tar", THIRD), ("b/json", b"{}")]
conf = json.dumps({"os": "linux", "architecture": "amd64", "config": CONFIG, "rootfs": {"type": "layers", "diff_ids": IDS}}).encode()
tags = {"RepoTags": ["app:1", "app:2"]}
def docker(name, layers, config=conf, files=(), links=(), called=None, more=()):
    called = called or sha(config) + ".json"
    manifest = json.dumps([{"Config": called, **tags, "Layers": layers}, *more]).encode()
    archive(name, [("manifest.json", manifest), (called, config), ("repositories", b"{}"), *files], links)
docker("docker.tar", ["a/layer.tar", "b/layer.tar", "c/layer.tar"], files=[*old, ("e/layer.tar", SECOND)], links=[("b/layer.tar", "../e/layer.tar")])
docker("docker-gz.tar", ["a.tar.gz", "e/layer.tar", "c/layer.tar"], files=[*old, ("a.tar.gz", gzip.compress(BASE)), ("e/layer.tar", SECOND)], called="sha256:" + sha(conf))
rest = Layout("both"); rest.done(rest.image(THREE, diff=IDS)); rest.put("manifest.json", b"not read where there is a layout")
# A rootfs may have a file of that name.
os.makedirs(f"{OUT}/no-box/bin")
for path, data in (("manifest.json", b'[{"Config": "x", "Layers": []}]'), ("bin/p", PROGRAM)): open(f"{OUT}/no-box/{path}", "wb").write(data)
os.chmod(f"{OUT}/no-box/bin/p", 0o755)

# --- bad ---
bad = open(f"{OUT}/bad", "w")
def refuse(name, status, text): print(name, status, text, sep="\t", file=bad)
def spoiled(name, status, text, layers=None, then=None, **more):
    l = Layout(name); d = l.image(layers or [BASE], **more); l.done(d)
    if then: then(l, d)
    refuse(name, status, text)
def rewrite(path, what): return lambda l, d: l.put(path, what)
def largest(l): return max((f"blobs/sha256/{n}" for n in os.listdir(f"{l.dir}/blobs/sha256")), key=lambda p: os.path.getsize(f"{l.dir}/{p}"))
def flip(l, d):
    path = largest(l); data = bytearray(open(f"{l.dir}/{path}", "rb").read()); data[700] ^= 1; l.put(path, bytes(data))
def same_size(text): return lambda l, d: l.put(f"blobs/sha256/{d['digest'][7:]}", text.ljust(d["size"]).encode())
def descriptor(**change): return lambda l, d: l.done({**d, **change})

spoiled("flipped", 3, "is damaged: its SHA-256 is", then=flip)
spoiled("flipped-gzip", 3, "is damaged: its SHA-256 is", THREE, then=flip, diff=IDS)
spoiled("cut", 3, "and its descriptor says", then=lambda l, d: l.put(largest(l), b"short"))
spoiled("missing", 3, "is not in it", then=lambda l, d: os.unlink(f"{l.dir}/{largest(l)}"))
spoiled("forged-manifest", 3, "is damaged", then=same_size("{}"))
spoiled("no-index", 3, "index.json: is not in it", then=lambda l, d: os.unlink(f"{l.dir}/index.json"))
spoiled("no-json", 3, "index.json: line 1:", then=rewrite("index.json", b"{ nothing"))
spoiled("no-bytes", 3, "index.json: line ", then=rewrite("index.json", b""))
spoiled("json-nul", 3, "index.json: line 1:", then=rewrite("index.json", b'{"manifests": ["\\u0000"]}'))
spoiled("json-twice", 3, "duplicate object key", then=rewrite("index.json", b'{"manifests": [], "manifests": []}'))
spoiled("json-deep", 3, "index.json: line 1: maximum parsing depth", then=rewrite("index.json", b"[" * 5000 + b"]" * 5000))
spoiled("json-large", 4, "larger than 4.0 MiB", then=rewrite("index.json", b" " * (4 << 20) + b"{}"))
spoiled("json-type", 3, "an index without manifests", then=rewrite("index.json", {"manifests": {"a": 1}}))
spoiled("index-numbers", 3, "a descriptor without digest or size", then=rewrite("index.json", {"manifests": [1, 2]}))
spoiled("index-empty", 4, "no image for linux/amd64", then=rewrite("index.json", {"manifests": []}))
spoiled("size-negative", 3, "a descriptor without digest or size", then=descriptor(size=-1))
spoiled("size-other", 3, "and its descriptor says 7", then=descriptor(size=7))
for n, digest in enumerate(("sha256:../../../etc/passwd", "/etc/passwd", "sha256:/etc/passwd", "sha256:" + "A" * 64, "sha256:" + "a" * 63, "md5:" + "a" * 32, "../index.json")):
    spoiled(f"digest-{n}", 3, "is no digest", then=descriptor(digest=digest))
spoiled("digest-512", 4, "only sha256 is", then=descriptor(digest="sha512:" + "a" * 128))
spoiled("version", 4, "of version '2.0.0'", then=rewrite("oci-layout", {"imageLayoutVersion": "2.0.0"}))
spoiled("for-arm", 4, "no image for linux/amd64; there is linux/arm64", arch="arm64")
spoiled("for-arm-too", 4, "the image is for linux/arm64", arch="arm64", **platform("amd64"))
spoiled("chart", 4, "there is application/vnd.cncf.helm.config", kind="application/vnd.cncf.helm.config.v1+json")
spoiled("chart-named", 4, "no container image", kind="application/vnd.cncf.helm.config.v1+json", **platform("amd64"))
spoiled("too-few", 3, "it tells of 0 layers, and there are 1", diff=[])
spoiled("no-layers", 3, "a manifest without configuration or layers", manifest={"layers": None}, **platform("amd64"))
spoiled("encrypted", 4, "its layer 1 is encrypted", [(BASE, OCI + "layer.v1.tar+gzip+encrypted")], diff=IDS[:1])
spoiled("shell-form", 3, "Entrypoint is no list of texts", config={"Entrypoint": "/bin/p"})
spoiled("env", 3, "Env: 'x' is not of the form", config={"Entrypoint": ["/bin/p"], "Env": ["x"]})
spoiled("nothing-to-run", 2, "names none, neither entrypoint nor command", config={})
spoiled("not-in-path", 4, "is in no directory of PATH (/sbin)", config={"Cmd": ["p"], "Env": ["PATH=/sbin"]})
spoiled("not-there", 4, "'./q' is not in '/bin'", config={"Cmd": ["./q"], "WorkingDir": "/bin"})
two = Layout("several"); named = lambda n: {"annotations": {"org.opencontainers.image.ref.name": n}}
two.done(two.image([BASE], **named("first")), two.image(THREE, diff=IDS, **named("second")))
refuse("several", 2, "several images for linux/amd64 (first, second)")
nest = Layout("nested"); d = nest.image([BASE])
for _ in range(6): d = nest.blob(nest.index(d), OCI + "index.v1+json")
nest.done(d); refuse("nested", 3, "indexes of indexes, too deep")
bomb = Layout("bomb"); d = bomb.image([BASE], **platform("arm64"))
for _ in range(3): d = bomb.blob(bomb.index(*[d] * 300), OCI + "index.v1+json")
bomb.done(d); refuse("bomb", 3, "too many descriptors")

# Tricks with paths, in the layers themselves.
spoiled("up", 3, "an unsafe name", [BASE, tar(("../evil", b"x"))])
spoiled("up-inside", 3, "an unsafe name", [BASE, tar(("bin/../../evil", b"x"))])
spoiled("link-out", 3, "an unsafe name", [BASE, tar(("l", (LINK, "../../etc/passwd")))])
spoiled("link-absolute", 3, "no such file stands before it", [BASE, tar(("l", (LINK, "/etc/passwd")))])
spoiled("link-gone", 3, "no such file stands before it", [BASE, tar((".wh.one", b""), ("l", (LINK, "one")))])
spoiled("loop", 3, "too many symbolic links on the way", [tar(("a", (SYM, "b")), ("b", (SYM, "a"))), tar(("a/x", b"x"))])
spoiled("below-file", 4, "what it should lie in is not a directory", [BASE, tar(("kept/x", b"x"))])
spoiled("whiteout-up", 3, "a whiteout that names nothing", [BASE, tar(("dir/.wh...", b""))])
spoiled("whiteout-empty", 3, "a whiteout that names nothing", [BASE, tar(("dir/.wh.", b""))])
spoiled("no-tar", 3, "Unrecognized archive format", [BASE, b"no tar" * 300])
# Written through links that lead out: they stay inside.
inside = Layout("inside"); inside.done(inside.image([BASE, tar(("out", (SYM, "/../../../var")), ("rel", (SYM, "../../../../../tmp"))), tar(("out/x", b"x"), ("rel/y", b"y"), ("lib/../../z", b"z") if 0 else ("lib/z", b"z"))]))

docker("docker-flipped.tar", ["a/layer.tar", "e/layer.tar", "c/layer.tar"], files=[*old, ("e/layer.tar", SECOND.replace(b"now a file", b"now a FILE"))])
refuse("docker-flipped.tar", 3, "is damaged: unpacked its SHA-256 is")
docker("docker-config.tar", ["a/layer.tar"], config=conf, files=old, called="0" * 64 + ".json"); refuse("docker-config.tar", 3, "is damaged")
docker("docker-out.tar", ["../../etc/passwd", "x", "y"], files=old); refuse("docker-out.tar", 3, "../../etc/passwd: is not in it")
docker("docker-link-out.tar", ["a/layer.tar", "b/layer.tar", "c/layer.tar"], files=old, links=[("b/layer.tar", "/etc/passwd")]); refuse("docker-link-out.tar", 3, "b/layer.tar: is not in it")
docker("docker-several.tar", ["a/layer.tar"], files=old, more=[{"Config": "x", "RepoTags": ["other:3"], "Layers": []}]); refuse("docker-several.tar", 2, "several images (app:1, other:3)")
docker("docker-number.tar", ["a/layer.tar", 3, 4], files=old); refuse("docker-number.tar", 3, "that is no path")
docker("docker-none.tar", None, files=old); refuse("docker-none.tar", 3, "an image without layers")
archive("docker-empty.tar", [("manifest.json", b"[]"), ("repositories", b"{}")]); refuse("docker-empty.tar", 3, "names no image")
archive("docker-json.tar", [("manifest.json", b"[{"), ("repositories", b"{}")]); refuse("docker-json.tar", 3, "manifest.json: line 1:")
