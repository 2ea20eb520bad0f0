package import LogStore

/// Where an attic lives, and under which keys.
package struct AtticHome<P: Platform> {
    package let platform: P
    /// Of its own: whatever else is in it is removed.
    package let directory: StoragePath
    package let ledger: LogUUID
    /// The log's: runs are encrypted exactly if it is.
    package let encryption: LogEncryption
    /// Whose key new runs are under, as yyyymm.
    package var month: UInt32

    package init(
        platform: P, directory: StoragePath, ledger: LogUUID, encryption: LogEncryption, month: UInt32
    ) {
        self.platform = platform
        self.directory = directory
        self.ledger = ledger
        self.encryption = encryption
        self.month = month
    }
}
