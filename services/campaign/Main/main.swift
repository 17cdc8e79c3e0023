import Campaign
import ServiceKit

await ServiceMain<CampaignApp>.run()
