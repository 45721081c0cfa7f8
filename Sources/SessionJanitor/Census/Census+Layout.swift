import RedisClient

/// What a census does for layouts that are not plain: several templates, patterns, hashes, users and TTLs.
extension Census {
    func sortByTemplates(
        _ key: UnsafeRawBufferPointer, _ node: Int, into seen: inout SeenSessions
    ) throws(CleanupError) {
        guard let finding = try classifier?.sort(key, into: &variables) else { return }
        let values = TemplateValues(key, variables)
        switch finding.kind {
        case .session:
            seen.nodes.append(node)
            seen.hashes.append(layout.routes.sessions[finding.template].hash(ofNamed: values))
            seen.templates.append(UInt8(finding.template))
            guard countsUsers else { return }
            let user = userVariables[finding.template].map { IdentifierSet.hash(values[$0]) } ?? 0
            seen.users.append(user)
            // Whether one of the sessions stays, their values say, if they are read.
            if reader == nil, user != 0 {
                _ = users.insert(user)
                users.mark(user, .listed)
            }
        case .index:
            guard indexKeysSeen.insert(IdentifierSet.hash(key)) else { return }
            indexKeys.append(
                tag: UInt8(finding.template) << 2, layout.indexKeys[finding.template].template.stem(of: key))
        case .pointer: dependents.note(.pointer, finding.template, key, layout.pointerKeys[finding.template].template)
        case .companion: dependents.note(.companion, finding.template, key, layout.companionKeys[finding.template])
        case .presence:
            dependents.note(.presence, finding.template, key, layout.presenceKeys[finding.template].template)
        }
    }

    func takeFacts(about batch: ValueBatch, _ departure: Pipelining.Departure) throws(RedisError) {
        guard let reader else { return }
        let facts: [SessionFacts]
        do throws(RedisError) {
            facts = try reader.receive(about: batch.keys, on: connection)
        } catch {
            unsent.insert(batch, at: 0)
            throw error
        }
        let took = pipelining.arrival(of: departure)
        noteValues(facts.count, bytes: reader.byteCount)
        if departure.isMeasured { valueSizer.record(count: facts.count, seconds: pacer.serverSeconds(took)) }
        for (place, fact) in facts.enumerated() {
            guard let verdict = fact.verdict else { continue }
            let hash = batch.hashes[place]
            let template = batch.templates[place]
            let goes = verdict == .expired || verdict == .idle
            switch verdict {
            case .undated: undated += 1
            case .misdated: misdated += 1
            case .unreadable: unreadable += 1
            case .idle: idle += 1
            case .live, .expired: break
            }
            batch.keys.withArgument(place) { key in
                let stem = layout.sessionKeys[Int(template)].stem(of: key)
                if fact.isWithoutTTL, !goes { withoutTTL.append(tag: template, stem) }
                guard goes else { return }
                let record = ExpiredSession(
                    template: Int(template), isIdle: verdict == .idle, isJudgedByAccess: fact.fingerprint == nil)
                expiredSessions.append(tag: record.tag, prefix: fact.fingerprint ?? 0, count: 8, stem)
            }
            if sessionKeysSeen != nil {
                if goes { going.append(hash) } else { _ = staying.insert(hash) }
            } else if goes {
                sessions.mark(hash, .expired)
            }
            guard countsUsers else { continue }
            let user = fact.user.map { $0.withUnsafeBytes(IdentifierSet.hash) } ?? batch.users[place]
            guard user != 0 else { continue }
            _ = users.insert(user)
            if !goes { users.mark(user, .listed) }
        }
        pacer.rest(after: took)
    }

    /// A session of which one key stays is not expired. To be called when all censuses that share its sets are over.
    func settle() {
        for hash in going where !staying.contains(hash) { sessions.mark(hash, .expired) }
    }
}
