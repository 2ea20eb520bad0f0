/// Every campaign there is, in the order they run. To register one, add its line.
package let campaigns: [any Campaign] = [
    CrashEnumeration(isEncrypted: false),
    CrashEnumeration(isEncrypted: true),
    CrashEnumeration(isEncrypted: false, isRandom: true),
    CrashEnumeration(isEncrypted: true, isRandom: true),
    DamageEnumeration(),
]
