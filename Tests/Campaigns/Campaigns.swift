/// Every campaign there is, in the order they run. To register one, add its line.
package let campaigns: [any Campaign] = [
    CrashEnumeration(isEncrypted: false),
    CrashEnumeration(isEncrypted: true),
    CrashEnumeration(isEncrypted: false, script: .random),
    CrashEnumeration(isEncrypted: true, script: .random),
    CrashEnumeration(isEncrypted: false, script: .tiles),
    DamageEnumeration(),
    LedgerLockstep(),
    LedgerGround(),
    LedgerStorm(),
    LedgerMemory(),
    LedgerMatrix(),
    LedgerInterleavings(),
    LedgerReplay(),
    ServerSimulation(),
]
