"""A time stamp authority for tests: `openssl ts` behind HTTP, at PATHS that each go wrong in one way.

authority.py FOLDER [CERTIFICATE KEY]   makes its keys in FOLDER unless they are there; prints its port; ends with its input
"""
import http.server
import os
import ssl
import subprocess
import sys
import threading
import time

folder = sys.argv[1]
lock = threading.Lock()


def openssl(*arguments, data=None):
    result = subprocess.run(["openssl", *arguments], cwd=folder, input=data, capture_output=True)
    if result.returncode:
        raise RuntimeError(result.stderr.decode())
    return result.stdout


def make_keys():
    extensions = "[tsa]\nbasicConstraints=CA:false\nextendedKeyUsage=critical,timeStamping\n"
    with open(os.path.join(folder, "tsa.ext"), "w") as file:
        file.write(extensions)
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    openssl("req", "-x509", *key, "-keyout", "tsa-root.key", "-out", "tsa-root.pem", "-subj", "/CN=Test TSA root", "-days", "3650")
    openssl("req", *key, "-keyout", "tsa.key", "-out", "tsa.csr", "-subj", "/CN=Test TSA")
    openssl("x509", "-req", "-in", "tsa.csr", "-CA", "tsa-root.pem", "-CAkey", "tsa-root.key", "-CAcreateserial",
            "-out", "tsa.pem", "-days", "3650", "-extfile", "tsa.ext", "-extensions", "tsa")
    with open(os.path.join(folder, "tsa.cnf"), "w") as file:
        file.write("[tsa]\ndefault_tsa=t\n[t]\nserial=tsa.serial\ndefault_policy=1.2.3.4\ndigests=sha256\n"
                   "signer_digest=sha256\naccuracy=secs:1\n")
    with open(os.path.join(folder, "tsa.serial"), "w") as file:
        file.write("01\n")


def reply(query):
    with lock:
        with open(os.path.join(folder, "query.tsq"), "wb") as file:
            file.write(query)
        openssl("ts", "-reply", "-config", "tsa.cnf", "-queryfile", "query.tsq", "-signer", "tsa.pem", "-inkey",
                "tsa.key", "-out", "reply.tsr")
        with open(os.path.join(folder, "reply.tsr"), "rb") as file:
            return file.read()


def without_nonce(query):
    """version, imprint, certReq: without the nonce between them."""
    return bytes([0x30, 0x39]) + query[2:56] + bytes([1, 1, 0xFF])


def indefinite(answer):
    """The outer SEQUENCE in BER: of indefinite length."""
    start = 2 + (answer[1] & 0x7F if answer[1] & 0x80 else 0)
    return b"\x30\x80" + answer[start:] + b"\x00\x00"


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def send(self, body, status=200, kind="application/timestamp-reply", length=None):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        if status // 100 == 3:
            self.send_header("Location", "/good")
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        query = self.rfile.read(int(self.headers["Content-Length"]))
        fault = self.path.strip("/")
        with open(os.path.join(folder, "asked"), "a") as file:
            file.write(fault + "\n")
        if self.headers["Content-Type"] != "application/timestamp-query":
            return self.send(b"", 415)
        if fault == "good":
            self.send(reply(query))
        elif fault == "charset":
            self.send(reply(query), kind="Application/Timestamp-Reply; charset=binary")
        elif fault == "nonce":
            self.send(reply(without_nonce(query)))
        elif fault == "imprint":
            other = bytearray(query)
            other[30] ^= 1
            self.send(reply(bytes(other)))
        elif fault == "refused":
            self.send(reply(b"\x30\x00"))
        elif fault == "ber":
            self.send(indefinite(reply(query)))
        elif fault == "silent":
            time.sleep(3600)
        elif fault == "slow":
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", "3600")
            self.end_headers()
            for _ in range(3600):
                self.wfile.write(b"0")
                self.wfile.flush()
                time.sleep(0.2)
        elif fault == "huge":
            self.send(bytes(10 << 20))
        elif fault == "cut":
            self.send(reply(query)[:100], length=5000)
            self.close_connection = True
        elif fault == "html":
            self.send(b"<html>", kind="text/html")
        elif fault == "redirect":
            self.send(b"", 307)
        elif fault == "error":
            self.send(b"", 500)
        else:
            self.send(b"", 404)


if not os.path.exists(os.path.join(folder, "tsa.pem")):
    make_keys()
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
if len(sys.argv) > 2:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[2], sys.argv[3])
    server.socket = context.wrap_socket(server.socket, server_side=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
print(server.server_address[1], flush=True)
sys.stdin.read()
