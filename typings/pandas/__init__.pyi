# The part of pandas that this project uses: pandas itself comes without types.

from typing import Any

class ArrowDtype:
    def __init__(self, pyarrow_dtype: object) -> None: ...

class DataFrame:
    columns: list[str]
    dtypes: Any
    def __getitem__(self, column: str) -> Any: ...  # noqa: ANN401 - a column of any type
    def __len__(self) -> int: ...
