import PatronAPI
import ProtobufC
import RPC
import ServiceTesting
import Testing

@testable import Gateway

/// The services behind the gateway, through it.
@Suite struct ProxyTests {
  @Test func anOfficeRunsTheWholeShopThroughTheGateway() async throws {
    try await withShop { shop in
      let office = try await shop.till(["*"])
      let members = IdentityV1.IdentityServiceClient(channel: office.channel)
      let enrolled = try await members.enrolMember(.init(requestID: "e", name: "Bo", externalID: "b-1"), options: office.options)
      let found = try await members.findMember(.init(key: .cardCode(enrolled.cardCode)), options: office.options)
      #expect(found.member?.memberID == enrolled.memberID)
      let points = LoyaltyV1.LoyaltyServiceClient(channel: office.channel)
      _ = try await points.adjustPoints(
        .init(requestID: "a", memberID: enrolled.memberID, points: 40, reason: "welcome"), options: office.options)
      #expect(try await points.getBalance(.init(memberID: enrolled.memberID), options: office.options).balance?.spendablePoints == 40)
      let goods = InventoryV1.InventoryServiceClient(channel: office.channel)
      #expect(try await goods.listStores(.init(), options: office.options).stores.count == 3)
      let offers = CampaignV1.CampaignServiceClient(channel: office.channel)
      #expect(try await offers.listPromotions(.init(), options: office.options).promotions.isEmpty)
      let saga = InventoryV1.OrderSagaServiceClient(channel: office.channel)
      #expect(try await saga.verify(.init(), options: office.options).differences.isEmpty)
    }
  }

  @Test func eachScopeOfTheTableIsEnoughForItsMethodsAtTheServiceBehindAsWell() async throws {
    try await withShop { shop in
      let member = try await shop.enrol("ann")
      let storeID = try await shop.storeID("1")
      func till(_ scope: String) async throws -> Till { try await shop.till([scope]) }
      var till = try await till("members.read")
      _ = try await IdentityV1.IdentityServiceClient(channel: till.channel).getMember(.init(memberID: member), options: till.options)
      _ = try await LoyaltyV1.LoyaltyServiceClient(channel: till.channel).getBalance(.init(memberID: member), options: till.options)
      _ = try await LoyaltyV1.LoyaltyServiceClient(channel: till.channel).listEntries(.init(memberID: member), options: till.options)
      _ = try await CampaignV1.CampaignServiceClient(channel: till.channel).listCoupons(.init(memberID: member), options: till.options)
      till = try await shop.till(["pos.read"])
      _ = try await InventoryV1.InventoryServiceClient(channel: till.channel).listStock(.init(storeID: storeID), options: till.options)
      _ = try await LoyaltyV1.LoyaltyServiceClient(channel: till.channel).getProgram(.init(), options: till.options)
      _ = try await CampaignV1.CampaignServiceClient(channel: till.channel).listPromotions(.init(), options: till.options)
      till = try await shop.till(["catalogue.write"])
      _ = try await InventoryV1.InventoryServiceClient(channel: till.channel)
        .importProducts(.init(requestID: "p", products: [InventoryV1.Product(sku: "tea", name: "Tea")]), options: till.options)
      till = try await shop.till(["loyalty.write"])
      _ = try await LoyaltyV1.LoyaltyServiceClient(channel: till.channel)
        .adjustPoints(.init(requestID: "a", memberID: member, points: 1, reason: "gift"), options: till.options)
      till = try await shop.till(["operations"])
      _ = try await LoyaltyV1.LoyaltyHoldServiceClient(channel: till.channel).listHolds(.init(), options: till.options)
      _ = try await CampaignV1.CampaignHoldServiceClient(channel: till.channel).verify(.init(), options: till.options)
      _ = try await InventoryV1.OrderSagaServiceClient(channel: till.channel).listOrderRecords(.init(), options: till.options)
      till = try await shop.till(["clients.write"])
      _ = try await IdentityV1.ApiClientServiceClient(channel: till.channel).listApiClients(.init(), options: till.options)
    }
  }

