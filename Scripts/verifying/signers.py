"""What Scripts/verify_bundle.py knows of signatures, time stamps, signers and the records made after the seal:
sections 8.2, 8.3 and 10 of docs/format.md, written from it alone; and what both need. Asks ssh-keygen and openssl."""
import base64, datetime, hashlib, json, os, re, resource, stat, subprocess, tempfile, time
from dataclasses import field, make_dataclass
from functools import reduce

BLOCK, PIECE, SMALL, LINE, FIRST = 512, 1 << 18, 1 << 20, 16 << 20, "0" * 64
LAYERS = {11: "integrity", 12: "completeness", 13: "identity", 14: "time", 15: "format", 16: "records"}
ENVIRONMENT = {n: os.environ[n] for n in ("PATH", "HOME") if n in os.environ} | {"LC_ALL": "C", "TZ": "UTC"}
HEX32 = re.compile("[0-9a-f]{32}").fullmatch
BLOCKS = rb"(-----BEGIN %b-----\n(.{64}\n)*.{1,64}\n-----END %b-----\n)*"
TSA_PEM = b"(?=-)" + BLOCKS % (b"CERTIFICATE", b"CERTIFICATE") + BLOCKS % (b"X509 CRL", b"X509 CRL")
Signature = make_dataclass("Signature", "where way data content space over record claimed key".split() + [
    ("times", list, field(default_factory=list)), ("names", set, None), ("accepted", bool, False)])

class Stop(Exception): "Nothing behind this point can be judged: exit code, path, what was found."
class Bad(ValueError): "One file is not as it must be; the others can still be judged."
def demand(condition, what, code=None, path=""):
    if not condition: raise Stop(code, path, what) if code else Bad(what)
def H(*parts): return hashlib.sha256(b"".join(parts)).digest()
def unix(text, form): return int(datetime.datetime.strptime(text + "+0000", form + "%z").timestamp())
def moment(text):
    demand(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[.]\d{9}Z", text, re.A), "has no right time")
    return unix(text[:19], "%Y-%m-%dT%H:%M:%S")
def run(argv, **source):  # without a shell, with bounded time and output; whether it said yes, and what it printed
    with tempfile.TemporaryFile() as output:
        code = subprocess.run(argv, stdout=output, stderr=subprocess.STDOUT, env=ENVIRONMENT, timeout=300, **source,
                              preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (LINE, LINE))).returncode
        return code == 0, os.pread(output.fileno(), SMALL, 0)

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
def der(data):  # tag, content and encoding of each value in it; lengths are in their one form
    found, at = [], 0
    while at < len(data):
        head, length = at + 2, int.from_bytes(data[at + 1:at + 2] or b"\xff", "big")
        if length > 127:
            head, length = head + length - 128, int.from_bytes(data[head:head + length - 128], "big")
            demand(at + 2 < head < at + 7 and length > 127 and data[at + 2:at + 3] != b"\0", "is not DER")
        demand(len(data) >= head + length, "is not DER")
        found.append((data[at], data[head:head + length], data[at:head + length]))
        at = head + length
    return found
def within(data, *ways):  # the content of what is found on the way down
    return reduce(lambda content, number: der(content)[number][1], ways, data)
def pem(certificates):
    body = "-----BEGIN CERTIFICATE-----\n%s-----END CERTIFICATE-----\n"
    return "".join(body % base64.encodebytes(one).decode() for one in certificates).encode()
def certificate(data):  # the fields of what is signed in it, and its extensions
    fields = der(within(data, 0, 0))
    fields = fields[fields[0][0] == 0xA0:]
    extensions = der(within(fields[-1][1], 0)) if fields[-1][0] == 0xA3 else ()
    return fields, {within(one, 0).hex(): within(one, -1, 0) for _, one, _ in extensions}
def normal(name):  # a signer's name, for comparison by section 8.3
    kind, (rest, at, domain) = name.partition(":")[0], name.rpartition("@")
    if kind == "email": return rest + at + domain.lower()
    return re.sub(r"\s+", " ", name).casefold() if kind in ("subject", "cert") else name
CMS = "openssl cms -verify -binary -inform DER -out /dev/null -in".split()
BY_ITSELF = "-no-CApath -no-CAstore -cades -purpose any -partial_chain -no_check_time -CAfile".split()
CADES, OTHER_PURPOSES = "060b2a864886f70d010910022f", {"2b0601050507030" + digit for digit in "1289"}
KINDS = {"signature": "type:str data:str", "timestamp": "token:str certificates:str?", "note": "text:str entry:str?",
         "custody": "action:str from:str? to:str? place:str? file:str? text:str?",
         "dismissal": "finding:str text:str entry:str?"}

