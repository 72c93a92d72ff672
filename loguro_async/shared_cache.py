"""Shares cached responses between processes and hosts, through Valkey or Redis.

```python
from loguro_async.shared_cache import RedisCache

client = LoguroClient(shared_cache=RedisCache("redis://cache.example:6379/0"))
```

Needs redis-py and cryptography: ``pip install 'loguro-async[redis]'``.
"""

from loguro_async.shared.cache import RedisCache

__all__ = ["RedisCache"]
