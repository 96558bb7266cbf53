"""What a visit holds: state, query parameters, cache, uploads, errors."""
