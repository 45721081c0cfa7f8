/// What a cluster's node answers when it is not the one, or not the moment, for a command; it was not carried out.
enum Redirection: Equatable {
    /// Another node has the slot, for good.
    case moved(slot: Int, NodeAddress)
    /// The slot is on its way to another node, and the key is there already.
    case ask(NodeAddress)
    /// The slot is on its way, and the command's keys are on both sides.
    case tryAgain
    /// No node has the slot at present, or the node is cut off from the others.
    case clusterDown
    /// The node still reads its data.
    case loading

    /// Reads an error reply; nil if it is another error.
    init?(_ text: String, from node: NodeAddress) {
        let words = text.split(separator: " ")
        switch words.first {
        case "MOVED" where words.count >= 3:
            guard let slot = Int(words[1]), (0..<HashSlot.count).contains(slot),
                let address = NodeAddress(words[2], answeredBy: node)
            else { return nil }
            self = .moved(slot: slot, address)
        case "ASK" where words.count >= 3:
            guard let address = NodeAddress(words[2], answeredBy: node) else { return nil }
            self = .ask(address)
        case "TRYAGAIN": self = .tryAgain
        case "CLUSTERDOWN": self = .clusterDown
        case "LOADING", "MASTERDOWN": self = .loading
        default: return nil
        }
    }
}
