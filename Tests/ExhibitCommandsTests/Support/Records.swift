import Foundation

/// What `collect --output json` prints, sealed or failed.
struct CollectAnswer: Decodable {
    struct Gap: Decodable {
        let collector: String
        let state: String
        let code: String
        let count: Int
        let example: String
    }

    let bundle: String?
    let sealID: String?
    let sha256: String?
    let signedByOperator: Bool?
    let files: Int?
    let attempts: [String: Int]?
    let stopped: String?
    let gaps: [Gap]?
    let error: String?
    let status: String?
    let exitCode: Int32
}

/// What the reading commands print when they fail with `--output json`.
struct FailureAnswer: Decodable {
    let error: String
    let status: String
    let exitCode: Int32
}

/// Any JSON at all.
struct AnyAnswer: Decodable {
    init(from decoder: any Decoder) throws {
        _ = try decoder.singleValueContainer()
    }
}

/// A line of `meta/ledger.jsonl` (docs/format.md 4.3).
struct LedgerLine: Decodable {
    struct Target: Decodable {
        let kind: String?
        let namespace: String?
        let name: String?
        let container: String?
        let resource: String?
        let node: String?
    }

    struct Reason: Decodable {
        let code: String
        let message: String
    }

    let attempt: Int
    let collector: String
    let step: String
    let target: Target
    let source: String
    let via: String?
    let state: String
    let reason: Reason?
    let entries: [String]
    let volatility: Int

    static func decode(_ text: String) throws -> [LedgerLine] {
        try text.split(separator: "\n").map { try JSONDecoder().decode(LedgerLine.self, from: Data($0.utf8)) }
    }
}

/// The parts of `meta/bundle.json` that tests look at (docs/format.md 4.1).
struct OpeningRecord: Decodable {
    struct Case: Decodable {
        let id: String?
        let evidence: String?
        let purpose: String?
        let `operator`: String?
        let authorisation: String?
    }

    let folder: String
    let `case`: Case
    let targets: [String]
    let touch: String
    let secrets: String
}
