"""A client of the Holdfast payment ledger, over the protocol of docs/protocol.md."""

from .api_key import APIKey
from .client import Client
from .commands import Command
from .errors import (
    ClientClosed, ClientError, ConnectionLost, DeadlineExceeded, LedgerForked, RequestFailed,
)
from .failures import Failure, FailureCode
from .fields import Leg
from .frames import TraceContext
from .refusals import RefusalCode
from .results import Known, Result, Results

__all__ = [
    "APIKey", "Client", "ClientClosed", "ClientError", "Command", "ConnectionLost", "DeadlineExceeded",
    "Failure", "FailureCode", "Known", "LedgerForked", "Leg", "RefusalCode", "RequestFailed", "Result",
    "Results", "TraceContext",
]
