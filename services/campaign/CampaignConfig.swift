public import ServiceKit

/// The keys of campaign beside the common ones.
public struct CampaignConfig: ServiceConfig {
  /// How many promotions may be published and not yet over at one time.
  public let openPromotionsAtMost: Int

  public init(reader: inout ConfigReader) {
    openPromotionsAtMost = reader.integer(
      "open-promotions-at-most", default: CampaignLimits.openPromotions, in: 1...CampaignLimits.openPromotions,
      doc: "How many promotions may be published and not yet over at one time; each is looked at for every basket.")
  }
}
