//! Patterns of what people answer the owner.

use super::Topic;

/// How a question may begin, and how a remark may.
pub(super) const QUESTION_OPENERS: &[&str] =
    &["Quick question:", "Sorry if you said this before:", "I may have missed it:", "Hello from <city>,", "Silly question, but"];
pub(super) const REMARK_OPENERS: &[&str] = &["Oh,", "[Ah|Oh yes],", "Hi there,", "I have to say,", "Good morning from <city>,"];

/// Questions that fit a subject and that only the owner can answer.
pub(super) fn questions(topic: Topic) -> &'static [&'static str] {
    match topic {
        Topic::Glaze => &[
            "is <glaze> [food safe|safe in the dishwasher|fine in a microwave]?",
            "does <glaze> come out the same every time or is each one a surprise?",
            "[how many|how thick are the] coats do you put on for that?",
            "would you do <glaze> on a set of <few> <pots> if [I asked nicely|I ordered ahead]?",
            "is that one glaze or two on top of each other?",
            "do you mix your own or buy it in? Mine always [runs|crawls|pinholes].",
            "did you change the recipe? It looks [greener|warmer|darker] than the <pots> I bought from you.",
        ],
        Topic::Firing => &[
            "what cone do you fire to these days?",
            "how long does the kiln take to cool before you dare to look?",
            "electric or gas? I am trying to choose for [a shed|a cellar|a garage].",
            "did everything survive this time?",
            "do you rent out [kiln space|a shelf in the kiln]? I have <few> <pots> waiting.",
            "what does a firing cost you now, with the power prices as they are?",
        ],
        Topic::Throwing => &[
            "which clay is that? It looks much [smoother|groggier] than what I can get in <city>.",
            "how long until you could throw <few> the same size? Asking for [myself|a desperate beginner].",
            "how much clay goes into a <pot> like that?",
            "do you pull the handles or roll them?",
            "any trick against [cracks in the base|wobbly rims|S-cracks]? I lost <few> this week.",
            "would you show the trimming some time?",
        ],
        Topic::Tableware => &[
            "how much does the <pot> hold? I need room for [a lot of|proper amounts of] <drink>.",
            "do you still have the <pot> from the photo, or is it gone?",
            "can I put these in the dishwasher?",
            "could you make <few> <pots> that match for <event> in <month>?",
            "is there a lid for that?",
            "would you post one to <country>? I would pay the shipping.",
            "mine has [a hairline crack|a small chip] after <few> years. Can that be mended?",
        ],
        Topic::Market => &[
            "which days are you there? I can only come on <day>.",
            "will you bring <pots> as well, or only the small things?",
            "where exactly is your stall? Last time I walked past it [twice|three times].",
            "can you keep a <pot> back for me? I'll pick it up on <day>.",
            "do you take cards at the stall?",
            "are you coming to <city> as well this year?",
        ],
        Topic::Workshop => &[
            "is there still a seat on <day>?",
            "is this for total beginners? <who> wants to come and has never touched clay.",
            "how long until we can take our <pots> home?",
            "do you do [evenings|weekends|a short one for children] as well?",
            "is the room [step-free|easy to reach by bus]?",
            "can I give this as a present for <event>? [A voucher would do.|With a date open?]",
            "what should people bring and wear?",
        ],
        Topic::Shop => &[
            "do you ship to <country>?",
            "when is the next update? I missed the <pots> by [minutes|an hour].",
            "my parcel says delivered but nothing is here. [What now?|Could you check the address?]",
            "is it too late to order for <event> on <day>?",
            "can two orders go in one parcel?",
            "how long is the waiting list for commissions at the moment?",
            "do you do gift wrapping? It is for <who>.",
        ],
        Topic::Business => &[
            "how did you decide on your prices when you started?",
            "do you do this alone or does somebody help with [orders|the accounts|the parcels]?",
            "what do you use for [invoices|keeping track of orders|the newsletter]?",
            "how do you say no to people who want it for free?",
            "is the newsletter worth the time? I keep [putting it off|starting and stopping].",
            "would you tell us more about the part with the [planning|numbers|first customers]?",
            "did that work at once, or did you have to try <few> times?",
        ],
        Topic::Everyday => &[],
    }
}

pub(super) const QUESTIONS: &[&str] = &[
    "[could|would] you say a bit more about that? I am not sure I understood the last part.",
    "is there a longer version of this somewhere?",
    "do you have a picture of it in daylight?",
    "can I send you a message about something like this?",
    "have you been doing that for long?",
    "what would you do differently if you began again?",
    "may I share this with my [class|group|team]?",
    "how do you find the time?",
    "what is the name of the person who taught you that?",
    "[are you|will you be] in <city> at some point? Would love to see it.",
];

