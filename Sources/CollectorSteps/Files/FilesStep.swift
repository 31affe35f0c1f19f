internal import BundleFormat
internal import Collection
internal import KubernetesClient

/// Step kind `files` in a container: copies of files, and a list of them.
struct FilesStep: ContainerStepKind {
    static let kind: StepKind = {
        var kind = StepKind(
            "files", scopes: [.container],
            summary:
                "Copies of files of the container, by its own find and tar (by cat where it lacks one of them, and only of paths that are files), and a list of all that was found: times of modification, change and access, mode, owner, group, size, links, inode, type, what a link says, path. Volumes of secrets are left out, by the mount points of the pod's spec and by what the container says of its mounts; other volumes are entered only where they are named, or are of type emptyDir. What is copied may have passwords in it.",
            source: .inContainer, runsInTarget: true, options: FilesRequest.options,
            output: .named(folder: "namespaces/<namespace>/pods/<pod>/<container>/files/<collector>"))
        kind.mustBeNamed = true
        kind.companions = [FilesCapture.companion]
        return kind
    }()

    let session: ClusterSession
    let definition: CollectorDefinition
    let step: StepDefinition

    func plan(_ pod: PodSummary, _ container: PodSummary.Container) -> [PlannedAttempt] {
        let folder = ObjectPaths.container(
            namespace: pod.namespace, pod: pod.name, container: container.name,
            ["files", definition.name, step.output ?? step.name])
        let (memory, step) = (session.tools, step)
        let place = ToolMemory.Container(pod: pod, container: container)
        return ContainerStep(session: session, definition: definition, step: step).plan(pod, container) {
            exec, context in
            let request = try FilesRequest(step)
            let places = try await FilesPlaces.ask(
                request, plain: container.plainMounts, memory: memory, place: place
            ) { argv, output in try await exec.run(argv, context, output: output) }
            let commands = FilesCommands(
                request, scratch: container.scratchMounts, secrets: container.secretMounts, places: places)
            return try await FilesCapture(
                request: request, commands: commands, folder: folder, context: context, memory: memory, place: place
            ) { argv, output in
                try await exec.run(argv, context, output: output)
            }.outcome()
        }
    }
}
