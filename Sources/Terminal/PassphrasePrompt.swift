import Glibc

/// Asks for a passphrase on the terminal of this process, whatever its standard streams are, without showing what is typed.
public enum PassphrasePrompt {
    public enum Failure: Error, Hashable, Sendable {
        /// There is no terminal to ask on.
        case noTerminal
        /// The line ended without a word, or the terminal went away.
        case nothing
    }

    /// More is no passphrase that somebody types, in bytes.
    private static let mostBytes = 1024

    /// Ctrl-C, where a terminal is not told otherwise.
    private static let endOfText: UInt8 = 3

    /// What was typed, without the line end. The terminal shows again what is typed afterwards, also if the process is
    /// ended meanwhile by a key.
    public static func ask(_ prompt: String) throws(Failure) -> [UInt8] {
        let descriptor = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .noTerminal }
        defer { close(descriptor) }
        var settings = termios()
        guard tcgetattr(descriptor, &settings) == 0 else { throw .noTerminal }
        var silent = settings
        // Without ISIG a key cannot end the process while nothing is shown; it is read, and ends the asking below.
        silent.c_lflag &= ~tcflag_t(ECHO | ISIG)
        silent.c_lflag |= tcflag_t(ICANON | ECHONL)
        guard tcsetattr(descriptor, TCSAFLUSH, &silent) == 0 else { throw .noTerminal }
        defer { tcsetattr(descriptor, TCSAFLUSH, &settings) }
        TerminalDevice.write(prompt, to: descriptor)
        var line: [UInt8] = []
        while line.count < mostBytes {
            var byte: UInt8 = 0
            let count = read(descriptor, &byte, 1)
            if count < 0, errno == EINTR { continue }
            guard count == 1, byte != endOfText else { throw .nothing }
            if byte == UInt8(ascii: "\n") { break }
            line.append(byte)
        }
        guard !line.isEmpty else { throw .nothing }
        return line
    }
}
