#!/usr/bin/env python3
"""sockets.py CONNECTIONS PROCESSES: the load of Benchmarks/sockets, in a network and a pid namespace of its own.

Holders make CONNECTIONS connections over loopback, each from an address of its own to itself, 1,000 a holder and both ends kept; the
rest of PROCESSES only sleeps. Says `ready` when all are there, and ends when its input does.
"""
import os
import signal
import socket
import sys

connections, processes = int(sys.argv[1]), int(sys.argv[2])
EACH = 1000
holders = -(-connections // EACH)
done_reader, done_writer = os.pipe()


def hold(number, count):
    address = f"127.{1 + number // 250}.0.{1 + number % 250}"
    listener = socket.socket()
    listener.bind((address, 8000))
    listener.listen(16)
    kept = []
    for _ in range(count):
        client = socket.create_connection((address, 8000), source_address=(address, 0))
        kept.append((client, listener.accept()[0]))
    os.write(done_writer, b".")
    signal.pause()


for number in range(holders):
    if os.fork() == 0:
        sys.stdin.close()
        hold(number, min(EACH, connections - number * EACH))
for number in range(processes - holders):
    if os.fork() == 0:
        os.write(done_writer, b".")
        signal.pause()
waited = max(holders, processes)
while waited > 0:
    waited -= len(os.read(done_reader, 65536))
print("ready", flush=True)
sys.stdin.read()