/// Remarks that fit a subject.
pub(super) fn comments(topic: Topic) -> &'static [&'static str] {
    match topic {
        Topic::Glaze => &[
            "that <glaze> is <wow>. I keep going back to the picture.",
            "mine never breaks over the edges like that.",
            "I have <few> test tiles that were meant to look like this and do not.",
            "this is the blue of the sea near <city> in <month>.",
        ],
        Topic::Firing => &[
            "opening the kiln is the only lottery I take part in.",
            "I lost half a shelf last week, so this is good to see.",
            "the waiting is the worst. I went to look <few> times before it was under a hundred degrees.",
            "my neighbours still think the shed is on fire every time.",
        ],
        Topic::Throwing => &[
            "I could watch that for hours.",
            "you make centring look easy, which is unkind to the rest of us.",
            "my hands hurt from looking at that much clay.",
            "the foot ring is my favourite part.",
        ],
        Topic::Tableware => &[
            "I drink my <drink> from yours every single morning.",
            "<who> stole mine, so I will need another.",
            "there is a <pot>-shaped gap on our shelf for this.",
            "the shape is <wow>. It looks like it wants to be held.",
        ],
        Topic::Market => &[
            "see you there. I will be the one with the [green bicycle|enormous dog|wet umbrella].",
            "last year you were sold out by noon, so I am coming early.",
            "<who> and I are making a day of it.",
            "pity, I am in <city> that weekend. Next time.",
        ],
        Topic::Workshop => &[
            "did your class in <month> and still talk about it.",
            "<who> gave me a seat and it was the best evening of the year.",
            "my bowl from your class leans, and I love it.",
            "I wish this were nearer to <city>.",
        ],
        Topic::Shop => &[
            "mine came today, wrapped like a treasure. Thank you for the note.",
            "ordered <few>. My shelf is now your problem.",
            "arrived in <country> in one piece, after [nine|eleven|sixteen] days.",
            "gone in ten minutes again. I need to set an alarm.",
        ],
        Topic::Business => &[
            "needed to read this today.",
            "same here. It took me <few> years to charge what it costs.",
            "I do the books on <day> with a very large coffee and it still hurts.",
            "the part about saying no is so true.",
            "I tried that last <month> and it did make a difference.",
        ],
        Topic::Everyday => {
            &["raining here in <city> too.", "I had <drink> and thought of your <pots>.", "that made me smile, on a day when little did."]
        }
    }
}

pub(super) const COMMENTS: &[&str] = &[
    "this is <wow>.",
    "I showed this to <who> and now we both want one.",
    "I have been thinking about this since [yesterday|this morning|last <day>].",
    "more of this, please.",
    "not sure I agree with all of it, but it made me think.",
    "we did something like this in <city> and it went [well|less well than hoped|better than expected].",
    "saving this for later.",
    "<who> says the same and I never listened.",
];

pub(super) const THANKS: &[&str] = &[
    "thank you for this.",
    "thanks, that helps.",
    "[lovely|good] to see you here again.",
    "thank you for sharing how it is really done.",
    "this made my <day>.",
    "thanks for taking the time to write it down.",
];

pub(super) const DIRECT: &[&str] = &[
    "hi, I didn't want to ask in public: could you make <few> <pots> for <event> in <month>? What would that cost about?",
    "hello, I bought a <pot> from you last <month> and it broke in the post. What should I do?",
    "I run a small café in <city> and would like to talk about <few> dozen <pots>. Who do I write to?",
    "would you be up for a short talk at our [guild|school|library] in <month>? There is a small fee.",
    "can I come by the studio on <day>? I would like to choose a present for <who>.",
    "I think I paid twice for my order. Could you have a look when you have a minute?",
];

pub(super) const DIRECT_CLASS: &[&str] = &[
    "hi, may I swap my seat in the class to <day>? Something came up with <who>.",
    "I would like to bring <who> to the class, who uses a wheelchair. Does that work in your room?",
    "could you do a private class for <few> people, for <event>?",
];

pub(super) const CLOSING: &[&str] = &[
    "thank you, that's what I needed.",
    "[perfect|great|lovely], thanks for the quick answer.",
    "good to know, thank you.",
    "ah, that makes sense now.",
    "[wonderful|brilliant]. I'll do that.",
    "thanks for getting back to me, not everybody does.",
    "very kind, thank you.",
];

pub(super) const WARM: &[&str] = &[
    "you always take the time. Thank you, really.",
    "thank you, dear. I told <who> about you again.",
    "this is why I like it here. Thanks.",
    "you are the best. Come by when you are in <city>.",
    "I knew you would know. Thank you.",
    "see, this is what I tell people about you.",
    "always a pleasure. Greetings from <city>.",
    "thank you, friend.",
    "you made <who> very happy with that.",
    "thanks, and say hello to the kiln from me.",
];

pub(super) const WHEN_ASKED: &[&str] = &[
    "[yes, please|yes, that works|yes, I think so].",
    "<day> would be best for me.",
    "about <few>, I think. No hurry.",
    "the [larger|smaller] one, if there is a choice.",
    "hard to say. [What would you advise?|I trust your eye.]",
    "it is for <who>, so nothing too delicate.",
    "I can send you a photo tonight.",
];

pub(super) const FOLLOW_UPS: &[&str] = &[
    "[one more thing|and another question]: would it be ready by <month>?",
    "and what would <few> of them cost?",
    "do I pay now or when it's done?",
    "could I see it before I decide?",
    "does it matter that I'm in <country>?",
];
