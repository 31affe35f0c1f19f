internal import ArgumentParser

/// How `exhibit` ends, for scripts. Every number has one meaning, which it keeps.
enum ExitStatus: Int32, CaseIterable, Sendable {
    /// It worked; of `verify`: intact, complete, and authenticated by what the caller brought along.
    case ok = 0
    /// A failure that has no number of its own.
    case unexpected = 1
    /// The command line could not be understood.
    case usage = 64

    // MARK: verify, and reading a bundle

    /// Nothing is wrong with it, but nothing from outside the bundle vouches for it.
    case consistentNotAuthenticated = 10
    /// Something was altered, added or damaged.
    case integrityFailed = 11
    /// It was cut short, or something that it must have is missing.
    case incomplete = 12
    /// A signature is not valid, the demanded signer did not sign, or it is not the expected seal.
    case identityFailed = 13
    /// A time stamp is not valid, or the one that was demanded is not there.
    case timeFailed = 14
    /// It is no bundle, or one that this version cannot read.
    case notABundle = 15
    /// The records made after the seal do not hold; the bundle does.
    case recordsFailed = 16

    // MARK: collect: sealed, but

    /// Sealed; something that was asked for could not be had, or not wholly.
    case sealedWithGaps = 20
    /// Sealed after an interruption with what there was.
    case sealedInterrupted = 21
    /// Sealed at the deadline with what there was.
    case sealedAtDeadline = 22
    /// Sealed, but nothing was captured.
    case sealedNothingCaptured = 23
    /// Sealed with what there was because the disk was full.
    case sealedDiskFull = 24

    // MARK: recover

    /// Sealed with what the last checkpoint of a killed capture proves.
    case sealedRecovered = 25

    // MARK: collect: sealed, but without all that should vouch for it

    /// Sealed; a time stamp that was asked for could not be had.
    case sealedWithoutTimestamp = 26
    /// Sealed; somebody who was asked to sign did not. If nobody did, the run's key sealed alone.
    case sealedWithoutSigner = 27
    /// Sealed with what there was because the bundle had reached `--max-size`.
    case sealedAtMaxSize = 28

    // MARK: collect --dry-run, doctor

    /// Something of what is asked for could not be had now.
    case wouldHaveGaps = 29

    // MARK: collect: nothing was sealed

    /// There is no kubeconfig, or it could not be read.
    case noKubeconfig = 30
    /// The kubeconfig has no such context.
    case wrongContext = 31
    /// The API server could not be reached.
    case unreachable = 32
    /// The API server did not answer in time.
    case serverTimeout = 33
    /// A certificate has expired or is not trusted.
    case certificate = 34
    /// The API server refused what is needed to begin.
    case denied = 35
    /// What was to be captured is not there.
    case targetNotFound = 36
    /// The kubeconfig wants a kind of credential that is not supported, or its credential plugin gave none.
    case unsupportedCredential = 37

    // MARK: Files

    /// The output cannot be written.
    case outputNotWritable = 40
    /// The disk is full, and nothing could be sealed.
    case diskFull = 41
    /// The output is there already; nothing is ever replaced.
    case outputExists = 42
    /// No checkpoint of a killed capture holds.
    case notRecoverable = 43
    /// A capture or a recovery is still at work on the file.
    case inUse = 44
    /// A signing key, case key, configuration or file of trust anchors cannot be used.
    case badKey = 45
    /// It is encrypted, and nothing that was given opens it.
    case cannotDecrypt = 46
    /// A time stamp that was asked for could not be had; all else was recorded.
    case withoutTimestamp = 47
    /// The bundle has no such entry.
    case entryNotFound = 50

    // MARK: collectors

    /// There is no collector, profile or step kind of this name.
    case noSuchCollector = 51
    /// The definition of a collector or profile cannot be read, cannot be trusted, or is not valid.
    case badCollector = 52
    /// `collectors test`: a step did not bring what it is for.
    case collectorFailed = 53

    // MARK: grep, hunt

    /// Nothing was found in what could all be searched.
    case nothingFound = 54
    /// Something could not be searched, as it takes too long.
    case notAllSearched = 55

