import Foundation
import Testing

/// The conformance suite (docs/collectors.md): every registered step kind meets every fault, in whole runs. What must hold of the run
/// is in ``FaultRun``; what must hold of each step is here, and in the rows.
@Suite(.needsBinary, .needsTool("openssl"))
struct StepConformanceTests {
    private struct Kinds: Decodable {
        struct Kind: Decodable {
            let name: String
            let scopes: [String]
        }

        let kinds: [Kind]
    }

    @Test func everyRegisteredKindMeetsEveryFault() async throws {
        let kinds = try await Exhibit.expect(Exhibit.Code.ok, ["collectors", "kinds", "--output", "json"])
            .json(Kinds.self).kinds.map { "\($0.name) (\($0.scopes.joined(separator: ", ")))" }
        #expect(
            kinds.sorted() == KindRow.all.map(\.kind).sorted(), "each kind has its row in KindRow.all, and no other")
        #expect(Set(KindRow.all.map(\.name)).count == KindRow.all.count)
        for row in KindRow.all {
            for fault in StepFault.allCases {
                switch row.ends[fault] {
                case nil: Issue.record("\(row.kind): what must become of it with \(fault.rawValue)?")
                case .cannot(let reason)?: #expect(reason.count > 20, "\(row.kind), \(fault.rawValue): why not?")
                case .ends(let states, _, let because)?:
                    #expect(states.isSubset(of: FaultRun.states) && !states.isEmpty)
                    let plain = states.isSubset(of: FaultEnd.states(of: fault))
                    #expect(plain || (because?.count ?? 0) > 20, "\(row.kind), \(fault.rawValue): why \(states)?")
                }
            }
        }
    }

    @Test(arguments: StepFault.allCases)
    func aRunInWhichEverythingHas(_ fault: StepFault) async throws {
        let rows = KindRow.all.filter { $0.isTried(fault) && $0.name != KindRow.pods.name }
        let run = try await ConformanceRun.of(fault, rows)
        for row in rows { try Self.expect(row, fault, run) }
        try Self.expectPlain(run)
        if KindRow.pods.isTried(fault) {
            let first = try await ConformanceRun.of(fault, [.pods])
            try Self.expect(.pods, fault, first)
            try Self.expectPlain(first)
        }
    }

    // MARK: A step

    private static func expect(_ row: KindRow, _ fault: StepFault, _ run: FaultRun) throws {
        guard case .ends(let states, let codes, _)? = row.ends[fault] else { return }
        let own = run.lines.filter { $0.collector == row.name }
        let judged = own.filter(row.judged)
        #expect(!judged.isEmpty, "\(row.kind), \(fault.rawValue): nothing was tried: \(own)")
        for line in judged {
            #expect(states.contains(line.state), "\(row.kind), \(fault.rawValue): \(line)")
            if let codes, line.state != "ok" {
                #expect(codes.contains(line.reason?.code ?? ""), "\(row.kind), \(fault.rawValue): \(line)")
            }
        }
        for line in own {
            let sizes = try line.entries.map { try Files.bytes("\(run.capture.folder)/\($0)").count }
            #expect(sizes.reduce(0, +) <= row.bytes(fault), "\(row.kind), \(fault.rawValue): \(sizes) bytes: \(line)")
            if line.state == "ok", row.judged(line) {
                #expect(sizes.reduce(0, +) > 0, "ok, and nothing is there: \(line)")
            }
            if line.state == "empty" { #expect(sizes.reduce(0, +) == 0, "empty, and something is there: \(line)") }
        }
    }

    // MARK: What the program itself writes

    /// Text, with nothing in it that steers a terminal, whatever names there were.
    private static func expectPlain(_ run: FaultRun) throws {
        let paths = try run.capture.paths()
        for path in paths {
            #expect(path.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "\\") }, "\(path)")
        }
        let records = paths.filter { path in
            path.hasPrefix("meta/") && (path.hasSuffix(".json") || path.hasSuffix(".jsonl"))
                || path.hasSuffix(".response.json") || path.hasPrefix("data/host/") && path.hasSuffix(".jsonl")
                || ["/tls/", "/dns/", "/tcp/"].contains { path.contains($0) && path.hasSuffix(".json") }
        }
        for path in records {
            let text = String(validating: try Files.bytes("\(run.capture.folder)/\(path)"), as: UTF8.self)
            let odd = text?.unicodeScalars.first { $0 != "\n" && ($0.value < 0x20 || (0x7F...0x9F).contains($0.value)) }
            #expect(text != nil && odd == nil, "\(path) has \(odd.map { "\($0.value)" } ?? "bytes that are no text")")
        }
    }
}
