# The part of dask.dataframe that this project uses: its own types are not whole.

from collections.abc import Sequence

import pandas as pd
from distributed import Future

class DataFrame:
    columns: Sequence[str]
    npartitions: int
    def compute(self) -> pd.DataFrame: ...

def from_delayed(dfs: Sequence[Future[pd.DataFrame]], *, meta: pd.DataFrame) -> DataFrame: ...
def from_pandas(data: pd.DataFrame, *, npartitions: int) -> DataFrame: ...
