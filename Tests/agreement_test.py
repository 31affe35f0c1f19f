#!/usr/bin/env python3
"""Holds the two verifiers against each other: every bundle that Tests/verify_bundle_test.py has judged is judged by the
program in $EXHIBIT_BINARY, too, and both must give the same exit code, but for the differences that are listed here.

    EXHIBIT_BINARY=.build/release/exhibit python3 Tests/agreement_test.py [--write DIR] [TEST...]

--write DIR also writes the bundles, at most four of each test, with vectors.json, which says what must come of each.
Exit codes: 0 they agree, 1 they do not or a test failed, 64 wrong usage.
"""

import collections
import contextlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
SPEC = importlib.util.spec_from_file_location("verify_bundle_test", os.path.join(HERE, "verify_bundle_test.py"))
cases = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(cases)

# Test, code of verify_bundle.py, code of exhibit: why they differ. Both refuse, unless it says which one is wrong.
RANDOM = "one of several faults that chance made; which is met first depends on the order of reading"
KNOWN = {
    ("GoodTests.test_no_bundle", 15, 12): "the beginning of an age file, which verify_bundle.py does not judge",
    (
        "SetTests.test_every_file_is_missed",
        11,
        12,
    ): "what the checkpoints say of a list that is missing is compared here",
    (
        "TarTests.test_sizes",
        12,
        11,
    ): "a size beyond the end: read forward, the stream ends; by the index, it is altered",
    **{
        (f"HostileTests.{test}", *codes): RANDOM
        for test in ("test_random_garbage",)
        for codes in ((11, 12), (12, 11), (11, 15), (15, 11), (12, 15), (15, 12))
    },
    ("ContainerTests.test_every_bit", 11, 12): RANDOM,
    ("ContainerTests.test_every_bit", 12, 11): RANDOM,
}

ANCHORS = {"--allowed-signers", "--ca", "--tsa-ca"}
PER_TEST, BIGGEST, ALL = 4, 24 << 10, 3 << 20


def exhibit(arguments):
    """Exit code, and what it says."""
    argv = [os.environ["EXHIBIT_BINARY"], "verify", "--no-config", "--output", "json", *arguments]
    try:
        done = subprocess.run(
            argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120, check=False
        )
    except subprocess.TimeoutExpired:
        return "timeout", ["it did not end"]
    try:
        answer = json.loads(done.stdout)
        layers = ("integrity", "completeness", "identity", "time", "records")
        found = [finding for layer in layers for finding in answer.get(layer, {}).get("findings", [])]
        return done.returncode, [f"{one['path']}: {one['says']}" for one in found if one["severity"] == "failure"]
    except ValueError:
        return done.returncode, [done.stderr.decode(errors="replace")[-300:].strip()]


class Vectors:
    """Keeps the bundles that were judged, with the files that belong to them."""

    def __init__(self, folder):
        self.folder, self.rows, self.count, self.room = folder, [], collections.Counter(), ALL
        self.scratch = tempfile.mkdtemp(prefix="agreement.")
        os.makedirs(folder, exist_ok=True)

    def keep(self, test, arguments, codes, findings, judge):
        bundle = arguments[-1]
        known = (test, arguments[:-1] and arguments[0], codes, "".join(findings[:1])[-40:])
        if not os.path.isfile(bundle) or self.count[test] == PER_TEST or self.count[known]:
            return
        source = bundle
        if os.path.getsize(bundle) > BIGGEST:
            source = self.compressed(bundle)
            if not source or judge([*arguments[:-1], source]) != codes:
                return
        name = self.name(test, source)
        files = {source: name}
        if os.path.isfile(bundle + ".attest"):
            files[bundle + ".attest"] = name + ".attest"
        words = []
        for flag, value in zip([None, *arguments[:-1]], arguments[:-1]):
            if flag in ANCHORS:
                files.setdefault(value, f"{name}.{flag[2:]}")
            words.append(files.get(value, value))
        size = sum(os.path.getsize(path) for path in files)
        if os.path.getsize(source) > BIGGEST or size > self.room:
            return
        self.room -= size
        self.count[test] += 1
        self.count[known] += 1
        for path, copy in files.items():
            shutil.copyfile(path, os.path.join(self.folder, copy))
        self.rows.append(
            {
                "file": name,
                "arguments": words,
                "beside": sorted(set(files.values()) - {name}),
                "verify_bundle.py": codes[0],
                "exhibit": codes[1],
                "about": "; ".join([cases_about(test), *findings[:2]]),
            }
        )

    def compressed(self, bundle):
        """The same tar stream as a .tar.zst, if the file is a .tar with its locator."""
        with open(bundle, "rb") as file:
            data = file.read()
        stream, locator = data[:-512], data[-512:-448]
        if not locator.startswith(b"EXHIBIT-LOCATOR1") or data[-448:] != bytes(448):
            return None
        parts = [stream[at : at + 65536] for at in range(0, len(stream), 65536)]
        path = os.path.join(self.scratch, "X.tar.zst")
        with open(path, "wb") as file:
            file.write(cases.seekable([cases.zstd(part, "-19") for part in parts], [*map(len, parts)], locator))
        with contextlib.suppress(FileNotFoundError):
            os.remove(path + ".attest")
        if os.path.isfile(bundle + ".attest"):
            shutil.copyfile(bundle + ".attest", path + ".attest")
        return path

    def name(self, test, bundle):
        """By the scenario; the ending says which container it is."""
        with open(bundle, "rb") as file:
            start = file.read(4)
        ending = {b"\x28\xb5\x2f\xfd": "tar.zst", b"\x1f\x8b\x08\x04": "tar.gz"}.get(start, "tar")
        case, _, method = test.partition(".")
        scenario = method.removeprefix("test_").replace("_", "-")
        return f"{case.removesuffix('Tests').lower()}-{scenario}-{self.count[test] + 1}.{ending}"

    def write(self):
        shutil.rmtree(self.scratch)
        rows = ",\n".join(json.dumps(row, ensure_ascii=False) for row in self.rows)
        with open(os.path.join(self.folder, "vectors.json"), "w", encoding="utf-8") as file:
            file.write(f"[\n{rows}\n]\n")
        print(f"wrote {len(self.rows)} bundles, {(ALL - self.room) >> 10} KiB, to {self.folder}")


