"""Pure values, no I/O: ranges, filters, and the request they make."""
