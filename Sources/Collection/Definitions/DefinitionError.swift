/// Why a collector's file was refused.
public struct DefinitionError: Error, Sendable, CustomStringConvertible {
    public var file: String
    /// Line in the file, from 1; nil when the file as a whole is meant.
    public var line: Int?
    /// Without control characters, whatever the file says.
    public let message: String

    public init(file: String, line: Int?, message: String) {
        self.file = file
        self.line = line
        self.message = Self.printable(message)
    }

    /// `\x1b` for what could steer a terminal or end a line.
    static func printable(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            if scalar.value < 0x20 || (0x7F..<0xA0).contains(scalar.value) {
                result += "\\x\(scalar.value < 0x10 ? "0" : "")\(String(scalar.value, radix: 16))"
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    public var description: String {
        let place = line.map { "\(file):\($0)" } ?? file
        return "reading collector \(place): \(message)"
    }
}