def cases_about(test):
    case, _, method = test.partition(".")
    text = getattr(getattr(cases, case), method).__doc__ or method.removeprefix("test_").replace("_", " ")
    return " ".join(text.split())


class Agreement:
    """What both said, by test and pair of codes."""

    def __init__(self, vectors):
        self.vectors, self.pairs, self.examples = vectors, collections.Counter(), {}

    def hook(self):
        original = cases.Case.verify

        def verify(case, *arguments):
            code = original(case, *arguments)
            findings = [f"{one['path']}: {one['what']}" for one in case.answer["findings"]]
            findings = [finding.replace(case.folder + "/", "") for finding in findings]
            other, says = exhibit(arguments)
            test = re.sub(r"^\w+\.", "", case.id(), count=1)
            self.pairs[test, code, other] += 1
            self.examples.setdefault((test, code, other), (arguments, findings[:3], says[:3]))
            if self.vectors and arguments:
                answer = case.answer
                self.vectors.keep(
                    test, arguments, (code, other), findings, lambda again: (original(case, *again), exhibit(again)[0])
                )
                case.answer = answer
            return code

        cases.Case.verify = verify

    def report(self):
        """How many differences nothing explains."""
        agree = sum(count for (_, one, other), count in self.pairs.items() if one == other)
        print(f"{sum(self.pairs.values())} judged, {agree} agree")
        unexplained = 0
        for (test, one, other), count in sorted(self.pairs.items(), key=str):
            if one == other:
                continue
            reason = KNOWN.get((test, one, other))
            unexplained += reason is None
            print(f"{test}: verify_bundle.py {one}, exhibit {other}, {count} times: {reason or 'NOT EXPLAINED'}")
            if reason is None:
                print(*(f"    {part}" for part in self.examples[test, one, other]), sep="\n")
        return unexplained


def main():
    arguments = sys.argv[1:]
    folder = None
    if arguments[:1] == ["--write"]:
        folder, arguments = arguments[1] if len(arguments) > 1 else None, arguments[2:]
    if not os.access(os.environ.get("EXHIBIT_BINARY", ""), os.X_OK) or (sys.argv[1:2] == ["--write"] and not folder):
        print(__doc__, file=sys.stderr)
        return 64
    agreement = Agreement(Vectors(folder) if folder else None)
    agreement.hook()
    loader = unittest.defaultTestLoader
    suite = loader.loadTestsFromNames(arguments, cases) if arguments else loader.loadTestsFromModule(cases)
    result = unittest.TextTestRunner(verbosity=0).run(suite)
    unexplained = agreement.report()
    if agreement.vectors:
        agreement.vectors.write()
    return 0 if result.wasSuccessful() and not unexplained else 1


if __name__ == "__main__":
    sys.exit(main())
