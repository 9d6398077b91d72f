"""Which signs and words around a number are a currency or a unit, and which make it no number?"""

from __future__ import annotations

import unicodedata


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


CODES = _words(
    "USD EUR GBP JPY CNY RMB INR CHF CAD AUD NZD SEK NOK DKK ISK PLN CZK HUF RON BGN RUB UAH TRY BRL MXN ARS CLP COP "
    "PEN ZAR NGN KES EGP MAD ILS AED SAR QAR KWD IRR PKR BDT LKR NPR IDR MYR SGD THB VND PHP KRW TWD HKD BTC ETH"
)
"""Codes of currencies that stand before or behind a number."""

_NAMES = _words("kr kr. Kr Kr. zł Kč Ft lei лв руб руб. р. Rs Rs. Fr Fr. SFr SFr. Euro euro euros Euros")
_DOLLARS = _words("US$ A$ C$ CA$ NZ$ HK$ S$ NT$ R$ MX$ AU$")
_COUNTED = frozenset({"#", "№", "No.", "Nr."})
_WHOLE = frozenset({".-", ",-", ".--", ",--", ".–", ",–", ".—", ",—"})  # no cents, as prices are written

_SHARES = frozenset({"%", "‰", "‱", "bp", "bps", "pp", "percent", "per cent", "pct", "ppm", "ppb"})
_UNITS = _words(
    "mm cm dm m km µm μm um nm in inch inches ft yd mi mile miles mm² cm² m² km² mm2 cm2 m2 km2 m³ cm³ m3 cm3 ft² ft2 "
    "sqft sqm sq.ft ha acre acres l L ml mL dl dL cl hl gal cc µg μg ug mg g kg t lb lbs oz st s sec secs ms µs ns min "
    "mins h hr hrs hour hours d day days wk wks week weeks mo mos month months y yr yrs year years K C F °C °F ° '' \" "
    "Hz kHz MHz GHz B KB MB GB TB kB KiB MiB GiB bit bits byte bytes bps kbps Mbps Gbps px pt dpi MP Mpx mAh Ah V mV "
    "kV A mA W kW MW GW kWh MWh Wh J kJ MJ cal kcal N kN Nm Pa hPa kPa MPa bar mbar psi mmHg dB dBm mol mmol µmol nmol "
    "pmol IU U mph kph kmh knots kn rpm bpm hp PS ps pcs pc Stk St. x × k K M Mn Mio Mio. Mrd Mrd. bn Bn mn m B T "
    "thousand million billion Tsd Tsd."
)
_OPEN = frozenset(
    {
        "<",
        ">",
        "<=",
        ">=",
        "=<",
        "=>",
        "≤",
        "≥",
        "~",
        "≈",
        "±",
        "<<",
        ">>",
        "+",
        "+/-",
        "ca",
        "ca.",
        "c.",
        "approx.",
        "approx",
    }
    | {"about", "around", "circa", "under", "over", "above", "below", "up to", "less than", "more than", "at least"}
)
_ORDINALS = frozenset({"st", "nd", "rd", "th", "er", "e", "ème", "º", "ª", "°", "."})


def is_currency(text: str) -> bool:
    """Tell the sign, the code or the name of a currency."""
    signs = {character for character in text if unicodedata.category(character) == "Sc"}
    return text in CODES or text in _NAMES or text in _DOLLARS or bool(signs and len(text) == 1)


def is_before(text: str) -> bool:
    """Tell what may stand before a number that it counts or prices."""
    return not text or is_currency(text) or text in _COUNTED or text in _SHARES


def is_open(text: str) -> bool:
    """Tell a bound or an approximation, with or without a unit: the number itself is not known.

    >>> [is_open(text) for text in ("<", "~", "+ years", ">$", "$", "")]
    [True, True, True, True, False, False]
    """
    more, below = text.removeprefix("+").strip(), text.lstrip("<>≤≥~≈=").strip()
    return (
        text.lower() in _OPEN or (more != text and is_behind(more, apart=True)) or (below != text and is_before(below))
    )


def is_behind(text: str, *, apart: bool = False) -> bool:
    """Tell a unit behind a number. apart: with a blank between, where any one word may be a unit."""
    if not text or is_currency(text) or text in _SHARES or no_cents(text):
        return True
    if text in _UNITS or _is_rate(text) or (" " in text and is_scale(text)):
        return True
    return apart and text not in _ORDINALS and text.replace(".", "").isalpha()


