import Archive
import Bundle
import BundleFormat
import Cryptography
import Foundation
import TestSupport
import Testing

/// A flipped bit or a cut anywhere in the file is refused, or changes nothing of the tar stream (section 9.4).
///
/// Every bit takes many minutes: `EXHIBIT_EVERY_BIT=1` asks for it. Otherwise positions are drawn at random.
@Suite(.enabled(if: TestPKI.isPossible, "\(TestPKI.missing)"))
struct EveryBitTests {
    private static let isThorough = ProcessInfo.processInfo.environment["EXHIBIT_EVERY_BIT"] != nil

    /// What became of changed files.
    private struct Outcomes {
        var refused = 0
        /// Accepted, with the identical tar stream.
        var identical = 0
        /// Accepted, with another one: what must not be.
        var wrong: [Int] = []
    }

    private enum Change {
        case flip(bit: Int)
        case cut(Int)

        func applied(to bytes: [UInt8]) -> [UInt8] {
            switch self {
            case .flip(let bit):
                var changed = bytes
                changed[bit / 8] ^= 1 << UInt8(bit % 8)
                return changed
            case .cut(let count): return Array(bytes.prefix(count))
            }
        }

        var number: Int {
            switch self {
            case .flip(let bit): bit
            case .cut(let count): -count
            }
        }
    }

    private static func stream(_ path: String) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        try await ContainerReader(path: path).entries { entry, body in
            bytes += Array("\(entry)".utf8)
            bytes += try await body.readAll(limit: 1 << 30)
        }
        return bytes
    }

    private static func isRefused(_ path: String) async throws -> Bool {
        do {
            let verification = try await Verifier().verify(path: path)
            return verification.verdict != .consistentNotAuthenticated || verification.records.answer.state == .failed
        } catch is BundleError {
            return true
        }
    }

    private func apply(_ changes: [Change], to path: String, in folder: String) async throws -> Outcomes {
        let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: path)))
        let original = try await Self.stream(path)
        return try await withThrowingTaskGroup(of: Outcomes.self) { group in
            let width = 2
            for worker in 0..<width {
                group.addTask {
                    var outcomes = Outcomes()
                    let changed = "\(folder)/changed-\(worker)"
                    for index in stride(from: worker, to: changes.count, by: width) {
                        try Data(changes[index].applied(to: bytes)).write(to: URL(fileURLWithPath: changed))
                        if try await Self.isRefused(changed) {
                            outcomes.refused += 1
                        } else if try await Self.stream(changed) == original {
                            outcomes.identical += 1
                        } else {
                            outcomes.wrong.append(changes[index].number)
                        }
                    }
                    return outcomes
                }
            }
            var sum = Outcomes()
            for try await outcomes in group {
                sum.refused += outcomes.refused
                sum.identical += outcomes.identical
                sum.wrong += outcomes.wrong
            }
            return sum
        }
    }

    @Test(arguments: Container.allCases)
    func aSmallBundleOfEveryKindOfRecord(container: Container) async throws {
        try await withFolder { folder in
            let path = try await EveryKind.write(in: folder, container)
            #expect(try await !Self.isRefused(path))
            let size = try Data(contentsOf: URL(fileURLWithPath: path)).count
            #expect(size <= (container == .tar ? 64 << 10 : 24 << 10), "\(size) bytes")
            var generator = SeededGenerator(seed: 17)
            let changes: [Change] =
                Self.isThorough
                ? (0..<(8 * size)).map { .flip(bit: $0) } + (0..<size).map { .cut($0) }
                : (0..<300).map { $0 % 4 == 0 ? .cut(generator.next(size)) : .flip(bit: generator.next(8 * size)) }
            let outcomes = try await apply(changes, to: path, in: folder)
            #expect(outcomes.wrong == [])
            #expect(container != .tar || outcomes.identical == 0)
            print("\(container), \(size) bytes: \(outcomes.refused) refused, \(outcomes.identical) identical")
        }
    }

    @Test(arguments: Container.allCases)
    func aBundleOfAMegabyte(container: Container) async throws {
        try await withFolder { folder in
            let path = try await EveryKind.write(in: folder, container, noise: 1 << 20)
            let size = try Data(contentsOf: URL(fileURLWithPath: path)).count
            var generator = SeededGenerator(seed: 23)
            let count = Self.isThorough ? 20_000 : 60
            let changes: [Change] = (0..<count).map {
                $0 % 4 == 0 ? .cut(generator.next(size)) : .flip(bit: generator.next(8 * size))
            }
            let outcomes = try await apply(changes, to: path, in: folder)
            #expect(outcomes.wrong == [])
            #expect(container != .tar || outcomes.identical == 0)
            print("\(container), \(size) bytes: \(outcomes.refused) refused, \(outcomes.identical) identical")
        }
    }
}
