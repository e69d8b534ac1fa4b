import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from palaver.core.names import NameProblem, clean_text, display_name, fold, handle, next_free, room_name

texts = st.text(max_size=60)
# Characters that are likely to go wrong, mixed with plain ones.
awkward = st.text(
    alphabet="aB1 @<é\u0301ßıİﬀ\u200d\u200c\ufe0f\u202e\u2066\u3000\u115f\t\n👩🚀ক্ষ\u094dＡ＠", max_size=40
)


def code_of(make: object, text: str, **limits: int) -> str:
    with pytest.raises(NameProblem) as caught:
        make(text, **limits)  # type: ignore[operator]
    code, sentence = caught.value.args
    assert (caught.value.code, caught.value.sentence, str(caught.value)) == (code, sentence, sentence)
    assert sentence.endswith(".")
    return code


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("ana", "ana"),
        ("  Ana  María  ", "Ana María"),
        ("ana\n", "ana"),
        ("Ana\u3000\u00a0Lu", "Ana Lu"),
        ("Ame\u0301lie", "Amélie"),
        ("O'Brien & Co.", "O'Brien & Co."),
        ("a@b", "a@b"),
        ("007", "007"),
        ("王小明", "王小明"),
        ("محمد", "محمد"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("ශ්\u200dරී", "ශ්\u200dරී"),
        ("👩\u200d🚀 Ana", "👩\u200d🚀 Ana"),
        ("❤\ufe0f\u200d🔥", "❤\ufe0f\u200d🔥"),
        ("👩🏽\u200d🚀", "👩🏽\u200d🚀"),
        ("\U0001fae8", "\U0001fae8"),
        ("x" * 32, "x" * 32),
        (" " * 20 + "x" * 32 + " " * 20, "x" * 32),
    ],
)
def test_a_name_that_people_have_is_kept(text: str, name: str) -> None:
    assert handle(text) == name


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "empty"),
        (" \t\n\u3000", "empty"),
        ("\ufe0f\ufe0f", "empty"),
        ("\u0301", "empty"),
        ("x" * 33, "too_long"),
        ("x" * 10_000, "too_long"),
        (" " * 10_000 + "x", "too_long"),
        ("an\na", "forbidden_character"),
        ("an\ta", "forbidden_character"),
        ("an\x00a", "forbidden_character"),
        ("an\x7fa", "forbidden_character"),
        ("an\x85a", "forbidden_character"),
        ("an\u2028a", "forbidden_character"),
        ("ana\u202egpj", "forbidden_character"),
        ("\u2066ana\u2069", "forbidden_character"),
        ("ana\u200f", "forbidden_character"),
        ("ana\u200b", "forbidden_character"),
        ("a\u00adna", "forbidden_character"),
        ("ana\u200d", "forbidden_character"),
        ("\u200dana", "forbidden_character"),
        ("an\u200da", "forbidden_character"),
        ("an\u200ca", "forbidden_character"),
        ("\u3164", "forbidden_character"),
        ("\u2800", "forbidden_character"),
        ("ana\ufeff", "forbidden_character"),
        ("ana\ue000", "forbidden_character"),
        ("ana\ud800", "forbidden_character"),
        ("ana\uffff", "forbidden_character"),
        ("ana\U000e0041", "forbidden_character"),
        ("a" + "\u0300\u0301\u0302\u0303\u0304\u0305", "stacked_marks"),
        ("@ana", "leading_at"),
        (" @ana", "leading_at"),
        ("＠ana", "leading_at"),
        ("﹫ana", "leading_at"),
        ("<b>ana</b>", "markup"),
        ("ChatServer", "reserved"),
        ("chatSERVER", "reserved"),
        ("ＣhatＣlient", "reserved"),
        (" Everyone ", "reserved"),
        ("all", "reserved"),
        ("here", "reserved"),
        ("system", "reserved"),
        ("Palaver\ufe0f", "reserved"),
    ],
)
def test_a_name_that_harms_or_deceives_is_refused(text: str, code: str) -> None:
    assert code_of(handle, text) == code


def test_a_display_name_is_longer_and_freer_but_no_impostor() -> None:
    assert display_name("@ana <3 " + "x" * 120) == "@ana <3 " + "x" * 120
    assert code_of(display_name, "x" * 129) == "too_long"
    assert code_of(display_name, "ChatServer") == "reserved"
    assert code_of(display_name, "a\u202eb") == "forbidden_character"


@pytest.mark.parametrize("text", ["007", "everyone", "@x", "a  b", "<hall>", "é" * 128])
def test_a_room_may_be_called_nearly_anything(text: str) -> None:
    assert room_name(f" {text} ") == text


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "empty"),
        (" ", "empty"),
        ("x" * 129, "too_long"),
        ("a\nb", "forbidden_character"),
        ("a\u202eb", "forbidden_character"),
    ],
)
def test_a_room_name_that_deceives_is_refused(text: str, code: str) -> None:
    assert code_of(room_name, text) == code


