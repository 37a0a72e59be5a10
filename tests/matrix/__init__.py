"""Every act, in every stage, by everybody, on every version of its card: what comes of it."""
