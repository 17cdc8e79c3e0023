import Database
import Foundation
import PatronAPI
import RPC
import ServiceKit

/// `patron.identity.v1.IdentityService`: decode, call, encode.
struct MembersHandler: IdentityV1.IdentityService {
  private static let memberList = "identity.members"
  /// A code that is taken costs no second request: one of so many candidates is free.
  private static let cardCandidates = 4
  /// A reply that took longer since its rows were read looks again whether its members were erased meanwhile, perhaps at another replica.
  private static let longestUnchecked = Duration.seconds(1)

  let environment: ServiceEnvironment
  let members: Members

  // MARK: Enrolling and changing

  func enrolMember(
    _ request: IdentityV1.EnrolMemberRequest, context: ServerContext
  ) async throws -> IdentityV1.EnrolMemberResponse {
    try context.caller.require(anyOf: .membersWrite)
    let now = environment.clock.now()
    var errors = FieldErrors()
    let externalID = MemberReading.identifier(request.externalID, "external_id", &errors)
    let profile = MemberProfile(
      name: MemberReading.name(request.name, "name", &errors), phone: MemberReading.phone(request.phone, "phone", &errors),
      email: MemberReading.email(request.email, "email", &errors),
      birthday: MemberReading.birthday(request.birthday, now: now, "birthday", &errors),
      demographics: MemberReading.demographics(request.demographics, "demographics", &errors),
      homeStoreID: MemberReading.identifier(request.homeStoreID, "home_store_id", &errors),
      externalID: externalID.isEmpty ? nil : externalID)
    let consents = MemberReading.consents(request.consents, "consents", &errors)
    try errors.throwIfAny()

    let eventID = environment.ids.next("evt")
    let candidates = drawCards()
    let entryIDs = consents.map { _ in environment.ids.next("cns") }
    let witness = witness(of: context, at: now)
    let hashes = members.keeping.hashes(of: profile)
    return try await members.keeping.vault.withNewOwner(
      makeID: { environment.ids.next("mem") }, deadline: context.deadline?.instant,
      isUsed: { reply, key in reply.memberID == key.ownerID }
    ) { key in
      let memberID = key.ownerID
      environment.faults.reach(IdentityApp.FaultPoint.enrolKeyCommitted)
      let sealed = try members.keeping.seal(profile, under: key)
      return try await members.commands.run(
        request, context,
        replaying: { (reply: IdentityV1.EnrolMemberResponse, transaction) in
          try Self.requirePresent(reply.memberID, in: transaction)
        }
      ) { transaction in
        try refusingTakenKeys {
          try MemberStore.insert(sealed, hashes, homeStoreID: profile.homeStoreID, id: memberID, at: now, in: transaction)
        }
        let card = try CardStore.give(candidates, to: memberID, at: now, in: transaction)
        try ConsentStore.add(consents, entryIDs: entryIDs, of: memberID, by: witness, in: transaction)
        try transaction.append(
          IdentityEvents.enrolled(memberID: memberID, homeStoreID: profile.homeStoreID, eventID: eventID, at: now))
        return IdentityV1.EnrolMemberResponse(memberID: memberID, cardCode: card.digits)
      }
    }
  }

  func updateMember(
    _ request: IdentityV1.UpdateMemberRequest, context: ServerContext
  ) async throws -> IdentityV1.UpdateMemberResponse {
    try context.caller.require(anyOf: .membersWrite)
    let now = environment.clock.now()
    let update = try MemberUpdate(request, now: now)
    let memberID = update.memberID
    let eventID = environment.ids.next("evt")
    let entryIDs = update.consents.map { _ in environment.ids.next("cns") }
    let witness = witness(of: context, at: now)
    let changes = try update.changes(members.keeping, under: try await key(of: memberID, context))
    return try await members.commands.run(
      request, context,
      replaying: { (_: IdentityV1.UpdateMemberResponse, transaction) in try Self.requirePresent(memberID, in: transaction) }
    ) { transaction in
      try Self.requirePresent(memberID, in: transaction)
      try refusingTakenKeys { try MemberStore.update(changes, id: memberID, at: now, in: transaction) }
      try ConsentStore.add(update.consents, entryIDs: entryIDs, of: memberID, by: witness, in: transaction)
      try transaction.append(IdentityEvents.updated(memberID: memberID, fields: update.fields, eventID: eventID, at: now))
      return IdentityV1.UpdateMemberResponse(memberID: memberID)
    }
  }

