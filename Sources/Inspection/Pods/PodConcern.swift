/// How much a pod is of concern, in SQL over `pods` and `containers`.
enum PodConcern {
    /// 0: it is not well. 1: it is, but a container of it failed or was started again. 2: it is, and always was.
    ///
    /// - Parameter pod: what the row of `pods` is called.
    static func sql(_ pod: String) -> String {
        """
        CASE WHEN NOT (\(pod).status IN ('Completed', 'Succeeded') OR \(pod).status = 'Running' AND \(pod).ready = \(pod).containers)
          THEN 0 WHEN \(pod).status = 'Running' AND coalesce(\(pod).restarts, 0) > 0 OR EXISTS (SELECT 1 FROM containers c
          WHERE c.object = \(pod).object AND (c.state = 'terminated' AND (c.exit_code <> 0 OR c.reason = 'OOMKilled')
            OR c.last_exit_code <> 0 OR c.last_reason = 'OOMKilled')) THEN 1 ELSE 2 END
        """
    }
}
