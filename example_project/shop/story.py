"""The people of the demo, what they sell, and what they said to each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

__all__ = [
    "DIRECTS",
    "GROUPS",
    "LIVE",
    "ORDERS",
    "PEOPLE",
    "PRODUCTS",
    "Line",
    "Live",
    "Talk",
]

PEOPLE = {
    "ana": ("Ana", "Ferreira"),
    "ben": ("Ben", "Okafor"),
    "cem": ("Cem", "Öztürk"),
    "dia": ("Dia", "Patel"),
    "eve": ("Eve", "Lindqvist"),
}


class _Product(NamedTuple):
    name: str
    picture: str
    price: str
    seller: str
    description: str


PRODUCTS = [
    _Product("Teapot, ash glaze", "🫖", "68.00", "ana", "Thrown, not cast. Pours without dripping; holds a litre."),
    _Product("Espresso cup", "☕", "14.50", "ana", "Small, thick-walled, and none like the other."),
    _Product("Wheel truing", "🚲", "25.00", "ben", "Bring a wheel, take it home round. Usually done the same day."),
    _Product("Leather saddle bag", "👜", "54.00", "ben", "Vegetable-tanned, with brass buckles. Fits any saddle with loops."),
    _Product("Ethiopia Guji, 500 g", "🫘", "17.00", "cem", "Washed, light roast. Peach and black tea. Roasted on Thursdays."),
    _Product("Cold brew, 1 l", "🧊", "9.00", "cem", "Steeped for eighteen hours. Keeps for a week in the fridge."),
    _Product("Monstera cutting", "🌿", "12.00", "dia", "Rooted in water, one leaf and a second on its way."),
    _Product("Windowsill herbs", "🪴", "22.00", "dia", "Basil, thyme and mint in one terracotta box."),
    _Product("Letterpress calendar", "📅", "28.00", "eve", "Twelve sheets, two colours, printed by hand on cotton paper."),
    _Product("Pocket notebook", "📓", "8.50", "eve", "Sewn, so it lies flat. Sixty-four blank pages."),
]  # fmt: skip

# Product, buyer, quantity, days ago, status.
ORDERS = [
    ("Teapot, ash glaze", "ben", 1, 9, "done"),
    ("Espresso cup", "cem", 12, 4, "placed"),
    ("Windowsill herbs", "ana", 1, 3, "sent"),
    ("Letterpress calendar", "cem", 2, 2, "placed"),
    ("Ethiopia Guji, 500 g", "eve", 1, 1, "sent"),
]


@dataclass(frozen=True, slots=True)
class Line:
    """Somebody says something, `days` ago at a time of the day.

    `name` lets a later line answer it by `answers`; `reactions` maps emoji to who.
    """

    who: str
    days: int
    at: str
    text: str
    name: str = ""
    answers: str = ""
    reactions: dict[str, Sequence[str]] = field(default_factory=dict)
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class Talk:
    """A conversation of the past: between two, or a group with a title."""

    people: tuple[str, ...]
    lines: list[Line]
    title: str = ""


DIRECTS = [
    Talk(
        ("ben", "ana"),
        [
            Line("ben", 9, "10:12", "Hi Ana, I just ordered the teapot with the ash glaze. Is it the one from your window?"),
            Line("ana", 9, "10:20", "That very one 🙂 I will pack it this afternoon."),
            Line("ana", 9, "16:41", "It is on its way. The parcel shop says Thursday."),
            Line("ben", 6, "18:03", "It arrived, and it is beautiful.", name="arrived", reactions={"❤️": ["ana"]}),
            Line("ben", 6, "18:04", "One thing: the lid has a small chip on the inside. You only see it when you hold it to the light.", name="chip"),
            Line("ana", 6, "18:30", "Oh no. Then it went out that way, it was well padded.", answers="chip"),
            Line("ana", 6, "18:31", "I fire again on Monday and make you a new lid. Keep this one until then, please.", reactions={"🙏": ["ben"]}),
            Line("ben", 6, "18:45", "No hurry at all. It pours perfectly."),
            Line("ana", 1, "11:05", "The lid is out of the kiln. Same glaze, a shade lighter. https://example.org/kiln/2291 has a picture."),
            Line("ben", 1, "11:32", "Looks great. I can come by on Saturday, before the market."),
            Line("ana", 1, "11:33", "Perfect, I am there from seven."),
        ],
    ),
    Talk(
        ("cem", "ana"),
        [
            Line("cem", 4, "09:15", "Good morning! We open a second bar in May and need cups. Twelve to begin with, could you do forty?"),
            Line("ana", 4, "09:40", "Good morning Cem! Twelve I have here. Forty would take me three weeks."),
            Line("ana", 4, "09:41", "Price for forty: 12.50 each. Same glaze as the one you have?", name="price"),
            Line("cem", 4, "09:55", "Same glaze, yes. Deal.", answers="price", reactions={"🎉": ["ana"]}),
            Line("cem", 4, "09:56", "I ordered the first twelve in the shop just now."),
            Line("ana", 2, "15:20", "Would a slightly wider foot help with your saucers? I can show you two on Saturday."),
            Line("cem", 2, "17:48", "Yes please. Bring both and I bring the coffee ☕"),
        ],
    ),
    Talk(
        ("ana", "dia"),
        [
            Line("ana", 3, "12:02", "Your herb box is exactly what our kitchen needed. How often do I water it?"),
            Line("dia", 3, "12:30", "Every second day, from below:\n1. fill the saucer\n2. wait twenty minutes\n3. pour away what is left\n\nThe mint wants more than the others."),
            Line("ana", 3, "12:34", "Clear. Thank you!", reactions={"👍": ["dia"]}),
        ],
    ),
    Talk(
        ("eve", "ben"),
        [
            Line("eve", 5, "20:11", "Are you still making those saddle bags? A friend of mine wants one in black."),
            Line("ben", 5, "20:40", "In brown I have three, black I would have to dye. A week or so."),
            Line("eve", 5, "20:41", "She has time. I send her to you."),
        ],
    ),
    Talk(
        ("cem", "eve"),
        [
            Line("cem", 2, "08:30", "Two calendars, please, one for each bar 🙂"),
            Line("eve", 2, "09:02", "With pleasure. Shall I leave out the logo on one of them, as last year?"),
            Line("cem", 2, "09:10", "You remember everything. Yes!"),
        ],
    ),
]  # fmt: skip

GROUPS = [
    Talk(
        ("ana", "ben", "cem", "dia", "eve"),
        [
            Line("ana", 6, "19:00", "Hello everybody! Who is at the market on Saturday? We have five tables, numbers 11 to 15.", name="who"),
            Line("ben", 6, "19:12", "Me, with the truing stand. I need a bit of room behind the table."),
            Line("cem", 6, "19:15", "Me. And power, if there is any: the grinder and the small machine."),
            Line("eve", 6, "20:02", "I am in. Can I be next to the coffee? 😄", reactions={"😂": ["ana", "ben", "cem"]}),
            Line("dia", 6, "21:30", "In! I bring the folding roof, the forecast says showers.", reactions={"🙏": ["ana", "eve", "cem"]}),
            Line("ana", 5, "08:10", "Then: Cem 11 (the only socket), Eve 12, me 13, Dia 14, Ben 15 at the end with the room behind.", name="tables", reactions={"👍": ["ben", "cem", "dia", "eve"]}),
            Line("cem", 5, "08:14", "11 suits me.", answers="tables"),
            Line("ben", 3, "17:20", "Who can take the banner? It is two metres long and does not fit on my bike."),
            Line("dia", 3, "17:31", "I have the van. Drop it at the greenhouse by Friday noon?"),
            Line("ben", 3, "17:33", "Will do."),
            Line("eve", 2, "10:00", "I printed price cards for everybody, blank, on the heavy paper. Take as many as you need.", reactions={"❤️": ["ana", "dia"]}),
            Line("cem", 2, "10:05", "Wrong chat, sorry", deleted=True),
            Line("cem", 2, "10:06", "Lovely, I take twenty."),
            Line("ana", 1, "18:22", "Reminder: tables from 6:30, cars out by 7:15. The warden was strict last time."),
            Line("dia", 1, "18:40", "I will be there at 6:30 sharp with roof and banner."),
        ],
        title="Saturday market",
    ),
    Talk(
        ("eve", "ana", "dia"),
        [
            Line("eve", 8, "14:00", "The three of us buy boxes one by one. If we order 300 together, a box costs 41 cents and not 78."),
            Line("dia", 8, "14:20", "I am for it. I need about 80 a quarter, the tall ones."),
            Line("ana", 8, "15:05", "100 for me, 20 x 20 x 25. And can we have the paper padding, no plastic?", name="padding"),
            Line("eve", 8, "15:10", "Of course. They have a roll of 250 m.", answers="padding"),
            Line("eve", 4, "11:45", "Ordered. They deliver to my print shop, I tell you when."),
        ],
        title="Packaging together",
    ),
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Live:
    """Something that happens as the demo starts: nobody has read it yet.

    `to` is the title of a group or the username of the other. `do` is send, answer (the
    first message), edit (one's last message) or add (whom `text` names, to a group).
    """

    who: str
    to: str
    text: str
    do: Literal["send", "answer", "edit", "add"] = "send"


LIVE = [
    Live("ana", "dia", "The basil is up to the window already 🌱"),
    Live("eve", "Packaging together", "cem", do="add"),
    Live("eve", "Packaging together", "Welcome @cem! The boxes come tomorrow, 300 of them."),
    Live("cem", "Packaging together", "Good timing, I need a hundred small ones."),
    Live("ben", "ana", "Does half past six work as well? I come with the cargo bike."),
    Live("ben", "ana", "And I bring the old lid back, you may want to look at it."),
    Live("ben", "Saturday market", "Forecast for Saturday: sun from nine, and no rain at all"),
    Live("ben", "Saturday market", "Forecast for Saturday: sun from ten, and no rain at all ☀️", do="edit"),
    Live("dia", "Saturday market", "The roof comes along all the same 😄"),
    Live("eve", "Saturday market", "@ana which of us opens the cash box? I have small change for 50.", do="answer"),
]  # fmt: skip