  func replaceCard(
    _ request: IdentityV1.ReplaceCardRequest, context: ServerContext
  ) async throws -> IdentityV1.ReplaceCardResponse {
    try context.caller.require(anyOf: .membersWrite)
    let now = environment.clock.now()
    let eventID = environment.ids.next("evt")
    let candidates = drawCards()
    let memberID = request.memberID
    return try await members.commands.run(
      request, context,
      replaying: { (_: IdentityV1.ReplaceCardResponse, transaction) in try Self.requirePresent(memberID, in: transaction) }
    ) { transaction in
      try Self.requirePresent(memberID, in: transaction)
      try CardStore.endCurrent(of: memberID, at: now, in: transaction)
      let card = try CardStore.give(candidates, to: memberID, at: now, in: transaction)
      try transaction.append(IdentityEvents.cardReplaced(memberID: memberID, eventID: eventID, at: now))
      return IdentityV1.ReplaceCardResponse(cardCode: card.digits)
    }
  }

  // MARK: Finding

  func getMember(_ request: IdentityV1.GetMemberRequest, context: ServerContext) async throws -> IdentityV1.GetMemberResponse {
    try requireReading(context)
    return IdentityV1.GetMemberResponse(member: try await member(.memberID(request.memberID), context))
  }

  func findMember(
    _ request: IdentityV1.FindMemberRequest, context: ServerContext
  ) async throws -> IdentityV1.FindMemberResponse {
    try requireReading(context)
    var errors = FieldErrors()
    let key: MemberStore.Key?
    switch request.key {
    case .memberID(let id)?: key = .memberID(id)
    case .phone(let text)?: key = errors.read("phone") { try PhoneNumber(text) }.map { .phone(members.keeping.hash($0)) }
    case .email(let text)?: key = errors.read("email") { try EmailAddress(text) }.map { .email(members.keeping.hash($0)) }
    case .cardCode(let text)?:
      key = CardCode(text).map { .card($0) }
      errors.require(key != nil, "card_code", "must be 16 digits with a right check digit: scan it again")
    case .externalID(let id)?: key = .externalID(members.keeping.hash(externalID: id))
    case nil:
      key = nil
      errors.add("key", "must name the member by exactly one key")
    }
    try errors.throwIfAny()
    guard let key else { throw Refusal.memberNotFound }
    return IdentityV1.FindMemberResponse(member: try await member(key, context))
  }

  func listMembers(
    _ request: IdentityV1.ListMembersRequest, context: ServerContext
  ) async throws -> IdentityV1.ListMembersResponse {
    try context.caller.require(anyOf: .membersRead)
    let page = try PageRequest(size: request.pageSize, token: request.pageToken, list: Self.memberList)
    let start = try page.after?.text(0) ?? ""
    let begin = ContinuousClock.now
    let (shown, nextPageToken, consents) = try await environment.database.read(for: context) {
      snapshot -> (ArraySlice<MemberRow>, String, [ConsentStore.CurrentRow]) in
      let rows = try MemberStore.list(after: start, limit: page.size + 1, in: snapshot)
      let (shown, nextPageToken) = page.cut(rows, list: Self.memberList) { [.text($0.memberID)] }
      guard let first = shown.first, let last = shown.last else { return (shown, nextPageToken, []) }
      return (shown, nextPageToken, try ConsentStore.current(from: first.memberID, to: last.memberID, in: snapshot))
    }
    let consentsByMember = Dictionary(grouping: consents, by: \.memberID)
    let keeping = members.keeping
    let (messages, keyless) = try await keeping.vault.withKeys(of: shown.map(\.memberID), deadline: context.deadline?.instant) { keys in
      var messages: [IdentityV1.Member] = []
      var keyless: [String] = []
      for row in shown {
        if let key = keys[row.memberID] {
          let profile = try keeping.open(row.sealed, under: key)
          messages.append(MemberWriting.message(row, profile, consents: consentsByMember[row.memberID] ?? []))
        } else {
          keyless.append(row.memberID)
        }
      }
      return (messages, keyless)
    }
    // Who is erased between the two looks is not in the list.
    for memberID in keyless { try await requireErased(memberID, context) }
    return IdentityV1.ListMembersResponse(
      members: try await stillPresent(messages, since: begin, context), nextPageToken: nextPageToken)
  }

