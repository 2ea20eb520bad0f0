extension FileHeader {
    /// The key its file's contents are encrypted with; nil for a plain file.
    package func dataKey(
        with encryption: LogEncryption, file: StoragePath
    ) throws(LogStoreError) -> SecretKey? {
        try wrappedDataKey.withRawSpan { (wrapped) throws(LogStoreError) in
            try encryption.dataKey(monthKeyID: monthKeyID, wrapped: wrapped, file: file)
        }
    }
}
