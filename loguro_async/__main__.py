"""``python -m loguro_async``: the same as the command ``loguro-async``."""

from loguro_async.cli import main

if __name__ == "__main__":
    main()
