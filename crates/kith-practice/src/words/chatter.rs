//! Patterns of what people write of their own accord.

use super::Topic;

pub(super) fn about(topic: Topic) -> &'static [&'static str] {
    match topic {
        Topic::Glaze => &[
            "Glaze tests came out today. Out of <few>, one is <wow> and the rest is mud.",
            "Does anyone here have a reliable recipe for a [satin white|soft green|warm black]? Mine settles like concrete.",
            "Labelled my glaze buckets at last. Found <few> I had no memory of making.",
        ],
        Topic::Firing => &[
            "Kiln is at [nine hundred|six hundred|eleven hundred] degrees and I am pretending to do other things.",
            "First bisque of <month>. Nothing exploded, which I count as a success.",
            "Power cut in the middle of a firing. Of course.",
        ],
        Topic::Throwing => &[
            "Threw <few> <pots> today and kept one.",
            "New clay from a pit near <city>. It is full of stones and I love it.",
            "Spent the evening on handles. My kitchen is a handle museum now.",
        ],
        Topic::Tableware => &[
            "Finally found the <pot> I wanted at a market in <city>. <drink> tastes better already.",
            "Hot take: a mug without room for three fingers is a cup.",
            "Broke my favourite <pot> this morning. A minute of silence, please.",
        ],
        Topic::Market => &[
            "Setting up at the <day> market. Wind again.",
            "Sold <few> things and talked to about a hundred people. Good day.",
            "Anyone else doing the craft fair in <city>? Looking for somebody to share a van with.",
        ],
        Topic::Workshop => &[
            "Started an evening class in <city>. I am the oldest and the worst and very happy.",
            "Taught <few> children to make a pinch pot. There is clay on the ceiling.",
            "What was the last thing you learned with your hands?",
        ],
        Topic::Shop => &[
            "Packed <few> parcels before breakfast. The cat helped with the tape.",
            "Shop is open again after the move. Thanks to everybody who waited.",
            "The post office lady in our street knows more about my business than my accountant.",
        ],
        Topic::Business => &[
            "Quarter's books done on a <day> evening. I have earned <drink>.",
            "Raised my prices a little and nobody minded. Should have done it in <month>.",
            "A customer wrote just to say thank you. Framing that.",
            "How do you all keep the inbox and the making apart? I lose a morning to each.",
        ],
        Topic::Everyday => &[
            "Frost on the windows, <drink> on the stove.",
            "Walked to the sea and back. Saw <few> seals and no people.",
            "The sourdough lives. The sourdough may outlive me.",
            "Planted garlic far too late, as every year.",
        ],
    }
}

pub(super) const ANY: &[&str] = &[
    "Good morning from <city>.",
    "Reading in bed on a <day> is underrated.",
    "Does anybody know a good place for lunch in <city>?",
    "Back after <few> days offline. What did I miss?",
    "My phone says it is <month>. I do not accept that.",
    "Train is late, so here is a picture in words: fog, a crow, my cold <drink>.",
];
