"""How the tables came to be: numbered steps, run by `companion.store.schema` inside one transaction."""
