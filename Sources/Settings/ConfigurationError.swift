/// Why a configuration file, or a file that it names, was refused.
public struct ConfigurationError: Error, Hashable, Sendable, CustomStringConvertible {
    public let file: String
    /// From 1; nil when the file as a whole is meant.
    public let line: Int?
    public let reason: String
    /// What to do next; empty if there is nothing sensible to say.
    public let advice: String

    public init(file: String, line: Int?, reason: String, advice: String = "") {
        self.file = file
        self.line = line
        self.reason = reason
        self.advice = advice
    }

    public var description: String {
        let place = line.map { "\(file), line \($0)" } ?? file
        return "configuration \(place): \(reason)" + (advice.isEmpty ? "" : "; \(advice)")
    }
}
