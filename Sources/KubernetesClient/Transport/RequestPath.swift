/// Builds the path and query of a request. What comes from a cluster never forms a path without a look at it.
package enum RequestPath {
    /// Percent-encodes everything but the unreserved characters. Source: RFC 3986, section 2.3.
    package static func encode(_ text: String) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count)
        let hex = Array("0123456789ABCDEF".utf8)
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E: bytes.append(byte)
            default: bytes += [0x25, hex[Int(byte >> 4)], hex[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Whether the API server itself could accept this as a segment: its rule for names (no `/`, no `%`, neither `.` nor `..`),
    /// and no control characters. Source: k8s.io/apimachinery `api/validation/path`.
    package static func isValidSegment(_ text: String) -> Bool {
        !text.isEmpty && text != "." && text != ".." && text.utf8.count <= 512
            && text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F && $0 != 0x2F && $0 != 0x25 && $0 != 0x5C }
    }

    /// Each `%` is followed by two hex digits. Source: RFC 3986, section 2.1.
    static func hasOnlyWholeEscapes(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        return bytes.indices.allSatisfy { index in
            bytes[index] != 0x25
                || (index + 2 < bytes.count && Character(Unicode.Scalar(bytes[index + 1])).isHexDigit
                    && Character(Unicode.Scalar(bytes[index + 2])).isHexDigit)
        }
    }

    /// Joins segments with a leading slash, each validated and encoded.
    package static func join(_ segments: [String], doing: String) throws(KubernetesError) -> String {
        var path = ""
        for segment in segments {
            guard isValidSegment(segment) else {
                throw KubernetesError(
                    code: .badArgument, doing: doing, subject: segment.printable(limit: 80),
                    reason: "'\(segment.printable(limit: 80))' cannot be the name of a Kubernetes object or API")
            }
            path += "/" + encode(segment)
        }
        return path
    }

    /// Whether the answer comes from the API server itself, as far as the path tells: no kubelet behind it (logs, commands,
    /// proxies), and no extension server, whose groups are named like hosts. Some of its own groups are, too.
    package static func isAnsweredByServer(_ path: String) -> Bool {
        let segments = path.prefix { $0 != "?" }.split(separator: "/").map(String.init)
        switch segments.first {
        case "apis"?: return segments.count < 2 || !segments[1].contains(".")
        case "api"?: return !isAnsweredByKubelet(segments)
        default: return true
        }
    }

    /// Whether a kubelet answers, or what is behind it: logs, commands, proxies.
    package static func isAnsweredByKubelet(_ path: String) -> Bool {
        isAnsweredByKubelet(path.prefix { $0 != "?" }.split(separator: "/").map(String.init))
    }

    private static func isAnsweredByKubelet(_ segments: [String]) -> Bool {
        guard segments.first == "api" else { return false }
        // /api/v1/namespaces/NS/pods/NAME/log, /api/v1/nodes/NAME/proxy/…
        let behind = segments.dropFirst(segments.dropFirst(2).first == "namespaces" && segments.count > 5 ? 6 : 4)
        return behind.first.map { ["log", "exec", "attach", "portforward", "proxy"].contains($0) } ?? false
    }

    package static func query(_ items: [(String, String)]) -> String {
        guard !items.isEmpty else { return "" }
        return "?" + items.map { encode($0.0) + "=" + encode($0.1) }.joined(separator: "&")
    }

    /// Checks a whole path that a caller wrote: absolute, no dot segments, no query, nothing that needs encoding but is not.
    package static func isValidPath(_ path: String) -> Bool {
        guard path.utf8.first == 0x2F, path.utf8.count <= 4096 else { return false }
        let segments = path.split(separator: "/", omittingEmptySubsequences: false)
        return segments.allSatisfy { segment in
            let lowered = segment.lowercased()
            return segment != "." && segment != ".." && !lowered.contains("%2e") && !lowered.contains("%2f")
                && segment.utf8.allSatisfy { byte in
                    switch byte {
                    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
                    case 0x21, 0x24...0x2E, 0x3A, 0x3B, 0x3D, 0x40, 0x5F, 0x7E: true
                    default: false
                    }
                }
        }
    }
}
