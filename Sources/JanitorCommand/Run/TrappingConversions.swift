import RedisClient

/// The standard conversions end the program where a number is too large for the type, or not a number. These replace them,
/// so that the compiler warns of each use. Each target has its own: those of another target would count only in the files
/// that import it.
extension Int {
    @available(*, deprecated, message: "use Int(clamping:), which cannot trap")
    init(_ number: Double) { self.init(clamping: number) }
}

extension Int32 {
    @available(*, deprecated, message: "use Int32(clamping:), which cannot trap")
    init(_ number: Double) { self.init(clamping: number) }
}

extension Int64 {
    @available(*, deprecated, message: "use Int64(clamping:), which cannot trap")
    init(_ number: Double) { self.init(clamping: number) }
}

extension UInt8 {
    @available(*, deprecated, message: "use UInt8(clamping:), which cannot trap")
    init(_ number: Double) { self.init(clamping: number) }
}

extension UInt32 {
    @available(*, deprecated, message: "use UInt32(clamping:), which cannot trap")
    init(_ number: Double) { self.init(clamping: number) }
}

extension UInt64 {
    @available(*, deprecated, message: "use UInt64(clamping:), which cannot trap")
    init(_ number: Double) { self.init(clamping: number) }
}
