import Testing

/// One pod for all tests of a suite: its seven containers take longer to come up than most of the tests take.
struct FilesPod: SuiteTrait, TestScoping {
    @TaskLocal private static var shared: ClusterNamespace?

    /// Where the pod `files` is.
    static var namespace: ClusterNamespace {
        get throws { try #require(shared, "the suite has not the trait filesPod") }
    }

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @concurrent @Sendable () async throws -> Void
    ) async throws {
        try await ClusterNamespace.with { namespace in
            try await namespace.apply(Self.pod)
            try await TestCluster.kubectl([
                "wait", "pod/files", "-n", namespace.name, "--for=condition=Ready", "--timeout=60s",
            ])
            try await Self.$shared.withValue(namespace, operation: function)
        }
    }

    /// Its containers have files that make trouble. Root's, and one's of a user who may not read all of them.
    private static let pod = #"""
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: conf}
        data: {nginx.conf: "worker_processes 1;\n"}
        ---
        apiVersion: v1
        kind: Secret
        metadata: {name: sec}
        stringData: {password: TOPSECRETVALUE}
        ---
        apiVersion: v1
        kind: Pod
        metadata: {name: files}
        spec:
          terminationGracePeriodSeconds: 1
          containers:
          - &main
            name: busybox
            image: registry.local/busybox:1
            imagePullPolicy: Never
            command:
            - /bin/sh
            - -c
            - |
              mkdir -p /t/d/sub /t/forged && cd /t
              echo hi > d/a.log; ln d/a.log d/hard; echo deep > d/sub/b.log; echo no > d/c.txt; : > d/empty
              ln -s /etc/shadow d/shadow; mkfifo d/fifo; truncate -s 1G d/sparse
              printf x > "d/$(printf 'l\nf.log')"; printf y > d/-rf; printf z > "$(printf 'd/n\377u')"
              printf n > d/$(head -c 255 /dev/zero | tr '\0' n)
              tar -cf forged/inner.tar d/c.txt; echo scratch > /t/scratch/s
              ln -s /t/d/c.txt named
              (while :; do echo line >> /t/d/growing; sleep 0.01; done) &
              touch /ready; sleep 100000
            readinessProbe: {exec: {command: [cat, /ready]}, periodSeconds: 1}
            volumeMounts:
            - {name: conf, mountPath: /etc/conf}
            - {name: sec, mountPath: /t/secret}
            - {name: sec, mountPath: /t/d/one, subPath: password}
            - {name: scratch, mountPath: /t/scratch}
          - <<: *main
            name: debian
            env: [{name: PATH, value: "/usr/bin:/bin"}]
            volumeMounts:
            - {name: conf, mountPath: /etc/conf}
            - {name: sec, mountPath: /t/secret}
            - {name: sec, mountPath: /t/d/one, subPath: password}
            - {name: tmp, mountPath: /t/scratch}
            - &usr {name: usr, mountPath: /usr, readOnly: true}
            - &lib {name: lib, mountPath: /lib, readOnly: true}
            - &lib64 {name: lib64, mountPath: /lib64, readOnly: true}
          - name: distroless
            image: registry.local/holder:1
            imagePullPolicy: Never
          - &tools
            name: no-tar
            image: registry.local/busybox:1
            imagePullPolicy: Never
            command:
            - /bin/sh
            - -c
            - |
              mkdir -p /tools /t/d; ln -s /usr/bin/find /usr/bin/cat /tools
              echo one > /t/one; echo two > /t/d/two; exec /bin/sleep 100000
            env: [{name: PATH, value: /tools}]
            volumeMounts: [*usr, *lib, *lib64]
          - <<: *tools
            name: no-find
            command:
            - /bin/sh
            - -c
            - |
              mkdir -p /tools /t/d; ln -s /usr/bin/cat /tools
              echo one > /t/one; echo two > /t/d/two; exec /bin/sleep 100000
          - <<: *tools
            name: denied
            securityContext: {runAsUser: 65534}
            command:
            - /bin/sh
            - -c
            - |
              mkdir -p /tmp/t /tmp/u; echo one > /tmp/t/one; echo two > /tmp/t/two; chmod 0 /tmp/t/two
              echo three > /tmp/u/three; chmod 0 /tmp/u/three; exec /bin/sleep 100000
            env: []
            volumeMounts: [{name: tmp, mountPath: /tmp}]
          - <<: *tools
            name: liar
            command:
            - /bin/sh
            - -c
            - |
              mkdir -p /tools /t; ln -s /usr/bin/find /usr/bin/cat /tools
              echo one > /t/one; echo two > /t/two; mkdir -p /etc/x; echo out > /etc/x/out
              printf '%s\n' '#!/bin/sh' 'case $(/bin/cat /mode) in' \
                'lie) cd /; /bin/tar -chf - etc/x/out t/one;;' \
                'endless) exec /bin/cat /dev/zero;;' \
                'text) echo this is no tar; /bin/head -c 2000 /dev/urandom;;' \
                'cut) cd /; /bin/tar -chf - t/one t/two | /bin/head -c 1026;;' \
                'hang) cd /; /bin/tar -chf - t/one | /bin/head -c 1024; exec /bin/sleep 1000;;' \
                'yes) exec /bin/yes $(/bin/head -c 600 /dev/zero | /bin/tr "\0" a);;' 'esac' > /tools/tar
              chmod 755 /tools/tar; echo lie > /mode; exec /bin/sleep 100000
          volumes:
          - {name: conf, configMap: {name: conf}}
          - {name: sec, secret: {secretName: sec}}
          - {name: scratch, emptyDir: {}}
          - {name: tmp, emptyDir: {}}
          - {name: usr, hostPath: {path: /usr}}
          - {name: lib, hostPath: {path: /usr/lib}}
          - {name: lib64, hostPath: {path: /usr/lib64}}
        """#
}

extension Trait where Self == FilesPod {
    static var filesPod: Self { FilesPod() }
}
