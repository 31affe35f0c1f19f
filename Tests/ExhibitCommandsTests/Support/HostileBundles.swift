import Foundation
import Testing

/// Bundles whose every text is written to steer a terminal or a page, or to break a statement; and some whose index lies.
///
/// They are made by the writer of Tests/verify_bundle_test.py, which writes what this program's would refuse to.
enum HostileBundles {
    /// Sequences of a terminal, in 7 and 8 bits; what turns or hides text; a page's element; the end of a statement; controls.
    static let text =
        "\u{1B}[2J\u{1B}]0;t\u{07}\u{9B}31m\u{202E}a\u{2066}b\u{200B}<img src=x onerror=alert(1)>'; DROP TABLE objects; --\r\u{08}\u{7F}"

    /// The files that are there then: two captures of one place, and bundles whose index lies.
    static let names = ["old", "new", "path", "media", "size", "broken"].map { "\($0).tar.zst" }

    /// Writes them into a folder.
    static func write(to folder: String) async throws {
        let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        try await Tool.run(
            "python3", ["-B", "-c", script, tests.appendingPathComponent("verify_bundle_test.py").path, folder])
        for name in names { #expect(Files.exists(folder + "/" + name)) }
    }

    private static let script = #"""
        import importlib.util, json, os, sys, tempfile

        spec = importlib.util.spec_from_file_location("writer", sys.argv[1])
        writer = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(writer)

        BAD = "\x1b[2J\x1b]0;t\x07\x9b31m\u202ea\u2066b\u200b<img src=x onerror=alert(1)>'; DROP TABLE objects; --\r\x08\x7f"


        def line(value, plain=writer.line):
            if "format" in value and "cluster" in value:
                # In the order of the format.
                rest = {name: value.pop(name) for name in ("host", "limits", "key")}
                value = {name: value[name] for name in value if name != "cluster"} | {"cluster": value["cluster"]} | rest
            return plain(value)


        writer.line = line


        def pod(name, version):
            status = {"name": BAD, "image": BAD, "imageID": BAD, "restartCount": 9 + version, "ready": False,
                      "state": {"waiting": {"reason": BAD if version else "CrashLoopBackOff", "message": BAD}},
                      "lastState": {"terminated": {"exitCode": 1, "reason": BAD, "message": BAD, "finishedAt": "2026-11-21T03:00:00Z"}}}
            return {"apiVersion": "v1", "kind": "Pod",
                    "metadata": {"name": name, "namespace": "prod", "uid": "%s%d" % (BAD, version), "labels": {BAD: BAD}, "annotations": {BAD: "%d" % version},
                                 "creationTimestamp": "2026-11-21T02:00:00Z", "ownerReferences": [{"kind": BAD, "name": BAD, "controller": True}]},
                    "spec": {"nodeName": BAD, "containers": [{"name": BAD, "image": BAD + str(version), "command": [BAD], "env": [{"name": BAD + str(version), "value": BAD}]}]},
                    "status": {"phase": "Running", "reason": BAD, "message": BAD, "containerStatuses": [status],
                               "conditions": [{"type": BAD, "status": "False", "reason": BAD + str(version), "message": BAD, "lastTransitionTime": "2026-11-21T03:00:00Z"}]}}


        def event(version):
            return {"apiVersion": "v1", "kind": "Event", "metadata": {"name": "e", "namespace": "prod"}, "type": "Warning", "reason": BAD,
                    "message": BAD, "count": 3 + version, "lastTimestamp": "2026-11-21T03:00:00Z",
                    "involvedObject": {"kind": BAD, "name": BAD, "namespace": "prod"}, "source": {"component": BAD, "host": BAD}}


        def text(value):
            return json.dumps(value).encode()


        def bundle(key, version, hooks=None):
            objects = {"kind": "Secret", "apiVersion": "v1", "metadata": {"name": BAD, "namespace": BAD}, "type": BAD}
            payload = {
                "data/namespaces/prod/pods/a/a.yaml": text(pod("a", version)),
                "data/namespaces/prod/pods/b/b.yaml": text(pod(BAD, version)),
                "data/namespaces/prod/core/events.yaml": b"apiVersion: v1\nitems:\n- " + text(event(version)) + b"\nkind: EventList\n",
                "data/namespaces/prod/pods/a/main/main/logs/current.log":
                    ("2026-11-21T03:00:00.000000000Z ERROR " + BAD.replace("\r", "") + "\n").encode() + b"\xff\x9b2J\n",
                "data/cluster-scoped-resources/core/nodes/n.yaml": text({"apiVersion": "v1", "kind": "Node", "metadata": {"name": BAD},
                    "status": {"nodeInfo": {"kubeletVersion": BAD + str(version)}, "conditions": [{"type": "Ready", "status": "False", "reason": BAD, "message": BAD}]}}),
                "data/cluster-scoped-resources/rbac.authorization.k8s.io/clusterrolebindings/b.yaml": text({
                    "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": {"name": BAD},
                    "roleRef": {"kind": "ClusterRole", "name": BAD + str(version)}, "subjects": [{"kind": BAD, "name": BAD}]}),
            }
            if version:
                payload["data/namespaces/prod/core/secrets.yaml"] = text(objects)
            target = {"kind": BAD, "namespace": BAD, "name": BAD, "container": BAD, "node": BAD}
            first = len(payload) + 2
            attempts = [
                (first, "denied", [], {"collector": BAD + str(version), "step": BAD, "target": target, "reason": {"code": BAD, "message": BAD}}),
                (first + 1, "ok", [], {"collector": "pods", "step": "pods", "target": {"resource": "pods"}, "source": "api"}),
                (first + 2, "ok", [], {"collector": "events", "step": "list", "target": {"resource": "events"}, "source": "api"}),
                (first + 3, "ok", [], {"collector": "objects", "step": "list", "target": {"resource": "secrets"}, "source": "api"}),
            ]
            opening = {"case": {"id": BAD, "evidence": BAD, "purpose": BAD, "operator": BAD, "authorisation": BAD}, "invocation": [BAD],
                       "targets": ["cluster"] + [BAD], "profile": BAD, "tool": {"name": BAD, "version": BAD, "sha256": writer.ZEROS},
                       "cluster": {"server": BAD, "context": BAD, "user": BAD, "version": BAD, "uid": BAD + str(version)},
                       "host": {"hostname": BAD, "machine": BAD, "boot": BAD, "kernel": BAD}}

            class Hostile(writer.Writer):
                def attempt(self, number, state, entries, more=None, **rest):
                    super().attempt(number, state, entries, **(more or {}), **rest)

                def act(self, action, **more):
                    super().act(action, **({"target": target, "detail": {BAD: BAD}} | more))

            return Hostile(key, payload=payload, attempts=attempts, extra_opening=opening, hooks=hooks)


        def lie(old, new):
            return {"meta/index.jsonl": lambda data: data.replace(old, new)}


        folder = sys.argv[2]
        key = writer.Key(tempfile.mkdtemp(dir=folder), "k")
        shown = json.dumps(BAD)[1:-1].encode()
        for name, made in {
            "old": bundle(key, 0), "new": bundle(key, 1),
            # The index names an entry so, or says so of it, and nothing else agrees.
            "path": bundle(key, 0, lie(b"prod/pods/a/a.yaml", b"prod/pods/a/" + shown + b".yaml")),
            "media": bundle(key, 0, lie(b'"media":"text/plain"', '"media":"text/\u202eb"'.encode())),
            "size": bundle(key, 0, lie(b'"size":', b'"' + shown + b'":1,"size":9')),
            "broken": bundle(key, 0, lie(b'{"path":"data/namespaces/prod/core', b'{"path":"' + BAD.encode() + b"/core")),
        }.items():
            with open(os.path.join(folder, name + ".tar.zst"), "wb") as file:
                file.write(made.zst())
        """#
}