def no_cents(text: str) -> str:
    """Return the decimal sign of a price without cents, or "" for another text.

    >>> no_cents(",-"), no_cents(".- Fr."), no_cents("kg")
    (',', '.', '')
    """
    return text[0] if _priced(text) != text else ""


def _priced(text: str) -> str:
    """Return what stands behind a price but for the sign that it has no cents."""
    sign = next((sign for sign in sorted(_WHOLE, key=len, reverse=True) if text.startswith(sign)), "")
    rest = text[len(sign) :].strip()
    return rest if not rest or is_currency(rest) else text


DEBITS = tuple(frozenset(pair.split()) for pair in ("cr dr", "c d", "s h", "+ -", "credit debit", "soll haben"))
"""What stands behind amounts of money that came in or went out, in small letters."""

HEMISPHERES = (frozenset("ns"), frozenset("ew"))
"""What stands behind degrees, in small letters."""

_SCALES = _words(
    "k K M Mn Mio Mio. Mrd Mrd. bn Bn mn B T thousand million billion trillion Tsd Tsd. Mill. Mia. lakh crore Cr L"
)


def is_scale(text: str) -> bool:
    """Tell what multiplies a number: 1.5M, 20 thousand, 3 Mio. EUR."""
    first, _, rest = text.partition(" ")
    return first in _SCALES and (not rest or is_behind(rest, apart=True))


def is_mark(text: str, *, apart: bool = False) -> bool:
    """Tell the sign of a note at a number. apart: with a blank between, where one letter is a flag, as in 5.2 p.

    >>> [is_mark(text) for text in ("*", "[1]", "(p)", "kg", "%", "<")], is_mark("p", apart=True)
    ([True, True, True, False, False, False], True)
    """
    if not text or is_currency(text) or text in _SHARES or is_open(text) or no_cents(text):
        return False
    if text[0] + text[-1] in ("()", "[]", "{}") and 2 < len(text) <= _LONGEST_NOTE:
        return True
    if apart and len(text) == 1 and text.isascii() and text.isalpha():
        return text not in _UNITS
    return not any(map(str.isalnum, text.translate(_RAISED))) and not set(text) & set("+-./:,;°'\"_()[]{}=&")


_LONGEST_NOTE = 6
_RAISED = dict.fromkeys(map(ord, "¹²³⁴⁵⁶⁷⁸⁹⁰ªº"))


def one_unit(texts: list[str]) -> bool:
    """Whether texts are spellings of one unit or currency.

    >>> one_unit(["kg", "KG", "Kg."]), one_unit(["$", "USD"]), one_unit(["$", "€"])
    (True, True, False)
    """
    plain = {text.lower().rstrip(".") for text in texts}
    return len({_SPELLINGS.get(text, text) for text in plain}) == 1


_SPELLINGS = {
    spelling: spellings[0]
    for spellings in (
        *(("$", "usd", "us$"), ("€", "eur", "euro", "euros"), ("£", "gbp"), ("₹", "inr", "rs"), ("r$", "brl")),
        *(("%", "percent", "per cent", "pct"), ("h", "hr", "hrs", "hour", "hours"), ("l", "liter", "litre", "liters")),
        *(("min", "mins", "minutes"), ("s", "sec", "secs"), ("y", "yr", "yrs", "year", "years"), ("kg", "kilo", "kgs")),
        *(("lb", "lbs", "pounds"), ("m", "meter", "meters", "metres"), ("d", "day", "days"), ("°c", "c"), ("¥", "jpy")),
    )
    for spelling in spellings
}


def unit_of(text: str) -> str:
    """Return the unit that a text names: a plural is its singular; the sign of a price without cents is none.

    >>> unit_of("years"), unit_of("kg"), unit_of(".-"), unit_of(",- €")
    ('year', 'kg', '', '€')
    """
    text = _priced(text)
    return text.removesuffix("s") if len(text) > 2 and text not in _SHARES else text


def _is_rate(text: str) -> bool:
    """Tell kg/m², /h, per day."""
    over, slash, under = text.partition("/")
    if slash:
        return (not over or over in _UNITS or is_currency(over)) and bool(under) and under.rstrip("23²³").isalpha()
    return text.startswith("per ") and text[4:].replace(",", "").replace(" ", "").isalnum()
