PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE database_migration(
  owner TEXT NOT NULL, number INTEGER NOT NULL, name TEXT NOT NULL, checksum BLOB NOT NULL, applied_time INTEGER NOT NULL,
  PRIMARY KEY(owner, number)) STRICT, WITHOUT ROWID;
INSERT INTO database_migration VALUES('database',1,'database-tables',X'fdded07c4b3087aba884c9643631e7332d4c764ee77f1d6ec6d24667a5d15ade',1795372104089350);
INSERT INTO database_migration VALUES('service',1,'initial',X'24b48f9efe63dceaf5788f01f5ec02f56811461e225c88dc21ae876640745942',1795372104099556);
CREATE TABLE database_meta(
  key TEXT PRIMARY KEY,
  value BLOB NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO database_meta VALUES('body-hash-key',X'd1eb48d3c2473fa0e30db42ae00a5c8d1b7637bf05a22967d6f6015aeaad2b77');
INSERT INTO database_meta VALUES('epoch',X'f51cb07d5d80390b253fbc9860f66ecf');
CREATE TABLE database_request(
  client TEXT NOT NULL,
  method TEXT NOT NULL,
  request_id TEXT NOT NULL,
  body_hash BLOB NOT NULL,
  reply BLOB NOT NULL,
  time INTEGER NOT NULL,
  PRIMARY KEY(client, method, request_id)
) STRICT, WITHOUT ROWID;
INSERT INTO database_request VALUES('cli_bootstrap','/patron.campaign.v1.CampaignService/PublishPromotion','fixture-promotion',X'29c81ff57b3d3b19c50ebf9eff11f1147ced27ed12a5ed4ec37a257080b570fc',X'0a83010a1e70726d5f30316d38323838676d33796d653277686863703666643479316110011a0b612074656e7468206f666622002a0308e807323b0a1e73746f5f30316d3832383867636a3436323779616d613634327932656764120708e40f100118011a0708b310100c181f220355544338c0843d40015a0c08cae88cd80610f89e9db101',1795372106371801);
INSERT INTO database_request VALUES('gateway','/patron.campaign.v1.CampaignHoldService/Cancel','ord_01m8288mqzjj3gdeavhbshker6/campaign.cancel',X'b725010483017ab4cbb737ebe29a1cddfee5e5ce32c94ae3a7b08427fab15194',X'0a1e6f72645f30316d383238386d717a6a6a336764656176686273686b657236',1795372111662485);
INSERT INTO database_request VALUES('gateway','/patron.campaign.v1.CampaignHoldService/Cancel','ord_01m8288rzcekq06pyvkk9mqwr6/campaign.cancel',X'3d17cd8086f43e2f37fd9e49d83c60a36b40fc898f58c08cce48ee33c06a1191',X'0a1e6f72645f30316d38323838727a63656b7130367079766b6b396d71777236',1795372115162857);
INSERT INTO database_request VALUES('gateway','/patron.campaign.v1.CampaignHoldService/Cancel','ord_01m8288wsvxh01rfw0qkk06h1z/campaign.cancel',X'85d7fb5aad9428e60db8ed6c3a0cc123a60c0f541d61afdedd43a73e535b7845',X'0a1e6f72645f30316d383238387773767868303172667730716b6b303668317a',1795372119141848);
INSERT INTO database_request VALUES('gateway','/patron.campaign.v1.CampaignHoldService/Cancel','ord_01m8288zes20w8jwmv23v8strg/campaign.cancel',X'9f2ecf39a45c53e7e5c9db4dbf9a2053a7c84c63da5b5f41cdd761f254f98fd3',X'0a1e6f72645f30316d383238387a6573323077386a776d763233763873747267',1795372121834412);
INSERT INTO database_request VALUES('gateway','/patron.campaign.v1.CampaignHoldService/Commit','ord_01m8288khc2ckk24ptys29b5kg/campaign.commit',X'561ff56438c298aed8d847a162c9aa57fbfffa8a32c61c2ce4f9ec61b9bee7e4',X'0a1e6f72645f30316d383238386b686332636b6b323470747973323962356b67',1795372109882726);
INSERT INTO database_request VALUES('gateway','/patron.campaign.v1.CampaignHoldService/Commit','ord_01m8288p194cy9ev86nb6f4b12/campaign.commit',X'b8d3da656a6c3b16897f91780fb6340e374e58c6196ec1b442634ce6ff3cdb89',X'0a1e6f72645f30316d3832383870313934637939657638366e62366634623132',1795372112045001);
INSERT INTO database_request VALUES('gateway','/patron.campaign.v1.CampaignHoldService/Commit','ord_01m8288q2etkyawd440xq3ztwp/campaign.commit',X'6260951548ab1f39af14965ec60ca42bf27331fb81bc31c6e63e3cba6a2e4d8b',X'0a1e6f72645f30316d38323838713265746b796177643434307871337a747770',1795372113180809);
INSERT INTO database_request VALUES('gateway','/patron.campaign.v1.CampaignHoldService/Commit','ord_01m8288qy772cbazh4wthkg7mc/campaign.commit',X'c9e7ee72bcda12efe97d8af30a13a9eb4d1a0c3bd2e1809973f3f8631c997343',X'0a1e6f72645f30316d3832383871793737326362617a68347774686b67376d63',1795372114436479);
INSERT INTO database_request VALUES('gateway','/patron.campaign.v1.CampaignHoldService/Commit','ord_01m8288sseghc5yj0tjbzen2av/campaign.commit',X'2f783d7c9f5db8d12f2cd90a8548379f266c3fe7cd3c96f7f3da343ef4435d01',X'0a1e6f72645f30316d3832383873736567686335796a30746a627a656e326176',1795372115864822);
INSERT INTO database_request VALUES('gateway','/patron.campaign.v1.CampaignHoldService/Commit','ord_01m8288ts7wajffk7m0rbcmk7m/campaign.commit',X'5f0e2d0561792c83c192a9355224979836cd3cf550baff23c9a409cc82cd17a9',X'0a1e6f72645f30316d3832383874733777616a66666b376d307262636d6b376d',1795372117070776);
INSERT INTO database_request VALUES('gateway','/patron.campaign.v1.CampaignHoldService/Commit','ord_01m8288w1k7mv7kxwdaghyyv30/campaign.commit',X'4e8f8efa1b2ac48f45e92fdb1b2fdc78a2c51e35d84fd76d33074ed37ee4725a',X'0a1e6f72645f30316d3832383877316b376d76376b7877646167687979763330',1795372118448825);
INSERT INTO database_request VALUES('gateway','/patron.campaign.v1.CampaignHoldService/Commit','ord_01m8288xdvfx4jkt2qje7cd4q2/campaign.commit',X'5fbe1fc33863180cbde379c9f8d063d278e81eacbf264477b76eb899ae55e78c',X'0a1e6f72645f30316d383238387864766678346a6b7432716a65376364347132',1795372119721959);
INSERT INTO database_request VALUES('gateway','/patron.campaign.v1.CampaignHoldService/Commit','ord_01m8288y7dgm9nsnans06r0e7d/campaign.commit',X'6595752488e40241daa361c84c1fc8b0644126210eb5c2345667222ad2b8f35a',X'0a1e6f72645f30316d38323838793764676d396e736e616e7330367230653764',1795372120407562);
INSERT INTO database_request VALUES('gateway','/patron.campaign.v1.CampaignHoldService/Commit','ord_01m8288yvz1hv5ptv4yeqn4s56/campaign.commit',X'108e45e4f9704f4e9dde3bf88b71828c24c44b6ae6cad29e253e6b116a4c5bfd',X'0a1e6f72645f30316d3832383879767a31687635707476347965716e34733536',1795372121346465);
INSERT INTO database_request VALUES('gateway','/patron.campaign.v1.CampaignHoldService/Commit','ord_01m828901mmktnebn9mngnnfs0/campaign.commit',X'b41ae56d0f87dbe16510cc8e4f8f7e04372c584dba941e1286176334566bd323',X'0a1e6f72645f30316d3832383930316d6d6b746e65626e396d6e676e6e667330',1795372122320792);
INSERT INTO database_request VALUES('gateway','/patron.campaign.v1.CampaignHoldService/Commit','ord_01m828911ckkbdndrw06nj3717/campaign.commit',X'914a5e6a57ec43b1415948c4818dd64102f5123ac975235ae3b6b8b6935bbf09',X'0a1e6f72645f30316d383238393131636b6b62646e64727730366e6a33373137',1795372123300856);
INSERT INTO database_request VALUES('gateway','/patron.campaign.v1.CampaignHoldService/Hold','ord_01m8288khc2ckk24ptys29b5kg/campaign.hold',X'71a80a9db7b39ed4058b6101246019027790372b683484884fe5351b439d3e1b',X'0a1e6f72645f30316d383238386b686332636b6b323470747973323962356b67',1795372109379842);
INSERT INTO database_request VALUES('gateway','/patron.campaign.v1.CampaignHoldService/Hold','ord_01m8288mqzjj3gdeavhbshker6/campaign.hold',X'3543f0fb9def852bc1f989422a373561a93b16ba44b4ad03bcbaea92eb87a7b4',X'0a1e6f72645f30316d383238386d717a6a6a336764656176686273686b657236',1795372110766832);
INSERT INTO database_request VALUES('gateway','/patron.campaign.v1.CampaignHoldService/Hold','ord_01m8288p194cy9ev86nb6f4b12/campaign.hold',X'ebd945db8bfe5e8733725eff74ac859db446b7b4bcbd2db7ad837c97c1583bb7',X'0a1e6f72645f30316d3832383870313934637939657638366e62366634623132',1795372111951805);
INSERT INTO database_request VALUES('gateway','/patron.campaign.v1.CampaignHoldService/Hold','ord_01m8288q2etkyawd440xq3ztwp/campaign.hold',X'7690017565232fad59673b8a6633f746f528c4a6f4bac9bfbc41964b651ba9ae',X'0a1e6f72645f30316d38323838713265746b796177643434307871337a747770',1795372113075283);
INSERT INTO database_request VALUES('gateway','/patron.campaign.v1.CampaignHoldService/Hold','ord_01m8288qy772cbazh4wthkg7mc/campaign.hold',X'4125acac1b2045e291d56ed999da6e8bd38e9d1516191394917d78d498c71e1f',X'0a1e6f72645f30316d3832383871793737326362617a68347774686b67376d63',1795372113895271);
INSERT INTO database_request VALUES('gateway','/patron.campaign.v1.CampaignHoldService/Hold','ord_01m8288rzcekq06pyvkk9mqwr6/campaign.hold',X'996f5f1c04cdcca2bb5b1e2b3877dc5e3f248d8aca9df7ea89b4e9b8076d6487',X'0a1e6f72645f30316d38323838727a63656b7130367079766b6b396d71777236',1795372114955722);
INSERT INTO database_request VALUES('gateway','/patron.campaign.v1.CampaignHoldService/Hold','ord_01m8288sseghc5yj0tjbzen2av/campaign.hold',X'f82030b354362ac21104d7914c7b7f157dd9372a89df8385bfa7661af9ceb713',X'0a1e6f72645f30316d3832383873736567686335796a30746a627a656e326176',1795372115842580);
INSERT INTO database_request VALUES('gateway','/patron.campaign.v1.CampaignHoldService/Hold','ord_01m8288ts7wajffk7m0rbcmk7m/campaign.hold',X'df189d5506aa53355131963c86e123ff7ccf5160c9d77b90a3cc31570dea0209',X'0a1e6f72645f30316d3832383874733777616a66666b376d307262636d6b376d',1795372116879456);
INSERT INTO database_request VALUES('gateway','/patron.campaign.v1.CampaignHoldService/Hold','ord_01m8288w1k7mv7kxwdaghyyv30/campaign.hold',X'5834da1e9c6d391aef7be2e86739152be847a4ff16587938db0cce34a52f253d',X'0a1e6f72645f30316d3832383877316b376d76376b7877646167687979763330',1795372118108053);
INSERT INTO database_request VALUES('gateway','/patron.campaign.v1.CampaignHoldService/Hold','ord_01m8288wsvxh01rfw0qkk06h1z/campaign.hold',X'ddd5d36374b6b9cdbb6451244c21cfb5eb41110ba206c5dbc54e93dd48143c77',X'0a1e6f72645f30316d383238387773767868303172667730716b6b303668317a',1795372118920441);
INSERT INTO database_request VALUES('gateway','/patron.campaign.v1.CampaignHoldService/Hold','ord_01m8288xdvfx4jkt2qje7cd4q2/campaign.hold',X'cf7c2f0f3479960176f11aa51996544fd31d091b634cf5a47588552042acd0d6',X'0a1e6f72645f30316d383238387864766678346a6b7432716a65376364347132',1795372119626564);
INSERT INTO database_request VALUES('gateway','/patron.campaign.v1.CampaignHoldService/Hold','ord_01m8288y7dgm9nsnans06r0e7d/campaign.hold',X'c2f34f4ecb34269eb660fdcb925cd4cb51c0666b88f6b3a1119245e8ca6b54d9',X'0a1e6f72645f30316d38323838793764676d396e736e616e7330367230653764',1795372120314209);
INSERT INTO database_request VALUES('gateway','/patron.campaign.v1.CampaignHoldService/Hold','ord_01m8288yvz1hv5ptv4yeqn4s56/campaign.hold',X'ea59d2d95526f1e87fed85cd64f50bd9bc5c8b270f8c08795a64c9caaf14ee02',X'0a1e6f72645f30316d3832383879767a31687635707476347965716e34733536',1795372121009040);
INSERT INTO database_request VALUES('gateway','/patron.campaign.v1.CampaignHoldService/Hold','ord_01m8288zes20w8jwmv23v8strg/campaign.hold',X'6f6e5b71dec3da118efce6c9a4bffe44d5de6f35e6a9fa011af912a9a71a1140',X'0a1e6f72645f30316d383238387a6573323077386a776d763233763873747267',1795372121590863);
INSERT INTO database_request VALUES('gateway','/patron.campaign.v1.CampaignHoldService/Hold','ord_01m828901mmktnebn9mngnnfs0/campaign.hold',X'c8fd92bf29a3c186c311a516764abf52c219ec7943586b3439bb03d351b851bd',X'0a1e6f72645f30316d3832383930316d6d6b746e65626e396d6e676e6e667330',1795372122230194);
INSERT INTO database_request VALUES('gateway','/patron.campaign.v1.CampaignHoldService/Hold','ord_01m828911ckkbdndrw06nj3717/campaign.hold',X'd6f9bfaa9ec1a2221d936197cd64d245b4098da965058d2d1bc74e57c7d8ae67',X'0a1e6f72645f30316d383238393131636b6b62646e64727730366e6a33373137',1795372123225779);
INSERT INTO database_request VALUES('gateway','/patron.campaign.v1.CampaignHoldService/Reverse','ret_01m8288pmvngnkntb3w7yzcwcw/campaign.reverse',X'6c00a88afe108e8437e7b94bc1c2a3027cb9d88cc0642dd2853fdd64c0008e41',X'0a1e7265745f30316d38323838706d766e676e6b6e7462337737797a637763771001',1795372112658413);
INSERT INTO database_request VALUES('gateway','/patron.campaign.v1.CampaignHoldService/Reverse','ret_01m8288qjf8dx8h0hfpwk95gxd/campaign.reverse',X'26034c09456d5532e0205c60de49e2fb18b4c0a164779342ef12e6e0da6f0066',X'0a1e7265745f30316d38323838716a66386478386830686670776b3935677864',1795372113567972);
INSERT INTO database_request VALUES('gateway','/patron.campaign.v1.CampaignHoldService/Reverse','ret_01m8288taqbvcjpdctaz3an198/campaign.reverse',X'c69cd3dc15d90df08215fef7458fbed319d667127541610facb6a0a682920e4e',X'0a1e7265745f30316d383238387461716276636a70646374617a33616e3139381001',1795372116410189);
INSERT INTO database_request VALUES('gateway','/patron.campaign.v1.CampaignHoldService/Reverse','ret_01m8288v9gmvchjfx2fz6asc9w/campaign.reverse',X'bf5731ce9165a4be73101ceacc751cdbc6891a85c8c0b9c4cee1f41952ad63a0',X'0a1e7265745f30316d383238387639676d7663686a667832667a366173633977',1795372117638644);
INSERT INTO database_request VALUES('gateway','/patron.campaign.v1.CampaignHoldService/Reverse','ret_01m8288xwbbj91dsy5g8005rpg/campaign.reverse',X'737bd3f96f9da5e95d503ed9f830b9183ee0a42334c607e75a1320f9d335e658',X'0a1e7265745f30316d38323838787762626a39316473793567383030357270671001',1795372119994472);
INSERT INTO database_request VALUES('gateway','/patron.campaign.v1.CampaignHoldService/Reverse','ret_01m8288yhnjk9pafvvw3f45ec2/campaign.reverse',X'78619ab6db47c98ce9c46b7e755e7a48787539034afd7c28590ce59e9c74d6c0',X'0a1e7265745f30316d3832383879686e6a6b3970616676767733663435656332',1795372120721987);
INSERT INTO database_request VALUES('gateway','/patron.campaign.v1.CampaignHoldService/Reverse','ret_01m82890eg7c7m0m2rramxt0h1/campaign.reverse',X'2fa7e13faae5a60c48e067ee1cbeb967bb057519badfa93ab4a343629e4ca0e1',X'0a1e7265745f30316d383238393065673763376d306d327272616d78743068311001',1795372122610702);
INSERT INTO database_request VALUES('gateway','/patron.campaign.v1.CampaignHoldService/Reverse','ret_01m82891b43p45m9dmhr65jcmh/campaign.reverse',X'ba674d04dd33dab59b7aa0387b594d0d715e0e754ddbbec2f0b3f93d1af0e79e',X'0a1e7265745f30316d38323839316234337034356d39646d687236356a636d68',1795372123565813);
CREATE TABLE database_outbox(
  position INTEGER PRIMARY KEY AUTOINCREMENT,
  event_id TEXT NOT NULL UNIQUE,
  type TEXT NOT NULL,
  aggregate_type TEXT NOT NULL,
  aggregate_id TEXT NOT NULL,
  time INTEGER NOT NULL,
  payload BLOB NOT NULL
) STRICT;
INSERT INTO database_outbox VALUES(1,'campaign/prm_01m8288gm3yme2whhcp6fd4y1a/1/published','campaign.promotion_published.v1','promotion','prm_01m8288gm3yme2whhcp6fd4y1a',1795372106371675,X'0a1e70726d5f30316d38323838676d33796d653277686863703666643479316110011a0b612074656e7468206f6666');
INSERT INTO database_outbox VALUES(2,'campaign/prm_01m8288gm3yme2whhcp6fd4y1a/ret_01m8288pmvngnkntb3w7yzcwcw/reversed','campaign.use_reversed.v1','promotion','prm_01m8288gm3yme2whhcp6fd4y1a',1795372112658342,X'0a1e70726d5f30316d38323838676d33796d653277686863703666643479316120012a1e6f72645f30316d3832383870313934637939657638366e62366634623132321e7265745f30316d38323838706d766e676e6b6e7462337737797a637763773a1e6d656d5f30316d38323838676e7a68333363703263323970726b31686563');
INSERT INTO database_outbox VALUES(3,'campaign/prm_01m8288gm3yme2whhcp6fd4y1a/ret_01m8288taqbvcjpdctaz3an198/reversed','campaign.use_reversed.v1','promotion','prm_01m8288gm3yme2whhcp6fd4y1a',1795372116410102,X'0a1e70726d5f30316d38323838676d33796d653277686863703666643479316120012a1e6f72645f30316d3832383873736567686335796a30746a627a656e326176321e7265745f30316d383238387461716276636a70646374617a33616e3139383a1e6d656d5f30316d38323838676e7a7064677a72633638726b356a74763730');
INSERT INTO database_outbox VALUES(4,'campaign/prm_01m8288gm3yme2whhcp6fd4y1a/ret_01m8288xwbbj91dsy5g8005rpg/reversed','campaign.use_reversed.v1','promotion','prm_01m8288gm3yme2whhcp6fd4y1a',1795372119994328,X'0a1e70726d5f30316d38323838676d33796d653277686863703666643479316120012a1e6f72645f30316d383238387864766678346a6b7432716a65376364347132321e7265745f30316d38323838787762626a39316473793567383030357270673a1e6d656d5f30316d38323838676e7a7064677a72633638726b356a74763730');
INSERT INTO database_outbox VALUES(5,'campaign/prm_01m8288gm3yme2whhcp6fd4y1a/ret_01m82890eg7c7m0m2rramxt0h1/reversed','campaign.use_reversed.v1','promotion','prm_01m8288gm3yme2whhcp6fd4y1a',1795372122610615,X'0a1e70726d5f30316d38323838676d33796d653277686863703666643479316120012a1e6f72645f30316d3832383930316d6d6b746e65626e396d6e676e6e667330321e7265745f30316d383238393065673763376d306d327272616d78743068313a1e6d656d5f30316d38323838676e7a68333363703263323970726b31686563');
CREATE TABLE rules (
  rule_id TEXT NOT NULL PRIMARY KEY,
  kind INTEGER NOT NULL CHECK (kind IN (1, 2)),
  -- 1 published, 2 stopped.
  state INTEGER NOT NULL CHECK (state IN (1, 2)),
  current_version INTEGER NOT NULL CHECK (current_version >= 1),
  -- The first instant no longer in force, of the current version.
  close_time INTEGER,
  total_limit INTEGER CHECK (total_limit >= 1),
  member_limit INTEGER CHECK (member_limit >= 1),
  held INTEGER NOT NULL DEFAULT 0 CHECK (held >= 0),
  used INTEGER NOT NULL DEFAULT 0 CHECK (used >= 0)
) STRICT, WITHOUT ROWID;
INSERT INTO rules VALUES('prm_01m8288gm3yme2whhcp6fd4y1a',1,1,1,4102444800000000,1000000,NULL,0,8);
CREATE TABLE rule_versions (
  rule_id TEXT NOT NULL REFERENCES rules (rule_id),
  version INTEGER NOT NULL CHECK (version >= 1),
  name TEXT NOT NULL,
  priority INTEGER NOT NULL,
  -- The benefit: a percentage or an amount.
  percent_basis_points INTEGER CHECK (percent_basis_points BETWEEN 1 AND 10000),
  amount_off INTEGER CHECK (amount_off >= 1),
  minimum_amount INTEGER CHECK (minimum_amount >= 0),
  -- Of amount_off and minimum_amount.
  currency_code TEXT,
  -- The dates as published ("2026-03-31"), their IANA zone, and the instants that they came to then.
  start_date TEXT,
  end_date TEXT,
  time_zone TEXT,
  open_time INTEGER,
  close_time INTEGER,
  members_only INTEGER NOT NULL CHECK (members_only IN (0, 1)),
  total_limit INTEGER CHECK (total_limit >= 1),
  member_limit INTEGER CHECK (member_limit >= 1),
  uses_per_code INTEGER NOT NULL CHECK (uses_per_code >= 1),
  client_id TEXT NOT NULL,
  staff_id TEXT NOT NULL,
  publish_time INTEGER NOT NULL,
  PRIMARY KEY (rule_id, version),
  CHECK ((percent_basis_points IS NULL) <> (amount_off IS NULL)),
  CHECK (currency_code IS NOT NULL OR (amount_off IS NULL AND minimum_amount IS NULL)),
  CHECK (time_zone IS NOT NULL OR (start_date IS NULL AND end_date IS NULL)),
  CHECK ((start_date IS NULL) = (open_time IS NULL) AND (end_date IS NULL) = (close_time IS NULL))
) STRICT;
INSERT INTO rule_versions VALUES('prm_01m8288gm3yme2whhcp6fd4y1a',1,'a tenth off',0,1000,NULL,NULL,NULL,'2020-01-01','2099-12-31','UTC',1577836800000000,4102444800000000,0,1000000,NULL,1,'cli_bootstrap','',1795372106371675);
CREATE TABLE rule_version_values (
  rule_id TEXT NOT NULL,
  version INTEGER NOT NULL,
  list INTEGER NOT NULL CHECK (list BETWEEN 1 AND 5),
  value TEXT NOT NULL,
  PRIMARY KEY (rule_id, version, list, value),
  FOREIGN KEY (rule_id, version) REFERENCES rule_versions (rule_id, version)
) STRICT, WITHOUT ROWID;
INSERT INTO rule_version_values VALUES('prm_01m8288gm3yme2whhcp6fd4y1a',1,1,'sto_01m8288gcj4627yama642y2egd');
CREATE TABLE rule_member_uses (
  rule_id TEXT NOT NULL REFERENCES rules (rule_id),
  member_id TEXT NOT NULL,
  held INTEGER NOT NULL CHECK (held >= 0),
  used INTEGER NOT NULL CHECK (used >= 0),
  PRIMARY KEY (rule_id, member_id)
) STRICT, WITHOUT ROWID;
INSERT INTO rule_member_uses VALUES('prm_01m8288gm3yme2whhcp6fd4y1a','mem_01m8288gnzd6vx06jzgnqn7gq3',0,3);
INSERT INTO rule_member_uses VALUES('prm_01m8288gm3yme2whhcp6fd4y1a','mem_01m8288gnzghehsc7bfef9cw1d',0,3);
INSERT INTO rule_member_uses VALUES('prm_01m8288gm3yme2whhcp6fd4y1a','mem_01m8288gnzh33cp2c29prk1hec',0,1);
INSERT INTO rule_member_uses VALUES('prm_01m8288gm3yme2whhcp6fd4y1a','mem_01m8288gnzpdgzrc68rk5jtv70',0,1);
CREATE TABLE coupons (
  coupon_id TEXT NOT NULL PRIMARY KEY,
  -- Canonical: upper case, no hyphens.
  code TEXT NOT NULL UNIQUE,
  template_id TEXT NOT NULL REFERENCES rules (rule_id),
  -- NULL: whoever holds the code.
  member_id TEXT,
  use_limit INTEGER NOT NULL CHECK (use_limit >= 1),
  held INTEGER NOT NULL DEFAULT 0 CHECK (held >= 0),
  used INTEGER NOT NULL DEFAULT 0 CHECK (used >= 0),
  is_void INTEGER NOT NULL DEFAULT 0 CHECK (is_void IN (0, 1)),
  create_time INTEGER NOT NULL,
  CHECK (held + used <= use_limit)
) STRICT;
CREATE TABLE holds (
  order_id TEXT NOT NULL PRIMARY KEY,
  state INTEGER NOT NULL CHECK (state BETWEEN 1 AND 4),
  member_id TEXT,
  store_id TEXT,
  client_id TEXT,
  staff_id TEXT,
  currency_code TEXT,
  -- By the client's clock; data.
  occurred_time INTEGER,
  create_time INTEGER NOT NULL,
  resolve_time INTEGER,
  CHECK ((state = 1) = (resolve_time IS NULL)),
  CHECK (state = 4 OR (store_id IS NOT NULL AND client_id IS NOT NULL AND staff_id IS NOT NULL AND currency_code IS NOT NULL))
) STRICT, WITHOUT ROWID;
INSERT INTO holds VALUES('ord_01m8288khc2ckk24ptys29b5kg',2,'mem_01m8288gnzh33cp2c29prk1hec','sto_01m8288gcj4627yama642y2egd','cli_bootstrap','','USD',1795372109356927,1795372109379578,1795372109882657);
INSERT INTO holds VALUES('ord_01m8288mqzjj3gdeavhbshker6',3,'mem_01m8288gnzpdgzrc68rk5jtv70','sto_01m8288gcj4627yama642y2egd','cli_bootstrap','','USD',1795372110591474,1795372110766709,1795372111662416);
INSERT INTO holds VALUES('ord_01m8288p194cy9ev86nb6f4b12',2,'mem_01m8288gnzh33cp2c29prk1hec','sto_01m8288gcj4627yama642y2egd','cli_bootstrap','','USD',1795372111913308,1795372111951669,1795372112044909);
INSERT INTO holds VALUES('ord_01m8288q2etkyawd440xq3ztwp',2,'mem_01m8288gnzghehsc7bfef9cw1d','sto_01m8288gcj4627yama642y2egd','cli_bootstrap','','USD',1795372112974776,1795372113075171,1795372113180734);
INSERT INTO holds VALUES('ord_01m8288qy772cbazh4wthkg7mc',2,'mem_01m8288gnzghehsc7bfef9cw1d','sto_01m8288gcj4627yama642y2egd','cli_bootstrap','','USD',1795372113863241,1795372113895163,1795372114436368);
INSERT INTO holds VALUES('ord_01m8288rzcekq06pyvkk9mqwr6',3,'mem_01m8288gnzpdgzrc68rk5jtv70','sto_01m8288gcj4627yama642y2egd','cli_bootstrap','','USD',1795372114924888,1795372114955579,1795372115162780);
INSERT INTO holds VALUES('ord_01m8288sseghc5yj0tjbzen2av',2,'mem_01m8288gnzpdgzrc68rk5jtv70','sto_01m8288gcj4627yama642y2egd','cli_bootstrap','','USD',1795372115758201,1795372115842443,1795372115864732);
INSERT INTO holds VALUES('ord_01m8288ts7wajffk7m0rbcmk7m',2,'mem_01m8288gnzpdgzrc68rk5jtv70','sto_01m8288gcj4627yama642y2egd','cli_bootstrap','','USD',1795372116775686,1795372116879312,1795372117070685);
INSERT INTO holds VALUES('ord_01m8288w1k7mv7kxwdaghyyv30',2,'mem_01m8288gnzd6vx06jzgnqn7gq3','sto_01m8288gcj4627yama642y2egd','cli_bootstrap','','USD',1795372118067582,1795372118107937,1795372118448749);
INSERT INTO holds VALUES('ord_01m8288wsvxh01rfw0qkk06h1z',3,'mem_01m8288gnzpdgzrc68rk5jtv70','sto_01m8288gcj4627yama642y2egd','cli_bootstrap','','USD',1795372118843541,1795372118920264,1795372119141757);
INSERT INTO holds VALUES('ord_01m8288xdvfx4jkt2qje7cd4q2',2,'mem_01m8288gnzpdgzrc68rk5jtv70','sto_01m8288gcj4627yama642y2egd','cli_bootstrap','','USD',1795372119483641,1795372119626393,1795372119721861);
INSERT INTO holds VALUES('ord_01m8288y7dgm9nsnans06r0e7d',2,'mem_01m8288gnzd6vx06jzgnqn7gq3','sto_01m8288gcj4627yama642y2egd','cli_bootstrap','','USD',1795372120301316,1795372120314070,1795372120407464);
INSERT INTO holds VALUES('ord_01m8288yvz1hv5ptv4yeqn4s56',2,'mem_01m8288gnzghehsc7bfef9cw1d','sto_01m8288gcj4627yama642y2egd','cli_bootstrap','','USD',1795372120959836,1795372121004487,1795372121346377);
INSERT INTO holds VALUES('ord_01m8288zes20w8jwmv23v8strg',3,'mem_01m8288gnzh33cp2c29prk1hec','sto_01m8288gcj4627yama642y2egd','cli_bootstrap','','USD',1795372121561183,1795372121590714,1795372121834250);
INSERT INTO holds VALUES('ord_01m828901mmktnebn9mngnnfs0',2,'mem_01m8288gnzh33cp2c29prk1hec','sto_01m8288gcj4627yama642y2egd','cli_bootstrap','','USD',1795372122164283,1795372122230060,1795372122320709);
INSERT INTO holds VALUES('ord_01m828911ckkbdndrw06nj3717',2,'mem_01m8288gnzd6vx06jzgnqn7gq3','sto_01m8288gcj4627yama642y2egd','cli_bootstrap','','USD',1795372123180714,1795372123225668,1795372123300786);
CREATE TABLE use_entries (
  order_id TEXT NOT NULL REFERENCES holds (order_id),
  -- Its place among the order's discounts, from 1.
  use_number INTEGER NOT NULL CHECK (use_number >= 1),
  movement INTEGER NOT NULL,
  from_account INTEGER NOT NULL,
  to_account INTEGER NOT NULL,
  rule_id TEXT NOT NULL,
  version INTEGER NOT NULL,
  coupon_id TEXT REFERENCES coupons (coupon_id),
  member_id TEXT,
  store_id TEXT NOT NULL,
  client_id TEXT NOT NULL,
  staff_id TEXT NOT NULL,
  currency_code TEXT NOT NULL,
  -- What the use takes off its order.
  minor_units INTEGER NOT NULL CHECK (minor_units >= 1),
  reason TEXT NOT NULL,
  return_id TEXT,
  entry_time INTEGER NOT NULL,
  PRIMARY KEY (order_id, use_number, movement),
  FOREIGN KEY (rule_id, version) REFERENCES rule_versions (rule_id, version),
  CHECK (
    (movement = 1 AND from_account = 0 AND to_account = 1) OR (movement = 2 AND from_account = 1 AND to_account = 2)
    OR (movement = 3 AND from_account = 1 AND to_account = 0) OR (movement = 4 AND from_account = 2 AND to_account = 0)),
  CHECK ((movement = 4) = (return_id IS NOT NULL))
) STRICT, WITHOUT ROWID;
INSERT INTO use_entries VALUES('ord_01m8288khc2ckk24ptys29b5kg',1,1,0,1,'prm_01m8288gm3yme2whhcp6fd4y1a',1,NULL,'mem_01m8288gnzh33cp2c29prk1hec','sto_01m8288gcj4627yama642y2egd','cli_bootstrap','','USD',625,'ORDER_HELD',NULL,1795372109379578);
INSERT INTO use_entries VALUES('ord_01m8288khc2ckk24ptys29b5kg',1,2,1,2,'prm_01m8288gm3yme2whhcp6fd4y1a',1,NULL,'mem_01m8288gnzh33cp2c29prk1hec','sto_01m8288gcj4627yama642y2egd','cli_bootstrap','','USD',625,'ORDER_COMMITTED',NULL,1795372109882657);
INSERT INTO use_entries VALUES('ord_01m8288mqzjj3gdeavhbshker6',1,1,0,1,'prm_01m8288gm3yme2whhcp6fd4y1a',1,NULL,'mem_01m8288gnzpdgzrc68rk5jtv70','sto_01m8288gcj4627yama642y2egd','cli_bootstrap','','USD',250,'ORDER_HELD',NULL,1795372110766709);
INSERT INTO use_entries VALUES('ord_01m8288mqzjj3gdeavhbshker6',1,3,1,0,'prm_01m8288gm3yme2whhcp6fd4y1a',1,NULL,'mem_01m8288gnzpdgzrc68rk5jtv70','sto_01m8288gcj4627yama642y2egd','cli_bootstrap','','USD',250,'ORDER_CANCELLED',NULL,1795372111662416);
INSERT INTO use_entries VALUES('ord_01m8288p194cy9ev86nb6f4b12',1,1,0,1,'prm_01m8288gm3yme2whhcp6fd4y1a',1,NULL,'mem_01m8288gnzh33cp2c29prk1hec','sto_01m8288gcj4627yama642y2egd','cli_bootstrap','','USD',125,'ORDER_HELD',NULL,1795372111951669);
INSERT INTO use_entries VALUES('ord_01m8288p194cy9ev86nb6f4b12',1,2,1,2,'prm_01m8288gm3yme2whhcp6fd4y1a',1,NULL,'mem_01m8288gnzh33cp2c29prk1hec','sto_01m8288gcj4627yama642y2egd','cli_bootstrap','','USD',125,'ORDER_COMMITTED',NULL,1795372112044909);
INSERT INTO use_entries VALUES('ord_01m8288p194cy9ev86nb6f4b12',1,4,2,0,'prm_01m8288gm3yme2whhcp6fd4y1a',1,NULL,'mem_01m8288gnzh33cp2c29prk1hec','sto_01m8288gcj4627yama642y2egd','cli_bootstrap','','USD',125,'ORDER_RETURNED','ret_01m8288pmvngnkntb3w7yzcwcw',1795372112658342);
INSERT INTO use_entries VALUES('ord_01m8288q2etkyawd440xq3ztwp',1,1,0,1,'prm_01m8288gm3yme2whhcp6fd4y1a',1,NULL,'mem_01m8288gnzghehsc7bfef9cw1d','sto_01m8288gcj4627yama642y2egd','cli_bootstrap','','USD',375,'ORDER_HELD',NULL,1795372113075171);
INSERT INTO use_entries VALUES('ord_01m8288q2etkyawd440xq3ztwp',1,2,1,2,'prm_01m8288gm3yme2whhcp6fd4y1a',1,NULL,'mem_01m8288gnzghehsc7bfef9cw1d','sto_01m8288gcj4627yama642y2egd','cli_bootstrap','','USD',375,'ORDER_COMMITTED',NULL,1795372113180734);
INSERT INTO use_entries VALUES('ord_01m8288qy772cbazh4wthkg7mc',1,1,0,1,'prm_01m8288gm3yme2whhcp6fd4y1a',1,NULL,'mem_01m8288gnzghehsc7bfef9cw1d','sto_01m8288gcj4627yama642y2egd','cli_bootstrap','','USD',750,'ORDER_HELD',NULL,1795372113895163);
INSERT INTO use_entries VALUES('ord_01m8288qy772cbazh4wthkg7mc',1,2,1,2,'prm_01m8288gm3yme2whhcp6fd4y1a',1,NULL,'mem_01m8288gnzghehsc7bfef9cw1d','sto_01m8288gcj4627yama642y2egd','cli_bootstrap','','USD',750,'ORDER_COMMITTED',NULL,1795372114436368);
INSERT INTO use_entries VALUES('ord_01m8288rzcekq06pyvkk9mqwr6',1,1,0,1,'prm_01m8288gm3yme2whhcp6fd4y1a',1,NULL,'mem_01m8288gnzpdgzrc68rk5jtv70','sto_01m8288gcj4627yama642y2egd','cli_bootstrap','','USD',625,'ORDER_HELD',NULL,1795372114955579);
INSERT INTO use_entries VALUES('ord_01m8288rzcekq06pyvkk9mqwr6',1,3,1,0,'prm_01m8288gm3yme2whhcp6fd4y1a',1,NULL,'mem_01m8288gnzpdgzrc68rk5jtv70','sto_01m8288gcj4627yama642y2egd','cli_bootstrap','','USD',625,'ORDER_CANCELLED',NULL,1795372115162780);
INSERT INTO use_entries VALUES('ord_01m8288sseghc5yj0tjbzen2av',1,1,0,1,'prm_01m8288gm3yme2whhcp6fd4y1a',1,NULL,'mem_01m8288gnzpdgzrc68rk5jtv70','sto_01m8288gcj4627yama642y2egd','cli_bootstrap','','USD',625,'ORDER_HELD',NULL,1795372115842443);
INSERT INTO use_entries VALUES('ord_01m8288sseghc5yj0tjbzen2av',1,2,1,2,'prm_01m8288gm3yme2whhcp6fd4y1a',1,NULL,'mem_01m8288gnzpdgzrc68rk5jtv70','sto_01m8288gcj4627yama642y2egd','cli_bootstrap','','USD',625,'ORDER_COMMITTED',NULL,1795372115864732);
INSERT INTO use_entries VALUES('ord_01m8288sseghc5yj0tjbzen2av',1,4,2,0,'prm_01m8288gm3yme2whhcp6fd4y1a',1,NULL,'mem_01m8288gnzpdgzrc68rk5jtv70','sto_01m8288gcj4627yama642y2egd','cli_bootstrap','','USD',625,'ORDER_RETURNED','ret_01m8288taqbvcjpdctaz3an198',1795372116410102);
INSERT INTO use_entries VALUES('ord_01m8288ts7wajffk7m0rbcmk7m',1,1,0,1,'prm_01m8288gm3yme2whhcp6fd4y1a',1,NULL,'mem_01m8288gnzpdgzrc68rk5jtv70','sto_01m8288gcj4627yama642y2egd','cli_bootstrap','','USD',625,'ORDER_HELD',NULL,1795372116879312);
INSERT INTO use_entries VALUES('ord_01m8288ts7wajffk7m0rbcmk7m',1,2,1,2,'prm_01m8288gm3yme2whhcp6fd4y1a',1,NULL,'mem_01m8288gnzpdgzrc68rk5jtv70','sto_01m8288gcj4627yama642y2egd','cli_bootstrap','','USD',625,'ORDER_COMMITTED',NULL,1795372117070685);
INSERT INTO use_entries VALUES('ord_01m8288w1k7mv7kxwdaghyyv30',1,1,0,1,'prm_01m8288gm3yme2whhcp6fd4y1a',1,NULL,'mem_01m8288gnzd6vx06jzgnqn7gq3','sto_01m8288gcj4627yama642y2egd','cli_bootstrap','','USD',500,'ORDER_HELD',NULL,1795372118107937);
INSERT INTO use_entries VALUES('ord_01m8288w1k7mv7kxwdaghyyv30',1,2,1,2,'prm_01m8288gm3yme2whhcp6fd4y1a',1,NULL,'mem_01m8288gnzd6vx06jzgnqn7gq3','sto_01m8288gcj4627yama642y2egd','cli_bootstrap','','USD',500,'ORDER_COMMITTED',NULL,1795372118448749);
INSERT INTO use_entries VALUES('ord_01m8288wsvxh01rfw0qkk06h1z',1,1,0,1,'prm_01m8288gm3yme2whhcp6fd4y1a',1,NULL,'mem_01m8288gnzpdgzrc68rk5jtv70','sto_01m8288gcj4627yama642y2egd','cli_bootstrap','','USD',625,'ORDER_HELD',NULL,1795372118920264);
INSERT INTO use_entries VALUES('ord_01m8288wsvxh01rfw0qkk06h1z',1,3,1,0,'prm_01m8288gm3yme2whhcp6fd4y1a',1,NULL,'mem_01m8288gnzpdgzrc68rk5jtv70','sto_01m8288gcj4627yama642y2egd','cli_bootstrap','','USD',625,'ORDER_CANCELLED',NULL,1795372119141757);
INSERT INTO use_entries VALUES('ord_01m8288xdvfx4jkt2qje7cd4q2',1,1,0,1,'prm_01m8288gm3yme2whhcp6fd4y1a',1,NULL,'mem_01m8288gnzpdgzrc68rk5jtv70','sto_01m8288gcj4627yama642y2egd','cli_bootstrap','','USD',750,'ORDER_HELD',NULL,1795372119626393);
INSERT INTO use_entries VALUES('ord_01m8288xdvfx4jkt2qje7cd4q2',1,2,1,2,'prm_01m8288gm3yme2whhcp6fd4y1a',1,NULL,'mem_01m8288gnzpdgzrc68rk5jtv70','sto_01m8288gcj4627yama642y2egd','cli_bootstrap','','USD',750,'ORDER_COMMITTED',NULL,1795372119721861);
INSERT INTO use_entries VALUES('ord_01m8288xdvfx4jkt2qje7cd4q2',1,4,2,0,'prm_01m8288gm3yme2whhcp6fd4y1a',1,NULL,'mem_01m8288gnzpdgzrc68rk5jtv70','sto_01m8288gcj4627yama642y2egd','cli_bootstrap','','USD',750,'ORDER_RETURNED','ret_01m8288xwbbj91dsy5g8005rpg',1795372119994328);
INSERT INTO use_entries VALUES('ord_01m8288y7dgm9nsnans06r0e7d',1,1,0,1,'prm_01m8288gm3yme2whhcp6fd4y1a',1,NULL,'mem_01m8288gnzd6vx06jzgnqn7gq3','sto_01m8288gcj4627yama642y2egd','cli_bootstrap','','USD',625,'ORDER_HELD',NULL,1795372120314070);
INSERT INTO use_entries VALUES('ord_01m8288y7dgm9nsnans06r0e7d',1,2,1,2,'prm_01m8288gm3yme2whhcp6fd4y1a',1,NULL,'mem_01m8288gnzd6vx06jzgnqn7gq3','sto_01m8288gcj4627yama642y2egd','cli_bootstrap','','USD',625,'ORDER_COMMITTED',NULL,1795372120407464);
INSERT INTO use_entries VALUES('ord_01m8288yvz1hv5ptv4yeqn4s56',1,1,0,1,'prm_01m8288gm3yme2whhcp6fd4y1a',1,NULL,'mem_01m8288gnzghehsc7bfef9cw1d','sto_01m8288gcj4627yama642y2egd','cli_bootstrap','','USD',625,'ORDER_HELD',NULL,1795372121004487);
INSERT INTO use_entries VALUES('ord_01m8288yvz1hv5ptv4yeqn4s56',1,2,1,2,'prm_01m8288gm3yme2whhcp6fd4y1a',1,NULL,'mem_01m8288gnzghehsc7bfef9cw1d','sto_01m8288gcj4627yama642y2egd','cli_bootstrap','','USD',625,'ORDER_COMMITTED',NULL,1795372121346377);
INSERT INTO use_entries VALUES('ord_01m8288zes20w8jwmv23v8strg',1,1,0,1,'prm_01m8288gm3yme2whhcp6fd4y1a',1,NULL,'mem_01m8288gnzh33cp2c29prk1hec','sto_01m8288gcj4627yama642y2egd','cli_bootstrap','','USD',250,'ORDER_HELD',NULL,1795372121590714);
INSERT INTO use_entries VALUES('ord_01m8288zes20w8jwmv23v8strg',1,3,1,0,'prm_01m8288gm3yme2whhcp6fd4y1a',1,NULL,'mem_01m8288gnzh33cp2c29prk1hec','sto_01m8288gcj4627yama642y2egd','cli_bootstrap','','USD',250,'ORDER_CANCELLED',NULL,1795372121834250);
INSERT INTO use_entries VALUES('ord_01m828901mmktnebn9mngnnfs0',1,1,0,1,'prm_01m8288gm3yme2whhcp6fd4y1a',1,NULL,'mem_01m8288gnzh33cp2c29prk1hec','sto_01m8288gcj4627yama642y2egd','cli_bootstrap','','USD',250,'ORDER_HELD',NULL,1795372122230060);
INSERT INTO use_entries VALUES('ord_01m828901mmktnebn9mngnnfs0',1,2,1,2,'prm_01m8288gm3yme2whhcp6fd4y1a',1,NULL,'mem_01m8288gnzh33cp2c29prk1hec','sto_01m8288gcj4627yama642y2egd','cli_bootstrap','','USD',250,'ORDER_COMMITTED',NULL,1795372122320709);
INSERT INTO use_entries VALUES('ord_01m828901mmktnebn9mngnnfs0',1,4,2,0,'prm_01m8288gm3yme2whhcp6fd4y1a',1,NULL,'mem_01m8288gnzh33cp2c29prk1hec','sto_01m8288gcj4627yama642y2egd','cli_bootstrap','','USD',250,'ORDER_RETURNED','ret_01m82890eg7c7m0m2rramxt0h1',1795372122610615);
INSERT INTO use_entries VALUES('ord_01m828911ckkbdndrw06nj3717',1,1,0,1,'prm_01m8288gm3yme2whhcp6fd4y1a',1,NULL,'mem_01m8288gnzd6vx06jzgnqn7gq3','sto_01m8288gcj4627yama642y2egd','cli_bootstrap','','USD',375,'ORDER_HELD',NULL,1795372123225668);
INSERT INTO use_entries VALUES('ord_01m828911ckkbdndrw06nj3717',1,2,1,2,'prm_01m8288gm3yme2whhcp6fd4y1a',1,NULL,'mem_01m8288gnzd6vx06jzgnqn7gq3','sto_01m8288gcj4627yama642y2egd','cli_bootstrap','','USD',375,'ORDER_COMMITTED',NULL,1795372123300786);
CREATE TABLE hold_returns (
  return_id TEXT NOT NULL PRIMARY KEY,
  order_id TEXT NOT NULL,
  is_whole_order INTEGER NOT NULL CHECK (is_whole_order IN (0, 1)),
  uses_given_back INTEGER NOT NULL CHECK (uses_given_back >= 0),
  create_time INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO hold_returns VALUES('ret_01m8288pmvngnkntb3w7yzcwcw','ord_01m8288p194cy9ev86nb6f4b12',1,1,1795372112658342);
INSERT INTO hold_returns VALUES('ret_01m8288qjf8dx8h0hfpwk95gxd','ord_01m8288q2etkyawd440xq3ztwp',0,0,1795372113567886);
INSERT INTO hold_returns VALUES('ret_01m8288taqbvcjpdctaz3an198','ord_01m8288sseghc5yj0tjbzen2av',1,1,1795372116410102);
INSERT INTO hold_returns VALUES('ret_01m8288v9gmvchjfx2fz6asc9w','ord_01m8288ts7wajffk7m0rbcmk7m',0,0,1795372117638552);
INSERT INTO hold_returns VALUES('ret_01m8288xwbbj91dsy5g8005rpg','ord_01m8288xdvfx4jkt2qje7cd4q2',1,1,1795372119994328);
INSERT INTO hold_returns VALUES('ret_01m8288yhnjk9pafvvw3f45ec2','ord_01m8288y7dgm9nsnans06r0e7d',0,0,1795372120721891);
INSERT INTO hold_returns VALUES('ret_01m82890eg7c7m0m2rramxt0h1','ord_01m828901mmktnebn9mngnnfs0',1,1,1795372122610615);
INSERT INTO hold_returns VALUES('ret_01m82891b43p45m9dmhr65jcmh','ord_01m828911ckkbdndrw06nj3717',0,0,1795372123565730);
DELETE FROM sqlite_sequence;
INSERT INTO sqlite_sequence VALUES('database_outbox',5);
CREATE INDEX rules_in_force ON rules (kind, COALESCE(close_time, 9223372036854775807)) WHERE state = 1;
CREATE INDEX coupons_of_member ON coupons (member_id, coupon_id) WHERE member_id IS NOT NULL;
CREATE INDEX hold_returns_of_order ON hold_returns (order_id, return_id);
CREATE TRIGGER use_entries_refuse_update BEFORE UPDATE ON use_entries
BEGIN SELECT RAISE(ABORT, 'the ledger of uses is append-only'); END;
CREATE TRIGGER use_entries_refuse_delete BEFORE DELETE ON use_entries
BEGIN SELECT RAISE(ABORT, 'the ledger of uses is append-only'); END;
CREATE TRIGGER rule_versions_refuse_update BEFORE UPDATE ON rule_versions
BEGIN SELECT RAISE(ABORT, 'a published version never changes'); END;
CREATE TRIGGER rule_versions_refuse_delete BEFORE DELETE ON rule_versions
BEGIN SELECT RAISE(ABORT, 'a published version never changes'); END;
CREATE TRIGGER rule_version_values_refuse_update BEFORE UPDATE ON rule_version_values
BEGIN SELECT RAISE(ABORT, 'a published version never changes'); END;
CREATE TRIGGER rule_version_values_refuse_delete BEFORE DELETE ON rule_version_values
BEGIN SELECT RAISE(ABORT, 'a published version never changes'); END;
COMMIT;
