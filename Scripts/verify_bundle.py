#!/usr/bin/env python3
"""Verifies an Exhibit bundle independently of `exhibit`: written from docs/format.md alone, whose sections it names.
Needs Python 3.11, zstd, ssh-keygen and openssl. Payload streams through; the bundle's records go to a scratch folder.
Exit codes: 0 and 10 to 16 as in README.md, 64 for wrong usage. Not judged: encrypted bundles, revocation lists."""
import argparse, base64, datetime, hashlib, hmac, json, os, pathlib, re, ssl, struct, subprocess, tempfile, time, zlib
from functools import reduce

BLOCK, PIECE, SMALL, LINE, FIRST = 512, 1 << 18, 1 << 20, 16 << 20, "0" * 64
LAYERS = {11: "integrity", 12: "completeness", 13: "identity", 14: "time", 16: "records", 15: "format"}
CLEAN = {n: os.environ[n] for n in ("PATH", "HOME") if n in os.environ} | {"LC_ALL": "C", "TZ": "UTC"}
ORDER = r"""bagit.txt meta/bundle.json meta/bundle.json.sig meta/salts
    origin/(seal.sha256|statement.json|merkle-root.txt|sig/.+)? data/version
    (data/.+|meta/definitions/[^/]+|origin/files/.+|meta/checkpoints/\d{6}.(jsonl|sig))? meta/recovery.json?
    origin/disclosure.jsonl? meta/ledger.jsonl meta/custody.jsonl meta/index.jsonl manifest-sha256.txt bag-info.txt
    meta/merkle-root.txt meta/statement.json tagmanifest-sha256.txt seal.sha256
    sig/seal.[1-9]\d{0,5}.(ssh.sig|cms.p7s|tsr|tsa.pem)? sig/manifest-sha256.txt records/\d{6}.json?
    records/manifest-sha256.txt?""".split()  # section 1: a file's place is the number of its pattern; "?": it may lack
PLACES = [re.compile(re.sub("[.](?![+])", "[.]", one.rstrip("?")), re.A).fullmatch for one in ORDER]
OPENING, LEDGER, CUSTODY, INDEX = "meta/bundle.json", "meta/ledger.jsonl", "meta/custody.jsonl", "meta/index.jsonl"
ESCAPED = re.compile(r"=2E[.]?|(?![.]{1,2}\Z)([!#$&()+,.0-9:;@A-Z^_a-z{}~\[\]-]|"  # 2.1: what needs no escape, or one
                     r"=([01][0-9A-F]|2[0257AF]|3[C-F]|5C|60|7[CF]|[89A-F][0-9A-F]))*").fullmatch
LISTS = dict(zip(re.findall(r"\S*manifest-sha256.txt", " ".join(ORDER)), ("data/", "(?!data/)", "sig/", "records/")))
ED25519, ED_ORDER = (b"ssh-ed25519", b"sk-ssh-ed25519@openssh.com"), (1 << 252) + 27742317777372353535851937790883648493
RECOVERY, HEX, N, TEXT = "meta/recovery.json", "[0-9a-f]{64}", "(0|[1-9][0-9]{0,18})", r"[ !#-\[\]-~]"
LIST_LINE = re.compile(rf"(?P<sha>{HEX})  (?P<path>[!-~]+)".encode()).fullmatch
INDEX_LINE = re.compile((rf'(?P<metadata>\{{"path":"(?P<path>{TEXT}+)","media":"{TEXT}*","segments":"(lines|whole)",'
    rf'"attempt":{N}),"count":{N},"root":"{HEX}","sha256":"{HEX}","size":{N},"offset":{N}\}}').encode()).fullmatch
INFO = "".join(rf"({label}: (?!\s)[^\0-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]*(?<!\s)\n)?" for label in (  # 4.5
    "Source-Organization Contact-Name External-Description External-Identifier Internal-Sender-Identifier "
    "Internal-Sender-Description Bag-Software-Agent Bagging-Date").split())
KINDS = {"signature": "type data", "timestamp": "token certificates?", "note": "text entry?",  # section 10
         "custody": f"action from? to? place? file?={HEX} text?", "dismissal": "finding text entry?"}
class Entry(argparse.Namespace): offset, size, sha, attempt, root, count = 0, 0, b"", 0, b"", 0

class Stop(Exception): "Nothing behind this point can be judged: exit code, path, what was found."
class Bad(ValueError): "One file is not as it must be; the others can still be judged."
def demand(condition, what, code=None, path=""):
    if not condition: raise Stop(code, path, what) if code else Bad(what)
    return condition
