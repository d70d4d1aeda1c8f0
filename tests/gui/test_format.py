import math

import pytest

from engine.scenario_file import ScenarioError
from gui import format as fmt
from gui.charts import ticks
from gui.i18n import language, set_language, tr
from gui.panels.refusal import in_plain_words
from gui.panels.setting import NotAllowedError, number_in, setting_at

NBSP = fmt.NARROW_SPACE


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (2.2e9, f"2.20{NBSP}bn"),
        (-777e6, f"−777{NBSP}mn"),
        (999.6e6, f"1.00{NBSP}bn"),
        (12_345, f"12.3{NBSP}k"),
        (950, "950"),
        (0.5, "0.500"),
        (0, "0"),
        (math.nan, "–"),
        (math.inf, "–"),
    ],
)
def test_dollars_are_short(value, text):
    assert fmt.usd(value) == text


def test_chinese_counts_in_ten_thousands(qapp):
    set_language("zh_CN")
    assert fmt.usd(2.2e9) == f"22.0{NBSP}亿"
    assert fmt.usd(12_345) == f"1.23{NBSP}万"


def test_small_changes_are_no_minus_zero():
    assert fmt.pct(-0.01, signed=True) == f"0.0{NBSP}%"
    assert fmt.pct(-12.66, signed=True) == f"−12.7{NBSP}%"


@pytest.mark.parametrize(
    ("value", "text"),
    [(104_210.4, "104,210"), (4_350.26, "4,350.3"), (12.3456, "12.35"), (0.087131, "0.08713")],
)
def test_prices_have_as_many_digits_as_matter(value, text):
    assert fmt.price(value) == text


def test_marks_of_an_axis_share_one_unit():
    labels = [text for _, text in ticks.amounts([-5e8, 0.0, 5e8, 1e9, 1.5e9])]
    assert labels == [f"0.5{NBSP}bn", "0", f"0.5{NBSP}bn", f"1.0{NBSP}bn", f"1.5{NBSP}bn"]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1,250", 1_250),
        ("0,5", 0.5),
        ("−4.8 %", -4.8),
        ("40k", 40_000),
        ("1.2 bn", 1.2e9),
        ("3万", 30_000),
        ("", None),
        ("abc", None),
        ("1e400", None),
        ("nan", None),
        ("5 apples", None),
        ("1,25,0", None),
    ],
)
def test_typed_numbers(text, number):
    assert number_in(text, f"{NBSP}%") == number


@pytest.mark.parametrize(
    "path",
    [
        "crowd.leverage_median",
        "crowd.long_share",
        "crowd.accounts",
        "shocks.0.size_pct",
        "shocks.0.ramp_min",
        "insurance.fund_pct",
        "liquidity.withdrawal_threshold",
        "desk.0.notional_usd",
    ],
)
def test_a_slider_reaches_both_bounds_and_goes_one_way(path):
    setting = setting_at(path)
    values = [setting.value_at(position) for position in range(1_001)]
    assert values[0] == setting.low
    assert values[-1] == setting.high
    assert values == sorted(values)
    for position in range(200, 1_001, 50):
        assert abs(setting.position(setting.value_at(position)) - position) <= 3


def test_a_value_beyond_the_bounds_is_refused_with_the_range():
    with pytest.raises(NotAllowedError, match=f"5{NBSP}% to 95{NBSP}%"):
        setting_at("crowd.long_share").typed("96 %")
    assert setting_at("crowd.long_share").typed("95") == 0.95


def test_a_whole_number_is_asked_for():
    with pytest.raises(NotAllowedError, match="whole number"):
        setting_at("crowd.accounts").typed("100.5")


def test_an_error_of_the_engine_names_settings_by_their_labels():
    error = ScenarioError("adl.stop_drawdown: 0.25 must not exceed trigger_drawdown (0.1)")
    assert in_plain_words(error) == "“ADL stops at” must not be more than “ADL begins at”."


def test_an_unknown_error_is_shown_as_it_is():
    assert in_plain_words(ScenarioError("something else")) == "something else"


def test_figures_of_the_engine_are_read_in_the_units_of_the_language():
    set_language("en")
    assert fmt.factor("bn USD") == 1.0
    set_language("zh_CN")
    assert (fmt.factor("bn USD"), tr("bn USD")) == (10.0, "亿美元")
    assert fmt.factor("%") == 1.0
    assert not [text for text in language.texts.values() if "十亿" in text]


def test_what_is_rounding_is_nothing():
    assert fmt.significant(2e-16) == "0"
    assert fmt.significant(-0.012) == "−0.0120"
    assert fmt.difference(1e-16, 3.2, 3.2) == "0"
    assert fmt.difference(0.4213, 3.2, 3.6) == "+0.42"
    assert fmt.difference(-20.98, 26.4, 5.4) == "−21.0"
    assert fmt.difference(-44.372, 45.3, 0.935) == "−44.4"
    assert fmt.difference(0.02, 9.99, 10.01) == "+0.02"
    assert fmt.difference(0.0, 0.0, 0.0) == "0"
