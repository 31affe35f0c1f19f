internal import Bundle
internal import Cryptography
internal import StructuredText
internal import Terminal

/// Who would vouch for a bundle that is sealed here: signers and time stamp authorities, tried before they are needed.
struct VouchingCheck {
    struct Result {
        /// A line for each, and whether it is well.
        var signers: [(words: String, isWell: Bool)] = []
        var timestamps: [(words: String, isWell: Bool)] = []

        var hasFailed: Bool { (signers + timestamps).contains { !$0.isWell } }

        func lines(_ style: TerminalStyle) -> [String] {
            func lines(_ title: String, _ checks: [(words: String, isWell: Bool)]) -> [String] {
                checks.map { check in
                    let words = TerminalText.escaped(check.words)
                    return "\(title)\(check.isWell ? words : style(.error, words))"
                }
            }
            return lines("signed by      ", signers) + lines("time stamps    ", timestamps)
        }

        var json: JSONValue {
            func values(_ checks: [(words: String, isWell: Bool)]) -> JSONValue {
                .array(checks.map { ["says": .string($0.words), "ok": .bool($0.isWell)] })
            }
            return ["signers": values(signers), "timestamps": values(timestamps)]
        }
    }

    let signing: SigningFlags
    let configuration: ConfigurationFlags

    /// How long ssh-agent may take to name its keys, and an authority to answer.
    private static let patience = Duration.seconds(5)

    func made() async -> Result {
        var result = Result()
        do {
            let standing = try configuration.read()
            do {
                let signers = try signing.signers(standing, within: Self.patience)
                result.signers = signers.map { ("\($0.name) (\($0.fingerprint))", true) }
                if signers.isEmpty {
                    result.signers.append(("a key made for the run; name one of yours by --key or --agent", true))
                }
            } catch {
                result.signers.append(("\(error)", false))
            }
            guard let taker = try signing.timestamps(standing) else { return result }
            do {
                let taken = try await taker.take(
                    over: Array("exhibit doctor".utf8), within: Self.patience)
                result.timestamps.append(("\(taken.service): \(taken.authority)", true))
            } catch {
                result.timestamps.append(("\(error)", false))
            }
        } catch {
            result.signers.append(("\(error)", false))
        }
        return result
    }
}
