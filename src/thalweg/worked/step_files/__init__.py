"""Steps written down in TOML files: read, checked, made of a step, and the gallery of those that come with us."""
