/// Why something could not be had from a cluster: what was being done, to what, why it failed, and what to do next.
public struct KubernetesError: Error, Hashable, Sendable {
    /// The class of a failure. New codes may come with later versions: always have a default.
    public struct Code: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
        public let rawValue: String

        public init(rawValue: String) {
            self.rawValue = rawValue
        }

        public var description: String { rawValue }

        /// No kubeconfig anywhere it was looked for, and not inside a cluster.
        public static let noKubeconfig = Code(rawValue: "noKubeconfig")
        /// A kubeconfig, or a file that it names, cannot be read or makes no sense.
        public static let badKubeconfig = Code(rawValue: "badKubeconfig")
        /// The context does not exist, or none was chosen.
        public static let unknownContext = Code(rawValue: "unknownContext")
        /// The kubeconfig asks for a way to log in, or to connect, that this client does not have.
        public static let unsupportedCredential = Code(rawValue: "unsupportedCredential")
        /// The program that the kubeconfig names to log in gave no credential.
        public static let credentialPluginFailed = Code(rawValue: "credentialPluginFailed")
        /// The host or network of the API server cannot be reached.
        public static let unreachable = Code(rawValue: "unreachable")
        public static let dnsFailed = Code(rawValue: "dnsFailed")
        public static let connectionRefused = Code(rawValue: "connectionRefused")
        /// An established connection ended before the answer did.
        public static let connectionLost = Code(rawValue: "connectionLost")
        /// The server's certificate is signed by nobody whom the kubeconfig trusts, or carries another name.
        public static let tlsUntrusted = Code(rawValue: "tlsUntrusted")
        /// The client's own certificate is outside of its time.
        public static let certificateExpired = Code(rawValue: "certificateExpired")
        /// The server's certificate is outside of its time.
        public static let serverCertificateExpired = Code(rawValue: "serverCertificateExpired")
        public static let tlsHandshake = Code(rawValue: "tlsHandshake")
        public static let timeout = Code(rawValue: "timeout")
        public static let unauthorized = Code(rawValue: "unauthorized")
        public static let forbidden = Code(rawValue: "forbidden")
        public static let notFound = Code(rawValue: "notFound")
        public static let gone = Code(rawValue: "gone")
        public static let conflict = Code(rawValue: "conflict")
        public static let tooManyRequests = Code(rawValue: "tooManyRequests")
        public static let serverError = Code(rawValue: "serverError")
        /// The server did not understand or accept the request (400, 405, 406, 415, 422 …).
        public static let badRequest = Code(rawValue: "badRequest")
        /// An answer that is not what the API promises: broken JSON, a redirect, a wrong protocol.
        public static let badResponse = Code(rawValue: "badResponse")
        public static let tooLarge = Code(rawValue: "tooLarge")
        /// A command was not started, or could not be followed, for a reason that is not in this list.
        public static let execRefused = Code(rawValue: "execRefused")
        /// The server does not have what was asked for, in the only form in which this client asks for it.
        public static let unsupported = Code(rawValue: "unsupported")
        /// By the caller; with the HTTP status 429 while the server wanted fewer requests.
        public static let cancelled = Code(rawValue: "cancelled")
        /// A name, path or option that must not be sent; nothing was sent.
        public static let badArgument = Code(rawValue: "badArgument")
    }

    public var code: Code
    /// What was being done, as in "listing pods in namespace prod".
    public var doing: String
    /// What it was done to: a file, a server, a path.
    public var subject: String
    /// Why it failed. Text from a server is shortened, and its control characters are replaced.
    public var reason: String
    /// What to do next; empty when nothing helps.
    public var advice: String
    /// The HTTP status, when the server answered.
    public var httpStatus: Int?
    /// `reason` of the server's `v1.Status`, as in "Forbidden", when it sent one.
    public var statusReason: String?
    /// How long the server asked to wait before the next try.
    public var retryAfter: Duration?

    public init(
        code: Code, doing: String, subject: String, reason: String, advice: String = "", httpStatus: Int? = nil,
        statusReason: String? = nil, retryAfter: Duration? = nil
    ) {
        self.code = code
        self.doing = doing
        self.subject = subject
        self.reason = reason
        self.advice = advice
        self.httpStatus = httpStatus
        self.statusReason = statusReason
        self.retryAfter = retryAfter
    }
}

extension KubernetesError: CustomStringConvertible {
    public var description: String {
        var text = "\(doing): \(reason)"
        if !subject.isEmpty, !text.contains(subject) {
            text += " (\(subject))"
        }
        if !advice.isEmpty {
            text += ". \(advice)"
        }
        return text
    }
}
