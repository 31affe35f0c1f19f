#!/usr/bin/env python3
"""An independent reading of docs/format.md: recomputes a small bundle's tree, index and seal from the text alone.

It shares no code and no author's helper with the Swift sources. Run it to print the golden values of GoldenVectorTests; the
test compares them with what is written there, where a Python is installed.
"""
import hashlib
import hmac
import json

SEED = bytes(range(32))
BUNDLE = "00112233445566778899aabbccddeeff"


def H(data):
    return hashlib.sha256(data).digest()


# 2.1 ------------------------------------------------------------------------------------------------------------------
SPECIAL = set(b"=%\\\"'`*?<>|/")


def units(component):
    """Whole characters and escapes."""
    position = 0
    while position < len(component):
        length = 1
        if component[position] == "=":
            length = 18 if component[position + 1] == "~" else 3
        yield component[position:position + length]
        position += length


def split_suffix(component):
    dot = component.rfind(".")
    if dot > 0 and len(component) - dot <= 16:
        return component[:dot], component[dot:]
    return component, ""


def mark(component, digest):
    stem, suffix = split_suffix(component)
    kept = ""
    for unit in units(stem):
        if len(kept) + len(unit) > 237 - len(suffix):
            break
        kept += unit
    return kept + "=~" + digest.hex()[:16] + suffix


def component(source):
    text = "".join(chr(b) if 0x21 <= b <= 0x7E and b not in SPECIAL else "=%02X" % b for b in source)
    if source in (b".", b".."):
        text = "=2E" + text[1:]
    if len(text) > 255 or not text:
        text = mark(text, H(source))
    return text


def path(sources):
    parts = [component(s) for s in sources]
    whole = "/".join(parts)
    if len(whole) <= 1000:
        return whole
    head = []
    for part in parts[:-1]:
        if len("/".join(head + [part])) > 700:
            break
        head.append(part)
    return "/".join(head + ["=~" + H(whole.encode()).hex()[:16], parts[-1]])


# 6 --------------------------------------------------------------------------------------------------------------------
def segments(content, how):
    if how == "whole" or not content:
        return [content]
    result, start = [], 0
    while start < len(content):
        newline = content.find(b"\n", start + 1023)
        end = newline + 1 if newline >= 0 else len(content)
        end = min(end, start + 65536)
        result.append(content[start:end])
        start = end
    return result


def entry_key(name):
    return hmac.new(SEED, b"exhibit-entry-v1\0" + name.encode(), hashlib.sha256).digest()


def child(key, suffix):
    return H(b"\4" + key + suffix)


def salt(content_key, number):
    key = content_key
    for digit in "%08x" % number:
        key = child(key, bytes([int(digit, 16)]))
    return key


def tree(leaves):
    """RFC 6962, section 2.1, as it is defined: by recursion."""
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return H(b"\1" + tree(leaves[:split]) + tree(leaves[split:]))


def index_line(name, media, how, attempt, content, offset):
    key = child(entry_key(name), b"C")
    parts = segments(content, how)
    if how == "whole":
        leaves = [H(b"\0" + salt(key, 0) + H(content))]
    else:
        leaves = [H(b"\0" + salt(key, number) + part) for number, part in enumerate(parts)]
    metadata = json.dumps(
        {"path": name, "media": media, "segments": how, "attempt": attempt}, separators=(",", ":"))
    rest = json.dumps(
        {"count": len(parts), "root": tree(leaves).hex(), "sha256": H(content).hex(), "size": len(content),
         "offset": offset}, separators=(",", ":"))
    commitment = H(b"\3" + child(entry_key(name), b"M") + metadata.encode())
    leaf = H(b"\2" + commitment + len(parts).to_bytes(8, "big") + tree(leaves))
    return metadata[:-1] + "," + rest[1:], leaf


def sample(seed, length, newline):
    """Pseudo-random text: a linear congruential generator that the Swift test repeats."""
    state, output = seed, bytearray()
    for _ in range(length):
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        byte = state >> 33 & 255
        output.append(10 if byte < newline else 97 + byte % 26)
    return bytes(output)


ENTRIES = [
    ("data/version", "text/plain", "lines", 0, b"exhibit\n1.0.0\n", 512),
    ("data/empty", "text/plain", "lines", 1, b"", 2048),
    ("data/namespaces/a/core/pods.yaml", "application/yaml", "lines", 2, sample(1, 5000, 10), 2560),
    ("data/long", "text/plain", "lines", 3, sample(2, 200000, 0), 10240),
    ("data/many", "text/plain", "lines", 3, sample(3, 70000, 20), 300000),
    ("data/binary", "application/octet-stream", "whole", 4, sample(4, 3000, 30), 400000),
]

NAMES = [
    [b"data", b"a b", b"caf\xc3\xa9", b"\xff"], [b"data", b".", b".."], [b"data", b"...", b".x"], [b"data", b""],
    [b"data", b"x" * 300 + b".yaml"], [b"data", b"=" * 100 + b".log"], [b"data", b"a/b=c%d"],
    [b"data", b"y" * 250 + b"." + b"z" * 20], [b"data"] + [b"d" * 200] * 6 + [b"name.txt"], [b"data", b"." * 256],
]


def main():
    lines = [index_line(*entry) for entry in ENTRIES]
    root = tree([leaf for _, leaf in lines])
    merkle = "exhibit-merkle-v1 %d %s\n" % (len(lines), root.hex())
    statement = '{"type":"exhibit-seal-v1","bundle":"%s","root":"%s","leaves":%d}\n' % (BUNDLE, root.hex(), len(lines))
    seal = "".join(
        "%s  %s\n" % (H(text.encode()).hex(), name)
        for text, name in [("tags\n", "tagmanifest-sha256.txt"), (merkle, "meta/merkle-root.txt"),
                           (statement, "meta/statement.json")])
    for line, _ in lines:
        print("index", line)
    print("root", root.hex())
    print("seal", H(seal.encode()).hex())
    for names in NAMES:
        print("path", path(names))


main()
