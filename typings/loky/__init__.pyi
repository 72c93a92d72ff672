from concurrent.futures import Executor

class ProcessPoolExecutor(Executor):
    def __init__(self, max_workers: int | None = ..., timeout: float | None = ...) -> None: ...
