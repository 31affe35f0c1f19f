/// Why the file of a collector or a profile was refused.
public struct DefinitionError: Error, Sendable, CustomStringConvertible {
    public var file: String
    /// Line in the file, from 1; nil when the file as a whole is meant.
    public var line: Int?
    /// It may quote the file: whoever shows it escapes what could steer a terminal.
    public let message: String

    public init(file: String, line: Int?, message: String) {
        self.file = file
        self.line = line
        self.message = message
    }

    public var description: String {
        let place = line.map { "\(file):\($0)" } ?? file
        return "reading definition \(place): \(message)"
    }
}
