#!/usr/bin/env python3
"""An example of a plugin for Exhibit (docs/collectors.md, Plugins): what the name servers of this machine say of two names.

It reads a request (JSON) from standard input and writes a tar stream (ustar) to standard output. What it has to say goes to
standard error; the first line is in the ledger when it fails.
"""
import io
import json
import socket
import sys
import tarfile


def resolve(name):
    try:
        return sorted({entry[4][0] for entry in socket.getaddrinfo(name, None)})
    except OSError as error:
        return f"error: {error}"


def main():
    request = json.load(sys.stdin)
    if request.get("kind") != "PluginRequest":
        sys.exit("this is a plugin for exhibit: give it a PluginRequest")
    names = sys.argv[1:] or ["localhost"]
    with tarfile.open(fileobj=sys.stdout.buffer, mode="w|", format=tarfile.USTAR_FORMAT) as stream:
        for name in names:
            content = json.dumps({"name": name, "addresses": resolve(name)}).encode() + b"\n"
            entry = tarfile.TarInfo(f"names/{name}.json")
            entry.size = len(content)
            stream.addfile(entry, io.BytesIO(content))


main()
