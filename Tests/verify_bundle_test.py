#!/usr/bin/env python3
"""Tests of Scripts/verify_bundle.py, with a writer of bundles of its own, made from docs/format.md alone.

Run with: python3 Tests/verify_bundle_test.py. Needs zstd, ssh-keygen and openssl, as the verifier does.
"""

import base64
import contextlib
import datetime
import hashlib
import hmac
import importlib.util
import io
import json
import os
import random
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest
import zlib

HERE = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True
SPEC = importlib.util.spec_from_file_location("verify_bundle", os.path.join(HERE, "..", "Scripts", "verify_bundle.py"))
verify_bundle = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(verify_bundle)

STARTED = 1795230855
WALL = "2026-11-21T03:14:15.926535897Z"
ZEROS = "0" * 64


def sha(data):
    return hashlib.sha256(data).digest()


def line(value):
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"


def run(*argv, data=None):
    return subprocess.run(argv, input=data, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=True).stdout


# The writer.


def tar_header(name, size, started, kind=b"0"):
    field = b"%011o\0" % (size if size < 1 << 33 else 0)
    block = (
        name[:100].ljust(100, b"\0")
        + b"0000644\0"
        + b"0000000\0"
        + b"0000000\0"
        + field
        + b"%011o\0" % started
        + b"        "
        + kind
        + b"\0" * 100
        + b"ustar\x0000"
        + b"\0" * 64
        + b"0000000\0"
        + b"0000000\0"
    ).ljust(512, b"\0")
    return block[:148] + b"%06o\0 " % sum(block) + block[156:]


def tar_headers(full, size, started):
    name, records = full.encode(), b""
    wanted = [("path", full)] if len(name) > 100 else []
    wanted += [("size", size)] if size >= 1 << 33 else []
    for key, value in wanted:
        record = next(r for r in (f"{n} {key}={value}\n" for n in range(5, 2000)) if len(r) == int(r.split(" ")[0]))
        records += record.encode()
    pax = tar_header(b"PaxHeader", len(records), started, b"x") + pad(records) if records else b""
    return pax + tar_header(name, size, started)


def pad(data):
    return data + b"\0" * (-len(data) % 512)


def split_lines(content):
    """Section 6.1, written so that it is easily seen to be right."""
    segments, current = [], bytearray()
    for byte in content:
        current.append(byte)
        if len(current) == 65536 or len(current) >= 1024 and byte == 10:
            segments.append(bytes(current))
            current = bytearray()
    return segments + [bytes(current)] if current or not segments else segments


def merkle(leaves):
    if len(leaves) == 1:
        return leaves[0]
    if not leaves:
        return sha(b"")
    middle = 1
    while middle * 2 < len(leaves):
        middle *= 2
    return sha(b"\1" + merkle(leaves[:middle]) + merkle(leaves[middle:]))


def salt(key, number):
    for digit in "%08x" % number:
        key = sha(b"\4" + key + bytes([int(digit, 16)]))
    return key


class Key:
    """An SSH key pair in a folder of its own."""

    def __init__(self, folder, name, kind="ed25519"):
        self.path = os.path.join(folder, name)
        run("ssh-keygen", "-q", "-t", kind, "-N", "", "-C", name, "-f", self.path)
        with open(self.path + ".pub", encoding="ascii") as file:
            self.public = " ".join(file.read().split()[:2])

    def sign(self, data, namespace):
        return run("ssh-keygen", "-q", "-Y", "sign", "-f", self.path, "-n", namespace, data=data)


