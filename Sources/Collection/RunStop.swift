public import Bundle

extension CaptureEngine {
    /// Why a run ends before everything was tried.
    public enum RunStop: String, Sendable {
        case deadline, interrupted
        /// The disk is full but for what the seal needs.
        case diskFull
        /// The bundle is as large as it may be.
        case maxSize

        public init(_ end: RoomEnd) {
            switch end {
            case .diskFull: self = .diskFull
            case .maxSize: self = .maxSize
            }
        }
    }
}

extension StopCause {
    init(_ stop: CaptureEngine.RunStop) {
        switch stop {
        case .deadline: self = .deadline
        case .interrupted: self = .interrupted
        case .diskFull: self = .outOfRoom(.diskFull)
        case .maxSize: self = .outOfRoom(.maxSize)
        }
    }
}
