import Inspection
import Testing

struct PodStatusTests {
    @Test(arguments: PodVector.all)
    func columns(_ vector: PodVector) throws {
        let pod = PodStatus(try object(vector.yaml))
        #expect(pod.status == vector.status)
        #expect("\(pod.ready)/\(pod.containers)" == vector.ready)
        #expect(pod.restarts == vector.restarts)
    }

    @Test
    func whyAndWhere() throws {
        let pod = PodStatus(
            try object(
                """
                metadata:
                  name: api-0
                  namespace: prod
                spec:
                  nodeName: node1
                  containers:
                  - name: main
                status:
                  phase: Running
                  containerStatuses:
                  - name: main
                    ready: true
                    restartCount: 2
                    state:
                      running: {}
                    lastState:
                      terminated:
                        reason: OOMKilled
                        exitCode: 137
                        finishedAt: "2026-11-21T03:14:15Z"
                """))
        #expect(pod.namespace == "prod" && pod.name == "api-0" && pod.node == "node1")
        #expect(pod.concern == .restarted)
        #expect(pod.lastFailure?.reason == "OOMKilled" && pod.lastFailure?.container == "main")
    }

    @Test
    func theReasonOfAPendingPod() throws {
        let pod = PodStatus(
            try object(
                "status: {phase: Pending, conditions: [{type: PodScheduled, status: 'False', message: no node fits}]}"))
        #expect(pod.message == "no node fits")
        #expect(pod.concern == .failing)
    }

    @Test
    func membersOfWrongKindsAreAsIfTheyWereNotThere() throws {
        let pod = PodStatus(
            try object("metadata: [1]\nspec: text\nstatus: {phase: {a: 1}, containerStatuses: {b: c}, conditions: 7}"))
        #expect(pod.status == "Unknown")
        #expect(pod.containers == 0)
    }
}
