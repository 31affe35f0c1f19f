import Foundation

/// A must-gather in which every name and text is written to run in a page, or to mislead.
enum HostileCapture {
    static let host = "sentinel.invalid"
    /// For names of files: without a slash.
    static let name = #""><img src=x onerror=document.title='pwned'>"#
    static let text =
        #"</title></style></svg></td>"><script>document.title='pwned';fetch('http://sentinel.invalid/f')</script>"#
        + #"<img src=http://sentinel.invalid/i onerror=document.title='pwned'><a href=javascript:alert(1)>x</a>"#
        + #"<!-- ]]> &lt;script&gt; '" onload='x' "# + "\u{202E}gpj.exe\u{202C}\u{200B}\u{1B}[31m"

    /// - Returns: The folder that it wrote.
    static func write(in folder: String) throws -> String {
        let root = folder + "/inspect.local.1"
        func put(_ object: [String: Any], _ path: String) throws {
            let url = URL(fileURLWithPath: root + "/" + path)
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try JSONSerialization.data(withJSONObject: object, options: [.sortedKeys]).write(to: url)
        }
        let metadata: [String: Any] = [
            "name": name, "namespace": name, "labels": [text: text, "app": "x"], "annotations": [text: text],
            "creationTimestamp": "2026-11-30T12:00:00Z",
        ]
        let ended: [String: Any] = [
            "terminated": ["reason": text, "message": text, "exitCode": 3, "finishedAt": "2026-11-30T12:00:01Z"]
        ]
        try put(
            [
                "apiVersion": "v1", "kind": "Pod", "metadata": metadata,
                "spec": ["nodeName": text, "containers": [["name": text, "image": text]]],
                "status": [
                    "phase": text, "reason": text, "message": text,
                    "containerStatuses": [
                        [
                            "name": text, "restartCount": 9, "ready": false,
                            "state": ["waiting": ["reason": text, "message": text]], "lastState": ended,
                        ]
                    ],
                ],
            ], "namespaces/\(name)/pods/\(name)/\(name).yaml")
        try put(
            [
                "apiVersion": "v1", "kind": "EventList",
                "items": [
                    [
                        "apiVersion": "v1", "kind": "Event", "metadata": ["name": "e", "namespace": name],
                        "type": "Warning",
                        "reason": text, "message": text, "lastTimestamp": "2026-11-30T12:00:02Z",
                        "involvedObject": ["kind": text, "name": text, "namespace": text],
                    ]
                ],
            ], "namespaces/\(name)/core/events.yaml")
        try put(
            [
                "apiVersion": "v1", "kind": "Node", "metadata": ["name": text],
                "status": [
                    "conditions": [["type": "Ready", "status": "False", "reason": text, "message": text]],
                    "nodeInfo": ["kubeletVersion": text, "kernelVersion": text],
                ],
            ], "cluster-scoped-resources/core/nodes/\(name).yaml")
        try put(
            [
                "apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": ["replicas": 3],
                "status": ["replicas": 1],
            ], "namespaces/\(name)/apps/deployments/\(name).yaml")
        let log = root + "/namespaces/\(name)/pods/\(name)/\(name)/\(name)/logs/current.log"
        try FileManager.default.createDirectory(
            atPath: String(log.dropLast("/current.log".count)), withIntermediateDirectories: true)
        try Files.write("2026-11-30T12:00:03Z ERROR \(text)\n", to: log)
        return root
    }
}