    // MARK: query, diff

    /// The SQL cannot be understood, or would do what is not allowed.
    case badQuery = 56
    /// A statement took more time or memory than it may.
    case queryLimit = 57

    // MARK: diff

    /// `--exit-code`: the two captures differ.
    case differ = 58

    /// Ended by a signal before anything was sealed.
    case interrupted = 130

    /// What it means, in one line for help and documentation.
    var summary: String {
        switch self {
        case .ok: "it worked; verify: intact, complete and authenticated"
        case .unexpected: "a failure that has no number of its own"
        case .usage: "the command line could not be understood"
        case .consistentNotAuthenticated:
            "consistent, not authenticated: nothing from outside the bundle vouches for it"
        case .integrityFailed: "something was altered, added or damaged"
        case .incomplete: "it was cut short, or something that it must have is missing"
        case .identityFailed: "a signature is not valid, the signer is not allowed, or it is not the expected seal"
        case .timeFailed: "a time stamp is not valid, or the one that was demanded is not there"
        case .notABundle: "it is no bundle, or one that this version cannot read"
        case .recordsFailed: "the records made after the seal do not hold; the bundle itself does"
        case .sealedWithGaps: "sealed; something that was asked for could not be had, or not wholly"
        case .sealedInterrupted: "sealed after an interruption with what there was"
        case .sealedAtDeadline: "sealed at the deadline with what there was"
        case .sealedNothingCaptured: "sealed, but nothing was captured"
        case .sealedDiskFull: "sealed with what there was because the disk was full"
        case .sealedRecovered: "sealed with what the last checkpoint of a killed capture proves"
        case .sealedWithoutTimestamp: "sealed; a time stamp that was asked for could not be had"
        case .sealedWithoutSigner: "sealed; somebody who was asked to sign could not"
        case .sealedAtMaxSize: "sealed with what fitted into --max-size"
        case .wouldHaveGaps: "doctor, collect --dry-run: something that is asked for could not be had, or not wholly"
        case .noKubeconfig: "there is no kubeconfig, or it could not be read"
        case .wrongContext: "the kubeconfig has no such context"
        case .unreachable: "the API server could not be reached"
        case .serverTimeout: "the API server did not answer in time"
        case .certificate: "a certificate has expired or is not trusted"
        case .denied: "the API server refused what is needed to begin"
        case .targetNotFound: "what was to be captured is not there"
        case .unsupportedCredential:
            "the kubeconfig wants a kind of credential that is not supported, or its credential plugin gave none"
        case .outputNotWritable: "the output cannot be written"
        case .diskFull: "the disk is full, and nothing could be sealed"
        case .outputExists: "the output is there already; nothing is replaced unasked"
        case .notRecoverable: "nothing of a killed capture can be recovered: no checkpoint holds"
        case .inUse: "another run of exhibit is at work on the file"
        case .badKey: "a signing key, case key, configuration or file of trust anchors cannot be used"
        case .cannotDecrypt:
            "it is encrypted, and nothing that was given opens it: a wrong identity or passphrase, or an altered header"
        case .withoutTimestamp: "no time stamp could be had; what else was to be recorded is"
        case .entryNotFound: "the bundle has no such entry, finding, namespace, pod or log"
        case .noSuchCollector: "there is no collector, profile or step kind of this name"
        case .badCollector:
            "the definition of a collector or profile cannot be read, cannot be trusted, or is not valid"
        case .collectorFailed: "collectors test: a step did not bring what it is for, or there was nothing to try it on"
        case .nothingFound: "grep, hunt: nothing was found"
        case .notAllSearched: "grep, hunt, findings: something was not searched, or could not be asked"
        case .badQuery: "query: the SQL cannot be understood, or would do what is not allowed"
        case .queryLimit: "query, diff: a statement took more time or memory than it may"
        case .differ: "diff --exit-code: the two differ"
        case .interrupted: "ended by a signal before anything was sealed"
        }
    }

    /// To throw from a command that has said why.
    var exitCode: ExitCode { ExitCode(rawValue) }
}
