internal import Glibc

/// A parser of bytes that anybody may have made, and what must hold for all of them.
struct FuzzTarget: Sendable {
    /// As `Scripts/fuzz` calls it; also the name of its folder of seeds.
    let name: String
    /// Takes any input. What it finds wrong it says by ``require(_:_:)``; that an input is refused is nothing wrong.
    let run: @Sendable ([UInt8]) throws -> Void
    /// Inputs to begin with, by name: small, and made by what writes the format.
    let seeds: @Sendable () async throws -> [(name: String, bytes: [UInt8])]

    init(
        _ name: String, seeds: @escaping @Sendable () async throws -> [(name: String, bytes: [UInt8])],
        run: @escaping @Sendable ([UInt8]) throws -> Void
    ) {
        self.name = name
        self.run = run
        self.seeds = seeds
    }

    /// All of them; README.md has a line for each.
    static let all: [FuzzTarget] =
        containers + bundles + records + [names, json, yaml, yamlReader, lists] + signatures + encryption
        + certificates + host + inspection + [kubeconfig, exec, collector, rows, dns, containerTar, containerLog]
}

/// Ends the program, which libFuzzer takes as a finding and keeps the input of, when a property does not hold.
func require(_ holds: Bool, _ property: @autoclosure () -> String) {
    guard !holds else { return }
    complain("it does not hold that \(property())")
    abort()
}

/// Writes a line to standard error.
func complain(_ text: String) {
    let line = Array("exhibit-fuzz: \(text)\n".utf8)
    _ = write(2, line, line.count)
}

/// The error with which something is refused; nil when it is accepted.
func refusal(_ body: () throws -> Void) -> (any Error)? {
    do {
        try body()
        return nil
    } catch {
        requireFit(error)
        return error
    }
}

/// What a parser says of hostile bytes goes to terminals and logs: it must not be able to steer one.
func requireFit(_ error: any Error) {
    let text = "\(error)"
    require(
        text.unicodeScalars.allSatisfy { $0.value >= 0x20 && !(0x7F..<0xA0).contains($0.value) },
        "the words of a refusal are free of control characters: \(text.debugDescription)")
}

/// The value of `body`; nil when it refuses.
func accepted<Value>(_ body: () throws -> Value) -> Value? {
    do {
        return try body()
    } catch {
        requireFit(error)
        return nil
    }
}
