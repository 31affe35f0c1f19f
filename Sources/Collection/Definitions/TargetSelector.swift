/// Which containers a collector is meant for. What a container says of itself is enough; each of the criteria suffices.
///
/// Everything compared is the cluster's word, so it only ever leads to a command inside that very container.
public struct TargetSelector: Sendable, Hashable {
    /// Patterns for the image without its tag and digest: `*` is any text, also with `/`; `?` is any character.
    public var images: [String]
    /// Ports that the container declares.
    public var ports: [Int]
    /// Labels of the pod, all of which it must have.
    public var labels: [String: String]

    public init(images: [String] = [], ports: [Int] = [], labels: [String: String] = [:]) {
        self.images = images
        self.ports = ports
        self.labels = labels
    }

    /// - Parameters:
    ///   - image: as the pod's spec has it: `docker.io/library/redis:7@sha256:…`.
    ///   - ports: those that the container declares.
    ///   - labels: those of the pod.
    public func picks(image: String, ports declared: [Int], labels found: [String: String]) -> Bool {
        let repository = Self.repository(image)
        return images.contains { Glob.matches($0, repository) } || ports.contains { declared.contains($0) }
            || (!labels.isEmpty && labels.allSatisfy { found[$0.key] == $0.value })
    }

    /// The image reference without digest and tag; a port of the registry stays.
    static func repository(_ image: String) -> String {
        var text = image.prefix { $0 != "@" }
        if let colon = text.lastIndex(of: ":"), !text[colon...].contains("/") { text = text[..<colon] }
        return String(text)
    }
}

/// Patterns of names: `*` is any text, `?` any one character, all else itself.
public enum Glob {
    /// Takes no longer than the product of both lengths, whatever the pattern.
    public static func matches(_ pattern: String, _ text: String) -> Bool {
        let pattern = Array(pattern.unicodeScalars), text = Array(text.unicodeScalars)
        var (p, t) = (0, 0)
        // The last star, and how much of the text it took.
        var star: Int?
        var taken = 0
        while t < text.count {
            if p < pattern.count, pattern[p] == "*" {
                (star, taken) = (p, t)
                p += 1
            } else if p < pattern.count, pattern[p] == "?" || pattern[p] == text[t] {
                p += 1
                t += 1
            } else if let last = star {
                taken += 1
                (p, t) = (last + 1, taken)
            } else {
                return false
            }
        }
        return pattern[p...].allSatisfy { $0 == "*" }
    }
}
