"""Pieces of HTML: escaped, aligned, cut with a word."""

from html_pages import Page

from thalweg.notebook.pieces import beside, card, marked, paragraph, points, table, text


def test_all_that_is_given_is_text():
    bad = "<b onload='x'>&\"\x1b"
    for piece in (text(bad), paragraph(bad), marked(bad, "#000000"), points([bad]), table([bad], [[bad]])):
        assert "<b " not in piece
        assert "\x1b" not in piece
        assert "&lt;b onload=&#x27;x&#x27;&gt;&amp;" in piece


def test_columns_of_numbers_are_flush_right_in_their_own_words_too():
    page = Page(
        table(["name", "count", "share", "told"], [["a", 1234, "0.5 %", "9 of 10"], ["b", 5, "none", "1 of 2"]])
    )
    cells = [attributes.get("class") for tag, attributes in page.tags if tag == "td"]
    assert cells[:4] == [None, "n", "n", None]
    assert "1,234" in page.text


def test_a_long_table_says_how_much_is_left_out():
    page = Page(table(["k"], [[k] for k in range(1500)], most=10))
    assert page.text.endswith("... and 1,490 more")
    assert sum(tag == "tr" for tag, _ in page.tags) == 11


def test_nothing_is_made_of_nothing():
    assert points([]) == ""
    assert beside("", "<p>a</p>") == '<div class="pair"><div><p>a</p></div></div>'
    Page(card(paragraph("words"), beside(table(["a"], []))))
