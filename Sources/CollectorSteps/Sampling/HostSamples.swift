internal import BundleFormat
internal import Collection
internal import Glibc
internal import LinuxHost

extension HostSocketsStep: SampledHostStepKind {
    func sample(_ sampling: Sampling, _ context: AttemptContext) async throws -> Outcome {
        try await HostSamples.write("sockets", sampling, context) { output in
            var sampler = SocketSampler(reader: SocketReader(proc: try ProcFileSystem()))
            return {
                try sampler.sample { sample in try output.append { sample.appendJSONLine(to: &$0) } }
            }
        }
    }
}

extension HostProcessesStep: SampledHostStepKind {
    func sample(_ sampling: Sampling, _ context: AttemptContext) async throws -> Outcome {
        try await HostSamples.write("processes", sampling, context) { output in
            var sampler = ProcessSampler(proc: try ProcFileSystem())
            return {
                try sampler.sample { sample in try output.append { sample.appendJSONLine(to: &$0) } }
            }
        }
    }
}

/// The samples of a step of this host: `host/<folder>/samples.jsonl`.
private enum HostSamples {
    /// Takes one, and says how it went. On the thread of the reader only.
    typealias Sampler = () throws -> SampleEnd

    static func write(
        _ folder: String, _ sampling: Sampling, _ context: AttemptContext,
        _ sampler: @escaping @Sendable (BlockingReader.Output) throws -> Sampler
    ) async throws -> Outcome {
        let entry = try await context.entry(["host", folder, "samples.jsonl"], media: .jsonLines)
        let failures = try await BlockingReader.stream(into: entry) { output in
            let sample = try sampler(output)
            let end = ContinuousClock.now + sampling.length
            var failures = FailureLog()
            while !Task.isCancelled {
                let one = try sample()
                if !one.isCancelled { failures = one.failures }
                // Whoever reads along, or recovers the bundle, has each sample as soon as it is taken.
                try output.flush()
                guard ContinuousClock.now + sampling.interval <= end else { break }
                pause(sampling.interval)
            }
            return failures
        }
        try await entry.finish()
        // What cannot be read once cannot be read each time: the failures of the last sample stand for all.
        try await HostFailure.write(failures, ["host", folder, "samples-failures.jsonl"], context)
        return try HostFailure.outcome(failures)
    }

    /// Sleeps on a thread of its own, and wakes soon when the attempt is over.
    private static func pause(_ interval: Duration) {
        let end = ContinuousClock.now + interval
        while ContinuousClock.now < end, !Task.isCancelled { usleep(50_000) }
    }
}
