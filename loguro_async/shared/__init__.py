"""What processes share through Valkey or Redis: cached responses, and limits for requests."""