  @Test func aTillWithTheCheckoutScopeAloneIdentifiesAMemberAndSells() async throws {
    try await withShop { shop in
      let till = try await shop.till(["pos.checkout"])
      let member = try await shop.enrol("ann", points: 70)
      let coupon = try await shop.issueCoupon()
      let summary = try #require(
        try await till.service.identifyMember(
          .init(member: GatewayV1.MemberKey(key: .externalID("ann"))), options: till.options
        ).member)
      #expect(summary.memberID == member)
      #expect(summary.name == "ann")
      #expect(summary.balance?.spendablePoints == 70)
      #expect(summary.minorUnitsPerPoint == 1)
      #expect(summary.coupons.isEmpty)
      _ = try await till.checkout("sale", .at("1", member: member, [.of("milk", 500)], coupons: [coupon]), [.cash(300)])
      await expectRefusal(.notFound, "MEMBER_UNKNOWN") {
        try await till.service.identifyMember(.init(member: GatewayV1.MemberKey(key: .phone("+4912345"))), options: till.options)
      }
      await expectRefusal(.invalidArgument, "INVALID_FIELDS") { try await till.service.identifyMember(.init(), options: till.options) }
    }
  }

  @Test func whatMovesAnOrderFromInsideIsNotToBeReachedFromOutside() async throws {
    let inside = [
      LoyaltyV1.LoyaltyHoldServiceMethods.all, CampaignV1.CampaignHoldServiceMethods.all, InventoryV1.OrderSagaServiceMethods.all,
      [IdentityV1.ApiClientServiceMethods.authenticateApiClient],
    ].flatMap(\.self).filter { !["ListHolds", "ListOrderRecords", "Verify"].contains($0.method) }
    #expect(inside.count == 20)
    try await withShop { shop in
      let office = try await shop.till(["*"])
      for method in inside {
        do {
          _ = try await office.channel.unary(method, request: [], options: office.options)
          Issue.record("\(method.path) was answered")
        } catch let error as RPCError {
          #expect(error.code == .unimplemented, "\(method.path): \(error)")
        }
      }
    }
  }

  @Test func errorsPassThroughWithTheirDetailsAndTheirDomain() async throws {
    try await withShop { shop in
      let office = try await shop.till(["*"])
      let points = LoyaltyV1.LoyaltyServiceClient(channel: office.channel)
      let member = try await shop.enrol("ann")
      do {
        _ = try await points.adjustPoints(.init(requestID: "a", memberID: member, points: -1, reason: "take"), options: office.options)
        Issue.record("was answered")
      } catch let error as RPCError {
        #expect(error.code == .failedPrecondition)
        #expect(error.reason == "INSUFFICIENT_POINTS")
        #expect(error.domain == "loyalty.patron")
        #expect(error.metadata["spendable_points"] == "0")
      }
      shop.wires.loyalty.set(.down)
      await expectRefusal(.unavailable, "LOYALTY_UNAVAILABLE") { try await points.getProgram(.init(), options: office.options) }
    }
  }

  @Test func pointsAreGivenToMembersOnly() async throws {
    try await withShop { shop in
      let office = try await shop.till(["loyalty.write"])
      let points = LoyaltyV1.LoyaltyServiceClient(channel: office.channel)
      for memberID in ["mem_made_up", String(repeating: "m", count: 1_000)] {
        await expectRefusal(.notFound, "MEMBER_UNKNOWN") {
          try await points.adjustPoints(.init(requestID: "a", memberID: memberID, points: 5, reason: "gift"), options: office.options)
        }
        await expectRefusal(.notFound, "MEMBER_UNKNOWN") {
          try await points.awardAction(
            .init(requestID: "b", memberID: memberID, action: .review, actionID: "rev_1"), options: office.options)
        }
      }
      await expectRefusal(.invalidArgument, "INVALID_FIELDS") {
        try await points.adjustPoints(.init(requestID: "a", points: 5, reason: "gift"), options: office.options)
      }
      let books = LoyaltyV1.LoyaltyHoldServiceClient(channel: shop.loyalty.channel)
      #expect(try await books.verify(.init(), options: shop.inLoyalty).accountsChecked == 0)
    }
  }

  @Test func aScopeForActionsAwardsThemAndAdjustsNothing() async throws {
    try await withShop { shop in
      let rule = LoyaltyV1.EarnRule(
        currencyCode: "USD", pointsNumerator: 1, pointsDenominator: 1, expireAfterMonths: 12, timeZone: "America/New_York",
        minorUnitsPerPoint: 1, actions: [.init(action: .review, points: 25)])
      _ = try await shop.points.publishEarnRule(.init(requestID: "rule", rule: rule), options: shop.inLoyalty)
      let reviews = try await shop.till(["loyalty.award"])
      let member = try await shop.enrol("ann")
      let points = LoyaltyV1.LoyaltyServiceClient(channel: reviews.channel)
      let award = LoyaltyV1.AwardActionRequest(requestID: "a", memberID: member, action: .review, actionID: "rev_1")
      #expect(try await points.awardAction(award, options: reviews.options).balance?.spendablePoints == 25)
      await expectRefusal(.permissionDenied, "SCOPE_MISSING") {
        try await points.adjustPoints(.init(requestID: "b", memberID: member, points: 5, reason: "gift"), options: reviews.options)
      }
      _ = try await shop.members.updateMember(
        .init(
          requestID: "suspend", member: IdentityV1.Member(memberID: member, state: .suspended), updateMask: .init(paths: ["state"])),
        options: shop.inIdentity)
      await expectRefusal(.failedPrecondition, "MEMBER_SUSPENDED") {
        try await points.awardAction(
          .init(requestID: "c", memberID: member, action: .review, actionID: "rev_2"), options: reviews.options)
      }
      let bound = try await shop.till(["loyalty.award"], stores: [try await shop.storeID("1")])
      await expectRefusal(.permissionDenied, "STORE_NOT_ALLOWED") {
        try await points.awardAction(award, options: bound.options)
      }
    }
  }

  @Test func couponsAreIssuedToMembersOnly() async throws {
    try await withShop { shop in
      let office = try await shop.till(["campaign.write"])
      let offers = CampaignV1.CampaignServiceClient(channel: office.channel)
      let template = CampaignV1.CouponTemplate(
        name: "two off", benefit: CampaignV1.Benefit(kind: .amountOff(TypeV1.Money(200, "USD"))))
      let published = try await offers.publishCouponTemplate(.init(requestID: "t", template: template), options: office.options)
      let templateID = try #require(published.template?.templateID)
      var members: [String] = []
      for number in 0..<20 { members.append(try await shop.enrol("ann\(number)")) }
      await expectRefusal(.notFound, "MEMBER_UNKNOWN") {
        try await offers.issueCoupons(
          .init(requestID: "i", templateID: templateID, memberIDs: members + ["mem_made_up"]), options: office.options)
      }
      #expect(
        try await offers.issueCoupons(.init(requestID: "i", templateID: templateID, memberIDs: members), options: office.options)
          .coupons.count == 20)
      #expect(
        try await offers.issueCoupons(.init(requestID: "j", templateID: templateID, count: 2), options: office.options).coupons.count == 2)
      await expectRefusal(.invalidArgument, "INVALID_FIELDS") {
        try await offers.issueCoupons(.init(requestID: "k", templateID: templateID, memberIDs: [""]), options: office.options)
      }
    }
  }

  @Test func aVerifyAReportAndASimulationMayTakeLongerThanOtherCalls() async throws {
    let long = MethodAccess.all.filter(\.takesLong).map(\.method.path)
    let kinds = ["/Verify", "/Report", "/Simulate", "/ListRiskSignals", "/RunDraw", "/CancelDraw"]
    #expect(long.count == 11 && long.allSatisfy { path in kinds.contains { path.contains($0) } }, "\(long)")
    try await withShop { shop in
      let office = try await shop.till(["operations"])
      let limits = DeadlineRecorder(shop.loyalty.channel)
      let gateway = try await shop.anotherGateway(loyalty: limits)
      let books = LoyaltyV1.LoyaltyHoldServiceClient(channel: gateway.channel)
      _ = try await books.verify(.init(), options: office.options)
      _ = try await books.listHolds(.init(), options: office.options)
      #expect(limits.timeouts(of: LoyaltyV1.LoyaltyHoldServiceMethods.verify) == [.seconds(600)])
      #expect(limits.timeouts(of: LoyaltyV1.LoyaltyHoldServiceMethods.listHolds) == [.seconds(60)])
      await gateway.stop()
    }
  }

  @Test func aTillSeesTheCouponsThatAMemberCanUse() async throws {
    try await withShop { shop in
      let till = try await shop.till(["pos.identify"])
      let member = try await shop.enrol("ann")
      func issue(_ name: String, _ conditions: CampaignV1.Conditions, count: Int) async throws -> [String] {
        let template = CampaignV1.CouponTemplate(
          name: name, benefit: CampaignV1.Benefit(kind: .amountOff(TypeV1.Money(200, "USD"))), conditions: conditions)
        let published = try await shop.offers.publishCouponTemplate(.init(requestID: name, template: template), options: shop.inCampaign)
        var codes: [String] = []
        for number in 0..<count {
          let issued = try await shop.offers.issueCoupons(
            .init(requestID: "\(name)-\(number)", templateID: published.template?.templateID ?? "", memberIDs: [member]),
            options: shop.inCampaign)
          codes += issued.coupons.map(\.code)
        }
        return codes
      }
      let usable = try await issue("open", CampaignV1.Conditions(), count: 2)
      // More that are over than a page holds, all newer.
      _ = try await issue("over", CampaignV1.Conditions(endDate: TypeV1.Date(year: 2001, month: 1, day: 1), timeZone: "UTC"), count: 51)
      let summary = try await till.service.identifyMember(
        .init(member: GatewayV1.MemberKey(key: .memberID(member))), options: till.options)
      #expect(Set(summary.member?.coupons.map(\.code) ?? []) == Set(usable))
    }
  }

  @Test func aTierIsGrantedToAMemberWhoExistsAndTheTillSeesWhatItGives() async throws {
    try await withShop { shop in
      let (office, till) = (try await shop.till(["loyalty.write", "members.read"]), try await shop.till(["pos.identify"]))
      let tiers = LoyaltyV1.TierServiceClient(channel: office.channel)
      let benefits = [LoyaltyV1.TierBenefit(kind: .discountBasisPoints(500))]
      let scheme = LoyaltyV1.TierScheme(
        tiers: [
          LoyaltyV1.Tier(code: "basic", name: "Basic"),
          LoyaltyV1.Tier(code: "circle", name: "Circle", admission: .invited, benefits: benefits),
        ], windowMonths: 12)
      _ = try await shop.points.publishTierScheme(.init(requestID: "circle", scheme: scheme), options: shop.inLoyalty)
      var grant = LoyaltyV1.GrantTierRequest(requestID: "grant", memberID: "mem_nobody", tierCode: "circle", reason: "a friend")
      await expectRefusal(.notFound, "MEMBER_UNKNOWN") { try await tiers.grantTier(grant, options: office.options) }
      grant.memberID = try await shop.enrol("ann")
      _ = try await tiers.grantTier(grant, options: office.options)
      #expect(try await tiers.getTier(.init(memberID: grant.memberID), options: office.options).grant?.reason == "a friend")
      let summary = try await till.service.identifyMember(
        .init(member: GatewayV1.MemberKey(key: .memberID(grant.memberID))), options: till.options)
      #expect((summary.member?.balance?.tierCode, summary.member?.balance?.tierBenefits) == ("circle", benefits))
      await expectRefusal(.permissionDenied, "SCOPE_MISSING") {
        try await LoyaltyV1.TierServiceClient(channel: till.channel).grantTier(grant, options: till.options)
      }
    }
  }

  @Test func pointsGoToAMemberWhoExistsUnderAScopeOfTheirOwn() async throws {
    try await withShop { shop in
      let (app, office) = (try await shop.till(["loyalty.transfer"]), try await shop.till(["loyalty.write"]))
      let (sends, decides) = (LoyaltyV1.PointsServiceClient(channel: app.channel), LoyaltyV1.PointsServiceClient(channel: office.channel))
      let policy = LoyaltyV1.PointsPolicy(transfers: LoyaltyV1.TransferPolicy(allowed: true))
      _ = try await decides.publishPointsPolicy(.init(requestID: "policy", policy: policy), options: office.options)
      let ann = try await shop.enrol("ann")
      _ = try await shop.points.adjustPoints(
        .init(requestID: "gift", memberID: ann, points: 100, reason: "welcome"), options: shop.inLoyalty)
      var transfer = LoyaltyV1.TransferPointsRequest(
        requestID: "sent", reference: "sent-1", fromMemberID: ann, toMemberID: "mem_nobody", points: 40, kind: .transfer)
      await expectRefusal(.notFound, "MEMBER_UNKNOWN") { try await sends.transferPoints(transfer, options: app.options) }
      transfer.toMemberID = try await shop.enrol("bob")
      let sent = try await sends.transferPoints(transfer, options: app.options)
      #expect(sent.balance?.spendablePoints == 60)
      let reversal = LoyaltyV1.ReverseTransferRequest(requestID: "back", transferID: sent.transfer?.transferID ?? "", reason: "a slip")
      await expectRefusal(.permissionDenied, "SCOPE_MISSING") { try await sends.reverseTransfer(reversal, options: app.options) }
      #expect(try await decides.reverseTransfer(reversal, options: office.options).balance?.spendablePoints == 100)
    }
  }

  @Test func whatOneClientAskedForAnotherOneApproves() async throws {
    try await withShop { shop in
      let (desk, head) = (try await shop.till(["loyalty.write"]), try await shop.till(["loyalty.write"]))
      let (asks, decides) = (LoyaltyV1.PointsServiceClient(channel: desk.channel), LoyaltyV1.PointsServiceClient(channel: head.channel))
      let policy = LoyaltyV1.PointsPolicy(adjustments: LoyaltyV1.AdjustmentPolicy(approvalAbovePoints: 100))
      _ = try await decides.publishPointsPolicy(.init(requestID: "policy", policy: policy), options: head.options)
      let ann = try await shop.enrol("ann")
      let adjustment = LoyaltyV1.AdjustPointsRequest(requestID: "much", memberID: ann, points: 500, reason: "a complaint")
      await expectRefusal(.failedPrecondition, "APPROVAL_REQUIRED") {
        try await LoyaltyV1.LoyaltyServiceClient(channel: desk.channel).adjustPoints(adjustment, options: desk.options)
      }
      let asked = try await asks.requestAdjustment(
        .init(requestID: "ask", memberID: ann, adjustment: .init(kind: .adjust(.init(points: 500))), reason: "a complaint"),
        options: desk.options)
      let approval = LoyaltyV1.ApproveAdjustmentRequest(
        requestID: "yes", adjustmentID: asked.request?.adjustmentID ?? "", reason: "seen")
      await expectRefusal(.failedPrecondition, "SECOND_PERSON_REQUIRED") {
        try await asks.approveAdjustment(approval, options: desk.options)
      }
      #expect(try await decides.approveAdjustment(approval, options: head.options).balance?.spendablePoints == 500)
    }
  }

  @Test func aMemberWhoExistsTakesARewardAtTheTill() async throws {
    try await withShop { shop in
      let (till, office) = (try await shop.till(["rewards.redeem"]), try await shop.till(["rewards.write"]))
      let (counter, catalogue) = (
        LoyaltyV1.RewardServiceClient(channel: till.channel), LoyaltyV1.RewardServiceClient(channel: office.channel)
      )
      let mug = LoyaltyV1.Reward(code: "mug", name: "A mug", kind: .gift, item: "prd_mug", points: 100)
      _ = try await catalogue.publishReward(.init(requestID: "mug", reward: mug, initialStock: 1), options: office.options)
      let ann = try await shop.enrol("ann")
      _ = try await shop.points.adjustPoints(
        .init(requestID: "gift", memberID: ann, points: 150, reason: "welcome"), options: shop.inLoyalty)
      var hold = LoyaltyV1.HoldRewardRequest(
        requestID: "hold", reference: "hold-1", memberID: "mem_nobody", rewardCode: "mug", storeID: try await shop.storeID("1"), quantity: 1
      )
      await expectRefusal(.notFound, "MEMBER_UNKNOWN") { try await counter.holdReward(hold, options: till.options) }
      hold.memberID = ann
      let redemptionID = try #require(try await counter.holdReward(hold, options: till.options).redemption).redemptionID
      await expectRefusal(.permissionDenied, "SCOPE_MISSING") { try await catalogue.holdReward(hold, options: office.options) }
      _ = try await counter.commitRedemption(.init(requestID: "take", redemptionID: redemptionID), options: till.options)
      #expect(try await shop.balance(ann).spendablePoints == 50)
      let bound = try await shop.till(["rewards.redeem"], stores: [try await shop.storeID("2")])
      await expectRefusal(.permissionDenied, "STORE_NOT_ALLOWED") { try await counter.holdReward(hold, options: bound.options) }
    }
  }

  @Test func repliesPassThroughByteForByte() async throws {
    try await withShop { shop in
      let office = try await shop.till(["*"])
      let request = InventoryV1.ListProductsRequest().encoded()
      let method = InventoryV1.InventoryServiceMethods.listProducts
      let direct = try await shop.inventory.channel.unary(method, request: request, options: shop.inInventory).message
      #expect(try await office.channel.unary(method, request: request, options: office.options).message == direct)
    }
  }

  @Test func theServiceBehindKnowsTheOriginalClient() async throws {
    try await withShop { shop in
      // Two clients use one request id for two bodies: were they signed as one, the second would be refused.
      for points in [3, 4] {
        let office = try await shop.till(["loyalty.write"])
        let member = try await shop.enrol("member-\(points)")
        _ = try await LoyaltyV1.LoyaltyServiceClient(channel: office.channel)
          .adjustPoints(.init(requestID: "same", memberID: member, points: Int64(points), reason: "gift"), options: office.options)
      }
    }
  }

  @Test func aClientThatIsBoundToAStoreMustNameItInAProxiedCall() async throws {
    try await withShop { shop in
      let storeID = try await shop.storeID("1")
      let bound = try await shop.till(["*"], stores: [storeID])
      let goods = InventoryV1.InventoryServiceClient(channel: bound.channel)
      _ = try await goods.listStock(.init(storeID: storeID), options: bound.options)
      let another = try await shop.storeID("2")
      await expectRefusal(.permissionDenied, "STORE_NOT_ALLOWED") {
        try await goods.listStock(.init(storeID: another), options: bound.options)
      }
      await expectRefusal(.permissionDenied, "STORE_NOT_ALLOWED") { try await goods.listOrders(.init(), options: bound.options) }
      await expectRefusal(.permissionDenied, "STORE_NOT_ALLOWED") {
        try await goods.importStores(.init(requestID: "s", stores: []), options: bound.options)
      }
    }
  }
}
