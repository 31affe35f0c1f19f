internal import Glibc
internal import StructuredText
internal import Terminal

/// The reader of our output went away (`| head`): nothing is left to do, and nothing to complain about.
struct OutputClosed: Error {}

/// Standard output for data: buffered, and written as it is. Text from a bundle must be escaped before
/// (``TerminalText``).
struct RenderingOutput: ~Copyable {
    /// Standard output could not be written.
    struct Failure: Error, CustomStringConvertible {
        let number: Int32
        var isFull: Bool { number == ENOSPC || number == EDQUOT }
        var description: String { "writing the output: \(String(cString: strerror(number)))" }
    }

    private static let capacity = 64 << 10

    let style = TerminalStyle(descriptor: STDOUT_FILENO)
    let isTerminal = TerminalDevice.isTerminal(STDOUT_FILENO)
    /// Cells of a line; nil off a terminal: then nothing is cut.
    let width = TerminalDevice.isTerminal(STDOUT_FILENO) ? TerminalDevice.size(STDOUT_FILENO)?.columns : nil

    private var buffer: [UInt8] = []

    mutating func line(_ text: String = "") throws {
        buffer += text.utf8
        buffer.append(0x0A)
        if buffer.count >= Self.capacity { try flush() }
    }

    mutating func lines(_ texts: [String]) throws {
        for text in texts { try line(text) }
    }

    mutating func bytes(_ bytes: some Collection<UInt8>) throws {
        buffer += bytes
        if buffer.count >= Self.capacity { try flush() }
    }

    /// One line. On a terminal everything beyond ASCII is escaped: it could steer the terminal, or hide.
    mutating func json(_ value: JSONValue) throws {
        let text = value.serialized()
        try bytes(isTerminal ? Self.asciiOnly(text) : text)
        try line()
    }

    /// The same JSON with `\uXXXX` for what is not printable ASCII. Such characters stand in strings only.
    static func asciiOnly(_ json: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        for unit in String(decoding: json, as: UTF8.self).utf16 {
            if let byte = UInt8(exactly: unit), (0x20..<0x7F).contains(byte) {
                result.append(byte)
            } else {
                let digits = String(unit, radix: 16)
                result += "\\u\(String(repeating: "0", count: 4 - digits.count))\(digits)".utf8
            }
        }
        return result
    }

    /// Ends a report of what was done. That nobody can read it undoes nothing, so it is no failure; if it is more than a
    /// reader who went away, standard error has the words.
    mutating func finish(saying done: String) {
        do {
            try flush()
        } catch is OutputClosed {
        } catch {
            RenderingFailure.note("\(done); the report cannot be printed: \(error)")
        }
    }

    /// Must be called at the end.
    mutating func flush() throws {
        defer { buffer.removeAll(keepingCapacity: true) }
        var rest = buffer[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(STDOUT_FILENO, $0.baseAddress, $0.count) }
            if count >= 0 {
                rest = rest.dropFirst(count)
            } else if errno == EPIPE {
                throw OutputClosed()
            } else if errno == EAGAIN {
                var wait = pollfd(fd: STDOUT_FILENO, events: Int16(POLLOUT), revents: 0)
                _ = poll(&wait, 1, 1000)
            } else if errno != EINTR {
                throw Failure(number: errno)
            }
        }
    }
}