def test_leading_zeros_tell_rooms_apart() -> None:
    assert room_name("007") != room_name("7")


def test_limits_are_the_callers() -> None:
    assert handle("x" * 40, max_chars=40) == "x" * 40
    assert code_of(handle, "xxxx", max_chars=3) == "too_long"
    assert code_of(room_name, "xxxx", max_chars=3) == "too_long"


@given(texts | awkward)
def test_a_handle_is_stable_legible_and_within_its_length(text: str) -> None:
    try:
        name = handle(text)
    except NameProblem:
        return
    assert handle(name) == name
    assert unicodedata.is_normalized("NFC", name)
    assert 1 <= len(name) <= 32
    assert name == name.strip()
    assert not {"Cc", "Cs", "Zl", "Zp"} & {unicodedata.category(char) for char in name}
    assert fold(name)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ana", "aNA"),
        ("Ａｎａ", "ana"),
        ("STRASSE", "straße"),
        ("Amélie", "AME\u0301LIE"),
        ("a  b", " A\u3000B "),
        ("ana", "ana\ufe0f"),
        ("ﬀ", "FF"),
        ("می\u200cخ", "میخ"),
        ("Σίσυφος", "σίσυφοσ"),
    ],
)
def test_names_that_look_alike_are_one(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(("one", "other"), [("ana", "anna"), ("a b", "ab"), ("resume", "résumé"), ("7", "007")])
def test_names_that_differ_stay_apart(one: str, other: str) -> None:
    assert fold(one) != fold(other)


@given(texts | awkward)
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(texts | awkward)
def test_folding_does_not_see_case(text: str) -> None:
    assert fold(text.casefold()) == fold(text)


def test_a_free_name_is_given_as_wanted() -> None:
    assert next_free("ana", lambda name: False) == "ana"


def test_the_first_free_number_is_given() -> None:
    assert next_free("ana", {"ana", "ana 2", "ana 3"}.__contains__) == "ana 4"
    assert next_free("ana", {"ana", "ana 3"}.__contains__) == "ana 2"


def test_a_long_name_makes_room_for_its_number() -> None:
    taken = {"x" * 32} | {"x" * 30 + f" {n}" for n in range(2, 10)}
    assert next_free("x" * 32, taken.__contains__) == "x" * 29 + " 10"


def test_an_emoji_is_not_cut_in_half() -> None:
    astronaut = "👩\u200d🚀"
    wanted = "x" * 28 + astronaut
    assert next_free(wanted, {wanted}.__contains__) == "x" * 28 + " 2"
    accented = "y" * 29 + "q\u0323\u0307"
    assert next_free(accented, {accented}.__contains__) == "y" * 29 + " 2"


def test_when_everything_is_taken_the_search_ends() -> None:
    assert code_of(next_free, "ana", taken=lambda name: True) == "no_free_name"  # type: ignore[arg-type]


@given(texts | awkward, st.integers(0, 120))
def test_a_numbered_handle_is_a_handle(text: str, others: int) -> None:
    try:
        wanted = handle(text)
    except NameProblem:
        return
    seen: list[str] = []

    def taken(name: str) -> bool:
        seen.append(name)
        return len(seen) <= others

    given_name = next_free(wanted, taken)
    assert given_name == seen[-1]
    assert len(set(seen)) == len(seen)
    assert handle(given_name) == given_name


def test_text_loses_controls_and_nothing_else() -> None:
    assert clean_text("a\x00b\x07c\td\ne\r\nf\x1bg", 100) == "abc\td\ne\nfg"
    kept = "  É\u0301 👩\u200d🚀 \u202eabc\u202c <b>&amp;</b>\x7f\u0085  "
    assert clean_text(kept, 100) == kept
    assert clean_text("", 0) == ""
    assert clean_text("\x00", 1) == ""


def test_half_a_surrogate_pair_becomes_the_replacement_character() -> None:
    assert clean_text("a\ud83db", 100) == "a\ufffdb"


def test_text_is_measured_in_bytes() -> None:
    assert clean_text("é" * 5, 10) == "é" * 5
    assert code_of(clean_text, "é" * 6, max_bytes=11) == "too_long"
    assert code_of(clean_text, "x" * 11, max_bytes=10) == "too_long"


@given(st.text(alphabet=st.characters(), max_size=80))
def test_cleaned_text_can_be_sent_and_stays_clean(text: str) -> None:
    cleaned = clean_text(text, 1_000)
    assert clean_text(cleaned, 1_000) == cleaned
    assert cleaned.encode().decode() == cleaned
    assert not any(char < " " and char not in "\t\n" for char in cleaned)
