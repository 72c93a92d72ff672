"""A check-up of the service: whether it works, how quickly, and whether its responses changed."""

from loguro_async.doctor.checkup import check_up
from loguro_async.doctor.drift import drift
from loguro_async.doctor.findings import CheckUp, Difference, EndpointCheck, Step

__all__ = [
    "CheckUp",
    "Difference",
    "EndpointCheck",
    "Step",
    "check_up",
    "drift",
]
