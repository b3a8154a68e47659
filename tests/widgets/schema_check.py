"""Whether values are as a JSON Schema says."""


def validate(values, schema):
    """Raise jsonschema's ValidationError if they are not; it is imported here, which takes a second."""
    import jsonschema

    jsonschema.validate(values, schema)
