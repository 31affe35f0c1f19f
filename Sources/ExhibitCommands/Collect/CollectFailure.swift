internal import Bundle
internal import Collection
internal import CollectorSteps
internal import Cryptography
internal import KubernetesClient
internal import Settings

/// Which exit code a failure of `collect` has, and what is said about it.
enum CollectFailure {
    static func status(_ error: any Error) -> ExitStatus {
        switch error {
        case let error as KubernetesError: status(error.code)
        case let error as TargetError:
            [.notFound, .unknownResource, .ambiguous].contains(error.code) ? .targetNotFound : .unexpected
        case let error as BundleError: status(error.code)
        case is CaseKeyError, is CryptographyError, is ConfigurationError: .badKey
        case let error as KeyFileError: error.status
        case let error as RenderingFailure: error.status
        default: .unexpected
        }
    }

    private static func status(_ code: KubernetesError.Code) -> ExitStatus {
        switch code {
        case .noKubeconfig, .badKubeconfig: .noKubeconfig
        case .unknownContext: .wrongContext
        case .unsupportedCredential, .credentialPluginFailed: .unsupportedCredential
        case .timeout: .serverTimeout
        case .certificateExpired, .serverCertificateExpired, .tlsUntrusted, .tlsHandshake: .certificate
        case .unauthorized, .forbidden: .denied
        case .notFound: .targetNotFound
        case .badRequest, .badArgument: .usage
        case .unreachable, .proxyFailed, .dnsFailed, .connectionRefused, .connectionLost, .badResponse, .serverError,
            .tooManyRequests, .tooLarge:
            .unreachable
        default: .unexpected
        }
    }

    private static func status(_ code: BundleError.Code) -> ExitStatus {
        switch code {
        case .noSpace: .diskFull
        case .exists: .outputExists
        case .writeFailed, .readFailed: .outputNotWritable
        case .signingFailed: .badKey
        default: .unexpected
        }
    }
}
