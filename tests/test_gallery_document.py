"""docs/worked-gallery.md is what the step files of the gallery say, and every example stands in it."""

import gallery_document

from thalweg.worked.step_files.gallery import gallery


def test_the_document_is_up_to_date():
    assert gallery_document.PATH.read_text(encoding="utf-8") == gallery_document.written(), (
        "run: python tests/gallery_document.py"
    )


def test_every_example_stands_in_it():
    text = gallery_document.PATH.read_text(encoding="utf-8")
    for example in gallery():
        assert f"| [`{example.name}`](../examples/{example.path.parent.name}/{example.name}.toml) |" in text
        assert example.about in text
