"""A client of the Holdfast payment ledger, over the protocol of docs/protocol.md."""
