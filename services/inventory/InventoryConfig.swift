public import ServiceKit

/// Inventory has no keys beyond those that every service has: its limits are part of the contract (Domain/Limits.swift), and how
/// long a hold or a lease lasts is said by the gateway that asks for it.
public typealias InventoryConfig = NoServiceConfig
