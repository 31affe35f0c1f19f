internal import Glibc
internal import OneThread
internal import Synchronization

/// The target that the environment names.
private let chosen = Mutex<FuzzTarget?>(nil)

/// libFuzzer calls this once, before all else.
@_cdecl("LLVMFuzzerInitialize")
public func fuzzInitialize(
    _ count: UnsafeMutablePointer<CInt>?, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> CInt {
    let name = getenv("EXHIBIT_FUZZ_TARGET").map { String(cString: $0) } ?? ""
    if name == "list" {
        for target in FuzzTarget.all { print(target.name) }
        exit(0)
    }
    guard let target = FuzzTarget.all.first(where: { $0.name == name }) else {
        complain("EXHIBIT_FUZZ_TARGET names no target: `\(name)`")
        exit(2)
    }
    if let folder = getenv("EXHIBIT_FUZZ_SEEDS") { writeSeeds(of: target, to: String(cString: folder)) }
    chosen.withLock { $0 = target }
    onethread_install()
    return 0
}

/// libFuzzer calls this with every input.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = Array(UnsafeBufferPointer(start: bytes, count: count))
    guard let target = chosen.withLock({ $0 }) else { return 0 }
    do {
        try target.run(input)
    } catch {
        requireFit(error)
    }
    return 0
}

/// Writes the seeds of a target that the program itself makes, and ends the program.
private func writeSeeds(of target: FuzzTarget, to folder: String) -> Never {
    Task.detached {
        do {
            for seed in try await target.seeds() {
                guard let file = fopen("\(folder)/\(seed.name)", "w") else { exit(1) }
                fwrite(seed.bytes, 1, seed.bytes.count, file)
                guard fclose(file) == 0 else { exit(1) }
            }
        } catch {
            complain("the seeds of \(target.name): \(error)")
            exit(1)
        }
        exit(0)
    }
    while true { pause() }
}
