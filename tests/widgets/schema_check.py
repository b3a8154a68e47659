"""Whether values are as a JSON Schema says."""

import sys

sys.modules.setdefault("rfc3987_syntax", None)  # its grammar takes jsonschema a second, and checks no more than IRIs


def validate(values, schema):
    """Raise jsonschema's ValidationError if they are not; it is imported here, as it takes a while."""
    import jsonschema

    jsonschema.validate(values, schema)
