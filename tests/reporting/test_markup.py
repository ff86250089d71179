"""Markup out of Python: what is not markup is text, whoever has written it."""

from __future__ import annotations

from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from pytest_lightsail.reporting.pages import Markup, join, tag
from tests.support.profiles import examples

quick = examples(50, among=50)
# A parser of HTML reads every line end as "\n", and NUL as something else.
texts = st.text(st.characters(exclude_characters="\r\0", exclude_categories=["Cs"]))


class Read(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data


@quick
@given(texts, texts)
def test_any_text_is_read_as_it_was_written(text, value):
    read = Read(tag("p", text, title=value))
    assert read.tags == [("p", {"title": value})]
    assert read.text == text


def test_markup_stays_as_it_is():
    assert tag("p", tag("em", "a"), Markup("<br>")) == "<p><em>a</em><br></p>"


def test_nothing_is_nothing_and_numbers_are_text():
    assert join(None, 3, "a") == "3a"


def test_attributes_are_named_as_in_html():
    assert tag("a", class_="x", data_test="y", aria_label="z") == (
        '<a class="x" data-test="y" aria-label="z"></a>'
    )


def test_attributes_that_are_false_are_left_out_and_true_has_no_value():
    assert tag("input", hidden=True, checked=False, id=None) == "<input hidden>"
