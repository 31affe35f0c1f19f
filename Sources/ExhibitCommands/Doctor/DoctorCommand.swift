internal import ArgumentParser
internal import Collection
internal import CollectorSteps
internal import KubernetesClient
internal import StructuredText
internal import Terminal

/// `exhibit doctor`: what would be captured, before there is an incident.
struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Says what could be captured here and now, who would sign it, and what permissions are lacking.",
        discussion: """
            exhibit doctor                          this host, and the namespace of the kubeconfig's context
            exhibit doctor -n prod                  a namespace; any target that collect takes
            exhibit doctor -n prod --as system:serviceaccount:ops:exhibit
                                                    what that account could capture
            exhibit doctor -n prod --rbac missing   RBAC objects for where something is lacking, for kubectl apply -f -
            exhibit doctor cluster --rbac all --subject system:serviceaccount:ops:exhibit
                                                    all that a capture of the cluster needs, for that account

            Nothing is captured and nothing is written: pods are listed, permissions are asked for, programs are looked for,
            what you named to be dialled is connected to (nothing is sent), a key of ssh-agent is looked for and a time stamp
            authority is asked for one time stamp.
            """)

    @OptionGroup(title: "Target") var target: TargetFlags
    @OptionGroup(title: "Capture") var capture: CaptureFlags
    @OptionGroup(title: "Node agents") var agents: AgentFlags
    @OptionGroup(title: "Collectors") var collectors: CollectorFlags
    @OptionGroup(title: "Signing") var signing: SigningFlags
    @OptionGroup(title: "Configuration") var configuration: ConfigurationFlags

    @Option(
        help: "Prints only RBAC objects as YAML: for what is missing, or for all that the capture needs.")
    var rbac: Extent?

    @Option(
        help: ArgumentHelp(
            "For --rbac: whom the objects are for, as in system:serviceaccount:NAMESPACE:NAME; else whoever asks.",
            valueName: "user"))
    var subject: String?

    @Option(
        help: ArgumentHelp(
            "How large the bundle may become, as for collect; else what the profile says.", valueName: "size"),
        transform: OutputFlags.size)
    var maxSize: UInt64?

    @Option(name: .customLong("output"), help: "How the result is printed: text or json.")
    var format: OutputFormat = .text

    enum Extent: String, ExpressibleByArgument, CaseIterable {
        case missing, all
    }

    func validate() throws {
        if rbac != nil, format == .json { throw ValidationError("--rbac prints YAML: it is not for --output json.") }
        guard let subject else { return }
        if rbac == nil { throw ValidationError("--subject goes with --rbac.") }
        let parts = subject.split(separator: ":", omittingEmptySubsequences: false)
        let isAccount = subject.hasPrefix("system:serviceaccount:")
        if subject.isEmpty || isAccount && (parts.count != 4 || parts.contains("")) {
            throw ValidationError(
                "\(subject) is no user. Write system:serviceaccount:NAMESPACE:NAME, or the name of a user.")
        }
    }

    func run() async throws {
        try await RenderingFailure.reporting("doctor", format) {
            let specifications = try specifications()
            let standing = try configuration.read()
            var capture = capture
            capture.givenTouch = TouchQuestion(capture: capture, standing: standing).given
            let forecast = CaptureForecast(
                target: target, capture: capture, collectors: collectors, maxSize: maxSize, reach: .connecting,
                agents: try agents.policy(standing, for: specifications, touch: capture.touch))
            let result = try await forecast.made(for: specifications)
            let report = ForecastReport(result)
            if let rbac { return try write(rbac, result, report) }
            let vouching = await VouchingCheck(signing: signing, configuration: configuration).made()
            var output = RenderingOutput()
            switch format {
            case .text:
                try output.lines(vouching.lines(output.style))
                try output.lines(report.lines(width: output.width, style: output.style))
            case .json:
                var object = report.json
                object["vouching"] = vouching.json
                let code = max(report.status.rawValue, vouching.hasFailed ? ExitStatus.wouldHaveGaps.rawValue : 0)
                object["exitCode"] = .init(code)
                try output.json(.object(object))
            }
            try output.flush()
            return vouching.hasFailed ? .wouldHaveGaps : report.status
        }
    }

    /// Without a target: this host, and the namespace that `kubectl` would use, if there is a kubeconfig.
    private func specifications() throws -> [TargetSpecification] {
        guard target.targets.isEmpty, target.namespace == nil, target.selector == nil, target.containers.isEmpty else {
            return try target.specifications()
        }
        do {
            return [.namespace(try target.access().namespace), .host]
        } catch {
            guard error.code == .noKubeconfig, target.kubeconfig == nil, target.context == nil else { throw error }
            RenderingFailure.note("no kubeconfig was found, so only this host is looked at")
            return [.host]
        }
    }

    private func write(_ extent: Extent, _ result: CaptureForecast.Result, _ report: ForecastReport) throws
        -> ExitStatus
    {
        if let failure = result.clusterFailure { throw failure }
        let needs = extent == .all ? result.preview.needs : result.preview.neededWhereDenied
        // Whoever has not logged in is everybody.
        let asking = result.cluster?.identity.flatMap { $0.name == "system:anonymous" ? nil : $0 }
        let subject = subject.map { UserIdentity(name: $0) } ?? asking
        let manifest = AccessManifest(
            needs, target: result.specifications.map(\.text).joined(separator: " "), subject: subject,
            isClusterWide: result.isClusterWide, namespace: result.preview.agentNamespace)
        for need in manifest.withheld {
            RenderingFailure.note(
                "left out: \(need), which allows commands in every container of a node. "
                    + "Without it there are no measurements of the kubelets (--without kubelet-metrics), and no audit logs"
            )
        }
        for failure in result.preview.unseen {
            RenderingFailure.note("what containers need is not in it: \(failure)")
        }
        if subject == nil, !needs.isEmpty {
            RenderingFailure.note("this server does not say who asks: bind the roles yourself, or give --subject")
        }
        var output = RenderingOutput()
        try output.bytes(manifest.yaml.utf8)
        try output.flush()
        // What is printed is whole, unless something could not be seen.
        return result.preview.unseen.isEmpty && !result.preview.isCut ? .ok : .wouldHaveGaps
    }
}
