#!/usr/bin/env python3
"""Verifies an Exhibit bundle independently of `exhibit`: written from docs/format.md alone, whose sections it names.
Needs Python 3.11, zstd, ssh-keygen and openssl. Payload streams through; the bundle's records go to a scratch folder.
Exit codes: 0 and 10 to 16 as in README.md, 64 for wrong usage. Not judged: encrypted bundles, revocation lists."""
import argparse, hashlib, hmac, json, os, re, stat, struct, subprocess, sys, tempfile, zlib
from dataclasses import make_dataclass
from functools import reduce
sys.dont_write_bytecode = True
from verifying.signers import (
    Bad, BLOCK, demand, ENVIRONMENT, FIRST, H, HEX32, LAYERS, LINE, lines, moment, parse, PIECE, Signers, SMALL,
    Stop, unbase64)

SOURCES, STATES = "api node in-container local".split(), "ok empty partial timeout denied missing error skipped".split()
LIST_LINE = re.compile(rb"(?P<sha>[0-9a-f]{64})  (?P<path>[!-~]+)").fullmatch
INDEX_LINE = re.compile(
    rb'(?P<metadata>\{"path":"(?P<path>[ !#-\[\]-~]+)","media":"[ !#-\[\]-~]*","segments":"(?P<segments>lines|whole)",'
    rb'"attempt":(?P<attempt>N)),"count":(?P<count>N),"root":"(?P<root>X)","sha256":"(?P<sha>X)","size":(?P<size>N),'
    rb'"offset":(?P<offset>N)\}'.replace(b"N)", rb"0|[1-9][0-9]{0,18})").replace(b"X)", rb"[0-9a-f]{64})")).fullmatch
INFO = "".join(f"({label}: (?!\\s)[^§]*[^§\\s]\n)?" for label in (
    "Source-Organization Contact-Name External-Description External-Identifier Internal-Sender-Identifier "
    "Internal-Sender-Description Bag-Software-Agent Bagging-Date").split())
INFO = INFO.replace("§", "\0-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff")  # section 4.5: not allowed in a value
# Section 1, the order of the archive: a file's place is the number of its pattern.
PLACES = [re.compile(pattern.replace(".", "[.]").replace("[.]+", ".+"), re.A).fullmatch for pattern in (
    r"bagit.txt meta/bundle.json meta/bundle.json.sig meta/salts origin/(seal.sha256|statement.json|merkle-root.txt|"
    r"sig/.+) data/version data/.+|meta/definitions/[^/]+|origin/files/.+|meta/checkpoints/\d{6}.(jsonl|sig) "
    r"meta/recovery.json origin/disclosure.jsonl meta/ledger.jsonl meta/custody.jsonl meta/index.jsonl "
    r"manifest-sha256.txt bag-info.txt meta/merkle-root.txt meta/statement.json tagmanifest-sha256.txt seal.sha256 "
    r"sig/seal.[1-9]\d{0,5}.(ssh.sig|cms.p7s|tsr|tsa.pem) sig/manifest-sha256.txt records/\d{6}.json "
    r"records/manifest-sha256.txt").split()]
RECOVERY = "meta/recovery.json"
REQUIRED = [PLACES[n].__self__.pattern.replace("[.]", ".") for n in (0, 1, 2, 3, 5, *range(9, 14), 16, 14, 15, 17, 19)]
Entry = make_dataclass("Entry", "path number offset place leaf leaves".split() + [
    ("size", int, 0), ("sha", bytes, b""), ("attempt", int, 0), ("root", bytes, b""), ("count", int, 0)], slots=True)
class Findings(list):  # exit code, layer, path, what is wrong; each once, and after a thousand only the first of a code
    def add(self, code, path, what, layer=None):
        new = (code, layer or LAYERS[code], path[:1200], what[:1200])
        if len(self) < 1000 and new not in self or all(code != old[0] for old in self): self.append(new)

