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

  let environment: ServiceEnvironment

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

    let memberID = environment.ids.next("mem")
    let eventID = environment.ids.next("evt")
    let candidates = drawCards()
    let entryIDs = consents.map { _ in environment.ids.next("cns") }
    let witness = witness(of: context, at: now)
    return try await environment.commands.run(request, context) { transaction in
      try refusingTakenKeys { try MemberStore.insert(profile, id: memberID, at: now, in: transaction) }
      let card = try CardStore.give(candidates, to: memberID, at: now, in: transaction)
      try ConsentStore.add(consents, entryIDs: entryIDs, of: memberID, by: witness, in: transaction)
      try transaction.append(
        IdentityEvents.enrolled(memberID: memberID, homeStoreID: profile.homeStoreID, eventID: eventID, at: now))
      return IdentityV1.EnrolMemberResponse(memberID: memberID, cardCode: card.digits)
    }
  }

  func updateMember(
    _ request: IdentityV1.UpdateMemberRequest, context: ServerContext
  ) async throws -> IdentityV1.UpdateMemberResponse {
    try context.caller.require(anyOf: .membersWrite)
    let now = environment.clock.now()
    let update = try MemberUpdate(request, now: now)
    let eventID = environment.ids.next("evt")
    let entryIDs = update.consents.map { _ in environment.ids.next("cns") }
    let witness = witness(of: context, at: now)
    return try await environment.commands.run(request, context) { transaction in
      guard let row = try MemberStore.find(.memberID(update.memberID), in: transaction) else { throw Refusal.memberNotFound }
      let changed = update.applied(to: row)
      try refusingTakenKeys {
        try MemberStore.update(changed.profile, state: changed.state, id: row.memberID, at: now, in: transaction)
      }
      try ConsentStore.add(update.consents, entryIDs: entryIDs, of: row.memberID, by: witness, in: transaction)
      try transaction.append(IdentityEvents.updated(memberID: row.memberID, fields: update.fields, eventID: eventID, at: now))
      return IdentityV1.UpdateMemberResponse(memberID: row.memberID)
    }
  }

  func replaceCard(
    _ request: IdentityV1.ReplaceCardRequest, context: ServerContext
  ) async throws -> IdentityV1.ReplaceCardResponse {
    try context.caller.require(anyOf: .membersWrite)
    let now = environment.clock.now()
    let eventID = environment.ids.next("evt")
    let candidates = drawCards()
    return try await environment.commands.run(request, context) { transaction in
      guard let row = try MemberStore.find(.memberID(request.memberID), in: transaction) else { throw Refusal.memberNotFound }
      try CardStore.endCurrent(of: row.memberID, at: now, in: transaction)
      let card = try CardStore.give(candidates, to: row.memberID, at: now, in: transaction)
      try transaction.append(IdentityEvents.cardReplaced(memberID: row.memberID, eventID: eventID, at: now))
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
    case .phone(let text)?: key = errors.read("phone") { try PhoneNumber(text) }.map { .phone($0) }
    case .email(let text)?: key = errors.read("email") { try EmailAddress(text) }.map { .email($0) }
    case .cardCode(let text)?:
      key = CardCode(text).map { .card($0) }
      errors.require(key != nil, "card_code", "must be 16 digits with a right check digit: scan it again")
    case .externalID(let id)?: key = .externalID(id)
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
    return try await environment.database.read(for: context) { snapshot in
      let rows = try MemberStore.list(after: start, limit: page.size + 1, in: snapshot)
      let (shown, nextPageToken) = page.cut(rows, list: Self.memberList) { [.text($0.memberID)] }
      guard let first = shown.first, let last = shown.last else { return IdentityV1.ListMembersResponse() }
      let consents = Dictionary(
        grouping: try ConsentStore.current(from: first.memberID, to: last.memberID, in: snapshot), by: \.memberID)
      return IdentityV1.ListMembersResponse(
        members: shown.map { MemberWriting.message($0, consents: consents[$0.memberID] ?? []) }, nextPageToken: nextPageToken)
    }
  }

  private func member(_ key: MemberStore.Key, _ context: ServerContext) async throws -> IdentityV1.Member {
    try await environment.database.read(for: context) { snapshot in
      guard let row = try MemberStore.find(key, in: snapshot) else { throw Refusal.memberNotFound }
      let consents = try ConsentStore.current(from: row.memberID, to: row.memberID, in: snapshot)
      return MemberWriting.message(row, consents: consents)
    }
  }

  // MARK: What several methods share

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