class Signers:
    """Who signed, when, and what was said later. The bundle that inherits this has its files, findings and options."""
    def __init__(self): self.signatures, self.stamps, self.lines, self.anchors, self.notes = [], [], [], [], []
    # What ssh-keygen and openssl say, with the anchors from the command line. Content is a file.
    def write(self, name, data):
        with open(os.path.join(self.scratch, name), "wb") as file: file.write(data)
        return file.name
    def encoded(self, argv, data):  # the signature as a file, if openssl writes it back as it is
        signature, again = self.write("signature", data), self.write("again", b"")
        good = run([*argv, "-in", signature, "-out", again])[0]
        with open(again, "rb") as file: demand(good and file.read() == data, "is not in its one encoding")
        return signature
    def asked(self, text, content, *argv):
        argv = ["ssh-keygen", "-Y", *argv, "-s", self.write("armour", text)]
        with open(content, "rb") as data: return run(argv, stdin=data)
    def ssh(self, text, content, space):  # the key that signed
        key = ssh_key(text, space)
        demand(self.asked(text, content, "check-novalidate", "-n", space)[0], "is not a valid signature")
        return key
    def principals(self, text, content, space, times):  # who that is by the allowed signers, at all these times
        found, wanted = [], [name for name in self.options.require_signer if ":" not in name]
        for when in times if self.options.allowed_signers else ():
            more = time.strftime("-Overify-time=%Y%m%d%H%M%SZ", time.gmtime(when)), "-f", self.options.allowed_signers
            names = self.asked(text, content, "find-principals", *more)[1].decode(errors="replace").splitlines()[:64]
            found.append({name for name in names + wanted
                          if self.asked(text, content, "verify", "-n", space, "-I", name, *more)[0]})
        return set.intersection(*found) if found else set()
    def cms(self, data, content, _):  # the certificate that signed
        argv = [*CMS, self.encoded("openssl cms -cmsout -inform DER -outform DER".split(), data), "-content", content]
        parts, who = der(within(data, 0, 1, 0)), self.write("who.pem", b"")
        signer = [value.hex() for _, value, _ in der(within(parts[-1][1], 0))]
        demand([part[0] for part in parts] == [2, 49, 48, 160, 49]  # no content, certificates, no revocation lists
               and len(der(parts[2][1])) == len(der(parts[4][1])) == 1
               and re.fullmatch("060960864801650304020[123](0500)?", signer[2]) and CADES in signer[3] and re.match(
                   "06092a864886f70d0101(01|0b|0c|0d)|06082a8648ce3d04030[234]", signer[4]),
               "is no detached signature of the one form")
        demand(run([*argv, "-noverify", "-signer", who])[0] and run([*argv, *BY_ITSELF, who])[0], "is not valid")
        with open(who, "rb") as file: found = base64.b64decode(b"".join(file.read().splitlines()[1:-1]))
        (_, kind, _), (_, bits, _) = der(certificate(found)[0][5][1])
        strong = len(within(bits[1:], 0, 0)) > 256 if b"\x86\xf7\r\1\1\1" in kind else der(kind)[1][0] == 6
        demand(strong, "is by too short a key, or on no named curve")
        return found
    def certified(self, one, content, when):  # the names that the certificate has by the authorities, at that time
        who, (_, more) = self.write("who.pem", pem([one.key])), certificate(one.key)
        purposes = {purpose.hex() for _, purpose, _ in der(more.get("551d25", b"\6\1*"))} - OTHER_PURPOSES
        if more.get("551d0f", b"\0\xff")[1:2] < b"\x40" or not purposes: return set()
        argv = ["-no-CApath", "-no-CAstore", "-attime", str(when), "-CAfile"]
        dated = run(["openssl", "verify", "-partial_chain", *argv, who, who])[0]
        names = {f"cert:{H(one.key).hex()}"} if dated else set()
        argv = [*CMS, self.write("signature", one.data), "-content", content, "-cades", "-purpose", "any", *argv]
        if not self.ca or not run([*argv, self.ca])[0]: return names
        shown = run(["openssl", "x509", "-in", who, "-noout", "-subject", "-nameopt", "RFC2253,-esc_msb,utf8"])[1]
        texts = [b"email:" + email for tag, email, _ in der(more.get("551d11", b"")) if tag == 0x81]
        texts = [text.decode(errors="replace") for text in [b"subject:" + shown[8:].strip(), *texts]]
        return {"a chain", *names, *map(normal, texts)}
    def stamp(self, token, content, certificates):  # the time that it says, if its chain leads to the given authority
        response, (status, (_, _, signed)) = self.encoded("openssl ts -reply".split(), token), der(within(token, 0))
        demand(status[1] == b"\2\1\0", "has another status than granted, or a text")
        demand(not certificates or re.fullmatch(TSA_PEM, certificates), "has certificates that are not in the one PEM")
        shown = re.findall(rb"^Time stamp: (.*)$", run(["openssl", "ts", "-reply", "-text", "-in", response])[1], re.M)
        when = unix(re.sub(r"\.\d+", "", shown[-1].decode(errors="replace")), "%b %d %H:%M:%S %Y GMT")
        own = self.write("who.pem", pem(one[2] for one in der(der(within(signed, 0, 1, 0))[3][1])))
        argv = ["openssl", "ts", "-verify", "-in", response, "-data", content]
        demand(run([*argv, "-partial_chain", "-no_check_time", "-CAfile", own])[0], "is not a valid time stamp of this")
        more = ["-untrusted", self.write("tsa.pem", certificates)] if b"BEGIN CERT" in certificates else []
        return when if self.tsa_ca and run([*argv, "-attime", str(when), *more, "-CAfile", self.tsa_ca])[0] else None
    def authorities(self, name, paths):  # one file of those that were given
        return paths and self.write(name, b"\n".join(open(path, "rb").read() for path in paths))
    def attested(self, code, way, where, data, content, more):  # what it says; nothing if it is not right
        try: return getattr(self, way)(data, self.write("content", content), more)
        except (ValueError, LookupError) as bad: self.add(code, where, str(bad))
    def stamped(self, code, where, over, *rest):
        when = self.attested(code, "stamp", where, *rest)
        if when is not None: self.stamps.append((over, when))
    def signed(self, code, where, way, data, content, over, record, claimed):
        space = "exhibit-bundle@v1" if over == "seal" else "exhibit-record@v1"
        if way == "cms" and over != "seal": content = b"exhibit-record@v1\n" + content
        key = self.attested(code, way, where, data, content, space)
        if key: self.signatures.append(Signature(where, way, data, content, space, over, record, claimed, key))
    def seal(self, seal):
        self.seal_id, options, last, signature = H(seal).hex(), self.options, (0, 2), b""
        self.ca, self.tsa_ca = self.authorities("ca.pem", options.ca), self.authorities("tsa-ca.pem", options.tsa_ca)
        for path in [entry.path for entry in self.entries.values() if entry.place == 18]:
            number, kind, data = int(path.split(".")[1]), {"tsr": 1, "pem": 2}.get(path[-3:], 0), self.data(path)
            right = (number, kind) == (last[0], last[1] + 1) if kind else number == last[0] + 1
            if not right or number > 16 or len(data) > SMALL // 2: self.add(11, path, "is out of order, or too big")
            if kind == 0: signature, over = data, path
            if kind == 0: self.signed(11, path, "cms" if path[-1] == "s" else "ssh", data, seal, "seal", 0, self.sealed)
            elif kind == 1 and right: self.stamped(14, path, over, data, signature, self.data(path[:-3] + "tsa.pem"))
            elif kind == 2 and not data: self.add(14, path, "is empty")
            last = number, kind
        if not signature: self.add(12, "sig/seal.1.ssh.sig", "is missing: there is no signature")
        sealers, path = [one.key for one in self.signatures], "meta/bundle.json.sig"
        self.records(seal)
        self.who()
        if path not in self.entries: return
        more = self.data(path), self.data("meta/bundle.json"), "exhibit-open@v1"
        key = self.attested(11, "ssh", path, *more)
        if not key or key in (self.run_key, *sealers): return
        if not options.allowed_signers: return self.notes.append("it was opened with a key that did not seal")
        more = more[0], self.write("content", more[1]), more[2], [self.sealed, int(time.time())]
        if not self.principals(*more): self.add(13, path, "is by a key that did not seal, and is not allowed")
    def who(self):  # section 8.3: who, as of when, several anchors, time
        options, now, matched = self.options, int(time.time()), self.options.expect == self.seal_id
        wanted, names, covered = {normal(name): name for name in options.require_signer}, set(), [0]
        for one in self.signatures:
            one.times = [when for over, when in self.stamps
                         if over == one.where or type(over) is int and 0 < one.record <= over]
            when, content = min(one.times, default=None), self.write("content", one.content)
            if one.way == "cms": one.names = self.certified(one, content, now if when is None else when)
            else:
                times = [one.claimed, now] if when is None else [when]
                one.names = self.principals(one.data, content, one.space, times)
                one.names |= {"allowed"} if one.names else set()
                one.names.add("SHA256:" + base64.b64encode(H(one.key)).decode().rstrip("="))
            one.accepted = not one.names.isdisjoint({"allowed", *wanted})
            if one.over == "seal": names |= one.names
            elif one.accepted: covered.append(one.over)
        chains = {"a chain", *(name for name in wanted if name[:5] == "cert:")}
        over_seal = [one for one in self.signatures if one.over == "seal"]
        self.anchors = [f"{one.where}: {', '.join(sorted(one.names))}" for one in over_seal if one.accepted]
        self.anchors += ["the expected Seal ID"] * matched
        self.time = [one.times for one in over_seal if one.times and (one.accepted or matched)]
        anyone = not (options.expect or options.allowed_signers or wanted)  # an authority names nobody
        told = anyone and any(one.times for one in over_seal)
        if options.expect and not matched: self.add(13, "seal.sha256", f"has the Seal ID {self.seal_id}")
        for code, wrong, what in (
                (13, options.allowed_signers and "allowed" not in names, "has no signature by an allowed signer"),
                (13, options.ca and names.isdisjoint(chains), "has no signature with a chain to an authority"),
                *((13, name not in names, f"has no signature by {wanted[name]}") for name in wanted),
                (14, options.tsa_ca and not (self.time or told), "has no time stamp of an authority over what counts")):
            if wrong: self.add(code, "sig", what)
        covered = max([*covered, *(over for over, _ in self.stamps if type(over) is int)])
        if len(self.lines) > covered: self.notes.append(f"nothing that counts is over records from {covered + 1} on")
    def records(self, seal):  # section 10: those in records/, then those of the sidecar
        where, previous, text, number = self.sidecar, FIRST, b"", 0
        try:
            paths = [entry.path for entry in self.entries.values() if entry.place == 20]
            every = [(path, line) for path in paths for line in self.rows(path, SMALL)]
            if os.path.lexists(where):
                with open(where, "rb", opener=lambda path, flags: os.open(path, flags | os.O_NONBLOCK)) as file:
                    demand(stat.S_ISREG(os.fstat(file.fileno()).st_mode), "is no regular file")
                    text = file.read(65 << 20)
            (*beside, rest), known = text.split(b"\n"), [line for _, line in every]
            if beside[:len(known)] != known and beside == known[:len(beside)]: beside = []  # it was left behind
            elif beside[:len(known)] == known: beside = beside[len(known):]
            every += [(where, line) for line in beside]
            for number, (where, line) in enumerate(every + [(self.sidecar, rest)] * bool(rest), 1):
                try: value = self.record(line, where, number, previous)
                except ValueError:
                    if number <= len(every): raise
                    return self.notes.append(f"{len(rest)} bytes of half a line behind the records were passed over")
                previous, where = H(line).hex(), f"{where}: record {number}"
                if value["kind"] in ("signature", "timestamp"): self.vouch(value, where, number, seal)
                self.lines.append(line)
        except (ValueError, OSError) as bad: self.add(16, where, f"record {number}: {bad}")
    def record(self, line, where, number, previous):
        value = parse(line, "record:int seal:str previous:str nonce:str time:str kind:str by:str body:dict")
        demand([value["record"], value["seal"], value["previous"]] == [number, self.seal_id, previous]
               and where in (self.sidecar, f"records/{number:06}.json"), "breaks the chain")
        demand(HEX32(value["nonce"]) and moment(value["time"]), "is not right")
        demand(len(line) < SMALL and number <= 65536, "is beyond what a reader takes")
        if value["kind"] not in KINDS: self.notes.append(f"record {number} is of an unknown kind")
        shape, body = KINDS.get(value["kind"], ""), value["body"]
        body = {name: body[name] for name in re.findall(r"(\w+):", shape) if name in body}  # these, in whatever order
        parse(json.dumps(body, separators=(",", ":")).encode(), shape)
        demand(re.fullmatch("[0-9a-f]{64}", body.get("file", FIRST)), "has no right file")
        return value
    def vouch(self, value, where, number, seal):  # what is not valid here does not break the chain
        body, over, stamp, content = value["body"], value["body"].get("over"), value["kind"] == "timestamp", b""
        if type(over) is int and 0 < over < number: content = self.lines[over - 1]
        elif stamp and re.fullmatch(r"sig/seal[.]\d+[.](ssh[.]sig|cms[.]p7s)", str(over)): content = self.data(over)
        elif over == "seal" and not stamp: content = seal
        try:
            demand(content and (stamp or body["type"] in ("ssh", "cms")), "is over nothing, or of an unknown type")
            data = unbase64(body["token" if stamp else "data"].encode())
        except ValueError as bad: return self.add(16, where, str(bad))
        if stamp: return self.stamped(16, where, over, data, content, body.get("certificates", "").encode())
        self.signed(16, where, body["type"], data, content, over, number, moment(value["time"]))
