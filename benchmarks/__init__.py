"""One file a claim: each prints its table, then one line of JSON, and says what it does not show."""
