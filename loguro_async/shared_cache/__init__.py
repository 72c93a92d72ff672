"""The second tier: answers that several processes and hosts share, in Valkey or Redis.

```python
from loguro_async.shared_cache import RedisCache

client = LoguroClient(shared_cache=RedisCache("redis://cache.example:6379/0"))
```

Needs redis-py: ``pip install 'loguro-async[redis]'``.
"""

from loguro_async.shared_cache.protocol import Heard, Link, Place, Reading, SharedCache, Wish
from loguro_async.shared_cache.redis import RedisCache

__all__ = ["Heard", "Link", "Place", "Reading", "RedisCache", "SharedCache", "Wish"]
