"""Shares limits between processes and hosts, through Valkey or Redis.

```python
from loguro_async.shared_limits import RedisLimits

limits = Limits(shared=RedisLimits("redis://cache.example:6379/0", concurrency=32))
client = LoguroClient(limits=limits)
```

Needs redis-py: ``pip install 'loguro-async[redis]'``.
"""

from loguro_async.shared.limits import RedisLimits

__all__ = ["RedisLimits"]