class Writer:
    """Makes a bundle; `hooks` (path → function of bytes) edit a file as it is made, so that what comes later agrees."""

    def __init__(
        self,
        key,
        operator=None,
        hooks=None,
        payload=None,
        segments="lines",
        started=STARTED,
        folder="exhibit-1",
        checkpoints=True,
        signatures=None,
        extra_opening=None,
        prefix=None,
        attempts=None,
    ):
        self.key, self.hooks, self.started, self.folder = key, hooks or {}, started, folder
        self.bundle, self.seed = "0123456789abcdef0123456789abcdef", bytes(range(32))
        self.entries, self.index, self.offset = [], [], 0
        self.checkpoint_lines = {"index": [], "ledger": [], "custody": []}
        self.checkpoint_hash, self.checkpoint_number = ZEROS, 0
        self.ledger, self.custody = [], []
        self.write(extra_opening, operator or key, payload, segments, checkpoints, signatures, prefix, attempts)

    def add(self, path, content, leaf=False, attempt=0, media="text/plain", segments="lines"):
        content = self.hooks.get(path, lambda data: data)(content)
        if content is None:
            return None
        if leaf:
            key = hmac.new(self.seed, b"exhibit-entry-v1\0" + path.encode(), hashlib.sha256).digest()
            content_key = sha(b"\4" + key + b"C")
            parts = split_lines(content) if segments == "lines" else [sha(content)]
            root = merkle([sha(b"\0" + salt(content_key, number) + part) for number, part in enumerate(parts)])
            metadata = line({"path": path, "media": media, "segments": segments, "attempt": attempt})[:-1]
            rest = {
                "count": len(parts),
                "root": root.hex(),
                "sha256": sha(content).hex(),
                "size": len(content),
                "offset": self.offset,
            }
            self.index.append((metadata[:-1] + b"," + line(rest)[1:], key))
            self.checkpoint_lines["index"].append(metadata)
        self.entries.append([path, content])
        self.offset += len(tar_headers(f"{self.folder}/{path}", len(content), self.started)) + len(pad(content))
        return content

    def root(self):
        leaves = []
        for text, key in self.index:
            metadata, _, rest = text.partition(b',"count":')
            value = json.loads(b'{"count":' + rest)
            commitment = sha(b"\3" + sha(b"\4" + key + b"M") + metadata + b"}")
            leaves.append(sha(b"\2" + commitment + struct.pack(">Q", value["count"]) + bytes.fromhex(value["root"])))
        return merkle(leaves).hex()

    def checkpoint(self, signer=None):
        self.checkpoint_number += 1
        name = "meta/checkpoints/%06d" % self.checkpoint_number
        head = {
            "checkpoint": self.checkpoint_number,
            "bundle": self.bundle,
            "previous": self.checkpoint_hash,
            "offset": self.offset,
            "leaves": len(self.index),
            "root": self.root(),
            "time": WALL,
            "monotonic": 5,
            "spools": [],
            **{kind: len(found) for kind, found in self.checkpoint_lines.items()},
        }
        text = line(head) + b"".join(found + b"\n" for kind in self.checkpoint_lines.values() for found in kind)
        text = self.add(name + ".jsonl", text)
        if text is not None:
            self.checkpoint_hash = sha(text).hex()
            self.add(name + ".sig", (signer or self.key).sign(text, "exhibit-checkpoint@v1"))
        self.checkpoint_lines = {"index": [], "ledger": [], "custody": []}

    def attempt(self, number, state, entries, **more):
        value = {
            "attempt": number,
            "collector": "host",
            "step": "files",
            "target": {"kind": "host"},
            "source": "node",
            "state": state,
            "reason": {"code": "Gone", "message": "it is gone"},
            "entries": entries,
            "bytes": 1,
            "volatility": 3,
            "started": WALL,
            "ended": WALL,
            "monotonic": [1, 2],
        } | more
        if state in ("ok", "empty"):
            del value["reason"]
        self.ledger.append(line(value)[:-1])
        self.checkpoint_lines["ledger"].append(self.ledger[-1])

    def act(self, action, **more):
        previous = sha(self.custody[-1]).hex() if self.custody else ZEROS
        value = {
            "n": len(self.custody) + 1,
            "previous": previous,
            "time": WALL,
            "monotonic": 7,
            "action": action,
            "target": {"kind": "host"},
            "detail": {},
            "attempt": 0,
            "nonce": "ab" * 16,
        } | more
        self.custody.append(line(value)[:-1])
        self.checkpoint_lines["custody"].append(self.custody[-1])

    def listing(self, wanted):
        return b"".join(f"{sha(content).hex()}  {path}\n".encode() for path, content in self.entries if wanted(path))

    def write(self, extra_opening, operator, payload, segments, checkpoints, signatures, prefix, attempts):
        self.add("bagit.txt", b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n")
        opening = {
            "format": "exhibit-bundle",
            "version": 1,
            "critical": [],
            "bundle": self.bundle,
            "folder": self.folder,
            "started": {"wall": WALL, "unix": self.started, "boottime": 12345},
            "case": {"id": "INC-1"},
            "tool": {"name": "exhibit", "version": "1.0", "sha256": ZEROS},
            "invocation": ["collect", "host"],
            "targets": ["host"],
            "profile": "default",
            "touch": "none",
            "secrets": "hashed",
            "host": {"hostname": "h", "machine": "m", "boot": "b", "kernel": "k"},
            "limits": {},
            "key": {"type": "ssh-ed25519", "public": self.key.public, "purpose": "run"},
        } | (extra_opening or {})
        text = self.add("meta/bundle.json", line(opening), leaf=True, media="application/json", segments="lines")
        self.add("meta/bundle.json.sig", operator.sign(text or b"", "exhibit-open@v1"))
        self.add("meta/salts", self.seed.hex().encode() + b"\n")
        for path, content in prefix or ():
            self.add(path, content, leaf=True)
        self.add("data/version", b"exhibit\n1.0\n", leaf=True)
        self.act("opened")
        if payload is None:
            payload = {
                "data/host/a.txt": b"".join(b"line %d of the file\n" % n for n in range(150)),
                "data/host/empty": b"",
                "data/namespaces/" + "n" * 90 + "/core/pods.yaml": b"items: []\n",
                "data/host/long": b"x" * 70000 + b"\nend",
            }
        for number, (path, content) in enumerate(payload.items(), 1):
            self.add(path, content, leaf=True, attempt=number, segments=segments)
            self.attempt(number, "ok", [path])
            if checkpoints and number in (1, 3):
                self.checkpoint()
            if number == 2:
                self.add("meta/definitions/host.yaml", b"kind: Collector\n", leaf=True)
        self.attempt(len(payload) + 1, "denied", [])
        for attempt in attempts or ():
            self.attempt(*attempt)
        self.act("closed")
        self.add("meta/ledger.jsonl", b"".join(found + b"\n" for found in self.ledger), leaf=True)
        self.add("meta/custody.jsonl", b"".join(found + b"\n" for found in self.custody), leaf=True)
        index_offset = self.offset
        index = self.add("meta/index.jsonl", b"".join(found for found, _ in self.index))
        self.locator = struct.pack(
            "<16s4Q16s", b"EXHIBIT-LOCATOR1", index_offset, len(index or b""), 0, len(self.index), b""
        )
        self.add("manifest-sha256.txt", self.listing(lambda path: path.startswith("data/")))
        sizes = [len(content) for path, content in self.entries if path.startswith("data/")]
        self.add(
            "bag-info.txt",
            (
                f"Internal-Sender-Identifier: INC-1\nBag-Software-Agent: test\nBagging-Date: 2026-11-21\n"
                f"Bag-Group-Identifier: {self.bundle}\nPayload-Oxum: {sum(sizes)}.{len(sizes)}\n"
            ).encode(),
        )
        root = self.root()
        self.add("meta/merkle-root.txt", f"exhibit-merkle-v1 {len(self.index)} {root}\n".encode())
        self.add(
            "meta/statement.json",
            line({"type": "exhibit-seal-v1", "bundle": self.bundle, "root": root, "leaves": len(self.index)}),
        )
        self.add("tagmanifest-sha256.txt", self.listing(lambda path: not path.startswith("data/")))
        wanted = ("tagmanifest-sha256.txt", "meta/merkle-root.txt", "meta/statement.json")
        found = dict(map(tuple, self.entries))
        seal = "".join(f"{sha(found.get(path, b'')).hex()}  {path}\n" for path in wanted).encode()
        self.seal = self.add("seal.sha256", seal) or b""
        self.seal_id = sha(self.seal).hex()
        if signatures is None:
            self.add("sig/seal.1.ssh.sig", operator.sign(self.seal, "exhibit-bundle@v1"))
        else:
            signatures(self)
        self.add("sig/manifest-sha256.txt", self.listing(lambda path: path.startswith("sig/")))

    def fold(self, records):
        for number, text in enumerate(records, 1):
            self.add("records/%06d.json" % number, text + b"\n")
        self.add("records/manifest-sha256.txt", self.listing(lambda path: path.startswith("records/")))

    # The containers. `edit` works on the tar stream, which then is packed as it should be.

    def stream(self, edit=None, end=b"\0" * 1024):
        tar = (
            b"".join(
                tar_headers(f"{self.folder}/{path}", len(content), self.started) + pad(content)
                for path, content in self.entries
            )
            + end
        )
        return edit(tar) if edit else tar

    def located(self, tar):
        return self.locator[:32] + struct.pack("<Q", len(tar)) + self.locator[40:]

    def tar(self, edit=None, **more):
        tar = self.stream(edit, **more)
        return tar + self.located(tar).ljust(512, b"\0")

    def zst(self, edit=None, size=20000, level="-3", frames=None):
        tar = self.stream(edit)
        frames = frames or [zstd(tar[at : at + size], level) for at in range(0, len(tar), size)]
        contents = [len(tar[at : at + size]) for at in range(0, len(tar), size)]
        return seekable(frames, contents, self.located(tar))

    def gz(
        self,
        edit=None,
        size=700,
        level=6,
        parts=lambda table: [table[at : at + 65280] for at in range(0, len(table), 65280)],
    ):
        tar, members, rows, at = self.stream(edit), [], [], 0
        for begin in range(0, len(tar), size):
            if len(members) % 64 == 0:
                rows.append(struct.pack("<QQ", at, begin))
            members.append(bgzf(tar[begin : begin + size], level))
            at += len(members[-1])
        table = b"".join(rows)
        members += [bgzf(part, 0) for part in parts(table)]
        footer = self.located(tar) + struct.pack("<QQ", len(tar), len(rows)) + b"EXHBGZF1"
        return b"".join(members) + bgzf(footer, 0) + BGZF_END

    def unpack(self, folder):
        for path, content in self.entries:
            os.makedirs(os.path.dirname(os.path.join(folder, path)), exist_ok=True)
            with open(os.path.join(folder, path), "wb") as file:
                file.write(content)
        return folder


def seekable(frames, contents, locator):
    rows = [*zip(map(len, frames), contents), (72, 0)]
    table = b"".join(struct.pack("<II", *row) for row in rows) + struct.pack("<IBI", len(rows), 0, 0x8F92EAB1)
    tail = struct.pack("<II", 0x184D2A5D, 64) + locator + struct.pack("<II", 0x184D2A5E, len(table)) + table
    return b"".join(frames) + tail


BGZF_END = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")


def bgzf(content, level):
    deflate = zlib.compressobj(level, zlib.DEFLATED, -15)
    body = deflate.compress(content) + deflate.flush()
    if level == 0:
        body = b"\1" + struct.pack("<HH", len(content), len(content) ^ 0xFFFF) + content
    return (
        bytes.fromhex("1f8b08040000000000ff060042430200")
        + struct.pack("<H", 18 + len(body) + 8 - 1)
        + body
        + struct.pack("<II", zlib.crc32(content), len(content))
    )


def zstd(content, level="-3"):
    return run("zstd", "-cq", level, f"--stream-size={len(content)}", data=content)


def dated(text, now):
    lines, previous = [], None
    for one in text.replace(WALL.encode(), now).splitlines():
        if previous:
            one = re.sub(b'"previous":"[0-9a-f]*', b'"previous":"' + sha(previous).hex().encode(), one)
        previous = one
        lines.append(one + b"\n")
    return b"".join(lines)


class Case(unittest.TestCase):
    """A folder for the class, with a run's key, an operator's key and an allowed signers file."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="verify_bundle.")
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.run_key, cls.operator, cls.stranger = (Key(cls.folder, name) for name in ("run", "operator", "stranger"))
        cls.signers = cls.file("allowed_signers", f"alice@example.org {cls.operator.public}\n".encode())
        cls.good = Writer(cls.run_key)

    @classmethod
    def file(cls, name, data):
        path = os.path.join(cls.folder, name)
        with open(path, "wb") as file:
            file.write(data)
        return path

    def verify(self, *arguments):
        output, before = io.StringIO(), sys.argv
        sys.argv = ["verify_bundle.py", "--json", *arguments]
        try:
            with contextlib.redirect_stdout(output), contextlib.redirect_stderr(io.StringIO()):
                code = verify_bundle.main()
        finally:
            sys.argv = before
        self.answer = json.loads(output.getvalue()) if output.getvalue() else {"findings": []}
        for finding in self.answer["findings"]:
            self.assertNotIn("cannot be judged", finding["what"])
        return code

    def judge(self, data, code, path=None, what=None, arguments=(), name="X.tar"):
        """The exit code of a bundle; and that a finding says this of that path."""
        found = self.verify(*arguments, data if isinstance(data, str) else self.file(name, data))
        says = "\n".join(str(finding) for finding in self.answer["findings"])
        self.assertEqual(found, code, says)
        if path is not None or what is not None:
            self.assertTrue(
                any(
                    finding["path"] == (finding["path"] if path is None else path) and (what or "") in finding["what"]
                    for finding in self.answer["findings"]
                ),
                f"nothing says {path}: {what} in\n{says}",
            )

    def edited(self, path, edit, code, what=None, where=None, **more):
        """A bundle that was made with this edit, so that everything after it agrees."""
        self.judge(Writer(self.run_key, hooks={path: edit}, **more).tar(), code, where or path, what)


class GoodTests(Case):
    def test_containers(self):
        for name, data in (
            ("X.tar", self.good.tar()),
            ("X.tar.zst", self.good.zst()),
            ("X.tar.gz", self.good.gz()),
            ("odd name", self.good.zst(size=3000, level="-19")),
            ("Y.gz", self.good.gz(size=65280, level=0)),
        ):
            for deep in ([], ["--deep"]):
                self.judge(data, 10, name=name, arguments=deep)
                self.assertEqual(
                    [self.answer[layer] for layer in ("integrity", "completeness", "identity", "time")],
                    ["passed", "passed", "not checked", "not checked"],
                )
                self.assertEqual(self.answer["sealID"], self.good.seal_id)
                self.assertEqual(self.answer["findings"], [])

    def test_stock_tools_agree(self):
        for name, data in (("S.tar", self.good.tar()), ("S.tar.zst", self.good.zst()), ("S.tar.gz", self.good.gz())):
            folder = os.path.join(self.folder, "unpacked " + name)
            os.mkdir(folder)
            run("tar", "xf", self.file(name, data), "-C", folder)
            self.judge(os.path.join(folder, self.good.folder), 10, arguments=["--deep"])
            subprocess.run(
                ["sha256sum", "--quiet", "-c", "manifest-sha256.txt", "tagmanifest-sha256.txt", "seal.sha256"],
                cwd=os.path.join(folder, self.good.folder),
                check=True,
            )

    def test_whole_segments_and_no_checkpoints(self):
        self.judge(Writer(self.run_key, segments="whole", checkpoints=False).tar(), 10, arguments=["--deep"])

    def test_many_segments(self):
        text = b"".join(b"%d\n" % n for n in range(30000))
        self.judge(Writer(self.run_key, payload={"data/host/a": text}).tar(), 10, arguments=["--deep"])

    def test_anchors(self):
        self.judge(self.good.tar(), 0, arguments=["--expect", self.good.seal_id])
        self.judge(self.good.tar(), 13, "seal.sha256", arguments=["--expect", "0" * 64])
        self.judge(self.good.tar(), 13, "sig", arguments=["--allowed-signers", self.signers])
        writer = Writer(self.run_key, self.operator)
        self.judge(writer.tar(), 10)
        self.judge(writer.tar(), 0, arguments=["--allowed-signers", self.signers])
        self.judge(writer.tar(), 13, arguments=["--allowed-signers", self.signers, "--expect", "0" * 64])

    def test_signer_at_the_time_of_sealing(self):
        for options, code in (
            ('valid-before="29991231"', 0),
            ('valid-before="20261120"', 13),
            ('valid-after="20261122"', 13),
            ('valid-after="20261120"', 0),
            ('namespaces="other"', 13),
        ):
            signers = self.file("dated", f"alice@example.org {options} {self.operator.public}\n".encode())
            self.judge(Writer(self.run_key, self.operator).tar(), code, arguments=["--allowed-signers", signers])

    def test_other_key_types(self):
        for kind in ("ecdsa", "rsa"):
            self.judge(Writer(Key(self.folder, kind, kind)).tar(), 10)

    def test_key_that_expired_since(self):
        """It was good at the claimed time of sealing; without a time stamp it must be good now, too."""
        now = datetime.datetime.now(datetime.timezone.utc)
        # A vector is judged for years: what is good now is good long.
        for when, code in ((f"{now - datetime.timedelta(1):%Y%m%d}", 13), ("29991231", 0)):
            signers = self.file("dated", f'alice@example.org valid-before="{when}" {self.operator.public}\n'.encode())
            wall = (now - datetime.timedelta(3)).strftime("%Y-%m-%dT%H:%M:%S.000000000Z").encode()
            hooks = {"meta/custody.jsonl": lambda text: dated(text, wall)}
            writer = Writer(self.run_key, self.operator, hooks=hooks, checkpoints=False)
            self.judge(writer.tar(), code, arguments=["--allowed-signers", signers])

    def test_required_signers(self):
        writer = Writer(self.run_key, self.operator)
        data, print_of = writer.tar(), lambda key: run("ssh-keygen", "-lf", key.path + ".pub").split()[1].decode()
        for arguments, code in (
            (["--require-signer", print_of(self.operator)], 0),
            (["--require-signer", print_of(self.stranger)], 13),
            (["--require-signer", "alice@example.org", "--allowed-signers", self.signers], 0),
            (["--require-signer", "bob@example.org", "--allowed-signers", self.signers], 13),
            (["--require-signer", "allowed", "--allowed-signers", self.signers], 13),
            (["--require-signer", "alice@example.org", "--require-signer", print_of(self.stranger)], 13),
            (["--require-signer", print_of(self.operator), "--allowed-signers", self.signers], 0),
            (["--require-signer", "cert:" + ZEROS], 13),
            (["--require-signer", "email:alice@example.org", "--allowed-signers", self.signers], 13),
            (["--expect", writer.seal_id, "--require-signer", print_of(self.stranger)], 13),
            (["--expect", writer.seal_id, "--require-timestamp"], 64),
        ):
            self.judge(data, code, arguments=arguments)

    def test_usage(self):
        for arguments in ([], ["--expect", "12", "x"], ["--expect", "", "x"], ["a", "b"], ["--unknown", "x"]):
            self.assertEqual(self.verify(*arguments), 64)

    def test_no_bundle(self):
        for data in (
            b"",
            b"hello\n" * 1000,
            b"\x1f\x8b" + b"x" * 99999,
            b"\x28\xb5\x2f\xfd" + b"\0" * 100,
            b"age-encryption.org/v1\n",
            zstd(b"hello" * 200),
            b"\0" * 10240,
        ):
            self.judge(data, 15, name="foreign")
        self.assertEqual(self.verify(os.path.join(self.folder, "nowhere")), 15)
        folder = tempfile.mkdtemp(dir=self.folder)
        self.assertEqual(self.verify(folder), 15)
        os.mkfifo(os.path.join(self.folder, "fifo"))
        for path in (os.path.join(self.folder, "fifo"), "/dev/null"):
            self.assertEqual(self.verify(path), 15)
        self.file("one", b"1")
        for pack in (["-cf"], ["-czf"], ["--zstd", "-cf"]):
            path = os.path.join(self.folder, "foreign.archive")
            run("tar", *pack, path, "-C", self.folder, "one")
            self.judge(path, 15)


class ContainerTests(Case):
    def test_truncation(self):
        """A cut file is never green, and never anything but cut (or, where almost nothing is left, no bundle)."""
        for name, data in (("X.tar", self.good.tar()), ("X.tar.zst", self.good.zst()), ("X.tar.gz", self.good.gz())):
            lengths = {*range(0, len(data), len(data) // 12), *(len(data) - n for n in (1, 2, 4, 9, 28, 72, 512, 1024))}
            for length in sorted(lengths):
                self.judge(data[:length], 15 if length < {"X.tar": 512, "X.tar.gz": 16}.get(name, 4) else 12, name=name)

    def test_cut_between_entries(self):
        tar = self.good.stream()
        writer = Writer(self.run_key)
        writer.entries = writer.entries[:8]
        cut = writer.stream(end=b"")
        self.assertTrue(tar.startswith(cut))
        self.judge(cut, 12)
        self.judge(writer.zst(lambda tar: tar[:-1024]), 12, name="X.tar.zst")

    def test_trailing_bytes(self):
        for name, data in (("X.tar", self.good.tar()), ("X.tar.zst", self.good.zst()), ("X.tar.gz", self.good.gz())):
            for more in (b"\0", b"x" * 512, b"\0" * 512, data):
                self.judge(data + more, 11, name=name)

    def test_second_archive_within(self):
        for name, pack in (("X.tar", self.good.tar), ("X.tar.zst", self.good.zst), ("X.tar.gz", self.good.gz)):
            self.judge(pack(lambda tar: tar + tar), 11, name=name)
            self.judge(pack(lambda tar: tar[:-512] + tar), 11, name=name)
            self.judge(pack(lambda tar: tar + bytes(512)), 11, name=name)
            self.assertIn(self.verify(self.file(name, pack(lambda tar: tar[:-512]))), (11, 12))

    def test_locator(self):
        writer = Writer(self.run_key)
        for position in (0, 15, 16, 23, 24, 40, 47, 48, 63):
            at = writer.locator
            writer.locator = at[:position] + bytes([at[position] ^ 1]) + at[position + 1 :]
            for name, pack in (("X.tar", writer.tar), ("X.tar.zst", writer.zst), ("X.tar.gz", writer.gz)):
                self.judge(pack(), 11, name=name)
            writer.locator = at

    def test_zstd_profile(self):
        tar, good = self.good.stream(), self.good.zst()
        frames = [zstd(tar[at : at + 20000]) for at in range(0, len(tar), 20000)]

        def pack(change):
            changed = list(frames)
            changed[1] = change(changed[1])
            return self.good.zst(frames=changed)

        self.assertEqual(pack(lambda frame: frame), good)
        plain = tar[20000:40000]
        variants = {
            "no checksum": lambda f: run("zstd", "-cq", "--no-check", f"--stream-size={len(plain)}", data=plain),
            "no content size": lambda f: run("zstd", "-cq", data=plain),
            "reserved bit": lambda f: f[:4] + bytes([f[4] | 8]) + f[5:],
            "unused bit": lambda f: f[:4] + bytes([f[4] | 16]) + f[5:],
            "long content size": lambda f: f[:4] + b"\xa4" + struct.pack("<I", len(plain)) + f[7:],
            "empty frame": lambda f: f + zstd(b""),
            "skippable frame": lambda f: struct.pack("<II", 0x184D2A50, 3) + b"abc" + f,
            "two frames": lambda f: zstd(plain[:100]) + zstd(plain[100:]),
            "bad checksum": lambda f: f[:-1] + bytes([f[-1] ^ 1]),
            "wrong content size": lambda f: f[:5] + struct.pack("<H", len(plain) - 256 + 1) + f[7:],
        }
        for name, change in variants.items():
            with self.subTest(name):
                self.judge(pack(change), 11, name="X.tar.zst")
        at = good.rindex(b"\x5e\x2a\x4d\x18")
        for position in range(at, len(good), 7):
            self.judge(good[:position] + bytes([good[position] ^ 1]) + good[position + 1 :], 11, name="X.tar.zst")

    def test_bgzf_profile(self):
        good = self.good.gz()
        second = int.from_bytes(good[16:18], "little") + 1
        variants = {
            **{
                f"header {at}": good[: second + at] + b"\x0c" + good[second + at + 1 :]
                for at in (0, 1, 2, 3, 4, 7, 8, 9, 10, 11, 12, 13, 14, 15)
            },
            "empty member": good[:second] + BGZF_END + good[second:],
            "no end mark": good[:-28],
            "crc": good[: second - 8] + bytes([good[second - 8] ^ 1]) + good[second - 7 :],
            "size": good[: second - 1] + b"\1" + good[second:],
            "two end marks": good + BGZF_END,
            "tar and table in one": self.good.gz(lambda tar: tar + b"x"),
            "odd table": self.good.gz(parts=lambda table: [table[:16], table[16:]]),
        }
        for name, data in variants.items():
            with self.subTest(name):
                self.judge(data, 12 if name == "no end mark" else 11, name="X.tar.gz")
        tail = len(good) - 28 - 26 - 5 - 88
        for position in range(tail - 40, len(good), 11):
            for bit in (1, 128):
                self.assertIn(
                    self.verify(
                        self.file("X.tar.gz", good[:position] + bytes([good[position] ^ bit]) + good[position + 1 :])
                    ),
                    (11, 12),
                )

    def test_every_bit(self):
        """A flipped bit anywhere is refused, or changes nothing of the tar stream."""
        small = Writer(self.run_key, payload={"data/host/a": b"some text\n" * 30}, checkpoints=False)
        generator = random.Random(7)
        for name, data in (("X.tar", small.tar()), ("X.tar.zst", small.zst()), ("X.tar.gz", small.gz())):
            for _ in range(60):
                position, bit = generator.randrange(len(data)), 1 << generator.randrange(8)
                changed = self.file(name, data[:position] + bytes([data[position] ^ bit]) + data[position + 1 :])
                code = self.verify("--deep", changed)
                if code == 10 and name != "X.tar":
                    unpacked = run(*(["zstd", "-dcq"] if name.endswith("zst") else ["gzip", "-dcq"]), changed)
                    self.assertTrue(unpacked.startswith(small.stream()), f"bit {bit} of byte {position} of {name}")
                else:
                    self.assertIn(
                        code, (11, 12) if position > 16 else (11, 12, 15), f"bit {bit} of byte {position} of {name}"
                    )


class Absolute(Writer):
    """All paths in the archive begin with a slash, and all but them agrees."""

    def without_folder(self, method, *arguments, **more):
        folder, self.folder = self.folder, ""
        try:
            return method(*arguments, **more)
        finally:
            self.folder = folder

    def add(self, *arguments, **more):
        return self.without_folder(super().add, *arguments, **more)

    def stream(self, *arguments, **more):
        return self.without_folder(super().stream, *arguments, **more)


class TarTests(Case):
    def swapped(self, edit, code, path=None, what=None, payload=None):
        self.judge(Writer(self.run_key, payload=payload).tar(edit), code, path, what)

    def header_edit(self, number, at, value, checksum=True):
        """Replaces bytes in the header of an entry."""
        writer = Writer(self.run_key)
        offset = 0
        for path, content in writer.entries[:number]:
            offset += len(tar_headers(f"{writer.folder}/{path}", len(content), writer.started)) + len(pad(content))

        def edit(tar):
            block = bytearray(tar[offset : offset + 512])
            block[at : at + len(value)] = value
            if checksum:
                block[148:156] = b"        "
                block[148:156] = b"%06o\0 " % sum(block)
            return tar[:offset] + bytes(block) + tar[offset + 512 :]

        return writer.tar(edit), writer.entries[number][0]

    def test_header_fields(self):
        for at, value in (
            (100, b"0000755\0"),
            (108, b"0000001\0"),
            (116, b"0000001\0"),
            (136, b"00000000001\0"),
            (157, b"x"),
            (257, b"ustar  \0"),
            (265, b"root"),
            (297, b"root"),
            (329, b"0000001\0"),
            (345, b"x"),
            (500, b"x"),
            (99, b"x"),
        ):
            for number in (0, 1, 4):
                data, path = self.header_edit(number, at, value)
                with self.subTest(f"{path} {at}"):
                    self.judge(data, 11)
        self.judge(self.header_edit(4, 148, b"0000000\0", False)[0], 11)

    def test_kinds(self):
        for kind in b"1234567gLKSxA\0":
            self.judge(self.header_edit(5, 156, bytes([kind]))[0], 11)

    def test_sizes(self):
        for size in (
            b"77777777777\0",
            b"-0000000001\0",
            b"00000000011 ",
            b"\x80\0\0\0\0\0\0\0\0\0\0\1",
            b"            ",
            b"00000000000\0",
        ):
            self.assertIn(self.verify(self.file("X.tar", self.header_edit(5, 124, size)[0])), (11, 12))

    def test_padding(self):
        tar = self.good.tar()
        at = tar.index(b"UTF-8\n") + 6
        self.judge(tar[:at] + b"x" + tar[at + 1 :], 11, what="padding")

    def test_pax(self):
        long = next(n for n, (path, _) in enumerate(self.good.entries) if len(path) > 90)
        path = f"{self.good.folder}/{self.good.entries[long][0]}"
        good = tar_headers(path, 10, STARTED)

        def pax(records):
            return (
                tar_header(b"PaxHeader", len(records), STARTED, b"x")
                + pad(records)
                + tar_header(path.encode(), 10, STARTED)
            )

        self.assertEqual(pax(b"%d path=%s\n" % (len(path) + 10, path.encode())), good)
        other = path[:-1] + "x"
        for records in (
            b"%d path=%s\n" % (len(path) + 10, other.encode()),
            b"0%d path=%s\n" % (len(path) + 11, path.encode()),
            b"",
            b"%d path=%s\n11 size=10\n" % (len(path) + 10, path.encode()),
            b"30 mtime=1.5\n",
            b"%d path=%s\n" % (len(path) + 9, path.encode()),
            b"x" * 3000,
        ):
            self.swapped(lambda tar: tar.replace(good, pax(records)), 11)
        short = tar_header(b"exhibit-1/data/version", 12, STARTED)
        record = b"31 path=exhibit-1/data/version\n"
        self.swapped(
            lambda tar: tar.replace(short, tar_header(b"PaxHeader", len(record), STARTED, b"x") + pad(record) + short),
            11,
        )

    def test_names(self):
        bad = (
            "data/../../etc/passwd",
            "data/./x",
            "data//x",
            "data/x/",
            "data/a b",
            "data/a=41",
            "data/=2e",
            "data/=2E.x",
            "data/a%",
            "data/" + "x" * 256,
            "data/a=",
            "data/a=~xyz",
            "data/é",
            "data/" + "/".join(["y" * 200] * 6),
            "/data/x",
            "data/a\\b",
        )
        for path in bad:
            with self.subTest(path):
                self.judge(Writer(self.run_key, payload={path: b"x"}).tar(), 11)
        good = (
            "data/=2E",
            "data/=2E.",
            "data/a=20b",
            "data/=C3=A9",
            "data/...",
            "data/.a",
            "data/a=~0123456789abcdef.yaml",
            "data/=2F",
            "data/" + "x" * 255,
            "data/!#$&()+,-.0:;@A[]^_{}~",
            "data/" + "/".join(["y" * 190] * 5),
        )
        for path in good:
            with self.subTest(path):
                self.judge(Writer(self.run_key, payload={path: b"x"}).tar(), 10, arguments=["--deep"])

    def test_unique(self):
        for paths in (("data/a", "data/A"), ("data/a", "data/A/b"), ("data/x/b", "data/X"), ("data/x/y/z", "data/x/y")):
            self.judge(Writer(self.run_key, payload=dict.fromkeys(paths, b"x")).tar(), 11, paths[1], "not unique")
        self.judge(Writer(self.run_key, payload=dict.fromkeys(("data/x/y", "data/X/z"), b"x")).tar(), 10)
        writer = Writer(self.run_key)
        writer.entries.insert(9, writer.entries[4])
        self.judge(writer.tar(), 11, writer.entries[4][0], "not unique")

    def test_folder(self):
        tar = self.good.tar()
        self.judge(tar.replace(b"exhibit-1/data/version", b"exhibit-2/data/version"), 11, what="folder")
        self.judge(
            Writer(self.run_key, hooks={"meta/bundle.json": lambda t: t.replace(b'"exhibit-1"', b'"exhibit-2"')}).tar(),
            11,
        )
        self.judge(Writer(self.run_key, folder="").tar(), 11)
        self.judge(Absolute(self.run_key).tar(), 11, "meta/bundle.json", "another folder")
        self.judge(Writer(self.run_key, folder="f" * 129).tar(), 11)
        self.judge(Writer(self.run_key, folder="f" * 128).tar(), 10)

    def test_start(self):
        self.edited(
            "meta/bundle.json", lambda text: text.replace(b'"unix":%d' % STARTED, b'"unix":%d' % (STARTED + 1)), 11
        )

    def test_one_zero_block(self):
        self.judge(self.good.tar(end=bytes(512)), 12)
        self.judge(self.good.tar(end=bytes(512) + b"x" * 512), 11, what="single block")


class SetTests(Case):
    """Order and set of files."""

    def moved(self, change, code, path=None, what=None):
        writer = Writer(self.run_key)
        change(writer.entries)
        self.judge(writer.tar(), code, path, what)

    def test_every_file_is_missed(self):
        for path in [path for path, _ in self.good.entries]:
            with self.subTest(path):
                writer = Writer(self.run_key)
                writer.entries = [entry for entry in writer.entries if entry[0] != path]
                last = ("manifest-sha256.txt", "bag-info.txt", "sig/seal.1.ssh.sig", "sig/manifest-sha256.txt")
                self.judge(writer.tar(), 12 if path in last else 11)  # nothing has its place behind them
                for kept in (writer.unpack(tempfile.mkdtemp(dir=self.folder)),):
                    self.assertIn(self.verify(kept), (11, 12))
                    self.assertIn("is missing", str(self.answer["findings"]))

    def test_every_two_neighbours(self):
        for number in range(len(self.good.entries) - 1):

            def swap(entries):
                entries[number], entries[number + 1] = entries[number + 1], entries[number]

            with self.subTest(self.good.entries[number][0]):
                writer = Writer(self.run_key)
                swap(writer.entries)
                self.assertIn(self.verify(self.file("X.tar", writer.tar())), (11, 15))

    def test_extra(self):
        for path, place in (
            ("data/extra", 6),
            ("meta/extra", 6),
            ("extra", 6),
            ("meta/definitions/a/b", 6),
            ("sig/seal.2.ssh.sig", -1),
            ("sig/other", -1),
            ("meta/definitions/extra", 6),
            ("sig/seal.01.ssh.sig", -1),
        ):
            self.moved(
                lambda entries: entries.insert(place if place >= 0 else len(entries) - 1, [path, b"{}\n"]), 11, path
            )
            folder = self.good.unpack(tempfile.mkdtemp(dir=self.folder))
            os.makedirs(os.path.dirname(os.path.join(folder, path)), exist_ok=True)
            with open(os.path.join(folder, path), "wb") as file:
                file.write(b"{}\n")
            self.judge(folder, 11, path)
        self.moved(lambda entries: entries.append(["records/000001.json", b"{}\n"]), 10, "records/000001.json")
        self.assertEqual(self.answer["records"], "failed")

    def test_extra_in_a_folder(self):
        folder = self.good.unpack(tempfile.mkdtemp(dir=self.folder))
        for make, path in (
            (lambda p: os.symlink("bagit.txt", p), "data/link"),
            (os.mkfifo, "data/fifo"),
            (lambda p: os.symlink("/etc", p), "data/linked"),
        ):
            make(os.path.join(folder, path))
            self.judge(folder, 11, path)
            os.remove(os.path.join(folder, path))
        self.judge(folder, 10)
        shutil.rmtree(os.path.join(folder, "meta"))
        self.judge(folder, 11)
        os.remove(os.path.join(folder, "bagit.txt"))
        self.judge(folder, 15)
        folder = self.good.unpack(tempfile.mkdtemp(dir=self.folder))
        os.rename(os.path.join(folder, "bagit.txt"), os.path.join(folder, "x"))
        os.symlink("x", os.path.join(folder, "bagit.txt"))
        self.judge(folder, 11, "bagit.txt")

    def test_changed(self):
        for path in [path for path, _ in self.good.entries]:
            with self.subTest(path):
                writer = Writer(self.run_key)
                for entry in writer.entries:
                    if entry[0] == path:
                        entry[1] = entry[1] and entry[1][:-1] + b"x" or b"x"
                self.judge(writer.tar(), 11)
                self.judge(writer.unpack(tempfile.mkdtemp(dir=self.folder)), 11)


class RecordTests(Case):
    """Files that were edited before the seal: all digests agree, and still something is wrong."""

    def test_bagit(self):
        self.edited("bagit.txt", lambda text: text.replace(b"1.0", b"0.97"), 11)

    def test_opening(self):
        for before, after, code in (
            (b'"version":1', b'"version":2', 15),
            (b'"critical":[]', b'"critical":["x"]', 15),
            (b'"exhibit-bundle"', b'"other"', 15),
            (b'"version":1', b'"version":1,"version":1', 11),
            (b'"boottime":12345', b'"boottime":9223372036854775808', 11),
            (b'"purpose":"run"', b'"purpose":"x"', 11),
            (b'"case":', b'"case":NaN,"x":', 11),
            (b'"case"', b"'case'", 11),
            (b'"bundle":"0', b'"bundle":"G', 11),
            (b"}\n", b"}", 11),
            (b'"h"', b'"\xff"', 11),
            (b'"limits":{}', b'"limits":' + b"[" * 99999 + b"]" * 99999, 11),
            (b'"touch"', b'"parameters":{"a":{"b":"c"}},"touch"', 10),
            (b'"touch"', b'"parameters":{"a":{"b":1}},"touch"', 11),
            (b'"touch"', b'"parameters":{"a":"b"},"touch"', 11),
            (b'"touch"', b'"parameters":["a"],"touch"', 11),
            (b'"secrets"', b'"parameters":{},"secrets"', 11),  # behind touch
        ):
            with self.subTest(after[:40]):
                self.judge(
                    Writer(self.run_key, hooks={"meta/bundle.json": lambda text: text.replace(before, after)}).tar(),
                    code,
                )
        self.judge(Writer(self.run_key, extra_opening={"unknown": [1]}).tar(), 10)

    def test_salts(self):
        for edit in (lambda t: t.upper(), lambda t: t[:-1], lambda t: t + b"\n", lambda t: b"f" + t[1:]):
            self.judge(Writer(self.run_key, hooks={"meta/salts": edit}).tar(), 11)

    def test_version(self):
        self.edited("data/version", lambda text: b"exhibit 1.0\n", 11)
        self.edited("data/version", lambda text: b"exhibit\n1.1\n", 11)

    def test_ledger(self):
        def once(before, after):
            return lambda text: text.replace(before, after, 1)

        path = "meta/ledger.jsonl"
        for edit, code in (
            (once(b'"attempt":2', b'"attempt":1'), 12),
            (once(b'"attempt":5', b'"attempt":6'), 12),
            (once(b'"entries":["data/host/a.txt"]', b'"entries":[]'), 12),
            (once(b'"entries":["data/host/a.txt"]', b'"entries":["data/none"]'), 12),
            (once(b'"entries":[]', b'"entries":["data/host/a.txt"]'), 12),
            (once(b'"entries":[]', b'"entries":["data/version"]'), 12),
            (once(b'"state":"ok"', b'"state":"good"'), 11),
            (once(b'"state":"denied"', b'"state":"ok"'), 11),
            (once(b'"source":"node"', b'"source":"me"'), 11),
            (once(b'{"attempt":1,', b'{"attempt": 1,'), 11),
            (once(b'"step":"files",', b""), 11),
            (once(b'"collector":"host","step":"files"', b'"step":"files","collector":"host"'), 11),
            (once(b'"attempt":1,', b'"attempt":1,"attempt":1,'), 11),
            (lambda t: t[:-1], 11),
            (lambda t: t + b"\n", 11),
            (once(b'"attempt":1,', b'"attempt":-1,'), 11),
            (once(b'"attempt":1,', b'"attempt":true,'), 11),
            (lambda t: b"[1]\n" + t, 11),
            (once(b'"entries":[]', b'"entries":[1]'), 11),
            (once(b'"entries":[]', b'"entries":""'), 11),
            (lambda t: b"", 12),
        ):
            with self.subTest():
                self.judge(Writer(self.run_key, hooks={path: edit}, checkpoints=False).tar(), code)
        self.judge(
            Writer(
                self.run_key, checkpoints=False, hooks={path: once(b'"attempt":1,', b'"attempt":1,"more":{"a":1},')}
            ).tar(),
            10,
        )

    def test_custody(self):
        path = "meta/custody.jsonl"
        for edit in (
            lambda t: t.replace(b'"opened"', b'"exec"'),
            lambda t: t.replace(b'"closed"', b'"exec"'),
            lambda t: t.replace(b'"n":2', b'"n":3'),
            lambda t: t.replace(b'"detail":{}', b'"detail":{"x":1}', 1),
            lambda t: t.splitlines(True)[0],
            lambda t: b"",
            lambda t: t.splitlines(True)[1],
        ):
            self.judge(Writer(self.run_key, hooks={path: edit}, checkpoints=False).tar(), 12, path)
        for edit in (
            lambda t: t.replace(b'"abab', b'"ABab'),
            lambda t: t.replace(b"03:14:15.926535897Z", b"03:14:15Z"),
            lambda t: t[:-1],
        ):
            self.judge(Writer(self.run_key, hooks={path: edit}, checkpoints=False).tar(), 11, path)

    def test_index(self):
        path = "meta/index.jsonl"

        def once(pattern, after):
            return lambda text: re.sub(pattern, after, text, 1)

        edits = (
            once(b'"size":12,', b'"size":13,'),
            once(b'"size":12,', b'"size":012,'),
            once(b'"offset":1024', b'"offset":512'),
            once(b'"path"', b' "path"'),
            once(b'"attempt":1,', b'"attempt":1.0,'),
            lambda t: t[:-1],
            lambda t: t + b"\n",
            lambda t: t + t.splitlines(True)[-1],
            lambda t: b"".join(t.splitlines(True)[:-1]),
            once(b'"media":"text/plain"', b'"media":"text\\\\/plain"'),
            lambda t: b"".join(t.splitlines(True)[i] for i in (0, 2, 1, 3, 4, 5, 6, 7, 8)),
            once(b'"sha256":"...', b'"sha256":"abc'),
            once(b'"sha256":"', b'"sha256":"A'),
            once(b'"size":12', b'"size":99999999999999999999'),
            once(b',"offset"', b',"x":1,"offset"'),
        )
        for number, edit in enumerate(edits):
            with self.subTest(number):
                self.judge(Writer(self.run_key, hooks={path: edit}, checkpoints=False).tar(), 11)
        self.edited(path, once(b"data/host/a.txt", b"data/host/b.txt"), 11, checkpoints=False, where="data/host/a.txt")
        self.edited(path, once(b'"attempt":1,', b'"attempt":2,'), 11, checkpoints=False, where="meta/merkle-root.txt")

    def test_manifests(self):
        for path, edits in (
            ("manifest-sha256.txt", 11),
            ("tagmanifest-sha256.txt", 11),
            ("sig/manifest-sha256.txt", 11),
        ):
            for edit in (
                lambda t: t[1:],
                lambda t: t.replace(b"  ", b" *", 1),
                lambda t: t[:-1],
                lambda t: b"",
                lambda t: t + t,
                lambda t: b"".join(reversed(t.splitlines(True))) if t.count(b"\n") > 1 else b"\n",
                lambda t: t.upper(),
                lambda t: b"0" * 64 + t[64:],
                lambda t: t.replace(b"  ", b"  ./", 1),
                lambda t: t + t.splitlines(True)[0],
            ):
                self.assertIn(self.verify(self.file("X.tar", Writer(self.run_key, hooks={path: edit}).tar())), (11, 12))
            self.edited(path, lambda t: t + b"0" * 64 + b"  data/none\n", 12, where="data/none")

    def test_bag_info(self):
        for edit in (
            lambda t: re.sub(rb"Oxum: \d+", b"Oxum: 1", t),
            lambda t: re.sub(rb"\.5\n", b".6\n", t),
            lambda t: t.replace(b"Bagging", b"bagging"),
            lambda t: t + b"X: y\n",
            lambda t: t.replace(b"test", b"test "),
            lambda t: t.replace(b"test", b"te\tst"),
            lambda t: t.replace(b"test", b""),
            lambda t: b"".join(reversed(t.splitlines(True))),
            lambda t: t[:-1],
            lambda t: t.replace(b"0123", b"1123"),
            lambda t: t.replace(b": test", b":test"),
            lambda t: t.replace(b"test", "te\u2028st".encode()),
            lambda t: b"",
        ):
            self.edited("bag-info.txt", edit, 11)

    def test_root_statement_and_seal(self):
        for path in ("meta/merkle-root.txt", "meta/statement.json"):
            for edit in (
                lambda t: t.replace(b"9", b"8"),
                lambda t: t[:-1],
                lambda t: t + b"\n",
                lambda t: re.sub(b"[0-9a-f]{64}", ZEROS.encode(), t),
                lambda t: t.upper(),
            ):
                self.edited(path, edit, 11)
        for edit in (
            lambda t: t[:-1],
            lambda t: t + b"\n",
            lambda t: b"".join(reversed(t.splitlines(True))),
            lambda t: re.sub(b"[0-9a-f]{64}", ZEROS.encode(), t),
            lambda t: t + t,
        ):
            self.edited("seal.sha256", edit, 11)

    def test_content_roots_only_with_deep(self):
        """The index of a liar: the tree holds, but its leaves are not those of the content."""

        class Liar(Writer):
            def add(self, path, content, **more):
                added = super().add(path, content, **more)
                if path == self.lie:
                    text, key = self.index[-1]
                    self.index[-1] = (re.sub(self.what[0], self.what[1], text), key)
                return added

        for lie, what in (
            ("data/host/a.txt", (b'"root":"....', b'"root":"0000')),
            ("data/host/a.txt", (b'"count":\\d+', b'"count":4')),
            ("meta/bundle.json", (b'"root":"....', b'"root":"0000')),
            ("meta/ledger.jsonl", (b'"root":"....', b'"root":"0000')),
        ):
            Liar.lie, Liar.what = lie, what
            data = Liar(self.run_key).tar()
            self.judge(data, 10)
            self.judge(data, 11, lie, "content root", arguments=["--deep"])
        Liar.lie, Liar.what = "data/host/a.txt", (b'"count":\\d+', b'"count":2')
        self.judge(Liar(self.run_key, segments="whole").tar(), 11)


class RecoveredTests(Case):
    """Section 7.3: a recovered bundle says so in two places, and its ledger may have gaps."""

    def recovered(self, record=True, act=True, checkpoint=2, last=6):
        class Recoverer(Writer):
            def act(self, action, **more):
                if action == "closed" and act:
                    super().act("recovered")
                super().act(action, **more)

            def add(self, path, content, **more):
                if path == "meta/ledger.jsonl" and record:
                    value = {
                        "time": WALL,
                        "operator": "o",
                        "tool": {"name": "exhibit", "version": "1.0", "sha256": ZEROS},
                        "source": {"sha256": ZEROS, "size": 1},
                        "checkpoint": checkpoint,
                        "partial": [],
                        "lost": {"bytes": 0, "entries": []},
                        "custody": {"unsigned": 0},
                    }
                    super().add("meta/recovery.json", line(value), leaf=True)
                return super().add(path, content, **more)

        return Recoverer(self.run_key, attempts=[(last, "denied", [])]).tar()

    def test_recovered(self):
        for more, code in (
            ({}, 10),
            ({"last": 9}, 10),
            ({"checkpoint": 1}, 11),
            ({"checkpoint": 3}, 11),
            ({"record": False}, 12),
            ({"act": False}, 12),
            ({"act": False, "record": False}, 10),
            ({"act": False, "record": False, "last": 9}, 12),
        ):
            with self.subTest(more):
                self.judge(self.recovered(**more), code, arguments=["--deep"])


class CheckpointTests(Case):
    def test_content(self):
        path = "meta/checkpoints/000001.jsonl"

        def once(before, after):
            return lambda text: re.sub(before, after, text, 1)

        for number, edit in enumerate(
            (
                once(b'"checkpoint":1', b'"checkpoint":2'),
                once(b'"bundle":"0', b'"bundle":"1'),
                once(b'"previous":"0', b'"previous":"1'),
                once(b'"offset":', b'"offset":1'),
                once(b'"leaves":3', b'"leaves":2'),
                once(b'"root":"....', b'"root":"0000'),
                once(b'"index":3', b'"index":2'),
                once(b'"index":3', b'"index":4'),
                once(b'"ledger":1', b'"ledger":9'),
                lambda t: t + b"{}\n",
                once(b"data/host/a.txt", b"data/host/b.txt"),
                once(b'"state":"ok"', b'"state":"no"'),
                once(b'"opened"', b'"exec"'),
                lambda t: t[:-1],
                lambda t: b"",
                once(b'"index":3', b'"index":-3'),
            )
        ):
            with self.subTest(number):
                self.judge(Writer(self.run_key, hooks={path: edit}).tar(), 11)

    def test_second_is_chained(self):
        self.edited("meta/checkpoints/000002.jsonl", lambda t: re.sub(b'"previous":"....', b'"previous":"0000', t), 11)

    def test_signature(self):
        path = "meta/checkpoints/000001.sig"
        text = dict(map(tuple, self.good.entries))["meta/checkpoints/000001.jsonl"]
        for signature in (
            self.stranger.sign(text, "exhibit-checkpoint@v1"),
            self.run_key.sign(text, "exhibit-bundle@v1"),
            self.run_key.sign(text + b"x", "exhibit-checkpoint@v1"),
            b"",
            b"x" * 2000000,
        ):
            self.judge(
                Writer(self.run_key, hooks={path: lambda _: signature}).tar(), 11, "meta/checkpoints/000001.jsonl"
            )
        self.judge(Writer(self.run_key, hooks={path: lambda _: None}).tar(), 11)

    def test_dropped(self):
        """Of a chain, none but the last can be taken away."""

        class Dropper(Writer):
            def checkpoint(self, signer=None):
                super().checkpoint(signer)
                if self.checkpoint_number == 1:
                    for _ in "12":
                        path, content = self.entries.pop()
                        self.offset -= 512 + len(pad(content))

        self.judge(Dropper(self.run_key).tar(), 11, "meta/checkpoints/000002.jsonl")


def armour(blob):
    text = base64.b64encode(blob)
    return (
        b"-----BEGIN SSH SIGNATURE-----\n"
        + b"".join(text[i : i + 70] + b"\n" for i in range(0, len(text), 70))
        + b"-----END SSH SIGNATURE-----\n"
    )


def unarmour(text):
    return base64.b64decode(b"".join(text.splitlines()[1:-1]))


class SignatureTests(Case):
    def sealed(self, change, code, path="sig/seal.1.ssh.sig", key=None, arguments=()):
        def signatures(writer):
            writer.add("sig/seal.1.ssh.sig", change((key or self.run_key).sign(writer.seal, "exhibit-bundle@v1")))

        self.judge(Writer(key or self.run_key, signatures=signatures).tar(), code, path, arguments=arguments)

    def test_armour(self):
        self.sealed(lambda text: text, 10, path=None)
        for change in (
            lambda t: t + b"\n",
            lambda t: b"\n" + t,
            lambda t: t[:-1],
            lambda t: t.replace(b"\n", b"\r\n"),
            lambda t: armour(unarmour(t) + b"\0"),
            lambda t: t[:100] + b"\n" + t[100:],
            lambda t: t.replace(b"SSH SIG", b"SSH  SIG"),
            lambda t: t + t,
            lambda t: b"",
            lambda t: t.replace(b"-----\n", b"-----\n\n", 1),
            lambda t: unarmour(t),
            lambda t: t.replace(b"=\n", b"\n")[:-1] + b"=\n",
        ):
            self.sealed(change, 11)

    def test_blob(self):
        """What ssh-keygen takes is more than the one encoding."""

        def blob(change):
            return lambda text: armour(change(unarmour(text)))

        order = (1 << 252) + 27742317777372353535851937790883648493

        def added(data):
            return data[:-32] + (int.from_bytes(data[-32:], "little") + order).to_bytes(32, "little")

        self.sealed(blob(added), 11)
        for position in range(0, 190, 9):
            self.sealed(
                blob(
                    lambda d: d[:position] + bytes([d[position] ^ 1]) + d[position + 1 :] if position < len(d) else b""
                ),
                11,
            )
        key = Key(self.folder, "ecdsa", "ecdsa")

        def overlong(data):
            parts = verify_bundle.strings(data[10:], 5)
            name, value = verify_bundle.strings(parts[4], 2)
            first, second = verify_bundle.strings(value, 2)
            pack = lambda *found: b"".join(struct.pack(">I", len(one)) + one for one in found)
            return data[:10] + pack(*parts[:4], pack(name, pack(b"\0" + first, second)))

        self.sealed(lambda text: text, 10, path=None, key=key)
        self.sealed(blob(overlong), 11, key=key)

    def test_digest_and_namespace(self):
        for options in (["-O", "hashalg=sha256", "-n", "exhibit-bundle@v1"], ["-n", "exhibit-open@v1"]):

            def signatures(writer):
                writer.add(
                    "sig/seal.1.ssh.sig",
                    run("ssh-keygen", "-q", "-Y", "sign", *options, "-f", self.run_key.path, data=writer.seal),
                )

            self.judge(Writer(self.run_key, signatures=signatures).tar(), 11)

    def test_over_something_else(self):
        def signatures(writer):
            writer.add("sig/seal.1.ssh.sig", self.run_key.sign(writer.seal + b"x", "exhibit-bundle@v1"))

        self.judge(Writer(self.run_key, signatures=signatures).tar(), 11, "sig/seal.1.ssh.sig")

    def test_numbers(self):
        def named(*names):
            def signatures(writer):
                for name in names:
                    writer.add("sig/" + name, self.run_key.sign(writer.seal, "exhibit-bundle@v1"))

            return signatures

        self.judge(Writer(self.run_key, signatures=named("seal.1.ssh.sig", "seal.2.ssh.sig")).tar(), 10)
        for names, code in (
            (("seal.2.ssh.sig",), 11),
            (("seal.1.ssh.sig", "seal.3.ssh.sig"), 11),
            (("seal.1.tsa.pem", "seal.1.ssh.sig"), 11),
            ((), 12),
            (("seal.1.tsr",), 11),
            (("seal.2.ssh.sig", "seal.1.ssh.sig"), 11),
            (("seal.1.ssh.sig", "seal.1.tsa.pem"), 11),
            (tuple(f"seal.{number}.ssh.sig" for number in range(1, 17)), 10),
            (tuple(f"seal.{number}.ssh.sig" for number in range(1, 18)), 11),
        ):
            self.judge(Writer(self.run_key, signatures=named(*names)).tar(), code)

    def test_opening(self):
        path = "meta/bundle.json.sig"
        text = dict(map(tuple, self.good.entries))["meta/bundle.json"]

        def hooked(signature):
            return {path: lambda _: signature}

        self.judge(
            Writer(self.run_key, self.operator, hooks=hooked(self.run_key.sign(text, "exhibit-open@v1"))).tar(), 10
        )
        for key in (self.stranger, self.operator):  # without a list of signers it is only said
            writer = Writer(self.run_key, hooks=hooked(key.sign(text, "exhibit-open@v1")))
            self.judge(writer.tar(), 10)
            self.assertIn("opened", " ".join(self.answer["notes"]))
        ours = self.file("ours", f"b {self.run_key.public}\n".encode())
        self.judge(writer.tar(), 13, path, arguments=["--allowed-signers", ours])
        both = self.file("both", f"a {self.operator.public}\nb {self.run_key.public}\n".encode())
        self.judge(writer.tar(), 0, arguments=["--allowed-signers", both])
        for signature in (
            self.run_key.sign(text, "exhibit-bundle@v1"),
            self.run_key.sign(text + b"x", "exhibit-open@v1"),
            b"",
        ):
            self.judge(Writer(self.run_key, hooks=hooked(signature)).tar(), 11, path)

    def test_one_of_two_is_allowed(self):
        def signatures(writer):
            writer.add("sig/seal.1.ssh.sig", self.stranger.sign(writer.seal, "exhibit-bundle@v1"))
            writer.add("sig/seal.2.ssh.sig", self.operator.sign(writer.seal, "exhibit-bundle@v1"))

        self.judge(Writer(self.run_key, signatures=signatures).tar(), 0, arguments=["--allowed-signers", self.signers])


class AuthorityTests(Case):
    """CMS signatures and time stamps, with authorities that openssl makes."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for name in ("ca", "other"):
            run(
                "openssl",
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:P-256",
                "-nodes",
                "-keyout",
                cls.at(name + ".key"),
                "-out",
                cls.at(name + ".pem"),
                "-subj",
                "/CN=" + name,
                "-days",
                "3650",
                "-addext",
                "keyUsage=critical,keyCertSign,cRLSign",
            )
        cls.issue("signer", "extendedKeyUsage=codeSigning\nsubjectAltName=email:Ana@example.com")
        cls.issue("tsa", "extendedKeyUsage=critical,timeStamping")
        cls.file(
            "tsa.cnf",
            b"[tsa]\ndefault_tsa=t\n[t]\nserial=%s\ndefault_policy=1.2.3.4\n"
            b"digests=sha256,sha512\nsigner_digest=sha256\n"
            b"ess_cert_id_alg=sha256\n" % cls.at("serial").encode(),
        )
        cls.file("serial", b"01\n")

    @classmethod
    def at(cls, name):
        return os.path.join(cls.folder, name)

    @classmethod
    def issue(cls, name, extension):
        run(
            "openssl",
            "req",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-keyout",
            cls.at(name + ".key"),
            "-out",
            cls.at("request"),
            "-subj",
            "/CN=" + name,
        )
        run(
            "openssl",
            "x509",
            "-req",
            "-in",
            cls.at("request"),
            "-CA",
            cls.at("ca.pem"),
            "-CAkey",
            cls.at("ca.key"),
            "-CAcreateserial",
            "-out",
            cls.at(name + ".pem"),
            "-days",
            "3000",
            "-extfile",
            cls.file("extension", extension.encode()),
        )

    def cms(self, data, *options, who="signer"):
        return run(
            "openssl",
            "cms",
            "-sign",
            "-cades",
            "-binary",
            "-md",
            "sha256",
            "-in",
            self.file("data", data),
            "-signer",
            self.at(who + ".pem"),
            "-inkey",
            self.at(who + ".key"),
            "-outform",
            "DER",
            *options,
        )

    def stamp(self, data, *options):
        query, response = self.at("query"), self.at("response")
        run("openssl", "ts", "-query", "-data", self.file("data", data), "-sha256", "-cert", "-out", query)
        run(
            "openssl",
            "ts",
            "-reply",
            "-config",
            self.at("tsa.cnf"),
            "-queryfile",
            query,
            "-signer",
            self.at("tsa.pem"),
            "-inkey",
            self.at("tsa.key"),
            "-out",
            response,
        )
        with open(response, "rb") as file:
            return file.read()

    def sealed(
        self, signature=lambda data: data, token=lambda data: data, pem=True, stamped=None, who="signer", **more
    ):
        def signatures(writer):
            found = writer.add("sig/seal.1.cms.p7s", signature(self.cms(writer.seal, who=who)))
            if stamped is not False:
                writer.add("sig/seal.1.tsr", token(self.stamp(found if stamped is None else stamped)))
            if isinstance(pem, bytes):
                writer.add("sig/seal.1.tsa.pem", pem)
            elif pem:
                with open(self.at("tsa.pem"), "rb") as file:
                    writer.add("sig/seal.1.tsa.pem", file.read())

        # the certificates are of today, so the run must be, too
        now = run("date", "-u", "+%Y-%m-%dT%H:%M:%S.000000001Z", "-d", "+1 minute").strip()
        hooks = {"meta/custody.jsonl": lambda text: dated(text, now)}
        return Writer(self.run_key, checkpoints=False, signatures=signatures, hooks=hooks, **more).tar()

    def test_good(self):
        data = self.sealed()
        self.judge(data, 10)
        self.assertEqual(self.answer["time"], "not checked")
        ca, stamps, named = ["--ca", self.at("ca.pem")], ["--tsa-ca", self.at("ca.pem")], "email:Ana@Example.COM"
        self.judge(data, 10, arguments=ca)  # an authority only makes names believable
        who = ["--require-signer", named, *ca]
        self.judge(data, 0, arguments=who)
        self.assertEqual(self.answer["time"], "not checked")
        self.judge(data, 10, arguments=stamps)  # nobody is named whose signature would count
        self.judge(data, 10, arguments=[*ca, *stamps])
        self.judge(data, 0, arguments=[*who, *stamps])
        self.assertEqual(self.answer["time"], "passed")
        self.judge(self.sealed(pem=False), 0, arguments=[*who, *stamps])
        self.judge(self.sealed(pem=False, stamped=False), 0, arguments=who)
        self.judge(self.sealed(pem=False, stamped=False), 14, arguments=[*who, *stamps])
        self.judge(self.sealed(pem=False, stamped=False), 14, arguments=[*who, *stamps, "--require-timestamp"])

    def test_names(self):
        data = self.sealed(pem=False, stamped=False)
        der = run("openssl", "x509", "-in", self.at("signer.pem"), "-outform", "DER")
        ca = ["--ca", self.at("ca.pem")]
        for name, more, code in (
            ("email:Ana@example.com", ca, 0),
            ("email:ana@example.com", ca, 13),
            ("email:bob@example.com", ca, 13),
            ("subject:CN=signer", ca, 0),
            ("subject:CN=Signer", ca, 0),
            ("subject:CN=sign", ca, 13),
            ("signer", ca, 13),
            ("a chain", ca, 13),
            ("cert:" + sha(der).hex(), [], 0),
            ("cert:" + sha(der).hex(), ["--ca", self.at("other.pem")], 0),
            ("cert:" + ZEROS, ca, 13),
            ("email:Ana@example.com", ["--ca", self.at("other.pem")], 13),
            ("email:Ana@example.com", ["--ca", self.at("other.pem"), *ca], 0),
        ):
            with self.subTest(f"{name} {code}"):
                self.judge(data, code, arguments=["--require-signer", name, *more])

    def test_purposes(self):
        """A certificate that is for something else says nothing, whoever issued it."""
        for extension, code in (
            ("keyUsage=digitalSignature", 0),
            ("keyUsage=nonRepudiation", 0),
            ("keyUsage=keyEncipherment", 13),
            ("extendedKeyUsage=serverAuth,clientAuth", 13),
            ("extendedKeyUsage=serverAuth,emailProtection", 0),
            ("basicConstraints=CA:FALSE", 0),
        ):
            self.issue("purpose", extension)
            data = self.sealed(pem=False, stamped=False, who="purpose")
            arguments = ["--require-signer", "subject:CN=purpose", "--ca", self.at("ca.pem")]
            with self.subTest(extension):
                self.judge(data, code, arguments=arguments)

    def test_certificates_beside_the_stamp(self):
        with open(self.at("tsa.pem"), "rb") as file:
            good = file.read()
        for text, code in (
            (good, 10),
            (good + good, 10),
            (good + b"\n", 14),
            (good.replace(b"\n", b"\r\n"), 14),
            (b"x" + good, 14),
            (good[:-1], 14),
            (good.replace(b"CERTIFICATE", b"PRIVATE KEY"), 14),
            (b"", 14),
        ):
            self.judge(self.sealed(pem=text), code)

    def test_other_authority(self):
        self.judge(self.sealed(), 13, "sig", arguments=["--ca", self.at("other.pem")])
        self.judge(self.sealed(), 14, "sig", arguments=["--tsa-ca", self.at("other.pem")])

    def test_cms(self):
        path = "sig/seal.1.cms.p7s"
        for change in (
            lambda t: t + b"\0",
            lambda t: t[:-1],
            lambda t: b"",
            lambda t: self.cms(b"other"),
            lambda t: b"\x30\x80" + t[4:] + b"\0\0",
            lambda t: self.cms(self.good.seal, "-nodetach"),
            lambda t: t[:-3] + bytes([t[-3] ^ 1]) + t[-2:],
        ):
            self.judge(self.sealed(change, pem=False, stamped=False), 11, path)

    def test_attached(self):
        """A signature that carries what it is over."""
        signature = self.cms(b"x", "-nodetach")
        self.judge(self.sealed(lambda _: signature), 11, "sig/seal.1.cms.p7s", "detached")

    def test_stamp(self):
        path = "sig/seal.1.tsr"
        for change in (
            lambda t: t + b"\0",
            lambda t: t[:-1],
            lambda t: b"",
            lambda t: b"x" * 100,
            lambda t: t[:-3] + bytes([t[-3] ^ 1]) + t[-2:],
        ):
            self.judge(self.sealed(token=change), 14, path)
            self.judge(self.sealed(token=change), 14, path, arguments=["--tsa-ca", self.at("ca.pem")])
        self.judge(self.sealed(stamped=b"something else"), 14, path)


class RecordsTests(Case):
    """Section 10: the sidecar and what was folded in."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.authority = type("Authority", (AuthorityTests,), {})("test_good")
        type(cls.authority).setUpClass()
        cls.addClassCleanup(type(cls.authority).doClassCleanups)

    def test_times(self):
        """A time stamp over a record proves when the signatures before it were there."""

        def over_seal(records):
            data = base64.b64encode(self.operator.sign(self.good.seal, "exhibit-bundle@v1")).decode()
            return {"type": "ssh", "over": "seal", "data": data}

        def stamp(records):
            data = base64.b64encode(self.authority.stamp(records[0])).decode()
            return {"over": 1, "token": data}

        ca, expect = ["--tsa-ca", self.authority.at("ca.pem")], ["--expect", self.good.seal_id]
        records = self.chain([("signature", over_seal), ("timestamp", stamp)], self.good.seal_id)
        text = b"".join(record + b"\n" for record in records)
        self.beside(text, 0)
        self.assertIn("records from 1 on", " ".join(self.answer["notes"]))
        self.beside(text, 0, arguments=[*ca, *expect])
        self.assertIn("records from 2 on", " ".join(self.answer["notes"]))
        self.assertEqual(self.answer["time"], "passed")
        self.beside(text, 0, arguments=[*ca, "--allowed-signers", self.signers])
        self.beside(text, 14, arguments=["--tsa-ca", self.authority.at("other.pem"), *expect])
        self.beside(records[0] + b"\n", 14, arguments=[*ca, *expect])
        wrong = [("signature", over_seal), ("timestamp", lambda records: stamp([b"other"]))]
        text = b"".join(record + b"\n" for record in self.chain(wrong, self.good.seal_id))
        self.beside(text, 16)
        self.beside(text, 14, arguments=[*ca, *expect])

    def test_certificates(self):
        """A CMS signature over the seal, and over a record with the words that stand for a namespace."""

        def over_seal(records):
            return {
                "type": "cms",
                "over": "seal",
                "data": base64.b64encode(self.authority.cms(self.good.seal)).decode(),
            }

        def over_first(prefix):
            def body(records):
                data = self.authority.cms(prefix + records[0])
                return {"type": "cms", "over": 1, "data": base64.b64encode(data).decode()}

            return body

        arguments = ["--ca", self.authority.at("ca.pem"), "--require-signer", "email:Ana@example.com"]
        for prefix, code in ((b"exhibit-record@v1\n", 0), (b"", 16)):
            records = self.chain([("signature", over_seal), ("signature", over_first(prefix))], self.good.seal_id)
            self.beside(b"".join(record + b"\n" for record in records), code, arguments=arguments)
            self.assertIn(f"records from {2 if code == 0 else 1} on", " ".join(self.answer["notes"]))

    def chain(self, bodies, seal, previous=ZEROS, first=1):
        records = []
        for number, (kind, body) in enumerate(bodies, first):
            body = body(records) if callable(body) else body
            records.append(
                line(
                    {
                        "record": number,
                        "seal": seal,
                        "previous": previous,
                        "nonce": "cd" * 16,
                        "time": WALL,
                        "kind": kind,
                        "by": "alice",
                        "body": body,
                    }
                )[:-1]
            )
            previous = sha(records[-1]).hex()
        return records

    def bodies(self, key=None):
        def over_first(records):
            return {
                "type": "ssh",
                "over": 1,
                "data": base64.b64encode((key or self.operator).sign(records[0], "exhibit-record@v1")).decode(),
            }

        over_seal = {
            "type": "ssh",
            "over": "seal",
            "data": base64.b64encode((key or self.operator).sign(self.good.seal, "exhibit-bundle@v1")).decode(),
        }
        return [
            ("note", {"text": "seen", "entry": "data/version"}),
            ("signature", over_first),
            ("signature", over_seal),
        ]

    def beside(self, text, code, path=None, what=None, arguments=None):
        bundle = self.file("R.tar", self.good.tar())
        self.file("R.tar.attest", text)
        self.judge(bundle, code, path, what, ["--expect", self.good.seal_id] if arguments is None else arguments)

    def test_sidecar(self):
        records = self.chain(self.bodies(), self.good.seal_id)
        text = b"".join(record + b"\n" for record in records)
        self.beside(text, 0)
        self.assertIn("records from 1 on", " ".join(self.answer["notes"]))
        self.assertEqual(self.answer["records"], "passed")
        both = self.file("both", f"a {self.operator.public}\nb {self.run_key.public}\n".encode())
        self.beside(text, 0, arguments=["--allowed-signers", both])
        self.assertIn("records from 2 on", " ".join(self.answer["notes"]))
        self.beside(text, 0, arguments=["--allowed-signers", self.signers])  # who signed later counts as who sealed
        self.beside(text, 13, arguments=["--allowed-signers", self.file("no", f"a {self.stranger.public}\n".encode())])
        self.beside(b"", 0)
        for broken in (
            text.replace(b'"seen"', b'"Seen"'),
            b"".join(text.splitlines(True)[1:]),
            text + b"\n",
            text + b"{}\n",
            text + b"{}\n" + text,
            text.replace(b'"record":2', b'"record":3'),
            text.replace(self.good.seal_id.encode(), ZEROS.encode()),
            text.replace(b'"nonce":"cd', b'"nonce":"CD'),
            text.replace(b'{"record"', b'{ "record"'),
            text.replace(WALL.encode(), b"yesterday"),
            b"\xff\n",
        ):
            self.beside(broken, 16)
            self.beside(broken, 10, arguments=())  # where nothing vouches for the bundle, that is the verdict
            self.assertEqual(self.answer["records"], "failed")
            self.assertEqual(self.answer["integrity"], "passed")

    def test_end_of_the_sidecar(self):
        """A power cut leaves half a line, which is no record, or a whole one without its LF, which is."""
        records = self.chain([("note", {"text": "a"}), ("note", {"text": "b"})], self.good.seal_id)
        first, second = (record + b"\n" for record in records)
        for cut in (second[:1], second[:50], second[:-2], b"\0" * 100):
            self.beside(first + cut, 0)
            self.assertIn("passed over", " ".join(self.answer["notes"]))
            self.assertIn("records from 1 on", " ".join(self.answer["notes"]))
        self.beside(first + second[:-1], 0)
        self.assertNotIn("passed over", " ".join(self.answer["notes"]))
        self.beside(first[:-1], 0)
        self.beside(first + first[:-1], 0)
        self.assertIn("passed over", " ".join(self.answer["notes"]))

    def test_kinds(self):
        for kind, body, code in (
            ("custody", {"action": "moved", "from": "a", "to": "b", "place": "c", "file": ZEROS, "text": "d"}, 0),
            ("custody", {"action": "moved"}, 0),
            ("dismissal", {"finding": "x", "text": "y", "entry": "data/version"}, 0),
            ("note", {"text": "x"}, 0),
            ("weather", {"of": "today"}, 0),
            ("note", {"entry": "data/version", "more": [1], "text": "x"}, 0),
            ("custody", {"from": "a"}, 16),
            ("custody", {"action": "moved", "file": "zz"}, 16),
            ("note", {"text": 1}, 16),
            ("note", [], 16),
        ):
            with self.subTest(f"{kind} {body}"):
                self.beside(self.chain([(kind, body)], self.good.seal_id)[0] + b"\n", code)

    def test_bad_signature(self):
        def wrong(records):
            return {
                "type": "ssh",
                "over": 1,
                "data": base64.b64encode(self.operator.sign(b"other", "exhibit-record@v1")).decode(),
            }

        for body in (
            wrong,
            {"type": "ssh", "over": 9, "data": ""},
            {"type": "ssh", "over": ["seal"], "data": ""},
            {"type": "pgp", "over": "seal", "data": ""},
            {"type": "ssh", "over": "seal", "data": "!"},
            {},
            {"type": "ssh", "over": "seal", "data": ""},
            {"type": "ssh", "over": 2, "data": ""},
            {"type": "ssh", "over": True, "data": ""},
            {"type": "ssh", "over": 0, "data": ""},
        ):
            records = self.chain([("note", {"text": "x"}), ("signature", body)], self.good.seal_id)
            self.beside(b"".join(record + b"\n" for record in records), 16)

    def test_folded(self):
        def folded(change=lambda records: records):
            writer = Writer(self.run_key)
            records = self.chain([("note", {"text": "a"}), ("note", {"text": "b"})], writer.seal_id)
            writer.fold(change(records))
            return writer, records

        writer, records = folded()
        expect = ["--expect", writer.seal_id]
        bundle = self.file("F.tar", writer.tar())
        more = self.chain([("note", {"text": "c"})], writer.seal_id, sha(records[-1]).hex(), 3)
        fork = self.chain([("note", {"text": "a"}), ("note", {"text": "z"})], writer.seal_id)
        for beside, code in (
            ([], 0),
            (more, 0),
            (records, 0),
            (records + more, 0),
            (records[:1], 0),
            (fork, 16),
            (fork + more, 16),
            (records[1:], 16),
            (records[:1] + more, 16),
        ):
            self.file("F.tar.attest", b"".join(record + b"\n" for record in beside))
            self.judge(bundle, code, arguments=expect)
        os.remove(bundle + ".attest")
        for change in (
            lambda r: r[1:],
            lambda r: [r[0], r[1].replace(b'"b"', b'"c"').replace(b'"record":2', b'"record":3')],
            lambda r: [r[0] + b" ", r[1]],
            lambda r: [r[0] + b"\n" + r[1]],
        ):
            self.judge(folded(change)[0].tar(), 16, arguments=expect)
        for change in (
            lambda t: ZEROS.encode() + t[64:],
            lambda t: b"",
            lambda t: t + b"0" * 64 + b"  records/000009.json\n",
        ):
            changed = folded()[0]
            changed.entries[-1][1] = change(changed.entries[-1][1])
            self.judge(changed.tar(), 16, arguments=expect)
        writer.entries.pop()
        self.judge(writer.tar(), 16, "records/manifest-sha256.txt", arguments=expect)


class ScriptTests(unittest.TestCase):
    def test_one_file_that_can_be_read(self):
        """Whoever trusts nobody reads it: it does not grow, and needs the standard library and three programs alone."""
        with open(verify_bundle.__file__, encoding="utf-8") as file:
            text = file.read()
        rows = text.splitlines()
        self.assertLessEqual(len(rows), 599, "README.md says how many lines there are")
        self.assertLessEqual(max(map(len, rows)), 120)
        imports = re.findall(r"^(?:import|from) (.*?)(?: import .*)?$", text, re.M)
        self.assertLessEqual({name for names in imports for name in names.split(", ")}, sys.stdlib_module_names)
        self.assertEqual(
            set(re.findall(r"""["'](zstd|gzip|tar|ssh-keygen|gpg|sha256sum|openssl)["' ]""", text)),
            {"zstd", "ssh-keygen", "openssl"},
        )

    def test_empty_file_name(self):
        """A variable of the shell that is not set does not make a demand vanish."""
        for flag in ("--allowed-signers", "--ca", "--tsa-ca"):
            done = subprocess.run(
                [sys.executable, verify_bundle.__file__, flag, "", "x"], stderr=subprocess.PIPE, check=False
            )
            self.assertEqual(done.returncode, 64)
            self.assertIn(b"cannot read", done.stderr)


class PieceTests(unittest.TestCase):
    """The parts that are easily written in two ways, against the other way."""

    def test_headers(self):
        generator = random.Random(1)
        for length in (1, 99, 100, 101, 102, 200, 984, 985, 986, 999, 1100):
            for size in (0, 1, 511, 8**11 - 1, 8**11, 8**11 + 1, 2**56, generator.randrange(1 << 56)):
                name = "n" * length
                self.assertEqual(verify_bundle.headers(name.encode(), size, STARTED), tar_headers(name, size, STARTED))

    def test_tree(self):
        leaves, tree = [], verify_bundle.Tree()
        for number in range(70):
            self.assertEqual(tree.root(), merkle(leaves))
            leaves.append(sha(b"%d" % number))
            tree.add(leaves[-1])

    def test_segments(self):
        generator = random.Random(2)
        for _ in range(60):
            parts = [generator.randbytes(generator.randrange(3000)) + b"\n" * generator.randrange(3) for _ in range(5)]
            parts += [
                b"x" * generator.choice((0, 1022, 1023, 1024, 65534, 65535, 65536, 65537, 140000)),
                b"\n",
                b"y" * 70000,
            ]
            content = b"".join(generator.sample(parts, generator.randrange(len(parts) + 1)))
            segments, at = verify_bundle.Segments(b"k" * 32), 0
            while at < len(content):
                step = generator.choice((1, 7, 1024, 65536, 1 << 20))
                segments.feed(memoryview(content)[at : at + step])
                at += step
            key = sha(b"\4" + b"k" * 32 + b"C")
            expected = [sha(b"\0" + salt(key, number) + part) for number, part in enumerate(split_lines(content))]
            self.assertEqual(segments.close(), (merkle(expected), len(expected)))

    def test_lines(self):
        def lines(text):
            file.seek(0)
            file.truncate()
            file.write(text)
            file.flush()
            return list(verify_bundle.lines(file.name, 2))

        with tempfile.NamedTemporaryFile() as file:
            self.assertEqual(lines(b"a\nbc\n\n"), [b"a", b"bc", b""])
            for text in (b"abc\n", b"abc", b"a", b"\na"):
                with self.assertRaises(verify_bundle.Bad):
                    lines(text)


class HostileTests(Case):
    def test_random_garbage(self):
        """No input ends in a traceback: the exit code is one of those for damage."""
        generator = random.Random(11)
        packed = {"X.tar": self.good.tar(), "X.tar.zst": self.good.zst(), "X.tar.gz": self.good.gz()}
        for name, data in packed.items():
            for _ in range(40):
                changed = bytearray(data)
                for _ in range(generator.randrange(1, 6)):
                    at, length = generator.randrange(len(changed)), generator.randrange(1, 200)
                    piece = generator.choice(
                        (generator.randbytes(length), b"", bytes(length), changed[:length], b"\xff" * length)
                    )
                    changed[at : at + generator.choice((0, length))] = piece
                if changed != data:
                    self.assertIn(self.verify("--deep", self.file(name, bytes(changed))), (11, 12, 15), name)

    def test_hostile_json(self):
        for text in (
            b"[" * 200000 + b"\n",
            b'{"a":' * 100000 + b"\n",
            b'{"attempt":' + b"9" * 100000 + b"}\n",
            b"\xff\xfe\n",
            b"\n",
            b"null\n",
            b'{"attempt":1e999}\n',
            b'{"' + b"a" * (17 << 20) + b'":1}\n',
            b'{"attempt":{"attempt":[]}}\n',
        ):
            for path in (
                "meta/ledger.jsonl",
                "meta/custody.jsonl",
                "meta/index.jsonl",
                "meta/checkpoints/000001.jsonl",
                "meta/bundle.json",
            ):
                code = self.verify(self.file("X.tar", Writer(self.run_key, hooks={path: lambda _: text}).tar()))
                self.assertIn(code, (11, 15))

    def test_terminal(self):
        """What a bundle says cannot write escapes to a terminal."""
        path = self.file("X.tar", Writer(self.run_key, payload={"data/\x1b[31mred": b"x"}).tar())
        done = subprocess.run(
            [sys.executable, os.path.join(HERE, "..", "Scripts", "verify_bundle.py"), path],
            stdout=subprocess.PIPE,
            check=False,
        )
        self.assertEqual(done.returncode, 11)
        self.assertNotIn(b"\x1b", done.stdout)

    def test_bombs(self):
        zeros = bytes(8 << 20)
        frame = zstd(zeros, "-19")
        self.assertIn(self.verify(self.file("X.tar.zst", frame * 20)), (11, 12, 15))
        member = bgzf(bytes(65536), 9)
        self.assertIn(self.verify(self.file("X.tar.gz", member * 200 + BGZF_END)), (11, 12, 15))


if __name__ == "__main__":
    unittest.main()
