"""A fan-out over more slugs than one process can ask, on a Dask cluster.

```python
run = ClusterFanOut(cluster, slugs, lambda project: project.kpis(range="7d"), Kpis)
report = run.to_parquet("kpis")
```

Needs the extra ``loguro-async[dask]``, on the workers as well.
"""

from importlib import import_module

try:
    import_module("distributed")
    import_module("dask.dataframe")
except ImportError as missing:
    message = 'loguro_async.integrations.dask needs an extra: pip install "loguro-async[dask]"'
    raise ImportError(message) from missing

from loguro_async.integrations.dask.cluster import ClusterFanOut, ClusterReport
from loguro_async.integrations.dask.partition import FailedSlug

__all__ = ["ClusterFanOut", "ClusterReport", "FailedSlug"]