def H(*parts): return hashlib.sha256(b"".join(parts)).digest()
def moment(text):
    demand(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[.]\d{9}Z", text, re.A), "has no right time")
    return int(datetime.datetime.fromisoformat(text[:19] + "Z").timestamp())
def run(*argv, data=os.devnull):  # without a shell, in bounded time: whether it said yes, and what it printed
    with open(data, "rb") as file: done = subprocess.run(argv, stdin=file, capture_output=True, env=CLEAN, timeout=300)
    return done.returncode == 0, done.stdout
def pieces(path, size=PIECE):
    with open(path, "rb") as file: yield from iter(lambda: file.read(size), b"")
def read(path, limit=-1): return next(pieces(path, limit), b"")
def lines(path, limit):  # without their LF
    with open(path, "rb") as file:
        for line in iter(lambda: file.readline(limit + 1), b""):
            yield demand(line[-1:] == b"\n" and line, "has too long a line, or does not end with a LF")[:-1]
def parse(text, shape):  # section 4: one object with these members in this order, and no white space outside strings
    def unique(pairs): return dict(pairs) if len(dict(pairs)) == len(pairs) else int("duplicate")
    def whole(digits): return int(digits) if -(1 << 63) <= int(digits) < 1 << 63 else int("too big")
    try: value = dict(json.loads(text.decode(), object_pairs_hook=unique, parse_int=whole, parse_constant=int).items())
    except (ValueError, AttributeError, RecursionError): raise Bad("is no JSON object, or not a strict one") from None
    spaces = re.search(rb"[ \t\r\n]", re.sub(rb'"(?:[^"\\]++|\\.)*+"', b"", text))
    return demand(shaped(value, shape) and not spaces and value, "has members in another order, or white space")
def shaped(value, shape):  # whether they are in order; all must be of their types, and only with "?" may one be absent
    members = re.findall(r"(\w+)([?]?)(#|{}|\[\])?(?:=(\S+))?", shape)  # a number, object, array, or text
    for name, _, kind, pattern in [one for one in members if one[0] in value or not one[1]]:
        right = type(value.get(name)) is {"#": int, "{}": dict, "[]": list, "": str}[kind]
        demand(right and (not pattern or re.fullmatch(pattern, value[name])), f"has no right {name}")
    present = [name for name, *_ in members if name in value]
    return present == [name for name in value if name in present]

class TarFile:  # 9.1: the tar stream, then locator and zeros. Reads the stream forward, then compares what follows it
    MARK, at, started, piece = b"EXHIBIT-LOCATOR1", 0, None, b""  # at: in the tar stream; started: by its first header
    def __init__(self, file):
        self.file, self.size, self.stream = file, os.fstat(file.fileno()).st_size, self.pieces()
        self.whole = self.peek(max(self.size - self.mark(), 0), 16) == self.MARK
    def mark(self): return BLOCK  # where the locator is, from the end
    def peek(self, at, length): return os.pread(self.file.fileno(), length, at)
    def bytes(self, at, length):
        return demand(len(got := self.peek(at, length)) == length and got, "it lacks bytes", 11 if self.whole else 12)
    def pieces(self): return iter(lambda: self.file.read(PIECE), b"")
    def content(self, length):
        while length:
            self.piece = self.piece or memoryview(next(self.stream, b""))
            part, self.piece = demand(self.piece, "the tar stream is cut", 12)[:length], self.piece[length:]
            self.at, length = self.at + len(part), length - len(part)
            yield part
    def exactly(self, length): return b"".join(self.content(length))
    def tail(self, locator): return self.at, locator.ljust(BLOCK, b"\0")  # where and what follows the tar stream
    def finish(self, index, leaves):
        at, tail = self.tail(struct.pack("<16s4Q16x", self.MARK, index.offset, index.size, self.at, leaves))
        rest = self.peek(at, len(tail) + 1)
        demand(rest == tail, "what follows the tar stream is not what must", 12 if tail.startswith(rest) else None)
class ZstdFile(TarFile):  # 9.2: frames, then locator and seek table in skippable frames. The program zstd decompresses
    def mark(self): return 81 + 8 * int.from_bytes(self.peek(max(self.size - 9, 0), 4), "little")
    def pieces(self):
        self.rows, self.end = bytearray(), 0
        while self.peek(self.end, 4) == b"\x28\xb5\x2f\xfd" and len(self.rows) < 8 << 22: self.frame(self.end)
        with subprocess.Popen(["zstd", "-dcqq"], stdin=self.file, stdout=subprocess.PIPE, env=CLEAN) as zstd:
            yield from iter(lambda: zstd.stdout.read1(PIECE), b"")
            cut = not self.whole and self.size < self.end + 97 + len(self.rows)  # as much as tail() adds
            demand(zstd.wait() == 0, "a frame is damaged, or the file is cut", 12 if cut else 11)
    def frame(self, at):  # its row: its size and that of its content, by its header and the headers of its blocks
        descriptor, wrong = self.bytes(at + 4, 1)[0], f"the frame at byte {at} is damaged, or of a kind not allowed"
        width, least = ((1, 1), (2, 256), (4, 65792), (8, 1 << 64))[descriptor >> 6]
        content, end, last = int.from_bytes(self.bytes(at + 5, width), "little") + 256 * (width == 2), at + 5 + width, 0
        demand(descriptor & 63 == 0x24 and least <= content <= 8 << 20, wrong, 11)
        while not last:
            block = int.from_bytes(self.bytes(end, 3), "little")
            last, kind, length = block & 1, block >> 1 & 3, block >> 3
            end += 3 + (1 if kind == 1 else length)
            demand(kind < 3 and length <= 1 << 17 and end + 4 - at <= 9 << 20, wrong, 11)
        self.end = end + len(self.bytes(end, 4))
        self.rows += struct.pack("<II", self.end - at, content)
    def tail(self, locator):
        demand(not self.piece and not next(self.stream, b""), "there are bytes behind the end of the tar stream", 11)
        rows = self.rows + struct.pack("<II", 72, 0)  # the locator's
        seek = struct.pack("<II", 0x184D2A5E, len(rows) + 9) + rows + struct.pack("<IBI", len(rows) // 8, 0, 0x8F92EAB1)
        return self.end, struct.pack("<II", 0x184D2A5D, 64) + locator + seek
class BGZFFile(TarFile):  # 9.3: gzip members, then table and locator in members of one stored block, then the end mark
    END = bytes.fromhex("1f8b08040000000000ff060042430200 1b0003000000000000000000")
    def mark(self): return len(self.END) + 8 + 88
    def pieces(self):
        self.end, self.rows, members = 0, bytearray(), 0
        while (member := self.bytes(self.end, int.from_bytes(self.bytes(self.end, 18)[16:], "little") + 1)) != self.END:
            inflate = zlib.decompressobj(31)  # it compares checksum and size, too
            try: content = inflate.decompress(member, 65537)
            except zlib.error: content = b""
            good = member[:16] == self.END[:16] and inflate.eof and not inflate.unused_data and len(content) <= 65536
            demand(good and content, f"the member at byte {self.end} is damaged, empty or of a kind not allowed", 11)
            if members % 64 == 0: self.rows += struct.pack("<QQ", self.end, self.at)
            self.end, members = self.end + len(member), members + 1
            yield content
        demand(self.end + 28 == self.size, "there are bytes behind the end mark", 11)
    def stored(self, content):
        size, trailer = len(content), struct.pack("<II", zlib.crc32(content), len(content))
        return self.END[:16] + struct.pack("<HBHH", size + 30, 1, size, size ^ 0xFFFF) + content + trailer
    def tail(self, locator):
        demand(not self.piece, "the tar stream does not end with a member", 11)
        footer = locator + struct.pack("<QQ", self.at, len(self.rows) // 16) + b"EXHBGZF1"
        table = [self.rows[at:at + 65280] for at in range(0, len(self.rows), 65280)]
        return self.end, b"".join(map(self.stored, [*table, footer])) + self.END

def headers(name, size, started, kind=b"0"):  # section 2: they are a function of full path, size and the run's start
    bodies = [b" path=%s\n" % name] * (len(name) > 100) + [b" size=%d\n" % size] * (size >= 8 << 30)
    records = b"".join(next(r for n in range(2000) if len(r := b"%d%s" % (n, body)) == n) for body in bodies)
    numbers = b"0000644\0" + b"0000000\0" * 2 + b"%011o\0%011o\0        " % (size if size < 8 << 30 else 0, started)
    block = bytearray(struct.pack("100s56sc100x8s64x16s167x", name, numbers, kind, b"ustar\x0000", b"0000000\0" * 2))
    block[148:156] = b"%06o\0 " % sum(block)
    if not records: return bytes(block)
    return headers(b"PaxHeader", len(records), started, b"x") + records + bytes(-len(records) % BLOCK) + block
def octal(field): return int(demand(re.fullmatch(rb"([0-7]{11})\0", field), "a header has no right number", 11)[1], 8)
def members(tape, add):  # full path, offset, content; headers are read leniently, then compared
    while (raw := tape.exactly(BLOCK)) != bytes(BLOCK):
        offset, block, text = tape.at - BLOCK, raw, b""
        if raw[156:157] == b"x":
            demand((length := octal(raw[124:136])) <= 2048, f"the PAX header at {offset} is too long", 11)
            text, padding, block = map(tape.exactly, (length, -length % BLOCK, BLOCK))
            raw += text + padding + block
        records = demand(re.fullmatch(rb"(?:\d+ path=([^\n\0]*)\n)?(?:\d+ size=(\d{1,17})\n)?", text),
                         f"the PAX header at {offset} has other records than path and size", 11)
        name, size = records[1] or block[:100].split(b"\0")[0], int(records[2] or octal(block[124:136]))
        demand(block[156:157] == b"0", f"the entry at {offset} is no regular file", 11, full := name.decode("latin-1"))
        tape.started = tape.started or octal(raw[136:148])
        if headers(name, size, tape.started) != raw: add(11, full, "has a header that is not the right one")
        yield full, offset, (content := tape.content(size))
        for _ in content: pass
        if tape.exactly(-size % BLOCK).strip(b"\0"): add(11, full, "has padding that is not zeros")
    demand(not any(after := tape.exactly(BLOCK)), "there is a single block of zeros", 12 if tape.MARK in after else 11)
def files(root, add):  # the same from the unpacked folder, in the order of its records, and without offsets
    found, order = {}, {}
    for full in pathlib.Path(root).rglob("*"):
        path, link = str(full.relative_to(root)), full.is_symlink()
        if not link and full.is_file(): found[path] = full
        elif link or not full.is_dir(): add(11, path, "is no regular file")
    demand("bagit.txt" in found or os.path.isdir(root + "/meta"), "it is no bundle: it lacks bagit.txt and meta", 15)
    try:
        for match in filter(None, map(INDEX_LINE, lines(found.get(INDEX, os.devnull), 4096))):
            order[match["path"].decode()] = json.loads(match[0])["offset"]
        for path in filter(re.compile(r"meta/checkpoints/[0-9]{6}\.jsonl").fullmatch, found):
            order[path] = order[path[:-5] + "sig"] = parse(next(lines(found[path], LINE), b""), "offset#")["offset"]
    except Bad: pass  # whoever checks that file will say so
    for path in filter(PLACES[18], found): order[path] = int(path.split(".")[1]), path[-3:] == "pem"
    for path in sorted(found, key=lambda path: (place(path), order.get(path, 1 << 63), path)):
        yield "/" + path, None, pieces(found[path])
def place(path): return next((number for number, matches in enumerate(PLACES) if matches(path)), len(PLACES))
def good_name(path):  # section 2.1: every component is in the one form that escaping gives, marks apart
    return all(0 < len(name) <= 255 and ESCAPED(re.sub("=~[0-9a-f]{16}", "", name)) for name in path.split("/"))
class Tree:  # section 6: in the shape of RFC 6962; it grows by leaves and keeps the roots of its full subtrees
    def __init__(self): self.stack, self.count = [], 0
    def add(self, leaf):
        count, self.count = self.count, self.count + 1
        while count & 1: leaf, count = H(b"\1", self.stack.pop(), leaf), count >> 1
        self.stack.append(leaf)
    def root(self): return reduce(lambda right, left: H(b"\1", left, right), (self.stack or [H()])[::-1])
class Segments(Tree):  # the content root of an entry that is cut into lines, from its pieces
    CUT = re.compile(rb"(?s).{1023}[^\n]{0,64512}\n|.{65536}|.+").findall
    def __init__(self, entry_key): self.stack, self.count, self.rest, self.key = [], 0, b"", H(b"\4", entry_key, b"C")
    def salt(self): return reduce(lambda k, hex: H(b"\4", k, bytes([int(hex, 16)])), f"{self.count:08x}", self.key)
    def feed(self, piece):  # the last segment stays: what comes may belong to it
        *whole, self.rest = self.CUT(self.rest + piece) or [b""]
        for segment in whole: self.add(H(b"\0", self.salt(), segment))
    def close(self, last=b""):
        self.feed(last)
        self.add(H(b"\0", self.salt(), self.rest))
        return self.root(), self.count
# Signatures, section 8.2. What the one encoding is, is decided here; whether they are valid, by ssh-keygen and openssl.
def unbase64(text):  # too much padding does no harm: the result is compared
    return demand(base64.b64encode(data := base64.b64decode(text + b"==")) == text, "is not in the one base64") and data
def strings(data, count):  # so many, each behind its length, and nothing else
    end = 4 + int.from_bytes(data[:4], "big")
    demand(end <= len(data) if count else not data, "is not one canonical SSH signature")
    return [data[4:end], *strings(data[end:], count - 1)] if count else []
def key_in(text, space):  # the public key in a signature that is in its one encoding: ssh-keygen takes others, too
    body = re.fullmatch(rb"-----BEGIN SSH SIGNATURE-----\n((?:.{70}\n)*.{1,70})\n-----END SSH SIGNATURE-----\n", text)
    blob = unbase64(demand(body, "is not in the one armour")[1].replace(b"\n", b""))
    key, *head, signature = strings(blob[10:], 5)
    kind = key[4:4 + int.from_bytes(key[:4], "big")]
    algorithm, value = strings(signature[:-5] if kind.startswith(b"sk-") else signature, 2)  # flags and counter follow
    good = [blob[:10], *head] == [b"SSHSIG\0\0\0\1", space.encode(), b"", b"sha512"] and kind in (algorithm, b"ssh-rsa")
    if kind == b"ssh-rsa":
        good &= algorithm in (b"rsa-sha2-256", b"rsa-sha2-512") and len(value) == len(strings(key, 3)[2].lstrip(b"\0"))
    elif re.fullmatch(rb"(sk-)?ecdsa-sha2-nistp(256|384|521)(@openssh\.com)?", kind):
        good &= all(re.fullmatch(rb"(?s)([\1-\x7f]|\0[\x80-\xff]).*", number) for number in strings(value, 2))
    else: good &= kind in ED25519 and len(value) == 64 and int.from_bytes(value[32:], "little") < ED_ORDER
    return demand(good and key, f"is not one canonical SSH signature for {space}, or by a key of an unknown type")
def der(data):  # tag, content and encoding of each value; lengths are in their one form
    found = []
    while data:
        long, head, length = data[1:2] > b"\x7f", 2, int.from_bytes(data[1:2] or b"\xff", "big")
        if long: head, length = length - 126, int.from_bytes(data[2:length - 126], "big")
        demand(len(data) >= head + length and (not long or 2 < head < 7 and length > 127 and data[2]), "is not DER")
        found.append((data[0], data[head:head + length], data[:head + length]))
        data = data[head + length:]
    return found
def within(data, *ways): return reduce(lambda content, number: der(content)[number][1], ways, data)  # on the way down
def certificate(data):  # the fields of what is signed in it, and its extensions
    fields = [one for one in der(within(data, 0, 0)) if one[0] != 0xA0]
    more = der(within(fields[-1][1], 0)) if fields[-1][0] == 0xA3 else ()
    return fields, {within(one, 0).hex(): within(one, -1, 0) for _, one, _ in more}
def normal(name):  # a signer's name, for comparison by section 8.3
    if name.startswith("email:"): return re.sub("[^@]*$", lambda domain: domain[0].lower(), name)
    return re.sub(r"\s+", " ", name).casefold() if name.startswith(("subject:", "cert:")) else name
TSA_PEM = b"(?=-)" + b"".join(rb"(-----BEGIN %b-----\n(.{64}\n)*.{1,64}\n-----END %b-----\n)*" % (kind, kind)
                             for kind in (b"CERTIFICATE", b"X509 CRL"))
CMS = "openssl cms -verify -binary -inform DER -out /dev/null -cades -purpose any -no-CApath -no-CAstore -in".split()
BY_ITSELF = ["-partial_chain", "-no_check_time", "-CAfile"]  # by the certificates that it brings along
ALLOWED, CHAIN = ("allowed",), ("a chain",)  # among a signer's names; none that is asked for is a tuple
CADES, OTHER_PURPOSES = "060b2a864886f70d010910022f", {"2b0601050507030" + digit for digit in "1289"}

class Bundle:  # the checks of 8.3: first every entry is taken, in the order of the archive; then all are judged
    tape = folder = root = time = seal_id = anchors = lines = notes = None
    seed, room, previous, place, leaves, number, told, sealed, recovered = b"", 16 << 30, FIRST, 0, 0, 0, 0, 0, 0
    def __init__(self, options):
        self.options, self.sidecar, self.entries, self.names = options, options.bundle.rstrip("/") + ".attest", {}, {}
        self.findings, self.signatures, self.stamps, self.lines, self.anchors, self.notes = [], [], [], [], [], []
    def add(self, code, path, what):  # each finding once, and after a thousand only the first of a code
        new, others = {"code": code, "layer": LAYERS[code], "path": path[:1200], "what": what[:1200]}, self.findings
        if len(others) < 1000 and new not in others or all(code != old["code"] for old in others): others.append(new)
    def verify(self):
        if not os.path.isdir(self.options.bundle):
            file = os.fdopen(os.open(self.options.bundle, os.O_RDONLY | os.O_NONBLOCK), "rb", buffering=0)
            start = os.pread(file.fileno(), 22, 0)
            demand(start != b"age-encryption.org/v1\n", "it is encrypted, and is not judged here: use age -d first", 15)
            self.tape = {b"\x28\xb5\x2f\xfd": ZstdFile, BGZFFile.END[:4]: BGZFFile}.get(start[:4], TarFile)(file)
        for one in members(self.tape, self.add) if self.tape else files(self.options.bundle, self.add): self.take(*one)
        self.judge()
        if self.tape: self.tried(11, "", self.tape.finish, self.entries.get(INDEX, Entry), self.leaves)
        return self
    def take(self, full, offset, content):
        folder, _, path = full.partition("/")
        demand(self.folder is not None or path == "bagit.txt" or not self.tape, "it does not begin with bagit.txt", 15)
        self.folder = folder if self.folder is None else self.folder
        folded, number = path.lower(), place(path)
        above = {folded[:slash.start()] for slash in re.finditer("/", folded)}
        taken = folded in self.names or any(self.names.get(name) == "file" for name in above)
        for wrong, what in ((len(path) > 1000 or not good_name(path), "is no allowed path"), (taken, "is not unique"),
                            (folder != self.folder, "is not in the folder"), (number == len(PLACES), "has no place")):
            if wrong: return self.add(11, path, what)
        if number < self.place: self.add(11, path, "is at the wrong place")
        leaf = 4 <= number <= 10 and path[:17] != "meta/checkpoints/" or number == 1
        self.place, self.leaves = max(self.place, number), self.leaves + leaf
        self.names |= dict.fromkeys(above, "folder") | {folded: "file"}
        entry = Entry(path=path, number=len(self.entries), offset=offset, place=number, leaf=leaf, leaves=self.leaves)
        self.entries[path] = entry
        digest, segments = hashlib.sha256(), Segments(self.key(path)) if self.options.deep and leaf else None
        with open(os.devnull if number == 6 and path[:5] == "data/" else self.copy(path), "wb") as copy:
            for piece in content:
                digest.update(piece)
                entry.size += copy.write(piece)
                self.room -= len(piece) * (copy.name != os.devnull)
                demand(self.room > 0, "it has bigger records than can be checked here", 15)
                if segments: segments.feed(piece)
        entry.sha = digest.digest()
        if segments: entry.root, entry.count = segments.close()
        if number == 3 and re.fullmatch(HEX + "\n", self.text(path)): self.seed = bytes.fromhex(self.text(path))
    def key(self, path): return hmac.digest(self.seed, b"exhibit-entry-v1\0" + path.encode(), "sha256")
    def copy(self, path): return f"{self.scratch}/{self.entries[path].number}" if path in self.entries else os.devnull
    def rows(self, path, limit=4096): return lines(self.copy(path), limit)
    def data(self, path): return read(self.copy(path), SMALL + 1)  # of too big a file the beginning, which is not right
    def text(self, path): return self.data(path).decode(errors="surrogateescape")
    def tried(self, code, path, check, *more):  # what a check says, or a finding
        try: return check(*more)
        except (ValueError, LookupError) as bad: self.add(code, path, str(bad))
    def judge(self):
        demand(OPENING in self.entries, "is missing", 15 if self.folder is None else 11, OPENING)
        try: self.open(self.data(OPENING))
        except Bad as bad: raise Stop(11, OPENING, str(bad)) from None
        entries, places = list(self.entries.values()), {entry.place for entry in self.entries.values()}
        for path in [p for p in ORDER if p[-1] != "?" and p not in self.entries]: self.add(12, path, "is missing")
        if 20 in places and 21 not in places: self.add(16, "records/manifest-sha256.txt", "is missing")
        checkpoints = [path for path in self.entries if path[:17] == "meta/checkpoints/"]
        self.roots = {self.entries[path].leaves: None for path in checkpoints}
        self.sources = {"index": (line.partition(b',"count":')[0] + b"}" for line in self.rows(INDEX)),
                        "ledger": self.rows(LEDGER, LINE), "custody": self.rows(CUSTODY, LINE)}
        for check, paths in ((self.custody, [CUSTODY]), (self.ledger, [LEDGER]), (self.index, [INDEX]),
                             (self.checkpoint, checkpoints), (self.recovery, [RECOVERY]), (self.listing, LISTS)):
            for entry in [self.entries[path] for path in paths if path in self.entries]:
                self.tried(16 if entry.place == 21 else 11, entry.path, check, entry)
        if self.recovered != (7 in places): self.add(12, RECOVERY, "and custody do not agree")
        self.texts([entry.size for entry in entries if entry.path[:5] == "data/"])
        self.seal_id = H(self.data("seal.sha256")).hex()
        for check in (self.seal, self.records, self.who, self.opening): self.tried(11, "", check)
        if not self.tape: self.notes.append("a folder has no tar headers, offsets and container to check")
        if places & {4, 8}: self.notes.append("what is said of the original was not checked")
    def open(self, text):
        opening = parse(text[:-1], "format version# critical[] bundle=[0-9a-f]{32} folder started{} case?{} tool{} "
                        "targets[] profile parameters?{} touch secrets limits{} key{}")
        good = [opening["format"], opening["version"], opening["critical"]] == ["exhibit-bundle", 1, []]
        demand(good, "it is of another format or version, or has critical extensions", 15)
        demand(all(type(values) is dict and {*map(type, values.values())} <= {str}
                   for values in opening.get("parameters", {}).values()), "has parameters that are not text")
        self.id, folder, start, self.tool, key = (opening[n] for n in ("bundle", "folder", "started", "tool", "key"))
        demand("/" not in folder and len(folder) <= 128 and good_name(folder), "has no right folder")
        demand(not self.tape or [self.folder, self.tape.started] == [folder, start.get("unix")],
               "names another folder or start than the tar headers")
        public = re.fullmatch("[a-z0-9@.-]+ ([A-Za-z0-9+/=]+)( .*)?", str(key.get("public")))
        demand(public and key.get("purpose") == "run" and text[-2:] == b"}\n", "has no right key")
        self.run_key = unbase64(public[1].encode())
    def ledger(self, entry):
        attempts = set()
        for line in self.rows(entry.path, LINE):
            value = parse(line, "attempt# collector step target{} source=api|node|in-container|local state="
                          "ok|empty|partial|timeout|denied|missing|error|skipped reason?{} entries[] bytes# "
                          "volatility# started ended monotonic[]")
            attempt, paths = value["attempt"], value["entries"]
            if attempt in attempts: self.add(12, entry.path, f"attempt {attempt} is not unique")
            good = ("reason" in value) != (value["state"] in ("ok", "empty")) and attempt > 0 and value["bytes"] >= 0
            good &= all(type(text) is str for text in [*value["target"].values(), *paths])
            demand(good and moment(value["started"]) <= moment(value["ended"]) + LINE, f"attempt {attempt} is wrong")
            attempts.add(attempt)
            for path, made in [(path, self.entries.get(path)) for path in paths]:
                if not made: self.add(12, path, "is missing")
                elif made.attempt: self.add(12, path, f"is claimed by attempts {made.attempt} and {attempt}")
                else: made.attempt = attempt
        if max(attempts, default=0) != len(attempts) and not self.recovered: self.add(12, entry.path, "lacks attempts")
    def custody(self, entry):
        previous, action = FIRST, None
        for number, line in enumerate(self.rows(entry.path, SMALL), 1):
            value = parse(line, "n# previous time monotonic# action target{} detail{} attempt# nonce=[0-9a-f]{32}")
            action, self.sealed = value["action"], moment(value["time"])
            self.recovered += action == "recovered"
            if [value["n"], value["previous"], action == "opened"] != [number, previous, number == 1]:
                self.add(12, entry.path, f"line {number} breaks the chain")
            previous = H(line).hex()
        if action != "closed": self.add(12, entry.path, "does not end with closed")
    def recovery(self, entry):  # section 7.3
        said = parse(self.data(entry.path)[:-1], "time operator tool{} source{} checkpoint# partial[] lost{} custody{}")
        demand(said["checkpoint"] == self.number, f"does not name checkpoint {self.number}")
    def listed(self, entry, pattern, belongs, code=11, absent=12):  # its lines; files are those that belong, in order
        listed = []
        for match in map(pattern, self.rows(entry.path)):
            listed.append(demand(match, "has a line that is not in its one form")["path"].decode())
            yield match, listed[-1], self.entries.get(listed[-1])
        there, once = [other.path for other in self.entries.values() if belongs(other)], set(listed)
        for path in once.difference(self.entries): self.add(absent, path, "is missing")
        for path in [path for path in there if path not in once]: self.add(code, path, f"is not in {entry.path}")
        if [path for path in listed if path in self.entries] != [path for path in there if path in once]:
            self.add(code, entry.path, "has a line twice, out of order, or of a file that does not belong there")
    def listing(self, entry):
        code, absent = (16, 16) if entry.place == 21 else (11, 12)
        def belongs(other): return other.number < entry.number and re.match(LISTS[entry.path], other.path)
        for match, path, other in self.listed(entry, LIST_LINE, belongs, code, absent):
            if other and other.sha.hex() != match["sha"].decode(): self.add(code, path, f"differs in {entry.path}")
    def index(self, entry):
        tree, deep = Tree(), self.options.deep
        for match, path, other in self.listed(entry, INDEX_LINE, lambda other: other.leaf):
            value, key = json.loads(match[0]), self.key(path)
            whole, count, root = value["segments"] == "whole", value["count"], bytes.fromhex(value["root"])
            tree.add(H(b"\2", H(b"\3", H(b"\4", key, b"M"), match["metadata"], b"}"), count.to_bytes(8, "big"), root))
            if tree.count in self.roots or not self.tape: self.roots[tree.count] = tree.root().hex()
            if not other: continue
            if deep and (whole or path == OPENING):  # which came before the salts
                other.root, other.count = Segments(key).close(other.sha if whole else self.data(path))
            if [other.sha.hex(), other.size] != [value["sha256"], value["size"]] or whole and count != 1:
                self.add(11, path, "has another digest, size or count in the index")
            if deep and [other.root, other.count] != [root, count]: self.add(11, path, "has another content root")
            if self.tape and other.offset != value["offset"]: self.add(11, path, "has another offset in the index")
            if other.attempt != value["attempt"]: self.add(12, path, f"is not of attempt {other.attempt} in the index")
        self.leaves, self.root = tree.count, tree.root().hex()
    def checkpoint(self, entry):
        name, self.number = entry.path[17:23], self.number + (entry.path[24:] == "jsonl")
        source, signature = self.rows(entry.path, LINE), self.entries.get(f"meta/checkpoints/{name}.sig")
        if entry is signature: return demand(int(name) == self.number, "is over nothing")
        previous, self.previous = self.previous, entry.sha.hex()
        head = parse(next(source, b""), "checkpoint# bundle previous offset# leaves# root time monotonic# spools[] "
                     "attempts?[] index# ledger# custody#")
        for kind, found in self.sources.items():
            for _ in range(head[kind]): demand(next(source, None) == next(found, ...), f"differs from the {kind}")
        self.told, leaves = self.told + head["index"], entry.leaves if self.tape else head["leaves"]
        demand(next(source, None) is None and self.told == leaves, "has not one line for each so far")
        right = {"checkpoint": self.number, "bundle": self.id, "previous": previous, "leaves": leaves,
                 "offset": entry.offset or head["offset"], "root": self.roots.get(leaves)}
        demand(head | right == head and int(name) == self.number, "breaks the chain, or has another Merkle root")
        demand(signature and signature.number == entry.number + 1, "has no signature behind it")
        key = self.ssh(self.data(signature.path), self.copy(entry.path), "exhibit-checkpoint@v1")
        demand(key == self.run_key, "is not signed by the run's key")
    def texts(self, sizes):  # files whose content follows from the rest
        seal = "".join(f"{self.entries.get(path, Entry).sha.hex()}  {path}\n" for path in (
            "tagmanifest-sha256.txt", "meta/merkle-root.txt", "meta/statement.json"))
        right = {"bagit.txt": "BagIt-Version: 1[.]0\nTag-File-Character-Encoding: UTF-8\n", "meta/salts": HEX + "\n",
                 "data/version": re.escape(f"exhibit\n{self.tool.get('version')}\n"), "seal.sha256": re.escape(seal),
                 "bag-info.txt": f"{INFO}Bag-Group-Identifier: {self.id}\nPayload-Oxum: {sum(sizes)}[.]{len(sizes)}\n",
                 "meta/merkle-root.txt": f"exhibit-merkle-v1 {self.leaves} {self.root}\n", "meta/statement.json":
                 f'{{"type":"exhibit-seal-v1","bundle":"{self.id}","root":"{self.root}","leaves":{self.leaves}}}\n'}
        for path, pattern in right.items():
            if path in self.entries and not re.fullmatch(pattern, self.text(path)): self.add(11, path, "is not right")
    def write(self, name, data):  # a file for ssh-keygen and openssl; what was signed is one, too: `content`
        with open(f"{self.scratch}/{name}", "wb") as file: file.write(data)
        return file.name
    def given(self, files): return self.write("given.pem", b"\n".join(map(read, files)))
    def pem(self, ders): return self.write("own.pem", "".join(map(ssl.DER_cert_to_PEM_cert, ders)).encode())
    def encoded(self, data, *argv):  # the signature as a file, if openssl writes it back as it is
        signature = self.write("signature", data)
        return demand(run(*argv, "-in", signature) == (True, data), "is not in its one encoding") and signature
    def keygen(self, data, over, *argv): return run("ssh-keygen", "-Y", *argv, "-s", self.write("sig", data), data=over)
    def ssh(self, data, over, space):  # the key that signed
        return demand(self.keygen(data, over, "check-novalidate", "-n", space)[0], "is invalid") and key_in(data, space)
    def signers(self, data, content, space, times):  # who that is by the allowed signers, at all these times
        if not (signers := self.options.allowed_signers): return set()
        at = [(time.strftime("-Overify-time=%Y%m%d%H%M%SZ", time.gmtime(when)), "-f", signers) for when in times]
        names = self.keygen(data, content, "find-principals", *at[0])[1].decode(errors="replace").splitlines()[:64]
        found = {name for name in names + [name for name in self.options.require_signer if ":" not in name]
                 if all(self.keygen(data, content, "verify", "-n", space, "-I", name, *more)[0] for more in at)}
        return found and found | {ALLOWED}
    def cms(self, data, content, _):  # the certificate that signed
        signature = self.encoded(data, *"openssl cms -cmsout -inform DER -outform DER".split())
        parts = der(within(data, 0, 1, 0))
        signer = [value.hex() for _, value, _ in der(within(parts[-1][1], 0))]
        demand([tag for tag, _, _ in parts] == [2, 49, 48, 160, 49]  # no content, certificates, no revocation lists
               and len(der(parts[2][1])) == len(der(parts[4][1])) == 1 and CADES in signer[3]
               and re.fullmatch("060960864801650304020[123](0500)?", signer[2])
               and re.match("06092a864886f70d0101(01|0b|0c|0d)|06082a8648ce3d04030[234]", signer[4]),
               "is no detached signature of the one form")
        own, who = self.pem(one for *_, one in der(parts[3][1])), self.write("who.pem", b"")
        demand(run(*CMS, signature, "-content", content, "-signer", who, *BY_ITSELF, own)[0], "is not valid")
        found = ssl.PEM_cert_to_DER_cert(read(who).decode())
        kind, bits = (value for _, value, _ in der(certificate(found)[0][5][1]))
        strong = len(within(bits[1:], 0, 0)) > 256 if b"\x86\xf7\r\1\1\1" in kind else der(kind)[1][0] == 6
        return demand(strong and found, "is by too short a key, or on no named curve")
    def certified(self, one, when):  # the names that the certificate has by the authorities, at that time
        who, (_, more) = self.pem([one.key]), certificate(one.key)
        purposes = {purpose.hex() for _, purpose, _ in der(more.get("551d25", b"\6\1*"))} - OTHER_PURPOSES
        if more.get("551d0f", b"\0\xff")[1:2] < b"\x40" or not purposes: return set()
        dates, signature = ["-attime", str(when), "-CAfile"], self.write("signature", one.signed[0])
        dated = run("openssl", "verify", "-no-CApath", "-no-CAstore", "-partial_chain", *dates, who, who)[0]
        names = {f"cert:{H(one.key).hex()}"} if dated else set()
        if not run(*CMS, signature, "-content", one.signed[1], *dates, self.given(self.options.ca))[0]: return names
        dn = run("openssl", "x509", "-in", who, "-noout", "-subject", "-nameopt", "RFC2253,-esc_msb,utf8")[1]
        mail = [b"email:" + address for tag, address, _ in der(more.get("551d11", b"")) if tag == 0x81]
        return {CHAIN, *names, *(normal(one.decode(errors="replace")) for one in [b"subject:" + dn[8:].strip(), *mail])}
    def stamp(self, token, content, certificates):  # the time that it says, if its chain leads to the given authority
        verify = "openssl", "ts", "-verify", "-in", self.encoded(token, "openssl", "ts", "-reply"), "-data", content
        status, (_, _, signed) = der(within(token, 0))
        demand(status[1] == b"\2\1\0", "has another status than granted, or a text")
        demand(not certificates or re.fullmatch(TSA_PEM, certificates), "has certificates that are not in the one PEM")
        signed = der(within(signed, 0, 1, 0))
        demand(run(*verify, *BY_ITSELF, self.pem(one for *_, one in der(signed[3][1])))[0], "is no valid stamp of this")
        when = within(signed[2][1], 1, 0, 0, 4).decode()  # YYYYMMDDhhmmssZ
        when = moment(re.sub("(....)(..)(..)(..)(..)(..).*", r"\1-\2-\3T\4:\5:\6.000000000Z", when))
        more = ["-untrusted", self.write("tsa.pem", certificates)] if b"BEGIN CERT" in certificates else []
        return run(*verify, "-attime", str(when), *more, "-CAfile", self.given(self.options.tsa_ca))[0] and when
    def vouch(self, where, way, over, data, more=b"", record=0, when=None):  # a signature or time stamp, kept if right
        seal, stamp, content = over == "seal", way == "stamp", b""
        if type(over) is int and 0 < over < record: content = self.lines[over - 1]
        elif stamp and re.fullmatch(r"sig/seal[.]\d+[.](ssh[.]sig|cms[.]p7s)", str(over)): content = self.data(over)
        elif seal and not stamp: content = self.data("seal.sha256")
        demand(way and (content or not record), "is over nothing, or of an unknown type")
        if way == "cms" and not seal: content = b"exhibit-record@v1\n" + content
        space = "exhibit-bundle@v1" if seal else "exhibit-record@v1"
        path = self.write(f"over {over} {record}".replace("/", " "), content)
        found = getattr(self, way)(data, path, more if stamp else space)
        if stamp: self.stamps += [(over, over if type(over) is int else 0, found)] * bool(found)
        else: self.signatures.append(argparse.Namespace(where=where, way=way, over=over, signed=(data, path, space),
                                                        record=record, when=when, key=found))
    def seal(self):  # section 8.2
        kinds = ""
        for path in [path for path in self.entries if place(path) == 18]:
            number, data = int(path.split(".")[1]), self.data(path)
            kinds += {"tsr": "t", "pem": "p"}.get(path[-3:], "s")
            right = re.fullmatch("(s(tp?)?)+", kinds) and number == kinds.count("s") <= 16 and len(data) <= SMALL // 2
            if not right: self.add(11, path, "is out of order, or too big")
            if kinds[-1] == "s":
                over, way = path, "cms" if path[-1] == "s" else "ssh"
                self.tried(11, path, self.vouch, path, way, "seal", data, b"", 0, self.sealed)
            elif right and kinds[-1] == "t":
                self.tried(14, path, self.vouch, path, "stamp", over, data, self.data(path[:-3] + "tsa.pem"))
            elif right and not data: self.add(14, path, "is empty")
        if "s" not in kinds: self.add(12, "sig/seal.1.ssh.sig", "is missing: there is no signature")
    def opening(self):  # section 4.2: who certified the run's key
        path, signed = OPENING + ".sig", (self.data(OPENING + ".sig"), self.copy(OPENING), "exhibit-open@v1")
        key = self.tried(11, path, self.ssh, *signed) if path in self.entries else None
        if key in (None, self.run_key, *(one.key for one in self.signatures if not one.record)): return
        if not self.options.allowed_signers: self.notes.append("it was opened with a key that did not seal")
        elif not self.signers(*signed, [self.sealed, int(time.time())]): self.add(13, path, "is by no allowed key")
    def who(self):  # section 8.3: who, as of when, several anchors, time
        options, now, matched = self.options, int(time.time()), self.options.expect == self.seal_id
        wanted, names, sealers = {normal(name): name for name in options.require_signer}, set(), []
        if options.allowed_signers: wanted[ALLOWED] = "an allowed signer"
        covered = max([0, *(number for _, number, _ in self.stamps)])
        for one in self.signatures:
            one.times = [at for over, number, at in self.stamps if over == one.where or 0 < one.record <= number]
            at = [min(one.times)] if one.times else [one.when, now]
            if one.way == "cms": one.names = self.certified(one, at[-1])
            else: one.names = {f"SHA256:{base64.b64encode(H(one.key)).decode()[:43]}"} | self.signers(*one.signed, at)
            one.accepted = not one.names.isdisjoint(wanted)
            if one.over == "seal": names, sealers = names | one.names, [*sealers, one]
            elif one.accepted: covered = max(covered, one.over)
        chains = {CHAIN, *(name for name in wanted if name[:5] == "cert:")}
        self.anchors = [f"{one.where}: {', '.join(sorted(map(''.join, one.names)))}" for one in sealers if one.accepted]
        self.anchors += ["the expected Seal ID"] * matched
        self.time = any(one.times and (one.accepted or matched) for one in sealers)
        stamped = self.time or not (options.expect or wanted) and any(one.times for one in sealers)
        if options.expect and not matched: self.add(13, "seal.sha256", f"has the Seal ID {self.seal_id}")
        if options.ca and names.isdisjoint(chains): self.add(13, "sig", "has no signature with a chain to an authority")
        for name in [one for one in wanted if one not in names]: self.add(13, "sig", f"has nothing by {wanted[name]}")
        if options.tsa_ca and not stamped: self.add(14, "sig", "has no time stamp of an authority over what counts")
        if len(self.lines) > covered: self.notes.append(f"nothing that counts is over records from {covered + 1} on")
    def records(self):  # section 10: those in records/, then those of the sidecar
        where, previous, number = self.sidecar, FIRST, 0
        try:
            every = [(path, line) for path in self.entries if place(path) == 20 for line in self.rows(path, SMALL)]
            demand(os.path.isfile(where) or not os.path.lexists(where), "is no regular file")
            *beside, rest = (read(where, 65 << 20) if os.path.lexists(where) else b"").split(b"\n")
            both = len(os.path.commonprefix([[line for _, line in every], beside]))
            if both in (len(every), len(beside)): beside = beside[both:]  # it goes on, begins anew, or was left behind
            every += [(where, line) for line in beside + [rest] * bool(rest)]
            for number, (where, line) in enumerate(every, 1):
                try: value = self.record(line, where, number, previous)
                except ValueError:
                    if not rest or number < len(every): raise
                    return self.notes.append(f"{len(rest)} bytes of half a line behind the records were passed over")
                previous, where = H(line).hex(), f"{where}: record {number}"
                if value["kind"] in ("signature", "timestamp"): self.tried(16, where, self.proof, value, where, number)
                self.lines.append(line)
        except (ValueError, OSError) as bad: self.add(16, where, f"record {number}: {bad}")
    def record(self, line, where, number, previous):
        value = parse(line, "record# seal previous nonce=[0-9a-f]{32} time kind by body{}")
        kind, right = value["kind"], {"record": number, "seal": self.seal_id, "previous": previous}
        demand(value | right == value and where in (self.sidecar, f"records/{number:06}.json"), "breaks the chain")
        demand(len(line) < SMALL and number <= 65536, "is beyond what a reader takes")
        if kind not in KINDS: self.notes.append(f"record {number} is of an unknown kind")
        shaped(value["body"], KINDS.get(kind, ""))
        moment(value["time"])
        return value
    def proof(self, value, where, number):  # what is not valid here does not break the chain
        body, stamp = value["body"], value["kind"] == "timestamp"
        way = "stamp" if stamp else body["type"] * (body["type"] in ("ssh", "cms"))
        data, more = unbase64(body["token" if stamp else "data"].encode()), body.get("certificates", "").encode()
        self.vouch(where, way, body.get("over"), data, more, number, moment(value["time"]))

def main():
    parser = argparse.ArgumentParser(description="Verifies a bundle: .tar, .tar.zst, .tar.gz or unpacked. Prints JSON.")
    for flag in ("bundle", "--expect", "--allowed-signers"): parser.add_argument(flag)
    for flag in ("--ca", "--tsa-ca", "--require-signer"): parser.add_argument(flag, action="append", default=[])
    for flag in ("--deep", "--json", "--require-timestamp"): parser.add_argument(flag, action="store_true")
    try:
        options = parser.parse_args()
        if options.expect is not None and not re.fullmatch(HEX, options.expect): parser.error("--expect: no Seal ID")
        for file in [one for one in (options.allowed_signers, *options.ca, *options.tsa_ca) if one is not None]:
            if not os.access(file, os.R_OK): parser.error(f"cannot read {file}")
            if b"BEGIN X509 CRL" in read(file): parser.error(f"revocation lists are not judged here: {file}")
        if options.require_timestamp and not options.tsa_ca: parser.error("--require-timestamp wants --tsa-ca")
    except SystemExit as end: return 64 if end.code else 0
    bundle, judged = Bundle(options), Bundle
    try:
        with tempfile.TemporaryDirectory() as bundle.scratch: judged = bundle.verify()
    except Stop as stop:  # is it a bundle at all?
        (code, *more), tape = stop.args, bundle.tape
        if tape and bundle.folder is None and (code != 12 or type(tape) is TarFile): code = 11 if tape.whole else 15
        bundle.add(code, *more)
    except (OSError, subprocess.SubprocessError) as error: bundle.add(15, "", f"it cannot be read: {error}")
    except (ValueError, MemoryError, RecursionError) as error: bundle.add(11, "", f"it cannot be judged: {error!r}")
    codes, anchors, notes = {finding["code"] for finding in bundle.findings}, judged.anchors or [], judged.notes or []
    code = next((code for code in (15, 11, 13, 12, 14) if code in codes), 0 if anchors else 10) or 16 * (16 in codes)
    done = zip(LAYERS.items(), (judged is bundle, judged is bundle, anchors, judged.time, judged.lines))
    answer = {name: "failed" if code in codes else "passed" if good else "not checked" for (code, name), good in done}
    answer |= {"exitCode": code, "sealID": judged.seal_id, "anchors": anchors, "findings": bundle.findings}
    notes += ["--deep would check segments, too"] * (not options.deep)
    print(json.dumps(answer | {"notes": notes}, indent=None if options.json else 2))
    return code
if __name__ == "__main__": raise SystemExit(main())
