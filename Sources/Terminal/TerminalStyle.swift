/// Emphasis by role, where the output can show it.
///
/// Style only ever underlines what the text says in words: without colour nothing is lost.
public struct TerminalStyle: Hashable, Sendable {
    public enum Role: Hashable, Sendable {
        case ok
        case warning
        case error
        case dim
        case bold
    }

    /// Whether escape sequences may be written.
    public let isEnabled: Bool

    public init(isEnabled: Bool) {
        self.isEnabled = isEnabled
    }

    /// No escape sequences.
    public static let plain = TerminalStyle(isEnabled: false)

    /// What the descriptor and this process's environment allow.
    public init(descriptor: Int32) {
        self.init(
            isTerminal: TerminalDevice.isTerminal(descriptor), environment: { TerminalDevice.environment($0) })
    }

    /// In this order: `NO_COLOR` (set and not empty) says no; `CLICOLOR_FORCE` (set, not empty, not 0) says yes; no
    /// terminal, `TERM` unset or `dumb`, and `CLICOLOR=0` say no.
    public init(isTerminal: Bool, environment: (String) -> String?) {
        func isSet(_ name: String) -> Bool { environment(name).map { !$0.isEmpty } ?? false }
        if isSet("NO_COLOR") {
            isEnabled = false
        } else if isSet("CLICOLOR_FORCE"), environment("CLICOLOR_FORCE") != "0" {
            isEnabled = true
        } else {
            isEnabled = isTerminal && isSet("TERM") && environment("TERM") != "dumb" && environment("CLICOLOR") != "0"
        }
    }

    /// `text` in the style of `role`. The text is not escaped here: see ``TerminalText``.
    public func callAsFunction(_ role: Role, _ text: String) -> String {
        guard isEnabled, !text.isEmpty else { return text }
        let parameters =
            switch role {
            case .ok: "32"
            case .warning: "33"
            case .error: "1;31"
            case .dim: "2"
            case .bold: "1"
            }
        return "\u{1B}[\(parameters)m\(text)\u{1B}[0m"
    }
}