class TarFile:
    """9.1: the tar stream, then the locator and zeros. Gives the stream in pieces; compares what follows it."""
    MARK = b"EXHIBIT-LOCATOR1"
    def __init__(self, file):
        self.file, self.size, self.whole = file, os.fstat(file.fileno()).st_size, False
        self.whole = os.pread(file.fileno(), 16, max(self.size - self.tail(), 0)) == self.MARK
    def tail(self): return BLOCK  # where the locator is, from the end
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
    def tail(self):
        end = os.pread(self.file.fileno(), 9, max(self.size - 9, 0)).rjust(9)
        return 81 + 8 * int.from_bytes(end[:4], "little") if end[4:] == b"\0\xb1\xea\x92\x8f" else 0
    def pieces(self):
        rows, self.at = bytearray(), 0
        while os.pread(self.file.fileno(), 4, self.at) == b"\x28\xb5\x2f\xfd" and len(rows) < 8 << 22:
            size, content = self.frame(self.at, len(rows) // 8 + 1)
            rows[len(rows):], self.at = struct.pack("<II", size, content), self.at + size
        self.table = struct.pack("<II", 0x184D2A5E, len(rows) + 17) + rows
        self.table += struct.pack("<IIIB", 72, 0, len(rows) // 8 + 1, 0) + b"\xb1\xea\x92\x8f"
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
    END = HEAD + bytes.fromhex("1b0003000000000000000000")
    def tail(self): return 28 + 8 + 88
    def pieces(self):
        at, self.rows, self.members, self.length = 0, [], 0, 0
        while (member := self.bytes(at, int.from_bytes(self.bytes(at, 18)[16:], "little") + 1)) != self.END:
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
        table = [table[at:at + 65280] for at in range(0, len(table), 65280)]
        demand(parts == [*table, tail], "table and locator are not divided into members as they must be")

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
    second = tape.exactly(BLOCK)
    demand(second == bytes(BLOCK), "the tar stream has a single block of zeros", 12 if TarFile.MARK in second else 11)

def files(root, findings):  # the same from the unpacked folder, in the order of the archive; without offsets
    found, offsets, order = set(), {}, {}
    for folder, folders, names in os.walk(root):
        for name in folders + names:
            mode, path = os.lstat(os.path.join(folder, name)).st_mode, os.path.relpath(os.path.join(folder, name), root)
            if stat.S_ISREG(mode): found.add(path)
            elif not stat.S_ISDIR(mode): findings.add(11, path, "is no regular file")
    known = "bagit.txt" in found or os.path.isdir(os.path.join(root, "meta"))
    demand(known, "it is no bundle: there is neither bagit.txt nor meta", 15)
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

class Bundle(Signers):
    """The checks of section 8.3. First every entry is taken, in the order of the archive; then all are judged."""
    def __init__(self, findings, options, scratch, tape):
        self.add, self.options, self.scratch, self.tape = findings.add, options, scratch, tape
        self.sidecar = options.bundle.rstrip("/") + ".attest"
        self.entries, self.folders, self.folder, self.seed, self.root = {}, set(), None, b"", None
        self.place, self.leaves, self.room, self.number, self.told, self.previous = 0, 0, 16 << 30, 0, 0, FIRST
        self.time, self.seal_id, self.sealed, self.recovered = None, None, 0, 0
        super().__init__()
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
    def text(self, path): return self.data(path).decode(errors="surrogateescape")
    def rows(self, path, limit):
        if path not in self.entries and path != self.sidecar: return
        with open(self.copy(self.entries[path]) if path in self.entries else path, "rb") as file:
            yield from lines(iter(lambda: file.read(PIECE), b""), limit)
    def judge(self):
        demand(REQUIRED[1] in self.entries, "is missing", 15 if self.folder is None else 11, REQUIRED[1])
        try: self.open(self.data(REQUIRED[1]))
        except Bad as bad: raise Stop(11, REQUIRED[1], str(bad)) from None
        entries, records = list(self.entries.values()), any(path[:8] == "records/" for path in self.entries)
        for path in REQUIRED + ["records/manifest-sha256.txt"] * records:
            if path not in self.entries: self.add(16 if path[0] == "r" else 12, path, "is missing")
        self.roots = {entry.leaves: None for entry in entries if entry.path[:17] == "meta/checkpoints/"}
        self.sources = {"index": (line.partition(b',"count":')[0] + b"}" for line in self.rows(REQUIRED[7], 4096)),
                        "ledger": self.rows(REQUIRED[5], LINE), "custody": self.rows(REQUIRED[6], LINE)}
        checks = self.custody, self.ledger, self.index, self.checkpoint, *[self.listing] * 4
        for number, check in zip((10, 9, 11, 6, 12, 16, 19, 21), checks):
            for entry in [entry for entry in entries if entry.place == number and (number != 6 or not entry.leaf)]:
                try: check(entry)
                except ValueError as bad: self.add(16 if number == 21 else 11, entry.path, str(bad))
        self.texts([entry.size for entry in entries if entry.path[:5] == "data/"])
        self.seal(self.data("seal.sha256"))
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
                   and moment(value["started"]) <= moment(value["ended"]) + LINE and attempt > 0 and value["bytes"] >= 0
                   and all(type(text) is str for text in [*value["target"].values(), *value["entries"]]),
                   f"attempt {attempt} has no right members")
            attempts.add(attempt)
            for path in value["entries"]:
                made = self.entries.get(path.lower())
                if not made or made.path != path: self.add(12, path, "is missing")
                elif made.attempt: self.add(12, path, f"is claimed by attempts {made.attempt} and {attempt}")
                else: made.attempt = attempt
        if max(attempts, default=0) != len(attempts) and not self.recovered: self.add(12, entry.path, "lacks attempts")
    def custody(self, entry):
        previous, action = FIRST, None
        for number, line in enumerate(self.rows(entry.path, SMALL), 1):
            value = parse(line, "n:int previous:str time:str monotonic:int action:str target:dict detail:dict "
                          "attempt:int nonce:str")
            demand(HEX32(value["nonce"]), f"line {number}: a member is not right")
            action, self.sealed = value["action"], moment(value["time"])
            self.recovered += action == "recovered"
            if [value["n"], value["previous"], action == "opened"] != [number, previous, number == 1]:
                self.add(12, entry.path, f"line {number} breaks the chain")
            previous = H(line).hex()
        if action != "closed": self.add(12, entry.path, "does not end with closed")
        checkpoints, path = sum(path[:17] == "meta/checkpoints/" and path[-1] == "l" for path in self.entries), RECOVERY
        if self.recovered != (path in self.entries):
            return self.add(12, path, "is there, or custody has one line that says so, but not both")
        told = self.recovered and parse(
            self.data(path)[:-1], "time:str operator:str tool:dict source:dict checkpoint:int partial:list lost:dict "
            "custody:dict")["checkpoint"]
        if told not in (False, checkpoints): self.add(11, path, f"names checkpoint {told} of {checkpoints}")
    def ticked(self, listing, pattern, belongs, code=None):
        """A list's lines and files: in the archive's order, none left out."""
        expected, last = (entry for entry in self.entries.values() if belongs(entry)), -1
        upcoming = next(expected, None)
        for match in map(pattern, self.rows(listing, 4096)):
            demand(match, "has a line that is not in its one form")
            entry = self.entries.get((path := match["path"].decode()).lower())
            if not entry or entry.path != path: entry = self.add(code or 12, path, "is missing")
            elif entry.number <= last or not belongs(entry):
                entry = self.add(code or 11, path, f"is misplaced in {listing}")
            while entry and upcoming is not entry:
                self.add(code or 11, upcoming.path, f"is not in {listing}")
                upcoming = next(expected)
            if entry: last, upcoming = entry.number, next(expected, None)
            yield entry, match
        for entry in [upcoming, *expected] if upcoming else (): self.add(code or 11, entry.path, f"is not in {listing}")
    def listing(self, entry):
        must, code = re.compile({12: "data/", 16: "(?!data/)", 19: "sig/", 21: "records/"}[entry.place]).match, 11
        if entry.place == 21: code = 16
        for other, match in self.ticked(entry.path, LIST_LINE, lambda e: e.number < entry.number and must(e.path),
                                        16 if code == 16 else None):
            if other and other.sha.hex() != match["sha"].decode():
                self.add(code, other.path, f"differs in {entry.path}")
    def index(self, entry):
        tree, drift, deep = Tree(), 0, self.options.deep
        for other, match in self.ticked(entry.path, INDEX_LINE, lambda other: other.leaf):
            key, whole, metadata = self.key(match["path"].decode()), match["segments"] == b"whole", match["metadata"]
            attempt, count, size, offset = (int(match[name]) for name in ("attempt", "count", "size", "offset"))
            sha, root = (bytes.fromhex(match[name].decode()) for name in ("sha", "root"))
            tree.add(H(b"\2", H(b"\3", H(b"\4", key, b"M"), metadata, b"}"), count.to_bytes(8, "big"), root))
            if tree.count in self.roots or not self.tape: self.roots[tree.count] = tree.root().hex()
            if not other: continue
            if deep and (whole or other.place == 1):  # meta/bundle.json came before the salts
                segments = Segments(key)
                if not whole: segments.feed(self.data(other.path))
                other.root, other.count = (H(b"\0", segments.salt(), other.sha), 1) if whole else segments.close()
            drift, before = (other.offset or offset) - offset, drift
            for code, wrong, what in ((11, (other.sha, other.size) != (sha, size), "digest or size"), (11, whole and
                    count != 1, "count"), (11, deep and (other.root, other.count) != (root, count), "content root"),
                    (11, drift != before, "offset"), (12, other.attempt != attempt, f"attempt than {other.attempt}")):
                if wrong: self.add(code, other.path, f"has another {what} in the index")
        self.leaves, self.root = tree.count, tree.root().hex()
    def checkpoint(self, entry):
        name, self.number = entry.path[17:23], self.number + (entry.path[24:] == "jsonl")
        source, signature = self.rows(entry.path, LINE), self.entries.get(f"meta/checkpoints/{name}.sig")
        if entry is signature: return demand(int(name) == self.number, "is over nothing")
        previous, self.previous = self.previous, entry.sha.hex()
        head = parse(next(source, b""), "checkpoint:int bundle:str previous:str offset:int leaves:int root:str "
                     "time:str monotonic:int spools:list attempts:list? index:int ledger:int custody:int")
        for kind, found in self.sources.items():
            for _ in range(head[kind]): demand(next(source, None) == next(found, ...), f"differs from the {kind}")
        self.told, leaves = self.told + head["index"], entry.leaves if self.tape else head["leaves"]
        demand(next(source, None) is None and self.told == leaves, "has not one line for each so far")
        right = [self.number, self.id, previous, entry.offset or head["offset"], leaves, self.roots.get(leaves)]
        demand([head[name] for name in ("checkpoint", "bundle", "previous", "offset", "leaves", "root")] == right
               and int(name) == self.number, "breaks the chain, or has another Merkle root")
        demand(signature and signature.number == entry.number + 1, "has no signature behind it")
        key = self.ssh(self.data(signature.path), self.copy(entry), "exhibit-checkpoint@v1")
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
            if path in self.entries and not re.fullmatch(pattern, self.text(path)): self.add(11, path, "is not right")

def verify(options, findings, scratch):
    tape = container = None
    if not os.path.isdir(options.bundle):
        file = open(options.bundle, "rb", buffering=0, opener=lambda path, flags: os.open(path, flags | os.O_NONBLOCK))
        start = os.pread(file.fileno(), 22, 0)
        demand(start != b"age-encryption.org/v1\n",
               "it is encrypted, and is not judged here: decrypt it with age first", 15)
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
    except Bad as bad: findings.add(11, "", str(bad))
    except (Stop, zlib.error) as error:
        code, path, what = error.args if len(error.args) == 3 else (11, "", "a member is damaged")
        if tape and bundle.folder is None and (code != 12 or type(container) is TarFile):  # is it a bundle at all?
            code = 11 if container.whole else 15
        raise Stop(code, path, what) from None
    return bundle

def main():
    parser = argparse.ArgumentParser(description="Verifies an Exhibit bundle: .tar, .tar.zst, .tar.gz or unpacked.")
    parser.add_argument("bundle", metavar="FILE_OR_FOLDER")
    for flag in ("--expect", "--allowed-signers"): parser.add_argument(flag, metavar=flag[2:].upper())
    for flag in ("--ca", "--tsa-ca", "--require-signer"): parser.add_argument(flag, action="append", default=[])
    for flag in ("--deep", "--json", "--require-timestamp"): parser.add_argument(flag, action="store_true")
    try:
        options = parser.parse_args()
        if not re.fullmatch("[0-9a-f]{64}", options.expect or FIRST): parser.error("--expect wants 64 hex digits")
        for file in filter(None, (options.allowed_signers, *options.ca, *options.tsa_ca)):
            if not os.access(file, os.R_OK): parser.error(f"cannot read {file}")
            with open(file, "rb") as text:
                if b"BEGIN X509 CRL" in text.read(): parser.error(f"revocation lists are not judged here: {file}")
        if options.require_timestamp and not options.tsa_ca: parser.error("--require-timestamp wants --tsa-ca")
    except SystemExit as end: return 64 if end.code else 0
    findings, bundle = Findings(), None
    try:
        with tempfile.TemporaryDirectory() as scratch: bundle = verify(options, findings, scratch)
    except Stop as stop: findings.add(*stop.args)
    except (OSError, subprocess.SubprocessError) as error: findings.add(15, "", f"it cannot be read: {error}")
    except (ValueError, MemoryError, RecursionError) as error: findings.add(11, "", f"it cannot be judged: {error!r}")
    codes, failed, anchors = {f[0] for f in findings}, {f[1] for f in findings}, bundle and bundle.anchors
    code = next((code for code in (15, 11, 13, 12, 14) if code in codes), 0 if anchors else 10) or 16 * (16 in codes)
    done = {"integrity": bundle, "completeness": bundle, "identity": anchors, "time": bundle and bundle.time,
            "records": bundle and bundle.lines}
    answer = {name: "failed" if name in failed else "passed" if good else "not checked" for name, good in done.items()}
    answer |= {"exitCode": code, "sealID": bundle and bundle.seal_id, "anchors": anchors or []}
    notes = (bundle.notes if bundle else []) + ["--deep would check segments, too"] * (not options.deep)
    listed = [dict(zip(("code", "layer", "path", "what"), finding)) for finding in findings]
    if options.json: print(json.dumps(answer | {"notes": notes, "findings": listed}))
    else: print(*(f"{name:13} {said}" for name, said in answer.items()), *(f"{'note':13} {note}" for note in notes), *(
        f"{name:13} {ascii(path)[1:-1] or '-'}: {ascii(what)[1:-1]}" for _, name, path, what in findings), sep="\n")
    return code
if __name__ == "__main__": sys.exit(main())
