import Glibc

/// A question of yes or no to whoever sits at the terminal, who may as well not be there.
public enum TerminalQuestion {
    public enum Answer: Hashable, Sendable {
        case yes
        case no
        /// Return alone, no word in time, or the end of the input.
        case none
    }

    /// More is no yes and no no, in bytes.
    private static let mostBytes = 256

    /// Whether somebody could answer: standard input and standard error are terminals, and this process is the one that the keys
    /// go to. What was typed ahead is for whoever reads next, as the shell after a pasted command: then nobody is asked, either.
    public static var isPossible: Bool {
        TerminalDevice.isTerminal(STDIN_FILENO) && TerminalDevice.isTerminal(STDERR_FILENO) && isInForeground
            && !isReadable(STDIN_FILENO, within: 0)
    }

    /// Asks on standard error, and waits for a line. What is neither yes nor no is asked about again while there is time.
    ///
    /// - Parameter question: with the time in it, and what is done without an answer.
    public static func ask(_ question: String, within limit: Duration) -> Answer {
        let end = ContinuousClock.now + limit
        // Of its own, so that it does not wait where another process of the foreground takes the line: whether reading waits is a
        // matter of the open file, which standard input shares with the shell.
        let terminal = open("/dev/tty", O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
        guard terminal >= 0 else { return .none }
        defer { close(terminal) }
        TerminalDevice.write(question, to: STDERR_FILENO)
        while let line = line(from: terminal, until: end) {
            switch line.lowercased() {
            case "y", "yes": return .yes
            case "n", "no": return .no
            case "": return .none
            default: TerminalDevice.write("Please answer y or n: ", to: STDERR_FILENO)
            }
        }
        // Nobody ended the line.
        TerminalDevice.write("\n", to: STDERR_FILENO)
        return .none
    }

    /// Without the line end and spaces around; nil when none came.
    private static func line(from terminal: Int32, until end: ContinuousClock.Instant) -> String? {
        var line: [UInt8] = []
        while line.count < mostBytes {
            let left = max(.zero, ContinuousClock.now.duration(to: end))
            let milliseconds = Int32(clamping: Int(left / .milliseconds(1)))
            guard milliseconds > 0, isReadable(terminal, within: milliseconds) else {
                // A signal may have ended the waiting: the process was stopped, and goes on.
                if milliseconds > 0, isInForeground { continue }
                return nil
            }
            // A process in the background that reads from its terminal is stopped.
            guard isInForeground else { return nil }
            var byte: UInt8 = 0
            let count = read(terminal, &byte, 1)
            if count < 0, errno == EINTR || errno == EAGAIN { continue }
            guard count == 1 else { return nil }
            if byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") { break }
            line.append(byte)
        }
        return String(decoding: line, as: UTF8.self).split(separator: " ").joined(separator: " ")
    }

    private static var isInForeground: Bool { tcgetpgrp(STDIN_FILENO) == getpgrp() }

    private static func isReadable(_ terminal: Int32, within milliseconds: Int32) -> Bool {
        var wait = pollfd(fd: terminal, events: Int16(POLLIN), revents: 0)
        return poll(&wait, 1, milliseconds) > 0
    }
}
