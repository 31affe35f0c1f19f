import StructuredText
import TestSupport

/// Random JSON with everything that is hard on readers: scalars that look like other types, controls, long lines,
/// emptiness.
struct JSONGenerator {
    private var random: SeededGenerator
    /// Whether an object may hold a key twice.
    let allowsDuplicates: Bool

    init(seed: UInt64, allowsDuplicates: Bool = false) {
        random = SeededGenerator(seed: seed)
        self.allowsDuplicates = allowsDuplicates
    }

    static let awkward: [String] = [
        "", " ", "~", "null", "Null", "NULL", "true", "True", "yes", "no", "on", "off", "y", "n", "Y", "N", "=", "<<",
        "0x1", "0o7", "010", "1_000", "1e3", "1.5", ".5", "5.", ".inf", "-.inf", ".nan", "+1", "-1", "-", "--- a",
        "---",
        "...", "1:30", "190:20:30", "2024-01-01", "2024-01-01T00:00:00Z", "a: b", "a:", ":a", "a #b", "#a", "a#b",
        "- a",
        "-a", "? a", "?a", "! a", "&a", "*a", "|", ">", "%a", "@a", "`a", "'a'", "\"a\"", "{a", "[a", "a]", "a, b", ",",
        " a", "a ", "a\n", "\na", "a\nb", "a\nb\n", "a\nb\n\n", "a\n\n\nb", " a\nb", "\n a\nb\n", "a \nb",
        "a\n b\n  c\n",
        "a\tb", "\ta\nb", "a\n\tb", "a\r\nb", "a\rb", "\u{85}", "a\u{2028}b", "\u{FEFF}a", "a\u{FEFF}\nb", "\u{0}",
        "\u{7F}", "\u{1B}[31m", "é", "e\u{301}", "日本語", "😀", "😀\n😀\n", "\u{E000}", "\u{FFFE}", "\u{202E}abc", "\\n",
        "\n",
        "\n\n", "# c\nx", "---\nx\n...\n", "key: |\n  text\n", "C:\\x", "a/b", "registry.k8s.io/pause:3.9", "10.0.0.1",
        "1.2.3",
        "12e03", "0", "00", "-0", "0.0", "1e+5", "1E5", "0b1", "1__0", "+.inf", "<", ">=1", "a&b", "*", "&", "!",
        "!!str x",
        "x\u{A0}", "\u{A0}", "\u{2003}x", String(repeating: "k", count: 200), String(repeating: "a b ", count: 300),
        String(repeating: "é", count: 130), String(repeating: "😀", count: 400), "👩\u{200D}👩\u{200D}👧", "🇩🇪",
        "\u{10FFFF}", "\u{FFFD}", "a\u{85}b\n", "\u{2029}", "\u{FEFF}",
        String(repeating: "line\n", count: 1_000),
        String(repeating: "x", count: 40_000), String(repeating: "k: v ", count: 260), "yes\n", "~\n", "null: 1\nb",
        "0o17", "0b101", "0x1F", "1e3\n", "+.INF", "-0", "- - a", "? \n", ": \n", "|2-\n  a", "%YAML 1.1\n---\n",
        "...\na",
        "# a\n\n# b\n", " \n", "\n \na", "a\n\n \nb", "a #", "a\n#", "TRUE", "oN", "yES", "Yes", "NaN", "nan", "inf",
        "Infinity", "_", "1_", "0_1", "1,000", "12:30:45.5", "2001-12-14t21:59:43.10-05:00", "e3", "E", "1e", "é: ü",
        "é:",
        "日本: 語 #x", "a\u{3000}b", "a\u{A0}", "\u{301}a", "\\", "\"", "a\\\nb", "\"a\"\n'b'\n", "{{ .Values.x }}",
        "$(VAR)", "[]", "{}",
        "[a]", "{a: b}", "key", "!", "!binary |", "@", "`", "/", "//", "/: ", "a?b", "a: ", "a:\tb", "a\t#b", "a\tb",
        "a:b",
    ]

    static let numbers = [
        "0", "-0", "0.0", "-0.0", "1e5", "1E5", "1.0e5", "1.0e+5", "1e-5", "2.50", "0e0", "1e400", "-1E-400", "1.10",
        "100.000",
        "123456789012345678901234567890", "0.1000000000000000055511151231257827", "9007199254740993",
        "-9223372036854775808",
        "18446744073709551615", "1E+02", "7e007", "3.14159e-00",
    ]

    mutating func value(depth: Int = 5) -> JSONValue {
        switch Int.random(in: 0..<(depth > 0 ? 12 : 8), using: &random) {
        case 0: .null
        case 1: .bool(Bool.random(using: &random))
        case 2, 3: .number(number())
        case 4...7: .string(string())
        case 8, 9: .array((0..<Int.random(in: 0..<5, using: &random)).map { _ in value(depth: depth - 1) })
        default: .object(object(depth: depth - 1))
        }
    }

    private mutating func object(depth: Int) -> JSONObject {
        var object = JSONObject()
        for _ in 0..<Int.random(in: 0..<6, using: &random) {
            let key = string()
            if allowsDuplicates || object[key] == nil { object.append((key, value(depth: depth))) }
        }
        return object
    }

    mutating func number() -> String {
        switch Int.random(in: 0..<6, using: &random) {
        case 0: String(Int.random(in: -20...20, using: &random))
        case 1: String(Int.random(in: .min ... .max, using: &random))
        case 2: "123456789012345678901234567890"
        case 3:
            ["0", "-0", "0.0", "-0.0", "1e5", "1E5", "1.0e5", "1.0e+5", "1e-5", "2.50", "0e0"]
                .randomElement(using: &random) ?? "0"
        case 4: "\(Int.random(in: 0..<1000, using: &random)).\(Int.random(in: 0..<1000, using: &random))"
        default: "-\(Int.random(in: 0..<1000, using: &random)).5e\(Int.random(in: -30...30, using: &random))"
        }
    }

    mutating func string() -> String {
        switch Int.random(in: 0..<4, using: &random) {
        case 0: return Self.awkward.randomElement(using: &random) ?? ""
        case 1:
            return (0..<Int.random(in: 1..<4, using: &random))
                .map { _ in Self.awkward.randomElement(using: &random) ?? "" }.joined(separator: "\n")
        case 2:
            let alphabet = Array("abz019 .:-_/#\n\t'\"{}[],&*!|>%@`\\=~?\u{1}é😀\u{2029}")
            return String(
                (0..<Int.random(in: 0..<12, using: &random)).map { _ in alphabet.randomElement(using: &random) ?? "a" })
        default:
            return ["name", "image", "nginx:1.25", "kube-system", "app.kubernetes.io/name", "Running", "a b c"]
                .randomElement(using: &random) ?? ""
        }
    }
}