  private func member(_ key: MemberStore.Key, _ context: ServerContext) async throws -> IdentityV1.Member {
    let begin = ContinuousClock.now
    let (row, consents) = try await environment.database.read(for: context) { snapshot in
      guard let row = try MemberStore.find(key, in: snapshot) else {
        if case .memberID(let memberID) = key { try Self.requirePresent(memberID, in: snapshot) }
        throw Refusal.memberNotFound
      }
      return (row, try ConsentStore.current(from: row.memberID, to: row.memberID, in: snapshot))
    }
    let profile = try members.keeping.open(row.sealed, under: try await self.key(of: row.memberID, context))
    let message = MemberWriting.message(row, profile, consents: consents)
    guard let member = try await stillPresent([message], since: begin, context).first else { throw Refusal.memberErased }
    return member
  }

  // MARK: What several methods share

  /// The key of a member who is present. One whose row is there without a key is either erased at this moment, or damage.
  private func key(of memberID: String, _ context: ServerContext) async throws -> DataKey {
    if let key = try await members.keeping.vault.key(of: memberID, deadline: context.deadline?.instant) { return key }
    try await environment.database.read(for: context) { try Self.requirePresent(memberID, in: $0) }
    throw VaultError.keyMissing(ownerID: memberID)
  }

  /// Those who were not erased since their rows were read, where that is a while ago.
  private func stillPresent(
    _ messages: [IdentityV1.Member], since begin: ContinuousClock.Instant, _ context: ServerContext
  ) async throws -> [IdentityV1.Member] {
    guard ContinuousClock.now - begin > Self.longestUnchecked else { return messages }
    return try await environment.database.read(for: context) { snapshot in
      try messages.filter { try MemberStore.standing(of: $0.memberID, in: snapshot) == .present }
    }
  }

  private func requireErased(_ memberID: String, _ context: ServerContext) async throws {
    let standing = try await environment.database.read(for: context) { try MemberStore.standing(of: memberID, in: $0) }
    guard standing == .erased else { throw VaultError.keyMissing(ownerID: memberID) }
  }

  private static func requirePresent(_ memberID: String, in snapshot: some Queryable) throws {
    if let refusal = Refusal(try MemberStore.standing(of: memberID, in: snapshot)) { throw refusal }
  }

  private func requireReading(_ context: ServerContext) throws {
    try context.caller.require(anyOf: .membersRead, .identify, .checkout)
  }

  private func witness(of context: ServerContext, at now: Date) -> ConsentStore.Witness {
    ConsentStore.Witness(clientID: context.caller.clientID, staffID: context.caller.staffID, time: now)
  }

  private func drawCards() -> [CardCode] {
    (0..<Self.cardCandidates).map { _ in CardCode(random: environment.random.bytes(CardCode.randomBytes)) }
  }
}

/// Turns the store's typed refusal into the wire's.
private func refusingTakenKeys(_ write: () throws -> Void) throws {
  do {
    try write()
  } catch let taken as MemberStore.Taken {
    throw Refusal(taken)
  }
}
