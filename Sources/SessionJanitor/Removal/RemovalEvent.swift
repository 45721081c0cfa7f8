import FoundationEssentials

/// Something that was removed, as subscribers are told of it.
struct RemovalEvent {
    enum Kind: String {
        case session, entry, pointer, companion, presence
    }

    var session: [UInt8]?
    var user: [UInt8]?
    var reason: Removal.Reason
    var kind: Kind

    /// A JSON object, written by hand as there may be millions; `time` needs no escapes.
    func message(at time: String) -> [UInt8] {
        var bytes = Array("{\"session\":".utf8)
        RemovalEvent.append(session, to: &bytes)
        bytes += ",\"user\":".utf8
        RemovalEvent.append(user, to: &bytes)
        bytes += ",\"reason\":\"\(reason)\",\"kind\":\"\(kind.rawValue)\",\"time\":\"\(time)\"}".utf8
        return bytes
    }

    /// As ``BackupBytes`` has it: a string where they are UTF-8, else an object with their base64.
    private static func append(_ value: [UInt8]?, to bytes: inout [UInt8]) {
        guard let value else {
            bytes += "null".utf8
            return
        }
        guard String(validating: value, as: UTF8.self) != nil else {
            bytes += "{\"base64\":\"\(Data(value).base64EncodedString())\"}".utf8
            return
        }
        bytes.append(UInt8(ascii: "\""))
        for byte in value {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                bytes += [UInt8(ascii: "\\"), byte]
            case ..<0x20:
                let digits = String(byte, radix: 16)
                bytes += "\\u00\(byte < 0x10 ? "0" : "")\(digits)".utf8
            default:
                bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}
