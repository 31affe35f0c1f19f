import CollectorSteps
import StructuredText

/// Pods as an API server gives them (Kubernetes 1.20), with what the plan does not read left out.
enum PodFixtures {
    static let shell = """
        {"metadata": {"name": "shell-c789ffc79-sscbx", "namespace": "demo", "uid": "f2f6e221-4ae7-4f32-b1de-24c058660d70",
          "labels": {"app": "shell", "pod-template-hash": "c789ffc79"},
          "ownerReferences": [{"apiVersion": "apps/v1", "controller": true, "kind": "ReplicaSet", "name": "shell-c789ffc79",
            "uid": "4c705cb9-0e44-4420-8869-b3fc99d4f379"}]},
         "spec": {"nodeName": "node1", "serviceAccountName": "app", "imagePullSecrets": [{"name": "registry"}],
          "containers": [
            {"name": "shell", "command": ["sh", "-c"], "image": "registry.local/busybox:1",
             "env": [{"name": "PASSWORD", "valueFrom": {"secretKeyRef": {"key": "password", "name": "app-password"}}},
                     {"name": "MODE", "valueFrom": {"configMapKeyRef": {"key": "mode", "name": "app-mode"}}}, {"name": "A", "value": "b"}],
             "envFrom": [{"configMapRef": {"name": "app-env"}}, {"secretRef": {"name": "app-secret-env"}}],
             "volumeMounts": [{"mountPath": "/work", "name": "work"}, {"mountPath": "/cache", "name": "work", "readOnly": true},
              {"mountPath": "/data", "name": "data"}, {"mountPath": "/etc/app", "name": "config"}]},
            {"name": "echo", "command": ["nc", "-ll"], "image": "registry.local/busybox:1"}],
          "volumes": [{"emptyDir": {}, "name": "work"}, {"name": "data", "persistentVolumeClaim": {"claimName": "shell-data"}},
           {"configMap": {"defaultMode": 420, "name": "app-config"}, "name": "config"},
           {"name": "secret", "secret": {"defaultMode": 420, "secretName": "app-secret"}},
           {"name": "all", "projected": {"sources": [{"configMap": {"name": "projected-config"}}, {"secret": {"name": "projected-secret"}}]}}]},
         "status": {"phase": "Running", "containerStatuses": [
           {"lastState": {}, "name": "echo", "ready": true, "restartCount": 0, "state": {"running": {"startedAt": "2026-11-21T09:57:58Z"}}},
           {"lastState": {}, "name": "shell", "ready": true, "restartCount": 0, "state": {"running": {"startedAt": "2026-11-21T09:57:59Z"}}}]}}
        """

    static let initFailure = """
        {"metadata": {"name": "initfail", "namespace": "demo", "uid": "fc3fc7f2-73f8-4e6f-a3a0-408b3d7e3f0e", "labels": {"app": "initfail"}},
         "spec": {"nodeName": "node1", "serviceAccountName": "default",
          "containers": [{"command": ["sleep", "2147483647"], "image": "registry.local/busybox:1", "name": "main"}],
          "initContainers": [{"command": ["sh", "-c", "echo init failing; exit 1"], "image": "registry.local/busybox:1", "name": "init"}]},
         "status": {"phase": "Pending",
          "containerStatuses": [{"lastState": {}, "name": "main", "ready": false, "restartCount": 0, "state": {"waiting": {"reason": "PodInitializing"}}}],
          "initContainerStatuses": [{"name": "init", "ready": false, "restartCount": 9,
            "lastState": {"terminated": {"exitCode": 1, "finishedAt": "2026-11-21T10:20:19Z", "reason": "Error", "startedAt": "2026-11-21T10:20:19Z"}},
            "state": {"waiting": {"message": "back-off 5m0s restarting failed container", "reason": "CrashLoopBackOff"}}}]}}
        """

    static let killedOnce = """
        {"metadata": {"name": "oomkilled-once", "namespace": "demo", "uid": "aa", "labels": {}},
         "spec": {"nodeName": "node1", "containers": [{"image": "registry.local/memhog:1", "name": "main"}]},
         "status": {"phase": "Failed", "containerStatuses": [{"lastState": {}, "name": "main", "ready": false, "restartCount": 0,
           "state": {"terminated": {"exitCode": 137, "reason": "OOMKilled", "startedAt": "2026-11-21T10:20:17Z", "finishedAt": "2026-11-21T10:20:18Z"}}}]}}
        """

    static let pending = """
        {"metadata": {"name": "pending", "namespace": "demo", "uid": "bb"},
         "spec": {"containers": [{"image": "registry.local/busybox:1", "name": "main"}], "nodeSelector": {"no": "where"}},
         "status": {"phase": "Pending", "conditions": [{"type": "PodScheduled", "status": "False", "reason": "Unschedulable"}]}}
        """

    static func pod(_ text: String) throws -> PodSummary {
        PodSummary(try JSONValue(parsing: Array(text.utf8)))
    }
}
