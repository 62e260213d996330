@_exported public import GatehouseAccounts
@_exported public import GatehouseCore
@_exported public import GatehouseStore
@_exported public import GatehouseTokens
