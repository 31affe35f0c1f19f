#!/usr/bin/env python3
"""Verifies an Exhibit bundle independently of `exhibit`: written from docs/format.md alone, whose sections it names.
Needs Python 3.11, zstd, ssh-keygen and openssl. Payload streams through; the bundle's records go to a scratch folder.
Exit codes: 0 and 10 to 15 as in README.md, 64 for wrong usage; of several the first of 15 11 12 13 14."""
import argparse, base64, datetime, hashlib, hmac, json, os, re, resource, stat, struct, subprocess, sys, tempfile, zlib
from dataclasses import make_dataclass
from functools import reduce
BLOCK, PIECE, SMALL, LINE, FIRST = 512, 1 << 18, 1 << 20, 16 << 20, "0" * 64
LAYERS = {11: "integrity", 12: "completeness", 13: "identity", 14: "time", 15: "format"}
ENVIRONMENT = {n: os.environ[n] for n in ("PATH", "HOME") if n in os.environ} | {"LC_ALL": "C", "TZ": "UTC"}
SOURCES, STATES = "api node in-container local".split(), "ok empty partial timeout denied missing error skipped".split()
TIME = re.compile("[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-6][0-9][.][0-9]{9}Z").fullmatch
HEX32 = re.compile("[0-9a-f]{32}").fullmatch
LIST_LINE = re.compile(rb"(?P<sha>[0-9a-f]{64})  (?P<path>[!-~]+)").fullmatch
INDEX_LINE = re.compile(
    rb'(?P<metadata>\{"path":"(?P<path>[ !#-\[\]-~]+)","media":"[ !#-\[\]-~]*","segments":"(?P<segments>lines|whole)",'
    rb'"attempt":(?P<attempt>N)),"count":(?P<count>N),"root":"(?P<root>X)","sha256":"(?P<sha>X)","size":(?P<size>N),'
    rb'"offset":(?P<offset>N)\}'.replace(b"N)", rb"0|[1-9][0-9]{0,18})").replace(b"X)", rb"[0-9a-f]{64})")).fullmatch
INFO = "".join(f"({label}: (?!\\s)[^§]*[^§\\s]\n)?" for label in (
    "Source-Organization Contact-Name External-Description External-Identifier Internal-Sender-Identifier "
    "Internal-Sender-Description Bag-Software-Agent Bagging-Date").split())
INFO = INFO.replace("§", "\0-\x1f\x7f-\x9f\u2028\u2029\ufffd")  # section 4.5: not allowed in a value
# Section 1, the order of the archive: a file's place is the number of its pattern.
PLACES = [re.compile(pattern.replace(".", "[.]").replace("[.]+", ".+"), re.A).fullmatch for pattern in (
    r"bagit.txt meta/bundle.json meta/bundle.json.sig meta/salts origin/(seal.sha256|statement.json|merkle-root.txt|"
    r"sig/.+) data/version data/.+|meta/definitions/[^/]+|origin/files/.+|meta/checkpoints/\d{6}.(jsonl|sig) "
    r"meta/recovery.json origin/disclosure.jsonl meta/ledger.jsonl meta/custody.jsonl meta/index.jsonl "
    r"manifest-sha256.txt bag-info.txt meta/merkle-root.txt meta/statement.json tagmanifest-sha256.txt seal.sha256 "
    r"sig/seal.[1-9]\d{0,5}.(ssh.sig|cms.p7s|tsr|tsa.pem) sig/manifest-sha256.txt records/\d{6}.json "
    r"records/manifest-sha256.txt").split()]
REQUIRED = [PLACES[n].__self__.pattern.replace("[.]", ".") for n in (0, 1, 2, 3, 5, *range(9, 14), 16, 14, 15, 17, 19)]
Entry = make_dataclass("Entry", "path number offset place leaf leaves".split() + [
    ("size", int, 0), ("sha", bytes, b""), ("attempt", int, 0), ("root", bytes, b""), ("count", int, 0)], slots=True)

class Stop(Exception): "Nothing behind this point can be judged: exit code, path, what was found."
class Bad(Exception): "One file is not as it must be; the others can still be judged."
def demand(condition, what, code=None, path=""):
    if not condition: raise Stop(code, path, what) if code else Bad(what)
def H(*parts): return hashlib.sha256(b"".join(parts)).digest()
def unix(text, form): return int(datetime.datetime.strptime(text + "+0000", form + "%z").timestamp())
class Findings(list):  # exit code, layer, path, what is wrong; each once, and after a thousand only the first of a code
    def add(self, code, path, what, layer=None):
        new = (code, layer or LAYERS[abs(code)], path[:1200], what[:1200])
        if len(self) < 1000 and new not in self or all(code != old[0] for old in self): self.append(new)
def run(argv, **source):  # without a shell, with bounded time and output; whether it said yes, and what it printed
    with tempfile.TemporaryFile() as output:
        code = subprocess.run(argv, stdout=output, stderr=subprocess.STDOUT, env=ENVIRONMENT, timeout=300, **source,
                              preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (LINE, LINE))).returncode
        return code == 0, os.pread(output.fileno(), SMALL, 0)

class TarFile:
    """9.1: the tar stream, then the locator and zeros. Gives the stream in pieces; compares what follows it."""
    MARK, TAIL = b"EXHIBIT-LOCATOR1", BLOCK  # what a file that is not cut has, so many bytes before its end
    def __init__(self, file):
        self.file, self.size, self.whole = file, os.fstat(file.fileno()).st_size, False
        self.whole = self.size >= self.TAIL and self.bytes(self.size - self.TAIL, len(self.MARK)) == self.MARK
    def bytes(self, at, length):
        piece = os.pread(self.file.fileno(), length, at)
        demand(len(piece) == length, f"the file is {'damaged' if self.whole else 'cut'}", 11 if self.whole else 12)
        return piece
    def pieces(self): return iter(lambda: self.file.read(PIECE), b"")
    def finish(self, tape, locator): self.same(bytes(tape.piece) + next(tape.pieces, b""), locator.ljust(BLOCK, b"\0"))
    def same(self, rest, tail):
        demand(len(rest) >= len(tail) or not tail.startswith(rest), "the file is cut behind the tar stream", 12)
        demand(rest == tail, "what follows the tar stream is not what must")

