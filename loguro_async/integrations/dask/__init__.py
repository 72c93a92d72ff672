"""Fan-out on a Dask cluster, for more projects than one process can query.

```python
run = ClusterFanOut(cluster, slugs, lambda project: project.kpis(range="7d"), Kpis)
report = run.to_parquet("kpis")
```

Needs the extra ``loguro-async[dask]``, on the workers as well.
"""

from importlib import import_module

from loguro_async.extras import missing_extra

try:
    import_module("distributed")
    import_module("dask.dataframe")
except ImportError as error:
    raise missing_extra("loguro_async.integrations.dask", "dask", error) from error

from loguro_async.integrations.dask.fan_out import ClusterFanOut, ClusterReport
from loguro_async.integrations.dask.partition import FailedSlug

__all__ = ["ClusterFanOut", "ClusterReport", "FailedSlug"]
