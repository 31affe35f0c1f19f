#!/usr/bin/env python3
"""Records what an API server answers to `exhibit`, for tests of versions that the test cluster does not have.

    Scripts/record_transcript.py KUBECONFIG TRANSCRIPT -- COMMAND...

Runs COMMAND with KUBECONFIG set to a proxy on 127.0.0.1, which passes each request on to the server of the current
context of KUBECONFIG, with its client certificate, and writes request and answer to TRANSCRIPT: a line of JSON each,
with method, target, accept, user (impersonated), body (of the request), status, contentType, warning and answer. Of the
same request, made again, the first answer is kept: COMMAND may be a shell with several runs.
Kept short: managed fields and descriptions of columns are taken out, of lists outside namespaces five objects are kept,
and of answers under /openapi/v2 and /openapi/v3/ and of logs over 4 KiB nothing. Values of Secrets are emptied, what names
nodes' machines and the client's certificate is overwritten; what else a cluster holds is in it as it is: look at it
before it goes anywhere. COMMAND gets the short form, too. Upgrades (exec, port-forward) are answered with 501, and not
written down.

Exit code: that of COMMAND; 2 for wrong usage.
"""
import base64
import http.client
import http.server
import json
import os
import ssl
import subprocess
import sys
import tempfile
import threading
import urllib.parse

MOST_LOG = 4 << 10
MOST_OBJECTS = 5
NOBODY = "00000000-0000-0000-0000-000000000001"
CERTIFICATE = "authentication.kubernetes.io/credential-id"
OF_THE_MACHINE = {"machineID": NOBODY, "systemUUID": NOBODY, "bootID": NOBODY, "kernelVersion": "6.1.0"}


def field(path, config):
    command = ["kubectl", "--kubeconfig", config, "config", "view", "--raw", "--minify", "--flatten", "-o"]
    return subprocess.run(command + ["jsonpath={" + path + "}"], check=True, capture_output=True, text=True).stdout


def credentials(config):
    """The address of the server, and how to speak to it."""
    context = ssl.create_default_context(
        cadata=base64.b64decode(field(".clusters[0].cluster.certificate-authority-data", config)).decode())
    with tempfile.NamedTemporaryFile() as pair:
        for name in ("certificate", "key"):
            pair.write(base64.b64decode(field(f".users[0].user.client-{name}-data", config)) + b"\n")
        pair.flush()
        context.load_cert_chain(pair.name)
    return urllib.parse.urlsplit(field(".clusters[0].cluster.server", config)), context


def shortened(target, data):
    """An answer without what no test looks at."""
    if target.startswith(("/openapi/v2", "/openapi/v3/")):
        return b"{}"
    try:
        value = json.loads(data)
    except ValueError:
        value = None
    if not isinstance(value, dict):  # a log, of whatever
        return data if len(data) <= MOST_LOG else b""
    for item in [value] + (value.get("items") or []):
        (item.get("metadata") or {}).pop("managedFields", None)
        if value.get("kind") in ("Secret", "SecretList"):
            for part in ("data", "stringData"):
                if item.get(part):
                    item[part] = {name: "" for name in item[part]}
            (item.get("metadata") or {}).pop("annotations", None)
        if value.get("kind") in ("Node", "NodeList"):
            about = (item.get("status") or {}).get("nodeInfo") or {}
            about.update({name: text for name, text in OF_THE_MACHINE.items() if name in about})
    if value.get("kind") == "SelfSubjectReview":
        extra = value["status"]["userInfo"].get("extra") or {}
        if CERTIFICATE in extra:
            extra[CERTIFICATE] = ["X509SHA256=" + "0" * 64]
    for column in value.get("columnDefinitions") or []:
        column["description"] = ""
    if value.get("kind", "").endswith("List") and value["kind"] not in ("APIResourceList", "APIGroupList"):
        if not value["kind"].startswith("APIGroupDiscovery") and isinstance(value.get("items"), list):
            if "/namespaces/" not in target:
                value["items"] = value["items"][:MOST_OBJECTS]
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


class Recorder(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_url = context = out = None
    lock = threading.Lock()
    written = set()

    def pass_on(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        line = {"method": self.command, "target": self.path, "accept": self.headers.get("Accept", "")}
        if body:
            line["body"] = body.decode()
        if self.headers.get("Upgrade"):
            return self.answer(501, {}, b"")
        if self.headers.get("Impersonate-User"):
            line["user"] = self.headers["Impersonate-User"]
        connection = http.client.HTTPSConnection(
            self.server_url.hostname, self.server_url.port, context=self.context, timeout=60)
        kept = {name: self.headers[name] for name in self.headers
                if name.lower() in ("accept", "content-type") or name.lower().startswith("impersonate-")}
        connection.request(self.command, self.path, body=body or None, headers=kept)
        reply = connection.getresponse()
        data = shortened(self.path, reply.read())
        line["status"] = reply.status
        for key, name in (("contentType", "Content-Type"), ("warning", "Warning")):
            if reply.headers.get(name):
                line[key] = reply.headers[name]
        line["answer"] = data.decode()
        request = tuple(line.get(key) for key in ("method", "target", "accept", "user", "body"))
        with self.lock:
            if request not in self.written:
                self.written.add(request)
                self.out.write(json.dumps(line, ensure_ascii=False) + "\n")
        headers = {name: reply.headers[name] for name in ("Content-Type", "Date", "Warning", "Retry-After")
                   if reply.headers.get(name)}
        self.answer(reply.status, headers, data)

    def answer(self, status, headers, data):
        self.send_response_only(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = pass_on

    def log_message(self, *_):
        pass


def main():
    arguments = sys.argv[1:]
    if len(arguments) < 4 or arguments[2] != "--":
        print(__doc__, file=sys.stderr)
        return 2
    config, transcript, command = arguments[0], arguments[1], arguments[3:]
    Recorder.server_url, Recorder.context = credentials(config)
    with open(transcript, "w", encoding="utf-8") as Recorder.out, tempfile.TemporaryDirectory() as folder:
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Recorder)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        ours = os.path.join(folder, "kubeconfig")
        with open(ours, "w", encoding="utf-8") as file:
            json.dump({
                "apiVersion": "v1", "kind": "Config", "current-context": "recorded",
                "clusters": [{"name": "recorded", "cluster": {"server": "http://127.0.0.1:%d" % server.server_port}}],
                "users": [{"name": "recorded", "user": {}}],
                "contexts": [{"name": "recorded", "context": {"cluster": "recorded", "user": "recorded"}}]}, file)
        result = subprocess.run(command, env={**os.environ, "KUBECONFIG": ours}, check=False).returncode
        server.shutdown()
        return result


if __name__ == "__main__":
    sys.exit(main())