class ZstdFile(TarFile):
    """9.2: frames, the locator and the seek table in skippable frames. The program zstd does the decompression."""
    MARK, TAIL = b"\xb1\xea\x92\x8f", 4
    def pieces(self):
        rows, self.at = bytearray(), 0
        while os.pread(self.file.fileno(), 4, self.at) == b"\x28\xb5\x2f\xfd" and len(rows) < 8 << 22:
            size, content = self.frame(self.at, len(rows) // 8 + 1)
            rows[len(rows):], self.at = struct.pack("<II", size, content), self.at + size
        self.table = struct.pack("<II", 0x184D2A5E, len(rows) + 17) + rows
        self.table += struct.pack("<IIIB", 72, 0, len(rows) // 8 + 1, 0) + self.MARK
        with subprocess.Popen(["zstd", "-dcq"], stdin=self.file, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                              env=ENVIRONMENT) as process:
            for number, (_, left) in enumerate(struct.iter_unpack("<II", rows), 1):
                while left:
                    piece = process.stdout.read1(min(left, PIECE))
                    demand(piece, f"frame {number} is damaged", 11)
                    left -= len(piece)
                    yield piece
            demand(not process.stdout.read(1) and process.wait() == 0, "the last frame is damaged, or the file is cut",
                   11 if self.whole or self.size >= self.at + 72 + len(self.table) else 12)
    def frame(self, at, number):  # its size and that of its content, by its header and the headers of its blocks
        descriptor = self.bytes(at + 4, 1)[0]
        flag, end, last = descriptor >> 6, at + 5 + (1 << (descriptor >> 6)), 0
        content = int.from_bytes(self.bytes(at + 5, 1 << flag), "little") + (256 if flag == 1 else 0)
        demand(descriptor & 63 == 0x24 and (1, 256, 65792, 1 << 64)[flag] <= content <= 8 << 20,
               f"frame {number} has a header that is not allowed", 11)
        while not last:
            block = int.from_bytes(self.bytes(end, 3), "little")
            last, kind, length = block & 1, block >> 1 & 3, block >> 3
            end += 3 + (1 if kind == 1 else length)
            demand(kind < 3 and length <= 1 << 17 and end + 4 - at <= 9 << 20, f"frame {number} is damaged", 11)
        return end + len(self.bytes(end, 4)) - at, content
    def finish(self, tape, locator):
        demand(not tape.piece and not next(tape.pieces, b""), "there are bytes behind the end of the tar stream", 11)
        tail = struct.pack("<II", 0x184D2A5D, 64) + locator + self.table
        self.same(os.pread(self.file.fileno(), len(tail) + 1, self.at), tail)

class BGZFFile(TarFile):
    """9.3: gzip members, then the table and the locator in members of one stored block each, then the end mark."""
    HEAD = bytes.fromhex("1f8b08040000000000ff060042430200")
    MARK, TAIL = HEAD + bytes.fromhex("1b0003000000000000000000"), 28
    def pieces(self):
        at, self.rows, self.members, self.length = 0, [], 0, 0
        while (member := self.bytes(at, int.from_bytes(self.bytes(at, 18)[16:], "little") + 1)) != self.MARK:
            inflate = zlib.decompressobj(-15)
            content = inflate.decompress(member[18:-8], 65537)
            demand(member[:16] == self.HEAD and 0 < len(content) <= 65536 and inflate.eof and not inflate.unused_data
                   and member[-8:] == struct.pack("<II", zlib.crc32(content), len(content)),
                   f"the member at byte {at} is damaged, empty or of a kind not allowed", 11)
            if self.members % 64 == 0: self.rows.append(struct.pack("<QQ", at, self.length))
            self.stored = member[18] == 1 and len(member) == 18 + 5 + len(content) + 8
            self.members, self.length, at = self.members + 1, self.length + len(content), at + len(member)
            yield content
        demand(at + 28 == self.size, "there are bytes behind the end mark", 11)
    def finish(self, tape, locator):
        demand(not tape.piece, "the tar stream does not end with a member", 11)
        parts, table = [], b"".join(self.rows)
        tail = locator + struct.pack("<QQ", self.length, len(self.rows)) + b"EXHBGZF1"
        for content in tape.pieces:
            parts.append(content)
            demand(self.stored and len(parts) <= len(table) + 1, "there is more than table and locator at the end", 11)
        self.same(b"".join(parts), table + tail)
        demand(parts[-1] == tail, "the locator is not in a member of its own")

class Tape:
    """The tar stream, read forward; `at` is the offset of the next byte."""
    def __init__(self, pieces): self.pieces, self.piece, self.at, self.started = pieces, memoryview(b""), 0, None
    def content(self, length):
        while length:
            self.piece = self.piece or memoryview(next(self.pieces, b""))
            demand(self.piece, "the tar stream is cut", 12)
            part, self.piece = self.piece[:length], self.piece[length:]
            self.at, length = self.at + len(part), length - len(part)
            yield part
    def exactly(self, length): return b"".join(self.content(length))

# The strict tar profile, section 2: header bytes are a function of full path, size and the run's start.
def header(name, size, kind, started):
    block = bytearray(name[:100].ljust(100, b"\0") + b"0000644\0" + b"0000000\0" * 2
                      + b"%011o\0%011o\0" % (size if size < 8 << 30 else 0, started) + b" " * 8 + kind + bytes(100)
                      + b"ustar\x0000" + bytes(64) + b"0000000\0" * 2 + bytes(167))
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)
def headers(name, size, started):
    records = b""
    for body in [b" path=%s\n" % name] * (len(name) > 100) + [b" size=%d\n" % size] * (size >= 8 << 30):
        records += next(text for length in range(2000) if len(text := b"%d%s" % (length, body)) == length)
    pax = header(b"PaxHeader", len(records), b"x", started) + records + bytes(-len(records) % BLOCK)
    return pax * bool(records) + header(name, size, b"0", started)
def octal(field):
    demand(re.fullmatch(rb"[0-7]{11}\0", field), "a tar header has no right number", 11)
    return int(field[:11], 8)
def members(tape, findings):  # full path, offset, content; headers are read leniently, then compared
    while (raw := tape.exactly(BLOCK)) != bytes(BLOCK):
        offset, block, records = tape.at - BLOCK, raw, None
        if raw[156:157] == b"x":
            length = octal(raw[124:136])
            demand(length <= 2048, f"the PAX header at {offset} is too long", 11)
            raw += (text := tape.exactly(length + -length % BLOCK)) + (block := tape.exactly(BLOCK))
            records = re.fullmatch(rb"(?:\d+ path=([^\n\0]*)\n)?(?:\d+ size=(\d{1,17})\n)?", text[:length])
            demand(records, f"the PAX header at {offset} has other records than path and size", 11)
        name = records and records[1] or block[:100].split(b"\0")[0]
        full, size = name.decode("latin-1"), int(records[2]) if records and records[2] else octal(block[124:136])
        demand(block[156:157] == b"0", f"the entry at {offset} is no regular file", 11, full)
        tape.started = tape.started or octal(raw[136:148])
        if headers(name, size, tape.started) != raw: findings.add(11, full, "has a header that is not the right one")
        yield full, offset, (content := tape.content(size))
        for _ in content: pass
        if tape.exactly(-size % BLOCK).strip(b"\0"): findings.add(11, full, "has padding that is not zeros")
    demand(tape.exactly(BLOCK) == bytes(BLOCK), "the tar stream has a single block of zeros", 11)

def files(root, findings):  # the same from the unpacked folder, in the order of the archive; without offsets
    found, offsets, order = set(), {}, {}
    for folder, folders, names in os.walk(root):
        for name in folders + names:
            mode, path = os.lstat(os.path.join(folder, name)).st_mode, os.path.relpath(os.path.join(folder, name), root)
            if stat.S_ISREG(mode): found.add(path)
            elif not stat.S_ISDIR(mode): findings.add(11, path, "is no regular file")
    demand("bagit.txt" in found or "meta/bundle.json" in found, "it is no bundle: there is no bagit.txt", 15)
    def content(path):
        if path not in found: return
        with open(os.path.join(root, path), "rb") as file: yield from iter(lambda: file.read(PIECE), b"")
    try:
        for match in filter(None, map(INDEX_LINE, lines(content("meta/index.jsonl"), 4096))):
            offsets[match["path"].decode()] = int(match["offset"])
        for path in filter(re.compile(r"meta/checkpoints/[0-9]{6}\.jsonl").fullmatch, found):
            head = parse(next(lines(content(path), LINE), b""), "offset:int")
            offsets[path] = offsets[path[:-5] + "sig"] = head["offset"]
        for line in lines(content("sig/manifest-sha256.txt"), 4096): order[line[66:].decode("latin-1")] = len(order)
    except Bad: pass  # whoever checks that file will say so
    for path in sorted(found, key=lambda path: (place(path), offsets.get(path, 1 << 63), order.get(path, 0), path)):
        yield "/" + path, None, content(path)
def place(path): return next((number for number, matches in enumerate(PLACES) if matches(path)), len(PLACES))
def bad_name(path, limit):  # section 2.1: every component is in the one form that escaping gives, marks apart
    for component in path.split("/"):
        bare = re.sub("=~[0-9a-f]{16}", "", component)
        source = re.sub("=([0-9A-F]{2})", lambda digits: chr(int(digits[1], 16)), bare)
        escaped = re.sub("[^!#$&()+,.0-9:;@A-Z^_a-z{}~\\[\\]-]", lambda byte: f"={ord(byte[0]):02X}", source)
        if source in (".", ".."): escaped = "=2E" + source[1:]
        if escaped != bare or component in ("", ".", "..") or len(component) > 255 or len(path) > limit: return True

# Text of the records, section 4.
def lines(pieces, limit):  # without their LF
    held = bytearray()
    for piece in pieces:
        held += piece
        *whole, held = held.split(b"\n") if b"\n" in bytes(piece) else [held]
        demand(max(map(len, [*whole, held])) <= limit, "has too long a line")
        yield from map(bytes, whole)
    demand(not held, "does not end with a LF")
def parse(text, shape):  # a JSON line: one object with these members in this order, and no white space outside strings
    def unique(pairs): return dict(pairs) if len(dict(pairs)) == len(pairs) else int("duplicate")
    def whole(digits): return int(digits) if -(1 << 63) <= int(digits) < 1 << 63 else int("too big")
    try: value = dict(json.loads(text.decode(), object_pairs_hook=unique, parse_int=whole, parse_constant=int).items())
    except (ValueError, AttributeError, RecursionError):
        raise Bad("is not a JSON object, or has duplicate members or big integers") from None
    members = dict(member.split(":") for member in shape.split())
    for name, kind in members.items():  # what ends with a question mark may be absent
        good = type(value.get(name)).__name__ == kind.rstrip("?") or kind[-1] == "?" and name not in value
        demand(good, f"has no right {name}")
    order = [name for name in value if name in members] == [name for name in members if name in value]
    demand(order and not re.search(rb"[ \t\r\n]", re.sub(rb'"(?:[^"\\]++|\\.)*+"', b"", text)),
           "has members in another order, or white space")
    return value

# The tree, section 6.
class Tree:
    """A Merkle tree in the shape of RFC 6962 that grows by leaves and keeps the roots of its full subtrees."""
    def __init__(self): self.stack, self.count = [], 0
    def add(self, leaf):
        count, self.count = self.count, self.count + 1
        while count & 1: leaf, count = H(b"\1", self.stack.pop(), leaf), count >> 1
        self.stack.append(leaf)
    def root(self): return reduce(lambda right, left: H(b"\1", left, right), (self.stack or [H()])[::-1])
class Segments(Tree):
    """The content root of an entry that is cut into lines, from its pieces."""
    def __init__(self, entry_key):
        super().__init__()
        self.rest, self.key = bytearray(), H(b"\4", entry_key, b"C")
    def salt(self): return reduce(lambda k, hex: H(b"\4", k, bytes([int(hex, 16)])), f"{self.count:08x}", self.key)
    def feed(self, piece):
        self.rest += piece
        begin = 0
        while (end := self.rest.find(b"\n", begin + 1023, begin + 65536) + 1 or begin + 65536) <= len(self.rest):
            self.add(H(b"\0", self.salt(), self.rest[begin:end]))
            begin = end
        del self.rest[:begin]
    def close(self):
        if self.rest or not self.count: self.add(H(b"\0", self.salt(), self.rest))
        return self.root(), self.count

# Signatures, section 8.2. What the one encoding is, is decided here; whether they are valid, by ssh-keygen and openssl.
def unbase64(text):
    data = base64.b64decode(text + b"==")  # too much padding does no harm: the result is compared
    demand(base64.b64encode(data) == text, "is not in the one base64")
    return data
def strings(data, count):
    found = []
    while data and len(found) < count:
        length = int.from_bytes(data[:4], "big")
        found, data = [*found, data[4:4 + length]], data[4 + length:] if len(data) >= 4 + length else b"?"
    demand(len(found) == count and not data, "is not one canonical SSH signature")
    return found
def ssh_key(text, namespace):  # the public key in a signature that is in its one encoding: ssh-keygen takes others, too
    body = re.fullmatch(rb"-----BEGIN SSH SIGNATURE-----\n((?:.{70}\n)*.{1,70})\n-----END SSH SIGNATURE-----\n", text)
    demand(body, "is not in the one armour")
    blob = unbase64(body[1].replace(b"\n", b""))
    key, space, reserved, digest, signature = strings(blob[10:], 5)
    kind = key[4:4 + int.from_bytes(key[:4], "big")]
    algorithm, value = strings(signature[:-5] if kind.startswith(b"sk-") else signature, 2)  # flags and counter follow
    good = blob[:10] == b"SSHSIG\0\0\0\1" and not reserved and digest == b"sha512" and space == namespace.encode()
    if kind == b"ssh-rsa":
        good &= algorithm in (b"rsa-sha2-256", b"rsa-sha2-512") and len(value) == len(strings(key, 3)[2].lstrip(b"\0"))
    elif re.fullmatch(rb"(sk-)?ecdsa-sha2-nistp(256|384|521)(@openssh\.com)?", kind):
        numbers = [(number, int.from_bytes(number, "big")) for number in strings(value, 2)]
        good &= all(text == number.to_bytes(number.bit_length() // 8 + 1, "big") for text, number in numbers)
    else:
        demand(kind in (b"ssh-ed25519", b"sk-ssh-ed25519@openssh.com"), "is by a key of a type that is not known here")
        order = (1 << 252) + 27742317777372353535851937790883648493
        good &= len(value) == 64 and int.from_bytes(value[32:], "little") < order
    demand(good and (kind == algorithm or kind == b"ssh-rsa"), f"is not one canonical SSH signature for {namespace}")
    return key

class Bundle:
    """The checks of section 8.3. First every entry is taken, in the order of the archive; then all are judged."""
    def __init__(self, findings, options, scratch, tape):
        self.add, self.options, self.scratch, self.tape = findings.add, options, scratch, tape
        self.sidecar = options.bundle.rstrip("/") + ".attest"
        self.entries, self.folders, self.folder, self.seed, self.root = {}, set(), None, b"", None
        self.place, self.leaves, self.room, self.number, self.told, self.previous = 0, 0, 16 << 30, 0, 0, FIRST
        self.anchors, self.notes, self.time, self.seal_id, self.sealed = [], [], None, None, "1970-01-01T00:00:00"
    def take(self, full, offset, content):
        folder, _, path = full.partition("/")
        demand(self.folder is not None or path == "bagit.txt" or offset is None, "it does not begin with bagit.txt", 15)
        folded, number = path if path == path.lower() else path.lower(), place(path)
        self.folder = folder if self.folder is None else self.folder
        above = [folded[:slash.start()] for slash in re.finditer("/", folded)]
        taken = folded in self.folders or any(name in self.entries for name in [folded, *above])
        for wrong, what in ((bad_name(path, 1000), "is not a path that is allowed"), (taken, "is not unique"),
                            (folder != self.folder, "is not in the folder"), (number == len(PLACES), "has no place")):
            if wrong: return self.add(11, path, what)
        if number < self.place: self.add(11, path, "is at the wrong place")
        leaf = 4 <= number <= 10 and path[:17] != "meta/checkpoints/" or number == 1
        self.place, self.leaves = max(self.place, number), self.leaves + leaf
        entry = self.entries[folded] = Entry(path, len(self.entries), offset, number, leaf, self.leaves)
        self.folders.update(above)
        digest, segments = hashlib.sha256(), Segments(self.key(path)) if self.options.deep and leaf else None
        with open(os.devnull if number == 6 and path[:5] == "data/" else self.copy(entry), "wb") as copy:
            for piece in content:
                digest.update(piece)
                entry.size += copy.write(piece)
                self.room -= len(piece) if copy.name != os.devnull else 0
                demand(self.room > 0, "it has bigger records than can be checked here", 15)
                if segments: segments.feed(piece)
        entry.sha = digest.digest()
        if segments: entry.root, entry.count = segments.close()
        if number == 3 and re.fullmatch("[0-9a-f]{64}\n", self.text(path)): self.seed = bytes.fromhex(self.text(path))
    def copy(self, entry): return os.path.join(self.scratch, str(entry.number))
    def key(self, path): return hmac.digest(self.seed, b"exhibit-entry-v1\0" + path.encode(), "sha256")
    def data(self, path):  # nothing if it is missing; and of too big a file the beginning, which is never right
        if path not in self.entries: return b""
        with open(self.copy(self.entries[path]), "rb") as file: return file.read(SMALL + 1)
    def text(self, path): return self.data(path).decode(errors="replace")
    def rows(self, path, limit):
        if path not in self.entries and path != self.sidecar: return
        with open(self.copy(self.entries[path]) if path in self.entries else path, "rb") as file:
            yield from lines(iter(lambda: file.read(PIECE), b""), limit)
    def judge(self):
        demand(REQUIRED[1] in self.entries, "is missing", 15 if self.folder is None else 12, REQUIRED[1])
        try: self.open(self.data(REQUIRED[1]))
        except Bad as bad: raise Stop(11, REQUIRED[1], str(bad)) from None
        entries, records = list(self.entries.values()), any(path[:8] == "records/" for path in self.entries)
        for path in REQUIRED + ["records/manifest-sha256.txt"] * records:
            if path not in self.entries: self.add(12, path, "is missing")
        self.roots = {entry.leaves: None for entry in entries if entry.path[:17] == "meta/checkpoints/"}
        self.sources = {"index": (line.partition(b',"count":')[0] + b"}" for line in self.rows(REQUIRED[7], 4096)),
                        "ledger": self.rows(REQUIRED[5], LINE), "custody": self.rows(REQUIRED[6], LINE)}
        checks = self.ledger, self.custody, self.index, self.checkpoint, *[self.listing] * 4
        for number, check in zip((9, 10, 11, 6, 12, 16, 19, 21), checks):
            for entry in [entry for entry in entries if entry.place == number and (number != 6 or not entry.leaf)]:
                try: check(entry)
                except Bad as bad: self.add(-11 if number == 6 else 11, entry.path, str(bad))
        self.texts([entry.size for entry in entries if entry.path[:5] == "data/"])
        if "seal.sha256" in self.entries: self.seal(self.data("seal.sha256"))
        if not self.tape: self.notes.append("a folder has no tar headers, offsets and container to check")
        if any(e.place in (4, 8) for e in entries): self.notes.append("what is said of the original was not checked")
    def open(self, text):
        opening = parse(text[:-1], "format:str version:int critical:list bundle:str folder:str started:dict case:dict? "
                        "tool:dict targets:list profile:str touch:str secrets:str limits:dict key:dict")
        good = [opening["format"], opening["version"], opening["critical"]] == ["exhibit-bundle", 1, []]
        demand(good, "it is of another format or version, or has critical extensions", 15)
        self.id, folder, start, self.tool, key = (opening[n] for n in ("bundle", "folder", "started", "tool", "key"))
        demand("/" not in folder and not bad_name(folder, 128) and self.folder in (folder, ""), "names another folder")
        demand(not self.tape or self.tape.started == start.get("unix"), "names another start than the tar headers")
        public = re.fullmatch("[a-z0-9@.-]+ ([A-Za-z0-9+/=]+)( .*)?", str(key.get("public")))
        demand(public and key.get("purpose") == "run" and HEX32(self.id) and text[-2:] == b"}\n", "has no right key")
        self.run_key = unbase64(public[1].encode())
    def ledger(self, entry):
        attempts = set()
        for line in self.rows(entry.path, LINE):
            value = parse(line, "attempt:int collector:str step:str target:dict source:str state:str reason:dict? "
                          "entries:list bytes:int volatility:int started:str ended:str monotonic:list")
            attempt, state = value["attempt"], value["state"]
            if attempt in attempts: self.add(12, entry.path, f"attempt {attempt} is not unique")
            demand(value["source"] in SOURCES and state in STATES and ("reason" in value) != (state in ("ok", "empty"))
                   and TIME(value["started"]) and TIME(value["ended"]) and attempt > 0 and value["bytes"] >= 0
                   and all(type(v) is str for v in value["target"].values()), f"attempt {attempt} has no right members")
            attempts.add(attempt)
            for path in map(str, value["entries"]):
                made = self.entries.get(path.lower())
                if not made or made.path != path: self.add(12, path, "is missing")
                elif made.attempt: self.add(12, path, f"is claimed by attempts {made.attempt} and {attempt}")
                else: made.attempt = attempt
        if max(attempts, default=0) != len(attempts): self.add(12, entry.path, "lacks attempts")
    def custody(self, entry):
        previous, action = FIRST, None
        for number, line in enumerate(self.rows(entry.path, SMALL), 1):
            value = parse(line, "n:int previous:str time:str monotonic:int action:str target:dict detail:dict "
                          "attempt:int nonce:str")
            demand(TIME(value["time"]) and HEX32(value["nonce"]), f"line {number}: a member is not right")
            action, self.sealed = value["action"], value["time"]
            if [value["n"], value["previous"], action == "opened"] != [number, previous, number == 1]:
                self.add(12, entry.path, f"line {number} breaks the chain")
            previous = H(line).hex()
        if action != "closed": self.add(12, entry.path, "does not end with closed")
    def ticked(self, listing, pattern, belongs):  # a list's lines and files: in the archive's order, none left out
        expected, last = (entry for entry in self.entries.values() if belongs(entry)), -1
        upcoming = next(expected, None)
        for match in map(pattern, self.rows(listing, 4096)):
            demand(match, "has a line that is not in its one form")
            entry = self.entries.get((path := match["path"].decode()).lower())
            if not entry or entry.path != path: entry = self.add(12, path, "is missing")
            elif entry.number <= last or not belongs(entry): entry = self.add(11, path, f"is misplaced in {listing}")
            while entry and upcoming is not entry:
                self.add(11, upcoming.path, f"is not in {listing}")
                upcoming = next(expected)
            if entry: last, upcoming = entry.number, next(expected, None)
            yield entry, match
        for entry in [upcoming, *expected] if upcoming else (): self.add(11, entry.path, f"is not in {listing}")
    def listing(self, entry):
        must = re.compile({12: "data/", 16: "(?!data/)", 19: "sig/", 21: "records/"}[entry.place]).match
        for other, match in self.ticked(entry.path, LIST_LINE, lambda e: e.number < entry.number and must(e.path)):
            if other and other.sha.hex() != match["sha"].decode(): self.add(11, other.path, f"differs in {entry.path}")
    def index(self, entry):
        tree, drift, deep = Tree(), 0, self.options.deep
        for other, match in self.ticked(entry.path, INDEX_LINE, lambda other: other.leaf):
            key, whole, metadata = self.key(match["path"].decode()), match["segments"] == b"whole", match["metadata"]
            attempt, count, size, offset = (int(match[name]) for name in ("attempt", "count", "size", "offset"))
            sha, root = (bytes.fromhex(match[name].decode()) for name in ("sha", "root"))
            tree.add(H(b"\2", H(b"\3", H(b"\4", key, b"M"), metadata, b"}"), count.to_bytes(8, "big"), root))
            if tree.count in self.roots: self.roots[tree.count] = tree.root().hex()
            if not other: continue
            if deep and (whole or other.place == 1):  # meta/bundle.json came before the salts
                segments = Segments(key)
                if not whole: segments.feed(self.data(other.path))
                other.root, other.count = (H(b"\0", segments.salt(), other.sha), 1) if whole else segments.close()
            drift, before = (other.offset or offset) - offset, drift
            for code, wrong, what in (
                    (11, (other.sha, other.size) != (sha, size), "digest or size"), (11, whole and count != 1, "count"),
                    (11, deep and (other.root, other.count) != (root, count), "content root"),
                    (-11, drift != before, "offset"), (12, other.attempt != attempt, f"attempt than {other.attempt}")):
                if wrong: self.add(code, other.path, f"has another {what} in the index")
        self.leaves, self.root = tree.count, tree.root().hex()
    def checkpoint(self, entry):
        name, self.number = entry.path[17:23], self.number + (entry.path[24:] == "jsonl")
        source, signature = self.rows(entry.path, LINE), self.entries.get(f"meta/checkpoints/{name}.sig")
        if entry is signature: return demand(int(name) == self.number, "is over nothing")
        previous, self.previous = self.previous, entry.sha.hex()
        head = parse(next(source, b""), "checkpoint:int bundle:str previous:str offset:int leaves:int root:str "
                     "time:str monotonic:int spools:list index:int ledger:int custody:int")
        for kind, found in self.sources.items():
            for _ in range(head[kind]): demand(next(source, None) == next(found, ...), f"differs from the {kind}")
        self.told += head["index"]
        demand(next(source, None) is None and self.told == entry.leaves, "has not one line for each so far")
        right = [self.number, self.id, previous, entry.offset or head["offset"], entry.leaves, self.roots[entry.leaves]]
        demand([head[name] for name in ("checkpoint", "bundle", "previous", "offset", "leaves", "root")] == right
               and int(name) == self.number, "breaks the chain, or has another Merkle root")
        demand(signature and signature.number == entry.number + 1, "has no signature behind it")
        key = self.ssh(self.data(signature.path), self.copy(entry), "exhibit-checkpoint@v1")[0]
        demand(key == self.run_key, "is not signed by the run's key")
    def texts(self, sizes):  # those that follow from the rest
        seal = "".join(f"{getattr(self.entries.get(path), 'sha', b'').hex()}  {path}\n" for path in REQUIRED[10:13])
        statement = f'{{"type":"exhibit-seal-v1","bundle":"{self.id}","root":"{self.root}","leaves":{self.leaves}}}\n'
        right = {"bagit.txt": "BagIt-Version: 1[.]0\nTag-File-Character-Encoding: UTF-8\n",
                 "meta/salts": "[0-9a-f]{64}\n", "data/version": re.escape(f"exhibit\n{self.tool.get('version')}\n"),
                 "bag-info.txt": f"{INFO}Bag-Group-Identifier: {self.id}\nPayload-Oxum: {sum(sizes)}[.]{len(sizes)}\n",
                 "meta/merkle-root.txt": f"exhibit-merkle-v1 {self.leaves} {self.root}\n",
                 "meta/statement.json": re.escape(statement), "seal.sha256": re.escape(seal)}
        for path, pattern in right.items():
            if path in self.entries and not re.fullmatch(pattern, self.text(path)): self.add(-11, path, "is not right")
    # What ssh-keygen and openssl say, with the anchors from the command line. Content is a file.
    def write(self, name, data):
        with open(os.path.join(self.scratch, name), "wb") as file: file.write(data)
        return file.name
    def encoded(self, argv, data):  # the signature as a file, if openssl writes it back as it is
        signature, again = self.write("signature", data), self.write("again", b"")
        good = run([*argv, "-in", signature, "-out", again])[0]
        with open(again, "rb") as file: demand(good and file.read() == data, "is not in its one encoding")
        return signature
    def ssh(self, text, content, namespace):  # the key that signed, and who that is by the allowed signers
        key, tail, signers = ssh_key(text, namespace), ["-s", self.write("armour", text)], self.options.allowed_signers
        def said(*argv):
            with open(content, "rb") as data: return run(["ssh-keygen", "-Y", *argv, *tail], stdin=data)
        demand(said("check-novalidate", "-n", namespace)[0], "is not a valid signature")
        tail += ["-f", signers, "-Overify-time=" + re.sub("[-:T]", "", self.sealed[:19]) + "Z"] if signers else []
        names = said("find-principals")[1].decode(errors="replace").splitlines()[:64] if signers else []
        return key, next((name for name in names if said("verify", "-n", namespace, "-I", name)[0]), None)
    def cms(self, data, content, when):  # no key, and who signed by a chain to the given authority
        argv = ["-inform", "DER", "-in", self.encoded("openssl cms -cmsout -inform DER -outform DER".split(), data)]
        shown = re.search(rb"eContent: ?(.*)", run(["openssl", "cms", "-cmsout", "-noout", "-print", *argv])[1])
        demand(shown and shown[1] == b"<ABSENT>", "is not a detached signature")
        argv = ["openssl", "cms", "-verify", "-binary", *argv, "-out", os.devnull, "-content", content]
        demand(run([*argv, "-noverify"])[0], "is not a valid signature")
        when = when or unix(self.sealed[:19], "%Y-%m-%dT%H:%M:%S")
        argv += ["-no-CApath", "-no-CAstore", "-cades", "-purpose", "any", "-attime", str(when), "-CAfile"]
        return None, "a chain to the authority" if self.options.ca and run([*argv, self.options.ca])[0] else None
    def stamp(self, token, content, certificates):  # the time that it says, if its chain leads to the given authority
        response, ca = self.encoded("openssl ts -reply".split(), token), self.options.tsa_ca
        shown = re.findall(rb"^Time stamp: (.*)$", run(["openssl", "ts", "-reply", "-text", "-in", response])[1], re.M)
        demand(len(shown) == 1, "is not a time stamp")
        when = unix(re.sub(r"\.\d+", "", shown[0].decode(errors="replace")), "%b %d %H:%M:%S %Y GMT")
        argv = ["openssl", "ts", "-verify", "-in", response, "-data", content, "-attime", str(when)]
        untrusted = ["-untrusted", self.write("tsa.pem", certificates)] if certificates else []
        argv += [*untrusted, "-CAfile", ca] if ca else [*untrusted, "-partial_chain", "-CAfile", *untrusted[1:]]
        demand(not ca and not certificates or run(argv)[0], "is not a valid time stamp of this signature")
        return when if ca else None
    def attested(self, way, path, data, content, more, layer="integrity"):  # what it says; nothing if not valid
        try: return getattr(self, way)(data, self.write("content", content), more)
        except (Bad, ValueError) as bad: self.add(14 if way == "stamp" else 13, path, str(bad), layer)
    def seal(self, seal):
        self.seal_id, signers, sealers, groups, options = H(seal).hex(), [], [], {}, self.options
        for path in [entry.path for entry in self.entries.values() if entry.place == 18]:
            groups.setdefault(int(path.split(".")[1]), {})[path.split(".", 2)[2]] = path
        if not groups: self.add(12, "sig/seal.1.ssh.sig", "is missing: there is no signature")
        for number, (found, kinds) in enumerate(sorted(groups.items()), 1):
            path, stamp, pem = kinds.get("cms.p7s") or kinds.get("ssh.sig"), kinds.get("tsr"), kinds.get("tsa.pem")
            if found != number or not path or len(kinds) != 1 + bool(stamp) + bool(pem) or pem and not stamp:
                self.add(11, f"sig/seal.{found}", "is not a signature, perhaps with a time stamp and its certificates")
            if not path: continue
            when = stamp and self.attested("stamp", stamp, self.data(stamp), self.data(path), self.data(pem), "time")
            way, more = ("ssh", "exhibit-bundle@v1") if path.endswith("sig") else ("cms", when)
            key, who = self.attested(way, path, self.data(path), seal, more) or (None, None)
            self.time, sealers, signers = self.time or when, [*sealers, key], signers + [f"{path}: {who}"] * bool(who)
        if (options.allowed_signers or options.ca) and not signers: self.add(13, "sig", "has no allowed signature")
        if options.expect not in (None, self.seal_id): self.add(13, "seal.sha256", f"has the Seal ID {self.seal_id}")
        self.anchors, path = signers + ["the expected Seal ID"] * (options.expect == self.seal_id), REQUIRED[2]
        said = self.attested("ssh", path, self.data(path), self.data(REQUIRED[1]), "exhibit-open@v1", "identity")
        if said and not said[1] and said[0] not in (self.run_key, *sealers):
            self.add(13, path, "is by a key that is not the run's, did not seal, and is not allowed")
        self.records(seal)
    def records(self, seal):  # section 10: those that were folded in, then those of the sidecar
        texts, covered, room, where = [], 0, 64 << 20, "records"
        ways = {"signature": ("ssh", "cms"), "timestamp": ("stamp",), "custody": None, "note": None, "dismissal": None}
        paths = [e.path for e in self.entries.values() if e.place == 20] + [self.sidecar] * os.path.isfile(self.sidecar)
        try:
            for where, line in ((path, line) for path in paths for line in self.rows(path, LINE)):
                value = parse(line, "record:int seal:str previous:str nonce:str time:str kind:str by:str body:dict")
                number, room, self.sealed = len(texts) + 1, room - len(line), value["time"]  # signers are of then
                body, over = value["body"], value["body"].get("over")
                right, kind = [number, self.seal_id, H(texts[-1]).hex() if texts else FIRST], value["kind"]
                right = right == [value["record"], value["seal"], value["previous"]] and room > 0 and kind in ways
                right = right and TIME(value["time"]) and where in (self.sidecar, f"records/{number:06}.json")
                demand(right and HEX32(value["nonce"]), f"record {number} breaks the chain, or has no right members")
                texts.append(line)
                if not ways[kind]: continue
                way, content = body.get("type", "stamp"), self.data(over) if str(over)[:4] == "sig/" else b""
                if over == "seal": content = seal
                if type(over) is int and 0 < over < number: content = texts[over - 1]
                demand(content and way in ways[kind], f"record {number} is over nothing, or of an unknown type")
                data = unbase64(str(body.get("data", body.get("token"))).encode())
                more = ("exhibit-bundle@v1" if over == "seal" else "exhibit-record@v1") if way == "ssh" else None
                layer = "time" if way == "stamp" else "integrity"
                said = self.attested(way, f"{where}: record {number}", data, content, more, layer)
                if type(over) is int and (said if way == "stamp" else said and said[1]): covered = max(covered, over)
        except (Bad, ValueError) as bad: self.add(11, where, str(bad))
        if len(texts) > covered: self.notes.append(f"no checked signature or time covers records from {covered + 1} on")

def verify(options, findings, scratch):
    tape = container = None
    if not os.path.isdir(options.bundle):
        file = open(options.bundle, "rb", buffering=0, opener=lambda path, flags: os.open(path, flags | os.O_NONBLOCK))
        start = os.pread(file.fileno(), 22, 0)
        demand(start != b"age-encryption.org/v1\n", "it is encrypted: decrypt it first", 15)
        container = (ZstdFile if start[:4] == b"\x28\xb5\x2f\xfd" else
                     BGZFFile if start[:16] == BGZFFile.HEAD else TarFile)(file)
        tape = Tape(container.pieces())
    bundle = Bundle(findings, options, scratch, tape)
    try:
        for entry in members(tape, findings) if tape else files(options.bundle, findings): bundle.take(*entry)
        bundle.judge()
        index = bundle.entries.get("meta/index.jsonl", Entry("", 0, 0, 0, 0, 0))
        numbers = (index.offset, index.size, tape.at, bundle.leaves) if tape else ()
        if tape: container.finish(tape, struct.pack("<16s4Q16x", b"EXHIBIT-LOCATOR1", *numbers))
    except Bad as bad: findings.add(-11, "", str(bad))
    except (Stop, zlib.error) as error:
        code, path, what = error.args if len(error.args) == 3 else (11, "", "a member is damaged")
        if tape and bundle.folder is None and (code != 12 or type(container) is TarFile):  # is it a bundle at all?
            code = 11 if container.whole else 15
        raise Stop(code, path, what) from None
    return bundle

def main():
    parser = argparse.ArgumentParser(description="Verifies an Exhibit bundle: .tar, .tar.zst, .tar.gz or unpacked.")
    parser.add_argument("bundle", metavar="FILE_OR_FOLDER")
    for flag in ("--expect", "--allowed-signers", "--ca", "--tsa-ca"):
        parser.add_argument(flag, metavar="SEALID" if flag == "--expect" else "FILE")
    for flag in ("--deep", "--json"): parser.add_argument(flag, action="store_true")
    try:
        options = parser.parse_args()
        if not re.fullmatch("[0-9a-f]{64}", options.expect or FIRST): parser.error("--expect wants 64 hex digits")
        for file in filter(None, (options.allowed_signers, options.ca, options.tsa_ca)):
            if not os.access(file, os.R_OK): parser.error(f"cannot read {file}")
    except SystemExit as end: return 64 if end.code else 0
    findings, bundle = Findings(), None
    try:
        with tempfile.TemporaryDirectory() as scratch: bundle = verify(options, findings, scratch)
    except Stop as stop: findings.add(*stop.args)
    except (OSError, subprocess.SubprocessError) as error: findings.add(15, "", f"it cannot be read: {error}")
    except (ValueError, MemoryError, RecursionError) as error: findings.add(11, "", f"it cannot be judged: {error!r}")
    gap = any(what == "is missing" for *_, what in findings)  # then what follows from it is no sign of an alteration
    findings = [(12, LAYERS[12], *f[2:]) if f[0] < 0 and gap else (abs(f[0]), *f[1:]) for f in findings]
    codes, failed, anchors = {f[0] for f in findings}, {f[1] for f in findings}, bundle and bundle.anchors
    code = next((code for code in (15, 11, 12, 13, 14) if code in codes), 0 if anchors else 10)
    done = {"integrity": bundle, "completeness": bundle, "identity": anchors, "time": bundle and bundle.time}
    answer = {name: "failed" if name in failed else "passed" if good else "not checked" for name, good in done.items()}
    answer |= {"exitCode": code, "sealID": bundle and bundle.seal_id, "anchors": anchors or []}
    notes = (bundle.notes if bundle else []) + ["--deep would check segments, too"] * (not options.deep)
    listed = [dict(zip(("code", "layer", "path", "what"), finding)) for finding in findings]
    if options.json: print(json.dumps(answer | {"notes": notes, "findings": listed}))
    else: print(*(f"{name:13} {said}" for name, said in answer.items()), *(f"{'note':13} {note}" for note in notes), *(
        f"{name:13} {ascii(path)[1:-1] or '-'}: {ascii(what)[1:-1]}" for _, name, path, what in findings), sep="\n")
    return code
if __name__ == "__main__": sys.exit(main())
